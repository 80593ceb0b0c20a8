use kanuki_domain::id::{CaseId, DebitId, MandateId};
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

fn stopped() -> ServiceWord {
    ServiceWord {
        status: ServiceStatus::Stopped,
        scope: ServiceScope::Everything,
        reach: ServiceReach::You,
        since: now(),
        reason: StopReason::StolenKey,
        call: Some("03-1234-5678".into()),
    }
}

#[test]
fn a_word_on_a_stop_is_read_strictly_but_for_why() {
    let told = |word: Value| {
        let events = json!({ (uri::SERVICE_STATUS_CHANGED): word });
        Event::read(events.as_object().unwrap().clone())
    };
    let whole = serde_json::to_value(stopped()).unwrap();
    let with = |name: &str, value: &str| {
        let mut word = whole.clone();
        word[name] = json!(value);
        told(word)
    };
    assert_eq!(told(whole.clone()), Ok(Event::ServiceStatusChanged(stopped())));
    for (name, value) in
        [("status", "paused"), ("scope", "payments"), ("reach", "some"), ("since", "-")]
    {
        assert_eq!(with(name, value), Err(SetError::Event), "{name}");
    }
    let unsaid = ServiceWord { reason: StopReason::NotSaid, ..stopped() };
    assert_eq!(with("reason", "sunspots"), Ok(Event::ServiceStatusChanged(unsaid)));
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
        Event::IdentifierChanged {},
        Event::IdentifierRecycled {},
        Event::RecoveryActivated {},
        Event::SessionRevoked {},
        Event::CredentialChange {
            credential_type: "fido2-platform".into(),
            change_type: CredentialChange::Delete,
        },
        Event::AssuranceLevelChange {
            namespace: "https://kanuki.example/ial".into(),
            current_level: "declared".into(),
            change_direction: Some(Direction::Decrease),
        },
        Event::RiskLevelChange {
            principal: "USER".into(),
            current_level: RiskLevel::High,
            risk_reason: None,
        },
        Event::StreamUpdated { status: StreamState::Paused },
        Event::CaseShared { case_id: CaseId::derive(&["c"]), stage: CaseStage::Reported },
        Event::ServiceStatusChanged(stopped()),
        Event::Verification { state: None },
    ] {
        let sent = SecurityEvent {
            jti: "1".into(),
            txn: Some("t".into()),
            subject: "lnk".into(),
            issued_at: now(),
            event,
        };
        let token = make(&key, BANK, WALLET, &sent).unwrap();
        let said: Value = jws::prove(&token, &keys, &ACCEPT).unwrap().read().unwrap();
        assert!(said["events"].get(sent.event.uri()).is_some(), "{said}");
        assert!(uri::ALL.contains(&sent.event.uri()));
        assert_eq!(verify(&token, BANK, WALLET, &keys, now()), Ok(sent));
    }
}

/// Of RISC 1.0, and the first of CAEP 1.0.
fn first_examples() -> Vec<(&'static str, Value, Event)> {
    let in_words = |en: &str| json!({ "en": en });
    vec![
        (
            uri::ACCOUNT_DISABLED,
            json!({ "reason": "hijacking" }),
            Event::AccountDisabled { reason: Some(TakeoverReason::Hijacking) },
        ),
        (
            uri::ACCOUNT_DISABLED,
            json!({ "reason": "bulk-account" }),
            Event::AccountDisabled { reason: Some(TakeoverReason::BulkAccount) },
        ),
        (
            uri::CREDENTIAL_COMPROMISE,
            json!({ "credential_type": "password" }),
            Event::CredentialCompromise { credential_type: "password".into() },
        ),
        (
            uri::IDENTIFIER_CHANGED,
            json!({ "new-value": "john.roe@example.com" }),
            Event::IdentifierChanged {},
        ),
        (uri::IDENTIFIER_RECYCLED, json!({}), Event::IdentifierRecycled {}),
        (uri::RECOVERY_ACTIVATED, json!({}), Event::RecoveryActivated {}),
        (
            uri::SESSION_REVOKED,
            json!({
                "initiating_entity": "policy",
                "reason_admin": in_words("Landspeed Policy Violation: C076E82F"),
                "reason_user": in_words("Access attempt from multiple regions."),
                "event_timestamp": 1_615_304_991,
            }),
            Event::SessionRevoked {},
        ),
        (
            uri::CREDENTIAL_CHANGE,
            json!({
                "credential_type": "fido2-roaming", "change_type": "create",
                "fido2_aaguid": "accced6a-63f5-490a-9eea-e59bc1896cfc",
                "friendly_name": "Jane's USB authenticator", "initiating_entity": "user",
                "reason_admin": in_words("User self-enrollment"),
                "event_timestamp": 1_615_304_991,
            }),
            Event::CredentialChange {
                credential_type: "fido2-roaming".into(),
                change_type: CredentialChange::Create,
            },
        ),
    ]
}

/// The others of CAEP 1.0, and of SSF 1.0.
fn other_examples() -> Vec<(&'static str, Value, Event)> {
    vec![
        (
            uri::ASSURANCE_LEVEL_CHANGE,
            json!({
                "namespace": "NIST-AAL", "current_level": "nist-aal2",
                "previous_level": "nist-aal1", "change_direction": "increase",
                "initiating_entity": "user", "event_timestamp": 1_615_304_991,
            }),
            Event::AssuranceLevelChange {
                namespace: "NIST-AAL".into(),
                current_level: "nist-aal2".into(),
                change_direction: Some(Direction::Increase),
            },
        ),
        (
            uri::ASSURANCE_LEVEL_CHANGE,
            json!({ "namespace": "Retinal Scan", "current_level": "hi-res-scan" }),
            Event::AssuranceLevelChange {
                namespace: "Retinal Scan".into(),
                current_level: "hi-res-scan".into(),
                change_direction: None,
            },
        ),
        (
            uri::RISK_LEVEL_CHANGE,
            json!({
                "current_level": "LOW", "previous_level": "HIGH", "event_timestamp": 1_615_304_991,
                "principal": "USER", "risk_reason": "PASSWORD_FOUND_IN_DATA_BREACH",
            }),
            Event::RiskLevelChange {
                principal: "USER".into(),
                current_level: RiskLevel::Low,
                risk_reason: Some("PASSWORD_FOUND_IN_DATA_BREACH".into()),
            },
        ),
        (
            uri::STREAM_UPDATED,
            json!({ "status": "paused", "reason": "Internal error" }),
            Event::StreamUpdated { status: StreamState::Paused },
        ),
        (
            uri::VERIFICATION,
            json!({ "state": "VGhpcyBpcyBhbiBleGFtcGxlIHN0YXRlIHZhbHVlLgo=" }),
            Event::Verification {
                state: Some("VGhpcyBpcyBhbiBleGFtcGxlIHN0YXRlIHZhbHVlLgo=".into()),
            },
        ),
    ]
}

/// The payloads of the examples in RISC 1.0, CAEP 1.0 and SSF 1.0, under a name of ours.
#[test]
fn the_examples_of_the_specifications_are_read() {
    let key = SetSigningKey::generate().unwrap();
    let keys = Jwks::of([key.public_jwk()]);
    for (uri, payload, expected) in first_examples().into_iter().chain(other_examples()) {
        let mut claims = good();
        claims["events"] = json!({ uri: payload });
        let token = jws::sign(&key, TYPE, &claims).unwrap();
        let heard = verify(&token, BANK, WALLET, &keys, now()).unwrap();
        assert_eq!(heard.event, expected);
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
        ("events", json!({uri::ACCOUNT_DISABLED: {"reason": "other"}}), Some(SetError::Event)),
        ("events", json!({uri::RECOVERY_ACTIVATED: null}), Some(SetError::Event)),
        ("events", json!({uri::RECOVERY_ACTIVATED: "yes"}), Some(SetError::Event)),
        ("events", json!({uri::RISK_LEVEL_CHANGE: {"principal": "USER"}}), Some(SetError::Event)),
        (
            "events",
            json!({uri::RISK_LEVEL_CHANGE: {"principal": "USER", "current_level": "high"}}),
            Some(SetError::Event),
        ),
        (
            "events",
            json!({uri::CREDENTIAL_CHANGE: {"credential_type": "pin", "change_type": "gone"}}),
            Some(SetError::Event),
        ),
        (
            "events",
            json!({uri::ASSURANCE_LEVEL_CHANGE: {"namespace": "n", "current_level": 2}}),
            Some(SetError::Event),
        ),
        ("events", json!({uri::STREAM_UPDATED: {"status": "gone"}}), Some(SetError::Event)),
        // The names that stand in the code are not the names on the wire.
        ("events", json!({"IdentifierChanged": {}}), Some(SetError::UnknownEvent)),
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
