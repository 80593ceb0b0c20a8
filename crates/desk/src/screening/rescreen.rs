//! Everybody is screened again when a list comes, in steps that a crash may cut short anywhere.
//!
//! Whoever cannot be looked at stops nobody else: they are noted, and tried again once everybody else has
//! been. And no single person holds a crowd: past a number the round waits for another's agreement.

use std::{ops::Bound, sync::Arc};

use jiff::SignedDuration;
use kanuki_domain::Ctx;
use kanuki_formats::screening::Screener;
use kanuki_record::{AuditEntry, Record as _, RecordError, Stored, Unit};

use super::{
    Loaded, Occasion, Ports,
    hold::{Person, held},
    list::{self, Round},
};
use crate::DeskError;

/// The most people who are noted to be tried again; if it is more, something else is wrong, and the
/// round waits where it is.
const FAILED_MAX: usize = 1_000;
/// How many comparisons one step makes, so that what waits behind it does not wait long.
const COMPARED_MAX: usize = 1_000_000;
/// How long those who could not be looked at are left alone.
const AGAIN_AFTER: SignedDuration = SignedDuration::from_mins(5);

/// A step of a round: some people, one after the other, against one list.
#[derive(Debug)]
pub struct Step {
    list: Stored<Loaded>,
    /// How far the round was before it.
    began: Round,
    screener: Arc<Screener>,
}

impl Step {
    /// The next step, if a list is due.
    pub async fn next(ports: Ports<'_>, ctx: &Ctx<'_>) -> Result<Option<Self>, RecordError> {
        let Some(list) = list::due(ports.book, ctx.now).await? else { return Ok(None) };
        let screener = list::screener(ports.book, &list.version).await?;
        let began = list.round.clone();
        Ok(Some(Self { list, began, screener }))
    }

    /// The last person who was looked at before.
    #[must_use]
    pub fn after(&self) -> &str {
        &self.list.round.after
    }

    /// How many people it looks at, of `most`: fewer where the list is long.
    #[must_use]
    pub fn people(&self, most: usize) -> usize {
        COMPARED_MAX.checked_div(self.list.entries).unwrap_or(most).clamp(1, most)
    }

    /// Once everybody else has been: some of those who could not be looked at, each in turn.
    #[must_use]
    pub fn again(&self, most: usize) -> Option<Vec<String>> {
        let round = &self.list.round;
        round.again_at?;
        let after = (Bound::Excluded(round.after.as_str()), Bound::Unbounded);
        let mut next = round.failed.range::<str, _>(after).peekable();
        let is_over = next.peek().is_none();
        let from_start = round.failed.iter().filter(|_| is_over);
        Some(next.chain(from_start).take(most).cloned().collect())
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
        if round.is_too_much() {
            round.paused_at.get_or_insert(ctx.now);
        }
        Ok(())
    }

    /// Whether it waits for a second person's agreement.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.list.round.paused_at.is_some()
    }

    /// One who was looked at, or whose name we do not know.
    pub fn passed(&mut self, person_id: &str) {
        let round = &mut self.list.edit().round;
        person_id.clone_into(&mut round.after);
        if round.again_at.is_none() || round.failed.remove(person_id) {
            round.seen = round.seen.saturating_add(1);
        }
    }

    /// One who could not be looked at. Says whether the step may go on without them.
    #[must_use]
    pub fn missed(&mut self, person_id: &str) -> bool {
        let round = &mut self.list.edit().round;
        if round.failed.len() >= FAILED_MAX && !round.failed.contains(person_id) {
            return false;
        }
        round.failed.insert(person_id.to_owned());
        person_id.clone_into(&mut round.after);
        true
    }

    /// Notes how far it came; `is_last` when nobody is left who was not tried.
    pub async fn done(
        mut self,
        ports: Ports<'_>,
        ctx: &Ctx<'_>,
        is_last: bool,
    ) -> Result<(), DeskError> {
        let version = self.list.version.clone();
        let round = &mut self.list.edit().round;
        let is_through = is_last || round.again_at.is_some();
        if is_last {
            round.after.clear();
        }
        let act = if round.paused_at.is_some() {
            Some("screening.paused")
        } else if is_through && round.failed.is_empty() {
            round.done_at = Some(ctx.now);
            Some("screening.done")
        } else {
            round.again_at =
                is_through.then(|| ctx.now.checked_add(AGAIN_AFTER).unwrap_or(ctx.now));
            None
        };
        let ours = round.clone();
        loop {
            let mut unit = Unit::new();
            unit.update(&self.list);
            if let Some(act) = act {
                let entry = AuditEntry::new(ctx.now, "system", act, &version);
                unit.audit(entry.with("seen", ours.seen).with("held", ours.held));
            }
            match ports.book.commit(unit).await {
                Err(RecordError::Conflict { .. }) => {}
                done => return Ok(done?),
            }
            // Somebody asked that the list be ended, or has it stay: whom this step held still counts.
            // Another node that took the same step has counted them.
            let fresh = ports.book.find::<Loaded>(self.list.id()).await?;
            let Some(fresh) = fresh.filter(|fresh| fresh.round == self.began) else {
                return Ok(());
            };
            self.list = fresh;
            self.list.edit().round = ours.clone();
        }
    }
}
