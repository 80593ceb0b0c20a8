//! What the bank tells its risk engine, and where it listens to it.

use kanuki_domain::{Ctx, Yen};
use kanuki_risk::{Key, Kind, Signal};

use crate::{Bank, BankError, debit::request::Ask, mandate::Mandate};

impl Bank {
    /// Notes an attempt and refuses it when the engine does: the same words for every reason.
    pub(crate) fn require_calm(
        &self,
        ctx: &Ctx<'_>,
        kind: Kind,
        keys: Vec<Key>,
        about: &str,
    ) -> Result<(), BankError> {
        if self.risk.allows(&signal(ctx, kind, keys, about)) {
            Ok(())
        } else {
            tracing::warn!(?kind, "risk declined an attempt");
            Err(BankError::TooMany)
        }
    }

    /// Notes a failure.
    pub(crate) fn note(&self, ctx: &Ctx<'_>, kind: Kind, keys: Vec<Key>, about: &str) {
        self.risk.observe(&signal(ctx, kind, keys, about));
    }

    /// Refuses before anything is looked at when too many failures of `kind` came lately.
    pub(crate) fn require_few(
        &self,
        ctx: &Ctx<'_>,
        kind: Kind,
        keys: Vec<Key>,
    ) -> Result<(), BankError> {
        let decision = self.risk.judge(&signal(ctx, kind, keys, ""), ctx.now);
        if decision.is_approved() { Ok(()) } else { Err(BankError::TooMany) }
    }

    /// Whether a debit looks like its account's own.
    pub(crate) fn allows_debit(&self, ctx: &Ctx<'_>, ask: &Ask, mandate: &Mandate) -> bool {
        let keys = vec![
            Key::Account(mandate.account_id.to_string()),
            Key::Person(mandate.holder_id.to_string()),
            Key::Partner(ask.client_id.clone()),
        ];
        let about = ask.debit_id.to_string();
        let signal = Signal { amount: ask.amount, ..signal(ctx, Kind::Debit, keys, &about) };
        // Counted in any case; obeyed unless the lab's bank of 2020 had no such engine.
        let is_allowed = self.risk.allows(&signal);
        is_allowed || !self.rules.listens_to_risk()
    }
}

fn signal(ctx: &Ctx<'_>, kind: Kind, mut keys: Vec<Key>, about: &str) -> Signal {
    keys.push(Key::Block(ctx.address_block.to_owned()));
    Signal { kind, at: ctx.now, keys, amount: Yen::ZERO, about: about.to_owned() }
}
