use serde_json::{Map, json};

use super::*;
use crate::keys::{SetSigningKey, SigningKey};

const ACCEPT: Accept = Accept { types: &[Some("test+jwt")], algorithms: AllowList::OAUTH };

type Claims = Map<String, Value>;

/// A token with this header and these claims as text, properly signed.
fn token(key: &dyn Signer, header: &str, claims: &str) -> String {
    let b64 = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
    let signed = format!("{}.{}", b64(header.as_bytes()), b64(claims.as_bytes()));
    let signature = key.sign(signed.as_bytes()).unwrap();
    format!("{signed}.{}", b64(&signature))
}

#[test]
fn what_one_end_signs_the_other_end_reads() {
    let key = SigningKey::generate().unwrap();
    let signed = sign(&key, "test+jwt", &json!({"a": 1})).unwrap();
    let other = SigningKey::generate().unwrap();

    let claims: Claims = verify(&signed, &Jwks::of([key.public_jwk()]), &ACCEPT).unwrap();
    assert_eq!(claims["a"], 1);
    let stranger = verify::<Claims>(&signed, &Jwks::of([other.public_jwk()]), &ACCEPT);
    assert_eq!(stranger, Err(JwsError::UnknownKey));
}

#[test]
fn a_header_that_is_not_exactly_right_is_refused() {
    let key = SigningKey::generate().unwrap();
    let keys = Jwks::of([key.public_jwk()]);
    let jwk = key.public_jwk().to_bare_json();
    let embedded = format!(r#"{{"alg":"ES256","typ":"test+jwt","jwk":{jwk}}}"#);
    assert!(
        verify::<Claims>(&token(&key, r#"{"alg":"ES256","typ":"test+jwt"}"#, "{}"), &keys, &ACCEPT)
            .is_ok()
    );

    for (header, why) in [
        (r#"{"alg":"none","typ":"test+jwt"}"#, JwsError::Algorithm),
        (r#"{"alg":"HS256","typ":"test+jwt"}"#, JwsError::Algorithm),
        (r#"{"alg":"RS256","typ":"test+jwt"}"#, JwsError::Algorithm),
        (r#"{"alg":"es256","typ":"test+jwt"}"#, JwsError::Algorithm),
        (r#"{"alg":"ES256"}"#, JwsError::Type),
        (r#"{"alg":"ES256","typ":"JWT"}"#, JwsError::Type),
        (r#"{"alg":"ES256","typ":"test+jwt","crit":["b64"],"b64":false}"#, JwsError::Critical),
        (r#"{"alg":"ES256","typ":"test+jwt","crit":[]}"#, JwsError::Critical),
        (r#"{"alg":"ES256","alg":"ES256","typ":"test+jwt"}"#, JwsError::Malformed),
        (r#"{"alg":"ES256","typ":"test+jwt","kid":"other"}"#, JwsError::UnknownKey),
        (r#"{"typ":"test+jwt"}"#, JwsError::Malformed),
        (embedded.as_str(), JwsError::Key(KeyError::Unusable)),
    ] {
        let token = token(&key, header, "{}");
        assert_eq!(verify::<Claims>(&token, &keys, &ACCEPT), Err(why), "{header}");
    }
}

#[test]
fn a_token_that_was_touched_is_refused() {
    let key = SigningKey::generate().unwrap();
    let keys = Jwks::of([key.public_jwk()]);
    let good = sign(&key, "test+jwt", &json!({"amount": "1"})).unwrap();
    let other = sign(&key, "test+jwt", &json!({"amount": "2"})).unwrap();
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let (other_signed, _) = other.rsplit_once('.').unwrap();

    for (bad, why) in [
        (format!("{other_signed}.{signature}"), JwsError::Signature),
        (format!("{signed}."), JwsError::Signature),
        (format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode([0; 64])), JwsError::Signature),
        (format!("{good}="), JwsError::Malformed),
        (format!("{good}.{signature}"), JwsError::Malformed),
        (signed.to_owned(), JwsError::Malformed),
        (String::new(), JwsError::Malformed),
        ("a".repeat(MAX_BYTES + 1), JwsError::TooLarge),
    ] {
        assert_eq!(verify::<Claims>(&bad, &keys, &ACCEPT), Err(why), "{bad}");
    }
    let twice = token(&key, r#"{"alg":"ES256","typ":"test+jwt"}"#, r#"{"a":1,"a":2}"#);
    assert_eq!(verify::<Claims>(&twice, &keys, &ACCEPT), Err(JwsError::Malformed));
}

#[test]
fn a_key_inside_must_be_public_and_the_signer() {
    let key = SigningKey::generate().unwrap();
    let other = SigningKey::generate().unwrap();
    let good = sign_with_key_inside(&key, "test+jwt", &json!({})).unwrap();
    let (_, inside) = verify_with_key_inside::<Claims>(&good, &ACCEPT).unwrap();
    assert_eq!(inside.thumbprint(), key.kid());

    let header = |jwk: &Value| format!(r#"{{"alg":"ES256","typ":"test+jwt","jwk":{jwk}}}"#);
    let mut leaking = key.public_jwk().to_bare_json();
    leaking["d"] = "AA".into();
    let rsa = SetSigningKey::generate().unwrap().public_jwk().to_bare_json();
    for (jwk, why) in [
        (leaking, JwsError::Key(KeyError::Private)),
        (other.public_jwk().to_bare_json(), JwsError::Signature),
        (rsa, JwsError::Algorithm),
        (json!("x"), JwsError::Key(KeyError::Unusable)),
    ] {
        let token = token(&key, &header(&jwk), "{}");
        assert_eq!(verify_with_key_inside::<Claims>(&token, &ACCEPT).unwrap_err(), why, "{jwk}");
    }
    let without = sign(&key, "test+jwt", &json!({})).unwrap();
    assert_eq!(
        verify_with_key_inside::<Claims>(&without, &ACCEPT).unwrap_err(),
        JwsError::Key(KeyError::Unusable)
    );
}
