//! What waits for a partner, and what came of pushing it.

use kanuki_desk::signal::{
    Passage,
    gravity::Gravity,
    is_pushed, passage,
    queue::{self, Heard},
};
use kanuki_domain::Ctx;
use kanuki_record::{Order, PAGE_MAX, RecordError, Stored, Unit};
use kanuki_wire::set::{self, SecurityEvent};

use super::{Event, due_for, held_for};
use crate::{Bank, BankError, partner::Partner};

/// A token ready to be pushed.
#[derive(Clone, Debug)]
pub struct Push {
    /// Which event.
    pub event_id: String,
    /// Where to: from the registry, never from a request.
    pub url: String,
    /// The signed token.
    pub token: String,
    /// How much hangs on it.
    pub gravity: Gravity,
}

impl Bank {
    /// Tokens that are due to `partner` now: what stops money first, of what is as grave those that were
    /// tried least, of these the oldest. What was refused many times goes last, so that none that cannot
    /// arrive stands before one that can. None while it does not answer.
    pub async fn due_events(
        &self,
        ctx: &Ctx<'_>,
        partner: &Partner,
    ) -> Result<Vec<Push>, BankError> {
        if queue::is_paused(&self.book, ctx.now, &partner.client_id).await? {
            return Ok(Vec::new());
        }
        self.release_events(ctx, &partner.client_id).await?;
        let mut due = self.book.every::<Event>("state", &due_for(&partner.client_id)).await?;
        due.retain(|event| event.due_at.is_some_and(|at| at <= ctx.now));
        due.sort_by_cached_key(|event| {
            (event.gravity().place(event.attempts, event.refusals), event.at)
        });
        let mut pushes = Vec::new();
        for event in due {
            match self.passage_of(ctx, &event).await? {
                Passage::Push => {}
                Passage::Fetch | Passage::Hold => {
                    self.note(event, |event| event.is_held = true).await?;
                    continue;
                }
                Passage::Drop => {
                    self.note(event, |event| event.give_up(ctx.now)).await?;
                    continue;
                }
            }
            // One that cannot be made waits, and stops no other.
            match self.signed(partner, &event) {
                Ok(push) => pushes.push(push),
                Err(error) => tracing::warn!(%error, event.id = event.event_id, "event waits"),
            }
        }
        Ok(pushes)
    }

    /// Puts events that were written before partners had a queue each into theirs.
    pub async fn queue_events(&self) -> Result<usize, BankError> {
        let old = self.book.page::<Event>("state", "due", Order::OldestFirst, PAGE_MAX).await?;
        let count = old.len();
        for event in old {
            self.note(event, |_| {}).await?;
        }
        Ok(count)
    }

    pub(super) async fn passage_of(
        &self,
        ctx: &Ctx<'_>,
        event: &Event,
    ) -> Result<Passage, BankError> {
        let about = (event.told().uri(), event.account_ref.as_str());
        Ok(passage(&self.book, ctx.now, &event.client_id, about).await?)
    }

    /// Lets go what was held for a partner that wants it pushed by now.
    async fn release_events(&self, ctx: &Ctx<'_>, client_id: &str) -> Result<(), BankError> {
        if !is_pushed(&self.book, ctx.now, client_id).await? {
            return Ok(());
        }
        for event in self.book.every::<Event>("state", &held_for(client_id)).await? {
            self.note(event, |event| event.is_held = false).await?;
        }
        Ok(())
    }

    /// Writes one event; another node that was faster did the same.
    pub(super) async fn note(
        &self,
        mut event: Stored<Event>,
        change: impl FnOnce(&mut Event),
    ) -> Result<(), BankError> {
        change(event.edit());
        let mut unit = Unit::new();
        unit.update(&event);
        match self.book.commit(unit).await {
            Ok(()) | Err(RecordError::Conflict { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// The token of one event.
    pub(super) fn signed(&self, partner: &Partner, event: &Event) -> Result<Push, BankError> {
        let told = SecurityEvent {
            jti: event.event_id.clone(),
            txn: event.case_id.map(|case| case.to_string()).or_else(|| event.cause.clone()),
            subject: event.account_ref.clone(),
            issued_at: event.at,
            event: event.told(),
        };
        let gravity = event.gravity();
        let token = set::make(&self.set_key, &self.config.issuer, &partner.issuer, &told)
            .map_err(|_| BankError::NotAvailable)?;
        let url = partner.events_url.clone();
        Ok(Push { event_id: event.event_id.clone(), url, token, gravity })
    }

    /// Notes what came of a push.
    pub async fn event_pushed(
        &self,
        ctx: &Ctx<'_>,
        event_id: &str,
        heard: Heard,
    ) -> Result<(), BankError> {
        let mut event: Stored<Event> = crate::holder::load(&self.book, event_id).await?;
        queue::note(&self.book, ctx.now, &event.client_id, heard).await?;
        if event.due_at.is_none() {
            // Fetched and acknowledged while it was on its way.
            return Ok(());
        }
        let edit = event.edit();
        edit.attempts = edit.attempts.saturating_add(1);
        edit.refusals = edit.refusals.saturating_add(u32::from(heard == Heard::Refused));
        if heard == Heard::Taken {
            edit.due_at = None;
            edit.taken_at = Some(ctx.now);
        } else if let Some(again_at) = heard.again_at(ctx.now, edit.attempts) {
            edit.due_at = Some(again_at);
        }
        let mut unit = Unit::new();
        unit.update(&event);
        Ok(self.book.commit(unit).await?)
    }
}
