//! `/ssf/events`: what a partner tells us, as security event tokens pushed to us (RFC 8935).

use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    response::{IntoResponse, Response},
    routing::post,
};
use http::{HeaderMap, StatusCode, header};
use kanuki_bank::{BankError, event::EventError};
use kanuki_site::{Problem, Visit, signals};
use kanuki_wire::set;
use serde_json::json;

use crate::{BankState, openapi::schema, refusal::problem};

pub(crate) fn routes() -> Router<BankState> {
    Router::new()
        .route("/ssf/events", post(receive))
        .layer(DefaultBodyLimit::max(kanuki_wire::jws::MAX_BYTES))
}

/// RFC 8935 section 2.3: the answer to a token that is not taken.
fn refuse(code: &str, description: &str) -> Response {
    let body = json!({ "err": code, "description": description });
    (StatusCode::BAD_REQUEST, [(header::CONTENT_LANGUAGE, "en")], Json(body)).into_response()
}

/// Takes one event. Told twice is fine; what cannot be acted on now is asked for again.
#[utoipa::path(post, path = "/ssf/events", tag = "events",
    request_body(content = String, content_type = "application/secevent+jwt"),
    responses(
        (status = 202, description = "Taken"),
        (status = 400, description = "Refused for ever", body = schema::EventRefusal),
        (status = 413, description = "Too large", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 503, description = "Tell it again", body = schema::Problem,
            content_type = "application/problem+json")))]
pub(crate) async fn receive(
    State(state): State<BankState>,
    visit: Visit,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let mime = kind.and_then(|kind| kind.split(';').next()).map(str::trim);
    if mime != Some(set::MEDIA_TYPE) {
        return refuse("invalid_request", "a security event token is expected");
    }
    let Ok(token) = std::str::from_utf8(&body) else {
        return refuse("invalid_request", "a security event token is text");
    };
    match state.bank.receive_event(&visit.ctx(), token.trim()).await {
        Ok(()) => StatusCode::ACCEPTED.into_response(),
        Err(EventError::Token(error)) => {
            if let Some(code) = error.delivery_code() {
                return refuse(code, "the token is not good");
            }
            signals::count_unknown(&visit.site);
            StatusCode::ACCEPTED.into_response()
        }
        Err(EventError::Reused) => {
            signals::count_reused(&visit.site);
            refuse("invalid_request", "another event had this jti")
        }
        // A mandate that is not the teller's: telling it again changes nothing.
        Err(EventError::Bank(BankError::NotAvailable)) => {
            refuse("invalid_request", "the subject is not known")
        }
        Err(EventError::Bank(BankError::Record(error))) => {
            tracing::warn!(%error, "an event waits");
            Problem::unavailable().into_response()
        }
        Err(EventError::Bank(error)) => problem(error).into_response(),
    }
}
