//! The incident line to partners: they arrange their stream, ask whether the line works, and fetch
//! what was told (SSF 1.0 section 8.1, RFC 8936). Each request carries a fresh client assertion.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, FromRequestParts, RawQuery, State},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::{StatusCode, header, request::Parts};
use kanuki_bank::{BankError, partner::Partner};
use kanuki_desk::signal::{
    Ask, Configuration, Said, SignalError, StatusChange, SubjectChange, Verify,
};
use kanuki_site::{
    Problem, Site, Visit,
    signals::{self, SignalJson},
};
use kanuki_wire::{Form, client_assertion, set::PollRequest};

use crate::{BankState, oauth::partner_keys, openapi::schema, refusal::problem};

pub(crate) fn routes() -> Router<BankState> {
    Router::new()
        .route("/ssf/stream", get(read).post(create).patch(update).put(replace).delete(end))
        .route("/ssf/status", get(status).post(set_status))
        .route("/ssf/subjects/add", post(add_subject))
        .route("/ssf/subjects/remove", post(remove_subject))
        .route("/ssf/verify", post(verify))
        .route("/ssf/poll", post(fetch))
        .layer(DefaultBodyLimit::max(signals::BYTES_MAX))
}

/// A partner that has proven itself for this request, and may ask once more.
pub(crate) struct Receiver(pub(crate) Arc<Partner>);

impl FromRequestParts<BankState> for Receiver {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &BankState) -> Result<Self, Response> {
        let visit =
            Visit::from_request_parts(parts, state).await.map_err(Problem::into_response)?;
        if !signals::may_try(&state.site, &visit.caller.address_block) {
            return Err(Problem::too_many().into_response());
        }
        let denied = || signals::denied(&state.site);
        let assertion = signals::assertion(&parts.headers).ok_or_else(denied)?;
        let form = Form::default()
            .with("client_assertion_type", client_assertion::ASSERTION_TYPE)
            .with("client_assertion", assertion);
        partner_keys::look_for_new(state, &form).await;
        let partner = match state.bank.authenticate_partner(&visit.ctx(), &form).await {
            Ok(partner) => partner,
            Err(BankError::Record(error)) => return Err(Problem::from(error).into_response()),
            Err(_) => return Err(denied()),
        };
        if signals::may_ask(&state.site, &partner.client_id) {
            Ok(Self(partner))
        } else {
            Err(Problem::too_many().into_response())
        }
    }
}

/// What became of a request about a stream.
fn told(site: &Site, said: Result<Said, SignalError>) -> Response {
    let no_store = [(header::CACHE_CONTROL, "no-store")];
    let refused = match said {
        Ok(Said::Made(body)) => return (StatusCode::CREATED, no_store, Json(body)).into_response(),
        Ok(Said::Is(body)) => return (no_store, Json(body)).into_response(),
        Ok(Said::Done) => return (StatusCode::OK, no_store).into_response(),
        Ok(Said::Nothing) => return (StatusCode::NO_CONTENT, no_store).into_response(),
        Err(SignalError::Malformed(why)) => Problem::bad_request("bad_request").detail(why),
        Err(SignalError::Unknown) => Problem::not_found(),
        Err(SignalError::Exists) => Problem::conflict("stream_exists"),
        Err(SignalError::TooSoon) => Problem::too_many(),
        Err(SignalError::Record(error)) => error.into(),
    };
    signals::count(site, refused.code());
    refused.into_response()
}

async fn arrange(state: &BankState, visit: &Visit, receiver: &Receiver, ask: Ask) -> Response {
    let said = state.bank.arrange_stream(&visit.ctx(), &receiver.0, ask).await;
    told(&state.site, said)
}

/// Makes the one stream of a receiver (SSF 1.0 section 8.1.1.1).
#[utoipa::path(post, path = "/ssf/stream", tag = "events", operation_id = "create_stream",
    security(("assertion" = [])),
    request_body(content = Value, description = "SSF 1.0 section 8.1.1"),
    responses(
        (status = 201, description = "Made", body = Value),
        (status = 400, description = "Makes no sense, or would move what is pinned", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 401, description = "The receiver did not prove itself", body = schema::OAuthError),
        (status = 409, description = "There is a stream", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 415, description = "Not JSON", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 429, description = "Too often", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 503, description = "Ask again", body = schema::Problem,
            content_type = "application/problem+json")))]
pub(crate) async fn create(
    State(state): State<BankState>,
    visit: Visit,
    receiver: Receiver,
    SignalJson(asked): SignalJson<Configuration>,
) -> Response {
    arrange(&state, &visit, &receiver, Ask::Create(asked)).await
}

/// How a stream is arranged; without a name, a list (SSF 1.0 section 8.1.1.2).
#[utoipa::path(get, path = "/ssf/stream", tag = "events", operation_id = "read_stream",
    security(("assertion" = [])),
    params(("stream_id" = Option<String>, Query, description = "The name of the stream")),
    responses(
        (status = 200, description = "The stream", body = Value),
        (status = 400, description = "Makes no sense, or would move what is pinned", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 401, description = "The receiver did not prove itself", body = schema::OAuthError),
        (status = 404, description = "No such stream of this receiver", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 429, description = "Too often", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 503, description = "Ask again", body = schema::Problem,
            content_type = "application/problem+json")))]
pub(crate) async fn read(
    State(state): State<BankState>,
    visit: Visit,
    receiver: Receiver,
    RawQuery(query): RawQuery,
) -> Response {
    arrange(&state, &visit, &receiver, Ask::Read(signals::stream_id(query.as_deref()))).await
}

/// Other values for the members that are there (SSF 1.0 section 8.1.1.3).
#[utoipa::path(patch, path = "/ssf/stream", tag = "events", operation_id = "update_stream",
    security(("assertion" = [])),
    request_body(content = Value, description = "SSF 1.0 section 8.1.1"),
    responses(
        (status = 200, description = "As it is now", body = Value),
        (status = 400, description = "Makes no sense, or would move what is pinned", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 401, description = "The receiver did not prove itself", body = schema::OAuthError),
        (status = 404, description = "No such stream of this receiver", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 409, description = "Somebody was faster", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 415, description = "Not JSON", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 429, description = "Too often", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 503, description = "Ask again", body = schema::Problem,
            content_type = "application/problem+json")))]
pub(crate) async fn update(
    State(state): State<BankState>,
    visit: Visit,
    receiver: Receiver,
    SignalJson(asked): SignalJson<Configuration>,
) -> Response {
    arrange(&state, &visit, &receiver, Ask::Update(asked)).await
}

/// Other values for all that a receiver may choose (SSF 1.0 section 8.1.1.4).
#[utoipa::path(put, path = "/ssf/stream", tag = "events", operation_id = "replace_stream",
    security(("assertion" = [])),
    request_body(content = Value, description = "SSF 1.0 section 8.1.1"),
    responses(
        (status = 200, description = "As it is now", body = Value),
        (status = 400, description = "Makes no sense, or would move what is pinned", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 401, description = "The receiver did not prove itself", body = schema::OAuthError),
        (status = 404, description = "No such stream of this receiver", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 409, description = "Somebody was faster", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 415, description = "Not JSON", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 429, description = "Too often", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 503, description = "Ask again", body = schema::Problem,
            content_type = "application/problem+json")))]
pub(crate) async fn replace(
    State(state): State<BankState>,
    visit: Visit,
    receiver: Receiver,
    SignalJson(asked): SignalJson<Configuration>,
) -> Response {
    arrange(&state, &visit, &receiver, Ask::Replace(asked)).await
}

/// No stream any more: events are pushed as was agreed (SSF 1.0 section 8.1.1.5).
#[utoipa::path(delete, path = "/ssf/stream", tag = "events", operation_id = "delete_stream",
    security(("assertion" = [])),
    params(("stream_id" = Option<String>, Query, description = "The name of the stream")),
    responses(
        (status = 204, description = "Gone"),
        (status = 400, description = "Makes no sense, or would move what is pinned", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 401, description = "The receiver did not prove itself", body = schema::OAuthError),
        (status = 404, description = "No such stream of this receiver", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 409, description = "Somebody was faster", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 429, description = "Too often", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 503, description = "Ask again", body = schema::Problem,
            content_type = "application/problem+json")))]
pub(crate) async fn end(
    State(state): State<BankState>,
    visit: Visit,
    receiver: Receiver,
    RawQuery(query): RawQuery,
) -> Response {
    arrange(&state, &visit, &receiver, Ask::Delete(signals::stream_id(query.as_deref()))).await
}

/// Whether a stream tells anything (SSF 1.0 section 8.1.2.1).
#[utoipa::path(get, path = "/ssf/status", tag = "events", operation_id = "read_stream_status",
    security(("assertion" = [])),
    params(("stream_id" = Option<String>, Query, description = "The name of the stream")),
    responses(
        (status = 200, description = "Its status", body = Value),
        (status = 400, description = "Makes no sense, or would move what is pinned", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 401, description = "The receiver did not prove itself", body = schema::OAuthError),
        (status = 404, description = "No such stream of this receiver", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 429, description = "Too often", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 503, description = "Ask again", body = schema::Problem,
            content_type = "application/problem+json")))]
pub(crate) async fn status(
    State(state): State<BankState>,
    visit: Visit,
    receiver: Receiver,
    RawQuery(query): RawQuery,
) -> Response {
    arrange(&state, &visit, &receiver, Ask::Status(signals::stream_id(query.as_deref()))).await
}

/// That a stream shall tell, wait or be silent (SSF 1.0 section 8.1.2.2).
#[utoipa::path(post, path = "/ssf/status", tag = "events", operation_id = "set_stream_status",
    security(("assertion" = [])),
    request_body(content = Value, description = "SSF 1.0 section 8.1.2.2"),
    responses(
        (status = 200, description = "Its status", body = Value),
        (status = 400, description = "Makes no sense, or would move what is pinned", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 401, description = "The receiver did not prove itself", body = schema::OAuthError),
        (status = 404, description = "No such stream of this receiver", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 409, description = "Somebody was faster", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 415, description = "Not JSON", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 429, description = "Too often", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 503, description = "Ask again", body = schema::Problem,
            content_type = "application/problem+json")))]
pub(crate) async fn set_status(
    State(state): State<BankState>,
    visit: Visit,
    receiver: Receiver,
    SignalJson(asked): SignalJson<StatusChange>,
) -> Response {
    arrange(&state, &visit, &receiver, Ask::SetStatus(asked)).await
}

/// To hear of a subject again (SSF 1.0 section 8.1.3.2). Unknown ones are answered alike.
#[utoipa::path(post, path = "/ssf/subjects/add", tag = "events", operation_id = "add_subject",
    security(("assertion" = [])),
    request_body(content = Value, description = "SSF 1.0 section 8.1.3.2"),
    responses(
        (status = 200, description = "So it is"),
        (status = 400, description = "Makes no sense, or would move what is pinned", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 401, description = "The receiver did not prove itself", body = schema::OAuthError),
        (status = 404, description = "No such stream of this receiver", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 409, description = "Somebody was faster", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 415, description = "Not JSON", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 429, description = "Too often", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 503, description = "Ask again", body = schema::Problem,
            content_type = "application/problem+json")))]
pub(crate) async fn add_subject(
    State(state): State<BankState>,
    visit: Visit,
    receiver: Receiver,
    SignalJson(asked): SignalJson<SubjectChange>,
) -> Response {
    arrange(&state, &visit, &receiver, Ask::AddSubject(asked)).await
}

/// To hear of a subject no more, a week from now (SSF 1.0 sections 8.1.3.3 and 9.3).
#[utoipa::path(post, path = "/ssf/subjects/remove", tag = "events", operation_id = "remove_subject",
    security(("assertion" = [])),
    request_body(content = Value, description = "SSF 1.0 section 8.1.3.3"),
    responses(
        (status = 204, description = "So it is"),
        (status = 400, description = "Makes no sense, or would move what is pinned", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 401, description = "The receiver did not prove itself", body = schema::OAuthError),
        (status = 404, description = "No such stream of this receiver", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 409, description = "Somebody was faster", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 415, description = "Not JSON", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 429, description = "Too often", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 503, description = "Ask again", body = schema::Problem,
            content_type = "application/problem+json")))]
pub(crate) async fn remove_subject(
    State(state): State<BankState>,
    visit: Visit,
    receiver: Receiver,
    SignalJson(asked): SignalJson<SubjectChange>,
) -> Response {
    arrange(&state, &visit, &receiver, Ask::RemoveSubject(asked)).await
}

/// A word on the line, told like every event (SSF 1.0 section 8.1.4.2).
#[utoipa::path(post, path = "/ssf/verify", tag = "events", operation_id = "verify_stream",
    security(("assertion" = [])),
    request_body(content = Value, description = "SSF 1.0 section 8.1.4.2"),
    responses(
        (status = 204, description = "It is on its way"),
        (status = 400, description = "Makes no sense, or would move what is pinned", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 401, description = "The receiver did not prove itself", body = schema::OAuthError),
        (status = 404, description = "No such stream of this receiver", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 409, description = "Somebody was faster", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 415, description = "Not JSON", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 429, description = "Too often", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 503, description = "Ask again", body = schema::Problem,
            content_type = "application/problem+json")))]
pub(crate) async fn verify(
    State(state): State<BankState>,
    visit: Visit,
    receiver: Receiver,
    SignalJson(asked): SignalJson<Verify>,
) -> Response {
    arrange(&state, &visit, &receiver, Ask::Verify(asked)).await
}

/// Fetches what waits, and acknowledges or refuses what was fetched before (RFC 8936). It is the
/// outbox that pushing empties too, so a receiver that was pushed to may fill a gap here.
#[utoipa::path(post, path = "/ssf/poll", tag = "events", operation_id = "poll_events",
    security(("assertion" = [])),
    request_body(content = Value, description = "RFC 8936 section 2.4"),
    responses(
        (status = 200, description = "Signed tokens by name", body = Value),
        (status = 400, description = "Makes no sense, or would move what is pinned", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 401, description = "The receiver did not prove itself", body = schema::OAuthError),
        (status = 413, description = "Too large", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 415, description = "Not JSON", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 429, description = "Too often", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 503, description = "Ask again", body = schema::Problem,
            content_type = "application/problem+json")))]
pub(crate) async fn fetch(
    State(state): State<BankState>,
    visit: Visit,
    receiver: Receiver,
    SignalJson(asked): SignalJson<PollRequest>,
) -> Response {
    match state.bank.fetch_events(&visit.ctx(), &receiver.0, &asked).await {
        Ok(answer) => ([(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response(),
        Err(error) => problem(error).into_response(),
    }
}
