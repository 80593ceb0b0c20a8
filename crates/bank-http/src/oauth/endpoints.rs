//! `/par`, `/token`, `/revoke`, `/introspect`: where a partner proves itself with an assertion.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header};
use kanuki_site::Visit;
use kanuki_wire::{ciba::Acknowledged, introspection, par::Pushed, token::Issued};

use crate::{
    BankState,
    oauth::request::{BackForm, NO_STORE},
    openapi::schema,
    refusal::Refusal,
};

/// Pushed authorization requests (RFC 9126).
#[utoipa::path(post, path = "/par", tag = "linking",
    request_body(content = schema::ParForm, content_type = "application/x-www-form-urlencoded"),
    params(("DPoP" = Option<String>, Header, description = "A proof, or `dpop_jkt` in the form")),
    responses(
        (status = 201, description = "Taken", body = schema::Pushed),
        (status = 400, description = "Refused", body = schema::OAuthError),
        (status = 401, description = "The client did not prove itself", body = schema::OAuthError),
        (status = 413, description = "Too large", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 429, description = "Too many: again after `Retry-After`", body = schema::OAuthError),
        (status = 503, description = "Linking is stopped", body = schema::OAuthError)))]
pub(crate) async fn par(
    State(state): State<BankState>,
    visit: Visit,
    request: BackForm,
) -> Result<Response, Refusal> {
    let pushed = state.bank.push(&visit.ctx(), &request.form, request.possession()).await;
    let pushed: Pushed = pushed.map_err(Refusal::authorization)?;
    Ok((StatusCode::CREATED, NO_STORE, Json(pushed)).into_response())
}

/// Codes and refresh tokens for access tokens.
#[utoipa::path(post, path = "/token", tag = "linking",
    request_body(content = schema::TokenForm, content_type = "application/x-www-form-urlencoded"),
    params(("DPoP" = Option<String>, Header, description = "A proof; the token is bound to its key")),
    responses(
        (status = 200, description = "Tokens", body = schema::TokenResponse),
        (status = 400, description = "Refused", body = schema::OAuthError),
        (status = 401, description = "The client did not prove itself", body = schema::OAuthError),
        (status = 413, description = "Too large", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 429, description = "Too many: again after `Retry-After`", body = schema::OAuthError),
        (status = 503, description = "Not now", body = schema::OAuthError)))]
pub(crate) async fn token(
    State(state): State<BankState>,
    visit: Visit,
    request: BackForm,
) -> Result<Response, Refusal> {
    let tokens = state.bank.exchange(&visit.ctx(), &request.form, request.possession()).await;
    let tokens: Issued = tokens.map_err(Refusal::authorization)?;
    Ok((NO_STORE, Json(tokens)).into_response())
}

/// Asks a holder to approve one debit while they are somewhere else (CIBA Core, FAPI-CIBA; poll).
#[utoipa::path(post, path = "/bc-authorize", tag = "linking",
    request_body(content = schema::BackchannelForm,
        content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "Taken: poll `/token`", body = schema::Acknowledged),
        (status = 400, description = "Refused", body = schema::OAuthError),
        (status = 401, description = "The client did not prove itself", body = schema::OAuthError),
        (status = 413, description = "Too large", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 429, description = "Too many: again after `Retry-After`", body = schema::OAuthError),
        (status = 503, description = "Not now", body = schema::OAuthError)))]
pub(crate) async fn ask_decoupled(
    State(state): State<BankState>,
    visit: Visit,
    request: BackForm,
) -> Result<Response, Refusal> {
    let taken = state.bank.ask_decoupled(&visit.ctx(), &request.form, request.possession()).await;
    let taken: Acknowledged = taken.map_err(Refusal::authorization)?;
    Ok((NO_STORE, Json(taken)).into_response())
}

/// Gives a token back (RFC 7009); a refresh token ends the mandate.
#[utoipa::path(post, path = "/revoke", tag = "linking",
    request_body(content = schema::RevokeForm, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "It is worth nothing now, or was nothing before"),
        (status = 400, description = "Refused", body = schema::OAuthError),
        (status = 401, description = "The client did not prove itself", body = schema::OAuthError),
        (status = 413, description = "Too large", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 429, description = "Too many: again after `Retry-After`", body = schema::OAuthError),
        (status = 503, description = "Not now", body = schema::OAuthError)))]
pub(crate) async fn revoke(
    State(state): State<BankState>,
    visit: Visit,
    request: BackForm,
) -> Result<Response, Refusal> {
    let revoked = state.bank.revoke_token(&visit.ctx(), &request.form, request.possession()).await;
    revoked.map_err(Refusal::authorization)?;
    Ok((StatusCode::OK, NO_STORE).into_response())
}

/// RFC 9701 section 4: the answer is signed for a client whose `Accept` names the signed kind.
fn wants_signed(headers: &HeaderMap) -> bool {
    let accept = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accept
        .flat_map(|line| line.split(','))
        .filter_map(|kind| kind.split(';').next())
        .any(|kind| kind.trim().eq_ignore_ascii_case(introspection::MEDIA_TYPE))
}

/// What a token of the asking client is worth (RFC 7662), signed if the client accepts
/// `application/token-introspection+jwt` (RFC 9701).
#[utoipa::path(post, path = "/introspect", tag = "linking",
    request_body(content = schema::RevokeForm, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "`active` says whether it may be used", body = serde_json::Value),
        (status = 400, description = "Refused", body = schema::OAuthError),
        (status = 401, description = "The client did not prove itself", body = schema::OAuthError),
        (status = 413, description = "Too large", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 429, description = "Too many: again after `Retry-After`", body = schema::OAuthError),
        (status = 503, description = "Not now", body = schema::OAuthError)))]
pub(crate) async fn introspect(
    State(state): State<BankState>,
    visit: Visit,
    headers: HeaderMap,
    request: BackForm,
) -> Result<Response, Refusal> {
    let ctx = visit.ctx();
    if wants_signed(&headers) {
        let token = state.bank.introspect_signed(&ctx, &request.form, request.possession()).await;
        let token = token.map_err(Refusal::authorization)?;
        let kind = [(header::CONTENT_TYPE, introspection::MEDIA_TYPE)];
        return Ok((NO_STORE, kind, token).into_response());
    }
    let worth = state.bank.introspect(&ctx, &request.form, request.possession()).await;
    let worth = worth.map_err(Refusal::authorization)?;
    Ok((NO_STORE, Json(worth)).into_response())
}
