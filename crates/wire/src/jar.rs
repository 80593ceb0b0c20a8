//! Signed authorization requests (RFC 9101, FAPI 2.0 Message Signing section 5.3), so that a wallet
//! cannot deny later what it asked for.
//!
//! They come to the PAR endpoint alone and never by reference.

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::{
    clock,
    error::{ErrorCode, OAuthError},
    form::Form,
    jws::{self, Accept, JwsError, Proven},
    keys::{AllowList, Jwks, Signer},
};

/// The media type without `application/`, which the header's `typ` must be.
pub const TYPE: &str = "oauth-authz-req+jwt";
/// How old `nbf` may be, and how long after it `exp` may lie, in seconds.
pub const MAX_LIFE_SECS: i64 = 3_600;

/// How long the ones that we make are good for, in seconds.
const LIFE_SECS: i64 = 300;
const ACCEPT: Accept = Accept { types: &[Some(TYPE)], algorithms: AllowList::OAUTH };
/// Claims about the token itself: no parameters of the request.
const ABOUT: [&str; 7] = ["iss", "aud", "exp", "nbf", "iat", "jti", "sub"];
/// What a request object must never hold (RFC 9101 section 4, RFC 9126 section 2.1).
const NEVER: [&str; 2] = ["request", "request_uri"];

/// Why a request object was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestObjectError {
    /// The token itself is not good.
    #[error("the request object is not a good token")]
    Token(#[from] JwsError),
    /// `iss` or `client_id` is another client.
    #[error("iss and client_id must be the client")]
    Client,
    /// `aud` does not name the issuer.
    #[error("aud must name the issuer")]
    Audience,
    /// `exp` or `nbf` is missing, or they are not from now.
    #[error("nbf must lie within the last hour and exp within an hour of it")]
    Time,
    /// Another request inside.
    #[error("request and request_uri must not be inside")]
    Nested,
}

impl From<RequestObjectError> for OAuthError {
    fn from(error: RequestObjectError) -> Self {
        Self::new(ErrorCode::InvalidRequestObject, error.to_string())
    }
}

/// The parameters of `form` as a request object of `client_id` for `issuer`.
pub fn make(
    key: &dyn Signer,
    form: &Form,
    (client_id, issuer): (&str, &str),
    jti: &str,
    now: Timestamp,
) -> Result<String, JwsError> {
    let mut claims = Map::new();
    for (name, value) in form.pairs() {
        let value = match name {
            // RFC 9396 section 2: JSON stays JSON inside a request object.
            "authorization_details" => serde_json::from_str(value).map_err(|_| JwsError::Claims)?,
            _ => Value::from(value),
        };
        claims.insert(name.to_owned(), value);
    }
    let nbf = now.as_second();
    for (name, value) in [
        ("iss", Value::from(client_id)),
        ("aud", issuer.into()),
        ("jti", jti.into()),
        ("iat", nbf.into()),
        ("nbf", nbf.into()),
        ("exp", clock::later(now, LIFE_SECS).into()),
    ] {
        claims.insert(name.to_owned(), value);
    }
    jws::sign(key, TYPE, &claims)
}

/// The parameters in a request object of `client_id`, whose published keys are `keys`.
pub fn verify(
    token: &str,
    (client_id, issuer): (&str, &str),
    keys: &Jwks,
    now: Timestamp,
) -> Result<Form, RequestObjectError> {
    judge(&jws::prove(token, keys, &ACCEPT)?, (client_id, issuer), now)
}

/// The parameters in the claims of a request object, once its signature was found good.
pub fn judge(
    proven: &Proven,
    (client_id, issuer): (&str, &str),
    now: Timestamp,
) -> Result<Form, RequestObjectError> {
    let claims = judged_claims(proven, (client_id, issuer), now)?;
    if claims.get("client_id").and_then(Value::as_str) != Some(client_id) {
        return Err(RequestObjectError::Client);
    }
    Ok(parameters(claims))
}

/// The claims of a request object of `client_id`, whatever it asks for.
pub(crate) fn verified_claims(
    token: &str,
    (client_id, issuer): (&str, &str),
    keys: &Jwks,
    now: Timestamp,
) -> Result<Map<String, Value>, RequestObjectError> {
    judged_claims(&jws::prove(token, keys, &ACCEPT)?, (client_id, issuer), now)
}

/// The same, once its signature was found good.
pub(crate) fn judged_claims(
    proven: &Proven,
    (client_id, issuer): (&str, &str),
    now: Timestamp,
) -> Result<Map<String, Value>, RequestObjectError> {
    let claims: Map<String, Value> = proven.read()?;
    if claims.get("iss").and_then(Value::as_str) != Some(client_id) {
        return Err(RequestObjectError::Client);
    }
    let names_us = |aud: &Value| match aud {
        Value::String(one) => one == issuer,
        Value::Array(all) => all.iter().any(|one| one.as_str() == Some(issuer)),
        _ => false,
    };
    if !claims.get("aud").is_some_and(names_us) {
        return Err(RequestObjectError::Audience);
    }
    check_time(&claims, now)?;
    if NEVER.iter().any(|name| claims.contains_key(*name)) {
        return Err(RequestObjectError::Nested);
    }
    Ok(claims)
}

/// The parameters among the claims of a request object.
pub(crate) fn parameters(claims: Map<String, Value>) -> Form {
    let pairs = claims.into_iter().filter(|(name, _)| !ABOUT.contains(&name.as_str()));
    pairs.fold(Form::default(), |form, (name, value)| match value {
        Value::String(text) if text.is_empty() => form,
        Value::String(text) => form.with(&name, text),
        Value::Null => form,
        json => form.with(&name, json.to_string()),
    })
}

fn check_time(claims: &Map<String, Value>, now: Timestamp) -> Result<(), RequestObjectError> {
    let instant = |name: &str| claims.get(name).map(Value::as_i64);
    let (Some(Some(nbf)), Some(Some(exp))) = (instant("nbf"), instant("exp")) else {
        return Err(RequestObjectError::Time);
    };
    let bad_iat = match instant("iat") {
        None => false,
        Some(iat) => iat.is_none_or(|iat| clock::is_ahead(iat, now)),
    };
    let bad = bad_iat
        || clock::is_ahead(nbf, now)
        || clock::is_older_than(nbf, MAX_LIFE_SECS, now)
        || exp <= now.as_second()
        || exp.saturating_sub(nbf) > MAX_LIFE_SECS;
    if bad { Err(RequestObjectError::Time) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::keys::{EdSigningKey, PssSigningKey, SetSigningKey, SigningKey};

    const ISSUER: &str = "https://bank.example";
    const NOW: i64 = 1_800_000_000;

    fn now() -> Timestamp {
        Timestamp::from_second(NOW).unwrap()
    }

    fn good() -> Value {
        json!({
            "iss": "wallet", "client_id": "wallet", "aud": ISSUER, "nbf": NOW, "exp": NOW + 300,
            "scope": "mandate", "authorization_details": [{"type": "t"}], "max_age": 0,
        })
    }

    fn read(token: &str, keys: &Jwks) -> Result<Form, RequestObjectError> {
        verify(token, ("wallet", ISSUER), keys, now())
    }

    #[test]
    fn what_was_signed_is_what_is_read() {
        let form = Form::default()
            .with("client_id", "wallet")
            .with("state", "s 1")
            .with("authorization_details", r#"[{"type":"t"}]"#);
        let keys: [&dyn Signer; 3] = [
            &SigningKey::generate().unwrap(),
            &PssSigningKey::generate().unwrap(),
            &EdSigningKey::generate().unwrap(),
        ];
        for key in keys {
            let token = make(key, &form, ("wallet", ISSUER), "1", now()).unwrap();
            assert_eq!(read(&token, &Jwks::of([key.public_jwk()])), Ok(form.clone()));
        }
    }

    /// The request object modules of the FAPI 2.0 Message Signing plan.
    #[test]
    fn claims_that_message_signing_refuses_are_refused() {
        let key = SigningKey::generate().unwrap();
        let keys = Jwks::of([key.public_jwk()]);
        let shape = json!({"a": 1});
        for (name, value, why) in [
            ("aud", json!([ISSUER, "https://other.example"]), None),
            ("aud", json!(["https://other.example"]), Some(RequestObjectError::Audience)),
            ("aud", json!(format!("{ISSUER}/par")), Some(RequestObjectError::Audience)),
            ("aud", shape, Some(RequestObjectError::Audience)),
            ("aud", Value::Null, Some(RequestObjectError::Audience)),
            ("iss", json!("other"), Some(RequestObjectError::Client)),
            ("client_id", json!("other"), Some(RequestObjectError::Client)),
            ("client_id", Value::Null, Some(RequestObjectError::Client)),
            ("nbf", json!(NOW + 8), None),
            ("iat", json!(NOW + 8), None),
            ("iat", json!(NOW + 61), Some(RequestObjectError::Time)),
            ("iat", json!("now"), Some(RequestObjectError::Time)),
            ("nbf", json!(NOW + 61), Some(RequestObjectError::Time)),
            ("nbf", Value::Null, Some(RequestObjectError::Time)),
            ("nbf", json!(NOW - 3_601), Some(RequestObjectError::Time)),
            ("nbf", json!(i64::MIN), Some(RequestObjectError::Time)),
            ("exp", Value::Null, Some(RequestObjectError::Time)),
            ("exp", json!(NOW), Some(RequestObjectError::Time)),
            ("exp", json!(NOW + 3_600), None),
            ("exp", json!(NOW + 3_601), Some(RequestObjectError::Time)),
            ("exp", json!(i64::MAX), Some(RequestObjectError::Time)),
            ("request_uri", json!("urn:x"), Some(RequestObjectError::Nested)),
            ("request", json!("a.b.c"), Some(RequestObjectError::Nested)),
        ] {
            let mut claims = good();
            claims[name] = value.clone();
            let token = jws::sign(&key, TYPE, &claims).unwrap();
            assert_eq!(read(&token, &keys).err(), why, "{name}: {value}");
        }
        let form = read(&jws::sign(&key, TYPE, &good()).unwrap(), &keys).unwrap();
        assert_eq!(form.get("max_age"), Some("0"));
        assert_eq!(form.get("authorization_details"), Some(r#"[{"type":"t"}]"#));
        assert_eq!(form.get("exp"), None);
    }

    #[test]
    fn only_a_signed_request_of_this_client_and_type_is_taken() {
        let key = SigningKey::generate().unwrap();
        let keys = Jwks::of([key.public_jwk()]);
        let other = SigningKey::generate().unwrap();
        let untyped = jws::sign(&key, "JWT", &good()).unwrap();
        let foreign = jws::sign(&other, TYPE, &good()).unwrap();
        for (token, why) in [
            (untyped, JwsError::Type),
            (foreign, JwsError::UnknownKey),
            ("a.b.c".to_owned(), JwsError::Malformed),
        ] {
            assert_eq!(read(&token, &keys).err(), Some(RequestObjectError::Token(why)));
        }
        let rsa = SetSigningKey::generate().unwrap();
        let token = jws::sign(&rsa, TYPE, &good()).unwrap();
        let refused = read(&token, &Jwks::of([rsa.public_jwk()])).err();
        assert_eq!(refused, Some(RequestObjectError::Token(JwsError::Algorithm)));
    }
}
