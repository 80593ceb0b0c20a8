//! Looking for one account or customer among all that lists name: somebody stands at the counter.

use jiff::Timestamp;
use kanuki_domain::{Ctx, id::StaffId};
use kanuki_record::{AuditEntry, Book, RecordError, Stored, Unit};

use super::{Hit, HitState, Over};
use crate::DeskError;

/// How many hits one step ends.
const STEP_MAX: usize = 100;

impl Hit {
    /// As it stands at `now`: one that was proven and whose wait is over holds nothing any more, whether
    /// or not the row says so yet.
    #[must_use]
    pub fn at(mut self, now: Timestamp) -> Self {
        if let HitState::Proving { until } = self.state
            && until <= now
        {
            self.state = HitState::Over { how: Over::Proven, at: until };
        }
        self
    }
}

/// The hits about these accounts or customers, those that are over too. That somebody looked, and for
/// whom, is written down.
pub async fn look(
    book: &Book,
    ctx: &Ctx<'_>,
    by: StaffId,
    abouts: &[String],
) -> Result<Vec<Hit>, DeskError> {
    let mut found = Vec::new();
    let mut unit = Unit::new();
    for about in abouts {
        unit.audit(AuditEntry::new(ctx.now, by, "leak.looked", about));
        found.extend(book.find::<Hit>(about).await?.map(|hit| hit.into_inner().at(ctx.now)));
    }
    book.commit(unit).await?;
    Ok(found)
}

/// Writes down of some whose wait is over that they are; how many. Called by the worker: the page of
/// what holds is not filled by what does not.
pub async fn end_proven(book: &Book, ctx: &Ctx<'_>) -> Result<usize, RecordError> {
    let proving = book.every::<Hit>("state", "proving").await?;
    let is_over = |hit: &Stored<Hit>| !hit.is_standing(ctx.now);
    let mut ended: usize = 0;
    for mut hit in proving.into_iter().filter(is_over).take(STEP_MAX) {
        let over = hit.clone().into_inner().at(ctx.now);
        *hit.edit() = over;
        let mut unit = Unit::new();
        unit.update(&hit).audit(AuditEntry::new(ctx.now, "system", "leak.over", &hit.about));
        match book.commit(unit).await {
            Ok(()) => ended = ended.saturating_add(1),
            // Another list named it, or another node was faster, in this moment.
            Err(RecordError::Conflict { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(ended)
}
