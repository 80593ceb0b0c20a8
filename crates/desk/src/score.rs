//! The score that a rule's case was opened with, and how well scores fit what cases turned out to be.
//!
//! It is a row of its own beside the case and no part of it: packs, notices and partners are told from
//! the case, and a score with its reasons is for staff alone.

use kanuki_domain::id::CaseId;
use kanuki_record::{Book, RecordError, Stored, Unit, record};
use kanuki_risk::{Record, Seen, model::Said};
use serde::{Deserialize, Serialize};

use crate::quality::{Finding, Found};

/// Into so many parts scores are divided beside what was found: a desk judges tens of cases and not
/// thousands.
pub const PARTS: usize = 5;
/// How wide each part is.
const PART: u16 = 200;

/// What the policy's model said of the attempt that opened a case.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CaseScore {
    /// Which case.
    pub case_id: CaseId,
    /// The score and what moved it.
    pub said: Said,
    /// The numbers that moved it, as they were seen.
    pub seen: Vec<Seen>,
}

record! { CaseScore => "case_score" by |s| s.case_id.to_string();
    many model = |s| Some(s.said.model.clone());
}

/// Adds to `unit` what the model said of `record`, which opens the case; nothing where no rule looked at
/// a score.
pub fn keep(unit: &mut Unit, case_id: CaseId, record: &Record) {
    let Some(said) = record.said.clone() else { return };
    let moved = |seen: &&Seen| said.reasons.iter().any(|reason| reason.what == seen.what);
    let seen = record.seen.iter().filter(moved).cloned().collect();
    unit.insert(&CaseScore { case_id, said, seen });
}

/// What the model said when this case was opened.
pub async fn of_case(book: &Book, case_id: CaseId) -> Result<Option<CaseScore>, RecordError> {
    Ok(book.find::<CaseScore>(case_id).await?.map(Stored::into_inner))
}

/// The judged cases of one part of the score.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// From this score on.
    pub from: u16,
    /// How many cases somebody judged.
    pub judged: u64,
    /// How many of them were a fraud.
    pub frauds: u64,
    /// Their scores, added up.
    sum: u64,
}

impl Part {
    /// The mean score, which is the fraud expected in a thousand; none where nothing was judged.
    #[must_use]
    pub const fn said(&self) -> Option<u64> {
        self.sum.checked_div(self.judged)
    }

    /// The fraud found in a thousand; none where nothing was judged.
    #[must_use]
    pub const fn found(&self) -> Option<u64> {
        self.frauds.saturating_mul(1_000).checked_div(self.judged)
    }
}

/// What scores of `model` said beside what staff found. Only cases are judged, and only some of them,
/// so this says nothing of attempts that no rule showed to anybody.
pub async fn calibration(book: &Book, model: &str) -> Result<[Part; PARTS], RecordError> {
    let mut parts = [Part::default(); PARTS];
    for (part, number) in parts.iter_mut().zip(0_u16..) {
        part.from = number.saturating_mul(PART);
    }
    for scored in book.every::<CaseScore>("model", model).await? {
        let Some(finding) = book.find::<Finding>(scored.case_id).await? else { continue };
        let at = usize::from(scored.said.score.min(999).div_euclid(PART));
        let Some(part) = parts.get_mut(at) else { continue };
        part.judged = part.judged.saturating_add(1);
        part.sum = part.sum.saturating_add(scored.said.score.into());
        let is_fraud = u64::from(finding.found == Found::Fraud);
        part.frauds = part.frauds.saturating_add(is_fraud);
    }
    Ok(parts)
}
