//! The lists in force. One person loads one; what it locks beyond a few waits for another. Withdrawing
//! one, which lets go whatever it alone locked, takes two.

use std::collections::BTreeSet;

use jiff::{Timestamp, civil::Date};
use kanuki_domain::{Ctx, id::StaffId, limits::DAY_SECS, mandate::later};
use kanuki_formats::leak::{Entry, LeakError, LeakList, Leaked};
use kanuki_record::{
    AuditEntry, Book, RecordError, Stored, Unit, record,
    vault::{PersonKey, Sealed},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::Ports;
use crate::{DeskError, evidence::hex, staff::require_not_left};

/// Entries in one row of the store, and the most that one step looks for.
pub(super) const PART_ENTRIES: usize = 50;
/// How many accounts or customers one person may lock within a day by loading files, before another
/// agrees (docs/defaults.md).
const HELD_BY_ONE: u64 = 20;
/// The most lists in force at once.
const LISTS_MAX: usize = 32;
/// Digits of the digest that a list is named by.
const DIGITS: usize = 16;
/// Where the entries are sealed.
const ENTRIES: &str = "leak_part|entries";

/// Where a list stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "standing", rename_all = "snake_case")]
pub enum Standing {
    /// In force.
    Live,
    /// In force; somebody asks that it be withdrawn.
    WithdrawAsked {
        /// Who.
        by: StaffId,
        /// When.
        at: Timestamp,
        /// Why, in their words.
        reason: String,
    },
    /// What it alone locked is let go.
    Withdrawn {
        /// Who asked.
        asked_by: StaffId,
        /// Who agreed.
        by: StaffId,
        /// When.
        at: Timestamp,
    },
}

/// How far the entries have been looked for, and, of a list that was withdrawn, let go.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Round {
    /// The next part of the file.
    pub part: u64,
    /// How many entries were looked for.
    pub seen: u64,
    /// How many accounts or customers were locked because of them.
    pub held: u64,
    /// How many entries are nobody's here.
    pub unknown: u64,
    /// Places in the file that could not be looked for: they are tried again until none is left.
    pub failed: BTreeSet<u64>,
    /// When they are tried again; set once everything else has been.
    pub again_at: Option<Timestamp>,
    /// When all had been.
    pub done_at: Option<Timestamp>,
    /// Since when it waits, because it locks more than one person may lock.
    pub paused_at: Option<Timestamp>,
    /// Who agreed that it goes on.
    pub agreed_by: Option<StaffId>,
    /// Of a list that was withdrawn: the last hit that was looked at.
    pub let_go_after: String,
    /// Of those since the first: how many it named. A step that was under way when it was withdrawn may
    /// lock behind us, so everything is looked at until there is none.
    pub let_go_found: u64,
    /// When everything was let go.
    pub let_go_at: Option<Timestamp>,
}

/// A list that was loaded.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Loaded {
    /// The first digits of its file's digest.
    pub version: String,
    /// Whose list it is.
    pub name: String,
    /// Where the file was taken from.
    pub source: String,
    /// Of which day it is.
    pub dated: Date,
    /// How many of its entries are of a kind that this company can look for.
    pub entries: u64,
    /// How many are not: other banks' accounts, say.
    pub others: u64,
    /// Who loaded it.
    pub by: StaffId,
    /// When.
    pub at: Timestamp,
    /// Where it stands.
    pub standing: Standing,
    /// How far it has been worked off.
    pub round: Round,
}

record! { Loaded => "leak_list" by |l| l.version.clone();
    many state = |l| Some(if l.is_live() { "live" } else { "withdrawn" }.to_owned());
    many work = |l| l.work().map(str::to_owned);
}

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

impl Loaded {
    /// Whether its entries count.
    #[must_use]
    pub const fn is_live(&self) -> bool {
        !matches!(self.standing, Standing::Withdrawn { .. })
    }

    /// What the worker has to do about it.
    const fn work(&self) -> Option<&'static str> {
        let round = &self.round;
        if self.is_live() {
            let is_due = round.done_at.is_none() && round.paused_at.is_none();
            return if is_due { Some("search") } else { None };
        }
        if round.let_go_at.is_none() { Some("let_go") } else { None }
    }

    fn key_name(&self) -> String {
        format!("leak|{}", self.version)
    }
}

/// Why a file was not taken.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// It is no list.
    #[error(transparent)]
    Mistake(#[from] LeakError),
    /// Nothing on it is of a kind that this company can look for.
    #[error("nothing on this list is ours to look for")]
    NotOurs,
    /// This very file is in force.
    #[error("this file is in force already")]
    Known,
    /// Withdraw one first.
    #[error("too many lists are in force: withdraw one first")]
    TooMany,
    /// The store does not answer; nothing is in force.
    #[error(transparent)]
    Record(#[from] RecordError),
}

/// Puts a file in force: one person is enough to tighten. `is_ours` says which entries this company can
/// look for; the others are counted and not kept.
pub async fn load(
    ports: Ports<'_>,
    ctx: &Ctx<'_>,
    by: StaffId,
    file: &[u8],
    is_ours: impl Fn(&Leaked) -> bool,
) -> Result<Loaded, Refused> {
    let book = ports.book;
    let list = LeakList::read(file)?;
    let all = list.entries.len();
    let ours: Vec<Entry> = list.entries.into_iter().filter(|one| is_ours(&one.who)).collect();
    if ours.is_empty() {
        return Err(Refused::NotOurs);
    }
    let version: String = hex(Sha256::digest(file).into()).chars().take(DIGITS).collect();
    let known = book.find::<Loaded>(&version).await?;
    if known.as_ref().is_some_and(|known| known.is_live() || known.round.let_go_at.is_none()) {
        return Err(Refused::Known);
    }
    if live(book).await?.len() >= LISTS_MAX {
        return Err(Refused::TooMany);
    }
    let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    let loaded = Loaded {
        version,
        name: list.name,
        source: list.source,
        dated: list.dated,
        entries: count(ours.len()),
        others: count(all.saturating_sub(ours.len())),
        by,
        at: ctx.now,
        standing: Standing::Live,
        round: Round::default(),
    };
    keep_parts(ports, ctx, &loaded, &ours).await?;
    let mut unit = Unit::new();
    if let Some(mut known) = known {
        *known.edit() = loaded.clone();
        unit.update(&known);
    } else {
        unit.insert(&loaded);
    }
    unit.audit(
        AuditEntry::new(ctx.now, by, "leak.list_loaded", &loaded.version)
            .with("list", &loaded.name)
            .with("dated", loaded.dated)
            .with("entries", loaded.entries),
    );
    match book.commit(unit).await {
        Ok(()) => Ok(loaded),
        Err(RecordError::Duplicate { .. } | RecordError::Conflict { .. }) => Err(Refused::Known),
        Err(error) => Err(error.into()),
    }
}

/// The entries come before the list: it is in force with all of them or not at all.
async fn keep_parts(
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

/// One part of a list; none behind the last.
pub(super) async fn part(
    ports: Ports<'_>,
    list: &Loaded,
    number: u64,
) -> Result<Option<Vec<Entry>>, RecordError> {
    let Some(part) = ports.book.find::<Part>(part_name(&list.version, number)).await? else {
        return Ok(None);
    };
    let key = ports.book.load::<PersonKey>(list.key_name()).await?;
    ports.vault.open(&key, ENTRIES, &part.sealed).map(Some)
}

/// Forgets what was in the file: first the key, so that nothing of it can be read any more.
pub(super) async fn forget(book: &Book, list: &Loaded) -> Result<(), RecordError> {
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
    Ok(())
}

/// Another node that forgot it at the same moment is fine.
fn gone(done: Result<(), RecordError>) -> Result<(), RecordError> {
    match done {
        Err(RecordError::Conflict { .. } | RecordError::Absent { .. }) => Ok(()),
        done => done,
    }
}

/// The lists in force, newest first.
pub async fn live(book: &Book) -> Result<Vec<Stored<Loaded>>, RecordError> {
    let mut all = book.every::<Loaded>("state", "live").await?;
    all.sort_by_key(|list| std::cmp::Reverse(list.at));
    Ok(all)
}

/// How many more this list may lock before another person agrees: whoever loaded it may lock so many
/// within a day, in however many files. None where somebody agreed.
pub(super) async fn room(book: &Book, list: &Loaded) -> Result<Option<u64>, RecordError> {
    if list.round.agreed_by.is_some() {
        return Ok(None);
    }
    let since = later(list.at, DAY_SECS.saturating_neg());
    let mut held: u64 = 0;
    for state in ["live", "withdrawn"] {
        for other in book.every::<Loaded>("state", state).await? {
            let is_theirs = other.by == list.by && other.at > since;
            if is_theirs && other.round.agreed_by.is_none() {
                held = held.saturating_add(other.round.held);
            }
        }
    }
    Ok(Some(HELD_BY_ONE.saturating_sub(held)))
}

async fn find(book: &Book, version: &str) -> Result<Stored<Loaded>, DeskError> {
    book.find::<Loaded>(version).await?.ok_or(DeskError::NotAccepted)
}

async fn keep_row(book: &Book, list: &Stored<Loaded>, entry: AuditEntry) -> Result<(), DeskError> {
    let mut unit = Unit::new();
    unit.update(list).audit(entry);
    Ok(book.commit(unit).await?)
}

/// A second person agrees that a list goes on, however many it locks.
pub async fn go_on(
    book: &Book,
    ctx: &Ctx<'_>,
    by: StaffId,
    version: &str,
) -> Result<(), DeskError> {
    let mut list = find(book, version).await?;
    if list.round.paused_at.is_none() || !list.is_live() {
        return Err(DeskError::Decided);
    }
    let loaded_by = list.by;
    if loaded_by == by {
        return Err(DeskError::SamePerson);
    }
    require_not_left(book, [by]).await?;
    let round = &mut list.edit().round;
    round.paused_at = None;
    round.agreed_by = Some(by);
    let held = round.held;
    let entry = AuditEntry::new(ctx.now, by, "leak.round_agreed", version);
    keep_row(book, &list, entry.with("loaded_by", loaded_by).with("held", held)).await
}

/// Asks that a list be withdrawn: what it alone locked is let go.
pub async fn ask_withdraw(
    book: &Book,
    ctx: &Ctx<'_>,
    by: StaffId,
    (version, reason): (&str, &str),
) -> Result<(), DeskError> {
    let mut list = find(book, version).await?;
    if list.standing != Standing::Live {
        return Err(DeskError::Decided);
    }
    list.edit().standing = Standing::WithdrawAsked { by, at: ctx.now, reason: reason.to_owned() };
    let entry = AuditEntry::new(ctx.now, by, "leak.withdraw_asked", version);
    keep_row(book, &list, entry.with("reason", reason)).await
}

/// A second person agrees. The worker lets go, in steps.
pub async fn withdraw(
    book: &Book,
    ctx: &Ctx<'_>,
    by: StaffId,
    version: &str,
) -> Result<(), DeskError> {
    let mut list = find(book, version).await?;
    let Standing::WithdrawAsked { by: asked_by, .. } = list.standing else {
        return Err(DeskError::Decided);
    };
    if asked_by == by {
        return Err(DeskError::SamePerson);
    }
    require_not_left(book, [asked_by, by]).await?;
    list.edit().standing = Standing::Withdrawn { asked_by, by, at: ctx.now };
    let entry = AuditEntry::new(ctx.now, by, "leak.withdrawn", version);
    keep_row(book, &list, entry.with("asked_by", asked_by)).await
}

/// Anybody says that a list stays.
pub async fn keep(book: &Book, ctx: &Ctx<'_>, by: StaffId, version: &str) -> Result<(), DeskError> {
    let mut list = find(book, version).await?;
    if !matches!(list.standing, Standing::WithdrawAsked { .. }) {
        return Err(DeskError::Decided);
    }
    list.edit().standing = Standing::Live;
    let entry = AuditEntry::new(ctx.now, by, "leak.list_kept", version);
    keep_row(book, &list, entry).await
}
