//! The score that a rule's case was opened with.
//!
//! It is a row of its own beside the case and no part of it: packs, notices and partners are told from
//! the case, and a score with its reasons is for staff alone.

use kanuki_domain::id::CaseId;
use kanuki_record::{Book, RecordError, Stored, Unit, record};
use kanuki_risk::{Record, Seen, model::Said};
use serde::{Deserialize, Serialize};

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
    many model = |s| Some(s.said.model.to_string());
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
