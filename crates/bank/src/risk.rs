//! What the bank tells its risk engine, and where it listens to it.

use kanuki_domain::Ctx;
use kanuki_risk::{Key, Kind, Outcome, Signal};

use crate::{Bank, BankError, debit::request::Ask, mandate::Mandate};

impl Bank {
    /// Notes an attempt, durably, and refuses it when the engine does: the same words for every
    /// reason.
    pub(crate) async fn require_calm(
        &self,
        ctx: &Ctx<'_>,
        kind: Kind,
        keys: Vec<Key>,
    ) -> Result<(), BankError> {
        self.require_calm_signal(ctx, signal(ctx, kind, keys)).await
    }

    /// The same, whatever others in the same network do.
    pub(crate) async fn require_calm_here(
        &self,
        ctx: &Ctx<'_>,
        kind: Kind,
        keys: Vec<Key>,
    ) -> Result<(), BankError> {
        self.require_calm_signal(ctx, Signal::new(kind, ctx.now, keys)).await
    }

    async fn require_calm_signal(&self, ctx: &Ctx<'_>, signal: Signal) -> Result<(), BankError> {
        let kind = signal.kind;
        self.keep(ctx, vec![signal.clone()]).await?;
        if self.risk.judge(&signal, ctx.now).is_approved() {
            Ok(())
        } else {
            tracing::warn!(?kind, "risk declined an attempt");
            Err(BankError::TooMany)
        }
    }

    /// Refuses before anything is looked at when too many failures of `kind` came lately.
    pub(crate) fn require_few(
        &self,
        ctx: &Ctx<'_>,
        kind: Kind,
        keys: Vec<Key>,
    ) -> Result<(), BankError> {
        let decision = self.risk.judge(&signal(ctx, kind, keys), ctx.now);
        if decision.is_approved() { Ok(()) } else { Err(BankError::TooMany) }
    }

    /// How a debit looks beside what its account and its device are used for.
    pub(crate) fn judge_risk(&self, ctx: &Ctx<'_>, ask: &Ask, mandate: &Mandate) -> Outcome {
        let keys = vec![
            Key::Account(mandate.account_id.to_string()),
            Key::Person(mandate.holder_id.to_string()),
            Key::Partner(ask.client_id.clone()),
            Key::Device(ask.evidence.as_ref().map(|e| e.device.clone()).unwrap_or_default()),
        ];
        let signal = signal(ctx, Kind::Debit, keys).with_amount(ask.amount);
        // Counted in any case; obeyed unless the lab's bank of 2020 had no such engine.
        let outcome = self.risk.decide(&signal).outcome;
        if self.rules.listens_to_risk() { outcome } else { Outcome::Approve }
    }
}

pub(crate) fn signal(ctx: &Ctx<'_>, kind: Kind, mut keys: Vec<Key>) -> Signal {
    keys.push(Key::Block(ctx.address_block.to_owned()));
    Signal::new(kind, ctx.now, keys)
}
