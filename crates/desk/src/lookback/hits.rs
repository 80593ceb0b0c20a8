//! What staff see of look-backs; that they looked is written down.

use kanuki_domain::{
    Ctx, Yen,
    id::{CaseId, LookbackId, StaffId},
};
use kanuki_record::{AuditEntry, Book, RecordError, Stored, Unit};

use super::{LookHit, Lookback, LookbackError, Movement, Ports};
use crate::{
    DeskError,
    case::{Case, CaseKind},
};

/// One hit beside what became of its movement.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The hit.
    pub hit: LookHit,
    /// What became of it; none where it was turned away before anything was written.
    pub movement: Option<Movement>,
    /// The case in which its person says, or somebody says for them, that it was not them.
    pub case_id: Option<CaseId>,
}

/// A look-back with its hits.
#[derive(Clone, Debug)]
pub struct Read {
    /// The look-back.
    pub look: Lookback,
    /// Its hits, the largest loss first; none where it is too wide.
    pub hits: Vec<Listed>,
    /// How much they lost in all.
    pub lost: Yen,
}

/// All look-backs, newest first, at most a page.
pub async fn list(book: &Book, ctx: &Ctx<'_>, by: StaffId) -> Result<Vec<Lookback>, LookbackError> {
    let all = book.list::<Lookback>("listed", "yes").await?;
    let mut unit = Unit::new();
    unit.audit(AuditEntry::new(ctx.now, by, "lookback.listed", "all"));
    book.commit(unit).await?;
    Ok(all.into_iter().map(Stored::into_inner).collect())
}

/// One look-back with its hits by loss.
pub async fn read(
    ports: Ports<'_>,
    ctx: &Ctx<'_>,
    by: StaffId,
    id: LookbackId,
) -> Result<Read, LookbackError> {
    let look = ports.book.find::<Lookback>(id).await?.ok_or(DeskError::NotAccepted)?.into_inner();
    let mut unit = Unit::new();
    unit.audit(AuditEntry::new(ctx.now, by, "lookback.read", id));
    ports.book.commit(unit).await?;
    let mut hits = Vec::new();
    if !look.round.is_too_wide {
        let reported = cases(ports.book).await?;
        for hit in ports.book.every::<LookHit>("lookback_id", &id.to_string()).await? {
            let movement = ports.company.movement(&hit).await?;
            let case_id = hit.case_id.or_else(|| case_of(&hit, &reported).map(|case| case.case_id));
            hits.push(Listed { hit: hit.into_inner(), movement, case_id });
        }
    }
    let lost_of = |one: &Listed| one.movement.as_ref().map_or(Yen::ZERO, |moved| moved.lost);
    hits.sort_by_key(|one| std::cmp::Reverse((lost_of(one), one.hit.at)));
    let sum = |sum: Yen, one: &Listed| sum.plus(lost_of(one)).unwrap_or(Yen::MAX);
    let lost = hits.iter().fold(Yen::ZERO, sum);
    Ok(Read { look, hits, lost })
}

/// Of one look-back what a form proposes from it, without its hits.
pub async fn restate(book: &Book, id: LookbackId) -> Result<Lookback, LookbackError> {
    let found = book.find::<Lookback>(id).await?.ok_or(DeskError::NotAccepted)?;
    Ok(found.into_inner())
}

/// The cases in which people say that something was not them: all that are open, and the newest that are
/// closed.
pub(super) async fn cases(book: &Book) -> Result<Vec<Case>, RecordError> {
    let mut all = book.every::<Case>("state", "open").await?;
    all.extend(book.list::<Case>("state", "closed").await?);
    let cases = all.into_iter().map(Stored::into_inner);
    Ok(cases
        .filter(|case| matches!(case.kind, CaseKind::NotMe | CaseKind::ToldByPartner))
        .collect())
}

/// The case about a hit: of its person, and opened after it moved.
pub(super) fn case_of<'a>(hit: &LookHit, cases: &'a [Case]) -> Option<&'a Case> {
    let is_of = |case: &&Case| {
        case.person_id.as_deref() == Some(hit.person_id.as_str()) && case.opened_at >= hit.at
    };
    cases.iter().filter(is_of).min_by_key(|case| case.opened_at)
}

/// Joins cases that were opened after their people had been told with the look-back, at both ends; how many.
/// Called by the sweeper, and before a look-back is read.
pub async fn join_cases(book: &Book, ctx: &Ctx<'_>) -> Result<usize, LookbackError> {
    let mut joined: usize = 0;
    let mut looks = book.list::<Lookback>("work", "telling").await?;
    looks.extend(book.list::<Lookback>("work", "told").await?);
    if looks.is_empty() {
        return Ok(0);
    }
    let reported = cases(book).await?;
    for look in looks {
        let id = look.lookback_id;
        for mut hit in book.every::<LookHit>("lookback_id", &id.to_string()).await? {
            let Some(told_at) = hit.told_at.filter(|_| hit.case_id.is_none()) else { continue };
            let found = case_of(&hit, &reported).filter(|case| case.opened_at >= told_at);
            let Some(case_id) = found.map(|case| case.case_id) else { continue };
            let Some(mut case) = book.find::<Case>(case_id).await? else { continue };
            let line = format!("=lookback|{id}");
            let mut unit = Unit::new();
            if !case.steps.iter().any(|step| step.text == line) {
                case.edit().note(ctx.now, "system", line);
                unit.update(&case);
            }
            hit.edit().case_id = Some(case_id);
            unit.update(&hit).audit(
                AuditEntry::new(ctx.now, "system", "lookback.joined", case_id).with("lookback", id),
            );
            match book.commit(unit).await {
                Ok(()) => joined = joined.saturating_add(1),
                Err(RecordError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(joined)
}
