//! A case that the other company has told us of, under the number that both have (FT-23).
//!
//! It is a piece of work here and nothing else: no gate falls and no money moves by it. What a
//! partner tells in a day has an end, so that a robbed partner cannot bury the desk.
//!
//! It ends here as a report of one's own does, with what came of it: whoever reported must not be
//! sent back by one person's note to the company that sent them here.

use kanuki_domain::{
    Ctx,
    claim::Outcome,
    id::{CaseId, MandateId, StaffId},
    limits::DAY_SECS,
};
use kanuki_record::{AuditEntry, Book, Order, PAGE_MAX, Unit};
use kanuki_wire::set::CaseStage;

use crate::{
    DeskError,
    case::{Case, CaseKind},
    claim, late_word, matter,
    report::{self, Ended},
    second_look, stopped,
};

/// Cases that one partner may tell of in a day; the rest waits at the partner, who tells it again.
pub const SHARED_MAX: usize = 200;

/// How what such a case is about begins.
pub(crate) const ABOUT: &str = "reported|";

/// What such a case is about.
#[must_use]
pub fn about(partner: &str) -> String {
    format!("{ABOUT}{partner}")
}

/// Whether a case is what `partner` told of a report, of which nobody knows yet whom it is about.
#[must_use]
pub fn is_about_nobody(case: &Case, partner: &str) -> bool {
    case.closed_at.is_none() && case.person_id.is_none() && case.about == about(partner)
}

/// The partner says which of its links the report is about, and so whom.
pub fn name(ctx: &Ctx<'_>, case: &mut Case, (link, person): (MandateId, &str)) {
    (case.about, case.person_id) = (link.to_string(), Some(person.to_owned()));
    case.note(ctx.now, "system", "=claim_named|");
}

/// It is one person's matter with what they stopped here themselves.
pub fn join(ctx: &Ctx<'_>, told: &mut Case, own: &mut Case) {
    join_one(ctx, told, own.case_id);
    join_one(ctx, own, told.case_id);
}

/// The same of one of the two; the other one has it in the same unit.
pub fn join_one(ctx: &Ctx<'_>, case: &mut Case, other: CaseId) {
    case.note(ctx.now, "system", format!("=claim_joined|{other}"));
}

/// Whether `case` is what `person` stopped here themselves, whoever was faster, and still open.
#[must_use]
pub fn is_own_stop(case: &Case, person: &str) -> bool {
    (case.kind == CaseKind::NotMe || stopped::is_by_stop(case))
        && case.closed_at.is_none()
        && case.person_id.as_deref() == Some(person)
}

/// How the line begins in which somebody says how a case ends.
const END_ASKED: &str = "=claim_end_asked_";

/// Who said last how a case that a partner told of ends, where a second person has to say the same. What
/// was said before a second look, or before a word of payment opened it again, counts no more.
#[must_use]
pub fn ending(case: &Case) -> Option<(StaffId, Outcome)> {
    let counts = |text: &str| text.starts_with(END_ASKED) || text.starts_with(late_word::OPENED);
    let last = case.steps.iter().rev().find(|step| counts(&step.text))?;
    if case.again.as_ref().is_some_and(|again| last.at <= again.at) {
        return None;
    }
    let (name, _) = last.text.strip_prefix(END_ASKED)?.split_once('|')?;
    Some((last.by.parse().ok()?, Outcome::parse(name)?))
}

/// Notes how a case that a partner told of ends. Where it has a claim here, by itself or by a case that
/// staff joined it with, two people decided, and it ends as that did. Where it has none, what came of it is
/// known to the other company alone: two people ask there, and say the same.
pub(crate) async fn end(
    book: &Book,
    ctx: &Ctx<'_>,
    case: &mut Case,
    (by, text, outcome): (StaffId, &str, Option<Outcome>),
    is_paid_there: bool,
) -> Result<Ended, DeskError> {
    let outcome = outcome.ok_or(DeskError::NeedsOutcome)?;
    let first = ending(case).filter(|(_, said)| *said == outcome).map(|(first, _)| first);
    second_look::require_agreeing(book, ctx.now, case, (by, first.unwrap_or(by))).await?;
    let claims = matter::claims(book, case).await?;
    if claims.is_empty() {
        if is_paid_there && outcome == Outcome::NothingLost {
            return Err(DeskError::PaidThere);
        }
        match first {
            Some(first) if first == by => return Err(DeskError::SamePerson),
            Some(first) if !report::has_left(book, first).await? => {}
            _ => {
                case.note(ctx.now, by, format!("{END_ASKED}{}|{text}", outcome.name()));
                return Ok(Ended::Asked);
            }
        }
    } else {
        matter::require_possible(&claims, is_paid_there, outcome)?;
    }
    case.note(ctx.now, by, format!("=claim_outcome_{}|", outcome.name()));
    Ok(Ended::Closed)
}

/// Adds to `unit` what a partner told of a case.
pub async fn take(
    book: &Book,
    ctx: &Ctx<'_>,
    unit: &mut Unit,
    (case_id, partner, stage): (CaseId, &str, CaseStage),
) -> Result<(), DeskError> {
    let about = about(partner);
    let known = book.find::<Case>(case_id).await?;
    if known.is_none() {
        let told = book.page::<Case>("about", &about, Order::NewestFirst, PAGE_MAX).await?;
        let today = |case: &Case| ctx.now.duration_since(case.opened_at).as_secs() < DAY_SECS;
        // That a victim has their money is not put off with the rest, because the partner's books wait
        // for it. It has as much room again, and an end too: a robbed partner says it of anything.
        let room = match stage {
            CaseStage::Paid { .. } => SHARED_MAX.saturating_mul(2),
            CaseStage::Reported => SHARED_MAX,
        };
        if told.iter().filter(|case| today(case)).count() >= room {
            return Err(DeskError::TooEarly);
        }
        let mut case = Case::open_as(case_id, ctx, CaseKind::ToldByPartner, about, None);
        case.note(ctx.now, "system", "=claim_told_of|");
        unit.insert(&case).audit(AuditEntry::new(ctx.now, partner, "case.opened", case_id));
    }
    if let CaseStage::Paid { amount } = stage {
        claim::told_paid(book, ctx, unit, (case_id, partner, amount)).await?;
    }
    Ok(())
}
