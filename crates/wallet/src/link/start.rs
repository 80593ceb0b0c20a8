//! Setting out to the bank: push the request, send the browser.

use jiff::Timestamp;
use kanuki_desk::{gate::Gate, screening::gate as screening_gate};
use kanuki_domain::{
    Ctx, Masked,
    assurance::Identity,
    bank_account::BankCode,
    connector::Protocol,
    id::{CustomerId, GrantId, LinkId},
    limits::{BANK_PER_DAY, BANK_PER_MONTH},
    mandate::{Terms, later},
};
use kanuki_record::{AuditEntry, Unit, vault::PersonKey};
use kanuki_wire::{
    authn::AuthnWish,
    holder_facts::{self, HolderFacts},
    mandate::{Action, BindingMethod, HolderBinding, Kind, Request, WalletRef},
    par::{AuthorizationRequest, Details},
    pkce,
};

use super::{LINKING_SECS, Linking};
use crate::{Customer, PartnerBank, Party, Seen, Wallet, WalletError, proof::nonce};

pub(super) const VERIFIER: &str = "linking|verifier";

/// What somebody sets out to the bank for.
struct Trip {
    bank: BankCode,
    terms: Terms,
    actions: Vec<Action>,
    renews: Option<LinkId>,
}

impl Wallet {
    /// The callback that `bank` has registered for us.
    #[must_use]
    pub fn redirect_uri(&self, bank: BankCode) -> String {
        format!("{}/callback/{bank}", self.config.public_url)
    }

    /// Asks `bank` for a mandate on `terms`; the answer is where the browser goes.
    ///
    /// Needs a proven identity, and the customer's consent that this bank is sent their verified
    /// facts. These go through the back channel only, signed, and never through the browser.
    pub async fn start_linking(
        &self,
        ctx: &Ctx<'_>,
        (id, binding): (CustomerId, &str),
        bank: BankCode,
        terms: Terms,
        (has_consented, seen): (bool, Option<&Seen>),
    ) -> Result<String, WalletError> {
        if !has_consented {
            return Err(WalletError::NoConsent);
        }
        self.set_out_to_bank(ctx, (id, binding), bank, (terms, None), seen).await
    }

    /// Asks the bank of a link for other terms, or for the same ones for longer: the link, its
    /// account and what was used of its caps stay. The answer is where the browser goes.
    ///
    /// What was stopped, or has ended, is not renewed: it is released, or connected anew.
    pub async fn start_renewal(
        &self,
        ctx: &Ctx<'_>,
        (id, binding): (CustomerId, &str),
        link_id: LinkId,
        terms: Terms,
        (has_consented, seen): (bool, Option<&Seen>),
    ) -> Result<String, WalletError> {
        if !has_consented {
            return Err(WalletError::NoConsent);
        }
        let link = self.link_of(id, link_id).await?;
        if !link.is_renewable(ctx.now) {
            return Err(WalletError::NotAvailable);
        }
        let grant_id = link.grant_id.ok_or(WalletError::NotAvailable)?;
        let asked = (terms, Some((link_id, grant_id)));
        self.set_out_to_bank(ctx, (id, binding), link.bank, asked, seen).await
    }

    async fn set_out_to_bank(
        &self,
        ctx: &Ctx<'_>,
        (id, binding): (CustomerId, &str),
        bank: BankCode,
        (terms, renews): (Terms, Option<(LinkId, GrantId)>),
        seen: Option<&Seen>,
    ) -> Result<String, WalletError> {
        let customer = self.customer(id).await?;
        let partner = self.partner(bank).await?;
        self.require_linkable(ctx, &customer, &partner).await?;
        // A renewal brings nobody new.
        if renews.is_none() {
            let device = seen.map(|seen| seen.device_hash.as_str());
            self.weigh_link(ctx, (&customer, bank), device).await?;
        }
        let caps = self.banks.assurance(&partner).caps().map_err(|refused| {
            tracing::error!(%refused, %bank, "a bank that declares too little was about to be linked");
            WalletError::Stopped
        })?;
        // One that declares everything narrows nothing: how much is asked for then is the caller's.
        let is_less = caps.per_day < BANK_PER_DAY || caps.per_month < BANK_PER_MONTH;
        let terms = if is_less { terms.narrowed(caps.per_day, caps.per_month) } else { terms };
        let keys = self.bank_keys(ctx, bank).await?;
        let (state, verifier) = (nonce(ctx), pkce::verifier(ctx.random()));
        let actions = match partner.protocol {
            Protocol::Fapi => vec![Action::Debit, Action::Credit],
            Protocol::Oauth => vec![Action::Debit],
        };
        let party = Party { bank: &partner, keys: &keys };
        let holder_binding = Box::pin(self.holder_binding(ctx, &customer, party, ctx.now)).await?;
        let request = AuthorizationRequest {
            client_id: partner.client_id.clone(),
            redirect_uri: self.redirect_uri(bank),
            state: Some(state.clone()),
            code_challenge: pkce::challenge(&verifier)
                .map_err(|_| WalletError::Key("code challenge"))?,
            dpop_jkt: Some(keys.dpop_name()),
            details: Details::Mandate(Request {
                kind: Kind::V1,
                actions: actions.clone(),
                wallet: WalletRef { account_ref: self.account_ref(bank, id) },
                terms: terms.clone(),
                holder_binding,
            }),
            wish: AuthnWish {
                evidence: seen.map(|seen| self.evidence_for(ctx, bank, seen)),
                ..AuthnWish::default()
            },
            replaces: renews.map(|(_, grant_id)| grant_id),
        };
        let secrets = (state.as_str(), verifier.as_str(), keys.dpop_name());
        let renews = renews.map(|(link_id, _)| link_id);
        let trip = Trip { bank, terms, actions, renews };
        self.keep_linking(ctx, (id, binding), secrets, trip).await?;
        Ok(self.banks.set_out(ctx, party, &request).await?)
    }

    /// Who the customer is, as we know them, signed for this bank and for one sending.
    pub(super) async fn holder_binding(
        &self,
        ctx: &Ctx<'_>,
        customer: &Customer,
        party: Party<'_>,
        consented_at: Timestamp,
    ) -> Result<HolderBinding, WalletError> {
        let facts = self.facts(customer.customer_id).await?.facts;
        let facts = HolderFacts { jti: nonce(ctx), consented_at, facts };
        let Party { bank, keys } = party;
        let token =
            holder_facts::make(&keys.client, &bank.client_id, &bank.issuer, &facts, ctx.now)
                .map_err(|_| WalletError::Key("holder facts"))?;
        let method = match customer.identity {
            Identity::Jpki => BindingMethod::Jpki,
            Identity::Unproven => BindingMethod::SelfDeclared,
        };
        Ok(HolderBinding { method, assertion: Masked::new(token) })
    }

    async fn require_linkable(
        &self,
        ctx: &Ctx<'_>,
        customer: &Customer,
        bank: &PartnerBank,
    ) -> Result<(), WalletError> {
        if !customer.closure.is_open() {
            return Err(WalletError::Closing);
        }
        if self.rules.needs_identity_to_link() && customer.identity != Identity::Jpki {
            return Err(WalletError::NoIdentity);
        }
        let gates = [
            Gate::everything(),
            Gate::of("wallet", customer.wallet_id),
            crate::customer::wallet_switch(customer.wallet_id),
            screening_gate(customer.wallet_id),
        ];
        let is_open = self.is_linkable(ctx, bank).await? && self.are_open(ctx, &gates).await?;
        let is_leaked = self.is_leaked(ctx, customer.customer_id).await?;
        if customer.frozen.is_some() || is_leaked || !is_open {
            return Err(WalletError::Stopped);
        }
        Ok(())
    }

    async fn keep_linking(
        &self,
        ctx: &Ctx<'_>,
        (id, binding): (CustomerId, &str),
        (state, verifier, key_name): (&str, &str, String),
        trip: Trip,
    ) -> Result<(), WalletError> {
        let bank = trip.bank;
        let key = self.load::<PersonKey>(id).await?;
        let linking = Linking {
            state_hash: self.vault.blind("linking", state.as_bytes()),
            customer_id: id,
            binding: binding.to_owned(),
            bank,
            verifier: self.vault.seal(ctx, &key, VERIFIER, &verifier)?,
            terms: trip.terms,
            actions: trip.actions,
            renews: trip.renews,
            started_at: Some(ctx.now),
            came_back: None,
            expires_at: later(ctx.now, LINKING_SECS),
            key: Some(key_name),
        };
        let mut unit = Unit::new();
        unit.insert(&linking);
        // What was promised for the case that something goes wrong, as it stood on that page (FT-24).
        let policy = self.compensation().await?.version;
        unit.audit(
            AuditEntry::new(ctx.now, id, "link.facts_consented", id)
                .with("bank", bank)
                .with("compensation", policy),
        );
        Ok(self.book.commit(unit).await?)
    }
}
