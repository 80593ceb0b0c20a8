//! A link that goes on with care, because of what its partner told: caps are halved, or no money is
//! pulled. It ends by itself after a week, or before it when two people here say so.
//!
//! Said again, it lasts longer; nothing that a partner says makes it shorter. What two people end is what
//! was known when the first of them asked, however often it is said again meanwhile; anything else that was
//! told since stays, as if it came after.

use jiff::Timestamp;
use kanuki_domain::{
    Ctx,
    id::{ApprovalId, StaffId},
    limits::DAY_SECS,
    mandate::later,
};
use kanuki_record::{AuditEntry, Book, RecordError, Stored, Unit, record};
use kanuki_wire::set::SecurityEvent;
use serde::{Deserialize, Serialize};

use super::policy::{Measure, level_of, short};
use crate::{DeskError, approval::Approval};

/// How long a link is looked at with care after the last word.
pub const CAUTION_SECS: i64 = 7 * DAY_SECS;
/// So many are shown at once.
const SHOWN_MAX: usize = 100;
/// The act of ending it before, as an approval names it.
pub const EASE: &str = "caution.end";

/// One link that goes on with care.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Caution {
    /// Which link, by the mandate that both companies have.
    pub link: String,
    /// Who told.
    pub partner: String,
    /// Until when caps are halved.
    pub lowered_until: Timestamp,
    /// Until when no money is pulled.
    pub held_until: Option<Timestamp>,
    /// What was told last, by the last part of its URI.
    pub event: String,
    /// At which level.
    pub level: String,
    /// When it was heard.
    pub heard_at: Timestamp,
    /// Everything that still counts, what was heard last at the end; rows from before do not say.
    #[serde(default)]
    told: Vec<Told>,
}

record! { Caution => "signal_caution" by |c| c.link.clone(); }

/// One kind of word, however often it was said.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Told {
    event: String,
    level: String,
    is_held: bool,
    /// When it was heard first, since it last counted no more.
    since: Timestamp,
    heard_at: Timestamp,
}

impl Told {
    fn until(&self) -> Timestamp {
        later(self.heard_at, CAUTION_SECS)
    }

    fn is_same(&self, other: &Self) -> bool {
        (&self.event, &self.level, self.is_held) == (&other.event, &other.level, other.is_held)
    }
}

/// What holds for a link now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Care {
    /// Caps are halved.
    pub is_lowered: bool,
    /// No money is pulled.
    pub is_held: bool,
}

impl Care {
    /// What holds where both do.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            is_lowered: self.is_lowered || other.is_lowered,
            is_held: self.is_held || other.is_held,
        }
    }
}

impl Caution {
    /// What of it holds at `now`.
    #[must_use]
    pub fn care(&self, now: Timestamp) -> Care {
        Care {
            is_lowered: now < self.lowered_until,
            is_held: self.held_until.is_some_and(|until| now < until),
        }
    }

    /// What calls for care by all of this; nothing does where it is empty.
    fn of(link: &str, partner: &str, told: Vec<Told>) -> Option<Self> {
        let last = told.last()?.clone();
        let held = told.iter().filter(|one| one.is_held);
        Some(Self {
            link: link.to_owned(),
            partner: partner.to_owned(),
            lowered_until: told.iter().map(Told::until).max()?,
            held_until: held.map(Told::until).max(),
            event: last.event,
            level: last.level,
            heard_at: last.heard_at,
            told,
        })
    }

    /// What still counts at `now`.
    fn counting(&self, now: Timestamp) -> Vec<Told> {
        let mut told = self.told.clone();
        if told.is_empty() {
            let word = |is_held, heard_at| {
                let (event, level) = (self.event.clone(), self.level.clone());
                Told { event, level, is_held, since: heard_at, heard_at }
            };
            let held_at = self.held_until.map(|until| later(until, -CAUTION_SECS));
            told.extend(held_at.map(|at| word(true, at)));
            told.push(word(false, self.heard_at));
        }
        told.retain(|one| now < one.until());
        told
    }
}

/// What holds for a link now.
pub async fn of(book: &Book, now: Timestamp, link: &str) -> Result<Care, RecordError> {
    let found = book.find::<Caution>(link).await?;
    Ok(found.map(|caution| caution.care(now)).unwrap_or_default())
}

/// Adds to `unit` that a link goes on with care by `measure`; true if that is more than was so before.
pub async fn take(
    book: &Book,
    ctx: &Ctx<'_>,
    unit: &mut Unit,
    (partner, told): (&str, &SecurityEvent),
    (link, measure): (&str, Measure),
) -> Result<bool, RecordError> {
    let mut word = Told {
        event: short(told.event.uri()).to_owned(),
        level: level_of(&told.event).map_or("any", |level| level.name()).to_owned(),
        is_held: measure >= Measure::Hold,
        since: ctx.now,
        heard_at: ctx.now,
    };
    let known = book.find::<Caution>(link).await?;
    let before = known.as_ref().map(|known| known.care(ctx.now)).unwrap_or_default();
    let mut all = known.as_ref().map(|known| known.counting(ctx.now)).unwrap_or_default();
    if let Some(place) = all.iter().position(|one| one.is_same(&word)) {
        word.since = all.remove(place).since;
    }
    all.push(word);
    let Some(next) = Caution::of(link, partner, all) else { return Ok(false) };
    let care = next.care(ctx.now);
    match known {
        None => {
            unit.insert(&next);
        }
        Some(mut known) => {
            *known.edit() = next;
            unit.update(&known);
        }
    }
    let entry = AuditEntry::new(ctx.now, partner, "link.cautioned", link);
    unit.audit(entry.with("event", &told.jti).with("measure", measure.name()));
    Ok((care.is_lowered && !before.is_lowered) || (care.is_held && !before.is_held))
}

/// Links that go on with care now, by their names after `after`, so many at most; and after which name
/// there are more.
pub async fn page(
    book: &Book,
    now: Timestamp,
    after: &str,
) -> Result<(Vec<Caution>, Option<String>), RecordError> {
    let rows = book.scan_some::<Caution>(after, SHOWN_MAX).await?;
    let is_full = rows.len() == SHOWN_MAX;
    let more_after = rows.last().filter(|_| is_full).map(|last| last.link.clone());
    let mut shown: Vec<Caution> = rows.into_iter().map(Stored::into_inner).collect();
    shown.retain(|caution| caution.care(now) != Care::default());
    Ok((shown, more_after))
}

/// Forgets what calls for care no more; how much. Called by the sweep. The audit log keeps what was told.
pub async fn forget(book: &Book, now: Timestamp) -> Result<usize, RecordError> {
    let (mut gone, mut after) = (0_usize, String::new());
    loop {
        let page = book.scan::<Caution>(&after).await?;
        let Some(last) = page.last() else { return Ok(gone) };
        after.clone_from(&last.link);
        for over in page.iter().filter(|one| one.care(now) == Care::default()) {
            let mut unit = Unit::new();
            unit.delete(over);
            match book.commit(unit).await {
                Ok(()) => gone = gone.saturating_add(1),
                // Something was told at this moment, or another node was faster.
                Err(RecordError::Conflict { .. } | RecordError::Absent { .. }) => {}
                Err(error) => return Err(error),
            }
        }
    }
}

/// Asks that a link goes on as before; a second person must agree.
pub async fn ask_end(
    book: &Book,
    ctx: &Ctx<'_>,
    by: StaffId,
    (link, reason): (&str, &str),
) -> Result<ApprovalId, DeskError> {
    let found = book.find::<Caution>(link).await?;
    let caution = found.filter(|one| one.care(ctx.now) != Care::default());
    let caution = caution.ok_or(DeskError::NotAccepted)?;
    let approval = Approval::ask(ctx, by, EASE, &caution.link, reason);
    let mut unit = Unit::new();
    unit.insert(&approval)
        .audit(AuditEntry::new(ctx.now, by, "link.ease_asked", link).with("reason", reason));
    match book.commit(unit).await {
        Ok(()) => Ok(approval.approval_id),
        Err(RecordError::Duplicate { .. }) => Err(DeskError::Decided),
        Err(error) => Err(error.into()),
    }
}

/// Whether an approval ends a caution.
#[must_use]
pub fn is_about(approval: &Approval) -> bool {
    approval.act == EASE
}

/// A second person agreed: `unit` holds that. What a partner told since it was asked for and had not told
/// before is not what they looked at, and stays.
pub async fn end(
    book: &Book,
    ctx: &Ctx<'_>,
    unit: &mut Unit,
    (by, approval): (StaffId, &Approval),
) -> Result<(), DeskError> {
    let Some(mut caution) = book.find::<Caution>(&approval.subject).await? else { return Ok(()) };
    let mut left = caution.counting(ctx.now);
    left.retain(|one| one.since > approval.asked_at);
    let mut entry = AuditEntry::new(ctx.now, by, "link.eased", &approval.subject)
        .with("asked_by", approval.asked_by);
    match Caution::of(&caution.link, &caution.partner, left) {
        None => {
            unit.delete(&caution);
        }
        Some(next) => {
            entry = entry.with("stays", &next.event);
            *caution.edit() = next;
            unit.update(&caution);
        }
    }
    unit.audit(entry);
    Ok(())
}
