//! A link that goes on with care, because of what its partner told: caps are halved, or no money is
//! pulled. It ends by itself after a week, or before it when two people here say so.
//!
//! Said again, it lasts longer; nothing that a partner says makes it shorter.

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
/// So many are shown.
const SHOWN_MAX: usize = 200;
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
}

record! { Caution => "signal_caution" by |c| c.link.clone();
    many all = |_| Some("all".to_owned());
}

/// What holds for a link now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Care {
    /// Caps are halved.
    pub is_lowered: bool,
    /// No money is pulled.
    pub is_held: bool,
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
    let until = later(ctx.now, CAUTION_SECS);
    let held_until = (measure >= Measure::Hold).then_some(until);
    let mut next = Caution {
        link: link.to_owned(),
        partner: partner.to_owned(),
        lowered_until: until,
        held_until,
        event: short(told.event.uri()).to_owned(),
        level: level_of(&told.event).map_or("any", |level| level.name()).to_owned(),
        heard_at: ctx.now,
    };
    let before = match book.find::<Caution>(link).await? {
        None => {
            unit.insert(&next);
            Care::default()
        }
        Some(mut known) => {
            let before = known.care(ctx.now);
            next.held_until = known.held_until.max(next.held_until);
            *known.edit() = next.clone();
            unit.update(&known);
            before
        }
    };
    let care = next.care(ctx.now);
    let entry = AuditEntry::new(ctx.now, partner, "link.cautioned", link);
    unit.audit(entry.with("event", &told.jti).with("measure", measure.name()));
    Ok((care.is_lowered && !before.is_lowered) || (care.is_held && !before.is_held))
}

/// Every link that goes on with care now, newest word first, so many at most.
pub async fn all(book: &Book, now: Timestamp) -> Result<Vec<Caution>, RecordError> {
    let every = book.every::<Caution>("all", "all").await?;
    let mut all: Vec<Caution> = every.into_iter().map(Stored::into_inner).collect();
    all.retain(|caution| caution.care(now) != Care::default());
    all.sort_by_key(|caution| std::cmp::Reverse(caution.heard_at));
    all.truncate(SHOWN_MAX);
    Ok(all)
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

/// A second person agreed: `unit` holds that. What a partner told since it was asked for is not what
/// they looked at, and stays.
pub async fn end(
    book: &Book,
    ctx: &Ctx<'_>,
    unit: &mut Unit,
    (by, approval): (StaffId, &Approval),
) -> Result<(), DeskError> {
    let Some(caution) = book.find::<Caution>(&approval.subject).await? else { return Ok(()) };
    if caution.heard_at > approval.asked_at {
        return Err(DeskError::NotAccepted);
    }
    unit.delete(&caution).audit(
        AuditEntry::new(ctx.now, by, "link.eased", &approval.subject)
            .with("asked_by", approval.asked_by),
    );
    Ok(())
}
