//! Who is asking, and what they show that they hold.

use std::fmt;

use kanuki_domain::Ctx;
use kanuki_wire::{ErrorCode, Form, OAuthError, client_assertion, dpop};

use crate::{Bank, BankError, partner::Partner, replay};

/// What came with a request to prove that its sender holds a key.
#[derive(Clone, Copy, Default)]
pub struct Possession<'a> {
    /// The `DPoP` header (RFC 9449).
    pub proof: Option<&'a str>,
}

impl fmt::Debug for Possession<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Possession").field("proof", &self.proof.is_some()).finish_non_exhaustive()
    }
}

impl<'a> From<Option<&'a str>> for Possession<'a> {
    fn from(proof: Option<&'a str>) -> Self {
        Self { proof }
    }
}

impl<'a> From<Option<&'a String>> for Possession<'a> {
    fn from(proof: Option<&'a String>) -> Self {
        Self { proof: proof.map(String::as_str) }
    }
}

impl<'a> From<&'a str> for Possession<'a> {
    fn from(proof: &'a str) -> Self {
        Self { proof: Some(proof) }
    }
}

impl<'a> From<&'a String> for Possession<'a> {
    fn from(proof: &'a String) -> Self {
        Self { proof: Some(proof) }
    }
}

pub(super) fn refuse(code: ErrorCode, why: &str) -> BankError {
    BankError::OAuth(OAuthError::new(code, why))
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

impl Bank {
    /// Who is asking: a registered partner with a fresh assertion. The same refusal for an unknown
    /// client and a bad signature.
    pub async fn authenticate_partner(
        &self,
        ctx: &Ctx<'_>,
        form: &Form,
    ) -> Result<Partner, BankError> {
        let denied = || refuse(ErrorCode::InvalidClient, "the client assertion was refused");
        let credentials = client_assertion::Credentials::from_form(form)?;
        let partner = self.partner(&credentials.client_id).await.map_err(|error| match error {
            BankError::NotAvailable => denied(),
            other => other,
        })?;
        let assertion = client_assertion::verify(
            &credentials.assertion,
            &partner.client_id,
            &self.config.issuer,
            &partner.jwks,
            ctx.now,
        )
        .map_err(|_| denied())?;
        let is_new =
            replay::first_use(&self.book, ctx, "assertion", &partner.client_id, &assertion.jti)
                .await?;
        if is_new { Ok(partner) } else { Err(denied()) }
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
        let with_nonce = partner.profile.dpop_nonce;
        let purpose = Purpose { request: ("POST", path), token: None, jkt: None, with_nonce };
        self.check_proof_for(ctx, proof, purpose).await
    }

    pub(super) async fn check_proof_for(
        &self,
        ctx: &Ctx<'_>,
        proof: &str,
        purpose: Purpose<'_>,
    ) -> Result<String, BankError> {
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
        let proof = dpop::verify(proof, &expected, ctx.now).map_err(OAuthError::from)?;
        if replay::first_use(&self.book, ctx, "dpop", &proof.jkt, &proof.jti).await? {
            Ok(proof.jkt)
        } else {
            Err(refuse(ErrorCode::InvalidDpopProof, "the proof was used before"))
        }
    }
}
