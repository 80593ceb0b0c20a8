//! A top-up that the customer has to sign at their bank (RFC 9470).
//!
//! The bank took nothing: it wants its customer to look at exactly this debit. The money that is
//! coming in stays announced while they do, for minutes. What they sign buys a token for this one
//! debit; what they do not sign ends the top-up, and so does time.

use jiff::Timestamp;
use kanuki_domain::{
    Ctx, Masked,
    bank_account::BankCode,
    id::{CustomerId, LinkId, TopupId, encode_base32},
    mandate::later,
};
use kanuki_record::{
    AuditEntry, RecordError, Stored, Unit, record,
    vault::{PersonKey, Sealed},
};
use kanuki_wire::{
    ErrorCode, OAuthError,
    approval::{Granted, Kind, LIFE_SECS, Request},
    authn::{AuthnEvidence, AuthnWish},
    callback::{Answer, Callback},
    par::{AuthorizationRequest, AuthorizeQuery, Details},
    pkce,
    token::{TokenRequest, TokenResponse},
};
use serde::{Deserialize, Serialize};

use super::{SIGNED_TOKEN, SignedToken, Topup, TopupState};
use crate::{
    GatewayError, Party, Refusal, Seen, Wallet, WalletError, bank::debit_id, link::Link,
    proof::nonce,
};

/// How often a token is written down again because somebody else wrote the same row.
const KEEPS_MAX: u32 = 5;
const VERIFIER: &str = "approving|verifier";
/// How long a customer has to set out for the bank, or again after they came back without an end.
pub(super) const SET_OUT_SECS: i64 = LIFE_SECS;
/// For the way back, after the last moment at which the bank lets them sign.
pub(super) const WAY_BACK_SECS: i64 = 60;

/// A trip to a bank to sign one debit, that has not come back; used once.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Approving {
    state_hash: String,
    topup_id: TopupId,
    customer_id: CustomerId,
    /// The session that set out.
    binding: String,
    bank: BankCode,
    verifier: Sealed,
    /// The `DPoP` key that the code will be bound to.
    key: String,
    request: Request,
}

record! { Approving => "approving" by |a| a.state_hash.clone(); }

impl Approving {
    /// True once nobody can come back from it.
    pub(crate) fn is_over(&self, now: Timestamp) -> bool {
        now >= later(self.request.expires_at, WAY_BACK_SECS)
    }
}

/// What a browser came back from a bank with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Returned {
    /// A connected account.
    Linked(LinkId),
    /// An answer about a top-up; the top-up says which.
    Topup(TopupId),
}

impl Wallet {
    /// Takes what a browser brings back from a bank, whatever it went for.
    pub async fn return_from_bank(
        &self,
        ctx: &Ctx<'_>,
        who: (CustomerId, &str),
        bank: BankCode,
        query: &str,
    ) -> Result<Returned, WalletError> {
        let callback = self.read_callback(ctx, bank, query).await?;
        let state = callback.state.clone().unwrap_or_default();
        let hash = self.vault.blind("approving", state.as_bytes());
        match self.book.find::<Approving>(hash).await? {
            Some(trip) => {
                // Apart: what waits in there would make every caller's large.
                let trip = self.finish_approving(ctx, who, bank, (trip, callback));
                let topup_id = Box::pin(trip).await?;
                Ok(Returned::Topup(topup_id))
            }
            None => Ok(Returned::Linked(self.finish_linking(ctx, who, bank, query).await?)),
        }
    }

    /// Asks the bank to let its customer sign this top-up; the answer is where the browser goes.
    ///
    /// A bank that will not hear of it ends the top-up: [`WalletError::Bank`]. So does a stop that
    /// came in between: [`WalletError::Stopped`].
    pub async fn start_approving(
        &self,
        ctx: &Ctx<'_>,
        (id, binding): (CustomerId, &str),
        topup_id: TopupId,
    ) -> Result<String, WalletError> {
        let topup = self.load::<Topup>(topup_id).await?;
        let is_theirs = topup.customer_id == id;
        let TopupState::NeedsApproval { until } = topup.state else {
            return Err(WalletError::NotAvailable);
        };
        if !is_theirs || ctx.now >= until {
            return Err(WalletError::NotAvailable);
        }
        let topup = Box::pin(self.require_going_on(ctx, topup)).await?;
        let link = self.load::<Link>(topup.link_id).await?;
        let partner = self.partner(link.bank).await?;
        let keys = self.bank_keys(ctx, link.bank).await?;
        let (state, verifier) = (nonce(ctx), pkce::verifier(ctx.random()));
        let debit = Request {
            kind: Kind::V1,
            mandate_id: link.mandate_id,
            debit_id: debit_id(topup_id),
            amount: topup.amount,
            nonce: nonce(ctx),
            expires_at: later(ctx.now, LIFE_SECS),
        };
        let request = AuthorizationRequest {
            client_id: partner.client_id.clone(),
            redirect_uri: self.redirect_uri(link.bank),
            state: Some(state.clone()),
            code_challenge: pkce::challenge(&verifier)
                .map_err(|_| WalletError::Key("code challenge"))?,
            dpop_jkt: Some(keys.dpop_name()),
            details: Details::Debit(debit.clone()),
            wish: AuthnWish::sign_this(topup.evidence.clone()),
            replaces: None,
        };
        let asked = (&*state, &*verifier, keys.dpop_name(), debit);
        // Apart: what waits in there would make every caller's large.
        let topup = Box::pin(self.keep_approving(ctx, (id, binding), topup, asked)).await?;
        let party = Party { bank: &partner, keys: &keys };
        let pushed = match self.banks.push(ctx, party, &request).await {
            Ok(pushed) => pushed,
            Err(GatewayError::Refused(refusal)) => {
                self.withdraw_topup(ctx, topup, Refusal::TryLater).await?;
                return Err(WalletError::Bank(refusal));
            }
            Err(unknown) => return Err(unknown.into()),
        };
        let query = AuthorizeQuery {
            client_id: partner.client_id.clone(),
            request_uri: pushed.request_uri,
        };
        query.to_url(&partner.authorize_url).map_err(WalletError::Bank)
    }

    /// Keeps the trip, and gives it the time that it may take.
    async fn keep_approving(
        &self,
        ctx: &Ctx<'_>,
        (id, binding): (CustomerId, &str),
        mut topup: Stored<Topup>,
        (state, verifier, key_name, request): (&str, &str, String, Request),
    ) -> Result<Stored<Topup>, WalletError> {
        let key = self.load::<PersonKey>(id).await?;
        let until = later(request.expires_at, WAY_BACK_SECS);
        let trip = Approving {
            state_hash: self.vault.blind("approving", state.as_bytes()),
            topup_id: topup.topup_id,
            customer_id: id,
            binding: binding.to_owned(),
            bank: topup.bank,
            verifier: self.vault.seal(ctx, &key, VERIFIER, &verifier)?,
            key: key_name,
            request,
        };
        topup.edit().state = TopupState::NeedsApproval { until };
        topup.edit().next_at = until;
        topup.edit().waiting = None;
        let mut unit = Unit::new();
        unit.insert(&trip).update(&topup);
        self.book.commit(unit).await?;
        self.load::<Topup>(topup.topup_id).await
    }

    /// The customer came back: with a code, or with a no.
    async fn finish_approving(
        &self,
        ctx: &Ctx<'_>,
        (id, binding): (CustomerId, &str),
        bank: BankCode,
        (trip, callback): (Stored<Approving>, Callback),
    ) -> Result<TopupId, WalletError> {
        let topup_id = trip.topup_id;
        let is_ours = trip.customer_id == id && trip.binding == binding && trip.bank == bank;
        if !is_ours || trip.is_over(ctx.now) {
            return Err(WalletError::NotAvailable);
        }
        let mut unit = Unit::new();
        unit.delete(&trip);
        match self.book.commit(unit).await {
            Ok(()) => {}
            // The page was loaded again: what the first time made of it counts.
            Err(RecordError::Conflict { .. }) => return Ok(topup_id),
            Err(error) => return Err(error.into()),
        }
        let issuer = self.partner(bank).await?.issuer;
        let state = callback.state.clone().unwrap_or_default();
        let answer = callback.accept(&issuer, &state).map_err(|_| WalletError::NotAvailable)?;
        let topup = self.load::<Topup>(topup_id).await?;
        if !topup.is_settled()
            && let Some(reason) = self.stopped_since(ctx, &topup).await?
        {
            if matches!(topup.state, TopupState::NeedsApproval { .. }) {
                self.withdraw_topup(ctx, topup, reason).await?;
            }
            return Ok(topup_id);
        }
        match answer {
            Answer::Code(code) => self.redeem_approval(ctx, &trip, code).await?,
            Answer::Refused(refusal) => self.hear_refusal(ctx, topup_id, &refusal).await?,
        }
        Ok(topup_id)
    }

    /// The customer said no, which ends it; of any other reason they can try again while there is
    /// time.
    async fn hear_refusal(
        &self,
        ctx: &Ctx<'_>,
        topup_id: TopupId,
        refusal: &OAuthError,
    ) -> Result<(), WalletError> {
        let topup = self.load::<Topup>(topup_id).await?;
        let is_waiting = matches!(topup.state, TopupState::NeedsApproval { .. });
        if is_waiting && refusal.code == ErrorCode::AccessDenied {
            self.withdraw_topup(ctx, topup, Refusal::NotApproved).await?;
        }
        Ok(())
    }

    /// A code for a token, the token for the debit. A bank that does not answer here has taken
    /// nothing, and the customer can go again.
    async fn redeem_approval(
        &self,
        ctx: &Ctx<'_>,
        trip: &Approving,
        code: Masked<String>,
    ) -> Result<(), WalletError> {
        let key = self.load::<PersonKey>(trip.customer_id).await?;
        let verifier: String = self.vault.open(&key, VERIFIER, &trip.verifier)?;
        let request = TokenRequest::AuthorizationCode {
            code,
            redirect_uri: self.redirect_uri(trip.bank),
            code_verifier: Masked::new(verifier),
        };
        let keys = self.bank_keys_named(ctx, trip.bank, Some(&trip.key)).await?;
        let keys = keys.ok_or(WalletError::NotAvailable)?;
        let partner = self.partner(trip.bank).await?;
        let party = Party { bank: &partner, keys: &keys };
        let response = self.banks.exchange_once(ctx, party, &request).await?;
        let signed = (&trip.request, response, keys.dpop_name());
        self.keep_signed(ctx, trip.topup_id, signed).await?;
        self.drive_topup(ctx, trip.topup_id).await?;
        Ok(())
    }

    /// The customer signed: keeps the token for this one debit. One that comes too late is used by
    /// nobody and moves nothing.
    pub(super) async fn keep_signed(
        &self,
        ctx: &Ctx<'_>,
        topup_id: TopupId,
        (request, response, key_name): (&Request, TokenResponse<Granted>, String),
    ) -> Result<(), WalletError> {
        let granted = response.authorization_details.first().ok_or(WalletError::NotAvailable)?;
        granted.check_against(request).map_err(|_| WalletError::NotAvailable)?;
        let until = later(ctx.now, i64::from(response.expires_in).min(LIFE_SECS));
        let token = SignedToken { access: response.access_token, key: key_name };
        let signed = (&token, granted.signed_at, until);
        // Another poll may write at this very moment that it still waits. The bank gives the token
        // once: whoever has it does not give way.
        for _ in 1..KEEPS_MAX {
            match self.keep_token(ctx, topup_id, signed).await {
                Err(WalletError::Record(RecordError::Conflict { .. })) => {}
                other => return other,
            }
        }
        self.keep_token(ctx, topup_id, signed).await
    }

    async fn keep_token(
        &self,
        ctx: &Ctx<'_>,
        topup_id: TopupId,
        (token, signed_at, until): (&SignedToken, Timestamp, Timestamp),
    ) -> Result<(), WalletError> {
        let mut topup = self.load::<Topup>(topup_id).await?;
        if !matches!(topup.state, TopupState::NeedsApproval { .. }) {
            // Its time ended, or another tab was faster.
            return Ok(());
        }
        let key = self.load::<PersonKey>(topup.customer_id).await?;
        topup.edit().token = Some(self.vault.seal(ctx, &key, SIGNED_TOKEN, token)?);
        topup.edit().signed_at = Some(signed_at);
        topup.edit().waiting = None;
        topup.edit().state = TopupState::Approved { until };
        topup.edit().next_at = later(ctx.now, crate::bank::FIRST_ANSWER_SECS);
        let mut unit = Unit::new();
        unit.update(&topup).audit(
            AuditEntry::new(ctx.now, topup.customer_id, "topup.approved", topup_id)
                .with("amount", topup.amount.amount()),
        );
        Ok(self.book.commit(unit).await?)
    }

    /// The customer changed their mind before the bank was asked anything more.
    pub async fn abandon_topup(
        &self,
        ctx: &Ctx<'_>,
        id: CustomerId,
        topup_id: TopupId,
    ) -> Result<Topup, WalletError> {
        let topup = self.load::<Topup>(topup_id).await?;
        if topup.customer_id != id {
            return Err(WalletError::NotAvailable);
        }
        match topup.state {
            TopupState::NeedsApproval { .. } => {
                self.withdraw_topup(ctx, topup, Refusal::NotApproved).await
            }
            TopupState::Requested
            | TopupState::Asking
            | TopupState::Approved { .. }
            | TopupState::Withdrawing { .. }
            | TopupState::Posted { .. }
            | TopupState::Refused { .. }
            | TopupState::OpenItem { .. } => Ok(topup.into_inner()),
        }
    }

    /// What a bank may know of how its customer is signed in here. The device and the network have other
    /// names at every bank, and none of them is ours.
    pub(crate) fn evidence_for(&self, ctx: &Ctx<'_>, bank: BankCode, seen: &Seen) -> AuthnEvidence {
        let named = |purpose: &str, what: &str| {
            let blinded = self.vault.blind(purpose, format!("{bank}|{what}").as_bytes());
            encode_base32(kanuki_domain::id::derive_bits(&[&blinded]))
        };
        let block = Some(ctx.address_block).filter(|block| !block.is_empty());
        AuthnEvidence {
            device: named("device_at_bank", &seen.device_hash),
            signed_in_by: seen.signed_in_by,
            signed_in_at: seen.signed_in_at,
            signed_at: None,
            place: block.map(|block| named("place_at_bank", block)),
        }
    }
}
