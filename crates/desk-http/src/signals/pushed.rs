//! What whoever pushes an event token is answered (RFC 8935), and how one that proves nothing is refused.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use kanuki_desk::signal::unproven;
use kanuki_domain::Ctx;
use kanuki_record::Book;
use kanuki_site::{
    Site, Visit,
    pushed::{self, Unproven},
};
use serde_json::json;

/// RFC 8935 section 2.3: the answer to a token that is not taken.
fn told(status: StatusCode, (code, description): (&str, &str)) -> Response {
    let body = json!({ "err": code, "description": description });
    (status, [(header::CONTENT_LANGUAGE, "en")], Json(body)).into_response()
}

fn count(site: &Site, code: &str) {
    site.metrics.count("events_refused", "Event tokens that were refused", &[("code", code)]);
}

/// Refuses a token that a partner signed.
#[must_use]
pub fn refuse(site: &Site, code: &str, description: &str) -> Response {
    count(site, code);
    told(StatusCode::BAD_REQUEST, (code, description))
}

/// The same answer to everything from an address that proves nothing time and again, so that it teaches
/// nobody anything.
fn too_many(site: &Site, secs: u32) -> Response {
    count(site, "too_many");
    let why = "too much from this address proves nothing: tell it again after Retry-After";
    let mut answer = told(StatusCode::TOO_MANY_REQUESTS, ("authentication_failed", why));
    answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(secs));
    answer
}

/// The answer before a token is looked at, where it is not looked at.
#[must_use]
pub fn unheard(visit: &Visit) -> Option<Response> {
    let secs = pushed::unheard_for(&visit.site, &visit.caller)?;
    Some(too_many(&visit.site, secs))
}

/// Notes that what came was signed by a partner, whatever becomes of it.
pub fn proven(visit: &Visit) {
    pushed::proven(&visit.site, &visit.caller);
}

/// Refuses what proves nothing. In numbers people hear of it.
pub async fn refuse_unproven(
    book: &Book,
    ctx: &Ctx<'_>,
    visit: &Visit,
    (code, description): (&str, &str),
) -> Response {
    match pushed::unproven(&visit.site, &visit.caller) {
        Unproven::Told => refuse(&visit.site, code, description),
        Unproven::Closed { secs, is_first } => {
            if is_first && let Err(error) = unproven::tell(book, ctx).await {
                tracing::warn!(%error, "nobody is told that forged events come in numbers");
            }
            too_many(&visit.site, secs)
        }
    }
}
