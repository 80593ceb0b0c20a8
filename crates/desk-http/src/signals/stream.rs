//! What each request about a stream is, as `/openapi.json` describes it.

use axum::{
    Json,
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};
use http::header;
use kanuki_desk::signal::{Ask, Configuration, StatusChange, SubjectChange, Verify};
use kanuki_site::{
    Visit,
    signals::{self, SignalJson},
};
use kanuki_wire::set::PollRequest;

use super::{Receiver, Signals, told};
use crate::schema;

async fn arrange<S: Signals>(
    state: &S,
    visit: &Visit,
    receiver: &Receiver<S>,
    ask: Ask,
) -> Response {
    told(&visit.site, state.arrange_stream(&visit.ctx(), &receiver.0, ask).await)
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
pub async fn create<S: Signals>(
    State(state): State<S>,
    visit: Visit,
    receiver: Receiver<S>,
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
pub async fn read<S: Signals>(
    State(state): State<S>,
    visit: Visit,
    receiver: Receiver<S>,
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
pub async fn update<S: Signals>(
    State(state): State<S>,
    visit: Visit,
    receiver: Receiver<S>,
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
pub async fn replace<S: Signals>(
    State(state): State<S>,
    visit: Visit,
    receiver: Receiver<S>,
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
pub async fn end<S: Signals>(
    State(state): State<S>,
    visit: Visit,
    receiver: Receiver<S>,
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
pub async fn status<S: Signals>(
    State(state): State<S>,
    visit: Visit,
    receiver: Receiver<S>,
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
pub async fn set_status<S: Signals>(
    State(state): State<S>,
    visit: Visit,
    receiver: Receiver<S>,
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
pub async fn add_subject<S: Signals>(
    State(state): State<S>,
    visit: Visit,
    receiver: Receiver<S>,
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
pub async fn remove_subject<S: Signals>(
    State(state): State<S>,
    visit: Visit,
    receiver: Receiver<S>,
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
pub async fn verify<S: Signals>(
    State(state): State<S>,
    visit: Visit,
    receiver: Receiver<S>,
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
pub async fn fetch<S: Signals>(
    State(state): State<S>,
    visit: Visit,
    receiver: Receiver<S>,
    SignalJson(asked): SignalJson<PollRequest>,
) -> Response {
    match state.fetch_events(&visit.ctx(), &receiver.0, &asked).await {
        Ok(answer) => ([(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response(),
        Err(refused) => refused.into_response(),
    }
}
