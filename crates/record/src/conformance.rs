//! What every store of records promises, one function per promise; each store's tests call all.

use std::{future::poll_fn, pin::Pin, task::Poll};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    Along, AuditEntry, Book, PAGE_MAX, RecordError, Records, Row, Table, Unit, Write,
    audit::ChainWalk, record,
};

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

/// A record that is found by the day on which it can go, in any order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leaf {
    /// Primary key.
    pub leaf_id: String,
    /// Many rows may share it.
    pub falls_on: Option<String>,
}

record! { Leaf => "leaf" by |l| l.leaf_id.clone();
    loose falls_on = |l| l.falls_on.clone();
}

/// The table that most checks use.
#[must_use]
pub fn sample_table() -> &'static Table {
    <Sample as crate::Record>::TABLE
}

/// The table of rows in no order.
#[must_use]
pub fn leaf_table() -> &'static Table {
    <Leaf as crate::Record>::TABLE
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
    let bare = book.unfiled::<Sample>("badge", PAGE_MAX).await?;
    let bare: Vec<&str> = bare.iter().map(|s| s.sample_id.as_str()).collect();
    assert!(bare.contains(&"f1") && !bare.contains(&"f2"), "{bare:?}");
    assert!(book.find::<Sample>("nobody").await?.is_none());
    Ok(())
}

/// However many rows share a key, all of them are found, each once, and no others.
///
/// # Panics
/// If the store breaks the promise.
pub async fn every_record_of_a_key_is_found(book: &Book) -> Result<(), RecordError> {
    let names: Vec<String> = (0..=PAGE_MAX.saturating_mul(2)).map(|n| format!("e{n:05}")).collect();
    let mut unit = Unit::new();
    for name in &names {
        unit.insert(&sample(name, "every", None));
    }
    unit.insert(&sample("e00000-other", "other", None));
    book.commit(unit).await?;

    let found = book.every::<Sample>("color", "every").await?;
    let found: Vec<String> = found.iter().map(|one| one.sample_id.clone()).collect();
    assert_eq!(found, names);
    assert!(book.every::<Sample>("color", "nobody's").await?.is_empty());
    Ok(())
}

/// Rows are found by a loose key whatever their ids are, until they have it no more.
///
/// # Panics
/// If the store breaks the promise.
pub async fn rows_in_no_order_are_found(book: &Book) -> Result<(), RecordError> {
    let leaf = |leaf_id: &str, falls_on: Option<&str>| Leaf {
        leaf_id: leaf_id.to_owned(),
        falls_on: falls_on.map(ToOwned::to_owned),
    };
    let mut unit = Unit::new();
    for (id, day) in [("c", Some("1")), ("a", Some("1")), ("d", Some("2")), ("e", None)] {
        unit.insert(&leaf(id, day));
    }
    book.commit(unit).await?;
    let of = async |day| {
        let found = book.list::<Leaf>("falls_on", day).await?;
        let mut ids: Vec<_> = found.into_iter().map(|leaf| leaf.into_inner().leaf_id).collect();
        ids.sort();
        Ok::<_, RecordError>(ids)
    };

    assert_eq!(of("1").await?, ["a", "c"]);
    assert_eq!(of("2").await?, ["d"]);
    let (mut moved, mut kept) = (book.load::<Leaf>("a").await?, book.load::<Leaf>("d").await?);
    moved.edit().falls_on = None;
    kept.edit().falls_on = Some("1".to_owned());
    let mut unit = Unit::new();
    unit.update(&moved).update(&kept).delete(&book.load::<Leaf>("c").await?);
    book.commit(unit).await?;
    assert_eq!(of("1").await?, ["d"]);
    assert!(of("2").await?.is_empty());
    Ok(())
}

/// A row that changes without its keys is found by them as it is now; so is one whose keys came
/// back. Of two such edits one is refused, like of all.
///
/// # Panics
/// If the store breaks the promise.
pub async fn rewritten_rows_are_found_as_before(book: &Book) -> Result<(), RecordError> {
    let mut unit = Unit::new();
    unit.insert(&sample("w1", "wet", Some("w")));
    book.commit(unit).await?;
    let edit = async |color: &str| {
        let mut edited = book.load::<Sample>("w1").await?;
        color.clone_into(&mut edited.edit().color);
        let mut unit = Unit::new();
        unit.update(&edited);
        book.commit(unit).await
    };
    let stale = book.load::<Sample>("w1").await?;

    for color in ["wet", "dry", "wet", "wet"] {
        edit(color).await?;
        let found = book.find_by::<Sample>("badge", "w").await?;
        assert_eq!(found.map(|row| row.color.clone()).as_deref(), Some(color));
        assert_eq!(book.list::<Sample>("color", color).await?.len(), 1, "{color}");
    }
    assert!(book.list::<Sample>("color", "dry").await?.is_empty());
    let mut unit = Unit::new();
    unit.update(&stale);
    let refused = book.commit(unit).await;
    assert!(matches!(refused, Err(RecordError::Conflict { .. })), "{refused:?}");
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

/// Of many units at once some are refused: each of those leaves nothing, and no other is touched.
///
/// # Panics
/// If the store breaks the promise.
pub async fn refused_units_leave_their_neighbours_whole(book: &Book) -> Result<(), RecordError> {
    let mut unit = Unit::new();
    unit.insert(&sample("n-old", "crowd", Some("crowd")));
    book.commit(unit).await?;
    let mut edited = book.load::<Sample>("n-old").await?;
    "crowded".clone_into(&mut edited.edit().color);
    let before = book.records().audit_log(0, 1_000).await?.len();

    let crowd = (0..40).map(|n| {
        let mut unit = Unit::new();
        unit.insert(&sample(&format!("n{n:02}a"), "crowd", None));
        match n % 4 {
            // The first of these wins; the others were computed from a version that it ended.
            0 => unit.update(&edited),
            1 => unit.insert(&sample(&format!("n{n:02}b"), "crowd", Some("crowd"))),
            _ => unit.insert(&sample(&format!("n{n:02}b"), "crowd", None)),
        };
        unit.audit(AuditEntry::new(Timestamp::UNIX_EPOCH, "system", "test.crowd", n));
        book.commit(unit)
    });
    let outcomes = all_at_once(crowd.collect()).await;

    let mut expected = vec!["n-old".to_owned()];
    for (n, outcome) in outcomes.iter().enumerate() {
        let is_as_promised = match (n, n % 4) {
            (1.., 0) => matches!(outcome, Err(RecordError::Conflict { .. })),
            (_, 1) => matches!(outcome, Err(RecordError::Duplicate { key: "badge", .. })),
            _ => outcome.is_ok(),
        };
        assert!(is_as_promised, "unit {n}: {outcome:?}");
        if outcome.is_ok() {
            expected.push(format!("n{n:02}a"));
        }
        if n % 4 > 1 {
            expected.push(format!("n{n:02}b"));
        }
    }
    let mut found = book.list::<Sample>("color", "crowd").await?;
    found.extend(book.list::<Sample>("color", "crowded").await?);
    let mut found: Vec<_> = found.into_iter().map(|row| row.into_inner().sample_id).collect();
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
    let entries = book.records().audit_log(0, 1_000).await?;
    let mut walk = ChainWalk::default();
    assert!(entries.iter().all(|entry| walk.step(entry).is_ok()));
    assert_eq!(entries.len(), before + outcomes.iter().filter(|outcome| outcome.is_ok()).count());
    Ok(())
}

/// A value that is shared is the row's as it is now, not as it was when it was first parsed.
///
/// # Panics
/// If the store breaks the promise.
pub async fn shared_values_are_those_of_now(book: &Book) -> Result<(), RecordError> {
    let mut unit = Unit::new();
    unit.insert(&sample("h1", "before", None));
    book.commit(unit).await?;
    let color = || async {
        let shared = book.find_shared::<Sample>("h1").await?;
        Ok::<_, RecordError>(shared.map(|shared| shared.color.clone()))
    };

    assert_eq!(color().await?.as_deref(), Some("before"));
    assert_eq!(color().await?.as_deref(), Some("before"));
    let mut stored = book.load::<Sample>("h1").await?;
    "after".clone_into(&mut stored.edit().color);
    let mut unit = Unit::new();
    unit.update(&stored);
    book.commit(unit).await?;
    assert_eq!(color().await?.as_deref(), Some("after"));
    let listed = book.list_shared::<Sample>("color", "after").await?;
    assert!(listed.iter().any(|shared| shared.color == "after"));
    assert!(book.list_shared::<Sample>("color", "before").await?.is_empty());
    let mut unit = Unit::new();
    unit.delete(&book.load::<Sample>("h1").await?);
    book.commit(unit).await?;
    assert_eq!(color().await?, None);
    Ok(())
}

/// Units are written in the order in which they were handed in, each on top of the one before.
///
/// # Panics
/// If the store breaks the promise.
pub async fn units_are_written_in_their_order(book: &Book) -> Result<(), RecordError> {
    let row = |version, color: &str| Row {
        id: "o1".to_owned(),
        version,
        keys: vec![Some(color.to_owned()), None],
        body: format!(r#"{{"sample_id":"o1","color":"{color}","badge":null}}"#),
    };
    let table = sample_table();
    let mut units = vec![Write::Insert(table, row(1, "order 1"))];
    units.extend((2..=20).map(|n| Write::Update(table, row(n, &format!("order {n}")))));
    let units = (1..).zip(units).map(|(n, write)| {
        let entry = AuditEntry::new(Timestamp::UNIX_EPOCH, "system", "test.order", n);
        book.records().commit(vec![write], vec![entry])
    });

    for outcome in all_at_once(units.collect()).await {
        outcome?;
    }

    assert_eq!(book.load::<Sample>("o1").await?.color, "order 20");
    let entries = book.records().audit_log(0, 1_000).await?;
    let order: Vec<AuditEntry> = entries
        .iter()
        .filter_map(|entry| serde_json::from_str(&entry.body).ok())
        .filter(|entry: &AuditEntry| entry.act == "test.order")
        .collect();
    assert!(order.iter().map(|entry| entry.subject.as_str()).eq((1..=20).map(|n| n.to_string())));
    Ok(())
}

/// A row and those that it leads to are read as far as they lead.
///
/// # Panics
/// If the store breaks the promise.
pub async fn rows_lead_to_rows(book: &Book) -> Result<(), RecordError> {
    let mut unit = Unit::new();
    unit.insert(&sample("l1", "l2", None)).insert(&sample("l2", "l3", None));
    unit.insert(&sample("l3", "nobody", None)).insert(&sample("l4", "nobody", None));
    book.commit(unit).await?;
    let next = |found: &Sample| Some(found.color.clone());
    let ids = |along: Along<Sample, Sample, Sample>| {
        [along.first, along.second, along.third]
            .map(|found| found.map(|found| found.sample_id.clone()).unwrap_or_default())
    };

    assert_eq!(ids(book.find_along("l1", next, next).await?), ["l1", "l2", "l3"]);
    assert_eq!(ids(book.find_along("l2", next, next).await?), ["l2", "l3", ""]);
    assert_eq!(ids(book.find_along("l4", next, next).await?), ["l4", "", ""]);
    assert_eq!(ids(book.find_along("nobody", next, next).await?), ["", "", ""]);
    assert_eq!(ids(book.find_along("l1", next, |_| None).await?), ["l1", "l2", ""]);
    assert_eq!(ids(book.find_along("l1", |_| None, next).await?), ["l1", "", ""]);
    // What is read afterwards is as it is then.
    let mut second = book.load::<Sample>("l2").await?;
    second.edit().color = String::from("l4");
    let mut unit = Unit::new();
    unit.update(&second);
    book.commit(unit).await?;
    assert_eq!(ids(book.find_along("l1", next, next).await?), ["l1", "l2", "l4"]);
    Ok(())
}

/// Begins all before it waits for any, so that they are under way together.
async fn all_at_once<F: Future>(futures: Vec<F>) -> Vec<F::Output> {
    let mut running: Vec<Pin<Box<F>>> = futures.into_iter().map(Box::pin).collect();
    let mut outputs: Vec<Option<F::Output>> = running.iter().map(|_| None).collect();
    poll_fn(|context| {
        for (future, output) in running.iter_mut().zip(&mut outputs) {
            if output.is_none()
                && let Poll::Ready(ready) = future.as_mut().poll(context)
            {
                *output = Some(ready);
            }
        }
        if outputs.iter().all(Option::is_some) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    outputs.into_iter().flatten().collect()
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
            Poll::Ready(output) => output,
            Poll::Pending => panic!("the memory store waited"),
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
        now(refused_units_leave_their_neighbours_whole(&book)).unwrap();
        now(units_are_written_in_their_order(&book)).unwrap();
        now(shared_values_are_those_of_now(&book)).unwrap();
        now(rows_in_no_order_are_found(&book)).unwrap();
        now(rewritten_rows_are_found_as_before(&book)).unwrap();
        now(rows_lead_to_rows(&book)).unwrap();
    }
}
