//! Who is asking, and what they show that they hold.

use std::fmt;

use kanuki_domain::Ctx;
use kanuki_wire::{
    ErrorCode, Form, OAuthError, client_assertion,
    client_cert::ClientCertificate,
    dpop,
    token::{BOUND_TOKEN_TYPE, TOKEN_TYPE},
};

use crate::{
    Bank, BankError,
    partner::Partner,
    replay::{self, Replay},
};

/// What came with a request to prove that its sender holds a key.
#[derive(Clone, Copy, Default)]
pub struct Possession<'a> {
    /// The `DPoP` header (RFC 9449).
    pub proof: Option<&'a str>,
    /// The certificate of the connection (RFC 8705), from a proxy that is believed.
    pub certificate: Option<&'a ClientCertificate>,
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
            .finish()
    }
}

impl<'a> Possession<'a> {
    /// A proof and no certificate.
    #[must_use]
    pub const fn of_proof(proof: &'a str) -> Self {
        Self { proof: Some(proof), certificate: None }
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
        BankError::NotAvailable => refuse(ErrorCode::InvalidClient, DENIED),
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

fn used_proof() -> BankError {
    refuse(ErrorCode::InvalidDpopProof, "the proof was used before")
}

impl Bank {
    /// Who is asking: a registered partner with a fresh assertion or, where there is none, on the
    /// connection of its certificate. The same refusal for an unknown client and a bad proof.
    pub async fn authenticate(
        &self,
        ctx: &Ctx<'_>,
        form: &Form,
        possession: Possession<'_>,
    ) -> Result<Partner, BankError> {
        match possession.certificate {
            Some(certificate) if !claims_assertion(form) => {
                let denied = || refuse(ErrorCode::InvalidClient, DENIED);
                let client_id = form.get("client_id").ok_or_else(denied)?;
                let partner = self.partner(client_id).await.map_err(or_denied)?;
                if is_proven(ctx, &partner, certificate) { Ok(partner) } else { Err(denied()) }
            }
            Some(_) | None => self.authenticate_partner(ctx, form).await,
        }
    }

    /// What a token that is issued now is bound to: the key of the proof, else the certificate.
    pub(super) async fn bound_to(
        &self,
        ctx: &Ctx<'_>,
        partner: &Partner,
        possession: Possession<'_>,
        path: &str,
    ) -> Result<Option<Bound>, BankError> {
        if let Some(proof) = possession.proof {
            return Ok(Some(Bound::Key(self.check_form_proof(ctx, partner, proof, path).await?)));
        }
        let certificate = possession.certificate.filter(|shown| is_proven(ctx, partner, shown));
        Ok(certificate.map(|shown| Bound::Certificate(shown.thumbprint())))
    }

    /// Who is asking: a registered partner with a fresh assertion. The same refusal for an unknown
    /// client and a bad signature.
    pub async fn authenticate_partner(
        &self,
        ctx: &Ctx<'_>,
        form: &Form,
    ) -> Result<Partner, BankError> {
        let (partner, assertion) = self.verify_assertion(ctx, form).await?;
        self.use_up(&assertion).await?;
        Ok(partner)
    }

    /// A partner's assertion, which has yet to be used up.
    async fn verify_assertion(
        &self,
        ctx: &Ctx<'_>,
        form: &Form,
    ) -> Result<(Partner, Replay), BankError> {
        let credentials = client_assertion::Credentials::from_form(form)?;
        let partner = self.partner(&credentials.client_id).await.map_err(or_denied)?;
        let assertion = client_assertion::verify(
            &credentials.assertion,
            &partner.client_id,
            &self.config.issuer,
            &self.keys_of(&partner).await?,
            ctx.now,
        )
        .map_err(|_| refuse(ErrorCode::InvalidClient, DENIED))?;
        let used = Replay::of(ctx, "assertion", &partner.client_id, &assertion.jti);
        Ok((partner, used))
    }

    async fn use_up(&self, assertion: &Replay) -> Result<(), BankError> {
        let is_new = assertion.note(&self.book).await?;
        if is_new { Ok(()) } else { Err(refuse(ErrorCode::InvalidClient, DENIED)) }
    }

    /// Who is asking, and what a token that is issued now is bound to. An assertion and a proof that
    /// come together are used up in one commit, before anything follows from them.
    pub(super) async fn authenticate_bound(
        &self,
        ctx: &Ctx<'_>,
        form: &Form,
        possession: Possession<'_>,
        path: &str,
    ) -> Result<(Partner, Option<Bound>), BankError> {
        let (Some(proof), None) = (possession.proof, possession.certificate) else {
            let partner = self.authenticate(ctx, form, possession).await?;
            let bound = self.bound_to(ctx, &partner, possession, path).await?;
            return Ok((partner, bound));
        };
        let (partner, assertion) = self.verify_assertion(ctx, form).await?;
        let proof = match self.verify_proof(ctx, proof, Purpose::form(&partner, path)) {
            Ok(proof) => proof,
            // It is used up although what came with it is no good.
            Err(error) => return Err(self.use_up(&assertion).await.err().unwrap_or(error)),
        };
        let shown = Replay::of(ctx, "dpop", &proof.jkt, &proof.jti);
        match replay::first_uses(&self.book, [&assertion, &shown]).await? {
            [true, true] => Ok((partner, Some(Bound::Key(proof.jkt)))),
            [false, _] => Err(refuse(ErrorCode::InvalidClient, DENIED)),
            [true, false] => Err(used_proof()),
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
        self.check_proof_for(ctx, proof, Purpose { request, token, jkt, with_nonce: false }).await
    }

    /// The same at an endpoint of the authorization server, with our nonce if `partner` agreed to
    /// bring it.
    pub(super) async fn check_form_proof(
        &self,
        ctx: &Ctx<'_>,
        partner: &Partner,
        proof: &str,
        path: &str,
    ) -> Result<String, BankError> {
        self.check_proof_for(ctx, proof, Purpose::form(partner, path)).await
    }

    pub(super) async fn check_proof_for(
        &self,
        ctx: &Ctx<'_>,
        proof: &str,
        purpose: Purpose<'_>,
    ) -> Result<String, BankError> {
        let proof = self.verify_proof(ctx, proof, purpose)?;
        if replay::first_use(&self.book, ctx, "dpop", &proof.jkt, &proof.jti).await? {
            Ok(proof.jkt)
        } else {
            Err(used_proof())
        }
    }

    /// A good proof, which has yet to be used up.
    fn verify_proof(
        &self,
        ctx: &Ctx<'_>,
        proof: &str,
        purpose: Purpose<'_>,
    ) -> Result<dpop::Proof, BankError> {
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
        Ok(dpop::verify(proof, &expected, ctx.now).map_err(OAuthError::from)?)
    }
}
