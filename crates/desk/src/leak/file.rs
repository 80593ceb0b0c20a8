//! What a list's file held: sealed under a key of its own, and gone as soon as nobody needs it.
//!
//! The row of the list is there before the first entry and says what is to be forgotten, so that no crash
//! leaves entries that nothing points to: neither of an upload that was cut short, nor of a list that was
//! worked off or withdrawn a moment before.

use jiff::SignedDuration;
use kanuki_domain::Ctx;
use kanuki_formats::leak::Entry;
use kanuki_record::{
    Book, Record as _, RecordError, Stored, Unit, record,
    vault::{PersonKey, Sealed},
};
use serde::{Deserialize, Serialize};

use super::{Loaded, Ports, Standing};

/// Entries in one row of the store, and the most that one step looks for.
pub(super) const PART_ENTRIES: usize = 50;
/// Where the entries are sealed.
const ENTRIES: &str = "leak_part|entries";
/// How long a file may take to be kept; then it is taken for cut short.
const LOADING_MAX: SignedDuration = SignedDuration::from_hours(1);

/// Some of the entries of a list, sealed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Part {
    version: String,
    number: u64,
    sealed: Sealed,
}

record! { Part => "leak_part" by |p| part_name(&p.version, p.number);
    many list = |p| Some(p.version.clone());
}

fn part_name(version: &str, number: u64) -> String {
    format!("{version}|{number:06}")
}

/// Keeps the entries of a list that is being loaded.
pub(super) async fn keep_parts(
    ports: Ports<'_>,
    ctx: &Ctx<'_>,
    loaded: &Loaded,
    entries: &[Entry],
) -> Result<(), RecordError> {
    let key = if let Some(key) = ports.book.find::<PersonKey>(loaded.key_name()).await? {
        key.into_inner()
    } else {
        let key = ports.vault.create_person(ctx, loaded.key_name())?;
        let mut unit = Unit::new();
        unit.insert(&key);
        ports.book.commit(unit).await?;
        key
    };
    for (number, entries) in (0_u64..).zip(entries.chunks(PART_ENTRIES)) {
        let sealed = ports.vault.seal(ctx, &key, ENTRIES, &entries)?;
        let mut unit = Unit::new();
        unit.insert(&Part { version: loaded.version.clone(), number, sealed });
        match ports.book.commit(unit).await {
            // Left by a loading that was cut short: the same digest is the same text.
            Ok(()) | Err(RecordError::Duplicate { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// One part of a list that is being worked off: one that is not there is an error, and never "nothing to
/// look for".
pub(super) async fn part(
    ports: Ports<'_>,
    list: &Loaded,
    number: u64,
) -> Result<Vec<Entry>, RecordError> {
    let found = ports.book.find::<Part>(part_name(&list.version, number)).await?;
    let part = found.ok_or(RecordError::Absent { table: Part::TABLE.name })?;
    let key = ports.book.load::<PersonKey>(list.key_name()).await?;
    ports.vault.open(&key, ENTRIES, &part.sealed)
}

/// Forgets every file that nobody needs any more. Doing it twice, or on two nodes, is fine.
pub(super) async fn tidy(book: &Book, ctx: &Ctx<'_>) -> Result<(), RecordError> {
    for mut list in book.every::<Loaded>("work", "loading").await? {
        if list.at.checked_add(LOADING_MAX).is_ok_and(|end| end <= ctx.now) {
            // Whoever still keeps entries finds the row changed, and puts nothing in force.
            list.edit().round.done_at = Some(ctx.now);
            let mut unit = Unit::new();
            unit.update(&list);
            gone(book.commit(unit).await)?;
        }
    }
    for list in book.every::<Loaded>("work", "forget").await? {
        forget(book, ctx, list).await?;
    }
    Ok(())
}

/// First the key, so that nothing of it can be read any more.
async fn forget(book: &Book, ctx: &Ctx<'_>, mut list: Stored<Loaded>) -> Result<(), RecordError> {
    if let Some(key) = book.find::<PersonKey>(list.key_name()).await? {
        let mut unit = Unit::new();
        unit.delete(&key);
        gone(book.commit(unit).await)?;
    }
    for part in book.every::<Part>("list", &list.version).await? {
        let mut unit = Unit::new();
        unit.delete(&part);
        gone(book.commit(unit).await)?;
    }
    let mut unit = Unit::new();
    if list.standing == Standing::Loading {
        unit.delete(&list);
    } else {
        list.edit().round.forgotten_at = Some(ctx.now);
        unit.update(&list);
    }
    gone(book.commit(unit).await)
}

/// Another node that forgot it at the same moment is fine; so is a row that was decided about: the next
/// pass looks again.
fn gone(done: Result<(), RecordError>) -> Result<(), RecordError> {
    match done {
        Err(RecordError::Conflict { .. } | RecordError::Absent { .. }) => Ok(()),
        done => done,
    }
}
