use serde_json::json;

use super::*;
use crate::keys::{EdSigningKey, PssSigningKey, SetSigningKey, SigningKey};

const ISSUER: &str = "https://bank.example";
const PARTIES: (&str, &str) = ("wallet", ISSUER);
const NOW: i64 = 1_800_000_000;

fn now() -> Timestamp {
    Timestamp::from_second(NOW).unwrap()
}

fn request() -> BackchannelRequest {
    BackchannelRequest {
        grant_id: GrantId::from_bits(7),
        number: Number(7),
        requested_expiry: Some(120),
        details: r#"[{"type":"t"}]"#.to_owned(),
        evidence: Some(r#"{"device":"d"}"#.to_owned()),
        jti: "1".to_owned(),
        notification_token: NotificationToken::parse("0123456789ABCDEFGHJKMNPQRS").ok(),
    }
}

fn good() -> Value {
    json!({
        "iss": "wallet", "aud": ISSUER, "iat": NOW, "nbf": NOW, "exp": NOW + 300, "jti": "1",
        "login_hint": GrantId::from_bits(7).to_string(), "binding_message": "07",
        "authorization_details": [{"type": "t"}],
    })
}

fn read(key: &dyn Signer, claims: &Value) -> Result<BackchannelRequest, OAuthError> {
    let form = Form::default().with("request", jws::sign(key, jar::TYPE, claims).unwrap());
    BackchannelRequest::read(&form, PARTIES, &Jwks::of([key.public_jwk()]), now())
}

#[test]
fn what_was_asked_is_what_is_read() {
    let keys: [&dyn Signer; 3] = [
        &SigningKey::generate().unwrap(),
        &PssSigningKey::generate().unwrap(),
        &EdSigningKey::generate().unwrap(),
    ];
    for key in keys {
        let form = request().to_form(key, PARTIES, now()).unwrap();
        let jwks = Jwks::of([key.public_jwk()]);
        assert_eq!(BackchannelRequest::read(&form, PARTIES, &jwks, now()), Ok(request()));
    }
}

#[test]
fn claims_that_fapi_ciba_refuses_are_refused() {
    use ErrorCode::{InvalidBindingMessage, InvalidRequest, InvalidRequestObject, UnknownUserId};
    let key = SigningKey::generate().unwrap();
    for (name, value, why) in [
        ("iss", json!("other"), InvalidRequestObject),
        ("iss", Value::Null, InvalidRequestObject),
        ("aud", json!("https://other.example"), InvalidRequestObject),
        ("aud", json!(format!("{ISSUER}/bc-authorize")), InvalidRequestObject),
        ("exp", json!(NOW), InvalidRequestObject),
        ("exp", json!(NOW + 3_601), InvalidRequestObject),
        ("nbf", json!(NOW - 3_601), InvalidRequestObject),
        ("nbf", json!(NOW + 61), InvalidRequestObject),
        ("iat", json!(NOW + 61), InvalidRequestObject),
        ("jti", json!(""), InvalidRequestObject),
        ("jti", json!(7), InvalidRequestObject),
        ("jti", json!("j".repeat(129)), InvalidRequestObject),
        ("request", json!("a.b.c"), InvalidRequestObject),
        ("login_hint", json!("hanako@example.jp"), UnknownUserId),
        ("login_hint", json!("9000001"), UnknownUserId),
        ("login_hint_token", json!("a.b.c"), InvalidRequest),
        ("id_token_hint", json!("a.b.c"), InvalidRequest),
        ("user_code", json!("1234"), InvalidRequest),
        ("binding_message", json!("7"), InvalidBindingMessage),
        ("binding_message", json!("007"), InvalidBindingMessage),
        ("binding_message", json!("+7"), InvalidBindingMessage),
        ("binding_message", json!("０７"), InvalidBindingMessage),
        ("binding_message", json!("please approve"), InvalidBindingMessage),
        ("requested_expiry", json!(0), InvalidRequest),
        ("requested_expiry", json!(-1), InvalidRequest),
        ("requested_expiry", json!("soon"), InvalidRequest),
    ] {
        let mut claims = good();
        claims[name] = value.clone();
        assert_eq!(read(&key, &claims).unwrap_err().code, why, "{name}: {value}");
    }
    for name in ["iat", "nbf", "exp", "jti", "aud"] {
        let mut claims = good();
        claims.as_object_mut().unwrap().remove(name);
        let refused = read(&key, &claims).unwrap_err();
        assert_eq!(refused.code, InvalidRequestObject, "without {name}");
    }
    for name in ["login_hint", "binding_message", "authorization_details"] {
        let mut claims = good();
        claims.as_object_mut().unwrap().remove(name);
        assert!(read(&key, &claims).is_err(), "without {name}");
    }
    for (value, secs) in [(json!(60), 60), (json!("60"), 60), (json!(86_400), LIFE_SECS)] {
        let mut claims = good();
        claims["requested_expiry"] = value.clone();
        assert_eq!(read(&key, &claims).unwrap().life_secs(), secs, "{value}");
    }
    assert_eq!(read(&key, &good()).unwrap().life_secs(), LIFE_SECS);
}

#[test]
fn only_a_signed_request_alone_is_taken() {
    let key = SigningKey::generate().unwrap();
    let jwks = Jwks::of([key.public_jwk()]);
    let whole = request().to_form(&key, PARTIES, now()).unwrap();
    let proven = whole.clone().with("client_assertion", "a.b.c").with("client_id", "wallet");
    assert!(BackchannelRequest::read(&proven, PARTIES, &jwks, now()).is_ok());
    for bad in [
        Form::default(),
        Form::default().with("login_hint", "x").with("binding_message", "07"),
        whole.clone().with("binding_message", "08"),
        whole.with("client_notification_token", "t"),
    ] {
        assert!(BackchannelRequest::read(&bad, PARTIES, &jwks, now()).is_err(), "{bad:?}");
    }
    let rsa = SetSigningKey::generate().unwrap();
    assert!(read(&rsa, &good()).is_err(), "RS256");
    let other = SigningKey::generate().unwrap();
    let form = request().to_form(&other, PARTIES, now()).unwrap();
    assert!(BackchannelRequest::read(&form, PARTIES, &jwks, now()).is_err(), "another's key");
}

#[test]
fn a_number_is_two_digits_and_any_of_a_hundred() {
    assert_eq!(Number::parse("07").unwrap().to_string(), "07");
    assert_eq!(Number::from_random(107_u64.to_be_bytes()).to_string(), "07");
    let back: Number = serde_json::from_str(r#""99""#).unwrap();
    assert_eq!(serde_json::to_string(&back).unwrap(), r#""99""#);
    assert!(serde_json::from_str::<Number>(r#""100""#).is_err());
}

#[test]
fn an_answer_may_leave_out_its_interval() {
    let read: Acknowledged = serde_json::from_str(r#"{"auth_req_id":"a","expires_in":9}"#).unwrap();
    assert_eq!(read.interval, INTERVAL_SECS);
    assert!(!format!("{read:?}").contains("\"a\""));
}
