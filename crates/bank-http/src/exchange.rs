//! The exchange of hashed identifiers with a wallet (CL-01): a question comes in over the line of events, and
//! each hash is a match or none. Where no agreement in force says by which right, there is no such address.

use async_trait::async_trait;
use axum::{
    Router,
    extract::{DefaultBodyLimit, FromRequestParts, State},
    response::{IntoResponse, Response},
    routing::post,
};
use bytes::Bytes;
use http::{Method, Request, StatusCode, header, request::Parts};
use kanuki_desk::exchange::Line;
use kanuki_desk_http::exchange::{QUESTION_BYTES_MAX, require_any_open, told};
use kanuki_domain::Ctx;
use kanuki_site::{Problem, Visit, signals::SignalJson};
use kanuki_wire::{
    exchange::{Answer, Question},
    json,
};

use crate::{BankState, openapi::schema, signals::Receiver};

pub(crate) fn routes() -> Router<BankState> {
    let none = async || Problem::not_found();
    Router::new()
        .route("/exchange", post(answer).fallback(none))
        .layer(DefaultBodyLimit::max(QUESTION_BYTES_MAX))
}

/// A wallet that has proven itself. Before anything else it is looked whether anybody may ask at all.
pub(crate) struct Asking(Receiver);

impl FromRequestParts<BankState> for Asking {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &BankState) -> Result<Self, Response> {
        let visit =
            Visit::from_request_parts(parts, state).await.map_err(Problem::into_response)?;
        require_any_open(state.bank.exchanges(), &visit).await.map_err(Problem::into_response)?;
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
    State(state): State<BankState>,
    visit: Visit,
    Asking(receiver): Asking,
    SignalJson(question): SignalJson<Question>,
) -> Response {
    told(state.bank.answer_exchange(&visit.ctx(), &receiver.0, &question).await)
}

#[async_trait]
impl Line for BankState {
    async fn ask(&self, ctx: &Ctx<'_>, partner: &str, question: &Question) -> Option<Answer> {
        let all = self.bank.partners().await.ok()?;
        let partner = all.iter().find(|one| one.client_id == partner)?;
        let asking = self.bank.asking_at(ctx, partner, "/exchange").ok()??;
        let request = Request::builder()
            .method(Method::POST)
            .uri(&asking.url)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "application/json")
            .header(header::AUTHORIZATION, format!("Bearer {}", asking.assertion))
            .body(Bytes::from(serde_json::to_vec(question).ok()?))
            .ok()?;
        let told = self.site.world.transport.call(request).await;
        let told = told.inspect_err(|error| tracing::info!(%error, "no answer to a question"));
        let told = told.ok().filter(|told| told.status() == StatusCode::OK)?;
        json::read(told.body()).ok()
    }
}
