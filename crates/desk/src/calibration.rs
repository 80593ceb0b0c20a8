//! Whether the model's score means what it says: of the cases that were opened with it, by tenths of the
//! score, how many staff found to be a fraud ([`quality`](crate::quality)).
//!
//! Only attempts for which a rule that tells the desk held have a case, so this is no measure of all
//! attempts; and a case that nobody judged says nothing.

use kanuki_record::{Book, Order, PAGE_MAX, RecordError};

use crate::{
    quality::{Finding, Found},
    score::CaseScore,
};

/// Cases whose score was within one tenth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tenth {
    /// The least score of this tenth.
    pub from: u16,
    /// Found to be a fraud.
    pub fraud: u64,
    /// Found to be somebody honest.
    pub honest: u64,
    /// Judged by nobody.
    pub unlabelled: u64,
    /// The scores of those that somebody judged, added up.
    scores: u64,
}

impl Tenth {
    /// Of those that somebody judged, what the model said on average, in thousandths; nothing where
    /// nobody judged any.
    #[must_use]
    pub fn said(&self) -> Option<u64> {
        self.scores.checked_div(self.labelled())
    }

    /// Of those that somebody judged, how many were a fraud, in thousandths.
    #[must_use]
    pub fn found(&self) -> Option<u64> {
        self.fraud.saturating_mul(1_000).checked_div(self.labelled())
    }

    /// How many somebody judged.
    #[must_use]
    pub const fn labelled(&self) -> u64 {
        self.fraud.saturating_add(self.honest)
    }

    fn count(&mut self, score: u16, found: Option<Found>) {
        let count = match found {
            Some(Found::Fraud) => &mut self.fraud,
            Some(Found::Honest) => &mut self.honest,
            None => &mut self.unlabelled,
        };
        *count = count.saturating_add(1);
        if found.is_some() {
            self.scores = self.scores.saturating_add(score.into());
        }
    }
}

/// The newest cases that were opened with a score of `model`, at most a page, by tenths of the score;
/// tenths without a case are left out.
pub async fn of_model(book: &Book, model: &str) -> Result<Vec<Tenth>, RecordError> {
    let mut tenths: [Tenth; 10] = [0_u16, 1, 2, 3, 4, 5, 6, 7, 8, 9]
        .map(|tenth| Tenth { from: tenth.saturating_mul(100), ..Tenth::default() });
    for scored in book.page::<CaseScore>("model", model, Order::NewestFirst, PAGE_MAX).await? {
        let found = book.find::<Finding>(scored.case_id).await?.map(|finding| finding.found);
        let tenth = usize::from(scored.said.score.min(999)).div_euclid(100);
        if let Some(tenth) = tenths.get_mut(tenth) {
            tenth.count(scored.said.score, found);
        }
    }
    let has_any = |tenth: &Tenth| tenth.labelled().saturating_add(tenth.unlabelled) > 0;
    Ok(tenths.into_iter().filter(has_any).collect())
}
