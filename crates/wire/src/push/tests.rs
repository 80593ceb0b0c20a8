use aws_lc_rs::agreement::{ECDH_P256, PrivateKey};

use super::*;
use crate::{
    jws::Accept,
    keys::{AllowList, Jwks},
};

// RFC 8291, section 5 and appendix A.
const THEIR_KEY: &str =
    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
const SECRET: &str = "BTBZMqHH6r4Tts7J_aSIgg";
const OUR_KEY_ONCE: &str = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw";
const SALT: &str = "DGv6ra1nlYgDCS1FRnbzlw";
const SEALED: &str = "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIg\
     Dll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVB\
     St2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN";

const ENDPOINT: &str = "https://fcm.googleapis.com/fcm/send/x";

fn subscription() -> Subscription {
    Subscription::parse(ENDPOINT, THEIR_KEY, SECRET).unwrap()
}

#[test]
fn the_standards_own_example_comes_out() {
    let once = PrivateKey::from_private_key(&ECDH_P256, &decode(OUR_KEY_ONCE).unwrap()).unwrap();
    let salt = decode(SALT).unwrap().try_into().unwrap();
    let text = b"When I grow up, I want to be a watermelon\x02".to_vec();

    let sealed = subscription().seal_with(&once, salt, text).unwrap();

    assert_eq!(BASE64_URL_SAFE_NO_PAD.encode(sealed), SEALED);
}

#[test]
fn no_two_messages_are_alike_and_all_are_as_long() {
    let (one, other) = (subscription().seal(b"x").unwrap(), subscription().seal(b"x").unwrap());
    let long = subscription().seal(&[b'x'; PADDED_BYTES - 1]).unwrap();

    assert_ne!(one, other);
    assert!(one.len() == other.len() && one.len() == long.len());
    assert!(one.len() < usize::try_from(RECORD_BYTES).unwrap());
    assert_eq!(subscription().seal(&[b'x'; PADDED_BYTES]), Err(PushError::TooLong));
}

#[test]
fn what_is_no_subscription_is_refused() {
    let off_curve = BASE64_URL_SAFE_NO_PAD.encode([[4; 1].as_slice(), &[1; 64]].concat());
    let long = format!("{ENDPOINT}{}", "x".repeat(ENDPOINT_BYTES_MAX));
    for (endpoint, key, secret) in [
        ("http://fcm.googleapis.com/x", THEIR_KEY, SECRET),
        ("https://me:pass@fcm.googleapis.com/x", THEIR_KEY, SECRET),
        ("", THEIR_KEY, SECRET),
        (&long, THEIR_KEY, SECRET),
        (ENDPOINT, &off_curve, SECRET),
        (ENDPOINT, "", SECRET),
        (ENDPOINT, THEIR_KEY, "BTBZMqHH6r4"),
        (ENDPOINT, THEIR_KEY, "?"),
    ] {
        let parsed = Subscription::parse(endpoint, key, secret);
        assert_eq!(parsed, Err(PushError::Subscription), "{endpoint} {key} {secret}");
    }
    let text = subscription().to_text().unwrap();
    assert_eq!(Subscription::from_text(&text), Ok(subscription()));
    assert!(Subscription::from_text(&text.replace("https", "http")).is_err());
    assert_eq!(format!("{:?}", subscription()), "Subscription(***)");
}

#[test]
fn only_push_services_are_named_and_none_inside() {
    let services = Services::with(&["push.example".to_owned()], "https://api.wallet.example");
    for known in [
        ENDPOINT,
        "https://updates.push.services.mozilla.com/wpush/v2/x",
        "https://web.push.apple.com/x",
        "https://db5p.notify.windows.com/w/?token=x",
        "https://push.example/x",
        "https://fcm.googleapis.com:443/x",
    ] {
        assert!(services.have(known), "{known}");
    }
    for other in [
        "https://fcm.googleapis.com.evil.test/x",
        "https://evil-fcm.googleapis.com/x",
        "https://push.apple.com.evil.test/x",
        "https://xpush.apple.com/x",
        "https://a.push.example/x",
        "https://push.example:8443/x",
        "https://10.0.0.1/x",
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "http://localhost:9/x",
        "https://core.internal/x",
        "http://fcm.googleapis.com/x",
        "not an address",
    ] {
        assert!(!services.have(other), "{other}");
    }
    let here = ["localhost".to_owned()];
    assert!(!Services::with(&here, "https://api.wallet.example").have("http://localhost:9/x"));
    assert!(Services::with(&here, "http://localhost:8080").have("http://localhost:9/x"));
}

#[test]
fn a_request_says_who_sends_it_to_whom() {
    let key = SigningKey::generate().unwrap();
    let now: Timestamp = "2026-11-27T00:00:00Z".parse().unwrap();

    let said = authorization(&key, ENDPOINT, "mailto:desk@wallet.example", now).unwrap();

    let (token, name) = said.strip_prefix("vapid t=").unwrap().split_once(", k=").unwrap();
    let point = decode(name).unwrap();
    let jwks = Jwks::of([&PublicJwk::from_uncompressed_point(&point).unwrap()]);
    let accept = Accept { types: &[Some("JWT")], algorithms: AllowList::SERVER };
    let claims: serde_json::Value = jws::verify(token, &jwks, &accept).unwrap();
    assert_eq!(claims["aud"], "https://fcm.googleapis.com");
    assert_eq!(claims["sub"], "mailto:desk@wallet.example");
    assert_eq!(claims["exp"], now.as_second() + NAMED_SECS);
    let header = decode(token.split_once('.').unwrap().0).unwrap();
    assert_eq!(header, br#"{"typ":"JWT","alg":"ES256"}"#);
}
