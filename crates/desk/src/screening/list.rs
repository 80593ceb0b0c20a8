//! The lists in force. One person puts one in force, which only tightens; to end one takes two. So a
//! newer file of the same list stands beside the older one until two people have ended that: whoever
//! a new file leaves out is still looked for until then.

use std::{collections::BTreeSet, sync::Arc};

use jiff::{Timestamp, civil::Date};
use kanuki_domain::{Ctx, id::StaffId};
use kanuki_formats::screening::{Entry, List, ListError, Screener};
use kanuki_record::{AuditEntry, Book, RecordError, Stored, Unit, record};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::shelf;
use crate::{
    DeskError,
    evidence::hex,
    officer::{Officer, require_officers},
};

/// Entries in one row of the store.
const PART_ENTRIES: usize = 500;
/// How many people one person may hold by loading a file, before another agrees: so many, or one of so
/// many of those who were compared, whichever is more (docs/defaults.md).
const HELD_BY_ONE: u64 = 20;
const HELD_BY_ONE_OF: u64 = 100;
/// The most lists in force at once: everybody is compared with each.
pub(super) const LISTS_MAX: usize = 32;
/// Digits of the digest that a list is named by.
const DIGITS: usize = 16;

/// Where a list stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "standing", rename_all = "snake_case")]
pub enum Standing {
    /// In force.
    Live,
    /// In force; somebody asks that it be ended.
    EndAsked {
        /// Who.
        by: StaffId,
        /// When.
        at: Timestamp,
        /// Why, in their words.
        reason: String,
    },
    /// Nobody is compared with it any more.
    Ended {
        /// Who asked.
        asked_by: StaffId,
        /// Who agreed.
        by: StaffId,
        /// When.
        at: Timestamp,
    },
}

/// How far everybody has been screened again because this list came.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Round {
    /// The last person who was looked at.
    pub after: String,
    /// How many people were.
    pub seen: u64,
    /// How many of them were held.
    pub held: u64,
    /// When everybody had been.
    pub done_at: Option<Timestamp>,
    /// Who could not be looked at: they are tried again until none is left.
    #[serde(default)]
    pub failed: BTreeSet<String>,
    /// When they are tried again; set once everybody else has been.
    #[serde(default)]
    pub again_at: Option<Timestamp>,
    /// Since when it waits, because it held more people than one person may hold.
    #[serde(default)]
    pub paused_at: Option<Timestamp>,
    /// Who agreed that it goes on.
    #[serde(default)]
    pub agreed_by: Option<StaffId>,
}

impl Round {
    /// Whether it has something to do at `now`.
    fn is_due(&self, now: Timestamp) -> bool {
        self.again_at.is_none_or(|at| at <= now)
    }

    /// Whether it held more people than one person may hold by loading a file.
    pub(super) fn is_too_much(&self) -> bool {
        let most = HELD_BY_ONE.max(self.seen.checked_div(HELD_BY_ONE_OF).unwrap_or(0));
        self.agreed_by.is_none() && self.held > most
    }
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
    /// How many people and organisations are on it.
    pub entries: usize,
    /// Who loaded it.
    pub by: StaffId,
    /// When.
    pub at: Timestamp,
    /// Where it stands.
    pub standing: Standing,
    /// How far everybody has been screened again.
    pub round: Round,
}

record! { Loaded => "screening_list" by |l| l.version.clone();
    many state = |l| Some(if l.is_live() { "live" } else { "ended" }.to_owned());
    many round = |l| {
        let round = &l.round;
        (l.is_live() && round.done_at.is_none() && round.paused_at.is_none())
            .then(|| "due".to_owned())
    };
}

impl Loaded {
    /// Whether people are compared with it.
    #[must_use]
    pub const fn is_live(&self) -> bool {
        !matches!(self.standing, Standing::Ended { .. })
    }
}

/// Some of the entries of a list.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Part {
    version: String,
    number: usize,
    entries: Vec<Entry>,
}

record! { Part => "screening_part" by |p| p.name();
    many list = |p| Some(p.version.clone());
}

impl Part {
    fn name(&self) -> String {
        format!("{}|{:05}", self.version, self.number)
    }
}

/// Why a file is no list, or not a new one.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// It has a mistake; it says where.
    #[error("the file has a mistake: {0}")]
    Mistake(#[from] ListError),
    /// This very file is in force already.
    #[error("this list is in force already")]
    Known,
    /// More lists than everybody can be compared with.
    #[error("there are as many lists in force as there can be: end an older one first")]
    TooMany,
    /// The store refused.
    #[error("the record could not be kept")]
    Record(#[from] RecordError),
}

/// Puts a file in force at once; everybody is screened against it from now on, and those who are known
/// already by [`due`].
pub async fn load(
    book: &Book,
    ctx: &Ctx<'_>,
    officer: Officer,
    file: &[u8],
) -> Result<Loaded, Refused> {
    let by = officer.id();
    let list = List::read(file)?;
    let version: String = hex(Sha256::digest(file).into()).chars().take(DIGITS).collect();
    let known = book.find::<Loaded>(&version).await?;
    if known.as_ref().is_some_and(|known| known.is_live()) {
        return Err(Refused::Known);
    }
    if live(book).await?.len() >= LISTS_MAX {
        return Err(Refused::TooMany);
    }
    let loaded = Loaded {
        version: version.clone(),
        name: list.name,
        source: list.source,
        dated: list.dated,
        entries: list.entries.len(),
        by,
        at: ctx.now,
        standing: Standing::Live,
        round: Round::default(),
    };
    // The entries first: a list is in force with all of them or not at all.
    for (number, entries) in list.entries.chunks(PART_ENTRIES).enumerate() {
        let part = Part { version: version.clone(), number, entries: entries.to_vec() };
        let mut unit = Unit::new();
        unit.insert(&part);
        match book.commit(unit).await {
            // Left by a loading that was cut short: the same digest is the same text.
            Ok(()) | Err(RecordError::Duplicate { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let mut unit = Unit::new();
    match known {
        Some(mut known) => {
            *known.edit() = loaded.clone();
            unit.update(&known);
        }
        None => {
            unit.insert(&loaded);
        }
    }
    unit.audit(
        AuditEntry::new(ctx.now, by, "screening.list_loaded", &version)
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

/// The lists in force, newest first.
pub async fn live(book: &Book) -> Result<Vec<Stored<Loaded>>, RecordError> {
    let mut all = book.every::<Loaded>("state", "live").await?;
    all.sort_by_key(|list| std::cmp::Reverse(list.at));
    Ok(all)
}

/// The list for which somebody has to be screened again at `now`, if there is one: the oldest first.
pub(super) async fn due(
    book: &Book,
    now: Timestamp,
) -> Result<Option<Stored<Loaded>>, RecordError> {
    let all = book.every::<Loaded>("round", "due").await?;
    Ok(all.into_iter().filter(|list| list.round.is_due(now)).min_by_key(|list| list.at))
}

/// A second person agrees that a round goes on, however many it holds.
pub async fn go_on(
    book: &Book,
    ctx: &Ctx<'_>,
    officer: Officer,
    version: &str,
) -> Result<(), DeskError> {
    let by = officer.id();
    let mut list = find(book, version).await?;
    if list.round.paused_at.is_none() || !list.is_live() {
        return Err(DeskError::Decided);
    }
    let loaded_by = list.by;
    if loaded_by == by {
        return Err(DeskError::SamePerson);
    }
    let round = &mut list.edit().round;
    round.paused_at = None;
    round.agreed_by = Some(by);
    let held = round.held;
    let entry = AuditEntry::new(ctx.now, by, "screening.round_agreed", version);
    keep_row(book, &list, entry.with("loaded_by", loaded_by).with("held", held)).await
}

/// Everybody on a list that is in force, ready to be compared.
pub(super) async fn screener(book: &Book, version: &str) -> Result<Arc<Screener>, RecordError> {
    if let Some(known) = shelf::find(version) {
        return Ok(known);
    }
    let parts = book.every::<Part>("list", version).await?;
    let entries = parts.into_iter().flat_map(|part| part.into_inner().entries);
    Ok(shelf::put(version, Screener::new(entries)))
}

/// Asks that a list be ended.
pub async fn ask_end(
    book: &Book,
    ctx: &Ctx<'_>,
    officer: Officer,
    (version, reason): (&str, &str),
) -> Result<(), DeskError> {
    let by = officer.id();
    let mut list = find(book, version).await?;
    if list.standing != Standing::Live {
        return Err(DeskError::Decided);
    }
    list.edit().standing = Standing::EndAsked { by, at: ctx.now, reason: reason.to_owned() };
    let entry = AuditEntry::new(ctx.now, by, "screening.list_end_asked", version);
    keep_row(book, &list, entry.with("reason", reason)).await
}

/// A second person agrees: nobody is compared with it any more. Who is held because of it stays held.
pub async fn end(
    book: &Book,
    ctx: &Ctx<'_>,
    officer: Officer,
    version: &str,
) -> Result<(), DeskError> {
    let by = officer.id();
    let mut list = find(book, version).await?;
    let Standing::EndAsked { by: asked_by, .. } = list.standing else {
        return Err(DeskError::Decided);
    };
    if asked_by == by {
        return Err(DeskError::SamePerson);
    }
    require_officers(book, [asked_by, by]).await?;
    list.edit().standing = Standing::Ended { asked_by, by, at: ctx.now };
    let entry = AuditEntry::new(ctx.now, by, "screening.list_ended", version);
    keep_row(book, &list, entry.with("asked_by", asked_by)).await?;
    shelf::drop_list(version);
    Ok(())
}

/// Anybody says that a list stays.
pub async fn keep(
    book: &Book,
    ctx: &Ctx<'_>,
    officer: Officer,
    version: &str,
) -> Result<(), DeskError> {
    let by = officer.id();
    let mut list = find(book, version).await?;
    if !matches!(list.standing, Standing::EndAsked { .. }) {
        return Err(DeskError::Decided);
    }
    list.edit().standing = Standing::Live;
    let entry = AuditEntry::new(ctx.now, by, "screening.list_kept", version);
    keep_row(book, &list, entry).await
}

async fn find(book: &Book, version: &str) -> Result<Stored<Loaded>, DeskError> {
    book.find::<Loaded>(version).await?.ok_or(DeskError::NotAccepted)
}

async fn keep_row(book: &Book, list: &Stored<Loaded>, entry: AuditEntry) -> Result<(), DeskError> {
    let mut unit = Unit::new();
    unit.update(list).audit(entry);
    Ok(book.commit(unit).await?)
}
