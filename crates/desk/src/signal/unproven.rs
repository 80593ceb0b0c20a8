//! Event tokens that nobody of ours signed, in numbers.
//!
//! They change nothing and are refused. People hear of it once, and at most once a day: somebody tries keys
//! or means to keep alarms out, or a partner changed its key and nobody was told.

use kanuki_domain::{Ctx, agreement::today, id::CaseId, limits::DAY_SECS};
use kanuki_record::{AuditEntry, Book, RecordError, Unit};

use crate::case::{Case, CaseKind};

/// What such a case is about.
pub const ABOUT: &str = "unproven|events";

/// Opens a case for people, unless one is open or they were told within a day.
pub async fn tell(book: &Book, ctx: &Ctx<'_>) -> Result<(), RecordError> {
    let before = book.list::<Case>("about", ABOUT).await?;
    let is_told = |case: &Case| {
        let age = ctx.now.duration_since(case.opened_at).as_secs();
        case.closed_at.is_none() || age < DAY_SECS
    };
    if before.iter().any(|case| is_told(case)) {
        return Ok(());
    }
    // Named by the day: of two requests that come to this at one moment, one opens it.
    let case_id = CaseId::derive(&[ABOUT, &today(ctx.now).to_string()]);
    let mut case = Case::open_as(case_id, ctx, CaseKind::ForgedEvents, ABOUT, None);
    case.note(ctx.now, "system", "=line_forged|");
    let mut unit = Unit::new();
    let entry = AuditEntry::new(ctx.now, "system", "case.opened", case_id);
    unit.insert(&case).audit(entry.with("about", ABOUT));
    match book.commit(unit).await {
        Ok(()) | Err(RecordError::Conflict { .. } | RecordError::Duplicate { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}
