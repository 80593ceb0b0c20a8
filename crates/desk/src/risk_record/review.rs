//! An assessment is looked at again in time (FT-13): whose day comes is told of on the desk's first page,
//! whose day has passed is a case, and either ends only when two people have looked.

use jiff::{ToSpan as _, civil::Date};
use kanuki_domain::{
    Ctx,
    agreement::{Gap, today},
    id::{ApprovalId, CaseId, RiskRecordId, StaffId},
    risk_record::{RiskRecord, View},
};
use kanuki_record::{AuditEntry, Book, RecordError, Stored, Unit};

use super::{Kept, Now, Review, Standing, about, live::is_still_looser, noted};
use crate::{
    DeskError,
    approval::Approval,
    case::{Case, CaseKind},
};

/// The act of having looked again, as an approval names it.
pub const REVIEW: &str = "risk_record.review";
/// So many days before its day a record is told of.
pub const SOON_DAYS: i64 = 30;

/// Why a review cannot be asked for.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// The day of the next one cannot be that, or a partner of today has not said anything to it.
    #[error("the review is not whole")]
    Lacks(Vec<Gap>),
    /// What it loosened is still looser than before.
    #[error("it was not taken back: the rules that are in force are still looser")]
    StillLooser,
    /// The record is not in force, or a review of it waits.
    #[error("a review waits, or there is nothing to review")]
    Known,
    /// The desk refused, or the ledger does not answer.
    #[error("the desk could not do it")]
    Desk(#[from] DeskError),
    /// The store does not answer.
    #[error("the record could not be kept")]
    Record(#[from] RecordError),
}

/// What somebody says who has looked at a record again.
#[derive(Clone, Debug, Default)]
pub struct Looked {
    /// What they found.
    pub found: String,
    /// The day of the next look; none where what was loosened was taken back.
    pub next: Option<Date>,
    /// What each partner says to it now (FT-05).
    pub views: Vec<View>,
}

/// Another assessment with a day of its own: the one that a partner and we made together.
#[derive(Clone, Debug)]
pub struct Joint {
    /// The partner, by its id in the registry.
    pub subject: String,
    /// The day.
    pub review_by: Option<Date>,
}

/// One person has looked. What goes on being looser is assessed with the partners of today, whoever they
/// were when it was written (FT-05, FT-13). That it was taken back is believed only where what is in
/// force says so too.
pub async fn ask(
    (book, ctx): (&Book, &Ctx<'_>),
    by: StaffId,
    now: Now<'_>,
    record_id: RiskRecordId,
    looked: Looked,
    partners: &[String],
) -> Result<ApprovalId, Refused> {
    let Looked { found, next, views } = looked;
    let Some(mut kept) = book.find::<Kept>(record_id).await? else { return Err(Refused::Known) };
    if !matches!(kept.standing, Standing::InForce { .. }) {
        return Err(Refused::Known);
    }
    let gaps = gaps(&kept, (next, &views), ctx, partners);
    if !gaps.is_empty() {
        return Err(Refused::Lacks(gaps));
    }
    if next.is_none() && is_still_looser((book, ctx.now), now, &kept).await? {
        return Err(Refused::StillLooser);
    }
    // One whose asker has left since is void, and stands in nobody's way.
    let waiting = format!("{REVIEW}|{record_id}");
    if book.find_by::<Approval>("waiting_for", &waiting).await?.is_some() {
        return Err(Refused::Known);
    }
    let approval = Approval::ask(ctx, by, REVIEW, record_id, &found);
    let review = Review { found, next, views, by, at: ctx.now, agreed: None };
    let mut unit = Unit::new();
    let entry = told(&kept, ctx, by, ("risk_record.review_asked", &review));
    kept.edit().asked = Some(review);
    unit.update(&kept).insert(&approval).audit(entry);
    match book.commit(unit).await {
        Ok(()) => Ok(approval.approval_id),
        Err(RecordError::Duplicate { .. } | RecordError::Conflict { .. }) => Err(Refused::Known),
        Err(error) => Err(error.into()),
    }
}

/// What is missing for a record to go on until `next`; nothing where it ends.
fn gaps(
    kept: &Kept,
    (next, views): (Option<Date>, &[View]),
    ctx: &Ctx<'_>,
    partners: &[String],
) -> Vec<Gap> {
    if next.is_none() {
        return Vec::new();
    }
    let renewed = RiskRecord { views: views.to_vec(), review_by: next, ..kept.record.clone() };
    renewed.gaps(today(ctx.now), &kept.concerned(partners))
}

/// A second person agreed to a review, or somebody declined it: adds to `unit` what follows. That it was
/// taken back must still be so, and so must that every partner has said something.
pub async fn decide(
    (book, ctx): (&Book, &Ctx<'_>),
    unit: &mut Unit,
    (by, approval): (StaffId, &Approval),
    (now, partners): (Now<'_>, &[String]),
    agrees: bool,
) -> Result<(), DeskError> {
    let mut kept = book.load::<Kept>(&approval.subject).await?;
    let Some(review) = kept.edit().asked.take() else { return Err(DeskError::Decided) };
    let next = review.next;
    let act = if agrees { "risk_record.reviewed" } else { "risk_record.review_declined" };
    if agrees && next.is_none() && is_still_looser((book, ctx.now), now, &kept).await? {
        return Err(DeskError::StillLooser);
    }
    if agrees && !gaps(&kept, (next, &review.views), ctx, partners).is_empty() {
        return Err(DeskError::NeedsRiskRecord);
    }
    unit.audit(told(&kept, ctx, by, (act, &review)));
    if agrees {
        let edit = kept.edit();
        edit.reviews.push(Review { agreed: Some((by, ctx.now)), ..review });
        edit.review_by = next.or(edit.review_by);
        if next.is_none() {
            edit.signed = edit.agreed();
            edit.standing = Standing::Over { by, at: ctx.now };
        }
        close_cases(book, ctx, unit, &case_about(&approval.subject)).await?;
    }
    unit.update(&kept);
    Ok(())
}

/// What `approval` does was done before and taken back since: adds to `unit` that the records of before
/// are over, and their cases.
pub async fn supersede(
    (book, ctx): (&Book, &Ctx<'_>),
    unit: &mut Unit,
    by: StaffId,
    approval: &Approval,
) -> Result<(), RecordError> {
    let same = about(&approval.act, &approval.subject);
    for mut old in book.every::<Kept>("about", &same).await? {
        if matches!(old.standing, Standing::InForce { .. }) {
            let signed = old.agreed();
            old.edit().signed = signed;
            old.edit().standing = Standing::Over { by, at: ctx.now };
            unit.update(&old).audit(noted(ctx.now, by, "risk_record.over", &old));
            close_cases(book, ctx, unit, &case_about(&old.record_id.to_string())).await?;
        }
    }
    Ok(())
}

fn told(
    kept: &Kept,
    ctx: &Ctx<'_>,
    by: StaffId,
    (act, review): (&'static str, &Review),
) -> AuditEntry {
    let next = review.next.map_or_else(|| "taken back".to_owned(), |day| day.to_string());
    noted(ctx.now, by, act, kept).with("next", next).with("review_sha256", review.sha256())
}

async fn close_cases(
    book: &Book,
    ctx: &Ctx<'_>,
    unit: &mut Unit,
    about: &str,
) -> Result<usize, RecordError> {
    let mut closed: usize = 0;
    for mut case in book.list::<Case>("about", about).await? {
        if case.closed_at.is_none() {
            case.edit().close(ctx.now, "system", "=review_made|");
            unit.update(&case);
            closed = closed.saturating_add(1);
        }
    }
    Ok(closed)
}

/// Records whose day has come or comes soon, the most urgent first.
pub async fn due(book: &Book, now: jiff::Timestamp) -> Result<Vec<Stored<Kept>>, RecordError> {
    let today = today(now);
    let soon = today.checked_add(SOON_DAYS.days()).unwrap_or(today);
    let mut due = book.every::<Kept>("state", "in-force").await?;
    due.retain(|kept| kept.review_by.is_none_or(|day| day <= soon));
    due.sort_by_key(|kept| kept.review_by);
    Ok(due)
}

/// Opens a case for each assessment whose day has passed, once for each day, however often it is called;
/// a case about a partner ends when a later day counts. How many were opened.
pub async fn open_cases(book: &Book, ctx: &Ctx<'_>, joint: &[Joint]) -> Result<usize, RecordError> {
    let today = today(ctx.now);
    let is_past = |day: Option<Date>| day.is_none_or(|day| day < today);
    let mut opened: usize = 0;
    for kept in due(book, ctx.now).await? {
        if is_past(kept.review_by) {
            let is_new = open(book, ctx, &kept.record_id.to_string(), kept.review_by).await?;
            opened = opened.saturating_add(usize::from(is_new));
        }
    }
    for one in joint {
        if is_past(one.review_by) {
            let is_new = open(book, ctx, &one.subject, one.review_by).await?;
            opened = opened.saturating_add(usize::from(is_new));
        } else {
            let mut unit = Unit::new();
            if close_cases(book, ctx, &mut unit, &case_about(&one.subject)).await? > 0 {
                book.commit(unit).await?;
            }
        }
    }
    Ok(opened)
}

/// What a case about the assessment of `subject` is about.
fn case_about(subject: &str) -> String {
    format!("review|{subject}")
}

async fn open(
    book: &Book,
    ctx: &Ctx<'_>,
    subject: &str,
    day: Option<Date>,
) -> Result<bool, RecordError> {
    let day = day.map(|day| day.to_string()).unwrap_or_default();
    // Named by the day, so that two nodes and every later pass mean the same case.
    let case_id = CaseId::derive(&["review", subject, &day]);
    if book.find::<Case>(case_id).await?.is_some() {
        return Ok(false);
    }
    let mut case = Case::open_as(case_id, ctx, CaseKind::ReviewDue, case_about(subject), None);
    case.note(ctx.now, "system", format!("=review_due|{day}"));
    let mut unit = Unit::new();
    unit.insert(&case).audit(
        AuditEntry::new(ctx.now, "system", "case.opened", case_id).with("about", &case.about),
    );
    match book.commit(unit).await {
        Ok(()) => Ok(true),
        Err(RecordError::Duplicate { .. } | RecordError::Conflict { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}
