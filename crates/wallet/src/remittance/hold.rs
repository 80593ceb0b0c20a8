//! Money to somebody else that waits out a hold (SG-04): it is out of reach of whoever drains the
//! wallet and of its payee, and its sender can take it back meanwhile.
//!
//! Held money is a reservation into escrow, like money by link. When its time is over, what was sent
//! directly moves on to its payee, and what was sent by link can be claimed. A hold is no clock
//! alone: money of or for somebody who was put on a list meanwhile waits on, and what was asked for
//! before its wallet was frozen goes back when the wallet goes on.

use jiff::Timestamp;
use kanuki_desk::outbox::Content;
use kanuki_domain::{
    Ctx,
    id::{CustomerId, WalletId},
};
use kanuki_ledger::{PendingState, Transfer, TransferRecord};
use kanuki_record::{AuditEntry, Stored, Unit};
use kanuki_risk::{Key, Kind};

use super::{Remittance, RemittanceState, Way};
use crate::{
    Wallet, WalletError,
    movement::{Settled, pend_id, void_id},
};

impl Wallet {
    /// Money of this customer that is held and can be taken back, newest first.
    pub async fn held_remittances(&self, id: CustomerId) -> Result<Vec<Remittance>, WalletError> {
        let all = self.book.list::<Remittance>("customer_id", &id.to_string()).await?;
        Ok(all
            .into_iter()
            .map(Stored::into_inner)
            .filter(|r| matches!(r.state, RemittanceState::Held { .. }))
            .collect())
    }

    /// Writes down that it is held, and tells its sender until when.
    pub(super) async fn keep_held(
        &self,
        ctx: &Ctx<'_>,
        remittance: Stored<Remittance>,
    ) -> Result<Remittance, WalletError> {
        let known = self.known(remittance.customer_id).await?;
        let mut unit = Unit::new();
        unit.update(&remittance).audit(
            AuditEntry::new(ctx.now, "system", "remittance.held", remittance.remittance_id)
                .with("amount", remittance.amount.amount())
                .with("secs", remittance.hold_secs),
        );
        let content = Content::new("send_held").with("amount", remittance.amount);
        self.tell(&mut unit, ctx, &known, content)?;
        self.book.commit(unit).await?;
        Ok(remittance.into_inner())
    }

    /// Lets it go when its time is over; writes down what a crash cut short.
    pub(super) async fn look_after_held(
        &self,
        ctx: &Ctx<'_>,
        remittance: Stored<Remittance>,
        until: Timestamp,
    ) -> Result<Remittance, WalletError> {
        let id = pend_id(&remittance.remittance_id.to_string());
        let found = self.ledger.find_transfer(id, ctx.now).await?;
        match found.and_then(|TransferRecord { pending, .. }| pending) {
            Some(PendingState::Voided { .. }) => {
                self.take_back(ctx, remittance, RemittanceState::Cancelled { at: ctx.now }).await
            }
            Some(PendingState::Expired { .. }) => self.return_held(ctx, remittance).await,
            // Whoever is watched waits until two people let them go; the sender can take it back.
            Some(PendingState::Pending { .. })
                if !self.remittance_kept_by(ctx, &remittance).is_empty() =>
            {
                Ok(remittance.into_inner())
            }
            Some(PendingState::Pending { .. } | PendingState::Posted { .. })
                if ctx.now >= until =>
            {
                self.release_held_remittance(ctx, remittance).await
            }
            Some(PendingState::Pending { .. } | PendingState::Posted { .. }) | None => {
                Ok(remittance.into_inner())
            }
        }
    }

    /// The watch lists that keep it where it is, however much time is over.
    pub(crate) fn remittance_kept_by(&self, ctx: &Ctx<'_>, remittance: &Remittance) -> Vec<String> {
        let mut keys = vec![
            Key::Wallet(remittance.from.to_string()),
            Key::Person(remittance.customer_id.to_string()),
        ];
        if let Way::Direct { to, .. } = &remittance.way {
            keys.push(Key::Payee(to.to_string()));
        }
        self.watched_on(Kind::Remittance, keys, ctx.now)
    }

    async fn release_held_remittance(
        &self,
        ctx: &Ctx<'_>,
        mut remittance: Stored<Remittance>,
    ) -> Result<Remittance, WalletError> {
        let Way::Direct { to, to_customer, .. } = &remittance.way else {
            remittance.edit().state = RemittanceState::Waiting;
            return self.keep_plain(ctx, remittance, "remittance.reserved").await;
        };
        let (to, to_customer) = (*to, *to_customer);
        if !self.can_take(ctx, (to, to_customer), &remittance).await? {
            let name = remittance.remittance_id.to_string();
            let void = Transfer::void(void_id(&name), pend_id(&name));
            return match self.settle(ctx, void, Vec::new()).await? {
                Settled::Done => self.return_held(ctx, remittance).await,
                // It has moved on already: the next round sees where to.
                Settled::Otherwise => Ok(remittance.into_inner()),
            };
        }
        match self.move_claimed(ctx, &remittance, to).await {
            Ok(()) => {}
            // Somebody is stopped: it stays where it is, and is tried again.
            Err(WalletError::NotAvailable) => return Ok(remittance.into_inner()),
            Err(error) => return Err(error),
        }
        remittance.edit().state = RemittanceState::Posted { at: ctx.now, to, to_customer };
        self.keep_received(ctx, remittance).await
    }

    /// Whether the payee has a wallet and may still hold so much; what has arrived already needs no room.
    async fn can_take(
        &self,
        ctx: &Ctx<'_>,
        (to, to_customer): (WalletId, CustomerId),
        remittance: &Remittance,
    ) -> Result<bool, WalletError> {
        let id = pend_id(&remittance.remittance_id.to_string());
        let found = self.ledger.find_transfer(id, ctx.now).await?;
        let pending = found.and_then(|TransferRecord { pending, .. }| pending);
        if !matches!(pending, Some(PendingState::Pending { .. })) {
            return Ok(true);
        }
        if self.customer(to_customer).await?.closure.is_shut() {
            return Ok(false);
        }
        match self.require_room(ctx, to, remittance.amount).await {
            Ok(()) => Ok(true),
            Err(WalletError::BalanceFull) => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn return_held(
        &self,
        ctx: &Ctx<'_>,
        remittance: Stored<Remittance>,
    ) -> Result<Remittance, WalletError> {
        let name = remittance.remittance_id.to_string();
        self.give_back(ctx, &remittance.limits, &name).await?;
        self.take_back(ctx, remittance, RemittanceState::Returned { at: ctx.now }).await
    }
}
