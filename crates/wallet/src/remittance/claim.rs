//! Claiming money that was sent by link, taking it back, and its return.

use jiff::Timestamp;
use kanuki_desk::{
    gate::{Gate, create_accounts},
    outbox::Content,
    screening::gate as screening_gate,
};
use kanuki_domain::{
    Ctx, Yen,
    id::{CustomerId, RemittanceId, WalletId},
};
use kanuki_ledger::{ChainError, CreateTransferResult as R, Transfer, TransferId, chain};
use kanuki_record::{AuditEntry, RecordError, Stored, Unit};
use kanuki_risk::{Key, Kind};

use super::{Remittance, RemittanceState, Way};
use crate::{
    Wallet, WalletError, chart,
    customer::wallet_switch,
    movement::{Settled, pend_id, post_id, void_id},
    risk::reaching,
};

/// How often a claim may run into a gate that closes in that very moment, and still succeed later.
const ATTEMPTS: u8 = 16;

/// What somebody with the link sees before they claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimView {
    /// The sender's nickname.
    pub from_name: String,
    /// How much.
    pub amount: Yen,
    /// The sender's word.
    pub message: String,
    /// When it goes back.
    pub until: Timestamp,
}

/// The transfer that brings it to `to`.
fn claimed_id(remittance: &Remittance, to: WalletId) -> TransferId {
    TransferId::derive(&["claimed", &format!("{}|{to}", remittance.remittance_id)])
}

impl Wallet {
    async fn by_claim(&self, code: &str) -> Result<Stored<Remittance>, WalletError> {
        let hash = self.claim_hash(&code.trim().to_ascii_lowercase());
        let found = self.book.find_by::<Remittance>("claim_hash", &hash).await?;
        found.ok_or(WalletError::NotAvailable)
    }

    /// What a claim code stands for; one that was used is as good as none.
    pub async fn claim_view(&self, ctx: &Ctx<'_>, code: &str) -> Result<ClaimView, WalletError> {
        let remittance = self.by_claim(code).await?;
        match (&remittance.way, remittance.state) {
            (Way::Link { until, .. }, RemittanceState::Waiting) if ctx.now < *until => {
                Ok(ClaimView {
                    from_name: remittance.from_name.clone(),
                    amount: remittance.amount,
                    message: remittance.message.clone(),
                    until: *until,
                })
            }
            _ => Err(WalletError::NotAvailable),
        }
    }

    /// Puts the money into the wallet of `id`. Of two who claim, the ledger lets one.
    pub async fn claim(
        &self,
        ctx: &Ctx<'_>,
        id: CustomerId,
        code: &str,
    ) -> Result<Remittance, WalletError> {
        let mut remittance = self.by_claim(code).await?;
        if let RemittanceState::Posted { to_customer, .. } = remittance.state
            && to_customer == id
        {
            return Ok(remittance.into_inner());
        }
        let known = self.known(id).await?;
        Self::require_open(&known.customer)?;
        if remittance.state != RemittanceState::Waiting || remittance.customer_id == id {
            return Err(WalletError::NotAvailable);
        }
        let to = known.customer.wallet_id;
        // FT-22: it waits, and returns by itself unless two people let them go before.
        let keys = vec![Key::Wallet(remittance.from.to_string()), Key::Payee(to.to_string())];
        if self.is_watched(Kind::Remittance, keys, ctx.now) {
            return Err(WalletError::ClaimWaits);
        }
        self.require_room(ctx, to, remittance.amount).await?;
        self.weigh_claim(ctx, &remittance, to).await?;
        self.move_claimed(ctx, &remittance, to).await?;
        let edit = remittance.edit();
        edit.state = RemittanceState::Posted { at: ctx.now, to, to_customer: id };
        edit.to_name.clone_from(&known.customer.nickname);
        self.keep_received(ctx, remittance).await
    }

    /// Counts who is paid by whom, which the link did not say (mule-fan-in), and lets the money wait
    /// where a rule holds. What has moved already is not asked about once more.
    async fn weigh_claim(
        &self,
        ctx: &Ctx<'_>,
        remittance: &Remittance,
        to: WalletId,
    ) -> Result<(), WalletError> {
        let moved = claimed_id(remittance, to);
        if self.ledger.find_transfer(moved, ctx.now).await?.is_some() {
            return Ok(());
        }
        let mut unit = Unit::new();
        let reaching = reaching(ctx, (remittance.from, to), remittance.amount);
        let verdict = self.weigh(ctx, &mut unit, reaching).await?;
        self.book.commit(unit).await?;
        // A challenge is a no as well: whoever claims signs for nothing.
        let is_calm = !verdict.is_refusal() && !verdict.asks_for_proof();
        if is_calm && verdict.hold_secs() == 0 { Ok(()) } else { Err(WalletError::ClaimWaits) }
    }

    /// One chain: what is pending is posted into escrow and moved on at once.
    pub(super) async fn move_claimed(
        &self,
        ctx: &Ctx<'_>,
        remittance: &Remittance,
        to: WalletId,
    ) -> Result<(), WalletError> {
        let name = remittance.remittance_id.to_string();
        let on = format!("{name}|{to}");
        let gates = [
            Gate::everything(),
            Gate::of("wallet", remittance.from),
            wallet_switch(remittance.from),
            screening_gate(remittance.from),
            Gate::of("wallet", to),
            wallet_switch(to),
            screening_gate(to),
        ];
        // A wallet from before its switch has none yet.
        for gate in &gates {
            create_accounts(&*self.ledger, gate.accounts(), ctx.now).await?;
        }
        let claimed = Transfer::posted(
            claimed_id(remittance, to),
            chart::escrow(),
            chart::customer(to),
            remittance.amount,
            chart::MOVED_REMITTANCE,
        )
        .with_user_data(remittance.remittance_id.bits());
        if self.ledger.find_transfer(claimed.id, ctx.now).await?.is_some() {
            return Ok(());
        }
        if !self.are_open(ctx, &gates).await? {
            return Err(WalletError::NotAvailable);
        }
        let money = [Transfer::post(post_id(&name), pend_id(&name)), claimed];
        for attempt in 0..ATTEMPTS {
            let on = if attempt == 0 { on.clone() } else { format!("{on}|{attempt}") };
            let legs = gates.iter().map(|gate| gate.leg(&on)).chain(money).collect();
            match chain(&*self.ledger, legs, ctx.now).await {
                Ok(()) => return Ok(()),
                Err(ChainError::Ledger(error)) => return Err(error.into()),
                // Stopped once, and open since: what was burnt is only the leg through that gate.
                Err(ChainError::Refused { index, reason: R::IdAlreadyFailed, .. })
                    if index < gates.len() => {}
                Err(refusal) => {
                    tracing::info!(remittance = name, %refusal, "claim refused");
                    return Err(WalletError::NotAvailable);
                }
            }
        }
        Err(WalletError::NotAvailable)
    }

    /// Writes down that a payee has the money, and tells both.
    pub(super) async fn keep_received(
        &self,
        ctx: &Ctx<'_>,
        remittance: Stored<Remittance>,
    ) -> Result<Remittance, WalletError> {
        let id = remittance.remittance_id;
        let mut unit = Unit::new();
        unit.update(&remittance).audit(
            AuditEntry::new(ctx.now, "system", "remittance.posted", id)
                .with("amount", remittance.amount.amount()),
        );
        let sender = self.known(remittance.customer_id).await?;
        let sent =
            Content::new("sent").with("amount", remittance.amount).with("to", &remittance.to_name);
        self.tell(&mut unit, ctx, &sender, sent)?;
        if let RemittanceState::Posted { to_customer, .. } = remittance.state {
            let payee = self.known(to_customer).await?;
            let received = Content::new("received")
                .with("amount", remittance.amount)
                .with("from", &remittance.from_name);
            self.tell(&mut unit, ctx, &payee, received)?;
        }
        match self.book.commit(unit).await {
            Ok(()) => Ok(remittance.into_inner()),
            Err(RecordError::Conflict { .. }) => {
                Ok(self.load::<Remittance>(id).await?.into_inner())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The sender takes back what nobody has claimed, or what is held.
    pub async fn cancel_remittance(
        &self,
        ctx: &Ctx<'_>,
        id: CustomerId,
        remittance_id: RemittanceId,
    ) -> Result<Remittance, WalletError> {
        self.undo_remittance(ctx, (id, remittance_id), "sent_back").await
    }

    /// Staff give it back to its sender, who is told that it was them.
    pub(crate) async fn give_back_remittance(
        &self,
        ctx: &Ctx<'_>,
        id: CustomerId,
        remittance_id: RemittanceId,
    ) -> Result<Remittance, WalletError> {
        self.undo_remittance(ctx, (id, remittance_id), "given_back").await
    }

    async fn undo_remittance(
        &self,
        ctx: &Ctx<'_>,
        (id, remittance_id): (CustomerId, RemittanceId),
        told: &'static str,
    ) -> Result<Remittance, WalletError> {
        let remittance = self.load::<Remittance>(remittance_id).await?;
        if remittance.customer_id != id {
            return Err(WalletError::NotAvailable);
        }
        match remittance.state {
            RemittanceState::Waiting | RemittanceState::Held { .. } => {}
            RemittanceState::Cancelled { .. } => return Ok(remittance.into_inner()),
            _ => return Err(WalletError::NotAvailable),
        }
        let name = remittance_id.to_string();
        let void = Transfer::void(void_id(&name), pend_id(&name));
        if self.settle(ctx, void, Vec::new()).await? == Settled::Otherwise {
            return Err(WalletError::NotAvailable);
        }
        self.give_back(ctx, &remittance.limits, &name).await?;
        let state = RemittanceState::Cancelled { at: ctx.now };
        self.take_back_as(ctx, remittance, state, told).await
    }

    /// Writes down that money is the sender's again.
    pub(super) async fn take_back(
        &self,
        ctx: &Ctx<'_>,
        remittance: Stored<Remittance>,
        state: RemittanceState,
    ) -> Result<Remittance, WalletError> {
        self.take_back_as(ctx, remittance, state, "sent_back").await
    }

    /// The same, and what its sender is told of why.
    async fn take_back_as(
        &self,
        ctx: &Ctx<'_>,
        mut remittance: Stored<Remittance>,
        state: RemittanceState,
        told: &'static str,
    ) -> Result<Remittance, WalletError> {
        remittance.edit().state = state;
        let act = match state {
            RemittanceState::Returned { .. } => "remittance.returned",
            _ => "remittance.cancelled",
        };
        let known = self.known(remittance.customer_id).await?;
        let mut unit = Unit::new();
        unit.update(&remittance).audit(
            AuditEntry::new(ctx.now, "system", act, remittance.remittance_id)
                .with("amount", remittance.amount.amount()),
        );
        let content = Content::new(told).with("amount", remittance.amount);
        self.tell(&mut unit, ctx, &known, content)?;
        self.book.commit(unit).await?;
        Ok(remittance.into_inner())
    }
}
