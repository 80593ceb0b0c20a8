//! How a client proves itself: `private_key_jwt` (RFC 7523, FAPI 2.0 section 5.3.2.1).
//!
//! The audience is the issuer and nothing else. A server that talks a client into signing for
//! another server's endpoint (audience injection, 2025) gains nothing here.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    clock,
    error::{ErrorCode, OAuthError},
    form::Form,
    jws::{self, Accept, JwsError, Proven},
    keys::{AllowList, Jwks, Signer},
};

/// The value of `client_assertion_type` (RFC 7523 section 2.2).
pub const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// How long an assertion may be good for, in seconds.
pub const MAX_LIFE_SECS: i64 = 300;

/// How long the ones that we make are good for, in seconds.
const LIFE_SECS: i64 = 60;

/// The longest `jti` that a replay store has to keep.
const MAX_JTI: usize = 256;

const TYPE: &str = "client-authentication+jwt";
// RFC 7523 knew no type, so clients in use today send none, or "JWT".
const ACCEPT: Accept =
    Accept { types: &[Some(TYPE), Some("JWT"), None], algorithms: AllowList::OAUTH };

/// Why a client's assertion was refused. The client hears `invalid_client` and no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AssertionError {
    /// The token itself is not good.
    #[error("the client assertion is not a good token")]
    Token(#[from] JwsError),
    /// `iss` and `sub` are not both the client.
    #[error("iss and sub must both be the client id")]
    Client,
    /// `aud` is not the issuer as one string.
    #[error("aud must be the issuer as one string")]
    Audience,
    /// Expired, or good for too long.
    #[error("exp must lie within the next five minutes")]
    Expiry,
    /// From the future.
    #[error("iat or nbf lies in the future")]
    Early,
    /// No usable `jti`.
    #[error("jti must be a text of 1 to 256 bytes")]
    Jti,
}

impl From<AssertionError> for OAuthError {
    fn from(_: AssertionError) -> Self {
        Self::new(ErrorCode::InvalidClient, "the client assertion was refused")
    }
}

/// A good assertion. The caller refuses a `jti` it has seen and keeps this one until `exp`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assertion {
    /// Unique per client.
    pub jti: String,
    /// Seconds since 1970.
    pub exp: i64,
}

#[derive(Serialize)]
struct Made<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    jti: &'a str,
    iat: i64,
    exp: i64,
}

#[derive(Deserialize)]
struct Claims {
    iss: Option<String>,
    sub: Option<String>,
    aud: Option<Value>,
    jti: Option<String>,
    exp: Option<i64>,
    iat: Option<i64>,
    nbf: Option<i64>,
}

/// An assertion of `client_id` to `issuer`, good for a minute and for one request.
pub fn make(
    key: &dyn Signer,
    client_id: &str,
    issuer: &str,
    jti: &str,
    now: Timestamp,
) -> Result<String, JwsError> {
    let (iat, exp) = (now.as_second(), clock::later(now, LIFE_SECS));
    jws::sign(key, TYPE, &Made { iss: client_id, sub: client_id, aud: issuer, jti, iat, exp })
}

/// Checks an assertion that should come from `client_id`, whose published keys are `keys`.
///
/// The `jti` in the answer has yet to be looked up in the replay store.
pub fn verify(
    token: &str,
    client_id: &str,
    issuer: &str,
    keys: &Jwks,
    now: Timestamp,
) -> Result<Assertion, AssertionError> {
    judge(&jws::prove(token, keys, &ACCEPT)?, client_id, issuer, now)
}

/// The same from a company whose only pinned key is the one that signs its event tokens: so a bank
/// proves itself where it fetches a wallet's events. An event token never passes for it: it is of
/// another type, and has neither `sub` nor `exp`.
pub fn verify_by_event_key(
    token: &str,
    company: &str,
    issuer: &str,
    keys: &Jwks,
    now: Timestamp,
) -> Result<Assertion, AssertionError> {
    const BY_EVENT_KEY: Accept = Accept { types: &[Some(TYPE)], algorithms: AllowList::EVENTS };
    judge(&jws::prove(token, keys, &BY_EVENT_KEY)?, company, issuer, now)
}

/// Who a token says that it is from: only good for finding the keys to verify it with.
pub fn claimed_by(token: &str) -> Result<String, AssertionError> {
    let claims: Claims = jws::unverified(token)?;
    claims.sub.ok_or(AssertionError::Client)
}

/// What the claims of an assertion say, once its signature was found good.
pub fn judge(
    proven: &Proven,
    client_id: &str,
    issuer: &str,
    now: Timestamp,
) -> Result<Assertion, AssertionError> {
    let claims: Claims = proven.read()?;
    if claims.iss.as_deref() != Some(client_id) || claims.sub.as_deref() != Some(client_id) {
        return Err(AssertionError::Client);
    }
    // An array with the issuer in it is refused too: FAPI 2.0 section 5.3.2.1-8.
    if claims.aud.as_ref().and_then(Value::as_str) != Some(issuer) {
        return Err(AssertionError::Audience);
    }
    let exp = claims.exp.ok_or(AssertionError::Expiry)?;
    if clock::is_bad_expiry(exp, MAX_LIFE_SECS, now) {
        return Err(AssertionError::Expiry);
    }
    if [claims.iat, claims.nbf].into_iter().flatten().any(|at| clock::is_ahead(at, now)) {
        return Err(AssertionError::Early);
    }
    let jti = claims.jti.filter(|j| (1..=MAX_JTI).contains(&j.len())).ok_or(AssertionError::Jti)?;
    Ok(Assertion { jti, exp })
}

/// What a client sent to prove itself, not yet verified.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// Who it says it is: only good for finding the keys to verify with.
    pub client_id: String,
    /// The assertion.
    pub assertion: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

impl Credentials {
    /// Takes them out of a form of the PAR, token or revocation endpoint.
    ///
    /// A `client_id` parameter beside the assertion must agree with it; other ways of proving
    /// oneself in the same form are refused.
    pub fn from_form(form: &Form) -> Result<Self, OAuthError> {
        let refuse = |why: &str| OAuthError::new(ErrorCode::InvalidClient, why);
        if form.get("client_secret").is_some() {
            return Err(refuse("only private_key_jwt is supported"));
        }
        if form.get("client_assertion_type") != Some(ASSERTION_TYPE) {
            return Err(refuse("client_assertion_type is missing or not jwt-bearer"));
        }
        let assertion =
            form.get("client_assertion").ok_or_else(|| refuse("client_assertion is missing"))?;
        let claims: Claims = jws::unverified(assertion).map_err(AssertionError::from)?;
        let client_id = claims.sub.ok_or(AssertionError::Client)?;
        if form.get("client_id").is_some_and(|id| id != client_id) {
            return Err(AssertionError::Client.into());
        }
        Ok(Self { client_id, assertion: assertion.to_owned() })
    }

    /// The form with these credentials added, for the client's end.
    #[must_use]
    pub fn add_to(&self, form: Form) -> Form {
        form.with("client_id", &self.client_id)
            .with("client_assertion_type", ASSERTION_TYPE)
            .with("client_assertion", &self.assertion)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::keys::{SetSigningKey, SigningKey};

    const ISSUER: &str = "https://bank.example";
    const NOW: i64 = 1_800_000_000;

    fn now() -> Timestamp {
        Timestamp::from_second(NOW).unwrap()
    }

    fn good() -> Value {
        json!({"iss": "wallet", "sub": "wallet", "aud": ISSUER, "jti": "1",
               "iat": NOW, "exp": NOW + 60})
    }

    #[test]
    fn an_assertion_is_good_for_a_minute_at_one_server() {
        let key = SigningKey::generate().unwrap();
        let keys = Jwks::of([key.public_jwk()]);
        let token = make(&key, "wallet", ISSUER, "j-1", now()).unwrap();

        let assertion = verify(&token, "wallet", ISSUER, &keys, now()).unwrap();
        assert_eq!(assertion, Assertion { jti: "j-1".into(), exp: NOW + 60 });
        let later = Timestamp::from_second(NOW + 60).unwrap();
        let expired = verify(&token, "wallet", ISSUER, &keys, later);
        assert_eq!(expired, Err(AssertionError::Expiry));
        let elsewhere = verify(&token, "wallet", "https://other.example", &keys, now());
        assert_eq!(elsewhere, Err(AssertionError::Audience));
    }

    /// The client assertion modules of the FAPI 2.0 conformance plan.
    #[test]
    fn claims_that_fapi_refuses_are_refused() {
        let key = SigningKey::generate().unwrap();
        let keys = Jwks::of([key.public_jwk()]);
        let par = format!("{ISSUER}/par");
        for (name, value, expected) in [
            ("aud", json!([ISSUER]), Some(AssertionError::Audience)),
            ("aud", json!([ISSUER, par]), Some(AssertionError::Audience)),
            ("aud", json!(par), Some(AssertionError::Audience)),
            ("aud", json!(format!("{ISSUER}/token")), Some(AssertionError::Audience)),
            ("aud", json!(format!("{ISSUER}/")), Some(AssertionError::Audience)),
            ("aud", Value::Null, Some(AssertionError::Audience)),
            ("sub", Value::Null, Some(AssertionError::Client)),
            ("sub", json!("other"), Some(AssertionError::Client)),
            ("iss", json!("other"), Some(AssertionError::Client)),
            ("exp", json!(NOW), Some(AssertionError::Expiry)),
            ("exp", json!(NOW - 300), Some(AssertionError::Expiry)),
            ("exp", json!(NOW + 300), None),
            ("exp", json!(NOW + 400), Some(AssertionError::Expiry)),
            ("exp", json!(i64::MAX), Some(AssertionError::Expiry)),
            ("exp", json!(i64::MIN), Some(AssertionError::Expiry)),
            ("exp", Value::Null, Some(AssertionError::Expiry)),
            ("iat", json!(NOW + 10), None),
            ("nbf", json!(NOW + 10), None),
            ("iat", json!(NOW + 61), Some(AssertionError::Early)),
            ("nbf", json!(NOW + 61), Some(AssertionError::Early)),
            ("iat", Value::Null, None),
            ("jti", Value::Null, Some(AssertionError::Jti)),
            ("jti", json!(""), Some(AssertionError::Jti)),
            ("jti", json!("x".repeat(257)), Some(AssertionError::Jti)),
            ("jti", json!(1), Some(AssertionError::Token(JwsError::Claims))),
        ] {
            let mut claims = good();
            claims[name] = value.clone();
            let token = jws::sign(&key, "JWT", &claims).unwrap();
            let answer = verify(&token, "wallet", ISSUER, &keys, now());
            assert_eq!(answer.err(), expected, "{name}: {value}");
        }
    }

    #[test]
    fn an_assertion_by_another_algorithm_or_of_another_type_is_refused() {
        let rsa = SetSigningKey::generate().unwrap();
        let keys = Jwks::of([rsa.public_jwk()]);
        let token = jws::sign(&rsa, TYPE, &good()).unwrap();
        let answer = verify(&token, "wallet", ISSUER, &keys, now());
        assert_eq!(answer, Err(AssertionError::Token(JwsError::Algorithm)));

        let key = SigningKey::generate().unwrap();
        let keys = Jwks::of([key.public_jwk()]);
        let token = jws::sign(&key, "dpop+jwt", &good()).unwrap();
        let answer = verify(&token, "wallet", ISSUER, &keys, now());
        assert_eq!(answer, Err(AssertionError::Token(JwsError::Type)));
    }

    #[test]
    fn credentials_in_a_form_must_agree_with_each_other() {
        let key = SigningKey::generate().unwrap();
        let assertion = make(&key, "wallet", ISSUER, "1", now()).unwrap();
        let good = Credentials { client_id: "wallet".into(), assertion }.add_to(Form::default());
        assert_eq!(Credentials::from_form(&good).unwrap().client_id, "wallet");

        for bad in [
            good.clone().with("client_id", "other"),
            good.clone().with("client_secret", "s"),
            good.clone().with("client_assertion_type", "urn:other"),
            good.clone().with("client_assertion", ""),
            good.with("client_assertion", "a.b.c"),
        ] {
            let refusal = Credentials::from_form(&bad).unwrap_err();
            assert_eq!(refusal.code, ErrorCode::InvalidClient);
        }
    }
}
