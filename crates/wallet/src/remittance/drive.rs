//! Brings a remittance to its end, from wherever a request or a crash left it.

use kanuki_desk::{gate::Gate, screening::gate as screening_gate};
use kanuki_domain::{Ctx, id::RemittanceId};
use kanuki_ledger::{PendingState, Transfer, TransferRecord};
use kanuki_record::{AuditEntry, RecordError, Stored, Unit};

use super::{LINK_WAITS_SECS, Remittance, RemittanceState, Way};
use crate::{
    Refusal, Wallet, WalletError, chart,
    customer::wallet_switch,
    movement::{Guards, pend_id},
};

impl Wallet {
    /// Takes a remittance as far as it can go. Calling it twice, or from two places, is fine.
    pub async fn drive_remittance(
        &self,
        ctx: &Ctx<'_>,
        id: RemittanceId,
    ) -> Result<Remittance, WalletError> {
        let remittance = self.load::<Remittance>(id).await?;
        let driven = match remittance.state {
            RemittanceState::Requested => self.move_remittance(ctx, remittance).await,
            RemittanceState::Held { until } => self.look_after_held(ctx, remittance, until).await,
            RemittanceState::Waiting => self.look_after_waiting(ctx, remittance).await,
            RemittanceState::Posted { .. }
            | RemittanceState::Returned { .. }
            | RemittanceState::Cancelled { .. }
            | RemittanceState::Refused { .. } => return Ok(remittance.into_inner()),
        };
        match driven {
            Err(WalletError::Record(RecordError::Conflict { .. })) => {
                Ok(self.load::<Remittance>(id).await?.into_inner())
            }
            other => other,
        }
    }

    async fn move_remittance(
        &self,
        ctx: &Ctx<'_>,
        mut remittance: Stored<Remittance>,
    ) -> Result<Remittance, WalletError> {
        let name = remittance.remittance_id.to_string();
        let from = chart::customer(remittance.from);
        let (amount, code) = (remittance.amount, chart::MOVED_REMITTANCE);
        let mut gates = vec![
            Gate::everything(),
            Gate::of("wallet", remittance.from),
            wallet_switch(remittance.from),
            screening_gate(remittance.from),
        ];
        let (money, after) = match &remittance.way {
            Way::Direct { to, to_customer, .. } => {
                gates.extend([Gate::of("wallet", *to), wallet_switch(*to), screening_gate(*to)]);
                if let Some(state) = remittance.hold() {
                    (Transfer::pending(pend_id(&name), from, chart::escrow(), amount, code), state)
                } else {
                    let to_account = chart::customer(*to);
                    let (to, to_customer) = (*to, *to_customer);
                    let state = RemittanceState::Posted { at: ctx.now, to, to_customer };
                    (Transfer::posted(pend_id(&name), from, to_account, amount, code), state)
                }
            }
            Way::Link { .. } => {
                let secs = u32::try_from(LINK_WAITS_SECS).unwrap_or(u32::MAX);
                let money = Transfer::pending(pend_id(&name), from, chart::escrow(), amount, code);
                (money.expires_after(secs), remittance.hold().unwrap_or(RemittanceState::Waiting))
            }
        };
        let money = money.with_user_data(remittance.remittance_id.bits());
        let guards = Guards { gates, limits: &remittance.limits };
        let made = self.make_chain(ctx, &guards, &name, amount, vec![money]).await?;
        if let Err(reason) = made {
            let reason = self.reason_for_sender(ctx, &remittance, reason).await?;
            remittance.edit().state = RemittanceState::Refused { reason, at: ctx.now };
            return self.keep_plain(ctx, remittance, "remittance.refused").await;
        }
        remittance.edit().state = after;
        match after {
            RemittanceState::Waiting => {
                self.keep_plain(ctx, remittance, "remittance.reserved").await
            }
            RemittanceState::Held { .. } => self.keep_held(ctx, remittance).await,
            _ => self.keep_received(ctx, remittance).await,
        }
    }

    /// A payee who is stopped is none of the sender's business: they read that it cannot be done now.
    async fn reason_for_sender(
        &self,
        ctx: &Ctx<'_>,
        remittance: &Remittance,
        reason: Refusal,
    ) -> Result<Refusal, WalletError> {
        let own = [
            Gate::everything(),
            Gate::of("wallet", remittance.from),
            wallet_switch(remittance.from),
            screening_gate(remittance.from),
        ];
        let is_payees = reason == Refusal::Stopped && self.are_open(ctx, &own).await?;
        Ok(if is_payees { Refusal::TryLater } else { reason })
    }

    pub(super) async fn keep_plain(
        &self,
        ctx: &Ctx<'_>,
        remittance: Stored<Remittance>,
        act: &'static str,
    ) -> Result<Remittance, WalletError> {
        let mut unit = Unit::new();
        unit.update(&remittance).audit(
            AuditEntry::new(ctx.now, "system", act, remittance.remittance_id)
                .with("amount", remittance.amount.amount()),
        );
        self.book.commit(unit).await?;
        Ok(remittance.into_inner())
    }

    /// Writes down what the ledger decided about money that waited: it went back by itself, or a
    /// claim or cancel was cut short by a crash.
    async fn look_after_waiting(
        &self,
        ctx: &Ctx<'_>,
        remittance: Stored<Remittance>,
    ) -> Result<Remittance, WalletError> {
        let id = pend_id(&remittance.remittance_id.to_string());
        let found = self.ledger.find_transfer(id, ctx.now).await?;
        match found.and_then(|TransferRecord { pending, .. }| pending) {
            Some(PendingState::Expired { .. }) => {
                self.give_back(ctx, &remittance.limits, &remittance.remittance_id.to_string())
                    .await?;
                self.take_back(ctx, remittance, RemittanceState::Returned { at: ctx.now }).await
            }
            Some(PendingState::Voided { .. }) => {
                self.take_back(ctx, remittance, RemittanceState::Cancelled { at: ctx.now }).await
            }
            Some(PendingState::Posted { .. }) => self.find_claimer(ctx, remittance).await,
            Some(PendingState::Pending { .. }) | None => Ok(remittance.into_inner()),
        }
    }

    /// A claim moved the money and could not write it down: escrow's own history says to whom.
    async fn find_claimer(
        &self,
        ctx: &Ctx<'_>,
        mut remittance: Stored<Remittance>,
    ) -> Result<Remittance, WalletError> {
        let filter = kanuki_ledger::Filter::newest(8_000);
        let history = self.ledger.account_transfers(chart::escrow(), filter, ctx.now).await?;
        let bits = remittance.remittance_id.bits();
        let moved = history
            .iter()
            .find(|r| r.transfer.debit_account == chart::escrow() && r.transfer.user_data == bits);
        let Some(moved) = moved else { return Ok(remittance.into_inner()) };
        let mut after = String::new();
        loop {
            let page = self.book.scan::<crate::Customer>(&after).await?;
            let Some(last) = page.last() else { return Ok(remittance.into_inner()) };
            after = last.customer_id.to_string();
            let payee =
                page.iter().find(|c| chart::customer(c.wallet_id) == moved.transfer.credit_account);
            if let Some(payee) = payee {
                let edit = remittance.edit();
                edit.to_name.clone_from(&payee.nickname);
                edit.state = RemittanceState::Posted {
                    at: ctx.now,
                    to: payee.wallet_id,
                    to_customer: payee.customer_id,
                };
                return self.keep_received(ctx, remittance).await;
            }
        }
    }
}
