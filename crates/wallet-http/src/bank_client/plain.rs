//! A bank that speaks plain OAuth 2.0: code and PKCE by the browser, a client assertion or a shared
//! secret at `/token`, and bearer tokens. It takes no pushed request, knows no rich authorization details and binds no
//! token to a key (RFC 6749, 7636, 7523, 6750).
//!
//! ```text
//! browser ─ authorize?response_type=code&code_challenge=… ─▶ the holder signs in and agrees
//! us      ─ POST /token ─▶ bearer token ─ POST /mandate ─▶ compared, made, or refused
//! us      ─ POST /debits under that token ─▶ as everywhere
//! ```
//!
//! What FAPI says before the holder is asked is said after it here: terms and facts go to `/mandate`, by
//! the back channel, and the bank answers match or no match by making the mandate or not. Nothing
//! moves before. That a found token is worth something is why its caps are low
//! (`domain::connector`).

use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use kanuki_domain::{Ctx, Masked, id::GrantId};
use kanuki_site::Transport;
use kanuki_wallet::{GatewayError, Party};
use kanuki_wire::{
    ErrorCode, OAuthError, json,
    mandate::{Granted, Request as MandateRequest},
    par::{AuthorizationRequest, Details},
    token::{TokenRequest, TokenResponse},
};
use serde::Deserialize;
use url::Url;

use super::{
    call::{Answer, credentials, exchange, unmade},
    secrets::ClientSecrets,
};

/// What is asked for at such a bank.
pub(super) const SCOPE: &str = "account_debit";
/// How long a token is believed to be good at a bank that does not say (RFC 6749 section 5.1).
const EXPIRES_IN: u32 = 300;

/// RFC 6749 section 5.1.
#[derive(Deserialize)]
struct Tokens {
    access_token: Masked<String>,
    token_type: String,
    expires_in: Option<u32>,
    refresh_token: Option<Masked<String>>,
}

/// What such a bank cannot do.
pub(super) fn not_there() -> GatewayError {
    let why = "this bank speaks plain OAuth 2.0";
    GatewayError::Refused(OAuthError::new(ErrorCode::UnsupportedResponseType, why))
}

/// Where the browser goes: the request is in the address, and so holds nothing about the customer.
pub(super) fn authorize_url(
    party: Party<'_>,
    request: &AuthorizationRequest,
) -> Result<String, GatewayError> {
    let Details::Mandate(_) = &request.details else { return Err(not_there()) };
    if request.replaces.is_some() {
        return Err(not_there());
    }
    let mut url = Url::parse(&party.bank.authorize_url).map_err(unmade)?;
    url.query_pairs_mut()
        .append_pair("response_type", "code")
        .append_pair("client_id", &request.client_id)
        .append_pair("redirect_uri", &request.redirect_uri)
        .append_pair("scope", SCOPE)
        .append_pair("state", request.state.as_deref().unwrap_or_default())
        .append_pair("code_challenge", &request.code_challenge)
        .append_pair("code_challenge_method", "S256");
    Ok(url.into())
}

/// Tokens for a code or a refresh token. They say nothing about what was granted.
pub(super) async fn tokens(
    (transport, secrets): (&dyn Transport, &ClientSecrets),
    ctx: &Ctx<'_>,
    party: Party<'_>,
    request: &TokenRequest,
) -> Result<TokenResponse, GatewayError> {
    let named = (party.bank.code, party.bank.client_id.as_str());
    let (form, basic) = match secrets.add_to(named, request.to_form()) {
        Ok(with_secret) => with_secret,
        Err(form) => (credentials(ctx, party)?.add_to(form), None),
    };
    let mut request = Request::post(format!("{}/token", party.bank.issuer))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::ACCEPT, "application/json");
    if let Some(basic) = basic {
        request = request.header(header::AUTHORIZATION, basic.expose());
    }
    let request = request.body(Bytes::from(form.encode())).map_err(unmade)?;
    let answer = exchange(transport, request).await?;
    if answer.status != StatusCode::OK {
        return Err(answer.refusal());
    }
    let tokens: Tokens = json::read(&answer.body).map_err(|_| GatewayError::Unknown)?;
    // A token of another kind would be used in another way than it is meant.
    if !tokens.token_type.eq_ignore_ascii_case("bearer") {
        return Err(GatewayError::Unknown);
    }
    Ok(TokenResponse {
        access_token: tokens.access_token,
        token_type: tokens.token_type,
        expires_in: tokens.expires_in.unwrap_or(EXPIRES_IN),
        refresh_token: tokens.refresh_token,
        authorization_details: Vec::new(),
        grant_id: None,
        acr: None,
        auth_time: None,
    })
}

/// The mandate that the holder agreed to, made for this token; refused where the facts do not match.
pub(super) async fn mandate(
    transport: &dyn Transport,
    party: Party<'_>,
    tokens: TokenResponse,
    asked: &MandateRequest,
) -> Result<TokenResponse, GatewayError> {
    let body = serde_json::to_vec(asked).map_err(unmade)?;
    let sent = (Method::POST, "/mandate", tokens.access_token.expose().as_str());
    let answer = resource(transport, party, sent, Some((None, body))).await?;
    if !matches!(answer.status, StatusCode::OK | StatusCode::CREATED) {
        return Err(answer.refusal());
    }
    let mut granted: Granted = json::read(&answer.body).map_err(|_| GatewayError::Unknown)?;
    let named = || GrantId::derive(&["plain", &granted.mandate_id.to_string()]);
    granted.grant_id = Some(granted.grant_id.unwrap_or_else(named));
    let grant_id = granted.grant_id;
    Ok(TokenResponse { authorization_details: vec![granted], grant_id, ..tokens })
}

/// One request under a bearer token; `json` is an idempotency key and a body.
pub(super) async fn resource(
    transport: &dyn Transport,
    party: Party<'_>,
    (method, path, token): (Method, &str, &str),
    json: Option<(Option<String>, Vec<u8>)>,
) -> Result<Answer, GatewayError> {
    let mut request = Request::builder()
        .method(method)
        .uri(format!("{}{path}", party.bank.issuer))
        .header(header::ACCEPT, "application/json")
        .header(header::AUTHORIZATION, format!("Bearer {token}"));
    let body = match json {
        Some((id, body)) => {
            request = request.header(header::CONTENT_TYPE, "application/json");
            if let Some(id) = id {
                request = request.header("idempotency-key", id);
            }
            Bytes::from(body)
        }
        None => Bytes::new(),
    };
    exchange(transport, request.body(body).map_err(unmade)?).await
}
