//! Whoever stops something, with the code of a notice or from their own pages, has said that it was not
//! them. They are owed what anybody is who reports (FT-23, FT-28): days, a code that shows how far it is,
//! and no end by one person's note.

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

/// How often it begins again because the case changed meanwhile.
const TRIES_MAX: u32 = 5;

/// Takes the open case of a stop as a report; `told` is the other company that the stop told its number,
/// or that `tells` tells it in the same unit, because nothing was left to stop. Nothing where it is a
/// report already: its code was shown once. The case is there whatever becomes of this, and another press
/// comes here again.
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

async fn take_once(
    book: &Book,
    vault: &Vault,
    ctx: &Ctx<'_>,
    (case_id, told): (CaseId, Option<String>),
    tells: impl Fn(&mut Unit),
) -> Result<Option<Taken>, RecordError> {
    let Some(mut case) = book.find::<Case>(case_id).await? else { return Ok(None) };
    // A partner may have told of the same link before: whoever stops it here is owed it here, too.
    let is_stop = matches!(case.kind, CaseKind::NotMe | CaseKind::ToldByPartner);
    let is_other = !is_stop || case.closed_at.is_some();
    let is_known = book.find::<Report>(case_id).await?.is_some();
    if is_other || is_known || book.find::<PersonKey>(case_id).await?.is_some() {
        return Ok(None);
    }
    let (policy, _) = compensation::in_force(book).await?;
    let clock = report::clock(&policy, case.opened_at);
    case.edit().note(ctx.now, "system", "=report_by_stop|");
    let other = told.map_or(Other::Unknown, Other::Told);
    let begun = report::begin(vault, ctx, (case.edit(), clock), &("", ""), other)?;
    let (key, report, code) = begun;
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
