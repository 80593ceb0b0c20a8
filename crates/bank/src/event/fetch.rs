//! A partner fetches what was told to it (RFC 8936), from the outbox that pushing empties too.

use kanuki_desk::signal::Passage;
use kanuki_domain::Ctx;
use kanuki_record::{AuditEntry, RecordError, Stored, Unit};
use kanuki_wire::set::{PollAnswer, PollRequest, SetRefusal};

use super::{Event, due_for, held_for};
use crate::{Bank, BankError, partner::Partner};

/// The longest code of a refusal that is kept.
const CODE_BYTES_MAX: usize = 64;

impl Bank {
    /// Notes what became of the tokens that a partner had, then hands out what waits for it, what
    /// stops money first and of what is as grave the oldest. The caller has proven who it is; somebody else's tokens are not touched.
    pub async fn fetch_events(
        &self,
        ctx: &Ctx<'_>,
        partner: &Partner,
        asked: &PollRequest,
    ) -> Result<PollAnswer, BankError> {
        for event_id in &asked.ack {
            self.fetched(ctx, partner, event_id, None).await?;
        }
        for (event_id, refusal) in &asked.set_errs {
            self.fetched(ctx, partner, event_id, Some(refusal)).await?;
        }
        let mut answer = PollAnswer::default();
        for event in self.untold(partner).await? {
            match self.passage_of(ctx, &event).await? {
                Passage::Push | Passage::Fetch => {}
                Passage::Hold | Passage::Drop => continue,
            }
            if answer.sets.len() >= asked.room() {
                answer.more_available = true;
                break;
            }
            let push = self.signed(partner, &event)?;
            answer.sets.insert(push.event_id, push.token);
        }
        Ok(answer)
    }

    async fn untold(&self, partner: &Partner) -> Result<Vec<Stored<Event>>, BankError> {
        let mut all = Vec::new();
        for state in [held_for(&partner.client_id), due_for(&partner.client_id)] {
            all.extend(self.book.every::<Event>("state", &state).await?);
        }
        all.sort_by_cached_key(|event| (event.gravity(), event.at, event.event_id.clone()));
        // One that changed places in between is there twice, and told once.
        all.dedup_by(|one, other| one.event_id == other.event_id);
        Ok(all)
    }

    /// One token of the partner's is done with: it took it, or refuses it for good.
    async fn fetched(
        &self,
        ctx: &Ctx<'_>,
        partner: &Partner,
        event_id: &str,
        refusal: Option<&SetRefusal>,
    ) -> Result<(), BankError> {
        let found = self.book.find::<Event>(event_id).await?;
        let mine = |e: &Stored<Event>| e.client_id == partner.client_id && e.due_at.is_some();
        // Acknowledged before, or never ours to tell this partner: one answer for all of them.
        let Some(mut event) = found.filter(mine) else { return Ok(()) };
        let mut unit = Unit::new();
        let edit = event.edit();
        match refusal {
            None => {
                edit.due_at = None;
                edit.taken_at = Some(ctx.now);
            }
            Some(refusal) => {
                edit.give_up(ctx.now);
                let code: String = refusal.err.chars().take(CODE_BYTES_MAX).collect();
                tracing::warn!(event.id = event_id, code, "a partner refused an event for good");
                let entry = AuditEntry::new(ctx.now, &partner.client_id, "event.refused", event_id);
                unit.audit(entry.with("code", &code));
                edit.refused = Some(code);
            }
        }
        unit.update(&event);
        match self.book.commit(unit).await {
            // A push of it was acknowledged, or failed, at the same moment: it comes again.
            Ok(()) | Err(RecordError::Conflict { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}
