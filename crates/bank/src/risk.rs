//! What the bank tells its risk engine, and where it listens to it.

use kanuki_desk::case::{Case, CaseKind};
use kanuki_domain::{
    Ctx,
    bank_account::AccountNumber,
    id::{BankAccountId, HolderId},
};
use kanuki_record::{AuditEntry, Unit};
use kanuki_risk::{Decision, Facts, Key, Kind, ListError, Outcome, Signal, Who};

use crate::{
    Bank, BankError, attempt::Attempt, debit::request::Ask, link::Pushed, mandate::Mandate,
};

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
        let decision = self.risk.decide(&signal);
        let mut unit = Unit::new();
        unit.insert(&self.attempt(ctx, signal, &decision));
        self.tell_desk(ctx, &mut unit, &decision).await?;
        self.book.commit(unit).await?;
        if decision.is_approved() {
            Ok(())
        } else {
            tracing::warn!(?kind, "risk declined an attempt");
            Err(BankError::TooMany)
        }
    }

    /// What is kept of `signal`, which was noted; of what a rule held for, everything.
    fn attempt(&self, ctx: &Ctx<'_>, signal: Signal, decision: &Decision) -> Attempt {
        let is_plain = decision.reasons.is_empty() && decision.shadow.is_empty();
        let record = (!is_plain).then(|| self.risk.record(&signal, decision));
        Attempt::new(ctx, vec![signal], record)
    }

    /// Opens a case about a rule that staff are told of, unless one is open.
    async fn tell_desk(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        decision: &Decision,
    ) -> Result<(), BankError> {
        let Some(reason) = decision.reasons.first().filter(|_| decision.tell.contains(&Who::Desk))
        else {
            return Ok(());
        };
        let about = format!("rule|{}", reason.rule);
        let open = self.book.find_by::<Case>("about", &about).await?;
        if open.is_some_and(|case| case.closed_at.is_none()) {
            return Ok(());
        }
        let mut case = Case::open(ctx, CaseKind::Rule, about, None);
        let text = format!("{} = {} ({})", reason.rule, reason.value, decision.version);
        case.note(ctx.now, "system", text);
        unit.insert(&case).audit(
            AuditEntry::new(ctx.now, "system", "case.opened", case.case_id)
                .with("rule", &reason.rule)
                .with("code", &reason.code)
                .with("version", &decision.version),
        );
        Ok(())
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

    /// Notes that a holder signed in to link with a wallet's customer, whatever becomes of it, and
    /// refuses when one customer or one browser brings ever new holders, or one holder ever new
    /// wallets.
    pub(crate) async fn require_ordinary_link(
        &self,
        ctx: &Ctx<'_>,
        pushed: &Pushed,
        (holder_id, account_id): (HolderId, BankAccountId),
    ) -> Result<(), BankError> {
        if !self.rules.listens_to_risk() {
            return Ok(());
        }
        let keys = vec![
            Key::Account(account_id.to_string()),
            Key::Person(holder_id.to_string()),
            Key::Partner(pushed.client_id.clone()),
            Key::Wallet(wallet_key(&pushed.client_id, &pushed.account_ref)),
            Key::Device(pushed.browser.clone().unwrap_or_default()),
        ];
        self.require_calm(ctx, Kind::LinkRequested, keys).await
    }

    /// How a debit looks beside what its account and its device are used for, and what is to be
    /// kept of it.
    pub(crate) fn judge_risk(
        &self,
        ctx: &Ctx<'_>,
        ask: &Ask,
        (mandate, new_device): (&Mandate, Option<bool>),
    ) -> (Outcome, Attempt) {
        let keys = vec![
            Key::Account(mandate.account_id.to_string()),
            Key::Person(mandate.holder_id.to_string()),
            Key::Partner(ask.client_id.clone()),
            Key::Wallet(wallet_key(&ask.client_id, &mandate.account_ref)),
            Key::Device(ask.evidence.as_ref().map(|e| e.device.clone()).unwrap_or_default()),
        ];
        let facts = Facts {
            linked_at: Some(mandate.signed_at),
            new_device,
            signed: Some(ask.approval.is_some()),
            ..Facts::default()
        };
        let signal = signal(ctx, Kind::Debit, keys).with_amount(ask.amount).with_facts(facts);
        // Counted in any case; obeyed unless the lab's bank of 2020 had no such engine.
        let decision = self.risk.decide(&signal);
        let attempt = self.attempt(ctx, signal, &decision);
        let is_obeyed = self.rules.listens_to_risk();
        (if is_obeyed { decision.outcome } else { Outcome::Approve }, attempt)
    }

    /// Says which accounts nobody owns: whoever touches one found it by guessing.
    pub fn set_canaries(&self, accounts: &[AccountNumber]) -> Result<(), ListError> {
        let key = |account| Key::Account(self.account_id(account).to_string());
        let keys: Vec<Key> = accounts.iter().map(key).collect();
        self.risk.set_list("canary_accounts", &keys)
    }
}

/// One customer of one wallet, by the wallet's own name for them.
fn wallet_key(client_id: &str, account_ref: &str) -> String {
    format!("{client_id}|{account_ref}")
}

pub(crate) fn signal(ctx: &Ctx<'_>, kind: Kind, mut keys: Vec<Key>) -> Signal {
    keys.push(Key::Block(ctx.address_block.to_owned()));
    Signal::new(kind, ctx.now, keys)
}
