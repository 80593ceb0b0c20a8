//! Whoever stops something, with the code of a notice or from their own pages, has said that it was not
//! them. They are owed what anybody is who reports (FT-23, FT-28): days, a code that shows how far it is,
//! and no end by one person's note.

use jiff::Timestamp;
use kanuki_domain::{Ctx, claim::Shared, id::CaseId};
use kanuki_record::{
    AuditEntry, Book, RecordError, Unit,
    vault::{PersonKey, Vault},
};

use crate::{
    case::{Case, CaseKind},
    compensation,
    report::{self, Other, Report, Taken},
};

/// The line of a case that was taken as a report by a stop.
const BY_STOP: &str = "=report_by_stop|";

/// How often it begins again because the case changed meanwhile.
const TRIES_MAX: u32 = 5;

/// Takes the open case of a stop as a report, whatever it was opened for: a rule or a partner may have
/// stopped the same before, and whoever says that it was not them is owed it all the same. Its end is said
/// as that of a report from then on. `told` is the other company that the stop told its number, or that
/// `tells` tells it in the same unit, because nothing was left to stop. Nothing where it is a report
/// already: its code was shown once. The case is there whatever becomes of this, and another press comes
/// here again.
pub async fn take(
    book: &Book,
    vault: &Vault,
    ctx: &Ctx<'_>,
    (case_id, told): (CaseId, Option<String>),
    tells: impl Fn(&mut Unit),
) -> Result<Option<Taken>, RecordError> {
    let mut tries = 1;
    loop {
        match take_once(book, vault, ctx, (case_id, told.clone()), &tells).await {
            Err(RecordError::Conflict { .. } | RecordError::Duplicate { .. })
                if tries < TRIES_MAX =>
            {
                tries = tries.saturating_add(1);
            }
            other => return other,
        }
    }
}

/// When somebody said first that it was not them, as far as the case was opened by that: the days of whoever
/// is told them count from there. A rule or staff who stopped a wallet of themselves said nothing for them.
fn spoken_at(case: &Case) -> Option<Timestamp> {
    let is_word = matches!(case.kind, CaseKind::NotMe | CaseKind::ToldByPartner);
    let by_staff = case.steps.iter().any(|step| step.text.starts_with("=frozen_for|"));
    (is_word && !by_staff).then_some(case.opened_at)
}

/// Whether whoever has the code of a notice about what this case is about says that it was not them.
#[must_use]
pub fn is_by_stop(case: &Case) -> bool {
    case.steps.iter().any(|step| step.text.starts_with(BY_STOP))
}

async fn take_once(
    book: &Book,
    vault: &Vault,
    ctx: &Ctx<'_>,
    (case_id, told): (CaseId, Option<String>),
    tells: impl Fn(&mut Unit),
) -> Result<Option<Taken>, RecordError> {
    let Some(mut case) = book.find::<Case>(case_id).await? else { return Ok(None) };
    let is_known = book.find::<Report>(case_id).await?.is_some();
    if case.closed_at.is_some() || is_known || book.find::<PersonKey>(case_id).await?.is_some() {
        return Ok(None);
    }
    let (policy, _) = compensation::in_force(book).await?;
    let since = spoken_at(&case).unwrap_or(ctx.now);
    let clock = report::clock(&policy, since);
    case.edit().note(ctx.now, "system", BY_STOP);
    let other = told.map_or(Other::Unknown, Other::Told);
    let begun = report::begin(vault, ctx, (case.edit(), clock), &("", ""), other)?;
    let (key, mut report, code) = begun;
    report.came_in_at = (since != case.opened_at).then_some(since);
    let mut unit = Unit::new();
    tells(&mut unit);
    unit.insert(&key).insert(&report).update(&case).audit(AuditEntry::new(
        ctx.now,
        "stop_code",
        "case.taken_as_report",
        case_id,
    ));
    book.commit(unit).await?;
    let shared = if report.told.is_some() { Shared::Telling } else { Shared::Later };
    Ok(Some(Taken { case_id, code, clock, shared }))
}
