//! `/ssf/events`: what a partner tells us, as security event tokens pushed to us (RFC 8935).

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    response::{IntoResponse, Response},
    routing::post,
};
use http::{HeaderMap, StatusCode, header};
use kanuki_bank::{BankError, event::EventError};
use kanuki_desk_http::signals::pushed;
use kanuki_record::RecordError;
use kanuki_site::{Problem, Visit, signals};
use kanuki_wire::set;

use crate::{BankState, openapi::schema, refusal::problem};

pub(crate) fn routes() -> Router<BankState> {
    Router::new()
        .route("/ssf/events", post(receive))
        .layer(DefaultBodyLimit::max(kanuki_wire::jws::MAX_BYTES))
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
    State(state): State<BankState>,
    visit: Visit,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if let Some(unheard) = pushed::unheard(&visit) {
        return unheard;
    }
    let (book, ctx) = (&state.bank.book, visit.ctx());
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let mime = kind.and_then(|kind| kind.split(';').next()).map(str::trim);
    if mime != Some(set::MEDIA_TYPE) {
        let why = ("invalid_request", "a security event token is expected");
        return pushed::refuse_unproven(book, &ctx, &visit, why).await;
    }
    let Ok(token) = std::str::from_utf8(&body) else {
        let why = ("invalid_request", "a security event token is text");
        return pushed::refuse_unproven(book, &ctx, &visit, why).await;
    };
    let received = state.bank.receive_event(&ctx, token.trim()).await;
    match received {
        Err(EventError::Token(error)) if !error.is_signed() => {
            let code = error.delivery_code().unwrap_or("invalid_key");
            pushed::refuse_unproven(book, &ctx, &visit, (code, "the token is not good")).await
        }
        received => {
            pushed::proven(&visit);
            answer(&visit, received)
        }
    }
}

/// The answer to what a partner signed.
fn answer(visit: &Visit, received: Result<(), EventError>) -> Response {
    match received {
        Ok(()) => StatusCode::ACCEPTED.into_response(),
        Err(EventError::Token(error)) => {
            if let Some(code) = error.delivery_code() {
                return pushed::refuse(&visit.site, code, "the token is not good");
            }
            signals::count_unknown(&visit.site);
            StatusCode::ACCEPTED.into_response()
        }
        Err(EventError::Reused) => {
            signals::count_reused(&visit.site);
            pushed::refuse(&visit.site, "invalid_request", "another event had this jti")
        }
        // A mandate that is not the teller's: telling it again changes nothing.
        Err(EventError::Bank(BankError::NotAvailable)) => {
            pushed::refuse(&visit.site, "invalid_request", "the subject is not known")
        }
        Err(EventError::Bank(BankError::Record(error))) => {
            // Another request was faster: told again, it is taken.
            if let RecordError::Conflict { .. } = error {
                tracing::info!(%error, "an event waits");
            } else {
                tracing::warn!(%error, "an event waits");
            }
            Problem::unavailable().into_response()
        }
        Err(EventError::Bank(error)) => problem(error).into_response(),
    }
}
