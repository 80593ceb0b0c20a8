//! What was promised to whoever reported and is not kept yet (FT-23, FT-26): a first answer, and the money
//! back, each by a day. A claim keeps its own days from when it is opened; before that, this is who waits.

use jiff::{Timestamp, civil::Date};
use kanuki_domain::{
    business,
    claim::{ClaimState, Clock},
    id::CaseId,
};
use kanuki_record::{Book, RecordError};

use crate::{
    case::{Case, CaseKind},
    matter, report,
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
}

impl Promise {
    /// Nobody answered by the day of the first answer.
    #[must_use]
    pub fn is_answer_late(&self, now: Timestamp) -> bool {
        self.answered_at.is_none() && business::end_of(self.clock.answer_by()) <= now
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

/// Only a claim is paused.
const NOT_PAUSED: ClaimState = ClaimState::Received;

/// Reports that wait for an answer or for somebody to open a claim, the oldest first.
pub async fn open_ones(book: &Book) -> Result<Vec<Promise>, RecordError> {
    let mut all = Vec::new();
    for case in book.every::<Case>("state", "open").await? {
        if case.kind != CaseKind::NotMe {
            continue;
        }
        let Some(report) = report::of_case(book, case.case_id).await? else { continue };
        let Some(clock) = report.clock else { continue };
        let has_claim = !matter::claims(book, &case).await?.is_empty();
        if has_claim && report.answered_at.is_some() {
            continue;
        }
        let (case_id, reported_at) = (case.case_id, case.opened_at);
        all.push(Promise {
            case_id,
            reported_at,
            clock,
            answered_at: report.answered_at,
            has_claim,
        });
    }
    all.sort_by_key(|one| one.reported_at);
    Ok(all)
}
