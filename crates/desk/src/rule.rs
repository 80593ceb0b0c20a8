//! A rule of risk that staff are told of becomes a case, once while it is open.

use kanuki_domain::Ctx;
use kanuki_record::{AuditEntry, Book, RecordError, Unit};
use kanuki_risk::{Decision, Who};

use crate::case::{Case, CaseKind};

/// Stands before the rule's name in what a case is about.
const ABOUT: &str = "rule|";

/// The rule that a case is about.
#[must_use]
pub fn of_case(case: &Case) -> Option<&str> {
    case.about.strip_prefix(ABOUT).filter(|_| case.kind == CaseKind::Rule)
}

/// Adds to `unit` a case about the rule that held, where staff are told of it and unless one is
/// open: a thief who tries a thousand times makes one piece of work, and his attempts are kept beside
/// it.
pub async fn tell_desk(
    book: &Book,
    ctx: &Ctx<'_>,
    unit: &mut Unit,
    decision: &Decision,
) -> Result<(), RecordError> {
    let Some(reason) = decision.reasons.first().filter(|_| decision.tell.contains(&Who::Desk))
    else {
        return Ok(());
    };
    let about = format!("{ABOUT}{}", reason.rule);
    let open = book.find_by::<Case>("about", &about).await?;
    if open.is_some_and(|case| case.closed_at.is_none()) {
        return Ok(());
    }
    let mut case = Case::open(ctx, CaseKind::Rule, about, None);
    let text = format!("{} = {} ({})", reason.rule, reason.value, decision.version);
    case.note(ctx.now, "system", text);
    unit.insert(&case).audit(
        AuditEntry::new(ctx.now, "system", "case.opened", case.case_id)
            .with("rule", &reason.rule)
            .with("code", &reason.code)
            .with("version", &decision.version),
    );
    Ok(())
}
