//! A second look at what was decided, by people who did not decide it (FT-28).
//!
//! Whoever reported asks with their number and their code, or staff for them. What was refused, or ended
//! without a claim, is open again with a clock of its own; whoever refused or ended it looks on, and
//! decides nothing. It happens once: after that there are the bodies that the law names.

use kanuki_domain::{
    Ctx, case_number,
    claim::ClaimState,
    id::{CaseId, StaffId},
};
use kanuki_record::{AuditEntry, Book, RecordError, Unit, vault::Vault};

use crate::{
    DeskError,
    case::{Again, Case},
    claim::Claim,
    report::{self, Report},
};

/// Lines of a case's history whose writers decided that nothing is owed.
const DECIDED: [&str; 5] = [
    "=claim_refusal_proposed|",
    "=claim_refused|",
    "=claim_end_asked_",
    "=claim_outcome_nothing_lost|",
    "=claim_outcome_taken_back|",
];

/// Whether a second look can be asked for: something was decided, and nobody asked before.
#[must_use]
pub fn may_be_asked(case: &Case, claim: Option<&Claim>, report: Option<&Report>) -> bool {
    let is_refused = claim.is_some_and(|claim| matches!(claim.state, ClaimState::Refused { .. }));
    let is_ended = report.is_some_and(|report| report.outcome.is_some());
    case.again.is_none() && (is_refused || is_ended)
}

/// Who may not decide now: whoever decided first.
pub fn require_other(case: &Case, by: StaffId) -> Result<(), DeskError> {
    match &case.again {
        Some(again) if again.not_by.contains(&by) => Err(DeskError::SecondLook),
        Some(_) | None => Ok(()),
    }
}

/// Staff write down that whoever was refused asks for a second look.
pub async fn ask(
    book: &Book,
    ctx: &Ctx<'_>,
    (by, case_id): (StaffId, CaseId),
    reason: &str,
) -> Result<(), DeskError> {
    open_again(book, ctx, case_id, (&by.to_string(), reason)).await
}

/// Whoever reported asks, with number and code. False where those are wrong; where it cannot be asked
/// for, nothing changes, and what they see says how far it is.
pub async fn ask_by_code(
    book: &Book,
    vault: &Vault,
    ctx: &Ctx<'_>,
    (number, code): (&str, &str),
) -> Result<bool, DeskError> {
    if report::progress(book, vault, (number, code)).await?.is_none() {
        return Ok(false);
    }
    let Some(case_id) = case_number::parse(number) else { return Ok(false) };
    match open_again(book, ctx, case_id, ("reporter", "")).await {
        // Asked twice, or by staff at this moment.
        Ok(()) | Err(DeskError::NotAccepted | DeskError::Decided) => Ok(true),
        Err(error) => Err(error),
    }
}

async fn open_again(
    book: &Book,
    ctx: &Ctx<'_>,
    case_id: CaseId,
    (by, reason): (&str, &str),
) -> Result<(), DeskError> {
    let mut case = book.find::<Case>(case_id).await?.ok_or(DeskError::NotAccepted)?;
    let mut claim = book.find::<Claim>(case_id).await?;
    let mut report = book.find::<Report>(case_id).await?;
    if !may_be_asked(&case, claim.as_deref(), report.as_deref()) {
        return Err(DeskError::NotAccepted);
    }
    let again = Again { at: ctx.now, not_by: deciders(&case) };
    let count = again.not_by.len();
    let edit = case.edit();
    edit.again = Some(again);
    // Whoever had it decided it.
    (edit.closed_at, edit.owner) = (None, None);
    edit.note(ctx.now, by, format!("=claim_again_asked|{reason}"));
    let mut unit = Unit::new();
    unit.update(&case)
        .audit(AuditEntry::new(ctx.now, by, "case.second_look", case_id).with("not_by", count));
    if let Some(claim) = &mut claim
        && let Ok(state) = claim.state.again()
    {
        let edit = claim.edit();
        (edit.state, edit.clock) = (state, edit.clock.restarted(ctx.now));
        edit.reference = None;
        unit.update(claim);
    }
    if let Some(report) = &mut report {
        let edit = report.edit();
        edit.clock = edit.clock.map(|clock| clock.restarted(ctx.now));
        (edit.answered_at, edit.ending, edit.outcome) = (None, None, None);
        unit.update(report);
    }
    match book.commit(unit).await {
        Ok(()) => Ok(()),
        Err(RecordError::Conflict { .. }) => Err(DeskError::Decided),
        Err(error) => Err(error.into()),
    }
}

fn deciders(case: &Case) -> Vec<StaffId> {
    let decided = |text: &str| DECIDED.iter().any(|mark| text.starts_with(mark));
    let steps = case.steps.iter().filter(|step| decided(&step.text));
    let mut all: Vec<StaffId> = steps.filter_map(|step| step.by.parse().ok()).collect();
    all.sort();
    all.dedup();
    all
}
