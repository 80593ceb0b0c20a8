//! The lists in force. One person loads one; what it locks beyond a few waits for another. Withdrawing
//! one, which lets go whatever it alone locked, takes two.

use std::collections::BTreeSet;

use jiff::{Timestamp, civil::Date};
use kanuki_domain::{Ctx, id::StaffId, limits::DAY_SECS, mandate::later};
use kanuki_formats::leak::{Entry, LeakError, LeakList, Leaked};
use kanuki_record::{AuditEntry, Book, RecordError, Stored, Unit, record};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{Ports, file::keep_parts};
use crate::{DeskError, evidence::hex, staff::require_not_left};

/// How many accounts or customers one person may lock within a day by loading files, before another
/// agrees (docs/defaults.md).
const HELD_BY_ONE: u64 = 20;
/// The most lists that are being worked off at once; those that are done are as many as there are.
const LISTS_MAX: usize = 32;
/// How often a decision begins again because a step counted on the same row meanwhile.
const TRIES_MAX: u32 = 8;
/// Digits of the digest that a list is named by.
const DIGITS: usize = 16;

/// Where a list stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "standing", rename_all = "snake_case")]
pub enum Standing {
    /// Its entries are being kept: nothing of it is in force before all of them are.
    Loading,
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
    /// Of those since the first: how many could not be let go. All are looked at again until there is
    /// none.
    #[serde(default)]
    pub let_go_failed: u64,
    /// How often all were looked at.
    #[serde(default)]
    pub let_go_passes: u32,
    /// When everything was let go.
    pub let_go_at: Option<Timestamp>,
    /// When a step of it was last taken: of several lists, the one that waited longest is next.
    #[serde(default)]
    pub stepped_at: Option<Timestamp>,
    /// Until when it is left alone, because whatever is looked for in was silent.
    #[serde(default)]
    pub rests_until: Option<Timestamp>,
    /// How many steps in a row ended where they began.
    #[serde(default)]
    pub cuts: u32,
    /// Of the places that are tried again: the last one that was. The next step begins behind it.
    #[serde(default)]
    pub retry_after: u64,
    /// When the file's key and entries were gone.
    #[serde(default)]
    pub forgotten_at: Option<Timestamp>,
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
    many state = |l| Some(l.state_name().to_owned());
    many work = |l| l.work().map(str::to_owned);
}

impl Loaded {
    /// Whether its entries count.
    #[must_use]
    pub const fn is_live(&self) -> bool {
        matches!(self.standing, Standing::Live | Standing::WithdrawAsked { .. })
    }

    const fn state_name(&self) -> &'static str {
        match self.standing {
            Standing::Loading => "loading",
            Standing::Live | Standing::WithdrawAsked { .. } => "live",
            Standing::Withdrawn { .. } => "withdrawn",
        }
    }

    /// What the worker has to do about it. A file that nobody needs any more is forgotten before all else.
    const fn work(&self) -> Option<&'static str> {
        let round = &self.round;
        let is_over = match self.standing {
            Standing::Loading if round.done_at.is_none() => return Some("loading"),
            Standing::Live | Standing::WithdrawAsked { .. } => round.done_at.is_some(),
            Standing::Loading | Standing::Withdrawn { .. } => true,
        };
        if is_over && round.forgotten_at.is_none() {
            return Some("forget");
        }
        match self.standing {
            Standing::Withdrawn { .. } if round.let_go_at.is_none() => Some("let_go"),
            Standing::Live | Standing::WithdrawAsked { .. }
                if !is_over && round.paused_at.is_none() =>
            {
                Some("search")
            }
            _ => None,
        }
    }

    /// Whether the very same file may be loaded: one whose loading was cut short, and one that was
    /// withdrawn and of which nothing is left.
    const fn may_come_again(&self) -> bool {
        match self.standing {
            Standing::Loading => self.round.done_at.is_none(),
            Standing::Live | Standing::WithdrawAsked { .. } => false,
            Standing::Withdrawn { .. } => {
                self.round.let_go_at.is_some() && self.round.forgotten_at.is_some()
            }
        }
    }

    pub(super) fn key_name(&self) -> String {
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
    /// One that is being worked off must be done first.
    #[error("too many lists are being worked off: wait for one, or withdraw one")]
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
    if known.as_ref().is_some_and(|known| !known.may_come_again()) {
        return Err(Refused::Known);
    }
    let at_work = live(book).await?.into_iter().filter(|list| list.round.done_at.is_none());
    if at_work.count() >= LISTS_MAX {
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
        standing: Standing::Loading,
        round: Round::default(),
    };
    let mut kept = begin(book, known, loaded).await?;
    keep_parts(ports, ctx, &kept, &ours).await?;
    kept.edit().standing = Standing::Live;
    let mut unit = Unit::new();
    unit.update(&kept).audit(
        AuditEntry::new(ctx.now, by, "leak.list_loaded", &kept.version)
            .with("list", &kept.name)
            .with("dated", kept.dated)
            .with("entries", kept.entries),
    );
    match book.commit(unit).await {
        Ok(()) => Ok(kept.into_inner()),
        // Somebody else loaded the same file at this moment, or this took so long that it was swept away.
        Err(RecordError::Absent { .. } | RecordError::Conflict { .. }) => Err(Refused::Known),
        Err(error) => Err(error.into()),
    }
}

/// Notes that a file is being loaded, so that one that was cut short is found and forgotten. It is in
/// force with all of its entries or not at all.
async fn begin(
    book: &Book,
    known: Option<Stored<Loaded>>,
    loaded: Loaded,
) -> Result<Stored<Loaded>, Refused> {
    let version = loaded.version.clone();
    let mut unit = Unit::new();
    if let Some(mut known) = known {
        *known.edit() = loaded;
        unit.update(&known);
    } else {
        unit.insert(&loaded);
    }
    match book.commit(unit).await {
        Ok(()) => Ok(book.load::<Loaded>(version).await?),
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

/// How many more this list may lock before another person agrees: whoever loaded it may lock so many
/// within a day, in however many files. None where somebody agreed.
async fn room(book: &Book, list: &Loaded) -> Result<Option<u64>, RecordError> {
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

/// Whether a list may say something about an account or a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Counted {
    /// It may.
    Yes,
    /// It would lock more than one person may.
    Full,
    /// It is in force no more.
    Ended,
}

/// Adds to `unit`, which notes what a list says and, where `holds`, locks for it, that this counts: on the
/// list's own row, so that no two nodes pass the number together, a crash forgets none, and nothing is
/// locked for a list that is withdrawn in the same moment.
pub(super) async fn count(
    book: &Book,
    unit: &mut Unit,
    (version, holds): (&str, bool),
) -> Result<Counted, RecordError> {
    let found = book.find::<Loaded>(version).await?;
    let Some(mut list) = found.filter(|list| list.is_live()) else { return Ok(Counted::Ended) };
    if holds {
        if room(book, &list).await? == Some(0) {
            return Ok(Counted::Full);
        }
        let round = &mut list.edit().round;
        round.held = round.held.saturating_add(1);
    }
    unit.update(&list);
    Ok(Counted::Yes)
}

async fn find(book: &Book, version: &str) -> Result<Stored<Loaded>, DeskError> {
    book.find::<Loaded>(version).await?.ok_or(DeskError::NotAccepted)
}

/// Decides about a list, again where a step counted on its row meanwhile.
async fn decide(
    book: &Book,
    version: &str,
    change: impl Fn(&mut Loaded) -> Result<AuditEntry, DeskError>,
) -> Result<(), DeskError> {
    let mut tries_left = TRIES_MAX;
    loop {
        let mut list = find(book, version).await?;
        let entry = change(list.edit())?;
        let mut unit = Unit::new();
        unit.update(&list).audit(entry);
        match book.commit(unit).await {
            Err(RecordError::Conflict { .. }) if tries_left > 0 => {
                tries_left = tries_left.saturating_sub(1);
            }
            done => return Ok(done?),
        }
    }
}

/// A second person agrees that a list goes on, however many it locks.
pub async fn go_on(
    book: &Book,
    ctx: &Ctx<'_>,
    by: StaffId,
    version: &str,
) -> Result<(), DeskError> {
    require_not_left(book, [by]).await?;
    decide(book, version, |list| {
        if list.round.paused_at.is_none() || !list.is_live() {
            return Err(DeskError::Decided);
        }
        if list.by == by {
            return Err(DeskError::SamePerson);
        }
        list.round.paused_at = None;
        list.round.agreed_by = Some(by);
        let entry = AuditEntry::new(ctx.now, by, "leak.round_agreed", version);
        Ok(entry.with("loaded_by", list.by).with("held", list.round.held))
    })
    .await
}

/// Asks that a list be withdrawn: what it alone locked is let go.
pub async fn ask_withdraw(
    book: &Book,
    ctx: &Ctx<'_>,
    by: StaffId,
    (version, reason): (&str, &str),
) -> Result<(), DeskError> {
    decide(book, version, |list| {
        if list.standing != Standing::Live {
            return Err(DeskError::Decided);
        }
        list.standing = Standing::WithdrawAsked { by, at: ctx.now, reason: reason.to_owned() };
        let entry = AuditEntry::new(ctx.now, by, "leak.withdraw_asked", version);
        Ok(entry.with("reason", reason))
    })
    .await
}

/// A second person agrees. The worker lets go, in steps.
pub async fn withdraw(
    book: &Book,
    ctx: &Ctx<'_>,
    by: StaffId,
    version: &str,
) -> Result<(), DeskError> {
    let Standing::WithdrawAsked { by: asked_by, .. } = find(book, version).await?.standing else {
        return Err(DeskError::Decided);
    };
    if asked_by == by {
        return Err(DeskError::SamePerson);
    }
    require_not_left(book, [asked_by, by]).await?;
    decide(book, version, |list| {
        // Kept, and asked for by somebody else, since we looked.
        let is_asked =
            matches!(list.standing, Standing::WithdrawAsked { by: asked, .. } if asked == asked_by);
        if !is_asked {
            return Err(DeskError::Decided);
        }
        list.standing = Standing::Withdrawn { asked_by, by, at: ctx.now };
        list.round.rests_until = None;
        let entry = AuditEntry::new(ctx.now, by, "leak.withdrawn", version);
        Ok(entry.with("asked_by", asked_by))
    })
    .await
}

/// Anybody says that a list stays.
pub async fn keep(book: &Book, ctx: &Ctx<'_>, by: StaffId, version: &str) -> Result<(), DeskError> {
    decide(book, version, |list| {
        if !matches!(list.standing, Standing::WithdrawAsked { .. }) {
            return Err(DeskError::Decided);
        }
        list.standing = Standing::Live;
        Ok(AuditEntry::new(ctx.now, by, "leak.list_kept", version))
    })
    .await
}
