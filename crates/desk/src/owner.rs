//! Who sees to a case about a rule: one member of staff, until another takes it over or is handed it.

use kanuki_domain::{
    Ctx,
    id::{CaseId, StaffId},
};
use kanuki_record::{AuditEntry, Book, Stored, Unit};

use crate::{
    DeskError,
    case::{Case, CaseKind},
    staff::{Staff, require_not_left},
};

/// Whether staff take it by themselves: others get their owner by what is done about them.
#[must_use]
pub fn is_taken_up(case: &Case) -> bool {
    case.kind == CaseKind::Rule && case.closed_at.is_none()
}

/// Gives the case to `to`, who may be whoever asks for it: taking is giving to oneself.
pub async fn give(
    book: &Book,
    ctx: &Ctx<'_>,
    by: StaffId,
    (case_id, to): (CaseId, StaffId),
) -> Result<(), DeskError> {
    let found = book.find::<Case>(case_id).await?;
    let is_its_turn = |case: &Stored<Case>| is_taken_up(case);
    let mut case = found.filter(is_its_turn).ok_or(DeskError::NotAccepted)?;
    if book.find::<Staff>(to).await?.is_none() {
        return Err(DeskError::NotAccepted);
    }
    require_not_left(book, [to]).await?;
    if case.owner == Some(to) {
        return Ok(());
    }
    let note = if by == to { "=case_taken|".to_owned() } else { format!("=case_handed|{to}") };
    case.edit().owner = Some(to);
    case.edit().note(ctx.now, by, note);
    let mut unit = Unit::new();
    unit.update(&case).audit(AuditEntry::new(ctx.now, by, "case.owned", case_id).with("owner", to));
    Ok(book.commit(unit).await?)
}
