//! Signed tokens: their outside as it comes, and their claims as under a good signature.

use std::sync::LazyLock;

use jiff::Timestamp;
use kanuki_wire::{
    Form, OAuthError,
    ciba::BackchannelRequest,
    client_assertion,
    client_cert::ClientCertificate,
    dpop, holder_facts, introspection, jar, jarm,
    jws::Proven,
    keys::{Jwks, Signer as _, SigningKey},
    set,
};
use serde_json::Value;

use crate::Target;

const ISSUER: &str = "https://bank.example";
const CLIENT: &str = "wallet";

/// The key that signs claims; none only where the machine has no randomness.
static KEY: LazyLock<Option<(SigningKey, Jwks)>> = LazyLock::new(|| {
    let key = SigningKey::generate().ok()?;
    let keys = Jwks::of([key.public_jwk()]);
    Some((key, keys))
});

fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap_or_default()
}

/// Everything that takes a token takes this one.
fn verify_all(token: &str, keys: &Jwks) {
    let (now, uri) = (now(), "https://bank.example/par");
    let expected =
        dpop::Expected { method: "POST", uri, access_token: None, jkt: None, nonces: &[] };
    let _ = dpop::verify(token, &expected, now);
    let _ = client_assertion::verify(token, CLIENT, ISSUER, keys, now);
    let _ = holder_facts::verify(token, CLIENT, ISSUER, keys, now);
    let _ = jar::verify(token, (CLIENT, ISSUER), keys, now);
    let _ = jarm::verify(token, (ISSUER, CLIENT), keys, now);
    let _ = introspection::verify::<Value>(token, (ISSUER, CLIENT), keys, now);
    let _ = set::verify(token, ISSUER, CLIENT, keys, now);
}

pub(crate) const JOSE: Target = Target {
    name: "jose",
    longest: 2_048,
    run: |bytes| {
        let (Ok(token), Some((_, keys))) = (std::str::from_utf8(bytes), KEY.as_ref()) else {
            return;
        };
        verify_all(token, keys);
    },
    seeds: &[
        "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwiY3J2IjoiUC0yNTYiLCJ4IjoiZjgzT0ozRDJ4RjFCZzh2dWI5dExlMWdITXpWNzZlOFR1czl1UEh2UlZFVSIsInkiOiJ4X0ZFelJ1OW0zNkhMTl90dWU2NTlMTnBYVzZwQ3lTdGlrWWpLSVdJNWEwIn19.eyJqdGkiOiIxIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vYmFuay5leGFtcGxlL3BhciIsImlhdCI6MTgwMDAwMDAwMH0.AAAA",
        "eyJhbGciOiJub25lIn0.e30.",
    ],
};

/// What each kind of token may say, as if its signature had been found good: whoever has a key can
/// write anything under it.
pub(crate) const CLAIMS: Target = Target {
    name: "claims",
    longest: 2_048,
    run: |bytes| {
        let Some(key) = KEY.as_ref().and_then(|(_, keys)| keys.keys.first()) else { return };
        let (now, uri) = (now(), "https://bank.example/par");
        let claims = Proven::danger_unsigned(bytes);
        let expected =
            dpop::Expected { method: "POST", uri, access_token: None, jkt: None, nonces: &[] };
        let _ = dpop::judge((&claims, key), &expected, now);
        let _ = client_assertion::judge(&claims, CLIENT, ISSUER, now);
        let _ = holder_facts::judge(&claims, CLIENT, ISSUER, now);
        let _ = jar::judge(&claims, (CLIENT, ISSUER), now);
        let _ = jarm::judge(&claims, (ISSUER, CLIENT), now);
        let _ = introspection::judge::<Value>(&claims, (ISSUER, CLIENT), now);
        let _ = set::judge(&claims, ISSUER, CLIENT, now);
    },
    seeds: &[
        r#"{"iss":"wallet","sub":"wallet","aud":"https://bank.example","jti":"1","iat":1800000000,"exp":1800000060,"nbf":1800000000}"#,
        r#"{"jti":"1","htm":"POST","htu":"https://bank.example/par","iat":1800000000,"ath":"x","nonce":"n"}"#,
        r#"{"iss":"https://bank.example","aud":"wallet","jti":"1","iat":1800000000,"sub_id":{"format":"opaque","id":"s"},"events":{"https://kanuki.example/secevent/link-status-changed":{"mandate_id":"man_00000000000000000000000000","status":"suspended","reason":"holder"}}}"#,
        r#"{"iss":"https://bank.example","aud":"wallet","jti":"1","iat":1800000000,"sub_id":{"format":"opaque","id":"s"},"events":{"https://schemas.openid.net/secevent/risc/event-type/account-disabled":{"reason":"bulk-account"}}}"#,
        r#"{"iss":"https://bank.example","aud":"wallet","jti":"1","iat":1800000000,"sub_id":{"format":"opaque","id":"s"},"events":{"https://schemas.openid.net/secevent/risc/event-type/identifier-changed":{"new-value":"a@b.example"}}}"#,
        r#"{"iss":"https://bank.example","aud":"wallet","jti":"1","iat":1800000000,"sub_id":{"format":"opaque","id":"s"},"events":{"https://schemas.openid.net/secevent/caep/event-type/credential-change":{"credential_type":"fido2-platform","change_type":"revoke"}}}"#,
        r#"{"iss":"https://bank.example","aud":"wallet","jti":"1","iat":1800000000,"sub_id":{"format":"opaque","id":"s"},"events":{"https://schemas.openid.net/secevent/caep/event-type/assurance-level-change":{"namespace":"NIST-AAL","current_level":"nist-aal2","change_direction":"decrease"}}}"#,
        r#"{"iss":"https://bank.example","aud":"wallet","jti":"1","iat":1800000000,"sub_id":{"format":"opaque","id":"s"},"events":{"https://schemas.openid.net/secevent/caep/event-type/risk-level-change":{"principal":"USER","current_level":"HIGH","risk_reason":"x"}}}"#,
        r#"{"iss":"https://bank.example","aud":"wallet","jti":"1","iat":1800000000,"sub_id":{"format":"opaque","id":"s"},"events":{"https://schemas.openid.net/secevent/ssf/event-type/stream-updated":{"status":"paused"}}}"#,
        r#"{"iss":"wallet","aud":"https://bank.example","iat":1800000000,"exp":1800000300,"jti":"1","consented_at":"2027-01-15T08:00:00Z","facts":{"name":"n","declared_kana":"k","born_on":"1955-03-03","address":"a","phone":"p"}}"#,
        r#"{"iss":"https://bank.example","aud":"wallet","exp":1800000300,"code":"c","state":"s"}"#,
    ],
};

pub(crate) const CERTIFICATE: Target = Target {
    name: "certificate",
    longest: 2_048,
    run: |bytes| {
        let _ = std::str::from_utf8(bytes).map(ClientCertificate::from_header);
        let _ = ClientCertificate::from_der(bytes.to_vec());
    },
    seeds: &[
        ":MIIBdDCCARqgAwIBAgIUQbX8Z0nTzQ0gqS0mXqk4bq2W3d4wCgYIKoZIzj0EAwIwEDEOMAwGA1UEAwwFdGVzdDEwHhcNMjYxMTIzMDAwMDAwWhcNMjcxMTIzMDAwMDAwWjAQMQ4wDAYDVQQDDAV0ZXN0MTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABA==:",
    ],
};

/// A request for decoupled approval: its claims as under a good signature, and as they come.
pub(crate) const BACKCHANNEL: Target = Target {
    name: "backchannel",
    longest: 2_048,
    run: |bytes| {
        let Some((key, keys)) = KEY.as_ref() else { return };
        let check = |read: Result<BackchannelRequest, OAuthError>| {
            let Ok(request) = read else { return };
            // What was read is asked again so that it reads the same.
            let again = request.to_form(key, (CLIENT, ISSUER), now());
            let again = again.map(|form| {
                BackchannelRequest::read(&form, (CLIENT, ISSUER), keys, now()).map(|r| r.grant_id)
            });
            if let Ok(Ok(again)) = again {
                assert_eq!(again, request.grant_id, "a request changed on its way");
            }
        };
        let claims = Proven::danger_unsigned(bytes);
        check(BackchannelRequest::judge(&claims, (CLIENT, ISSUER), now()));
        if let Ok(form) = Form::decode(bytes) {
            check(BackchannelRequest::read(&form, (CLIENT, ISSUER), keys, now()));
        }
    },
    seeds: &[
        r#"{"iss":"wallet","aud":"https://bank.example","iat":1800000000,"nbf":1800000000,"exp":1800000300,"jti":"1","login_hint":"gra_00000000000000000000000007","binding_message":"07","requested_expiry":"120","authorization_details":[{"type":"urn:kanuki:debit:1"}],"authn_evidence":{"device":"d"}}"#,
        "request=a.b.c&client_id=wallet&client_assertion=a.b.c",
    ],
};
