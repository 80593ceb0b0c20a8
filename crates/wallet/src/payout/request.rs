//! Asking for a payout.

use jiff::Timestamp;
use kanuki_desk::incident::Service;
use kanuki_domain::{
    Ctx, Yen,
    id::{CustomerId, LinkId, PayoutId},
    limits::WALLET_BALANCE_MAX,
    mandate::later,
};
use kanuki_record::{AuditEntry, RecordError, Unit};
use kanuki_wire::transaction::Signed;

use super::{PayingOut, Payout, PayoutState};
use crate::{
    Customer, Refusal, Wallet, WalletError,
    error::insist,
    link::Link,
    proof::{Given, nonce},
    risk::{Leaving, To},
    rules::Act,
};

impl Wallet {
    /// What the customer confirms and signs to pay out to their own account.
    ///
    /// An account that was just connected takes nothing for a day: [`WalletError::TooEarly`].
    pub async fn start_paying_out(
        &self,
        ctx: &Ctx<'_>,
        id: CustomerId,
        link_id: LinkId,
        amount: Yen,
    ) -> Result<(PayingOut, Option<String>), WalletError> {
        let customer = self.customer(id).await?;
        Self::require_leaving(&customer)?;
        let link = self.link_of(id, link_id).await?;
        self.require_payable(ctx, (&customer, &link), amount).await?;
        let signed = Signed::Payout {
            from: customer.wallet_id,
            amount,
            bank: self.partner(link.bank).await?.name,
            account_mask: link.account_mask.clone(),
            nonce: nonce(ctx),
        };
        let (asked, options) = self.ask_proof(&customer, &signed).await?;
        let to = To::Account(&link);
        let hold_secs = self.foresee_hold(ctx, &customer, (to, amount)).await?;
        let paying =
            PayingOut { signed, asked, link_id, amount, hold_secs, shown: None, device: None };
        Ok((paying, options))
    }

    async fn require_payable(
        &self,
        ctx: &Ctx<'_>,
        (customer, link): (&Customer, &Link),
        amount: Yen,
    ) -> Result<(), WalletError> {
        if amount.is_zero() || amount > WALLET_BALANCE_MAX {
            return Err(WalletError::Amount);
        }
        if !self.is_payable(customer, link).await? {
            return Err(WalletError::Stopped);
        }
        if self.stopped_there(link.bank, Service::Payouts).await?.is_some() {
            return Err(WalletError::Stopped);
        }
        let from = self.pays_out_from(link);
        if ctx.now < from { Err(WalletError::TooEarly { from }) } else { Ok(()) }
    }

    /// From when money can be paid out to this account: one that was just connected takes nothing.
    #[must_use]
    pub fn pays_out_from(&self, link: &Link) -> Timestamp {
        later(link.connected_at, self.rules.payout_wait_secs())
    }

    /// Pays out what was confirmed. `payout_id` derives from the confirmation, so that a second
    /// click is the same payout. Of several at once each is judged after the one before.
    pub async fn pay_out(
        &self,
        ctx: &Ctx<'_>,
        id: CustomerId,
        payout_id: PayoutId,
        paying: &PayingOut,
        given: &Given<'_>,
    ) -> Result<Payout, WalletError> {
        insist!(Box::pin(self.pay_out_once(ctx, id, payout_id, paying, given)).await)
    }

    async fn pay_out_once(
        &self,
        ctx: &Ctx<'_>,
        id: CustomerId,
        payout_id: PayoutId,
        paying: &PayingOut,
        given: &Given<'_>,
    ) -> Result<Payout, WalletError> {
        if let Some(known) = self.book.find::<Payout>(payout_id).await? {
            return if known.customer_id == id {
                self.drive_payout(ctx, payout_id).await
            } else {
                Err(WalletError::Different)
            };
        }
        let customer = self.customer(id).await?;
        Self::require_leaving(&customer)?;
        let link = self.link_of(id, paying.link_id).await?;
        self.require_payable(ctx, (&customer, &link), paying.amount).await?;
        let mut unit = Unit::new();
        let asked = (&paying.asked, given);
        let what = (&paying.signed, paying.shown.as_ref());
        let proof = self.check_proof(ctx, &mut unit, &customer, what, asked).await?;
        // Asked again: between page and press, other money may have left.
        let leaving = Leaving {
            to: To::Account(&link),
            amount: paying.amount,
            signed: proof.is_signed(),
            device: paying.device.as_deref(),
        };
        let signal = self.leaving(ctx, &customer, &leaving).await?;
        let about = payout_id.to_string();
        let verdict = self.weigh_movement(ctx, &mut unit, (signal, about)).await?;
        let state = if verdict.is_refusal() {
            PayoutState::Refused { reason: Refusal::TryLater, at: ctx.now }
        } else {
            PayoutState::Requested
        };
        let payout = Payout {
            payout_id,
            customer_id: id,
            wallet_id: customer.wallet_id,
            link_id: paying.link_id,
            bank: link.bank,
            amount: paying.amount,
            limits: self.rules.limits(Act::Payout, &customer, Some(&link), ctx.now),
            // The page promised it; what is learnt since only adds to it.
            hold_secs: verdict.hold_secs().max(paying.hold_secs),
            state,
            proof,
            requested_at: ctx.now,
            asking_since: None,
            asked: 0,
            next_at: ctx.now,
            by_hand: !link.takes_payouts,
        };
        unit.update(&customer).insert(&payout).audit(
            AuditEntry::new(ctx.now, id, "payout.requested", payout_id)
                .with("amount", payout.amount.amount())
                .with("link", payout.link_id),
        );
        match self.book.commit(unit).await {
            Ok(()) | Err(RecordError::Duplicate { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        self.obey(ctx, verdict).await;
        self.drive_payout(ctx, payout_id).await
    }

    /// One of this customer's payouts.
    pub async fn payout_of(
        &self,
        id: CustomerId,
        payout_id: PayoutId,
    ) -> Result<Payout, WalletError> {
        let payout = self.load::<Payout>(payout_id).await?;
        if payout.customer_id == id {
            Ok(payout.into_inner())
        } else {
            Err(WalletError::NotAvailable)
        }
    }

    /// Payouts of this customer that are held and can be taken back.
    pub async fn held_payouts(&self, id: CustomerId) -> Result<Vec<Payout>, WalletError> {
        let all = self.book.list::<Payout>("customer_id", &id.to_string()).await?;
        Ok(all
            .into_iter()
            .map(kanuki_record::Stored::into_inner)
            .filter(|p| matches!(p.state, PayoutState::Held { .. }))
            .collect())
    }
}
