//! What must happen without anybody asking: finishing what a crash or a lost answer left, sending
//! what is due, ending what has run out. Every one of these can run twice, or on two nodes.

mod lanes;

pub use lanes::Turns;

use kanuki_domain::{Ctx, limits::DAY_SECS, mandate::later};
use kanuki_ledger::{PendingState, TransferRecord};
use kanuki_record::{Order, PAGE_MAX, Record, RecordError, Stored, Unit};

use crate::{
    Wallet, WalletError,
    identity::IdentityAttempt,
    link::Linking,
    movement::pend_id,
    payment::Payment,
    payout::{Payout, PayoutState},
    recoup::Recoup,
    remittance::{Remittance, day_of},
    replay::Replay,
    risk::Attempt,
    topup::Approving,
};

/// Payouts that were refused lately and are looked at again.
const RECENT_MAX: usize = 50;

const fn is_pending(state: Option<PendingState>) -> bool {
    matches!(state, Some(PendingState::Pending { .. }))
}

/// What one round did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Round {
    /// Movements that were looked at.
    pub driven: usize,
    /// Of these, how many could not be driven now; they are tried again.
    pub failed: usize,
}

impl Round {
    const fn add(&mut self, other: Self) {
        self.driven = self.driven.saturating_add(other.driven);
        self.failed = self.failed.saturating_add(other.failed);
    }

    fn count<T>(&mut self, what: &str, result: Result<T, WalletError>) {
        self.driven = self.driven.saturating_add(1);
        if !Self::note(what, result) {
            self.failed = self.failed.saturating_add(1);
        }
    }

    /// Says whether it went well; one thing failing does not stop the others.
    fn note<T>(what: &str, result: Result<T, WalletError>) -> bool {
        if let Err(error) = &result {
            tracing::warn!(what, %error, "a movement could not be driven; it is tried again");
        }
        result.is_ok()
    }
}

impl Wallet {
    /// Drives every movement that is not settled and whose time has come.
    pub async fn recover(&self, ctx: &Ctx<'_>) -> Result<Round, WalletError> {
        self.recover_in_turns(ctx, &|| false).await
    }

    /// The same, where the turn of each bank ends once `is_over` says so: asked between two of its
    /// movements, so that a round lasts as long as one answer more than that.
    ///
    /// What no bank has a part in goes first: it waits for nobody.
    pub async fn recover_in_turns(
        &self,
        ctx: &Ctx<'_>,
        is_over: &(impl Fn() -> bool + Sync),
    ) -> Result<Round, WalletError> {
        let mut round = Round::default();
        round.count("freeze", self.drive_freezes(ctx).await);
        Round::note("recovery of a wallet", self.drive_recovery_asks(ctx).await);
        Round::note("releases", self.finish_releases(ctx).await);
        Round::note("stops that are told", self.tell_stops(ctx).await);
        Round::note("holds", self.finish_holds(ctx).await);
        self.recover_within(ctx, &mut round).await?;
        self.void_recent(ctx, &mut round).await?;
        round.add(self.recover_at_banks(ctx, is_over).await?);
        Ok(round)
    }

    /// Movements in which no bank has a part.
    async fn recover_within(&self, ctx: &Ctx<'_>, round: &mut Round) -> Result<(), WalletError> {
        for payment in self.book.list::<Payment>("state", "open").await? {
            round.count("payment", self.drive_payment(ctx, payment.payment_id).await);
        }
        for open in self.book.list::<Remittance>("state", "open").await? {
            round.count("remittance", self.drive_remittance(ctx, open.remittance_id).await);
        }
        for recoup in self.book.list::<Recoup>("state", "open").await? {
            round.count("recoup", self.drive_recoup(ctx, recoup.recoup_id).await);
        }
        Ok(())
    }

    /// A payout that was cancelled a moment ago may still have its reservation.
    async fn void_recent(&self, ctx: &Ctx<'_>, round: &mut Round) -> Result<(), WalletError> {
        let newest = Order::NewestFirst;
        for payout in self.book.page::<Payout>("state", "refused", newest, RECENT_MAX).await? {
            if let PayoutState::Cancelled { at } = payout.state
                && ctx.now.duration_since(at).as_secs() < 120
            {
                round.count("payout", self.void_cancelled(ctx, &payout).await);
            }
        }
        Ok(())
    }

    /// Writes down what the ledger let run out today or yesterday: money by link that nobody claimed.
    /// What is left of days before is found by [`Wallet::expire_every`].
    pub async fn expire(&self, ctx: &Ctx<'_>) -> Result<Round, WalletError> {
        let mut round = Round::default();
        for day in [later(ctx.now, -DAY_SECS), ctx.now].map(day_of) {
            let waiting = self.book.every::<Remittance>("ends", &day).await?;
            self.end_waiting(ctx, &waiting, &mut round).await?;
        }
        Ok(round)
    }

    /// The same for all that waits, also for rows from before they could be found by their day.
    pub async fn expire_every(&self, ctx: &Ctx<'_>) -> Result<usize, WalletError> {
        let mut round = Round::default();
        let waiting = self.book.every::<Remittance>("state", "waiting").await?;
        self.end_waiting(ctx, &waiting, &mut round).await?;
        Ok(round.driven)
    }

    /// Drives on what of `waiting` is over: the ledger says so of many at once.
    async fn end_waiting(
        &self,
        ctx: &Ctx<'_>,
        waiting: &[Stored<Remittance>],
        round: &mut Round,
    ) -> Result<(), WalletError> {
        for some in waiting.chunks(PAGE_MAX) {
            let money = |one: &Stored<Remittance>| pend_id(&one.remittance_id.to_string());
            let ids: Vec<_> = some.iter().map(money).collect();
            let found = self.ledger.lookup_transfers(&ids, ctx.now).await?;
            for (one, found) in some.iter().zip(found) {
                if found.is_some_and(|TransferRecord { pending, .. }| !is_pending(pending)) {
                    let id = one.remittance_id;
                    round.count("remittance", self.drive_remittance(ctx, id).await);
                }
            }
        }
        Ok(())
    }

    /// Forgets trips to the operator and to banks that were never finished, and what was used once
    /// and would be refused for its age now. Says how many rows went.
    pub async fn forget(&self, ctx: &Ctx<'_>) -> Result<usize, WalletError> {
        let attempts = self.forget_if::<IdentityAttempt>(|a| ctx.now >= a.expires_at).await?;
        let trips = self.forget_if::<Linking>(|l| l.is_over(ctx.now)).await?;
        let signing = self.forget_if::<Approving>(|a| a.is_over(ctx.now)).await?;
        let trips = trips.saturating_add(signing);
        let used = self.forget_if::<Replay>(|r| r.is_over(ctx.now)).await?;
        let policy = self.risk.policy();
        let counted = self.forget_if::<Attempt>(|a| a.is_over(ctx.now, &policy)).await?;
        let recoveries = self.forget_recoveries(ctx).await?;
        let used = used.saturating_add(counted).saturating_add(recoveries);
        Ok(attempts.saturating_add(trips).saturating_add(used))
    }

    async fn forget_if<T: Record>(
        &self,
        is_over: impl Fn(&T) -> bool + Send,
    ) -> Result<usize, WalletError> {
        let (mut gone, mut after) = (0_usize, String::new());
        loop {
            let page = self.book.scan::<T>(&after).await?;
            let Some(last) = page.last() else { return Ok(gone) };
            after = last.id();
            for row in page.iter().filter(|row| is_over(row)) {
                let mut unit = Unit::new();
                unit.delete(row);
                match self.book.commit(unit).await {
                    Ok(()) => gone = gone.saturating_add(1),
                    Err(RecordError::Conflict { .. }) => {}
                    Err(error) => return Err(error.into()),
                }
            }
        }
    }
}
