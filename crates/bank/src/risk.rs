//! What the bank tells its risk engine, and where it listens to it.

use kanuki_desk::{
    counts,
    named::{self, MadeUp},
    past::Past,
    rule,
};
use kanuki_domain::{
    Ctx,
    bank_account::AccountNumber,
    id::{AttemptId, BankAccountId, HolderId},
    person,
};
use kanuki_formats::identifier;
use kanuki_record::Unit;
use kanuki_risk::{Company, Decision, Facts, Key, Kind, ListError, Outcome, Signal};
use kanuki_wire::transaction::ContactKind;

use crate::{
    Bank, BankError,
    attempt::Attempt,
    credit::AskCredit,
    debit::request::Ask,
    link::Pushed,
    mandate::{Mandate, wallet_name},
};

/// What is known of whom a debit is about, beside what they do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KnownOf {
    /// The account is on a list of what leaked.
    pub(crate) leaked: bool,
    /// A partner knows the person from a fraud that it confirmed.
    pub(crate) elsewhere: bool,
}

impl Bank {
    /// Notes an attempt, durably, and refuses it when the engine does: the same words for every
    /// reason.
    pub(crate) async fn require_calm(
        &self,
        ctx: &Ctx<'_>,
        kind: Kind,
        keys: Vec<Key>,
    ) -> Result<(), BankError> {
        self.require_calm_signal(ctx, self.signal(ctx, kind, keys), None).await
    }

    /// The same for an enrolment that somebody begins, who has shown nothing yet; whether it can come to
    /// something. Where only a list that has the `account` says no, the page goes on as for an account that
    /// nobody owns: a refusal would tell apart what was planted, or is watched, at the first try.
    pub(crate) async fn may_come_to_something(
        &self,
        ctx: &Ctx<'_>,
        (browser, account): (&str, &str),
        has_neighbours: bool,
    ) -> Result<bool, BankError> {
        let kind = Kind::EnrolmentStarted;
        let with = |keys| {
            if has_neighbours {
                self.signal(ctx, kind, keys)
            } else {
                Signal::new(kind, ctx.now, keys)
            }
        };
        let (device, account) = (Key::Device(browser.to_owned()), Key::Account(account.to_owned()));
        let signal = with(vec![device.clone(), account.clone()]);
        let decision = self.decided(ctx, signal, None).await?;
        let listed = Signal::new(kind, ctx.now, vec![account]);
        // Where nobody knew enough to look at any number, everybody is refused alike.
        let is_listed = !decision.values().is_empty() && self.risk.is_watched(&listed);
        if decision.is_approved() {
            Ok(true)
        } else if is_listed && self.risk.judge(&with(vec![device]), ctx.now).is_approved() {
            Ok(false)
        } else {
            Err(BankError::TooMany)
        }
    }

    async fn require_calm_signal(
        &self,
        ctx: &Ctx<'_>,
        signal: Signal,
        about: Option<&str>,
    ) -> Result<(), BankError> {
        let decision = self.decided(ctx, signal, about).await?;
        if decision.is_approved() { Ok(()) } else { Err(BankError::TooMany) }
    }

    /// What is decided about an attempt, which is noted durably and told to the desk where a rule says so.
    async fn decided(
        &self,
        ctx: &Ctx<'_>,
        signal: Signal,
        about: Option<&str>,
    ) -> Result<Decision, BankError> {
        let kind = signal.kind;
        let (decision, attempt) = self.counted(ctx, signal, about).await;
        let mut unit = Unit::new();
        attempt.keep(&mut unit);
        rule::tell_desk(&self.book, ctx, &mut unit, attempt.record()).await?;
        self.book.commit(unit).await?;
        if !decision.is_approved() {
            tracing::warn!(?kind, "risk declined an attempt");
        }
        Ok(decision)
    }

    /// Notes `signal` and decides about it, and what is to be kept of it; of what a rule held for,
    /// everything; of what is `about` a movement, what somebody who looks back needs.
    async fn counted(
        &self,
        ctx: &Ctx<'_>,
        signal: Signal,
        about: Option<&str>,
    ) -> (Decision, Attempt) {
        debug_assert!(Company::Bank.may_send(&signal), "not declared: {signal:?}");
        let attempt_id = AttemptId::generate(ctx);
        let decision = counts::decide(&self.risk, attempt_id.bits(), &signal).await;
        let record = (!decision.is_plain()).then(|| self.risk.record(&signal, &decision));
        let past = about.map(|about| Past::of(ctx, (attempt_id, about), &signal, &decision));
        let attempt = Attempt::new(ctx, attempt_id, vec![signal], record);
        let attempt = match past {
            Some(past) => attempt.of_movement(past),
            None => attempt,
        };
        (decision, attempt)
    }

    /// Refuses before anything is looked at when too many failures of `kind` came lately, or when
    /// nobody knows how many.
    pub(crate) async fn require_few(
        &self,
        ctx: &Ctx<'_>,
        kind: Kind,
        keys: Vec<Key>,
    ) -> Result<(), BankError> {
        let is_known = counts::hear(&self.risk).await.is_ok();
        let decision = self.risk.judge(&self.signal(ctx, kind, keys), ctx.now);
        if is_known && decision.is_approved() { Ok(()) } else { Err(BankError::TooMany) }
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
            Key::Wallet(wallet_name(&pushed.client_id, &pushed.account_ref)),
            Key::Device(pushed.browser.clone().unwrap_or_default()),
        ];
        let asked = self.signal(ctx, Kind::LinkRequested, keys);
        self.require_calm_signal(ctx, asked, Some(&pushed.par_id.to_string())).await
    }

    /// Notes whom a wallet names as its customer, and refuses somebody who was made up.
    pub(crate) async fn require_unplanted(
        &self,
        ctx: &Ctx<'_>,
        pushed: &Pushed,
        facts: &person::Facts,
    ) -> Result<(), BankError> {
        if !self.rules.listens_to_risk() {
            return Ok(());
        }
        let keys = vec![
            named::key(&self.vault, facts.name.expose(), *facts.born_on.expose()),
            Key::Partner(pushed.client_id.clone()),
            Key::Wallet(wallet_name(&pushed.client_id, &pushed.account_ref)),
            Key::Device(pushed.browser.clone().unwrap_or_default()),
        ];
        self.require_calm(ctx, Kind::PersonNamed, keys).await
    }

    /// How a debit looks beside what its account and its device are used for, and what is to be
    /// kept of it.
    pub(crate) async fn judge_risk(
        &self,
        ctx: &Ctx<'_>,
        ask: &Ask,
        (mandate, new_device, known): (&Mandate, Option<bool>, KnownOf),
    ) -> (Outcome, Attempt) {
        let keys = vec![
            Key::Account(mandate.account_id.to_string()),
            Key::Person(mandate.holder_id.to_string()),
            Key::Partner(ask.client_id.clone()),
            Key::Wallet(wallet_name(&ask.client_id, &mandate.account_ref)),
            Key::Device(ask.evidence.as_ref().map(|e| e.device.clone()).unwrap_or_default()),
            // The partner's own: its customers' addresses are its business, and `place` stands for them.
            Key::Block(ctx.address_block.to_owned()),
        ];
        let place = ask.evidence.as_ref().and_then(|evidence| evidence.place.as_ref());
        let facts = Facts {
            linked_at: Some(mandate.signed_at),
            new_device,
            new_place: mandate.made_from.as_ref().zip(place).map(|(then, now)| then != now),
            signed: Some(ask.approval.is_some()),
            leaked: Some(known.leaked),
            known_elsewhere: Some(known.elsewhere),
            ..Facts::default()
        };
        let signal =
            Signal::new(Kind::Debit, ctx.now, keys).with_amount(ask.amount).with_facts(facts);
        // Counted in any case; obeyed unless the lab's bank of 2020 had no such engine.
        let about = crate::debit::key(&ask.client_id, ask.debit_id);
        let (decision, attempt) = self.counted(ctx, signal, Some(&about)).await;
        let is_obeyed = self.rules.listens_to_risk();
        (if is_obeyed { decision.outcome } else { Outcome::Approve }, attempt)
    }

    /// Notes a payout, in `unit`, and whether it may go on. Money that a partner gives back is never
    /// asked about.
    pub(crate) async fn allows_credit(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        (ask, mandate): (&AskCredit, &Mandate),
    ) -> Result<bool, BankError> {
        let keys = vec![
            Key::Account(mandate.account_id.to_string()),
            Key::Person(mandate.holder_id.to_string()),
            Key::Partner(ask.client_id.clone()),
            Key::Wallet(wallet_name(&ask.client_id, &mandate.account_ref)),
        ];
        let facts = Facts { linked_at: Some(mandate.signed_at), ..Facts::default() };
        let signal =
            Signal::new(Kind::Payout, ctx.now, keys).with_amount(ask.amount).with_facts(facts);
        let (decision, attempt) = self.counted(ctx, signal, None).await;
        rule::tell_desk(&self.book, ctx, unit, attempt.record()).await?;
        unit.insert(&attempt);
        // The money is at the wallet and stays there: a hold is a no, and it asks again.
        Ok(decision.outcome < Outcome::Hold || !self.rules.listens_to_risk())
    }

    /// Notes in `unit` that a holder did something that no rule refuses: signed in.
    pub(crate) async fn note_done(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        (kind, holder_id): (Kind, HolderId),
    ) -> Result<(), BankError> {
        let keys = vec![Key::Person(holder_id.to_string())];
        self.note_signal(ctx, unit, self.signal(ctx, kind, keys)).await
    }

    /// Notes in `unit` that a holder's contact became another one, which is counted blinded: whoever changes
    /// one holder's after the other's has few telephones.
    pub(crate) async fn note_changed_contact(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        holder_id: HolderId,
        (kind, to): (ContactKind, &str),
    ) -> Result<(), BankError> {
        let mut keys = vec![Key::Person(holder_id.to_string())];
        let blinded = |purpose: &str, text: Option<String>| {
            text.map(|text| self.vault.blind(purpose, text.as_bytes())).unwrap_or_default()
        };
        match kind {
            ContactKind::Phone => keys.push(Key::Phone(blinded("phone", identifier::phone(to)))),
            ContactKind::Email => {
                let mail = identifier::mail(to);
                let domain = mail.as_ref().and_then(|mail| mail.rsplit_once('@'));
                let domain = domain.map(|(_, domain)| domain.to_owned());
                keys.push(Key::EmailDomain(blinded("mail_domain", domain)));
                keys.push(Key::Email(blinded("mail", mail)));
            }
        }
        self.note_signal(ctx, unit, self.signal(ctx, Kind::ContactChanged, keys)).await
    }

    /// Notes in `unit` that a holder agreed to a link or to its renewal.
    pub(crate) async fn note_consent(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        (pushed, mandate): (&Pushed, &Mandate),
    ) -> Result<(), BankError> {
        let keys = vec![
            Key::Account(mandate.account_id.to_string()),
            Key::Person(mandate.holder_id.to_string()),
            Key::Partner(mandate.client_id.clone()),
            Key::Wallet(wallet_name(&mandate.client_id, &mandate.account_ref)),
            Key::Device(pushed.browser.clone().unwrap_or_default()),
        ];
        self.note_signal(ctx, unit, self.signal(ctx, Kind::Consented, keys)).await
    }

    /// Notes in `unit` that somebody said of a notice that it was not them.
    pub(crate) async fn note_not_me(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        person_id: &str,
    ) -> Result<(), BankError> {
        let keys = vec![Key::Person(person_id.to_owned())];
        self.note_signal(ctx, unit, Signal::new(Kind::NoticeAnswered, ctx.now, keys)).await
    }

    /// Notes in `unit` that a partner told something.
    pub(crate) async fn note_event(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        client_id: &str,
    ) -> Result<(), BankError> {
        let keys = vec![Key::Partner(client_id.to_owned())];
        self.note_signal(ctx, unit, Signal::new(Kind::PartnerEvent, ctx.now, keys)).await
    }

    /// Notes what has happened already: nobody is refused for it, but staff hear of it where a rule
    /// says so.
    async fn note_signal(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        signal: Signal,
    ) -> Result<(), BankError> {
        let (_, attempt) = self.counted(ctx, signal, None).await;
        rule::tell_desk(&self.book, ctx, unit, attempt.record()).await?;
        unit.insert(&attempt);
        Ok(())
    }

    /// What somebody did who asks from somewhere.
    fn signal(&self, ctx: &Ctx<'_>, kind: Kind, mut keys: Vec<Key>) -> Signal {
        keys.extend([Key::Block(ctx.address_block.to_owned()), self.address_key(ctx)]);
        Signal::new(kind, ctx.now, keys)
    }

    /// From which address somebody asks, blinded: what one address does is seen where its network is too
    /// large to say anything.
    pub(crate) fn address_key(&self, ctx: &Ctx<'_>) -> Key {
        Key::Address(named::address(&self.vault, ctx.address))
    }

    /// Says which accounts nobody owns: whoever touches one found it by guessing.
    pub fn set_canaries(&self, accounts: &[AccountNumber]) -> Result<(), ListError> {
        let key = |account| Key::Account(self.account_id(account).to_string());
        let keys: Vec<Key> = accounts.iter().map(key).collect();
        self.risk.set_list("canary_accounts", &keys)
    }

    /// Says who was made up: a wallet whose customer is called so has a list that was planted.
    pub fn set_canary_people(&self, people: &[MadeUp]) -> Result<(), ListError> {
        let keys: Vec<Key> = people.iter().map(|one| one.key(&self.vault)).collect();
        self.risk.set_list("canary_people", &keys)
    }
}
