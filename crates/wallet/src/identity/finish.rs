//! Coming back from the operator's app.

use kanuki_desk::outbox::Content;
use kanuki_domain::{Ctx, Masked, assurance::Identity, id::CustomerId, person::Facts};
use kanuki_jpki::{SignatureResponse, VerifiedPerson, verify, verify_without_list};
use kanuki_record::{AuditEntry, RecordError, Stored, Unit, vault::PersonKey};

use super::{ANSWER, DECLARED, FACTS, IdentityAttempt, KeptFacts, ProofFor, person::person_hash};
use crate::{Wallet, WalletError, proof::nonce};

/// What a finished proof permits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proven {
    /// The wallet's identity is proven.
    Customer(CustomerId),
    /// A recovery may go on to its new passkey.
    Recovery,
}

impl Wallet {
    /// Takes what the operator's app posts, from a page of another site and therefore without a
    /// session: it is kept for whoever set out, and looked at when they come.
    ///
    /// The answer is a handle that goes into the redirect and nowhere else. Somebody who sends the
    /// operator's address to another person and lets them sign does not have it, so one browser
    /// must have both set out and come back (as RFC 9700 section 4.7 asks of any redirect).
    pub async fn receive_identity(
        &self,
        ctx: &Ctx<'_>,
        state: &str,
        answer: &SignatureResponse,
    ) -> Result<String, WalletError> {
        let mut attempt = self.attempt(ctx, state).await?;
        if attempt.answer.is_some() {
            return Err(WalletError::NotAvailable);
        }
        let key = self.trip_key(attempt.purpose).await?;
        let handle = nonce(ctx);
        let sealed = self.vault.seal(ctx, &key, ANSWER, answer)?;
        let edit = attempt.edit();
        edit.answer = Some(sealed);
        edit.handle_hash = Some(self.handle_hash(&handle));
        let mut unit = Unit::new();
        unit.update(&attempt);
        self.book.commit(unit).await?;
        Ok(handle)
    }

    fn handle_hash(&self, handle: &str) -> String {
        self.vault.blind("identity_handle", handle.as_bytes())
    }

    async fn attempt(
        &self,
        ctx: &Ctx<'_>,
        state: &str,
    ) -> Result<Stored<IdentityAttempt>, WalletError> {
        let hash = self.vault.blind("identity", state.as_bytes());
        let attempt = self.load::<IdentityAttempt>(hash).await?;
        if ctx.now >= attempt.expires_at {
            return Err(WalletError::NotAvailable);
        }
        Ok(attempt)
    }

    /// The key that a trip is sealed with: the customer's, or the recovery's own, so that one that leads
    /// to nobody's wallet sets out like any other.
    pub(super) async fn trip_key(
        &self,
        purpose: ProofFor,
    ) -> Result<Stored<PersonKey>, WalletError> {
        if let ProofFor::Recovery { recovery_id, .. } = purpose
            && let Some(own) = self.book.find::<PersonKey>(recovery_id).await?
        {
            return Ok(own);
        }
        self.load::<PersonKey>(purpose.customer_id()).await
    }

    /// The attempt, if this browser both set out and brought the answer. An answer that comes in
    /// another browser than the one that set out is thrown away: somebody signed for a stranger.
    async fn own_attempt(
        &self,
        ctx: &Ctx<'_>,
        binding: &str,
        (state, handle): (&str, &str),
    ) -> Result<Stored<IdentityAttempt>, WalletError> {
        let attempt = self.attempt(ctx, state).await?;
        if attempt.handle_hash != Some(self.handle_hash(handle)) {
            return Err(WalletError::NotAvailable);
        }
        if attempt.binding == binding {
            return Ok(attempt);
        }
        let subject = attempt.purpose.customer_id();
        let mut unit = Unit::new();
        unit.delete(&attempt).audit(AuditEntry::new(
            ctx.now,
            "anyone",
            "identity.other_browser",
            subject,
        ));
        self.book.commit(unit).await?;
        Err(WalletError::OtherBrowser)
    }

    /// Checks the answer and keeps what it proves. The attempt is over either way.
    ///
    /// `binding` is the browser that set out, `handle` what [`Wallet::receive_identity`] gave to the
    /// one that brought the answer; [`WalletError::OtherBrowser`] if these are two.
    pub async fn finish_identity(
        &self,
        ctx: &Ctx<'_>,
        binding: &str,
        came_with: (&str, &str),
    ) -> Result<Proven, WalletError> {
        let attempt = self.own_attempt(ctx, binding, came_with).await?;
        let sealed = attempt.answer.as_ref().ok_or(WalletError::NotAvailable)?;
        let key = self.trip_key(attempt.purpose).await?;
        let answer: SignatureResponse = self.vault.open(&key, ANSWER, sealed)?;
        let anchors = &self.config.anchors;
        // What is junk without any list costs nobody one.
        let checked = match verify_without_list(&answer, &attempt.request, anchors, ctx.now) {
            Ok(()) => {
                let revocation = self.identity.revocation(ctx.now).await;
                verify(&answer, &attempt.request, anchors, &revocation, ctx.now)
            }
            Err(reason) => Err(reason),
        };
        let mut unit = Unit::new();
        unit.delete(&attempt);
        let subject = attempt.purpose.customer_id();
        let person = match checked {
            Ok(person) => person,
            Err(reason) => {
                unit.audit(
                    AuditEntry::new(ctx.now, subject, "identity.refused", subject)
                        .with("reason", reason),
                );
                self.book.commit(unit).await?;
                return Err(WalletError::Identity(reason));
            }
        };
        match attempt.purpose {
            ProofFor::Customer { customer_id } => {
                let declared: String = self.vault.open(&key, DECLARED, &attempt.declared)?;
                let evidence = serde_json::to_string(&answer).unwrap_or_default();
                let facts = Believed { person, declared, evidence };
                self.believe(ctx, unit, customer_id, facts).await
            }
            ProofFor::Recovery { recovery_id, .. } => {
                let hash = person_hash(&self.vault, &person);
                let proven = self.prove_recovery(ctx, &mut unit, recovery_id, &hash).await;
                self.book.commit(unit).await?;
                proven.map(|()| Proven::Recovery)
            }
        }
    }

    async fn believe(
        &self,
        ctx: &Ctx<'_>,
        mut unit: Unit,
        id: CustomerId,
        believed: Believed,
    ) -> Result<Proven, WalletError> {
        let mut known = self.known(id).await?;
        let phone = known
            .contacts
            .iter()
            .find(|c| c.channel == kanuki_desk::outbox::Channel::Sms)
            .map(|c| c.to.clone())
            .unwrap_or_default();
        let person = &believed.person;
        let kept = KeptFacts {
            facts: Facts {
                name: person.name.clone(),
                declared_kana: Masked::new(believed.declared),
                born_on: person.born_on.clone(),
                address: person.address.clone(),
                phone: Masked::new(phone),
            },
            proven_at: ctx.now,
            evidence: Masked::new(believed.evidence),
        };
        let verdict = self.weigh_named(ctx, &mut unit, (&known.customer, &kept.facts)).await?;
        if verdict.is_refusal() || verdict.hold_secs() > 0 {
            let wallet_id = known.customer.wallet_id;
            unit.audit(
                AuditEntry::new(ctx.now, id, "identity.refused", wallet_id).with("reason", "risk"),
            );
            self.book.commit(unit).await?;
            return Err(WalletError::TooMany);
        }
        let hash = person_hash(&self.vault, person);
        let before = known.customer.person_hash.as_ref();
        // Proven again, it is still one person's wallet: another card changes nothing.
        if before.is_some_and(|before| *before != hash) {
            let wallet_id = known.customer.wallet_id;
            unit.audit(
                AuditEntry::new(ctx.now, id, "identity.refused", wallet_id)
                    .with("reason", "another person"),
            );
            self.book.commit(unit).await?;
            return Err(WalletError::SecondWallet);
        }
        let sealed = self.vault.seal(ctx, &known.key, FACTS, &kept)?;
        self.screen_new(ctx, &known, &kept.facts).await?;
        let customer = known.customer.edit();
        customer.identity = Identity::Jpki;
        customer.person_hash = Some(hash);
        customer.facts = Some(sealed);
        unit.update(&known.customer);
        unit.audit(AuditEntry::new(ctx.now, id, "identity.proven", known.customer.wallet_id));
        self.leak_proven(ctx, &mut unit, &known).await?;
        self.tell(&mut unit, ctx, &known, Content::new("identity_proven"))?;
        match self.book.commit(unit).await {
            Ok(()) => {
                self.inquire_proven(ctx, id).await;
                Ok(Proven::Customer(id))
            }
            Err(RecordError::Duplicate { key: "person_hash", .. }) => {
                self.refuse_second(ctx, id).await?;
                Err(WalletError::SecondWallet)
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn refuse_second(&self, ctx: &Ctx<'_>, id: CustomerId) -> Result<(), WalletError> {
        let mut unit = Unit::new();
        unit.audit(AuditEntry::new(ctx.now, id, "identity.second_wallet_refused", id));
        Ok(self.book.commit(unit).await?)
    }

    /// The facts of a customer, to be sent to a bank with their consent, or shown to themself.
    pub async fn facts(&self, id: CustomerId) -> Result<KeptFacts, WalletError> {
        let customer = self.customer(id).await?;
        let sealed = customer.facts.as_ref().ok_or(WalletError::NoIdentity)?;
        let key = self.load::<PersonKey>(id).await?;
        Ok(self.vault.open(&key, FACTS, sealed)?)
    }
}

/// A person whose card was believed, with what they declared.
struct Believed {
    person: VerifiedPerson,
    declared: String,
    evidence: String,
}
