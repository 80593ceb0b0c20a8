//! Codes and tokens: opaque, hashed at rest, each bound to a client and a key.

use jiff::Timestamp;
use kanuki_domain::{
    Ctx, Masked,
    id::{DebitApprovalId, GrantId, MandateId, encode_base32},
    mandate::later,
};
use kanuki_record::{Stored, Unit, record};
use kanuki_wire::{
    ErrorCode, Form, OAuthError, mandate as details,
    token::{BOUND_TOKEN_TYPE, Issued, TOKEN_TYPE, TokenRequest, TokenResponse},
};
use serde::{Deserialize, Serialize};

use crate::{
    Bank, BankError,
    approval::DebitApproval,
    link::{
        Possession,
        possession::{Bound, Purpose, used_proof},
        uses::Uses,
    },
    mandate::Mandate,
    pace::Door,
    sweep::forget_on,
};

pub(crate) use super::grant::revoke_all;
use super::grant::standing;
pub use super::{code::Code, grant::Grant};

/// How long an access token lives.
const ACCESS_SECS: i64 = 600;
/// How long a token for one debit lives: enough to ask again after a lost answer.
const ONCE_SECS: i64 = 300;

/// Which token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// For `/debits` and `/credits`.
    Access,
    /// For a new access token. Not rotated (FAPI 2.0 section 5.3.2.1-9).
    Refresh,
    /// For giving debits back, in the partner's own name.
    Refunds,
}

/// A token, by its hash.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Token {
    pub(super) token_hash: String,
    pub(super) kind: Kind,
    pub(super) grant_id: GrantId,
    pub(super) client_id: String,
    /// The key it is bound to; empty where that is a certificate.
    pub(super) jkt: String,
    /// The certificate it is bound to (`x5t#S256`).
    #[serde(default)]
    pub(super) x5t: Option<String>,
    pub(super) expires_at: Timestamp,
    /// As [`Grant::generation`] when it was issued.
    #[serde(default)]
    pub(super) generation: u32,
}

record! { Token => "token" by |t| t.token_hash.clone();
    loose forget_on = |t| Some(forget_on(t.expires_at));
}

/// Who may do what, by a token that was checked.
#[derive(Clone, Debug)]
pub struct Authorized {
    /// The client.
    pub client_id: String,
    /// The mandate.
    pub mandate_id: MandateId,
    /// The grant.
    pub grant_id: GrantId,
    /// What it may be used for.
    pub actions: Vec<details::Action>,
    /// The approval whose one debit it is for, if it is for no more than that.
    pub once: Option<DebitApprovalId>,
    /// The scheme that it came in: `DPoP`, or `Bearer` for one bound to a certificate.
    pub scheme: &'static str,
}

pub(super) fn secret(ctx: &Ctx<'_>) -> String {
    let halves = [ctx.random::<16>(), ctx.random::<16>()];
    halves.map(|half| encode_base32(u128::from_be_bytes(half))).concat()
}

pub(super) fn invalid_grant() -> BankError {
    BankError::OAuth(OAuthError::new(ErrorCode::InvalidGrant, "the grant is not valid"))
}

fn not_valid() -> BankError {
    BankError::OAuth(OAuthError::new(ErrorCode::InvalidToken, "the token is not valid"))
}

fn no_proof() -> BankError {
    BankError::OAuth(OAuthError::new(ErrorCode::InvalidDpopProof, "a DPoP proof is needed"))
}

impl Bank {
    /// The token endpoint.
    pub async fn exchange(
        &self,
        ctx: &Ctx<'_>,
        form: &Form,
        possession: Possession<'_>,
    ) -> Result<Issued, BankError> {
        let (partner, bound, mut uses) = self.verify_bound(ctx, form, possession, "/token").await?;
        let issued = self.exchange_shown(ctx, form, (&partner.client_id, bound), &mut uses).await;
        uses.settle(&self.book, issued).await
    }

    async fn exchange_shown(
        &self,
        ctx: &Ctx<'_>,
        form: &Form,
        (client_id, bound): (&str, Option<Bound>),
        uses: &mut Uses,
    ) -> Result<Issued, BankError> {
        let request = TokenRequest::parse(form)?;
        let bound = bound.ok_or_else(no_proof)?;
        self.require_partner_open(ctx, client_id).await?;
        match request {
            TokenRequest::AuthorizationCode { code, redirect_uri, code_verifier } => {
                let shown = (redirect_uri.as_str(), code_verifier.expose().as_str());
                self.use_code(ctx, (client_id, &bound), (code.expose(), shown), uses).await
            }
            TokenRequest::Decoupled { auth_req_id } => {
                let asked = (client_id, auth_req_id.expose().as_str());
                self.poll_decoupled(ctx, asked, &bound, uses).await
            }
            TokenRequest::Refunds => self.issue_refunds(ctx, (client_id, &bound), uses).await,
            TokenRequest::RefreshToken { refresh_token } => {
                let token = self.find_token(ctx, refresh_token.expose(), Kind::Refresh).await?;
                if token.client_id != client_id {
                    return Err(invalid_grant());
                }
                let of = (token.grant_id, token.generation);
                let (issued, unit) = self.issue(ctx, of, (client_id, &bound, false)).await?;
                uses.commit(&self.book, unit).await?;
                Ok(issued)
            }
        }
    }

    /// Tokens for a grant, bound to what was proven, and the unit that makes them good. A grant for
    /// one debit gives no refresh token: what was signed is not to be had again.
    pub(crate) async fn issue(
        &self,
        ctx: &Ctx<'_>,
        (grant_id, generation): (GrantId, u32),
        (client_id, bound, with_refresh): (&str, &Bound, bool),
    ) -> Result<(Issued, Unit), BankError> {
        let grant = self.book.find::<Grant>(grant_id).await?.ok_or_else(invalid_grant)?;
        let mandate =
            self.book.find::<Mandate>(grant.mandate_id).await?.ok_or_else(invalid_grant)?;
        // What is granted is what is in force.
        let mandate = self.ripen(ctx, mandate).await?;
        if !grant.honours(generation) || !mandate.state.aged(ctx.now).is_alive() {
            return Err(invalid_grant());
        }
        let row = |kind, token: &str, expires_at| Token {
            token_hash: self.vault.blind("token", token.as_bytes()),
            kind,
            grant_id,
            client_id: client_id.to_owned(),
            jkt: bound.jkt().to_owned(),
            x5t: bound.x5t().map(str::to_owned),
            expires_at,
            generation,
        };
        let signed = match grant.once {
            Some(id) => {
                let approval = self.book.find::<DebitApproval>(id).await?;
                let granted = approval.filter(|approval| approval.is_current(&mandate));
                let granted = granted.and_then(|approval| approval.granted(&mandate));
                Some(granted.ok_or_else(invalid_grant)?)
            }
            None => None,
        };
        let life = if signed.is_some() { ONCE_SECS } else { ACCESS_SECS };
        let access = secret(ctx);
        let refresh = (with_refresh && signed.is_none()).then(|| secret(ctx));
        let mut unit = Unit::new();
        unit.insert(&row(Kind::Access, &access, later(ctx.now, life)));
        if let Some(refresh) = &refresh {
            unit.insert(&row(Kind::Refresh, refresh, mandate.ends_at()));
        }
        let access_token = Masked::new(access);
        let token_type = bound.token_type().to_owned();
        let expires_in = u32::try_from(life).unwrap_or(0);
        let issued = match signed {
            Some(signed) => Issued::Once(TokenResponse {
                access_token,
                token_type,
                expires_in,
                refresh_token: None,
                acr: grant.acr,
                auth_time: grant.auth_time(signed.signed_at),
                authorization_details: vec![signed],
                // What it hangs on is no record that a client reads or ends.
                grant_id: None,
            }),
            None => Issued::Standing(TokenResponse {
                access_token,
                token_type,
                expires_in,
                refresh_token: refresh.map(Masked::new),
                acr: grant.acr,
                auth_time: grant.auth_time(mandate.agreed_at()),
                authorization_details: vec![granted(&mandate, &grant, ctx.now)],
                grant_id: Some(grant_id),
            }),
        };
        Ok((issued, unit))
    }

    pub(super) async fn find_token(
        &self,
        ctx: &Ctx<'_>,
        token: &str,
        kind: Kind,
    ) -> Result<Token, BankError> {
        let hash = self.vault.blind("token", token.as_bytes());
        let found = self.book.find::<Token>(&hash).await?;
        found
            .map(Stored::into_inner)
            .filter(|t| t.kind == kind && ctx.now < t.expires_at)
            .ok_or_else(invalid_grant)
    }

    /// The sender must hold what the token is bound to, and say so in the way that fits it.
    pub(super) async fn require_possession(
        &self,
        ctx: &Ctx<'_>,
        (token, found): (&str, &Token),
        possession: Possession<'_>,
        request: (&str, &str),
    ) -> Result<(), BankError> {
        if let Some(x5t) = &found.x5t {
            let shown = possession.certificate.filter(|_| possession.proof.is_none());
            let is_held = shown.is_some_and(|certificate| certificate.thumbprint() == *x5t);
            if !is_held {
                return Err(not_valid());
            }
            self.pace.ask(ctx.now, &found.client_id, Door::of(request.1))?;
            return Ok(());
        }
        let with_nonce = self.known_partner(&found.client_id).await?.profile.dpop_nonce;
        let proof = possession.proof.ok_or_else(no_proof)?;
        let purpose = Purpose { request, token: Some(token), jkt: Some(&found.jkt), with_nonce };
        let (_, shown) = self.verify_proof(ctx, proof, purpose)?;
        // Before the proof is noted: whoever asks too much leaves nothing behind.
        let counted = self.pace.ask(ctx.now, &found.client_id, Door::of(request.1))?;
        if !shown.note(&self.book).await? {
            counted.take_back();
            return Err(used_proof());
        }
        Ok(())
    }

    /// Checks an access token, and that its sender holds what it is bound to, for one request.
    pub async fn authorize(
        &self,
        ctx: &Ctx<'_>,
        token: &str,
        possession: Possession<'_>,
        request: (&str, &str),
    ) -> Result<Authorized, BankError> {
        let (authorized, is_ended) = self.recognize(ctx, token, possession, request).await?;
        if is_ended { Err(not_valid()) } else { Ok(authorized) }
    }

    /// The same for ending a grant: a token that ended with its grant may say so again, so that a
    /// partner whose first answer was lost hears that it is done.
    pub async fn authorize_ending(
        &self,
        ctx: &Ctx<'_>,
        token: &str,
        possession: Possession<'_>,
        request: (&str, &str),
    ) -> Result<Authorized, BankError> {
        Ok(self.recognize(ctx, token, possession, request).await?.0)
    }

    /// Whose a token is, and whether its grant has ended. One from before its holder agreed anew is
    /// nobody's.
    async fn recognize(
        &self,
        ctx: &Ctx<'_>,
        token: &str,
        possession: Possession<'_>,
        request: (&str, &str),
    ) -> Result<(Authorized, bool), BankError> {
        let found = match self.find_token(ctx, token, Kind::Access).await {
            Err(BankError::OAuth(_)) => return Err(not_valid()),
            other => other?,
        };
        self.require_possession(ctx, (token, &found), possession, request).await?;
        let grant = self.book.find::<Grant>(found.grant_id).await?.ok_or_else(not_valid)?;
        if grant.generation != found.generation {
            return Err(not_valid());
        }
        let authorized = Authorized {
            scheme: if found.x5t.is_some() { BOUND_TOKEN_TYPE } else { TOKEN_TYPE },
            client_id: found.client_id,
            mandate_id: grant.mandate_id,
            grant_id: grant.grant_id,
            actions: grant.actions.clone(),
            once: grant.once,
        };
        Ok((authorized, grant.revoked_at.is_some()))
    }

    /// The partner ends its grant, and with it the mandate.
    pub async fn revoke_grant(
        &self,
        ctx: &Ctx<'_>,
        authorized: &Authorized,
        grant_id: GrantId,
    ) -> Result<(), BankError> {
        require_standing(authorized)?;
        if authorized.grant_id != grant_id {
            return Err(BankError::NotAvailable);
        }
        let mandate = crate::holder::load::<Mandate>(&self.book, authorized.mandate_id).await?;
        self.require_partner_open(ctx, &authorized.client_id).await?;
        let by = kanuki_domain::mandate::StoppedBy::Wallet;
        self.end(ctx, mandate, by, authorized.client_id.clone()).await
    }

    /// The granted details, as the partner reads them (`GET /grants/{id}`).
    pub async fn read_grant(
        &self,
        ctx: &Ctx<'_>,
        authorized: &Authorized,
        grant_id: GrantId,
    ) -> Result<details::Granted, BankError> {
        require_standing(authorized)?;
        if authorized.grant_id != grant_id {
            return Err(BankError::NotAvailable);
        }
        let grant = crate::holder::load::<Grant>(&self.book, grant_id).await?;
        let mandate = crate::holder::load::<Mandate>(&self.book, grant.mandate_id).await?;
        Ok(granted(&mandate, &grant, ctx.now))
    }
}

/// A token for one debit opens that and nothing else.
fn require_standing(authorized: &Authorized) -> Result<(), BankError> {
    if authorized.once.is_none() {
        return Ok(());
    }
    let why = "the token is for one debit";
    Err(OAuthError::new(ErrorCode::InsufficientScope, why).into())
}

/// The mandate's account, as far as a wallet may know it.
pub(crate) fn account_ref(mandate: &Mandate) -> details::AccountRef {
    details::AccountRef {
        handle: mandate.account_id.to_string(),
        mask: mandate.account_mask.clone(),
    }
}

pub(super) fn granted(mandate: &Mandate, grant: &Grant, now: Timestamp) -> details::Granted {
    details::Granted {
        kind: details::Kind::V1,
        mandate_id: mandate.mandate_id,
        grant_id: Some(grant.grant_id),
        actions: grant.actions.clone(),
        wallet: details::WalletRef { account_ref: mandate.account_ref.clone() },
        terms: mandate.terms.clone(),
        account: account_ref(mandate),
        standing: standing(mandate.state, now),
    }
}
