//! Bytes that no honest partner sends: things twice, things too large, keys and algorithms of the
//! sender's choosing, clocks that are wrong by a second too much.

use axum::body::Body;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use http::{Request, header};
use kanuki_domain::id::DebitId;
use kanuki_wire::{
    Form, dpop,
    keys::{Signer, SigningKey},
};
use serde_json::{Value, json};

use crate::{
    browser::Browser,
    wallet::{FORM, Linked, facts},
    world::{API_HOST, CLIENT, ISSUER, World},
};

fn b64(bytes: impl AsRef<[u8]>) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// A token of exactly these texts, signed with `key`.
fn sealed(key: &dyn Signer, header: &str, claims: &str) -> String {
    let signed = format!("{}.{}", b64(header), b64(claims));
    let signature = key.sign(signed.as_bytes()).unwrap();
    format!("{signed}.{}", b64(signature))
}

fn form_to(path: &str, body: String, proof: Option<&str>) -> Request<Body> {
    let request =
        Request::post(path).header(header::HOST, API_HOST).header(header::CONTENT_TYPE, FORM);
    let request = match proof {
        Some(proof) => request.header(dpop::HEADER, proof),
        None => request,
    };
    request.body(Body::from(body)).unwrap()
}

impl World {
    fn claims(&self) -> Value {
        let now = self.now().as_second();
        json!({
            "iss": CLIENT, "sub": CLIENT, "aud": ISSUER, "jti": self.serial(), "iat": now, "exp": now + 60,
        })
    }

    /// A pushed request whose client assertion is `token`.
    fn par_with(&self, token: impl Into<String>) -> Request<Body> {
        let form = self.par_form(facts()).with("client_assertion", token);
        form_to("/par", form.encode(), Some(&self.proof("POST", "/par", None)))
    }

    /// A pushed request whose proof is `proof`.
    fn par_proven(&self, proof: &str) -> Request<Body> {
        form_to("/par", self.par_form(facts()).encode(), Some(proof))
    }

    fn proof_claims(&self) -> Value {
        let uri = format!("{ISSUER}/par");
        json!({ "jti": self.serial(), "htm": "POST", "htu": uri, "iat": self.now().as_second() })
    }

    fn debit_body(&self, linked: &Linked, body: String) -> Request<Body> {
        let token = linked.tokens.access_token.expose();
        let id = DebitId::derive(&["hostile"]).to_string();
        Request::post("/debits")
            .header(header::HOST, API_HOST)
            .header(header::AUTHORIZATION, format!("DPoP {token}"))
            .header(header::CONTENT_TYPE, "application/json")
            .header("idempotency-key", id)
            .header(dpop::HEADER, self.proof("POST", "/debits", Some(token)))
            .body(Body::from(body))
            .unwrap()
    }
}

fn proof_header(key: &dyn Signer) -> Value {
    json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": key.public_jwk().to_bare_json() })
}

#[tokio::test]
async fn nothing_is_taken_twice_in_one_request() {
    let world = World::new().await;
    let mut browser = Browser::new(1);
    let linked = world.linked(&mut browser).await;
    let refresh = linked.tokens.refresh_token.as_ref().unwrap().expose();
    let of = |form: Form| world.assertion().add_to(form);
    for (path, form) in [
        ("/par", world.par_form(facts())),
        (
            "/token",
            of(Form::default().with("grant_type", "refresh_token").with("refresh_token", refresh)),
        ),
        ("/introspect", of(Form::default().with("token", refresh))),
        ("/revoke", of(Form::default().with("token", refresh))),
    ] {
        let names: Vec<String> = form.pairs().map(|(name, _)| name.to_owned()).collect();
        for name in names {
            // Also under an encoded name, which means the same.
            let first = name.chars().next().unwrap();
            let other = name.replacen(first, &format!("%{:02X}", u32::from(first)), 1);
            for again in [&name, &other] {
                let body = format!("{}&{again}=x", form.encode());
                let proof = world.proof("POST", path, None);
                let request = form_to(path, body, Some(&proof));
                let what = format!("{path} with {again} twice");
                world.refused(&what, request, (400, "invalid_request")).await;
            }
        }
    }

    let details = world.par_form(facts()).get("authorization_details").unwrap().to_owned();
    let parsed: Value = serde_json::from_str(&details).unwrap();
    for name in parsed[0].as_object().unwrap().keys() {
        let twice =
            details.replacen(&format!("\"{name}\":"), &format!("\"{name}\":null,\"{name}\":"), 1);
        let form = world.par_form(facts()).with("authorization_details", twice);
        let request = form_to("/par", form.encode(), Some(&world.proof("POST", "/par", None)));
        let what = format!("{name} twice in the details");
        world.refused(&what, request, (400, "invalid_authorization_details")).await;
    }
    let id = DebitId::derive(&["hostile"]);
    let body = format!(r#"{{"debit_id":"{id}","amount":"1","amount":"30000"}}"#);
    world.refused("an amount twice", world.debit_body(&linked, body), (400, "bad_json")).await;

    let claims = world.claims().to_string().replacen('{', r#"{"aud":"https://other.example","#, 1);
    let token = sealed(&world.client_key, r#"{"alg":"ES256","typ":"JWT"}"#, &claims);
    world.refused("two audiences", world.par_with(token), (401, "invalid_client")).await;
    let header = r#"{"alg":"none","alg":"ES256","typ":"JWT"}"#;
    let token = sealed(&world.client_key, header, &world.claims().to_string());
    world.refused("two algorithms", world.par_with(token), (401, "invalid_client")).await;
    let claims = world.proof_claims().to_string().replacen('{', r#"{"htm":"GET","#, 1);
    let proof = sealed(&world.dpop_key, &proof_header(&world.dpop_key).to_string(), &claims);
    world
        .refused("two methods in a proof", world.par_proven(&proof), (400, "invalid_dpop_proof"))
        .await;
}

#[tokio::test]
async fn what_is_too_large_is_refused_before_it_costs_anything() {
    let world = World::new().await;
    let mut browser = Browser::new(1);
    let linked = world.linked(&mut browser).await;
    let with = |name: &str, value: String| {
        let form = world.par_form(facts()).with(name, value);
        form_to("/par", form.encode(), Some(&world.proof("POST", "/par", None)))
    };
    let details = world.par_form(facts()).get("authorization_details").unwrap().to_owned();
    let deep = format!("{}{}", "[".repeat(4_000), "]".repeat(4_000));
    let many =
        details.replacen("\"actions\":[", &format!("\"actions\":[{}", "\"debit\",".repeat(900)), 1);
    let reference = details.replacen("ref-1", &"r".repeat(9_000), 1);
    for (what, request, refusal) in [
        ("a form", with("x", "x".repeat(40_000)), (413, "too_large")),
        ("a state", with("state", "s".repeat(1_025)), (400, "invalid_request")),
        (
            "an address",
            with("redirect_uri", format!("{ISSUER}/{}", "a".repeat(9_000))),
            (400, "invalid_request"),
        ),
        ("a challenge", with("code_challenge", "c".repeat(9_000)), (400, "invalid_request")),
        ("a thumbprint", with("dpop_jkt", "j".repeat(9_000)), (400, "invalid_request")),
        ("an assertion", with("client_assertion", "a".repeat(17_000)), (401, "invalid_client")),
        (
            "deep details",
            with("authorization_details", deep),
            (400, "invalid_authorization_details"),
        ),
        (
            "many actions",
            with("authorization_details", many),
            (400, "invalid_authorization_details"),
        ),
        (
            "a long reference",
            with("authorization_details", reference),
            (400, "invalid_authorization_details"),
        ),
        ("a proof", world.par_proven(&"p".repeat(17_000)), (400, "invalid_dpop_proof")),
        (
            "a debit",
            world.debit_body(&linked, format!("{{\"x\":\"{}\"}}", "x".repeat(5_000))),
            (413, "too_large"),
        ),
    ] {
        world.refused(what, request, refusal).await;
    }
}

#[tokio::test]
async fn an_assertion_is_signed_in_one_way_by_a_key_of_the_register() {
    let world = World::new().await;
    let thief = SigningKey::generate().unwrap();
    let kid = world.client_key.public_jwk().thumbprint();
    let ours = &world.client_key;
    let claims = || world.claims().to_string();
    let by = |key: &SigningKey, header: Value| sealed(key, &header.to_string(), &claims());
    let good = by(ours, json!({ "alg": "ES256", "typ": "JWT", "kid": kid }));
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let jwk = thief.public_jwk().to_bare_json();
    let place = "https://thief.example/jwks";
    let plain = |alg: &str| {
        format!("{}.{}.", b64(json!({ "alg": alg, "typ": "JWT" }).to_string()), b64(claims()))
    };
    let named = |kid: &str| by(&thief, json!({ "alg": "ES256", "typ": "JWT", "kid": kid }));
    for (what, token) in [
        ("none", plain("none")),
        ("None", plain("None")),
        ("no signature under a good algorithm", plain("ES256")),
        ("HS256 with our public key", by(ours, json!({ "alg": "HS256", "typ": "JWT" }))),
        ("RS256", by(ours, json!({ "alg": "RS256", "typ": "JWT" }))),
        ("ES384", by(ours, json!({ "alg": "ES384", "typ": "JWT" }))),
        ("small letters", by(ours, json!({ "alg": "es256", "typ": "JWT" }))),
        ("a list of algorithms", by(ours, json!({ "alg": ["ES256"], "typ": "JWT" }))),
        (
            "an unsecured payload",
            by(ours, json!({ "alg": "ES256", "typ": "JWT", "b64": false, "crit": ["b64"] })),
        ),
        ("a signature of zeros", format!("{signed}.{}", b64([0; 64]))),
        ("half a signature", format!("{signed}.{}", signature.split_at(43).0)),
        ("padding", format!("{good}==")),
        ("a fourth part", format!("{good}.x")),
        ("white space", format!(" {good}")),
        ("a key inside", by(&thief, json!({ "alg": "ES256", "typ": "JWT", "jwk": jwk }))),
        (
            "a known name and a key inside",
            by(&thief, json!({ "alg": "ES256", "typ": "JWT", "kid": kid, "jwk": jwk })),
        ),
        ("a key elsewhere", by(&thief, json!({ "alg": "ES256", "typ": "JWT", "jku": place }))),
        (
            "a certificate elsewhere",
            by(&thief, json!({ "alg": "ES256", "typ": "JWT", "x5u": place })),
        ),
        (
            "a certificate inside",
            by(&thief, json!({ "alg": "ES256", "typ": "JWT", "x5c": ["MIIB"] })),
        ),
        ("a known name", named(&kid)),
        ("a file as a name", named("../../../../dev/null")),
        ("SQL as a name", named("' or '1'='1")),
        ("an address as a name", named(place)),
        ("nothing as a name", named("")),
        ("a zero in the name", named("\0")),
        ("a long name", named(&"k".repeat(4_000))),
        ("a proof as an assertion", by(ours, proof_header(ours))),
    ] {
        world.refused(what, world.par_with(token), (401, "invalid_client")).await;
    }
    assert!(
        world.wire.sent.lock().unwrap().is_empty(),
        "no key is fetched from where a token says"
    );
}

#[tokio::test]
async fn a_proof_is_signed_in_one_way_by_the_public_key_that_it_shows() {
    let world = World::new().await;
    let thief = SigningKey::generate().unwrap();
    let key = &world.dpop_key;
    let header = |change: &dyn Fn(&mut Value)| {
        let mut header = proof_header(key);
        change(&mut header);
        header.to_string()
    };
    let set = |name: &'static str, value: Value| {
        header(&|header: &mut Value| header[name] = value.clone())
    };
    let claims = |name: &'static str, value: Value| {
        let mut claims = world.proof_claims();
        claims[name] = value;
        sealed(key, &proof_header(key).to_string(), &claims.to_string())
    };
    let by = |header: &str| sealed(key, header, &world.proof_claims().to_string());
    let private = header(&|header: &mut Value| header["jwk"]["d"] = json!("AAAA"));
    for (what, proof) in [
        ("none", by(&set("alg", json!("none")))),
        ("HS256", by(&set("alg", json!("HS256")))),
        ("RS256", by(&set("alg", json!("RS256")))),
        ("PS256 with a point", by(&set("alg", json!("PS256")))),
        ("another kind of token", by(&set("typ", json!("JWT")))),
        ("something critical", by(&set("crit", json!(["exp"])))),
        (
            "no key",
            by(&header(&|header: &mut Value| {
                header.as_object_mut().unwrap().remove("jwk");
            })),
        ),
        ("a private key", by(&private)),
        ("a shared secret", by(&set("jwk", json!({ "kty": "oct", "k": "AAAA" })))),
        (
            "a point that is on no curve",
            by(&set(
                "jwk",
                json!({ "kty": "EC", "crv": "P-256", "x": b64([1; 32]), "y": b64([1; 32]) }),
            )),
        ),
        (
            "another curve",
            by(&set(
                "jwk",
                json!({ "kty": "EC", "crv": "P-384", "x": b64([1; 48]), "y": b64([1; 48]) }),
            )),
        ),
        ("another's key", by(&set("jwk", thief.public_jwk().to_bare_json()))),
        ("no name", claims("jti", Value::Null)),
        ("an endless name", claims("jti", json!("j".repeat(9_000)))),
        ("another method", claims("htm", json!("PUT"))),
        ("a method in small letters", claims("htm", json!("post"))),
        ("another host", claims("htu", json!("http://localhost:8081.evil.example/par"))),
        ("another scheme", claims("htu", json!("https://localhost:8081/par"))),
        ("a longer path", claims("htu", json!(format!("{ISSUER}/par/..")))),
        (
            "somebody else's host before an @",
            claims("htu", json!("http://localhost:8081@evil.example/par")),
        ),
        ("a time in words", claims("iat", json!("now"))),
    ] {
        world.refused(what, world.par_proven(&proof), (400, "invalid_dpop_proof")).await;
    }
}

/// RFC 6749 appendix A.5: what is echoed in an address is printable ASCII.
#[tokio::test]
async fn a_state_is_printable() {
    let world = World::new().await;
    let push = |state: &str| {
        let form = world.par_form(facts()).with("state", state);
        form_to("/par", form.encode(), Some(&world.proof("POST", "/par", None)))
    };
    for state in ["a\0b", "a\r\nSet-Cookie: x=1", "a\u{7f}", "状態", "\u{1b}[2J"] {
        let what = format!("state {state:?}");
        world.refused(&what, push(state), (400, "invalid_request")).await;
    }
    for state in [" ~!", "{\"a\":\"b\"}"] {
        let taken = world.send(push(state)).await;
        assert_eq!(taken.status, 201, "{state:?}: {}", taken.body);
    }
}

/// FAPI 2.0 section 5.3.2.1-13: 10 s ahead must be taken, 60 s must not; where between is ours.
#[tokio::test]
async fn clocks_may_be_wrong_by_so_much_and_not_by_a_second_more() {
    let world = World::new().await;
    let now = world.now().as_second();
    let assertion = |name: &'static str, at: i64| {
        let mut claims = world.claims();
        claims[name] = json!(at);
        let header = json!({ "alg": "ES256", "typ": "JWT" }).to_string();
        world.par_with(sealed(&world.client_key, &header, &claims.to_string()))
    };
    for (name, good, bad) in [
        ("iat", now + 30, now + 31),
        ("nbf", now + 30, now + 31),
        ("exp", now + 1, now),
        ("exp", now + 330, now + 331),
    ] {
        let what = format!("{name} of {}", bad - now);
        world.refused(&what, assertion(name, bad), (401, "invalid_client")).await;
        let taken = world.send(assertion(name, good)).await;
        assert_eq!(taken.status, 201, "{name} of {}: {}", good - now, taken.body);
    }
    let proof = |name: &'static str, at: i64| {
        let mut claims = world.proof_claims();
        claims[name] = json!(at);
        let key = &world.dpop_key;
        world.par_proven(&sealed(key, &proof_header(key).to_string(), &claims.to_string()))
    };
    for (name, good, bad) in [
        ("iat", now + 30, now + 31),
        ("iat", now - 60, now - 61),
        ("nbf", now + 30, now + 31),
        ("exp", now + 1, now),
    ] {
        let what = format!("a proof's {name} of {}", bad - now);
        world.refused(&what, proof(name, bad), (400, "invalid_dpop_proof")).await;
        let taken = world.send(proof(name, good)).await;
        assert_eq!(taken.status, 201, "a proof's {name} of {}: {}", good - now, taken.body);
    }
}
