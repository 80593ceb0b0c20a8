//! Security event tokens (RFC 8417, SSF 1.0, RISC 1.0): what one company tells the other at once.

mod event;
mod poll;
mod service;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

pub use event::{
    CaseStage, CredentialChange, Direction, Event, LinkStatus, RiskLevel, StreamState,
    TakeoverReason, uri,
};
pub use poll::{PollAnswer, PollRequest, SetRefusal};
pub use service::{ServiceReach, ServiceScope, ServiceStatus, ServiceWord, StopReason};

use crate::{
    clock,
    jws::{self, Accept, JwsError, Proven},
    keys::{AllowList, Jwks, SetSigningKey},
};

/// The media type of a pushed token (RFC 8935 section 2.1).
pub const MEDIA_TYPE: &str = "application/secevent+jwt";

const TYPE: &str = "secevent+jwt";
/// As much of a URI that we do not know is kept.
const URI_CHARS_MAX: usize = 200;
const ACCEPT: Accept = Accept { types: &[Some(TYPE)], algorithms: AllowList::EVENTS };

/// One event about one subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecurityEvent {
    /// Unique per issuer; a receiver acts once on `iss` and `jti`.
    pub jti: String,
    /// The same for all events of one cause.
    pub txn: Option<String>,
    /// The opaque name that both companies have for the link or the person at the wallet. Never an
    /// account number.
    pub subject: String,
    /// When the token was made.
    pub issued_at: Timestamp,
    /// What happened.
    pub event: Event,
}

impl SecurityEvent {
    /// The SHA-256 of what it says, but for its name: whether two tokens under one `jti` are one event told
    /// twice, however each was signed.
    #[must_use]
    pub fn digest(&self) -> String {
        let said = (&self.txn, &self.subject, self.issued_at.as_second(), &self.event);
        let said = serde_json::to_vec(&said).unwrap_or_default();
        BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(said))
    }
}

/// Why a token was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SetError {
    /// The token itself is not good.
    #[error("not a good security event token")]
    Token(#[from] JwsError),
    /// `sub` or `exp` is present, which would make it pass as another kind of token
    /// (SSF 1.0 section 4.1).
    #[error("sub and exp must not be present")]
    Forbidden,
    /// Not from the company it came from.
    #[error("iss is another transmitter")]
    Issuer,
    /// For another company.
    #[error("aud is another receiver")]
    Audience,
    /// From the future.
    #[error("iat lies in the future")]
    Time,
    /// No opaque `sub_id`.
    #[error("sub_id must be an opaque name")]
    Subject,
    /// None, or several.
    #[error("exactly one event must be told")]
    Count,
    /// An event that we have no word for: acknowledge it and do nothing.
    #[error("the event is not known")]
    UnknownEvent,
    /// A known event with members that it cannot have.
    #[error("the event is not of its shape")]
    Event,
}

impl SetError {
    /// Whether a partner's signature was found good: then what is wrong is the partner's own.
    #[must_use]
    pub const fn is_signed(self) -> bool {
        !matches!(self, Self::Token(_))
    }

    /// The code of a push receiver's refusal (RFC 8935 section 2.4), or `None` where the token is
    /// acknowledged all the same.
    #[must_use]
    pub const fn delivery_code(self) -> Option<&'static str> {
        match self {
            Self::Token(JwsError::Signature | JwsError::UnknownKey | JwsError::Key(_)) => {
                Some("invalid_key")
            }
            Self::Issuer => Some("invalid_issuer"),
            Self::Audience => Some("invalid_audience"),
            Self::UnknownEvent => None,
            Self::Token(_)
            | Self::Forbidden
            | Self::Time
            | Self::Subject
            | Self::Count
            | Self::Event => Some("invalid_request"),
        }
    }
}

#[derive(Serialize, Deserialize)]
struct SubId {
    format: String,
    id: String,
}

#[derive(Serialize)]
struct Made<'a> {
    iss: &'a str,
    aud: &'a str,
    jti: &'a str,
    iat: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    txn: Option<&'a str>,
    sub_id: SubId,
    events: &'a Event,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    aud: Audience,
    jti: String,
    iat: i64,
    txn: Option<String>,
    sub_id: SubId,
    events: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

/// A token that tells `event` to `audience`. It may be sent again; `issued_at` stays the same.
pub fn make(
    key: &SetSigningKey,
    issuer: &str,
    audience: &str,
    event: &SecurityEvent,
) -> Result<String, SetError> {
    let claims = Made {
        iss: issuer,
        aud: audience,
        jti: &event.jti,
        iat: event.issued_at.as_second(),
        txn: event.txn.as_deref(),
        sub_id: SubId { format: "opaque".into(), id: event.subject.clone() },
        events: &event.event,
    };
    Ok(jws::sign(key, TYPE, &claims)?)
}

/// Checks a token that `issuer` should have sent to `audience`.
///
/// However late it comes it counts: a freeze that was queued for an hour is still a freeze. The
/// caller acts once per issuer and `jti`.
pub fn verify(
    token: &str,
    issuer: &str,
    audience: &str,
    keys: &Jwks,
    now: Timestamp,
) -> Result<SecurityEvent, SetError> {
    judge(&jws::prove(token, keys, &ACCEPT)?, issuer, audience, now)
}

/// The `jti` and the URI of an event that we have no word for, cut short, of a token whose signature is
/// good: for the audit log.
#[must_use]
pub fn name_of(token: &str, keys: &Jwks) -> Option<(String, String)> {
    let claims: Claims = jws::prove(token, keys, &ACCEPT).ok()?.read().ok()?;
    let uri = claims.events.keys().next()?.chars().take(URI_CHARS_MAX).collect();
    Some((claims.jti, uri))
}

/// What the claims of an event token say, once its signature was found good.
pub fn judge(
    proven: &Proven,
    issuer: &str,
    audience: &str,
    now: Timestamp,
) -> Result<SecurityEvent, SetError> {
    let all: Map<String, Value> = proven.read()?;
    if all.contains_key("sub") || all.contains_key("exp") {
        return Err(SetError::Forbidden);
    }
    let claims: Claims =
        serde_json::from_value(Value::Object(all)).map_err(|_| JwsError::Claims)?;
    if claims.iss != issuer {
        return Err(SetError::Issuer);
    }
    let for_us = match &claims.aud {
        Audience::One(aud) => aud == audience,
        Audience::Many(auds) => auds.iter().any(|aud| aud == audience),
    };
    if !for_us {
        return Err(SetError::Audience);
    }
    if clock::is_ahead(claims.iat, now) {
        return Err(SetError::Time);
    }
    let issued_at = Timestamp::from_second(claims.iat).map_err(|_| SetError::Time)?;
    if claims.sub_id.format != "opaque" || !(1..=256).contains(&claims.sub_id.id.len()) {
        return Err(SetError::Subject);
    }
    if !(1..=256).contains(&claims.jti.len()) {
        return Err(JwsError::Claims.into());
    }
    let event = Event::read(claims.events)?;
    let (jti, txn, subject) = (claims.jti, claims.txn, claims.sub_id.id);
    Ok(SecurityEvent { jti, txn, subject, issued_at, event })
}

#[cfg(test)]
mod tests;
