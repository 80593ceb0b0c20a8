//! A rule of risk that staff are told of becomes a case, once while it is open.

use kanuki_domain::Ctx;
use kanuki_record::{AuditEntry, Book, RecordError, Unit};
use kanuki_risk::{Outcome, Record, Who};

use crate::{
    case::{Case, CaseKind},
    score,
};

/// Stands before the rule's name in what a case is about.
const ABOUT: &str = "rule|";

/// The rule that a case is about.
#[must_use]
pub fn of_case(case: &Case) -> Option<&str> {
    case.about.strip_prefix(ABOUT).filter(|_| case.kind == CaseKind::Rule)
}

fn about(rule: &str) -> String {
    format!("{ABOUT}{rule}")
}

fn what(rule: &str, value: u64, version: &str) -> String {
    format!("{rule} = {value} ({version})")
}

/// The case under which a rule stops everything of `person_id` (`then freeze`); none where nothing
/// is to be stopped. Whoever lets them go on finds there why it was stopped.
#[must_use]
pub fn freezing(ctx: &Ctx<'_>, record: Option<&Record>, person_id: String) -> Option<Case> {
    let record = record.filter(|record| record.outcome == Outcome::Freeze)?;
    let reason = record.reasons.first()?;
    let mut case = Case::open(ctx, CaseKind::Rule, about(&reason.rule), Some(person_id));
    case.note(ctx.now, "system", what(&reason.rule, reason.value, &record.version));
    Some(case)
}

/// Adds to `unit` a case about the rule that held, where staff are told of it and unless one is
/// open: a thief who tries a thousand times makes one piece of work, and his attempts are kept beside
/// it.
pub async fn tell_desk(
    book: &Book,
    ctx: &Ctx<'_>,
    unit: &mut Unit,
    record: Option<&Record>,
) -> Result<(), RecordError> {
    match record.filter(|record| record.tell.contains(&Who::Desk)) {
        Some(record) => open_case(book, ctx, unit, record).await,
        None => Ok(()),
    }
}

/// The same whether a rule tells staff or not: of money that waits, which somebody must see to.
pub async fn open_case(
    book: &Book,
    ctx: &Ctx<'_>,
    unit: &mut Unit,
    record: &Record,
) -> Result<(), RecordError> {
    let Some(reason) = record.reasons.first() else { return Ok(()) };
    let about = about(&reason.rule);
    let open = book.find_by::<Case>("about", &about).await?;
    if open.is_some_and(|case| case.closed_at.is_none()) {
        return Ok(());
    }
    let mut case = Case::open(ctx, CaseKind::Rule, about, None);
    case.note(ctx.now, "system", what(&reason.rule, reason.value, &record.version));
    score::keep(unit, case.case_id, record);
    unit.insert(&case).audit(
        AuditEntry::new(ctx.now, "system", "case.opened", case.case_id)
            .with("rule", &reason.rule)
            .with("code", &reason.code)
            .with("version", &record.version),
    );
    Ok(())
}
