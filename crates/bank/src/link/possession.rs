//! Who is asking, and what they show that they hold.

use std::{fmt, sync::Arc};

use kanuki_domain::Ctx;
use kanuki_wire::{
    ErrorCode, Form, OAuthError, client_assertion,
    client_cert::ClientCertificate,
    dpop,
    token::{BOUND_TOKEN_TYPE, TOKEN_TYPE},
};

use crate::{
    Bank, BankError,
    link::uses::Uses,
    pace::Door,
    partner::Partner,
    replay::{Replay, Token},
};

/// What came with a request to prove that its sender holds a key.
#[derive(Clone, Copy, Default)]
pub struct Possession<'a> {
    /// The `DPoP` header (RFC 9449).
    pub proof: Option<&'a str>,
    /// The certificate of the connection (RFC 8705), from a proxy that is believed.
    pub certificate: Option<&'a ClientCertificate>,
    /// Who it says it is from, where the registry was asked for this request already: so that it is
    /// asked once. It proves nothing.
    pub claimed: Option<&'a Arc<Partner>>,
}

/// What a token is bound to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Bound {
    /// The `DPoP` key with this thumbprint.
    Key(String),
    /// The certificate with this thumbprint (RFC 8705 section 3).
    Certificate(String),
}

impl fmt::Debug for Possession<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Possession")
            .field("proof", &self.proof.is_some())
            .field("certificate", &self.certificate)
            .finish_non_exhaustive()
    }
}

impl<'a> Possession<'a> {
    /// A proof and no certificate.
    #[must_use]
    pub const fn of_proof(proof: &'a str) -> Self {
        Self { proof: Some(proof), certificate: None, claimed: None }
    }
}

impl Bound {
    /// The key's thumbprint; empty for a certificate.
    pub(super) fn jkt(&self) -> &str {
        match self {
            Self::Key(jkt) => jkt,
            Self::Certificate(_) => "",
        }
    }

    /// The certificate's thumbprint.
    pub(super) fn x5t(&self) -> Option<&str> {
        match self {
            Self::Key(_) => None,
            Self::Certificate(x5t) => Some(x5t),
        }
    }

    /// How a token that is bound so is shown (RFC 9449 section 5, RFC 8705 section 3).
    pub(super) const fn token_type(&self) -> &'static str {
        match self {
            Self::Key(_) => TOKEN_TYPE,
            Self::Certificate(_) => BOUND_TOKEN_TYPE,
        }
    }
}

pub(crate) fn refuse(code: ErrorCode, why: &str) -> BankError {
    BankError::OAuth(OAuthError::new(code, why))
}

const DENIED: &str = "the client did not prove itself";

/// A partner that is not there looks like one that did not prove itself.
fn or_denied(error: BankError) -> BankError {
    match error {
        BankError::NotAvailable => denied(),
        other => other,
    }
}

/// Whether a form says that it brings an assertion; a bad one is not made good by a certificate.
fn claims_assertion(form: &Form) -> bool {
    ["client_assertion", "client_assertion_type"].iter().any(|name| form.get(name).is_some())
}

/// Whether `certificate` is one of `partner`'s.
fn is_proven(ctx: &Ctx<'_>, partner: &Partner, certificate: &ClientCertificate) -> bool {
    let registered = partner.profile.tls.as_ref();
    registered.is_some_and(|tls| certificate.check(tls, ctx.now).is_ok())
}

/// What a proof has to be for.
#[derive(Clone, Copy)]
pub(super) struct Purpose<'a> {
    /// Method and path.
    pub(super) request: (&'a str, &'a str),
    /// The access token that came along.
    pub(super) token: Option<&'a str>,
    /// The key that the token is bound to.
    pub(super) jkt: Option<&'a str>,
    /// Whether it must carry our nonce.
    pub(super) with_nonce: bool,
}

impl<'a> Purpose<'a> {
    /// A form of `partner` to an endpoint of the authorization server.
    const fn form(partner: &Partner, path: &'a str) -> Self {
        let with_nonce = partner.profile.dpop_nonce;
        Self { request: ("POST", path), token: None, jkt: None, with_nonce }
    }
}

fn denied() -> BankError {
    refuse(ErrorCode::InvalidClient, DENIED)
}

pub(super) fn used_proof() -> BankError {
    refuse(ErrorCode::InvalidDpopProof, "the proof was used before")
}

impl Bank {
    /// Who is asking at `door`: a registered partner with a fresh assertion or, where there is none, on
    /// the connection of its certificate. The same refusal for an unknown client and a bad proof.
    pub(crate) async fn authenticate(
        &self,
        ctx: &Ctx<'_>,
        form: &Form,
        possession: Possession<'_>,
        door: Door,
    ) -> Result<Arc<Partner>, BankError> {
        let (partner, uses) = self.verify_client(ctx, form, possession).await?;
        let uses = uses.counted(self.pace.ask(ctx.now, &partner.client_id, door)?);
        uses.settle(&self.book, Ok(partner)).await
    }

    /// Who is asking about events: a registered partner with a fresh assertion. The same refusal for an
    /// unknown client and a bad signature.
    pub async fn authenticate_partner(
        &self,
        ctx: &Ctx<'_>,
        form: &Form,
    ) -> Result<Arc<Partner>, BankError> {
        let (partner, uses) = self.verify_client(ctx, form, Possession::default()).await?;
        uses.settle(&self.book, Ok(partner)).await
    }

    /// The same, with an assertion that has yet to be used up.
    async fn verify_client(
        &self,
        ctx: &Ctx<'_>,
        form: &Form,
        possession: Possession<'_>,
    ) -> Result<(Arc<Partner>, Uses), BankError> {
        if let Some(certificate) = possession.certificate.filter(|_| !claims_assertion(form)) {
            let client_id = form.get("client_id").ok_or_else(denied)?;
            let partner = self.known_partner(client_id).await.map_err(or_denied)?;
            let is_proven = is_proven(ctx, &partner, certificate);
            return if is_proven { Ok((partner, Uses::default())) } else { Err(denied()) };
        }
        let credentials = client_assertion::Credentials::from_form(form)?;
        let claimed =
            possession.claimed.filter(|claimed| claimed.client_id == credentials.client_id);
        let partner = match claimed {
            Some(claimed) => Arc::clone(claimed),
            None => self.known_partner(&credentials.client_id).await.map_err(or_denied)?,
        };
        let assertion = client_assertion::verify(
            &credentials.assertion,
            &partner.client_id,
            &self.config.issuer,
            &self.keys_of(&partner).await?,
            ctx.now,
        )
        .map_err(|_| denied())?;
        let token = Token {
            kind: "assertion",
            who: &partner.client_id,
            jti: &assertion.jti,
            good_until: assertion.exp,
        };
        let used = Replay::of_token(ctx, &self.names, &token).ok_or_else(denied)?;
        Ok((partner, Uses::default().and(used, denied)))
    }

    /// Who is asking, and what a token that is issued now is bound to: the key of the proof, else
    /// the certificate. Assertion and proof have yet to be used up, with what follows from them.
    pub(super) async fn verify_bound(
        &self,
        ctx: &Ctx<'_>,
        form: &Form,
        possession: Possession<'_>,
        path: &str,
    ) -> Result<(Arc<Partner>, Option<Bound>, Uses), BankError> {
        let (partner, uses) = self.verify_client(ctx, form, possession).await?;
        // Before anything is written: whoever asks too much leaves nothing behind.
        let uses = uses.counted(self.pace.ask(ctx.now, &partner.client_id, Door::of(path))?);
        let Some(proof) = possession.proof else {
            let certificate =
                possession.certificate.filter(|shown| is_proven(ctx, &partner, shown));
            let bound = certificate.map(|shown| Bound::Certificate(shown.thumbprint()));
            return Ok((partner, bound, uses));
        };
        match self.verify_proof(ctx, proof, Purpose::form(&partner, path)) {
            Ok((jkt, shown)) => Ok((partner, Some(Bound::Key(jkt)), uses.and(shown, used_proof))),
            // The assertion is used up although what came with it is no good.
            Err(error) => uses.settle(&self.book, Err(error)).await,
        }
    }

    /// Checks a `DPoP` proof for `path` and that it was not used before; returns the key's
    /// thumbprint.
    pub async fn check_proof(
        &self,
        ctx: &Ctx<'_>,
        proof: &str,
        request: (&str, &str),
        (token, jkt): (Option<&str>, Option<&str>),
    ) -> Result<String, BankError> {
        let purpose = Purpose { request, token, jkt, with_nonce: false };
        let (jkt, shown) = self.verify_proof(ctx, proof, purpose)?;
        if shown.note(&self.book).await? { Ok(jkt) } else { Err(used_proof()) }
    }

    /// The key's thumbprint of a good proof, and its use, which has yet to be noted.
    pub(super) fn verify_proof(
        &self,
        ctx: &Ctx<'_>,
        proof: &str,
        purpose: Purpose<'_>,
    ) -> Result<(String, Replay), BankError> {
        let (method, path) = purpose.request;
        let uri = format!("{}{path}", self.config.issuer);
        let [this, before] = self.good_nonces(ctx.now);
        let nonces = [this.as_str(), before.as_str()];
        let expected = dpop::Expected {
            method,
            uri: &uri,
            access_token: purpose.token,
            jkt: purpose.jkt,
            nonces: if purpose.with_nonce { &nonces } else { &[] },
        };
        let dpop::Proof { jkt, jti, good_until } =
            dpop::verify(proof, &expected, ctx.now).map_err(OAuthError::from)?;
        let token = Token { kind: "dpop", who: &jkt, jti: &jti, good_until };
        let shown = Replay::of_token(ctx, &self.names, &token).ok_or_else(used_proof)?;
        Ok((jkt, shown))
    }
}
