//! Decoupled approval (CIBA Core 1.0, FAPI-CIBA): a holder approves one debit at the bank's own page
//! while the wallet waits on another device.
//!
//! Approval across devices can be phished by design (RFC 10027): somebody else may have started it.
//! So it is never for linking, it is asked for by the name of a grant and never of a person, and
//! the holder must type a number that only the wallet's screen shows. The token is always fetched by a
//! poll; a [`ping`] says when. Push is not offered at all.

pub mod ping;

use jiff::Timestamp;
use kanuki_domain::id::GrantId;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    ciba::ping::NotificationToken,
    clock,
    error::{ErrorCode, OAuthError},
    form::Form,
    jar,
    jws::{self, JwsError, Proven},
    keys::{Jwks, Signer},
};

/// The grant type of a poll.
pub const GRANT_TYPE: &str = "urn:openid:params:grant-type:ciba";
/// How many seconds to wait between polls, if the answer does not say.
pub const INTERVAL_SECS: u32 = 5;
/// How long a request may wait for its holder, in seconds.
pub const LIFE_SECS: u32 = 300;

/// How long a request object that we make is good for, in seconds.
const TOKEN_SECS: i64 = 300;
/// The ways to name whom to ask (CIBA Core section 7.1): exactly one must be used.
const HINTS: [&str; 3] = ["login_hint", "login_hint_token", "id_token_hint"];
/// The longest `jti` that is kept.
const JTI_MAX: usize = 128;

/// Two digits, shown by the wallet and typed at the bank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Number(u8);

impl Number {
    /// From random bytes: one of a hundred, each as likely as the other but for one in 10^18.
    #[must_use]
    pub fn from_random(bytes: [u8; 8]) -> Self {
        Self(u8::try_from(u64::from_be_bytes(bytes) % 100).unwrap_or(0))
    }

    /// Reads exactly two digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_two = text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
        is_two.then(|| text.parse().ok().map(Self)).flatten()
    }
}

impl std::fmt::Display for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:02}", self.0)
    }
}

impl TryFrom<String> for Number {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("not two digits")
    }
}

impl From<Number> for String {
    fn from(number: Number) -> Self {
        number.to_string()
    }
}

/// What a wallet asks (CIBA Core section 7.1), as it was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackchannelRequest {
    /// Whom to ask: the holder of this grant of the client's own.
    pub grant_id: GrantId,
    /// What the holder must type.
    pub number: Number,
    /// How long the client would wait, in seconds.
    pub requested_expiry: Option<u32>,
    /// What is to be approved, as `authorization_details`.
    pub details: String,
    /// The device and sign-in behind it, as `authn_evidence`.
    pub evidence: Option<String>,
    /// The name of this request among those of its client.
    pub jti: String,
    /// What a [`ping`] must bring, from a client that wants one.
    pub notification_token: Option<NotificationToken>,
}

/// The answer to a request that was taken: status 200, not to be cached.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledged {
    /// What to poll with: a secret of the client's.
    pub auth_req_id: String,
    /// Seconds.
    pub expires_in: u32,
    /// Seconds between polls.
    #[serde(default = "interval")]
    pub interval: u32,
}

const fn interval() -> u32 {
    INTERVAL_SECS
}

impl std::fmt::Debug for Acknowledged {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Acknowledged").field("expires_in", &self.expires_in).finish_non_exhaustive()
    }
}

fn refuse(code: ErrorCode, why: &str) -> OAuthError {
    OAuthError::new(code, why)
}

impl BackchannelRequest {
    /// The form to send, with the request as one signed token.
    pub fn to_form(
        &self,
        key: &dyn Signer,
        (client_id, issuer): (&str, &str),
        now: Timestamp,
    ) -> Result<Form, JwsError> {
        let details: Value = serde_json::from_str(&self.details).map_err(|_| JwsError::Claims)?;
        let nbf = now.as_second();
        let mut claims = Map::new();
        for (name, value) in [
            ("iss", Value::from(client_id)),
            ("aud", issuer.into()),
            ("jti", self.jti.as_str().into()),
            ("iat", nbf.into()),
            ("nbf", nbf.into()),
            ("exp", clock::later(now, TOKEN_SECS).into()),
            ("login_hint", self.grant_id.to_string().into()),
            ("binding_message", self.number.to_string().into()),
            ("authorization_details", details),
        ] {
            claims.insert(name.to_owned(), value);
        }
        if let Some(expiry) = self.requested_expiry {
            claims.insert("requested_expiry".to_owned(), expiry.into());
        }
        if let Some(evidence) = &self.evidence {
            let evidence = serde_json::from_str(evidence).map_err(|_| JwsError::Claims)?;
            claims.insert("authn_evidence".to_owned(), evidence);
        }
        if let Some(token) = &self.notification_token {
            claims.insert(ping::TOKEN.to_owned(), token.expose().into());
        }
        Ok(Form::default().with("request", jws::sign(key, jar::TYPE, &claims)?))
    }

    /// Reads a request of a client that has proved to be `client_id`, whose keys are `keys`.
    ///
    /// Only the signed token counts; a parameter beside it is refused (CIBA Core section 7.1.1), but
    /// for those with which the client proved itself.
    pub fn read(
        form: &Form,
        (client_id, issuer): (&str, &str),
        keys: &Jwks,
        now: Timestamp,
    ) -> Result<Self, OAuthError> {
        const BESIDE: [&str; 4] =
            ["request", "client_id", "client_assertion", "client_assertion_type"];
        let token = form
            .get("request")
            .ok_or_else(|| OAuthError::invalid_request("a signed request object is needed"))?;
        if form.pairs().any(|(name, _)| !BESIDE.contains(&name)) {
            return Err(OAuthError::invalid_request("parameters belong into the request object"));
        }
        Self::of_claims(jar::verified_claims(token, (client_id, issuer), keys, now)?)
    }

    /// What the claims of a request say, once its signature was found good.
    pub fn judge(
        proven: &Proven,
        (client_id, issuer): (&str, &str),
        now: Timestamp,
    ) -> Result<Self, OAuthError> {
        Self::of_claims(jar::judged_claims(proven, (client_id, issuer), now)?)
    }

    fn of_claims(claims: Map<String, Value>) -> Result<Self, OAuthError> {
        let is_whole = ["iat", "jti"].iter().all(|name| claims.contains_key(*name));
        if !is_whole {
            return Err(refuse(ErrorCode::InvalidRequestObject, "iat and jti are needed"));
        }
        let jti = claims.get("jti").and_then(Value::as_str).unwrap_or_default().to_owned();
        if jti.is_empty() || jti.len() > JTI_MAX {
            return Err(refuse(ErrorCode::InvalidRequestObject, "jti is not a usable name"));
        }
        Self::of(&jar::parameters(claims), jti)
    }

    fn of(form: &Form, jti: String) -> Result<Self, OAuthError> {
        let hints = HINTS.iter().filter(|name| form.get(name).is_some()).count();
        if hints != 1 {
            return Err(OAuthError::invalid_request("exactly one hint is needed"));
        }
        if form.get("user_code").is_some() {
            return Err(OAuthError::invalid_request("user_code is not used"));
        }
        let unknown = || refuse(ErrorCode::UnknownUserId, "nobody can be asked by this hint");
        let hint = form.get("login_hint").ok_or_else(unknown)?;
        let grant_id = hint.parse().map_err(|_| unknown())?;
        let number = form.get("binding_message").and_then(Number::parse).ok_or_else(|| {
            refuse(ErrorCode::InvalidBindingMessage, "binding_message must be two digits")
        })?;
        let requested_expiry = form.get("requested_expiry").map(str::parse).transpose();
        let requested_expiry = requested_expiry
            .map_err(|_| OAuthError::invalid_request("requested_expiry must be seconds"))?;
        if requested_expiry == Some(0) {
            return Err(OAuthError::invalid_request("requested_expiry must be seconds"));
        }
        let details = form.get("authorization_details").ok_or_else(|| {
            let why = "authorization_details is missing";
            refuse(ErrorCode::InvalidAuthorizationDetails, why)
        })?;
        Ok(Self {
            grant_id,
            number,
            requested_expiry,
            details: details.to_owned(),
            evidence: form.get("authn_evidence").map(str::to_owned),
            jti,
            notification_token: form.get(ping::TOKEN).map(NotificationToken::parse).transpose()?,
        })
    }

    /// How long it waits: what was asked for, and never longer than [`LIFE_SECS`].
    #[must_use]
    pub fn life_secs(&self) -> u32 {
        self.requested_expiry.unwrap_or(LIFE_SECS).min(LIFE_SECS)
    }
}

#[cfg(test)]
mod tests;
