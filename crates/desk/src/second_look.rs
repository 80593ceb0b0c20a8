//! A second look at what was decided, by people who did not decide it (FT-28).
//!
//! Whoever reported asks with their number and their code, or staff for them. What was refused, or ended
//! without a claim, is open again with a clock of its own; whoever refused or ended it looks on, and
//! decides nothing. It happens once: after that there are the bodies that the law names.
//!
//! A report and the case that staff joined it with are one decision, wherever its claim is. And a desk has
//! the people that it has: where one alone did not decide before, whatever that one asks for may be agreed
//! to by somebody who did. Nobody decides alone, and never do the same two decide twice.

use jiff::Timestamp;
use kanuki_domain::{
    Ctx,
    claim::ClaimState,
    id::{CaseId, StaffId},
};
use kanuki_record::{AuditEntry, Book, RecordError, Stored, Unit, vault::Vault};

use crate::{
    DeskError,
    case::{Again, Case},
    claim::Claim,
    leaving::{Presence, members},
    matter,
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

/// The same, for the case of its page: also where the claim is that of a case which it was joined with.
pub async fn may_be_asked_now(book: &Book, case: &Case) -> Result<bool, RecordError> {
    let Some(case) = book.find::<Case>(case.case_id).await? else { return Ok(false) };
    Ok(is_possible(&together(book, case).await?))
}

/// The second look that was asked for at a case, or at one that it is a matter with: what is looked at
/// again under one number is not decided under another one meanwhile.
pub async fn asked(book: &Book, case: &Case) -> Result<Option<Again>, RecordError> {
    let mut all = case.again.clone();
    for id in matter::numbers(book, case).await?.into_iter().filter(|id| *id != case.case_id) {
        let other = book.find::<Case>(id).await?.and_then(|other| other.again.clone());
        match (&mut all, other) {
            (Some(all), Some(other)) => all.not_by.extend(other.not_by),
            (None, other) => all = other,
            (Some(_), None) => {}
        }
    }
    Ok(all)
}

/// Who may not decide now: whoever decided first.
pub async fn require_other(book: &Book, case: &Case, by: StaffId) -> Result<(), DeskError> {
    match asked(book, case).await? {
        Some(again) if again.not_by.contains(&by) => Err(DeskError::SecondLook),
        Some(_) | None => Ok(()),
    }
}

/// How many of those who work at the desk did not decide before.
pub async fn others(book: &Book, now: Timestamp, again: &Again) -> Result<usize, RecordError> {
    let all = members(book, now).await?;
    let works = all.iter().filter(|member| member.presence == Presence::Works);
    Ok(works.filter(|member| !again.not_by.contains(&member.staff_id)).count())
}

/// Who may agree to what `asked_by` asked for: somebody else than those who decided first; where one person
/// alone is left and asks, one of those too.
pub async fn require_agreeing(
    book: &Book,
    now: Timestamp,
    case: &Case,
    (by, asked_by): (StaffId, StaffId),
) -> Result<(), DeskError> {
    let Some(again) = asked(book, case).await? else { return Ok(()) };
    let decided = |who: StaffId| again.not_by.contains(&who);
    if !decided(by) {
        return Ok(());
    }
    // One person alone is left, and asks.
    if !decided(asked_by) && others(book, now, &again).await? == 1 {
        return Ok(());
    }
    Err(DeskError::SecondLook)
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
    let Some(found) = report::progress(book, vault, (number, code)).await? else {
        return Ok(false);
    };
    match open_again(book, ctx, found.case_id, ("reporter", "")).await {
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
    let case = book.find::<Case>(case_id).await?.ok_or(DeskError::NotAccepted)?;
    let mut parts = together(book, case).await?;
    if !is_possible(&parts) {
        return Err(DeskError::NotAccepted);
    }
    let mut not_by: Vec<StaffId> = parts.iter().flat_map(|part| deciders(&part.case)).collect();
    not_by.sort();
    not_by.dedup();
    let mut unit = Unit::new();
    let is_asked = |part: &Part| part.case.case_id == case_id;
    for part in parts.iter_mut().filter(|part| is_asked(part) || part.is_decided()) {
        part.open_again(ctx, &mut unit, (by, reason), &not_by);
    }
    match book.commit(unit).await {
        Ok(()) => Ok(()),
        Err(RecordError::Conflict { .. }) => Err(DeskError::Decided),
        Err(error) => Err(error.into()),
    }
}

/// A case, with what was decided about it.
struct Part {
    case: Stored<Case>,
    claim: Option<Stored<Claim>>,
    report: Option<Stored<Report>>,
}

/// A case and those that staff joined it with: one person's, and so one decision. It comes first.
async fn together(book: &Book, case: Stored<Case>) -> Result<Vec<Part>, RecordError> {
    let ids = matter::numbers(book, &case).await?;
    let mut cases = vec![case];
    for id in ids.into_iter().skip(1) {
        cases.extend(book.find::<Case>(id).await?);
    }
    let mut parts = Vec::new();
    for case in cases {
        let claim = book.find::<Claim>(case.case_id).await?;
        let report = book.find::<Report>(case.case_id).await?;
        parts.push(Part { case, claim, report });
    }
    Ok(parts)
}

fn is_possible(parts: &[Part]) -> bool {
    // Asked for at one of them, it was asked for: it happens once.
    parts.iter().all(|part| part.case.again.is_none()) && parts.iter().any(Part::is_decided)
}

impl Part {
    fn is_decided(&self) -> bool {
        may_be_asked(&self.case, self.claim.as_deref(), self.report.as_deref())
    }

    fn open_again(
        &mut self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        (by, reason): (&str, &str),
        not_by: &[StaffId],
    ) {
        let edit = self.case.edit();
        edit.again = Some(Again { at: ctx.now, not_by: not_by.to_vec() });
        // Whoever had it decided it.
        (edit.closed_at, edit.owner) = (None, None);
        edit.note(ctx.now, by, format!("=claim_again_asked|{reason}"));
        unit.update(&self.case).audit(
            AuditEntry::new(ctx.now, by, "case.second_look", self.case.case_id)
                .with("not_by", not_by.len()),
        );
        if let Some(claim) = &mut self.claim
            && let Ok(state) = claim.state.again()
        {
            let edit = claim.edit();
            (edit.state, edit.clock) = (state, edit.clock.restarted(ctx.now));
            edit.reference = None;
            unit.update(claim);
        }
        if let Some(report) = &mut self.report {
            let edit = report.edit();
            edit.clock = edit.clock.map(|clock| clock.restarted(ctx.now));
            (edit.answered_at, edit.ending, edit.outcome) = (None, None, None);
            unit.update(report);
        }
    }
}

fn deciders(case: &Case) -> Vec<StaffId> {
    let decided = |text: &str| DECIDED.iter().any(|mark| text.starts_with(mark));
    let steps = case.steps.iter().filter(|step| decided(&step.text));
    steps.filter_map(|step| step.by.parse().ok()).collect()
}
