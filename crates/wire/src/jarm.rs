//! Signed authorization responses (JARM, `response_mode=jwt`): the answer that the browser carries,
//! good or bad, in the bank's own hand.

use jiff::Timestamp;
use kanuki_domain::Masked;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use crate::{
    callback::{Answer, Callback, CallbackError},
    clock,
    error::{ErrorCode, OAuthError},
    form::Form,
    jws::{self, Accept, JwsError, Proven},
    keys::{AllowList, Jwks, Signer},
};

/// The parameter that carries the token.
pub const PARAMETER: &str = "response";

/// How long a response may be good for, in seconds (JARM section 2.1).
const MAX_LIFE_SECS: i64 = 600;
const LIFE_SECS: i64 = 300;
// JARM gives no type, so what every other token of a server says must not be said here.
const ACCEPT: Accept = Accept { types: &[Some("JWT"), None], algorithms: AllowList::OAUTH };

#[derive(Serialize)]
struct Made<'a> {
    iss: &'a str,
    aud: &'a str,
    exp: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    refusal: Option<&'a OAuthError>,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    aud: Value,
    exp: i64,
    state: Option<String>,
    code: Option<String>,
    error: Option<String>,
    #[serde(default)]
    error_description: String,
}

/// The answer to a request of `client_id` as a token of `issuer`.
pub fn make(
    key: &dyn Signer,
    (issuer, client_id): (&str, &str),
    state: Option<&str>,
    answer: &Answer,
    now: Timestamp,
) -> Result<String, JwsError> {
    let (code, refusal) = match answer {
        Answer::Code(code) => (Some(code.expose().as_str()), None),
        Answer::Refused(refusal) => (None, Some(refusal)),
    };
    let exp = clock::later(now, LIFE_SECS);
    jws::sign(key, "JWT", &Made { iss: issuer, aud: client_id, exp, state, code, refusal })
}

/// Where the bank sends the browser (status 303).
pub fn to_url(redirect_uri: &str, token: &str) -> Result<String, CallbackError> {
    let mut url = Url::parse(redirect_uri).map_err(|_| CallbackError::Malformed)?;
    url.query_pairs_mut().append_pair(PARAMETER, token);
    Ok(url.into())
}

/// The token in a query, for a client that asked for one: an answer without is refused, so that
/// nobody on the way can take the signature off.
pub fn token_in(query: &str) -> Result<String, CallbackError> {
    let form = Form::decode(query.as_bytes()).map_err(|_| CallbackError::Malformed)?;
    form.get(PARAMETER).map(str::to_owned).ok_or(CallbackError::Malformed)
}

/// Checks a response to a request of `client_id` at `issuer`; `state` is left to
/// [`Callback::accept`].
pub fn verify(
    token: &str,
    (issuer, client_id): (&str, &str),
    keys: &Jwks,
    now: Timestamp,
) -> Result<Callback, CallbackError> {
    let proven = jws::prove(token, keys, &ACCEPT).map_err(CallbackError::Token)?;
    judge(&proven, (issuer, client_id), now)
}

/// What the claims of a response say, once its signature was found good.
pub fn judge(
    proven: &Proven,
    (issuer, client_id): (&str, &str),
    now: Timestamp,
) -> Result<Callback, CallbackError> {
    let claims: Claims = proven.read().map_err(CallbackError::Token)?;
    let is_ours = match &claims.aud {
        Value::String(one) => one == client_id,
        Value::Array(all) => matches!(all.as_slice(), [one] if one.as_str() == Some(client_id)),
        _ => false,
    };
    if claims.iss != issuer || !is_ours {
        return Err(CallbackError::Issuer);
    }
    if clock::is_bad_expiry(claims.exp, MAX_LIFE_SECS, now) {
        return Err(CallbackError::Malformed);
    }
    let answer = match (claims.code, claims.error) {
        (Some(code), None) => Answer::Code(Masked::new(code)),
        (None, Some(error)) => {
            Answer::Refused(OAuthError::new(ErrorCode::parse(&error), claims.error_description))
        }
        (None, None) | (Some(_), Some(_)) => return Err(CallbackError::Malformed),
    };
    Ok(Callback::new(&claims.iss, claims.state.as_deref(), answer))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::keys::SigningKey;

    const ISSUER: &str = "https://bank.example";
    const WHO: (&str, &str) = (ISSUER, "wallet");
    const NOW: i64 = 1_800_000_000;

    fn now() -> Timestamp {
        Timestamp::from_second(NOW).unwrap()
    }

    #[test]
    fn an_answer_comes_back_as_it_was_signed() {
        let key = SigningKey::generate().unwrap();
        let keys = Jwks::of([key.public_jwk()]);
        for answer in [
            Answer::Code(Masked::new("c".to_owned())),
            Answer::Refused(OAuthError::new(ErrorCode::AccessDenied, "the holder said no")),
        ] {
            let token = make(&key, WHO, Some("s"), &answer, now()).unwrap();
            let url = to_url("https://wallet.example/callback?kept=1", &token).unwrap();
            let (_, query) = url.split_once('?').unwrap();
            let read = verify(&token_in(query).unwrap(), WHO, &keys, now()).unwrap();
            assert_eq!(read.accept(ISSUER, "s"), Ok(answer));
        }
        assert_eq!(token_in("code=c&state=s"), Err(CallbackError::Malformed), "no signature");
    }

    #[test]
    fn answers_that_may_be_someone_elses_are_refused() {
        let key = SigningKey::generate().unwrap();
        let keys = Jwks::of([key.public_jwk()]);
        let good = json!({"iss": ISSUER, "aud": "wallet", "exp": NOW + 60, "code": "c"});
        for (name, value, why) in [
            ("aud", json!(["wallet"]), None),
            ("aud", json!("other"), Some(CallbackError::Issuer)),
            ("aud", json!(["wallet", "other"]), Some(CallbackError::Issuer)),
            ("iss", json!("https://evil.example"), Some(CallbackError::Issuer)),
            ("exp", json!(NOW), Some(CallbackError::Malformed)),
            ("exp", json!(NOW + 700), Some(CallbackError::Malformed)),
            ("error", json!("access_denied"), Some(CallbackError::Malformed)),
            ("code", Value::Null, Some(CallbackError::Malformed)),
            ("iss", Value::Null, Some(CallbackError::Token(JwsError::Claims))),
        ] {
            let mut claims = good.clone();
            claims[name] = value.clone();
            let token = jws::sign(&key, "JWT", &claims).unwrap();
            assert_eq!(verify(&token, WHO, &keys, now()).err(), why, "{name}: {value}");
        }
        let other_kind = jws::sign(&key, "token-introspection+jwt", &good).unwrap();
        let refused = verify(&other_kind, WHO, &keys, now()).err();
        assert_eq!(refused, Some(CallbackError::Token(JwsError::Type)));
        let stranger = SigningKey::generate().unwrap();
        let forged = jws::sign(&stranger, "JWT", &good).unwrap();
        let refused = verify(&forged, WHO, &keys, now()).err();
        assert_eq!(refused, Some(CallbackError::Token(JwsError::UnknownKey)));
    }
}
