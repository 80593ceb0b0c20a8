//! That an account or a customer is on a list, until it is let go.

use std::collections::BTreeSet;

use jiff::{
    Timestamp,
    civil::Date,
    tz::{self, TimeZone},
};
use kanuki_domain::{Ctx, id::StaffId, limits::DAY_SECS, mandate::later};
use kanuki_record::{AuditEntry, Book, RecordError, Stored, Unit, record};
use serde::{Deserialize, Serialize};

use super::list::{self, Counted};
use crate::{DeskError, staff::require_not_left};

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "how", rename_all = "snake_case")]
pub enum Over {
    /// The holder or customer proved who they are, with what no list can hold.
    Proven,
    /// Two members of staff let it go.
    LetGo {
        /// Who asked.
        asked_by: StaffId,
        /// Who agreed.
        by: StaffId,
        /// How they know, in the asker's words.
        reason: String,
    },
    /// Every list that named it was withdrawn.
    Withdrawn,
}

/// Where a hit stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum HitState {
    /// It holds.
    Standing,
    /// It holds until then, and ends by itself: its holder proved who they are.
    Proving {
        /// When it ends.
        until: Timestamp,
    },
    /// It holds; one person asks to let it go.
    Asked {
        /// Who.
        by: StaffId,
        /// When.
        at: Timestamp,
        /// How they know, in their words.
        reason: String,
    },
    /// It holds nothing any more.
    Over {
        /// How it ended.
        how: Over,
        /// When.
        at: Timestamp,
    },
}

/// One hit: an account at a bank, a customer at a wallet. It names nobody but by id.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Hit {
    /// Which account, or which customer.
    pub about: String,
    /// Whose: a holder or customer id.
    pub person_id: String,
    /// Which files name it, and were not withdrawn.
    pub lists: BTreeSet<String>,
    /// The last day on which its credentials were seen with somebody else.
    pub seen_on: Date,
    /// Since when it holds.
    pub found_at: Timestamp,
    /// Where it stands.
    pub state: HitState,
    /// When its holder or customer proved who they are, last.
    #[serde(default)]
    pub proven_at: Option<Timestamp>,
}

record! { Hit => "leak_hit" by |h| h.about.clone();
    many state = |h| Some(h.state.name().to_owned());
    many person_id = |h| Some(h.person_id.clone());
}

impl HitState {
    /// As kept and as part of a text key.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Standing => "standing",
            Self::Proving { .. } => "proving",
            Self::Asked { .. } => "asked",
            Self::Over { .. } => "over",
        }
    }
}

impl Hit {
    /// Whether it holds at `now`.
    #[must_use]
    pub fn is_standing(&self, now: Timestamp) -> bool {
        match self.state {
            HitState::Standing | HitState::Asked { .. } => true,
            HitState::Proving { until } => now < until,
            HitState::Over { .. } => false,
        }
    }

    /// Until when it holds at least, as far as that is known; none where it does not hold.
    #[must_use]
    pub fn holds_until(&self, now: Timestamp) -> Option<Timestamp> {
        let until = match self.state {
            HitState::Proving { until } => until,
            _ => later(now, DAY_SECS),
        };
        self.is_standing(now).then_some(until)
    }

    /// Whether an entry seen on `seen` says something new: who let go since then knew of it. Whoever only
    /// proved who they are may have done so before it leaked that day.
    fn comes_again(&self, seen: Date) -> bool {
        let proven = self.proven_at.map(day_of);
        match &self.state {
            HitState::Standing | HitState::Asked { .. } => false,
            HitState::Proving { until } => {
                proven.map_or_else(|| seen > day_of(*until), |day| seen >= day)
            }
            // The file was wrong: nobody has looked at this account.
            HitState::Over { how: Over::Withdrawn, .. } => true,
            HitState::Over { how: Over::Proven, at } => {
                seen >= proven.unwrap_or_else(|| day_of(*at))
            }
            HitState::Over { how: Over::LetGo { .. }, at } => seen > day_of(*at),
        }
    }

    /// The holder or customer proved who they are: it ends at `until` by itself. One that is over stays
    /// over; one that is being proven keeps its time.
    pub fn proven(&mut self, now: Timestamp, until: Timestamp) {
        if matches!(self.state, HitState::Standing | HitState::Asked { .. }) {
            self.proven_at = Some(now);
            self.state = if until <= now {
                HitState::Over { how: Over::Proven, at: now }
            } else {
                HitState::Proving { until }
            };
        }
    }

    /// What was proven was called off: it holds again.
    pub fn stands_again(&mut self, now: Timestamp) {
        if matches!(self.state, HitState::Proving { until } if now < until) {
            self.state = HitState::Standing;
            self.proven_at = None;
        }
    }

    /// One list that named it is withdrawn. Says whether it ended with that: none is left, and it
    /// still held.
    pub(super) fn withdrawn(&mut self, version: &str, now: Timestamp) -> bool {
        let was_standing = self.is_standing(now);
        self.lists.remove(version);
        let ends = was_standing && self.lists.is_empty();
        if ends {
            self.state = HitState::Over { how: Over::Withdrawn, at: now };
        }
        ends
    }
}

/// The day in Japan, where the lists are made: nine hours ahead all year.
fn day_of(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::fixed(tz::offset(9))).date()
}

/// What an entry came to.
#[derive(Debug)]
pub enum Taken {
    /// It holds from now on: what that means at this company goes into the same unit.
    Held,
    /// It held already, or was let go since the entry was seen.
    Known,
    /// The list would lock more than one person may: nothing is in the unit.
    Full,
    /// The list was withdrawn a moment ago: nothing is in the unit.
    Ended,
}

/// Adds to `unit` that `about`, of `person_id`, is on the list `version` and was seen on `seen`.
pub async fn take(
    (book, ctx): (&Book, &Ctx<'_>),
    unit: &mut Unit,
    (about, person_id): (&str, &str),
    (version, seen): (&str, Date),
) -> Result<Taken, RecordError> {
    // The log names no list's line: whoever reads it elsewhere learns of no credentials.
    let entry = AuditEntry::new(ctx.now, "system", "leak.held", about).with("list", version);
    let found = book.find::<Hit>(about).await?;
    let says_nothing = |hit: &Stored<Hit>| hit.lists.contains(version) && seen <= hit.seen_on;
    // The same line again, after a step that a crash cut short: what it locked may be let go since.
    if found.as_ref().is_some_and(says_nothing) {
        return Ok(Taken::Known);
    }
    let again = found.as_ref().is_none_or(|hit| hit.comes_again(seen));
    match list::count(book, unit, (version, again)).await? {
        Counted::Yes => {}
        Counted::Full => return Ok(Taken::Full),
        Counted::Ended => return Ok(Taken::Ended),
    }
    if let Some(mut hit) = found {
        let row = hit.edit();
        row.lists.insert(version.to_owned());
        row.seen_on = row.seen_on.max(seen);
        if again {
            row.state = HitState::Standing;
            row.found_at = ctx.now;
            row.proven_at = None;
        }
        unit.update(&hit);
    } else {
        unit.insert(&Hit {
            about: about.to_owned(),
            person_id: person_id.to_owned(),
            lists: BTreeSet::from([version.to_owned()]),
            seen_on: seen,
            found_at: ctx.now,
            state: HitState::Standing,
            proven_at: None,
        });
    }
    if again {
        unit.audit(entry);
    }
    Ok(if again { Taken::Held } else { Taken::Known })
}

/// The hit about `about`, if there is one.
pub async fn find(book: &Book, about: &str) -> Result<Option<Stored<Hit>>, RecordError> {
    book.find::<Hit>(about).await
}

/// What holds, at most a page of each state, newest first. That somebody looked is written down.
pub async fn standing(book: &Book, ctx: &Ctx<'_>, by: StaffId) -> Result<Vec<Hit>, DeskError> {
    let mut all: Vec<Hit> = Vec::new();
    for state in ["asked", "standing", "proving"] {
        let page = book.list::<Hit>("state", state).await?;
        all.extend(page.into_iter().map(Stored::into_inner).filter(|hit| hit.is_standing(ctx.now)));
    }
    let mut unit = Unit::new();
    unit.audit(AuditEntry::new(ctx.now, by, "leak.listed", "all"));
    book.commit(unit).await?;
    Ok(all)
}

async fn load(book: &Book, about: &str) -> Result<Stored<Hit>, DeskError> {
    book.find::<Hit>(about).await?.ok_or(DeskError::NotAccepted)
}

/// One person asks to let it go, and says how they know; another must agree.
pub async fn ask(
    book: &Book,
    ctx: &Ctx<'_>,
    by: StaffId,
    (about, reason): (&str, &str),
) -> Result<(), DeskError> {
    let mut hit = load(book, about).await?;
    if hit.state != HitState::Standing {
        return Err(DeskError::Decided);
    }
    hit.edit().state = HitState::Asked { by, at: ctx.now, reason: reason.to_owned() };
    let mut unit = Unit::new();
    unit.update(&hit)
        .audit(AuditEntry::new(ctx.now, by, "leak.let_go_asked", about).with("reason", reason));
    Ok(book.commit(unit).await?)
}

/// Anybody says that it stays as it is.
pub async fn keep_locked(
    book: &Book,
    ctx: &Ctx<'_>,
    by: StaffId,
    about: &str,
) -> Result<(), DeskError> {
    let mut hit = load(book, about).await?;
    if !matches!(hit.state, HitState::Asked { .. }) {
        return Err(DeskError::Decided);
    }
    hit.edit().state = HitState::Standing;
    let mut unit = Unit::new();
    unit.update(&hit).audit(AuditEntry::new(ctx.now, by, "leak.let_go_declined", about));
    Ok(book.commit(unit).await?)
}

/// Adds to `unit` that a second person agrees to let it go; the company adds what it opens with that.
/// The hit, as it is then.
pub async fn agree(
    (book, ctx): (&Book, &Ctx<'_>),
    unit: &mut Unit,
    by: StaffId,
    about: &str,
) -> Result<Hit, DeskError> {
    let mut hit = load(book, about).await?;
    let HitState::Asked { by: asked_by, reason, .. } = hit.state.clone() else {
        return Err(DeskError::Decided);
    };
    if asked_by == by {
        return Err(DeskError::SamePerson);
    }
    require_not_left(book, [asked_by, by]).await?;
    let how = Over::LetGo { asked_by, by, reason };
    hit.edit().state = HitState::Over { how, at: ctx.now };
    unit.update(&hit)
        .audit(AuditEntry::new(ctx.now, by, "leak.let_go", about).with("asked_by", asked_by));
    Ok(hit.into_inner())
}
