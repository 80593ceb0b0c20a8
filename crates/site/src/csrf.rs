//! Requests that change something must come from our own page.
//!
//! Every form that is not GET carries a token that only a page of ours, shown to this browser in
//! this session, can contain. Checked besides it: `Origin` and `Sec-Fetch-Site`.

use std::collections::BTreeSet;

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Request},
};
use http::{HeaderMap, header, request::Parts};
use http_body_util::{BodyExt as _, Limited};
use kanuki_domain::Ctx;
use kanuki_record::vault::Vault;
use maud::{Markup, html};
use serde::de::DeserializeOwned;
use subtle::ConstantTimeEq as _;

use crate::{Problem, Visit};

/// The largest body of a form without files.
pub const FORM_BYTES_MAX: usize = 64 * 1024;
/// The name of the form field.
pub const FIELD: &str = "csrf";
/// The name of the header for scripts.
pub const HEADER: &str = "x-csrf-token";

const FIELDS_MAX: usize = 200;

/// A new token for `binding`. Salted, so that no two pages contain the same secret and compressed
/// pages do not give it away (BREACH).
pub(crate) fn token(ctx: &Ctx<'_>, vault: &Vault, binding: &str) -> String {
    let salt = kanuki_domain::id::encode_base32(u128::from_be_bytes(ctx.random()));
    let mac = vault.blind("csrf", format!("{salt}|{binding}").as_bytes());
    format!("{salt}.{mac}")
}

/// True when `given` was made for `binding`.
pub(crate) fn is_valid(vault: &Vault, binding: &str, given: &str) -> bool {
    let Some((salt, mac)) = given.split_once('.').filter(|(salt, _)| salt.len() == 26) else {
        return false;
    };
    let expected = vault.blind("csrf", format!("{salt}|{binding}").as_bytes());
    expected.as_bytes().ct_eq(mac.as_bytes()).into()
}

/// The hidden field that carries `token`.
pub(crate) fn field(token: &str) -> Markup {
    html! { input type="hidden" name=(FIELD) value=(token); }
}

/// Refuses what a browser itself says comes from elsewhere.
pub(crate) fn check_origin(headers: &HeaderMap, page_origin: &str) -> Result<(), Problem> {
    let refused = || Err(Problem::forbidden("csrf"));
    if let Some(origin) = headers.get(header::ORIGIN)
        && origin.as_bytes() != page_origin.as_bytes()
    {
        return refused(); // `null` included.
    }
    match headers.get("sec-fetch-site").map(http::HeaderValue::as_bytes) {
        None | Some(b"same-origin") => Ok(()),
        Some(_) => refused(),
    }
}

/// A form's fields, after its token was checked.
#[derive(Clone, Copy, Debug)]
pub struct CsrfForm<T>(
    /// The fields.
    pub T,
);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for CsrfForm<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let visit = Visit::from_request_parts(&mut parts, state).await?;
        check_origin(&parts.headers, &visit.site.config.page_origin)?;
        let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok());
        let mime = kind.and_then(|kind| kind.split(';').next()).map(str::trim);
        if mime != Some("application/x-www-form-urlencoded") {
            return Err(Problem::bad_request("bad_form"));
        }
        let too_large = |_| Problem::new(http::StatusCode::PAYLOAD_TOO_LARGE, "too_large");
        let body = Limited::new(body, FORM_BYTES_MAX).collect().await.map_err(too_large)?;
        let (given, rest) = split(&body.to_bytes())?;
        if !visit.check_csrf(&given) {
            return Err(Problem::forbidden("csrf"));
        }
        let form = serde_urlencoded::from_str(&rest);
        // What serde says may quote the person's input, so it goes nowhere.
        form.map(Self).map_err(|_| Problem::unprocessable("bad_form"))
    }
}

/// The token, and the other fields encoded again.
fn split(body: &Bytes) -> Result<(String, String), Problem> {
    let bad = || Problem::bad_request("bad_form");
    let pairs: Vec<(String, String)> = serde_urlencoded::from_bytes(body).map_err(|_| bad())?;
    let names: BTreeSet<&str> = pairs.iter().map(|(name, _)| name.as_str()).collect();
    if names.len() != pairs.len() || pairs.len() > FIELDS_MAX {
        // Two values of one name: what is checked might not be what is used.
        return Err(bad());
    }
    let given = pairs.iter().find(|(name, _)| name == FIELD).map(|(_, value)| value.clone());
    let rest: Vec<&(String, String)> = pairs.iter().filter(|(name, _)| name != FIELD).collect();
    let rest = serde_urlencoded::to_string(rest).map_err(|_| bad())?;
    Ok((given.unwrap_or_default(), rest))
}

/// Proof that a script of our own page made the request: the token in `x-csrf-token`.
#[derive(Clone, Copy, Debug)]
pub struct CsrfHeader;

impl<S: Send + Sync> FromRequestParts<S> for CsrfHeader {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let visit = Visit::from_request_parts(parts, state).await?;
        check_origin(&parts.headers, &visit.site.config.page_origin)?;
        let given = parts.headers.get(HEADER).and_then(|value| value.to_str().ok());
        if given.is_some_and(|given| visit.check_csrf(given)) {
            Ok(Self)
        } else {
            Err(Problem::forbidden("csrf"))
        }
    }
}
