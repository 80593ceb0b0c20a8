//! What must happen without anybody asking: finishing what a crash or a lost answer left, sending
//! what is due, ending what has run out. Every one of these can run twice, or on two nodes.

use kanuki_desk::claim::Claim;
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
    refund::Refund,
    remittance::{Remittance, day_of},
    replay::Replay,
    risk::Attempt,
    topup::{Approving, Topup},
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
    fn count<T>(&mut self, what: &str, result: Result<T, WalletError>) {
        self.driven = self.driven.saturating_add(1);
        if let Err(error) = result {
            self.failed = self.failed.saturating_add(1);
            tracing::warn!(what, %error, "a movement could not be driven; it is tried again");
        }
    }
}

impl Wallet {
    /// Drives every movement that is not settled and whose time has come.
    pub async fn recover(&self, ctx: &Ctx<'_>) -> Result<Round, WalletError> {
        let mut round = Round::default();
        for topup in self.book.list::<Topup>("state", "open").await? {
            if topup.next_at <= ctx.now {
                round.count("topup", self.drive_topup(ctx, topup.topup_id).await);
            }
        }
        for payout in self.book.list::<Payout>("state", "open").await? {
            if payout.next_at <= ctx.now {
                round.count("payout", self.drive_payout(ctx, payout.payout_id).await);
            }
        }
        for refund in self.book.list::<Refund>("state", "open").await? {
            if refund.next_at <= ctx.now {
                round.count("refund", self.drive_refund(ctx, refund.refund_id).await);
            }
        }
        for recoup in self.book.list::<Recoup>("state", "open").await? {
            round.count("recoup", self.drive_recoup(ctx, recoup.recoup_id).await);
        }
        for claim in self.book.list::<Claim>("progress", "paying").await? {
            round.count("claim", self.drive_claim(ctx, claim.case_id).await);
        }
        for link_id in self.due_endings(ctx).await? {
            round.count("end of a mandate", self.drive_ending(ctx, link_id).await);
        }
        round.count("freeze", self.drive_freezes(ctx).await);
        self.drive_recovery_asks(ctx).await?;
        self.recover_within(ctx, &mut round).await?;
        self.void_recent(ctx, &mut round).await?;
        self.finish_releases(ctx).await?;
        self.finish_holds(ctx).await?;
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
        let counted = self.forget_if::<Attempt>(|a| a.is_over(ctx.now)).await?;
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
