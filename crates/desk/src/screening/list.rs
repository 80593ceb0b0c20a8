//! The lists in force. One person puts one in force, which only tightens; to end one takes two. So a
//! newer file of the same list stands beside the older one until two people have ended that: whoever
//! a new file leaves out is still looked for until then.

use jiff::{Timestamp, civil::Date};
use kanuki_domain::{Ctx, id::StaffId};
use kanuki_formats::screening::{Entry, List, ListError, Screener};
use kanuki_record::{AuditEntry, Book, RecordError, Stored, Unit, record};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::{DeskError, evidence::hex, staff::require_not_left};

/// Entries in one row of the store.
const PART_ENTRIES: usize = 500;
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
    many round = |l| (l.is_live() && l.round.done_at.is_none()).then(|| "due".to_owned());
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
    /// The store refused.
    #[error("the record could not be kept")]
    Record(#[from] RecordError),
}

/// Puts a file in force at once; everybody is screened against it from now on, and those who are known
/// already by [`due`].
pub async fn load(book: &Book, ctx: &Ctx<'_>, by: StaffId, file: &[u8]) -> Result<Loaded, Refused> {
    let list = List::read(file)?;
    let version: String = hex(Sha256::digest(file).into()).chars().take(DIGITS).collect();
    let known = book.find::<Loaded>(&version).await?;
    if known.as_ref().is_some_and(|known| known.is_live()) {
        return Err(Refused::Known);
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

/// A list for which everybody has to be screened again, if there is one.
pub(super) async fn due(book: &Book) -> Result<Option<Stored<Loaded>>, RecordError> {
    book.find_by::<Loaded>("round", "due").await
}

/// Everybody on a list, ready to be compared.
pub(super) async fn screener(book: &Book, version: &str) -> Result<Screener, RecordError> {
    let parts = book.every::<Part>("list", version).await?;
    Ok(Screener::new(parts.into_iter().flat_map(|part| part.into_inner().entries)))
}

/// Asks that a list be ended.
pub async fn ask_end(
    book: &Book,
    ctx: &Ctx<'_>,
    by: StaffId,
    (version, reason): (&str, &str),
) -> Result<(), DeskError> {
    let mut list = find(book, version).await?;
    if list.standing != Standing::Live {
        return Err(DeskError::Decided);
    }
    list.edit().standing = Standing::EndAsked { by, at: ctx.now, reason: reason.to_owned() };
    let entry = AuditEntry::new(ctx.now, by, "screening.list_end_asked", version);
    keep_row(book, &list, entry.with("reason", reason)).await
}

/// A second person agrees: nobody is compared with it any more. Who is held because of it stays held.
pub async fn end(book: &Book, ctx: &Ctx<'_>, by: StaffId, version: &str) -> Result<(), DeskError> {
    let mut list = find(book, version).await?;
    let Standing::EndAsked { by: asked_by, .. } = list.standing else {
        return Err(DeskError::Decided);
    };
    if asked_by == by {
        return Err(DeskError::SamePerson);
    }
    require_not_left(book, [asked_by, by]).await?;
    list.edit().standing = Standing::Ended { asked_by, by, at: ctx.now };
    let entry = AuditEntry::new(ctx.now, by, "screening.list_ended", version);
    keep_row(book, &list, entry.with("asked_by", asked_by)).await
}

/// Anybody says that a list stays.
pub async fn keep(book: &Book, ctx: &Ctx<'_>, by: StaffId, version: &str) -> Result<(), DeskError> {
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
