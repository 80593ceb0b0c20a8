//! Sending to the wallet that asked.

use kanuki_domain::{
    Ctx, Yen,
    id::{CustomerId, RemittanceId, RequestId, WalletId},
    limits::WALLET_BALANCE_MAX,
};
use kanuki_formats::text::safe_line;
use kanuki_record::{AuditEntry, RecordError, Unit};
use kanuki_wire::transaction::Signed;

use super::{MESSAGE_MAX, Remittance, RemittanceState, Sending, Way};
use crate::{
    Customer, Refusal, Wallet, WalletError, chart,
    error::insist,
    proof::{Given, nonce},
    risk::{Leaving, To, Verdict, reaching},
    rules::Act,
};

impl Wallet {
    /// What the customer confirms and signs to pay a request; the text is the passkey's options.
    ///
    /// An amount in the request is the amount; otherwise `amount` is.
    pub async fn start_sending(
        &self,
        ctx: &Ctx<'_>,
        id: CustomerId,
        request_id: RequestId,
        (amount, message): (Option<Yen>, &str),
    ) -> Result<(Sending, Option<String>), WalletError> {
        let customer = self.customer(id).await?;
        Self::require_open(&customer)?;
        let request = self.request(request_id).await?;
        if request.customer_id == id {
            return Err(WalletError::NotAvailable);
        }
        let amount = request.amount.or(amount).ok_or(WalletError::Amount)?;
        if amount.is_zero() || amount > WALLET_BALANCE_MAX {
            return Err(WalletError::Amount);
        }
        let signed = Signed::Remittance {
            from: customer.wallet_id,
            to: request.wallet_id,
            to_name: request.nickname.clone(),
            amount,
            nonce: nonce(ctx),
        };
        let (asked, options) = self.ask_proof(&customer, &signed).await?;
        let to = To::Wallet(request.wallet_id);
        let hold_secs = self.foresee_hold(ctx, &customer, (to, amount)).await?;
        let sending = Sending {
            signed,
            asked,
            request_id: Some(request_id),
            message: safe_line(message, MESSAGE_MAX),
            amount,
            to_name: request.nickname,
            hold_secs,
            shown: None,
            device: None,
        };
        Ok((sending, options))
    }

    /// Sends what was confirmed, to the wallet or into a link. `remittance_id` derives from the
    /// confirmation, so that a second click is the same remittance.
    ///
    /// Of several that leave one wallet at once each is judged after the one before: they all write
    /// the customer's row, and who was slower is judged again.
    pub async fn send(
        &self,
        ctx: &Ctx<'_>,
        id: CustomerId,
        remittance_id: RemittanceId,
        sending: &Sending,
        given: &Given<'_>,
    ) -> Result<Remittance, WalletError> {
        insist!(self.send_once(ctx, id, remittance_id, sending, given).await)
    }

    async fn send_once(
        &self,
        ctx: &Ctx<'_>,
        id: CustomerId,
        remittance_id: RemittanceId,
        sending: &Sending,
        given: &Given<'_>,
    ) -> Result<Remittance, WalletError> {
        if let Some(known) = self.book.find::<Remittance>(remittance_id).await? {
            return if known.customer_id == id {
                self.drive_remittance(ctx, remittance_id).await
            } else {
                Err(WalletError::Different)
            };
        }
        let customer = self.customer(id).await?;
        Self::require_open(&customer)?;
        let way = match sending.request_id {
            Some(request_id) => {
                let request = self.request(request_id).await?;
                Way::Direct { to: request.wallet_id, to_customer: request.customer_id, request_id }
            }
            None => self.link_way(ctx, remittance_id),
        };
        let mut unit = Unit::new();
        let asked = (&sending.asked, given);
        let what = (&sending.signed, sending.shown.as_ref());
        let proof = self.check_proof(ctx, &mut unit, &customer, what, asked).await?;
        let asked = (remittance_id, sending, &way);
        let (state, verdict) =
            self.judge(ctx, &mut unit, (&customer, proof.is_signed()), asked).await?;
        let remittance = Remittance {
            remittance_id,
            from: customer.wallet_id,
            customer_id: id,
            from_name: customer.nickname.clone(),
            to_name: sending.to_name.clone(),
            way,
            amount: sending.amount,
            message: sending.message.clone(),
            limits: self.rules.limits(Act::Remittance, &customer, None, ctx.now),
            // The page promised it, and it was signed for; what is learnt since only adds to it.
            hold_secs: verdict.hold_secs().max(sending.hold_secs),
            state,
            proof,
            requested_at: ctx.now,
        };
        unit.update(&customer).insert(&remittance).audit(
            AuditEntry::new(ctx.now, id, "remittance.requested", remittance_id)
                .with("amount", sending.amount.amount()),
        );
        match self.book.commit(unit).await {
            Ok(()) | Err(RecordError::Duplicate { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        self.obey(ctx, verdict).await;
        self.drive_remittance(ctx, remittance_id).await
    }

    /// What rules and the wallets' own money make of a remittance that is proven: where it begins, and
    /// what else follows. `unit` keeps what was counted.
    async fn judge(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        (customer, signed): (&Customer, bool),
        (remittance_id, sending, way): (RemittanceId, &Sending, &Way),
    ) -> Result<(RemittanceState, Verdict), WalletError> {
        let leaving = Leaving {
            to: match way {
                Way::Direct { to, .. } => To::Wallet(*to),
                Way::Link { .. } => To::Whoever,
            },
            amount: sending.amount,
            signed,
            device: sending.device.as_deref(),
        };
        let signal = self.leaving(ctx, customer, &leaving).await?;
        let verdict = self.weigh_movement(ctx, unit, (signal, remittance_id.to_string())).await?;
        let refused = RemittanceState::Refused { reason: Refusal::TryLater, at: ctx.now };
        if verdict.is_refusal() {
            return Ok((refused, verdict));
        }
        let state = self.first_state(ctx, customer.wallet_id, (way, sending.amount)).await?;
        // A crowd without a yen reaches nobody: it would hold what others send the same payee.
        let Way::Direct { to, .. } = way else { return Ok((state, verdict)) };
        if state != RemittanceState::Requested {
            return Ok((state, verdict));
        }
        let reaching = reaching(ctx, (customer.wallet_id, *to), sending.amount);
        let reached = self.weigh(ctx, unit, reaching).await?;
        let state = if reached.is_refusal() { refused } else { state };
        Ok((state, verdict.and(reached)))
    }

    /// Where a proven remittance begins. The sender's own money is looked at first, and every reason
    /// on the payee's side is one word: otherwise sending would tell a stranger's balance.
    async fn first_state(
        &self,
        ctx: &Ctx<'_>,
        from: WalletId,
        (way, amount): (&Way, Yen),
    ) -> Result<RemittanceState, WalletError> {
        let Way::Direct { to, .. } = way else { return Ok(RemittanceState::Requested) };
        let refused = |reason| RemittanceState::Refused { reason, at: ctx.now };
        let found = self.ledger.find_account(chart::customer(from), ctx.now).await?;
        if found.is_none_or(|account| account.available() < amount) {
            return Ok(refused(Refusal::NotEnoughMoney));
        }
        match self.require_room(ctx, *to, amount).await {
            Ok(()) => Ok(RemittanceState::Requested),
            Err(WalletError::BalanceFull) => Ok(refused(Refusal::TryLater)),
            Err(error) => Err(error),
        }
    }
}
