//! A bank fetches what was told to it (RFC 8936), from the outbox that pushing empties too.

use kanuki_desk::signal::Passage;
use kanuki_domain::Ctx;
use kanuki_record::{AuditEntry, RecordError, Stored, Unit};
use kanuki_wire::set::{PollAnswer, PollRequest, SetRefusal};

use super::{OutEvent, due_for, held_for};
use crate::{PartnerBank, Wallet, WalletError};

/// The longest code of a refusal that is kept.
const CODE_CHARS_MAX: usize = 64;

impl Wallet {
    /// Notes what became of the tokens that a bank had, then hands out what waits for it, what stops
    /// money first and of what is as grave the oldest. The caller has proven which bank it is; somebody else's tokens are not touched.
    pub async fn fetch_events(
        &self,
        ctx: &Ctx<'_>,
        bank: &PartnerBank,
        asked: &PollRequest,
    ) -> Result<PollAnswer, WalletError> {
        for event_id in &asked.ack {
            self.fetched(ctx, bank, event_id, None).await?;
        }
        for (event_id, refusal) in &asked.set_errs {
            self.fetched(ctx, bank, event_id, Some(refusal)).await?;
        }
        let mut answer = PollAnswer::default();
        for event in self.untold(bank).await? {
            match self.passage_of(ctx, &event).await? {
                Passage::Push | Passage::Fetch => {}
                Passage::Hold | Passage::Drop => continue,
            }
            if answer.sets.len() >= asked.room() {
                answer.more_available = true;
                break;
            }
            answer.sets.insert(event.event_id.clone(), event.token.clone());
        }
        Ok(answer)
    }

    async fn untold(&self, bank: &PartnerBank) -> Result<Vec<Stored<OutEvent>>, WalletError> {
        let mut all = Vec::new();
        for state in [held_for(bank.code), due_for(bank.code)] {
            all.extend(self.book.every::<OutEvent>("state", &state).await?);
        }
        // Ids sort by time. One that changed places in between is there twice, and told once.
        all.sort_by_cached_key(|event| (event.gravity(), event.event_id.clone()));
        all.dedup_by(|one, other| one.event_id == other.event_id);
        Ok(all)
    }

    /// One token of the bank's is done with: it took it, or refuses it for good.
    async fn fetched(
        &self,
        ctx: &Ctx<'_>,
        bank: &PartnerBank,
        event_id: &str,
        refusal: Option<&SetRefusal>,
    ) -> Result<(), WalletError> {
        let found = self.book.find::<OutEvent>(event_id).await?;
        let mine = |e: &Stored<OutEvent>| e.bank == bank.code && e.due_at.is_some();
        // Acknowledged before, or never ours to tell this bank: one answer for all of them.
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
                let code: String = refusal.err.chars().take(CODE_CHARS_MAX).collect();
                tracing::warn!(event = event_id, code, "a bank refused an event for good");
                let entry = AuditEntry::new(ctx.now, bank.code, "event.refused", event_id);
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
