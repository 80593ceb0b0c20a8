//! What a request shows that is good for it alone: its assertion, its proof.
//!
//! Each is noted in the very commit of what follows from it, so that a request costs one commit.
//! Where nothing follows, a refusal, it is noted by itself: what was sent once is never good again.

use kanuki_record::{Book, RecordError, Unit};

use crate::{BankError, pace::Counted, replay::Replay};

/// What was shown and is not noted yet. It must be settled before anything is answered.
#[must_use = "what was shown stays good until it is settled"]
#[derive(Debug, Default)]
pub(crate) struct Uses {
    shown: Vec<(Replay, fn() -> BankError)>,
    counted: Option<Counted>,
}

impl Uses {
    /// `shown`, and the refusal for whoever shows it again.
    pub(super) fn and(mut self, shown: Replay, again: fn() -> BankError) -> Self {
        self.shown.push((shown, again));
        self
    }

    /// The same for a request that was counted: one that was sent before is not its sender's.
    pub(super) fn counted(mut self, counted: Counted) -> Self {
        self.counted = Some(counted);
        self
    }

    /// Writes `unit` and notes everything in one commit. If the unit is refused, nothing is noted
    /// yet: [`Self::settle`] does.
    pub(crate) async fn commit(&mut self, book: &Book, mut unit: Unit) -> Result<(), RecordError> {
        for (shown, _) in &self.shown {
            unit.insert(shown);
        }
        book.commit(unit).await?;
        self.shown.clear();
        Ok(())
    }

    /// Notes everything now, before something follows that is a commit of its own. If any of it was
    /// used before, its refusal; what comes before that one is used up all the same.
    pub(crate) async fn note(&mut self, book: &Book) -> Result<(), BankError> {
        let shown = std::mem::take(&mut self.shown);
        let mut unit = Unit::new();
        for (shown, _) in &shown {
            unit.insert(shown);
        }
        if shown.is_empty() {
            return Ok(());
        }
        match book.commit(unit).await {
            Ok(()) => return Ok(()),
            Err(RecordError::Duplicate { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        for (shown, again) in shown {
            if !shown.note(book).await? {
                if let Some(counted) = self.counted.take() {
                    counted.take_back();
                }
                return Err(again());
            }
        }
        Ok(())
    }

    /// The answer, once nothing of what was shown can be shown again. That it was shown before is
    /// the answer, whatever else there is to say.
    pub(crate) async fn settle<T>(
        mut self,
        book: &Book,
        answer: Result<T, BankError>,
    ) -> Result<T, BankError> {
        self.note(book).await?;
        answer
    }
}
