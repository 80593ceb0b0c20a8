//! Reading a script's request: who, which movement, and a body of one shape.

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Request},
};
use http::{StatusCode, header, request::Parts};
use kanuki_domain::id::CustomerId;
use kanuki_site::{Problem, Visit};
use kanuki_wire::json;
use serde::de::DeserializeOwned;

/// A signed-in customer; 401 otherwise. First among a handler's extractors, so that nobody learns
/// more than that.
pub(super) struct Customer(pub(super) CustomerId);

impl<S: Send + Sync> FromRequestParts<S> for Customer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let visit = Visit::from_request_parts(parts, state).await?;
        let nobody = || Problem::new(StatusCode::UNAUTHORIZED, "sign_in_first");
        visit.customer_id().map(Self).ok_or_else(nobody)
    }
}

/// The caller's name of one movement: 16 to 64 visible ASCII characters in `Idempotency-Key`.
pub(super) struct MovementKey(String);

impl MovementKey {
    /// What the movement's id is derived from: two customers' keys never meet, nor do two kinds.
    pub(super) fn parts<'a>(&'a self, kind: &'a str, customer: &'a str) -> [&'a str; 4] {
        ["api", kind, customer, &self.0]
    }
}

impl<S: Send + Sync> FromRequestParts<S> for MovementKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let mut values = parts.headers.get_all("idempotency-key").iter();
        let bad = || Problem::bad_request("idempotency_key");
        let (Some(value), None) = (values.next(), values.next()) else { return Err(bad()) };
        let key = value.to_str().map_err(|_| bad())?;
        let is_plain = key.bytes().all(|b| b.is_ascii_graphic());
        if is_plain && (16..=64).contains(&key.len()) {
            Ok(Self(key.to_owned()))
        } else {
            Err(bad())
        }
    }
}

/// A JSON body of one shape: no unknown member, none twice, amounts as strings.
pub(super) struct StrictJson<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for StrictJson<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok());
        let mime = kind.and_then(|kind| kind.split(';').next()).map(str::trim);
        if mime != Some("application/json") {
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "json_expected"));
        }
        let body = Bytes::from_request(request, state)
            .await
            .map_err(|rejected| Problem::new(rejected.status(), "too_large"))?;
        json::read(&body).map(Self).map_err(|_| Problem::bad_request("bad_json"))
    }
}
