//! The exchange of hashed identifiers with a bank (CL-01): a question comes in over the line of events, and
//! each hash is a match or none. Where no agreement in force says by which right, there is no such address.

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, FromRequestParts, State},
    response::{IntoResponse, Response},
    routing::post,
};
use http::{header, request::Parts};
use kanuki_desk::exchange::{Refused, is_any_open};
use kanuki_site::{Problem, Visit, signals::SignalJson};
use kanuki_wire::exchange::Question;

use crate::{WalletState, api::schema, signals::Receiver};

/// A question has sixteen hashes at most.
const BYTES_MAX: usize = 4_096;

pub(crate) fn routes() -> Router<WalletState> {
    let none = async || Problem::not_found();
    Router::new()
        .route("/exchange", post(answer).fallback(none))
        .layer(DefaultBodyLimit::max(BYTES_MAX))
}

/// A bank that has proven itself. Before anything else it is looked whether anybody may ask at all.
pub(crate) struct Asking(Receiver);

impl FromRequestParts<WalletState> for Asking {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &WalletState) -> Result<Self, Response> {
        let visit =
            Visit::from_request_parts(parts, state).await.map_err(Problem::into_response)?;
        match is_any_open(state.wallet.exchanges(), &visit.ctx()).await {
            Ok(true) => {}
            Ok(false) => return Err(Problem::not_found().into_response()),
            Err(error) => {
                tracing::warn!(%error, "it is not known whether anybody may ask");
                return Err(Problem::unavailable().into_response());
            }
        }
        Receiver::from_request_parts(parts, state).await.map(Self)
    }
}

/// Says of each hash whether it is that of an identifier from a fraud that two people here confirmed.
#[utoipa::path(post, path = "/exchange", tag = "events", operation_id = "ask_exchange",
    security(("assertion" = [])),
    request_body(content = Value, description = "`month` and up to sixteen `identifiers`, each a `kind` and a `hash` (ADR 0012)"),
    responses(
        (status = 200, description = "`verdicts`: `match` or `no_match`, in the order asked", body = Value),
        (status = 400, description = "Not whole, of another month, or about what was not agreed", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 401, description = "The asker did not prove itself", body = schema::OAuthError),
        (status = 404, description = "No agreement in force lets it ask", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 415, description = "Not JSON", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 429, description = "Too often, or too many for a day", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 503, description = "Ask again", body = schema::Problem,
            content_type = "application/problem+json")))]
pub(crate) async fn answer(
    State(state): State<WalletState>,
    visit: Visit,
    Asking(receiver): Asking,
    SignalJson(question): SignalJson<Question>,
) -> Response {
    let told = state.wallet.answer_exchange(&visit.ctx(), &receiver.0, &question).await;
    let refused = match told {
        Ok(answer) => return ([(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response(),
        Err(Refused::Off) => Problem::not_found(),
        Err(Refused::Malformed) => Problem::bad_request("bad_request"),
        Err(Refused::TooMany) => Problem::too_many(),
        Err(Refused::Failed(error)) => {
            tracing::warn!(%error, "a question was not answered");
            Problem::unavailable()
        }
    };
    refused.into_response()
}
