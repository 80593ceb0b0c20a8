//! What waits for a bank, and what came of pushing it.

use kanuki_desk::signal::{
    Passage, is_pushed, passage,
    queue::{self, Heard},
};
use kanuki_domain::{Ctx, bank_account::BankCode};
use kanuki_record::{Order, PAGE_MAX, RecordError, Stored, Unit};

use super::{OutEvent, due_for, held_for};
use crate::{PartnerBank, Wallet, WalletError};

impl Wallet {
    /// Events that are due to `bank` now: what stops money first, of what is as grave those that were
    /// tried least, of these the oldest. What was refused many times goes last, so that none that cannot
    /// arrive stands before one that can. None while it does not answer.
    pub async fn due_events(
        &self,
        ctx: &Ctx<'_>,
        bank: &PartnerBank,
    ) -> Result<Vec<Stored<OutEvent>>, WalletError> {
        if queue::is_paused(&self.book, ctx.now, &bank.code.to_string()).await? {
            return Ok(Vec::new());
        }
        self.release_events(ctx, bank.code).await?;
        let mut due = self.book.every::<OutEvent>("state", &due_for(bank.code)).await?;
        due.retain(|event| event.due_at.is_some_and(|at| at <= ctx.now));
        // By id, they came by time.
        due.sort_by_key(|event| event.gravity().place(event.attempts, event.refusals));
        let mut pushes = Vec::new();
        for event in due {
            match self.passage_of(ctx, &event).await? {
                Passage::Push => pushes.push(event),
                Passage::Fetch | Passage::Hold => {
                    self.note(event, |event| event.is_held = true).await?;
                }
                Passage::Drop => self.note(event, |event| event.give_up(ctx.now)).await?,
            }
        }
        Ok(pushes)
    }

    /// Pushes one event to its bank, and says what came of it.
    pub async fn push_event(&self, ctx: &Ctx<'_>, bank: &PartnerBank, event: &OutEvent) -> Heard {
        let heard = self.banks.tell(ctx, bank, &event.token).await;
        if heard != Heard::Taken {
            tracing::info!(event = event.event_id, ?heard, "event not taken yet");
        }
        heard
    }

    /// Notes what came of a push.
    pub async fn event_pushed(
        &self,
        ctx: &Ctx<'_>,
        event: Stored<OutEvent>,
        heard: Heard,
    ) -> Result<(), WalletError> {
        queue::note(&self.book, ctx.now, &event.bank.to_string(), heard).await?;
        let change = |event: &mut OutEvent| {
            event.attempts = event.attempts.saturating_add(1);
            event.refusals = event.refusals.saturating_add(u32::from(heard == Heard::Refused));
            if heard == Heard::Taken {
                event.due_at = None;
                event.taken_at = Some(ctx.now);
            } else if let Some(again_at) = heard.again_at(ctx.now, event.attempts) {
                event.due_at = Some(again_at);
            }
        };
        self.note(event, change).await
    }

    /// Puts events that were written before banks had a queue each into theirs.
    pub async fn queue_events(&self) -> Result<usize, WalletError> {
        let old = self.book.page::<OutEvent>("state", "due", Order::OldestFirst, PAGE_MAX).await?;
        let count = old.len();
        for event in old {
            self.note(event, |_| {}).await?;
        }
        Ok(count)
    }

    pub(super) async fn passage_of(
        &self,
        ctx: &Ctx<'_>,
        event: &OutEvent,
    ) -> Result<Passage, WalletError> {
        let about = (event.uri.as_str(), event.subject.as_str());
        Ok(passage(&self.book, ctx.now, &event.bank.to_string(), about).await?)
    }

    /// Lets go what was held for a bank that wants it pushed by now.
    async fn release_events(&self, ctx: &Ctx<'_>, bank: BankCode) -> Result<(), WalletError> {
        if !is_pushed(&self.book, ctx.now, &bank.to_string()).await? {
            return Ok(());
        }
        for event in self.book.every::<OutEvent>("state", &held_for(bank)).await? {
            self.note(event, |event| event.is_held = false).await?;
        }
        Ok(())
    }

    /// Writes one event; another node, or its bank that fetched it, was faster.
    pub(super) async fn note(
        &self,
        mut event: Stored<OutEvent>,
        change: impl FnOnce(&mut OutEvent) + Send,
    ) -> Result<(), WalletError> {
        change(event.edit());
        let mut unit = Unit::new();
        unit.update(&event);
        match self.book.commit(unit).await {
            Ok(()) | Err(RecordError::Conflict { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}
