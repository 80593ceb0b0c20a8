//! The other company's word that it paid, under a number that has its end here already (FT-23, FT-26).
//!
//! Nobody looks at a case that has its end, and a share that nobody books is owed for ever: the word opens
//! the case again, once for each company that says it. That is work and no second look, so whoever ended
//! the case may do it. And one person may have two numbers here that nobody has joined yet: what is known
//! under one of them is known of the other.

use kanuki_domain::Ctx;
use kanuki_record::{AuditEntry, Book, RecordError, Stored, Unit};

use crate::{
    DeskError,
    case::{Case, CaseKind},
    claim, matter,
    report::Report,
    signal::flood,
};

/// The line of a case that such a word opened again.
pub(crate) const OPENED: &str = "=claim_opened_by_word|";

/// Opens `case` again where it has its end and `partner`, who has to do with it, says for the first time
/// that it paid: the report, in `unit`, with days that count from now. True if it did, and then the caller
/// writes the case. How many a partner opens in an hour has an end; the rest waits at the partner.
pub async fn open_again(
    book: &Book,
    ctx: &Ctx<'_>,
    unit: &mut Unit,
    (case, partner): (&mut Stored<Case>, &str),
) -> Result<bool, DeskError> {
    if case.closed_at.is_none() || claim::told(book, case.case_id, partner).await?.is_some() {
        return Ok(false);
    }
    if !flood::admit(book, ctx, partner).await? {
        return Err(DeskError::TooEarly);
    }
    let edit = case.edit();
    // Whoever had it may be away: it is anybody's again.
    (edit.closed_at, edit.owner) = (None, None);
    edit.note(ctx.now, "system", OPENED);
    if let Some(mut report) = book.find::<Report>(case.case_id).await? {
        let edit = report.edit();
        edit.clock = edit.clock.map(|clock| clock.restarted(ctx.now));
        (edit.ending, edit.outcome) = (None, None);
        unit.update(&report);
    }
    unit.audit(AuditEntry::new(ctx.now, partner, "case.opened_again", case.case_id));
    Ok(true)
}

/// The open cases of this case's person that nobody joined with it.
pub async fn sisters(book: &Book, case: &Case) -> Result<Vec<Case>, RecordError> {
    let Some(person) = &case.person_id else { return Ok(Vec::new()) };
    let joined = matter::numbers(book, case).await?;
    let mut found = Vec::new();
    for other in book.every::<Case>("person", person).await? {
        if other.closed_at.is_none() && is_of_a_stop(&other) && !joined.contains(&other.case_id) {
            found.push(other.into_inner());
        }
    }
    found.sort_by_key(|one| one.opened_at);
    Ok(found)
}

/// Whether a case is one that somebody reported or stopped, here or at the other company.
fn is_of_a_stop(case: &Case) -> bool {
    matches!(case.kind, CaseKind::NotMe | CaseKind::ToldByPartner)
}
