//! What every store of records promises, one function per promise; each store's tests call all.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{AuditEntry, Book, RecordError, Records, Table, Unit, audit::ChainWalk, record};

/// A record made for these checks; stores create its table in tests only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// Primary key.
    pub sample_id: String,
    /// Many rows may share it.
    pub color: String,
    /// Unique where present.
    pub badge: Option<String>,
}

record! { Sample => "sample" by |s| s.sample_id.clone();
    many color = |s| Some(s.color.clone());
    unique badge = |s| s.badge.clone();
}

/// The table the checks use.
#[must_use]
pub fn sample_table() -> &'static Table {
    <Sample as crate::Record>::TABLE
}

fn sample(id: &str, color: &str, badge: Option<&str>) -> Sample {
    Sample {
        sample_id: id.to_owned(),
        color: color.to_owned(),
        badge: badge.map(ToOwned::to_owned),
    }
}

/// What is committed is found by id and by key, in order.
///
/// # Panics
/// If the store breaks the promise.
pub async fn committed_records_are_found(book: &Book) -> Result<(), RecordError> {
    let mut unit = Unit::new();
    unit.insert(&sample("f1", "found", None)).insert(&sample("f2", "found", Some("f")));
    book.commit(unit).await?;

    let newest_first: Vec<_> =
        book.list::<Sample>("color", "found").await?.iter().map(|s| s.sample_id.clone()).collect();
    assert_eq!(newest_first, ["f2", "f1"]);
    let by_badge = book.find_by::<Sample>("badge", "f").await?;
    assert_eq!(by_badge.map(|s| s.sample_id.clone()).as_deref(), Some("f2"));
    assert!(book.find::<Sample>("nobody").await?.is_none());
    Ok(())
}

/// Of two edits of the same version, one is refused, and the refused unit leaves nothing behind.
///
/// # Panics
/// If the store breaks the promise.
pub async fn stale_units_change_nothing(book: &Book) -> Result<(), RecordError> {
    let mut unit = Unit::new();
    unit.insert(&sample("s1", "stale", None));
    book.commit(unit).await?;
    let mut first = book.load::<Sample>("s1").await?;
    let mut second = book.load::<Sample>("s1").await?;
    "fresh".clone_into(&mut first.edit().color);
    "lost".clone_into(&mut second.edit().color);

    let mut unit = Unit::new();
    unit.update(&first);
    book.commit(unit).await?;
    let mut unit = Unit::new();
    unit.insert(&sample("s2", "stale", None)).update(&second);
    unit.audit(AuditEntry::new(Timestamp::UNIX_EPOCH, "system", "test.stale", "s1"));
    let refused = book.commit(unit).await;

    assert!(matches!(refused, Err(RecordError::Conflict { .. })), "{refused:?}");
    assert_eq!(book.load::<Sample>("s1").await?.color, "fresh");
    assert!(book.find::<Sample>("s2").await?.is_none());
    let log = book.records().audit_log(0, 1_000).await?;
    assert!(!log.iter().any(|entry| entry.body.contains("test.stale")));
    Ok(())
}

/// Unique keys are unique, and a value is free again when its row is gone.
///
/// # Panics
/// If the store breaks the promise.
pub async fn unique_keys_are_unique(book: &Book) -> Result<(), RecordError> {
    let mut unit = Unit::new();
    unit.insert(&sample("u1", "unique", Some("one")));
    book.commit(unit).await?;

    let mut unit = Unit::new();
    unit.insert(&sample("u2", "unique", Some("one")));
    let refused = book.commit(unit).await;
    assert!(matches!(refused, Err(RecordError::Duplicate { key: "badge", .. })), "{refused:?}");

    let first = book.load::<Sample>("u1").await?;
    let mut unit = Unit::new();
    unit.delete(&first);
    book.commit(unit).await?;
    let mut unit = Unit::new();
    unit.insert(&sample("u2", "unique", Some("one")));
    book.commit(unit).await
}

/// Audit entries get numbers without gaps and a chain that walks.
///
/// # Panics
/// If the store breaks the promise.
pub async fn audit_entries_chain(records: &dyn Records) -> Result<(), RecordError> {
    for n in 0..3 {
        let entry = AuditEntry::new(Timestamp::UNIX_EPOCH, "system", "test.chain", n);
        records.commit(Vec::new(), vec![entry.clone(), entry]).await?;
    }

    let mut walk = ChainWalk::default();
    for entry in records.audit_log(0, 1_000).await? {
        assert_eq!(walk.step(&entry), Ok(()));
    }
    assert!(walk.head().0 >= 6);
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::{pin::pin, sync::Arc, task};

    use super::*;
    use crate::MemoryRecords;

    /// The memory store never waits, so one poll is enough.
    fn now<F: Future>(future: F) -> F::Output {
        let mut context = task::Context::from_waker(task::Waker::noop());
        match pin!(future).poll(&mut context) {
            task::Poll::Ready(output) => output,
            task::Poll::Pending => panic!("the memory store waited"),
        }
    }

    #[test]
    fn memory_store_keeps_every_promise() {
        let records = Arc::new(MemoryRecords::default());
        let book = Book::new(records.clone());

        now(committed_records_are_found(&book)).unwrap();
        now(stale_units_change_nothing(&book)).unwrap();
        now(unique_keys_are_unique(&book)).unwrap();
        now(audit_entries_chain(&*records)).unwrap();
    }
}
