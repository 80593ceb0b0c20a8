//! The exchange of hashed identifiers with a bank (CL-01): a question comes in over the line of events, and
//! each hash is a match or none. Where no agreement in force says by which right, there is no such address.

use axum::{
    Router,
    extract::{DefaultBodyLimit, FromRequestParts, State},
    response::{IntoResponse, Response},
    routing::post,
};
use http::request::Parts;
use kanuki_desk_http::exchange::{QUESTION_BYTES_MAX, require_any_open, told};
use kanuki_site::{Problem, Visit, signals::SignalJson};
use kanuki_wire::exchange::Question;

use crate::{WalletState, api::schema, signals::Receiver};

pub(crate) fn routes() -> Router<WalletState> {
    let none = async || Problem::not_found();
    Router::new()
        .route("/exchange", post(answer).fallback(none))
        .layer(DefaultBodyLimit::max(QUESTION_BYTES_MAX))
}

/// A bank that has proven itself. Before anything else it is looked whether anybody may ask at all.
pub(crate) struct Asking(Receiver);

impl FromRequestParts<WalletState> for Asking {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &WalletState) -> Result<Self, Response> {
        let visit =
            Visit::from_request_parts(parts, state).await.map_err(Problem::into_response)?;
        require_any_open(state.wallet.exchanges(), &visit).await.map_err(Problem::into_response)?;
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
    told(state.wallet.answer_exchange(&visit.ctx(), &receiver.0, &question).await)
}
