//! How much one partner's word may stop in an hour.
//!
//! Whoever robs a partner's key can say of every customer that they were robbed. What is stopped
//! stays stopped; beyond a number that no hour has, the rest waits at its sender, who tells it again,
//! and people are asked once. They call the partner: if it is true they close the case, and all of it
//! is acted on; if not, they take the partner's key out of the registry, by two.
//!
//! What only calls for care is counted apart, and apart from that what holds money: anybody can ask for a
//! recovery at a partner, and must not use up what its alarms need. Nor must a list of leaks: whoever presses
//! stop at a partner does not wait for the thousands whom one names. That a partner stopped all it does with us
//! is counted apart too, drills beside it, and far fewer are believed: no company presses that twenty times in
//! an hour.

use jiff::Timestamp;
use kanuki_domain::{Ctx, id::CaseId, limits::DAY_SECS};
use kanuki_record::{AuditEntry, Book, RecordError, Unit, record};
use serde::{Deserialize, Serialize};

use super::policy::Measure;
use crate::case::{Case, CaseKind};

/// Events that stop something and that one partner may tell in an hour.
pub const STOPS_MAX: u32 = 300;
/// Stops of all that it does with us, and drills of it, that one partner may tell in an hour.
pub const HALTS_MAX: u32 = 20;
const HOUR_SECS: i64 = 3_600;
const TRIES_MAX: usize = 4;

/// What a partner told within the hour.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Surge {
    /// Who: a client id, or a bank's code; and of what, where that is no stop.
    pub partner: String,
    /// Since when it is counted.
    pub since: Timestamp,
    /// How many were acted on.
    pub acted: u32,
    /// The case that people were asked with.
    #[serde(default)]
    pub case_id: Option<CaseId>,
    /// Until when people have said that it is true.
    #[serde(default)]
    pub lifted_until: Option<Timestamp>,
}

record! { Surge => "signal_surge" by |s| s.partner.clone(); }

/// Whether one more event of `partner` that stops something may be acted on now. It is counted before
/// it is acted on, so that a crash lets through less and not more.
pub async fn admit(book: &Book, ctx: &Ctx<'_>, partner: &str) -> Result<bool, RecordError> {
    admit_as(book, ctx, (partner, partner, "=line_flood|"), STOPS_MAX).await
}

/// The same of a word that a partner stopped what it does with us, or practises it.
pub async fn admit_halt(
    book: &Book,
    ctx: &Ctx<'_>,
    (partner, is_drill): (&str, bool),
) -> Result<bool, RecordError> {
    let of = if is_drill { "drill" } else { "halt" };
    let counted = format!("{partner}|{of}");
    admit_as(book, ctx, (partner, &counted, "=line_flood_of_halts|"), HALTS_MAX).await
}

/// The same of an event that stops something because a list has somebody.
pub async fn admit_leak(book: &Book, ctx: &Ctx<'_>, partner: &str) -> Result<bool, RecordError> {
    let counted = format!("{partner}|leak");
    admit_as(book, ctx, (partner, &counted, "=line_flood|"), STOPS_MAX).await
}

/// The same of an event that calls for care by `measure`, or for people to look, and stops nothing.
pub async fn admit_care(
    book: &Book,
    ctx: &Ctx<'_>,
    (partner, measure): (&str, Measure),
) -> Result<bool, RecordError> {
    let of = if measure >= Measure::Hold { "hold" } else { "care" };
    let counted = format!("{partner}|{of}");
    admit_as(book, ctx, (partner, &counted, "=line_flood_of_care|"), STOPS_MAX).await
}

async fn admit_as(
    book: &Book,
    ctx: &Ctx<'_>,
    which: (&str, &str, &str),
    most: u32,
) -> Result<bool, RecordError> {
    let mut done = admit_once(book, ctx, which, most).await;
    for _ in 1..TRIES_MAX {
        let Err(RecordError::Conflict { .. } | RecordError::Duplicate { .. }) = done else { break };
        done = admit_once(book, ctx, which, most).await;
    }
    done
}

async fn admit_once(
    book: &Book,
    ctx: &Ctx<'_>,
    (partner, counted, why): (&str, &str, &str),
    most: u32,
) -> Result<bool, RecordError> {
    let mut unit = Unit::new();
    let Some(mut surge) = book.find::<Surge>(counted).await? else {
        let partner = counted.to_owned();
        let (since, case_id, lifted_until) = (ctx.now, None, None);
        unit.insert(&Surge { partner, since, acted: 1, case_id, lifted_until });
        return book.commit(unit).await.map(|()| true);
    };
    let edit = surge.edit();
    if let Some(case_id) = edit.case_id {
        let case = book.find::<Case>(case_id).await?;
        if let Some(closed_at) = case.and_then(|case| case.closed_at) {
            edit.case_id = None;
            edit.lifted_until = Some(kanuki_domain::mandate::later(closed_at, DAY_SECS));
        }
    }
    if ctx.now.duration_since(edit.since).as_secs() >= HOUR_SECS {
        (edit.since, edit.acted) = (ctx.now, 0);
    }
    let is_lifted = edit.lifted_until.is_some_and(|until| ctx.now < until);
    if is_lifted || edit.acted < most {
        edit.acted = edit.acted.saturating_add(1);
        unit.update(&surge);
        return book.commit(unit).await.map(|()| true);
    }
    if edit.case_id.is_none() {
        let mut case = Case::open(ctx, CaseKind::AlarmFlood, format!("flood|{counted}"), None);
        case.note(ctx.now, "system", why);
        edit.case_id = Some(case.case_id);
        let entry = AuditEntry::new(ctx.now, "system", "case.opened", case.case_id);
        unit.insert(&case).update(&surge).audit(entry.with("partner", partner));
        book.commit(unit).await?;
    }
    Ok(false)
}
