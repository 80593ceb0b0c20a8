//! `/ssf/events`: what a bank tells us, as security event tokens pushed to us (RFC 8935); and the
//! keys that ours are checked with.

use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, State},
    response::IntoResponse,
    routing::{get, post},
};
use http::{HeaderMap, StatusCode, header};
use kanuki_desk::signal;
use kanuki_desk_http::signals::pushed;
use kanuki_domain::bank_account::BankCode;
use kanuki_site::{Answer, Problem, Visit, signals};
use kanuki_wallet::event::Received;
use kanuki_wire::{keys::Jwks, set};
use serde_json::Value;

use crate::{WalletState, api::schema, refusal::problem};

pub(crate) fn routes() -> Router<WalletState> {
    Router::new()
        .route("/ssf/events", post(receive))
        .layer(DefaultBodyLimit::max(kanuki_wire::jws::MAX_BYTES))
        .route("/.well-known/jwks.json", get(keys))
        .route("/jwks/{bank}", get(keys_for))
        .route("/.well-known/ssf-configuration", get(transmitter))
}

/// Takes one event. Told twice is fine; what cannot be acted on now is asked for again.
#[utoipa::path(post, path = "/ssf/events", tag = "events",
    request_body(content = String, content_type = "application/secevent+jwt"),
    responses(
        (status = 202, description = "Taken"),
        (status = 400, description = "Refused for ever", body = schema::EventRefusal),
        (status = 413, description = "Too large", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 429, description = "Too much from here proves nothing: again after `Retry-After`. \
            Of too much of one kind the answer is a problem", body = schema::EventRefusal),
        (status = 503, description = "Tell it again", body = schema::Problem,
            content_type = "application/problem+json")))]
pub(crate) async fn receive(
    State(state): State<WalletState>,
    visit: Visit,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    if let Some(unheard) = pushed::unheard(&visit) {
        return Ok(unheard);
    }
    let (book, ctx) = (&state.wallet.book, visit.ctx());
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let mime = kind.and_then(|kind| kind.split(';').next()).map(str::trim);
    if mime != Some(set::MEDIA_TYPE) {
        let why = ("invalid_request", "a security event token is expected");
        return Ok(pushed::refuse_unproven(book, &ctx, &visit, why).await);
    }
    let Ok(token) = std::str::from_utf8(&body) else {
        let why = ("invalid_request", "a security event token is text");
        return Ok(pushed::refuse_unproven(book, &ctx, &visit, why).await);
    };
    let received = state.wallet.receive_event(&ctx, token.trim()).await;
    if let Ok(Received::Unproven(code)) = received {
        let why = (code, "the token is not good");
        return Ok(pushed::refuse_unproven(book, &ctx, &visit, why).await);
    }
    pushed::proven(&visit);
    match received.map_err(problem)? {
        Received::Taken => Ok(StatusCode::ACCEPTED.into_response()),
        Received::Unknown => {
            signals::count_unknown(&visit.site);
            Ok(StatusCode::ACCEPTED.into_response())
        }
        Received::Reused => {
            signals::count_reused(&visit.site);
            Ok(pushed::refuse(&visit.site, "invalid_request", "another event had this jti"))
        }
        Received::Refused(code) | Received::Unproven(code) => {
            Ok(pushed::refuse(&visit.site, code, "the token is not good"))
        }
    }
}

/// Every public key of this wallet: event tokens, and one client key per bank.
#[utoipa::path(get, path = "/.well-known/jwks.json", tag = "events",
    responses((status = 200, description = "A JSON Web Key Set", body = Value)))]
pub(crate) async fn keys(State(state): State<WalletState>, visit: Visit) -> Answer {
    let keys: Jwks = state.wallet.jwks(&visit.ctx()).await.map_err(problem)?;
    Ok(Json(keys).into_response())
}

/// The client keys that one bank knows this wallet by: the one that signs, the next one, and those
/// that signed until yesterday.
#[utoipa::path(get, path = "/jwks/{bank}", tag = "events", operation_id = "keys_for_bank",
    params(("bank" = String, Path, description = "Institution code")),
    responses(
        (status = 200, description = "A JSON Web Key Set", body = Value),
        (status = 404, description = "No partner of ours", body = schema::Problem,
            content_type = "application/problem+json")))]
pub(crate) async fn keys_for(
    State(state): State<WalletState>,
    visit: Visit,
    Path(bank): Path<String>,
) -> Answer {
    let bank = BankCode::parse(&bank).map_err(|_| Problem::not_found())?;
    let keys: Jwks = state.wallet.client_jwks(&visit.ctx(), bank).await.map_err(problem)?;
    Ok(Json(keys).into_response())
}

/// How this wallet tells events (SSF 1.0 section 7.1): pushed to its partner banks or fetched by
/// them, signed.
#[utoipa::path(get, path = "/.well-known/ssf-configuration", tag = "events",
    responses((status = 200, description = "How events are told", body = Value)))]
pub(crate) async fn transmitter(State(state): State<WalletState>) -> Json<Value> {
    let issuer = &state.wallet.config.issuer;
    Json(signal::metadata(issuer, &format!("{issuer}/.well-known/jwks.json")))
}
