//! The incident line over HTTP, as both companies speak it to receivers of their events: how a
//! receiver proves itself, what it sends, and how refusals look (SSF 1.0 section 8.1, RFC 8936).

use axum::{
    Json,
    body::Bytes,
    extract::{FromRequest, Request},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header};
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::{Problem, Site};

/// The most that a receiver may say at once: acknowledgements of a full answer, and more.
pub const BYTES_MAX: usize = 64 * 1024;
/// How often one network may ask in a minute before it has proven anything.
const UNPROVEN_PER_MINUTE: u32 = 600;
/// How often one receiver may ask in a minute.
const PER_MINUTE: u32 = 240;

/// The assertion that a receiver proves itself with: one `Authorization: Bearer` (RFC 6750 section
/// 2.1), a fresh one for each request (RFC 7523).
#[must_use]
pub fn assertion(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return None };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("Bearer").then_some(token.trim())
}

/// The stream that a request without a body is about.
#[must_use]
pub fn stream_id(query: Option<&str>) -> Option<String> {
    let pairs: Vec<(String, String)> =
        serde_urlencoded::from_str(query.unwrap_or_default()).ok()?;
    pairs.into_iter().find(|(name, _)| name == "stream_id").map(|(_, id)| id)
}

/// One answer for whoever did not prove to be a partner, whatever was wrong.
#[must_use]
pub fn denied(site: &Site) -> Response {
    count(site, "invalid_token");
    let error =
        json!({ "error": "invalid_token", "error_description": "the assertion was refused" });
    let headers = [
        (header::WWW_AUTHENTICATE, r#"Bearer error="invalid_token""#),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (StatusCode::UNAUTHORIZED, headers, Json(error)).into_response()
}

/// Whether a network that has proven nothing may try, by the network's name.
#[must_use]
pub fn may_try(site: &Site, address_block: &str) -> bool {
    let key = format!("signals|{address_block}");
    site.rates.allow(site.world.now(), &key, UNPROVEN_PER_MINUTE, 60)
}

/// Whether a receiver may ask once more.
#[must_use]
pub fn may_ask(site: &Site, receiver: &str) -> bool {
    site.rates.allow(site.world.now(), &format!("signals-of|{receiver}"), PER_MINUTE, 60)
}

/// Counts a refusal: a receiver that is refused in series is somebody trying.
pub fn count(site: &Site, error: &str) {
    let help = "Requests of receivers of events that were refused";
    site.metrics.count("signal_refusals", help, &[("error", error)]);
}

/// Counts an event that we have no word for: acknowledged, and nothing done.
pub fn count_unknown(site: &Site) {
    site.metrics.count("events_unknown", "Event tokens of kinds that are not acted on", &[]);
}

/// Counts an event that was told under the name of another one: a sender's mistake, or somebody at its keys.
pub fn count_reused(site: &Site) {
    let help = "Event tokens under the jti of another event, not acted on";
    site.metrics.count("events_reused", help, &[]);
}

/// Sets how many lines of partners to us live, are silent, or are not known yet.
pub fn count_lines(site: &Site, lines: impl Iterator<Item = Option<bool>>) {
    let (mut living, mut silent, mut unknown) = (0_i64, 0_i64, 0_i64);
    for line in lines {
        let counted = match line {
            Some(true) => &mut living,
            Some(false) => &mut silent,
            None => &mut unknown,
        };
        *counted = counted.saturating_add(1);
    }
    let help = "Lines of partners to us, by whether a word came back when it was asked for";
    for (state, many) in [("living", living), ("silent", silent), ("unknown", unknown)] {
        site.metrics.gauge("signal_lines", help, &[("state", state)], many);
    }
}

/// JSON of a receiver's; members that we have no word for are ignored (SSF 1.0 section 8.1.1).
#[derive(Clone, Copy, Debug)]
pub struct SignalJson<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for SignalJson<T> {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let mime = kind.and_then(|kind| kind.split(';').next()).map(str::trim);
        if !mime.is_some_and(|mime| mime.eq_ignore_ascii_case("application/json")) {
            let refused = Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "json_expected");
            return Err(refused.into_response());
        }
        let body = Bytes::from_request(request, state)
            .await
            .map_err(|rejected| Problem::new(rejected.status(), "too_large").into_response())?;
        let bad = |_| Problem::bad_request("bad_json").into_response();
        serde_json::from_slice(&body).map(Self).map_err(bad)
    }
}
