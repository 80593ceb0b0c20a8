//! A wallet pushes what it asks for, over the back channel, before any page is shown.

use std::sync::Arc;

use jiff::Timestamp;
use kanuki_desk::gate::Gate;
use kanuki_domain::{
    Ctx, Yen,
    agreement::today,
    id::{ParId, decode_base32, encode_base32},
    limits::VALID_FROM_AHEAD_SECS,
    mandate::{Terms, later},
};
use kanuki_record::{AuditEntry, Record as _, RecordError, Unit};
use kanuki_wire::{
    ErrorCode, Form, OAuthError,
    holder_facts::{self, HolderFacts},
    keys::Jwks,
    mandate::{self, BindingMethod},
    par::{self, AuthorizationRequest, Details},
};
use subtle::ConstantTimeEq as _;

use crate::{
    Bank, BankError,
    link::{
        Possession, Pushed, ReturnTo,
        evidence::Asked,
        possession::{Bound, refuse},
        uses::Uses,
    },
    partner::Partner,
    replay::{Replay, Token},
};

/// What stands for a request in its `request_uri`: its id, by which it is found where the newest rows
/// are, and 128 bits that nobody can guess (RFC 9126 section 7.1).
fn handle(par_id: ParId, secret: u128) -> String {
    format!("{}{}", encode_base32(par_id.bits()), encode_base32(secret))
}

/// The id in a handle.
fn named(handle: &str) -> Option<ParId> {
    let (name, secret) = handle.split_at_checked(26)?;
    decode_base32(secret).ok()?;
    decode_base32(name).ok().map(ParId::from_bits)
}

/// Whether `state` is what RFC 6749 appendix A.5 allows: printable ASCII. It goes back in an address, and
/// through whatever logs that.
fn is_printable(state: &str) -> bool {
    state.bytes().all(|byte| (0x20..=0x7E).contains(&byte))
}

fn used_facts() -> BankError {
    refuse(ErrorCode::InvalidAuthorizationDetails, "the holder facts were used before")
}

/// What was taken: the answer, and what stands for it until it is answered or over.
pub(crate) struct Taken {
    pub(crate) answer: par::Pushed,
    pub(crate) par_id: ParId,
    pub(crate) until: Timestamp,
}

impl Bank {
    /// Takes a request: everything is validated now, so that no holder ever sees a page for a bad
    /// one. Returns the `request_uri`.
    pub async fn push(
        &self,
        ctx: &Ctx<'_>,
        form: &Form,
        possession: Possession<'_>,
    ) -> Result<par::Pushed, BankError> {
        let (partner, bound, mut uses) = self.verify_bound(ctx, form, possession, "/par").await?;
        let place = self.pace.place(ctx.now, &partner.client_id)?;
        let taken = self.push_shown(ctx, (partner, bound), form, &mut uses).await;
        let taken = uses.settle(&self.book, taken).await?;
        place.taken(taken.par_id, taken.until);
        Ok(taken.answer)
    }

    async fn push_shown(
        &self,
        ctx: &Ctx<'_>,
        (partner, bound): (Arc<Partner>, Option<Bound>),
        form: &Form,
        uses: &mut Uses,
    ) -> Result<Taken, BankError> {
        let keys = self.keys_of(&partner).await?;
        let asked = self.asked(ctx, (&partner, &keys), form)?;
        let mut request = AuthorizationRequest::parse(&asked.form, &partner.client_id)?;
        request.check_redirect(&partner.redirect_uris)?;
        if request.state.as_deref().is_some_and(|state| !is_printable(state)) {
            return Err(OAuthError::invalid_request("state must be printable ASCII").into());
        }
        match &bound {
            Some(Bound::Key(jkt)) => request.bind(Some(jkt))?,
            // The code is bound to the client, whose certificate may be renewed in between.
            Some(Bound::Certificate(_)) => {}
            None => request.bind(None)?,
        }
        partner.profile.require_evidence(request.wish.evidence.as_ref())?;
        self.require_open(ctx, &partner.client_id).await?;
        if let Details::Debit(debit) = &request.details {
            let to = ReturnTo {
                client_id: partner.client_id.clone(),
                redirect_uri: request.redirect_uri.clone(),
                state: request.state.clone(),
                code_challenge: request.code_challenge.clone(),
                dpop_jkt: request.dpop_jkt.clone().unwrap_or_default(),
                response_mode: asked.response_mode,
            };
            uses.note(&self.book).await?;
            return self.push_debit(ctx, to, (debit, &request), asked.token()).await;
        }
        self.push_mandate(ctx, (&partner, &keys), (request, &asked), uses).await
    }

    async fn push_mandate(
        &self,
        ctx: &Ctx<'_>,
        (partner, keys): (&Partner, &Jwks),
        (request, asked): (AuthorizationRequest, &Asked<'_>),
        uses: &mut Uses,
    ) -> Result<Taken, BankError> {
        request.wish.check(|acr| self.reaches(acr))?;
        let least_acr = request.wish.least();
        let evidence = request.wish.evidence.filter(|e| e.is_plausible(ctx.now));
        let (device, place) = evidence.map_or((None, None), |e| (Some(e.device), e.place));
        let Details::Mandate(mandate) = request.details else {
            return Err(OAuthError::invalid_request("a mandate must be asked for").into());
        };
        let terms = self.grantable(ctx, partner, &mandate)?;
        if partner.agreement.is_overdue(today(ctx.now)) {
            // Whose risks nobody looked at in time gets no new links (FT-13); old ones go on.
            let why = "linking is stopped until the joint assessment is reviewed";
            return Err(refuse(ErrorCode::TemporarilyUnavailable, why));
        }
        let asked_by = (request.client_id.as_str(), &mandate);
        let replaces = self.replaceable(ctx, request.replaces, asked_by).await?;
        let assertion = mandate.holder_binding.assertion.expose();
        let (facts, told) = self.told_facts(ctx, (partner, keys), assertion)?;

        let par_id = ParId::generate(ctx);
        let key = self.vault.create_person(ctx, par_id)?;
        let handle = handle(par_id, u128::from_be_bytes(ctx.random()));
        let pushed = Pushed {
            par_id,
            handle_hash: self.vault.blind("par", handle.as_bytes()),
            is_named: true,
            client_id: partner.client_id.clone(),
            redirect_uri: request.redirect_uri,
            state: request.state,
            code_challenge: request.code_challenge,
            dpop_jkt: request.dpop_jkt.unwrap_or_default(),
            terms,
            binding: Some(mandate.holder_binding.method),
            actions: mandate.actions,
            replaces,
            account_ref: mandate.wallet.account_ref,
            facts: self.vault.seal(ctx, &key, "par|facts", &facts.facts)?,
            expires_at: later(ctx.now, i64::from(par::EXPIRES_IN)),
            browser: None,
            holder: None,
            chosen: None,
            asked_at: Some(ctx.now),
            consented_at: Some(facts.consented_at),
            outcome: None,
            signed_request: asked.seal(self, ctx, &key)?,
            response_mode: asked.response_mode,
            device,
            place,
            least_acr,
            finished_at: None,
            is_forgotten: false,
        };
        let mut unit = Unit::new();
        let entry = AuditEntry::new(ctx.now, &partner.client_id, "link.asked", par_id);
        unit.insert(&pushed).insert(&key).insert(&told).audit(entry);
        match uses.commit(&self.book, unit).await {
            Ok(()) => Ok(Taken {
                answer: par::Pushed {
                    request_uri: format!("{}{handle}", par::REQUEST_URI_PREFIX),
                    expires_in: par::EXPIRES_IN,
                },
                par_id,
                until: pushed.expires_at,
            }),
            // A customer consents to one sending of their facts; a second use is not theirs.
            Err(RecordError::Duplicate { table, .. }) if table == Replay::TABLE.name => {
                Err(used_facts())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// What the wallet says of its customer, and the row by which it says so once.
    fn told_facts(
        &self,
        ctx: &Ctx<'_>,
        (partner, keys): (&Partner, &Jwks),
        assertion: &str,
    ) -> Result<(HolderFacts, Replay), BankError> {
        let (client, issuer) = (&partner.client_id, &self.config.issuer);
        let facts = holder_facts::verify(assertion, client, issuer, keys, ctx.now)
            .map_err(OAuthError::from)?;
        if self.rules.must_match() {
            facts.require_comparable().map_err(OAuthError::from)?;
        }
        let token =
            Token { kind: "facts", who: client, jti: &facts.jti, good_until: facts.good_until() };
        let told = Replay::of_token(ctx, &self.names, &token).ok_or_else(used_facts)?;
        Ok((facts, told))
    }

    /// What the bank would grant of a request, never more than was asked for.
    fn grantable(
        &self,
        ctx: &Ctx<'_>,
        partner: &Partner,
        asked: &mandate::Request,
    ) -> Result<Terms, BankError> {
        let refused = |why| refuse(ErrorCode::InvalidAuthorizationDetails, why);
        if self.rules.must_match() && asked.holder_binding.method != BindingMethod::Jpki {
            return Err(refused("the customer must be known by jpki"));
        }
        let (day, month) = self.terms_max(partner);
        let terms = asked.terms.narrowed(day, month);
        if terms.valid_to <= ctx.now {
            return Err(refused("the terms end before they begin"));
        }
        if terms.valid_from > later(ctx.now, VALID_FROM_AHEAD_SECS) {
            return Err(refused("the terms begin more than 31 days ahead"));
        }
        terms.validate().map_err(|_| refused("the bank grants nothing on such terms"))?;
        Ok(terms)
    }

    /// The widest terms that a mandate of `partner` gets.
    pub(crate) fn terms_max(&self, partner: &Partner) -> (Yen, Yen) {
        let (day, month) = self.rules.terms_max();
        let caps = &partner.caps;
        (day.min(caps.per_day.unwrap_or(day)), month.min(caps.per_month.unwrap_or(month)))
    }

    /// No new links while everything, or this partner, is stopped.
    pub(crate) async fn require_open(
        &self,
        ctx: &Ctx<'_>,
        client_id: &str,
    ) -> Result<(), BankError> {
        for gate in [Gate::everything(), Gate::of("partner", client_id)] {
            if gate.is_closed(&*self.ledger, ctx.now).await? {
                return Err(refuse(
                    ErrorCode::TemporarilyUnavailable,
                    "linking is stopped for the time being",
                ));
            }
        }
        if self.has_stopped_links(client_id).await? {
            let why = "this partner says that it stopped linking";
            return Err(refuse(ErrorCode::TemporarilyUnavailable, why));
        }
        Ok(())
    }

    /// Nothing but answers about what was asked before, while this partner is stopped.
    pub(crate) async fn require_partner_open(
        &self,
        ctx: &Ctx<'_>,
        client_id: &str,
    ) -> Result<(), BankError> {
        if Gate::of("partner", client_id).is_closed(&*self.ledger, ctx.now).await? {
            let why = "this partner is stopped for the time being";
            return Err(refuse(ErrorCode::TemporarilyUnavailable, why));
        }
        Ok(())
    }

    /// The request behind a `request_uri` of this client, if it can still be used.
    pub(crate) async fn find_pushed(
        &self,
        ctx: &Ctx<'_>,
        client_id: &str,
        request_uri: &str,
    ) -> Result<kanuki_record::Stored<Pushed>, BankError> {
        let handle =
            request_uri.strip_prefix(par::REQUEST_URI_PREFIX).ok_or(BankError::NotAvailable)?;
        let hash = self.vault.blind("par", handle.as_bytes());
        let found = match named(handle) {
            Some(par_id) => self.book.find::<Pushed>(par_id).await?,
            None => self.book.find_by::<Pushed>("handle_hash", &hash).await?,
        };
        found
            .filter(|p| bool::from(p.handle_hash.as_bytes().ct_eq(hash.as_bytes())))
            .filter(|p| p.client_id == client_id)
            .filter(|p| p.finished_at.is_none() && ctx.now < p.expires_at)
            .ok_or(BankError::NotAvailable)
    }
}
