//! Ping (CIBA Core section 10.2): the bank says that a request was decided, and nothing more. Whoever
//! hears it comes and polls; whoever does not polls as before.
//!
//! Where it goes is in the bank's registry and never in a request. What it brings is the client's own
//! secret, so that nobody else makes a wallet poll.

use kanuki_domain::Masked;
use serde::{Deserialize, Serialize};

use crate::error::OAuthError;

/// The name of the parameter that carries the secret.
pub const TOKEN: &str = "client_notification_token";
/// The longest secret (CIBA Core section 7.1).
const TOKEN_MAX: usize = 1_024;
/// The shortest: 128 bits in base64url.
const TOKEN_MIN: usize = 22;
/// The longest name of a request.
const ID_MAX: usize = 256;

/// The secret that a ping brings: a bearer token of the client's making (RFC 6750 section 2.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct NotificationToken(Masked<String>);

impl NotificationToken {
    /// Reads one, as a request brings it.
    pub fn parse(text: &str) -> Result<Self, OAuthError> {
        let is_long = (TOKEN_MIN..=TOKEN_MAX).contains(&text.len());
        let is_token = |b: u8| b.is_ascii_alphanumeric() || b"-._~+/".contains(&b);
        if is_long && text.trim_end_matches('=').bytes().all(is_token) {
            return Ok(Self(Masked::new(text.to_owned())));
        }
        Err(OAuthError::invalid_request("client_notification_token must be a long bearer token"))
    }

    /// The text, to be sent.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl TryFrom<String> for NotificationToken {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).map_err(|_| "not a bearer token")
    }
}

impl From<NotificationToken> for String {
    fn from(token: NotificationToken) -> Self {
        token.0.into_inner()
    }
}

/// What a ping says.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ping {
    /// The request that was decided.
    pub auth_req_id: String,
}

impl std::fmt::Debug for Ping {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ping(***)")
    }
}

impl Ping {
    /// Reads a body.
    pub fn read(body: &[u8]) -> Option<Self> {
        let ping: Self = crate::json::read(body).ok()?;
        (ping.auth_req_id.len() <= ID_MAX && !ping.auth_req_id.is_empty()).then_some(ping)
    }
}

/// The token of an `Authorization` header; none for another scheme or another form.
#[must_use]
pub fn bearer(header: &str) -> Option<NotificationToken> {
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| NotificationToken::parse(token.trim()).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_long_and_goes_through_a_header() {
        let good = "0123456789ABCDEFGHJKMNPQRS";
        for text in [good, "abcdefghijklmnopqrstuvwx-._~+/==", &"a".repeat(TOKEN_MAX)] {
            assert!(NotificationToken::parse(text).is_ok(), "{text}");
            assert_eq!(bearer(&format!("Bearer {text}")).unwrap().expose(), text);
        }
        for text in [
            "",
            "short",
            "with space in the middle of it",
            "0123456789ABCDEFGHJKM\nNPQRS",
            "===================================",
            &"a".repeat(TOKEN_MAX + 1),
        ] {
            assert!(NotificationToken::parse(text).is_err() || text.starts_with('='), "{text}");
        }
        assert_eq!(bearer(&format!("DPoP {good}")), None);
        assert_eq!(bearer(good), None);
        assert!(!format!("{:?}", bearer(&format!("Bearer {good}"))).contains(good));
    }

    #[test]
    fn a_ping_says_one_thing() {
        assert!(Ping::read(br#"{"auth_req_id":"x"}"#).is_some());
        for bad in [
            r#"{"auth_req_id":""}"#,
            r#"{"auth_req_id":"x","access_token":"pushed"}"#,
            r#"{"auth_req_id":"x","auth_req_id":"y"}"#,
            "{}",
            "[]",
        ] {
            assert_eq!(Ping::read(bad.as_bytes()), None, "{bad}");
        }
    }
}
