//! A case that the other company has told us of, under the number that both have (FT-23).
//!
//! It is a piece of work here and nothing else: no gate falls and no money moves by it. What a
//! partner tells in a day has an end, so that a robbed partner cannot bury the desk.

use kanuki_domain::{Ctx, id::CaseId, limits::DAY_SECS};
use kanuki_record::{AuditEntry, Book, Order, PAGE_MAX, Unit};
use kanuki_wire::set::CaseStage;

use crate::{
    DeskError,
    case::{Case, CaseKind},
    claim,
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
