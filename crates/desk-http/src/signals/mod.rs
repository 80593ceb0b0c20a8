//! The line of events to partners: they arrange their stream, ask whether the line works, and fetch
//! what was told (SSF 1.0 section 8.1, RFC 8936). Each request carries a fresh assertion.

pub mod pushed;
pub mod stream;

use std::{fmt::Debug, sync::Arc};

use async_trait::async_trait;
use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, FromRequestParts},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::{StatusCode, header, request::Parts};
use kanuki_desk::signal::{Ask, Said, SignalError};
use kanuki_domain::Ctx;
use kanuki_record::RecordError;
use kanuki_site::{Problem, Site, Visit, signals};
use kanuki_wire::set::{PollAnswer, PollRequest};

use stream::{
    add_subject, create, end, fetch, read, remove_subject, replace, set_status, status, update,
    verify,
};

/// What of the line is the company's own.
#[async_trait]
pub trait Signals: Clone + Debug + Send + Sync + 'static {
    /// A partner as this company knows it.
    type Partner: Debug + Send + Sync;

    /// The name that its requests are counted by.
    fn known_as(partner: &Self::Partner) -> String;

    /// The partner that made this assertion, which is good once; nobody, whatever is wrong with it.
    async fn prove(
        &self,
        ctx: &Ctx<'_>,
        assertion: &str,
    ) -> Result<Option<Arc<Self::Partner>>, RecordError>;

    /// Does what a partner asks for about its stream.
    async fn arrange_stream(
        &self,
        ctx: &Ctx<'_>,
        partner: &Self::Partner,
        ask: Ask,
    ) -> Result<Said, SignalError>;

    /// Notes what a partner took or refused, and hands out what waits for it.
    async fn fetch_events(
        &self,
        ctx: &Ctx<'_>,
        partner: &Self::Partner,
        asked: &PollRequest,
    ) -> Result<PollAnswer, Problem>;
}

/// What a partner may ask for about its events.
pub fn routes<S: Signals>() -> Router<S> {
    Router::new()
        .route(
            "/ssf/stream",
            get(read::<S>).post(create::<S>).patch(update::<S>).put(replace::<S>).delete(end::<S>),
        )
        .route("/ssf/status", get(status::<S>).post(set_status::<S>))
        .route("/ssf/subjects/add", post(add_subject::<S>))
        .route("/ssf/subjects/remove", post(remove_subject::<S>))
        .route("/ssf/verify", post(verify::<S>))
        .route("/ssf/poll", post(fetch::<S>))
        .layer(DefaultBodyLimit::max(signals::BYTES_MAX))
}

/// A partner that has proven itself for this request, and may ask once more.
#[derive(Debug)]
pub struct Receiver<S: Signals>(pub Arc<S::Partner>);

impl<S: Signals> FromRequestParts<S> for Receiver<S> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let visit =
            Visit::from_request_parts(parts, state).await.map_err(Problem::into_response)?;
        if !signals::may_try(&visit.site, &visit.caller.address_block) {
            return Err(Problem::too_many().into_response());
        }
        let denied = || signals::denied(&visit.site);
        let assertion = signals::assertion(&parts.headers).ok_or_else(denied)?;
        let proven = state.prove(&visit.ctx(), assertion).await;
        let proven = proven.map_err(|error| Problem::from(error).into_response())?;
        let partner = proven.ok_or_else(denied)?;
        if signals::may_ask(&visit.site, &S::known_as(&partner)) {
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
