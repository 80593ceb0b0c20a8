use kanuki_domain::id::{DebitId, MandateId};
use serde_json::json;

use super::*;
use crate::keys::{Signer as _, SigningKey};

const BANK: &str = "https://bank.example";
const WALLET: &str = "https://wallet.example";
const NOW: i64 = 1_800_000_000;

fn now() -> Timestamp {
    Timestamp::from_second(NOW).unwrap()
}

fn good() -> Value {
    json!({
        "iss": BANK, "aud": WALLET, "jti": "1", "iat": NOW, "txn": "t",
        "sub_id": {"format": "opaque", "id": "lnk"},
        "events": {uri::ACCOUNT_DISABLED: {"reason": "hijacking"}},
    })
}

#[test]
fn every_event_arrives_as_it_was_told() {
    let key = SetSigningKey::generate().unwrap();
    let keys = Jwks::of([key.public_jwk()]);
    let mandate_id = MandateId::derive(&["m"]);
    for event in [
        Event::AccountDisabled { reason: Some(TakeoverReason::Hijacking) },
        Event::AccountDisabled { reason: None },
        Event::CredentialCompromise { credential_type: "pin".into() },
        Event::LinkStatusChanged {
            mandate_id,
            status: LinkStatus::Suspended,
            reason: "holder".into(),
        },
        Event::DebitDisputed { mandate_id, debit_id: DebitId::derive(&["d"]) },
    ] {
        let sent = SecurityEvent {
            jti: "1".into(),
            txn: Some("t".into()),
            subject: "lnk".into(),
            issued_at: now(),
            event,
        };
        let token = make(&key, BANK, WALLET, &sent).unwrap();
        assert_eq!(verify(&token, BANK, WALLET, &keys, now()), Ok(sent));
    }
}

#[test]
fn tokens_that_break_a_rule_are_refused() {
    let key = SetSigningKey::generate().unwrap();
    let keys = Jwks::of([key.public_jwk()]);
    let two = json!({
        uri::ACCOUNT_DISABLED: {}, uri::CREDENTIAL_COMPROMISE: {"credential_type": "pin"},
    });
    let shape = SetError::Token(JwsError::Claims);
    for (name, value, expected) in [
        ("iss", json!(WALLET), Some(SetError::Issuer)),
        ("aud", json!(BANK), Some(SetError::Audience)),
        ("aud", json!([BANK]), Some(SetError::Audience)),
        ("aud", json!([BANK, WALLET]), None),
        ("sub", json!("lnk"), Some(SetError::Forbidden)),
        ("sub", Value::Null, Some(SetError::Forbidden)),
        ("exp", json!(NOW + 60), Some(SetError::Forbidden)),
        ("iat", json!(NOW + 61), Some(SetError::Time)),
        ("iat", json!(NOW - 86_400), None),
        ("jti", json!(""), Some(shape)),
        ("jti", Value::Null, Some(shape)),
        ("sub_id", json!({"format": "email", "id": "a@b.example"}), Some(SetError::Subject)),
        ("sub_id", json!({"format": "opaque", "id": ""}), Some(SetError::Subject)),
        ("sub_id", Value::Null, Some(shape)),
        ("events", json!({}), Some(SetError::Count)),
        ("events", two, Some(SetError::Count)),
        ("events", json!({"https://other.example/e": {}}), Some(SetError::UnknownEvent)),
        ("events", json!({uri::DEBIT_DISPUTED: {}}), Some(SetError::Event)),
        ("events", json!({uri::ACCOUNT_DISABLED: {"event_timestamp": NOW, "new": 1}}), None),
        ("something", json!("new"), None),
    ] {
        let mut claims = good();
        claims[name] = value.clone();
        let token = jws::sign(&key, TYPE, &claims).unwrap();
        let answer = verify(&token, BANK, WALLET, &keys, now());
        assert_eq!(answer.err(), expected, "{name}: {value}");
    }
}

#[test]
fn an_oauth_key_or_another_type_tells_no_events() {
    let oauth = SigningKey::generate().unwrap();
    let token = jws::sign(&oauth, TYPE, &good()).unwrap();
    let answer = verify(&token, BANK, WALLET, &Jwks::of([oauth.public_jwk()]), now());
    assert_eq!(answer, Err(SetError::Token(JwsError::Algorithm)));

    let key = SetSigningKey::generate().unwrap();
    let token = jws::sign(&key, "JWT", &good()).unwrap();
    let answer = verify(&token, BANK, WALLET, &Jwks::of([key.public_jwk()]), now());
    assert_eq!(answer, Err(SetError::Token(JwsError::Type)));
}

#[test]
fn refusals_have_the_codes_of_push_delivery() {
    for (error, code) in [
        (SetError::Token(JwsError::Signature), Some("invalid_key")),
        (SetError::Token(JwsError::Malformed), Some("invalid_request")),
        (SetError::Issuer, Some("invalid_issuer")),
        (SetError::Audience, Some("invalid_audience")),
        (SetError::UnknownEvent, None),
    ] {
        assert_eq!(error.delivery_code(), code);
    }
}
