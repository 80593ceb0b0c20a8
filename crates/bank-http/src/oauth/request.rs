//! Reading a partner's request: forms, proofs and access tokens, each in exactly one place.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Request},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header, request::Parts};
use kanuki_bank::{
    link::{Payer, Possession, token::Authorized},
    partner::Partner,
};
use kanuki_site::{Problem, Visit};
use kanuki_wire::{
    ErrorCode, Form, OAuthError,
    client_cert::{self, ClientCertificate},
    dpop, json,
};
use serde::de::DeserializeOwned;

use crate::{BankState, oauth::partner_keys, refusal::Refusal};

/// Codes, ids and amounts are in no cache.
pub(crate) const NO_STORE: [(header::HeaderName, &str); 2] =
    [(header::CACHE_CONTROL, "no-store"), (header::PRAGMA, "no-cache")];

fn kind(headers: &HeaderMap) -> Option<String> {
    let mut values = headers.get_all(header::CONTENT_TYPE).iter();
    let (first, None) = (values.next()?, values.next()) else { return None };
    let mime = first.to_str().ok()?.split(';').next()?.trim();
    Some(mime.to_ascii_lowercase())
}

fn refuse(error: OAuthError) -> Response {
    Refusal::resource(error).into_response()
}

/// The one `DPoP` header (RFC 9449 section 4.3, check 1).
fn proof(headers: &HeaderMap) -> Result<Option<&str>, OAuthError> {
    let malformed = || OAuthError::new(ErrorCode::InvalidDpopProof, "the proof is malformed");
    let values: Result<Vec<&str>, _> =
        headers.get_all(dpop::HEADER).iter().map(http::HeaderValue::to_str).collect();
    Ok(dpop::single_header(values.map_err(|_| malformed())?)?)
}

/// The certificate of the connection, if the proxy that says so is to be believed. Where it is not,
/// the header is as good as absent: anyone could have sent it.
fn certificate(
    headers: &HeaderMap,
    state: &BankState,
) -> Result<Option<ClientCertificate>, OAuthError> {
    let mut values = headers.get_all(client_cert::HEADER).iter();
    let Some(value) = values.next().filter(|_| state.bank.config.takes_client_certificates) else {
        return Ok(None);
    };
    let malformed = || OAuthError::invalid_request("the client certificate header is malformed");
    let value = value.to_str().map_err(|_| malformed())?;
    if values.next().is_some() {
        return Err(malformed());
    }
    ClientCertificate::from_header(value).map(Some).map_err(|_| malformed())
}

/// A form to an endpoint of the authorization server, and the proof that came with it.
pub(crate) struct BackForm {
    pub(crate) form: Form,
    proof: Option<String>,
    certificate: Option<ClientCertificate>,
    claimed: Option<Arc<Partner>>,
}

impl BackForm {
    /// What its sender shows that it holds.
    pub(crate) fn possession(&self) -> Possession<'_> {
        Possession {
            proof: self.proof.as_deref(),
            certificate: self.certificate.as_ref(),
            claimed: self.claimed.as_ref(),
        }
    }
}

impl FromRequest<BankState> for BackForm {
    type Rejection = Response;

    async fn from_request(request: Request, state: &BankState) -> Result<Self, Response> {
        let refuse = |error: OAuthError| Refusal::authorization(error).into_response();
        if kind(request.headers()).as_deref() != Some("application/x-www-form-urlencoded") {
            return Err(refuse(OAuthError::invalid_request("a form is expected")));
        }
        // RFC 6749 section 2.3: in one way, and the form has it.
        if request.headers().contains_key(header::AUTHORIZATION) {
            let why = "a client proves itself in one way: no Authorization header beside the form";
            return Err(refuse(OAuthError::invalid_request(why)));
        }
        let proof = proof(request.headers()).map_err(refuse)?.map(str::to_owned);
        let certificate = certificate(request.headers(), state).map_err(refuse)?;
        let body = Bytes::from_request(request, state)
            .await
            .map_err(|rejected| Problem::new(rejected.status(), "too_large").into_response())?;
        let form = Form::decode(&body).map_err(refuse)?;
        let claimed = partner_keys::look_for_new(state, &form).await;
        Ok(Self { form, proof, certificate, claimed })
    }
}

/// A partner whose access token and proof are good for exactly this request.
pub(crate) struct Partnered(pub(crate) Authorized);

fn denied(why: &str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidToken, why)
}

/// The access token: in the header, bound to a key, and nowhere else (FAPI 2.0 section 5.3.4).
/// `Bearer` is what a token is called that is bound to the connection's certificate, at a bank that
/// `takes` those.
fn access_token(
    parts: &Parts,
    with_certificate: bool,
    takes: bool,
) -> Result<(&str, bool), OAuthError> {
    let query = parts.uri.query().unwrap_or_default();
    if Form::decode(query.as_bytes())?.get("access_token").is_some() {
        return Err(OAuthError::invalid_request("a token must not be in the address"));
    }
    let mut values = parts.headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return Err(denied("one access token is needed"));
    };
    let value = value.to_str().map_err(|_| denied("the access token is malformed"))?;
    match value.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("DPoP") => Ok((token.trim(), true)),
        Some((scheme, token)) if with_certificate && scheme.eq_ignore_ascii_case("Bearer") => {
            Ok((token.trim(), false))
        }
        Some((scheme, _)) if takes && scheme.eq_ignore_ascii_case("Bearer") => {
            Err(denied("the token must come on a connection with the certificate it is bound to"))
        }
        Some(_) | None => Err(denied("the token must come with the DPoP scheme")),
    }
}

/// The same for ending a grant, which may be said again after it has ended.
pub(crate) struct Ending(pub(crate) Authorized);

impl FromRequestParts<BankState> for Partnered {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &BankState) -> Result<Self, Response> {
        Ok(Self(Shown::authorize(parts, state, false).await?))
    }
}

impl FromRequestParts<BankState> for Ending {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &BankState) -> Result<Self, Response> {
        Ok(Self(Shown::authorize(parts, state, true).await?))
    }
}

/// The same at `/credits`, where a partner may come in its own name to give a debit back, and where it asks
/// what became of a debit.
pub(crate) struct Paying(pub(crate) Payer);

impl FromRequestParts<BankState> for Paying {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &BankState) -> Result<Self, Response> {
        let shown = Shown::read(parts, state).await?;
        let request = (parts.method.as_str(), parts.uri.path());
        let ctx = shown.visit.ctx();
        let (token, possession) = shown.token(parts).map_err(refuse)?;
        let payer = state.bank.authorize_payer(&ctx, token, possession, request).await;
        Ok(Self(payer.map_err(|error| Refusal::resource(error).into_response())?))
    }
}

/// A token as a request shows it.
struct Shown {
    visit: Visit,
    certificate: Option<ClientCertificate>,
    /// Whether this bank takes certificates at all.
    takes: bool,
}

impl Shown {
    async fn read(parts: &mut Parts, state: &BankState) -> Result<Self, Response> {
        let visit =
            Visit::from_request_parts(parts, state).await.map_err(Problem::into_response)?;
        let certificate = certificate(&parts.headers, state).map_err(refuse)?;
        Ok(Self { visit, certificate, takes: state.bank.config.takes_client_certificates })
    }

    /// The token, and what its sender shows that they hold.
    fn token<'a>(&'a self, parts: &'a Parts) -> Result<(&'a str, Possession<'a>), OAuthError> {
        let (token, by_key) = access_token(parts, self.certificate.is_some(), self.takes)?;
        let proof = proof(&parts.headers)?;
        // A token is shown in one way or the other: downgrading a bound one to `Bearer` gains
        // nothing, because its proof is then not looked at (RFC 9449 section 7.2).
        let possession = Possession {
            proof: proof.filter(|_| by_key),
            certificate: self.certificate.as_ref().filter(|_| !by_key),
            claimed: None,
        };
        Ok((token, possession))
    }

    async fn authorize(
        parts: &mut Parts,
        state: &BankState,
        is_ending: bool,
    ) -> Result<Authorized, Response> {
        let shown = Self::read(parts, state).await?;
        let (token, possession) = shown.token(parts).map_err(refuse)?;
        let request = (parts.method.as_str(), parts.uri.path());
        let (bank, ctx) = (&state.bank, shown.visit.ctx());
        let authorized = if is_ending {
            bank.authorize_ending(&ctx, token, possession, request).await
        } else {
            bank.authorize(&ctx, token, possession, request).await
        };
        authorized.map_err(|error| Refusal::resource(error).into_response())
    }
}

/// A JSON body of one shape: no unknown member, none twice, amounts as strings.
pub(crate) struct StrictJson<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<BankState> for StrictJson<T> {
    type Rejection = Response;

    async fn from_request(request: Request, state: &BankState) -> Result<Self, Response> {
        if kind(request.headers()).as_deref() != Some("application/json") {
            let refused = Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "json_expected");
            return Err(refused.into_response());
        }
        let body = Bytes::from_request(request, state)
            .await
            .map_err(|rejected| Problem::new(rejected.status(), "too_large").into_response())?;
        let bad = |_| Problem::bad_request("bad_json").into_response();
        json::read(&body).map(Self).map_err(bad)
    }
}

/// The `Idempotency-Key` header must say the same as the body, so that a proxy or a log that goes
/// by the header never takes one movement for another.
pub(crate) fn check_key(headers: &HeaderMap, id: &str) -> Result<(), Problem> {
    let mut values = headers.get_all("idempotency-key").iter();
    match (values.next(), values.next()) {
        (Some(key), None) if key.as_bytes() == id.as_bytes() => Ok(()),
        _ => Err(Problem::bad_request("idempotency_key")),
    }
}
