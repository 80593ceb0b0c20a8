//! What was promised to whoever reported and is not kept yet (FT-23, FT-26): a first answer, and the money
//! back, each by a day. A claim keeps its own days from when it is opened; before that, this is who waits.
//!
//! Whoever reported at the other company waits here too, where this company pays first: the other one
//! answers them, and the money comes from here, by a day that counts from when this company was told.

use jiff::{Timestamp, civil::Date};
use kanuki_domain::{
    agreement::Side,
    business,
    claim::{ClaimState, Clock},
    compensation::Policy,
    id::CaseId,
};
use kanuki_record::{Book, RecordError};

use crate::{
    case::{Case, TOLD},
    compensation, filing, matter,
    report::{self, Report},
};

/// A report without an end, by when its reporter was promised what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Promise {
    /// Its number.
    pub case_id: CaseId,
    /// When it came in.
    pub reported_at: Timestamp,
    /// The days.
    pub clock: Clock,
    /// When it was answered first.
    pub answered_at: Option<Timestamp>,
    /// A claim was opened for it, and counts its days.
    pub has_claim: bool,
    /// The other company took it, and answers whoever reported.
    pub is_told: bool,
}

impl Promise {
    /// Nobody answered by the day of the first answer.
    #[must_use]
    pub fn is_answer_late(&self, now: Timestamp) -> bool {
        let waits = self.answered_at.is_none() && !self.is_told;
        waits && answered_in_time(&self.clock, None, now) == Some(false)
    }

    /// The day of what is due next.
    fn due_on(&self) -> Date {
        match self.answered_at {
            None if !self.is_told => self.clock.answer_by(),
            Some(_) | None => self.refund_by(self.reported_at),
        }
    }

    /// The day by which the money is back is over, and nobody has opened a claim.
    #[must_use]
    pub fn is_refund_late(&self, now: Timestamp) -> bool {
        !self.has_claim && business::end_of(self.refund_by(now)) <= now
    }

    /// The day by which the money is back.
    #[must_use]
    pub fn refund_by(&self, now: Timestamp) -> Date {
        self.clock.refund_by(NOT_PAUSED, now)
    }
}

/// Whether an answer came by the day that a clock has for it; nothing where that day is not over yet.
pub(crate) fn answered_in_time(
    clock: &Clock,
    answered_at: Option<Timestamp>,
    now: Timestamp,
) -> Option<bool> {
    let end = business::end_of(clock.answer_by());
    match answered_at {
        Some(at) => Some(at < end),
        None if now < end => None,
        None => Some(false),
    }
}

/// Only a claim is paused.
const NOT_PAUSED: ClaimState = ClaimState::Received;

/// The most of them on one page.
pub const PAGE: usize = 100;
/// The most reports that are looked at for one page. Those that were answered and have a claim wait for
/// nothing here, and are as many as staff work on.
const LOOKED_AT_MAX: usize = 1_000;

/// A page of what was promised.
#[derive(Clone, Debug, Default)]
pub struct Waiting {
    /// What is due first comes first.
    pub all: Vec<Promise>,
    /// After which one the next page begins, where there is one.
    pub next: Option<CaseId>,
}

/// Who reported here, or elsewhere and is to be paid from here.
enum Row {
    Reported(Box<Report>),
    Told(Box<Case>),
}

impl Row {
    fn case_id(&self) -> CaseId {
        match self {
            Self::Reported(report) => report.case_id,
            Self::Told(case) => case.case_id,
        }
    }
}

/// The policy by which this company pays first; none where the other one does.
async fn pays(book: &Book, side: Side) -> Result<Option<Policy>, RecordError> {
    let (policy, _) = compensation::in_force(book).await?;
    Ok((policy.split.pays_first == Some(side)).then_some(policy))
}

/// Reports that wait for an answer or for somebody to open a claim, page by page, with those that the other
/// company took where this one, which is `side`, pays first. They are taken in the order of their numbers,
/// which for those of this company is that in which they came in, so that however many strangers report,
/// nobody who waits longer is pushed from the first page.
pub async fn waiting(
    book: &Book,
    side: Side,
    after: Option<CaseId>,
) -> Result<Waiting, RecordError> {
    let pays = pays(book, side).await?;
    let mut found = Waiting::default();
    let mut after = after.map_or_else(String::new, |id| id.to_string());
    let (mut looked_at, mut last) = (0_usize, None);
    'pages: loop {
        let rows = rows(book, &after, pays.is_some()).await?;
        for row in &rows {
            if found.all.len() >= PAGE || looked_at >= LOOKED_AT_MAX {
                found.next = last;
                break 'pages;
            }
            looked_at = looked_at.saturating_add(1);
            last = Some(row.case_id());
            found.all.extend(match row {
                Row::Reported(report) => promise(book, report).await?,
                Row::Told(case) => told(book, case, pays.as_ref()).await?,
            });
        }
        match rows.last() {
            Some(row) => after = row.case_id().to_string(),
            None => break,
        }
    }
    found.all.sort_by_key(|one| (one.due_on(), one.reported_at));
    Ok(found)
}

/// A page of those who may wait, after `after`, by their numbers.
async fn rows(book: &Book, after: &str, with_told: bool) -> Result<Vec<Row>, RecordError> {
    let reports = book.page_after::<Report>(("waits", report::WAITS), after, PAGE).await?;
    let mut rows: Vec<Row> =
        reports.into_iter().map(|row| Row::Reported(Box::new(row.into_inner()))).collect();
    if with_told {
        let told = book.page_after::<Case>(("told", TOLD), after, PAGE).await?;
        rows.extend(told.into_iter().map(|row| Row::Told(Box::new(row.into_inner()))));
    }
    rows.sort_by_cached_key(|row| row.case_id().to_string());
    // Each of the two lists is whole up to here and no further.
    rows.truncate(PAGE);
    Ok(rows)
}

/// What was promised to one reporter; nothing where all of it was done, or a claim counts its days.
async fn promise(book: &Book, report: &Report) -> Result<Option<Promise>, RecordError> {
    let case_id = report.case_id;
    let Some(clock) = report.clock else { return Ok(None) };
    let Some(case) = book.find::<Case>(case_id).await? else { return Ok(None) };
    if case.closed_at.is_some() {
        return Ok(None);
    }
    let has_claim = !matter::claims(book, &case).await?.is_empty();
    if has_claim && report.answered_at.is_some() {
        return Ok(None);
    }
    let (reported_at, answered_at) = (report.reported_at(&case), report.answered_at);
    Ok(Some(Promise { case_id, reported_at, clock, answered_at, has_claim, is_told: false }))
}

/// What is owed to whoever reported at the other company, by the policy under which this company pays first;
/// nothing where it does not, a claim counts the days, or the same person reported here too.
async fn told(
    book: &Book,
    case: &Case,
    pays: Option<&Policy>,
) -> Result<Option<Promise>, RecordError> {
    let Some(policy) = pays else { return Ok(None) };
    let has_claim = !matter::claims(book, case).await?.is_empty();
    if !case.is_told() || case.closed_at.is_some() || has_claim {
        return Ok(None);
    }
    if report::of_case(book, case.case_id).await?.is_some() {
        return Ok(None);
    }
    let clock = report::clock(policy, case.opened_at);
    // A second look has days of its own.
    let clock = case.again.as_ref().map_or(clock, |again| clock.restarted(again.at));
    Ok(Some(Promise {
        case_id: case.case_id,
        reported_at: case.opened_at,
        clock,
        answered_at: None,
        has_claim,
        is_told: true,
    }))
}

/// The days of a case that the other company told of, where this company, which is `side`, pays first and
/// nothing else here counts them.
pub async fn of_told(book: &Book, side: Side, case: &Case) -> Result<Option<Promise>, RecordError> {
    let pays = pays(book, side).await?;
    told(book, case, pays.as_ref()).await
}

/// Lets every report from before be found by whether somebody waits, and by its short number; how many were
/// not. Called before the first request: whom nobody finds waits for ever.
pub async fn file(book: &Book) -> Result<usize, RecordError> {
    let waiting = filing::file::<Report>(book, "waits").await?;
    let numbered = filing::file::<Report>(book, "number").await?;
    Ok(waiting.saturating_add(numbered))
}
