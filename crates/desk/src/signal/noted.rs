//! What of a partner's event is on record here, and what people are told of one that is to be looked at.

use kanuki_domain::Ctx;
use kanuki_record::{AuditEntry, Book, RecordError, Unit};
use kanuki_wire::set::SecurityEvent;

use super::policy::{Actions, level_of, short};
use crate::case::{Case, CaseKind};

/// A case with so many lines is told no more: whoever works on it knows.
const STEPS_MAX: usize = 50;

/// That an event was taken: which, by whom it was told, at which level, and what the table says of it.
#[must_use]
pub fn taken(
    ctx: &Ctx<'_>,
    partner: &str,
    (told, actions): (&SecurityEvent, Actions),
) -> AuditEntry {
    AuditEntry::new(ctx.now, partner, "event.taken", &told.jti)
        .with("event", short(told.event.uri()))
        .with("level", level_of(&told.event).map_or("any", |level| level.name()))
        .with("actions", actions.words().join(" "))
}

/// Adds to `unit` that people are to look at what was told about `about`: one case for each until it is
/// closed, with a line for each kind of event.
pub async fn notify(
    book: &Book,
    ctx: &Ctx<'_>,
    unit: &mut Unit,
    told: &SecurityEvent,
    (about, person): (&str, Option<String>),
) -> Result<(), RecordError> {
    let step = format!("=told_{}|", short(told.event.uri()).replace('-', "_"));
    let known = book.list::<Case>("about", about).await?;
    let is_open = |case: &Case| case.kind == CaseKind::PartnerSignal && case.closed_at.is_none();
    if let Some(mut case) = known.into_iter().find(|case| is_open(case)) {
        // Said again, it is no news to whoever works on it.
        let is_news = case.steps.iter().all(|known| known.text != step);
        if is_news && case.steps.len() < STEPS_MAX {
            case.edit().note(ctx.now, "system", step);
            unit.update(&case);
        }
        return Ok(());
    }
    let mut case = Case::open(ctx, CaseKind::PartnerSignal, about, person);
    case.note(ctx.now, "system", step);
    let entry = AuditEntry::new(ctx.now, "system", "case.opened", case.case_id);
    unit.insert(&case).audit(entry.with("event", &told.jti));
    Ok(())
}
