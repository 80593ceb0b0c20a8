//! Everybody is screened again when a list comes, in steps that a crash may cut short anywhere.

use kanuki_domain::Ctx;
use kanuki_formats::screening::Screener;
use kanuki_record::{AuditEntry, RecordError, Stored, Unit};

use super::{
    Loaded, Occasion, Ports,
    hold::{Person, held},
    list,
};
use crate::DeskError;

/// A step of a round: some people, one after the other, against one list.
#[derive(Debug)]
pub struct Step {
    list: Stored<Loaded>,
    screener: Screener,
}

impl Step {
    /// The next step, if a list is due.
    pub async fn next(ports: Ports<'_>) -> Result<Option<Self>, RecordError> {
        let Some(list) = list::due(ports.book).await? else { return Ok(None) };
        let screener = list::screener(ports.book, &list.version).await?;
        Ok(Some(Self { list, screener }))
    }

    /// The last person who was looked at before.
    #[must_use]
    pub fn after(&self) -> &str {
        &self.list.round.after
    }

    /// Looks at one person. Whoever is held stays held, also if the step is cut short after it.
    pub async fn look(
        &mut self,
        ports: Ports<'_>,
        ctx: &Ctx<'_>,
        person: Person<'_>,
    ) -> Result<(), DeskError> {
        let found = self.screener.find(person.who);
        let from = (&*self.list, Occasion::ListChanged);
        let new = held(ports, ctx, person, from, &found).await?;
        let round = &mut self.list.edit().round;
        round.held = round.held.saturating_add(u64::from(new > 0));
        Ok(())
    }

    /// One who was looked at, or whose name we do not know.
    pub fn passed(&mut self, person_id: &str) {
        let round = &mut self.list.edit().round;
        person_id.clone_into(&mut round.after);
        round.seen = round.seen.saturating_add(1);
    }

    /// Notes how far it came; `is_last` when nobody is left.
    pub async fn done(
        mut self,
        ports: Ports<'_>,
        ctx: &Ctx<'_>,
        is_last: bool,
    ) -> Result<(), DeskError> {
        let mut unit = Unit::new();
        if is_last {
            let round = &mut self.list.edit().round;
            round.done_at = Some(ctx.now);
            let entry = AuditEntry::new(ctx.now, "system", "screening.done", &self.list.version);
            unit.audit(entry.with("seen", self.list.round.seen).with("held", self.list.round.held));
        }
        unit.update(&self.list);
        match ports.book.commit(unit).await {
            // Another node took the same step, or somebody asked that the list be ended.
            Ok(()) | Err(RecordError::Conflict { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}
