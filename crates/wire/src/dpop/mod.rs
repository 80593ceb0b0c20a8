//! `DPoP` (RFC 9449): each request proves that its sender holds the key a token is bound to.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use url::Url;

use crate::{
    clock,
    error::{ErrorCode, OAuthError},
    jws::{self, Accept, JwsError, Proven},
    keys::{AllowList, PublicJwk, Signer},
};

/// The header that carries a proof.
pub const HEADER: &str = "DPoP";
/// The header in which a server hands out the next nonce.
pub const NONCE_HEADER: &str = "DPoP-Nonce";

/// How old a proof may be, in seconds. A replay store keeps `jkt` and `jti` for
/// `MAX_AGE_SECS + AHEAD_SECS`.
pub const MAX_AGE_SECS: i64 = 60;

/// The longest proof that is looked at, in bytes.
const MAX_BYTES: usize = 4_096;
const MAX_JTI: usize = 256;
const TYPE: &str = "dpop+jwt";
const ACCEPT: Accept = Accept { types: &[Some(TYPE)], algorithms: AllowList::OAUTH };

/// Why a proof was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DpopError {
    /// No proof where one is needed.
    #[error("the DPoP header is missing")]
    Missing,
    /// More than one header (section 4.3, check 1).
    #[error("more than one DPoP header")]
    Repeated,
    /// The token itself is not good (checks 2 to 7).
    #[error("the proof is not a good token")]
    Token(#[from] JwsError),
    /// Made for another HTTP method (check 8).
    #[error("htm is another method")]
    Method,
    /// Made for another address (check 9).
    #[error("htu is another address")]
    Uri,
    /// The server's nonce is missing or has passed (check 10).
    #[error("the server's nonce is needed")]
    UseNonce,
    /// Too old, or from the future (check 11).
    #[error("the proof is not from now")]
    Time,
    /// Made for another access token (check 12).
    #[error("ath is another access token")]
    AccessToken,
    /// By another key than the token or the request is bound to (check 12).
    #[error("the proof is by another key")]
    Key,
    /// No usable `jti`.
    #[error("jti must be a text of 1 to 256 bytes")]
    Jti,
}

impl From<DpopError> for OAuthError {
    fn from(error: DpopError) -> Self {
        let code = match error {
            DpopError::UseNonce => ErrorCode::UseDpopNonce,
            DpopError::Missing
            | DpopError::Repeated
            | DpopError::Token(_)
            | DpopError::Method
            | DpopError::Uri
            | DpopError::Time
            | DpopError::AccessToken
            | DpopError::Key
            | DpopError::Jti => ErrorCode::InvalidDpopProof,
        };
        Self::new(code, error.to_string())
    }
}

/// The request that a proof is made for, as its sender knows it.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// `POST`, `GET`.
    pub method: &'a str,
    /// Where it goes; query and fragment are left out of the proof.
    pub uri: &'a str,
    /// The access token that goes along to a resource.
    pub access_token: Option<&'a str>,
    /// The last nonce that this server gave.
    pub nonce: Option<&'a str>,
}

/// The request that a proof has to be for, as its receiver knows it.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The method of the request.
    pub method: &'a str,
    /// Its address at the public origin, whatever a proxy made of it.
    pub uri: &'a str,
    /// The access token that came along. A resource always has one.
    pub access_token: Option<&'a str>,
    /// The thumbprint that the token, code or request is bound to.
    pub jkt: Option<&'a str>,
    /// The nonces that are good now; empty where none is demanded.
    pub nonces: &'a [&'a str],
}

/// A good proof. The caller refuses a pair of `jkt` and `jti` that it has seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Thumbprint of the sender's key.
    pub jkt: String,
    /// Unique per key.
    pub jti: String,
    /// The second after which its age refuses it.
    pub good_until: i64,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    jti: String,
    htm: String,
    htu: String,
    iat: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ath: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nonce: Option<String>,
    #[serde(default, skip_serializing)]
    exp: Option<i64>,
    #[serde(default, skip_serializing)]
    nbf: Option<i64>,
}

/// A proof for one request.
pub fn make(
    key: &dyn Signer,
    request: &Request<'_>,
    jti: &str,
    now: Timestamp,
) -> Result<String, DpopError> {
    let claims = Claims {
        jti: jti.to_owned(),
        htm: request.method.to_owned(),
        htu: target(request.uri).ok_or(DpopError::Uri)?,
        iat: now.as_second(),
        ath: request.access_token.map(token_hash),
        nonce: request.nonce.map(str::to_owned),
        exp: None,
        nbf: None,
    };
    Ok(jws::sign_with_key_inside(key, TYPE, &claims)?)
}

/// The one proof among the values of the request's `DPoP` headers.
pub fn single_header<'a>(
    values: impl IntoIterator<Item = &'a str>,
) -> Result<Option<&'a str>, DpopError> {
    let mut values = values.into_iter();
    let first = values.next();
    if values.next().is_some() { Err(DpopError::Repeated) } else { Ok(first) }
}

/// Checks a proof against the request it came with: section 4.3, all but the replay store.
pub fn verify(proof: &str, expected: &Expected<'_>, now: Timestamp) -> Result<Proof, DpopError> {
    if proof.len() > MAX_BYTES {
        return Err(JwsError::TooLarge.into());
    }
    let (proven, key) = jws::prove_with_key_inside(proof, &ACCEPT)?;
    judge((&proven, &key), expected, now)
}

/// What the claims of a proof say, once its signature by the key that it carries was found good.
pub fn judge(
    (proven, key): (&Proven, &PublicJwk),
    expected: &Expected<'_>,
    now: Timestamp,
) -> Result<Proof, DpopError> {
    let claims: Claims = proven.read()?;
    if claims.htm != expected.method {
        return Err(DpopError::Method);
    }
    let ours = target(expected.uri).ok_or(DpopError::Uri)?;
    if target(&claims.htu).is_none_or(|theirs| theirs != ours) {
        return Err(DpopError::Uri);
    }
    let early =
        [Some(claims.iat), claims.nbf].into_iter().flatten().any(|t| clock::is_ahead(t, now));
    let expired = claims.exp.is_some_and(|exp| exp <= now.as_second());
    if early || expired || clock::is_older_than(claims.iat, MAX_AGE_SECS, now) {
        return Err(DpopError::Time);
    }
    if let Some(token) = expected.access_token {
        let ath = claims.ath.as_deref().ok_or(DpopError::AccessToken)?;
        if !bool::from(ath.as_bytes().ct_eq(token_hash(token).as_bytes())) {
            return Err(DpopError::AccessToken);
        }
    }
    let jkt = key.thumbprint();
    if expected.jkt.is_some_and(|bound| bound != jkt) {
        return Err(DpopError::Key);
    }
    if !(1..=MAX_JTI).contains(&claims.jti.len()) {
        return Err(DpopError::Jti);
    }
    // Last, so that only a proof that is good otherwise is told to come back with a nonce.
    let nonce = claims.nonce.as_deref();
    if !expected.nonces.is_empty() && nonce.is_none_or(|n| !expected.nonces.contains(&n)) {
        return Err(DpopError::UseNonce);
    }
    let good_until = claims.iat.saturating_add(MAX_AGE_SECS);
    Ok(Proof { jkt, jti: claims.jti, good_until })
}

/// Base64url SHA-256 of an access token: `ath`.
fn token_hash(token: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(token))
}

/// An address as it is compared: scheme and host in lower case, no default port, no query, no
/// fragment (section 4.3, check 9).
fn target(uri: &str) -> Option<String> {
    let mut url = Url::parse(uri).ok()?;
    url.set_query(None);
    url.set_fragment(None);
    let plain = url.username().is_empty() && url.password().is_none();
    (matches!(url.scheme(), "http" | "https") && plain).then(|| url.into())
}

#[cfg(test)]
mod tests;
