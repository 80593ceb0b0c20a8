use serde_json::{Value, json};

use super::*;
use crate::keys::{KeyError, SetSigningKey, SigningKey};

const NOW: i64 = 1_800_000_000;
const URI: &str = "https://bank.example/debits";
const AT_PAR: Expected<'_> =
    Expected { method: "POST", uri: URI, access_token: None, jkt: None, nonces: &[] };

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn good() -> Value {
    json!({"jti": "1", "htm": "POST", "htu": URI, "iat": NOW})
}

/// The sample of RFC 9449 section 5.
#[test]
fn the_standards_sample_is_accepted() {
    let proof = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZ\
                 yaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHp\
                 iVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0\
                 VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3\
                 Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4P\
                 tFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg";
    let expected = Expected { uri: "https://server.example.com/token", ..AT_PAR };

    let proof = verify(proof, &expected, at(1_562_262_616)).unwrap();
    assert_eq!(proof.jti, "-BwC3ESc6acc2lTc");
    assert_eq!(proof.jkt, "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
}

#[test]
fn a_proof_is_for_one_request_with_one_token_by_one_key() {
    let key = SigningKey::generate().unwrap();
    let kid = key.kid();
    let request = Request {
        method: "POST",
        uri: "https://bank.example/debits?a=1#b",
        access_token: Some("token"),
        nonce: Some("n1"),
    };
    let proof = make(&key, &request, "1", at(NOW)).unwrap();
    let expected =
        Expected { access_token: Some("token"), jkt: Some(&kid), nonces: &["n1", "n0"], ..AT_PAR };
    let good = Proof { jkt: kid.clone(), jti: "1".into(), good_until: NOW + MAX_AGE_SECS };
    assert_eq!(verify(&proof, &expected, at(NOW)), Ok(good));

    for (expected, why) in [
        (Expected { method: "GET", ..expected }, DpopError::Method),
        (Expected { uri: "https://bank.example/credits", ..expected }, DpopError::Uri),
        (Expected { uri: "https://other.example/debits", ..expected }, DpopError::Uri),
        (Expected { uri: "http://bank.example/debits", ..expected }, DpopError::Uri),
        (Expected { uri: "https://bank.example:8443/debits", ..expected }, DpopError::Uri),
        (Expected { access_token: Some("other"), ..expected }, DpopError::AccessToken),
        (Expected { jkt: Some("other"), ..expected }, DpopError::Key),
        (Expected { nonces: &["n2"], ..expected }, DpopError::UseNonce),
    ] {
        assert_eq!(verify(&proof, &expected, at(NOW)), Err(why));
    }
}

#[test]
fn claims_that_are_missing_or_off_are_refused() {
    let key = SigningKey::generate().unwrap();
    let shape = DpopError::Token(JwsError::Claims);
    for (name, value, expected) in [
        ("iat", json!(NOW - 10), None),
        ("iat", json!(NOW + 10), None),
        ("iat", json!(NOW - 61), Some(DpopError::Time)),
        ("iat", json!(NOW + 61), Some(DpopError::Time)),
        ("iat", json!(i64::MAX), Some(DpopError::Time)),
        ("iat", json!(i64::MIN), Some(DpopError::Time)),
        ("iat", json!("1800000000"), Some(shape)),
        ("iat", Value::Null, Some(shape)),
        ("exp", json!(NOW - 1), Some(DpopError::Time)),
        ("exp", json!(NOW + 60), None),
        ("nbf", json!(NOW + 61), Some(DpopError::Time)),
        ("nbf", json!(NOW), None),
        ("htm", json!("post"), Some(DpopError::Method)),
        ("htm", Value::Null, Some(shape)),
        ("htu", json!("HTTPS://Bank.Example:443/debits?x#y"), None),
        ("htu", json!("https://bank.example/Debits"), Some(DpopError::Uri)),
        ("htu", json!("https://bank.example/debits/"), Some(DpopError::Uri)),
        ("htu", json!("https://u@bank.example/debits"), Some(DpopError::Uri)),
        ("htu", json!("/debits"), Some(DpopError::Uri)),
        ("htu", Value::Null, Some(shape)),
        ("jti", json!(""), Some(DpopError::Jti)),
        ("jti", json!("x".repeat(257)), Some(DpopError::Jti)),
        ("jti", Value::Null, Some(shape)),
        ("ath", json!("unasked"), None),
        ("something", json!({"new": [1]}), None),
    ] {
        let mut claims = good();
        claims[name] = value.clone();
        let proof = jws::sign_with_key_inside(&key, TYPE, &claims).unwrap();
        assert_eq!(verify(&proof, &AT_PAR, at(NOW)).err(), expected, "{name}: {value}");
    }
}

#[test]
fn a_resource_needs_the_hash_of_its_token() {
    let key = SigningKey::generate().unwrap();
    let proof = jws::sign_with_key_inside(&key, TYPE, &good()).unwrap();
    let expected = Expected { access_token: Some("token"), ..AT_PAR };

    assert_eq!(verify(&proof, &expected, at(NOW)), Err(DpopError::AccessToken));
}

#[test]
fn a_token_that_is_no_proof_is_refused() {
    let key = SigningKey::generate().unwrap();
    let rsa = SetSigningKey::generate().unwrap();
    for (proof, why) in [
        (jws::sign_with_key_inside(&key, "JWT", &good()).unwrap(), JwsError::Type),
        (jws::sign(&key, TYPE, &good()).unwrap(), JwsError::Key(KeyError::Unusable)),
        (jws::sign_with_key_inside(&rsa, TYPE, &good()).unwrap(), JwsError::Algorithm),
        ("x".repeat(4_097), JwsError::TooLarge),
        ("a, b".to_owned(), JwsError::Malformed),
    ] {
        assert_eq!(verify(&proof, &AT_PAR, at(NOW)), Err(DpopError::Token(why)), "{proof}");
    }
}

#[test]
fn two_headers_are_refused() {
    assert_eq!(single_header([]), Ok(None));
    assert_eq!(single_header(["a"]), Ok(Some("a")));
    assert_eq!(single_header(["a", "a"]), Err(DpopError::Repeated));
}

#[test]
fn only_a_missing_nonce_asks_for_another_try() {
    for (error, code) in [
        (DpopError::UseNonce, ErrorCode::UseDpopNonce),
        (DpopError::Time, ErrorCode::InvalidDpopProof),
        (DpopError::Missing, ErrorCode::InvalidDpopProof),
    ] {
        assert_eq!(OAuthError::from(error).code, code);
    }
}
