//! The other modules of the FAPI 2.0 Security Profile plan by their names: what must succeed, and what
//! is asked of a server that knows no `openid` scope.

use axum::body::Body;
use http::{Method, Request, header};
use kanuki_bank::partner::Partner;
use kanuki_domain::id::GrantId;
use kanuki_wire::{
    Form, client_assertion, dpop, jws,
    keys::{Jwks, Signer as _, SigningKey},
    token::TokenResponse,
};
use serde_json::json;

use crate::{
    browser::Browser,
    wallet::{FORM, Linked, facts},
    world::{API_HOST, CALLBACK, CLIENT, ISSUER, Reply, World},
};

async fn par(world: &World, form: &Form) -> Reply {
    let proof = world.proof("POST", "/par", None);
    world.post_form("/par", form, Some(&proof)).await
}

#[tokio::test]
async fn requests_that_must_be_taken_are_taken() {
    let world = World::new().await;
    let long = "s".repeat(900);
    let claims =
        r#"{"id_token":{"acr":{"essential":true,"value":"urn:x"}},"userinfo":{"name":null}}"#;
    for (module, name, value) in [
        ("EnsureAuthorizationRequestWithoutStateSuccess", "state", ""),
        ("EnsureAuthorizationRequestWithLongState", "state", long.as_str()),
        // There are no ID tokens here, so a nonce and claims are parameters like any other that
        // nobody knows (RFC 6749 section 3.1).
        ("EnsureAuthorizationRequestWithoutNonceSuccess", "nonce", ""),
        ("EnsureAuthorizationRequestWith64CharNonceSuccess", "nonce", &"n".repeat(64)),
        ("EnsureAuthorizationRequestWithLongNonce", "nonce", &"n".repeat(384)),
        ("TestClaimsParameterIdentityClaims", "claims", claims),
        ("TestEssentialAcrScaClaim", "claims", claims),
        // There is one scope; it may be left out, and has no order.
        ("EnsureOtherScopeOrderSucceeds", "scope", ""),
    ] {
        let reply = par(&world, &world.par_form(facts()).with(name, value)).await;
        assert_eq!(reply.status, 201, "{module}: {}", reply.body);
        let expires = reply.json()["expires_in"].as_u64().unwrap();
        assert!((5..600).contains(&expires), "{module}");
    }
}

#[tokio::test]
async fn addresses_that_are_not_registered_are_not_tolerated() {
    let world = World::new().await;
    for (module, uri) in [
        ("TolerateUnregisteredRedirectUri", "https://unregistered.example/callback"),
        ("EnsureRedirectUriInAuthorizationRequest", ""),
    ] {
        let reply = par(&world, &world.par_form(facts()).with("redirect_uri", uri)).await;
        assert_eq!(reply.status, 400, "{module}");
        assert_eq!(reply.json()["error"], "invalid_request", "{module}");
    }
}

/// A proof whose claims `change` has changed.
fn proof_with(world: &World, path: &str, change: impl FnOnce(&mut serde_json::Value)) -> String {
    let mut claims = json!({
        "jti": world.serial(), "htm": "POST", "htu": format!("{ISSUER}{path}"),
        "iat": world.now().as_second(),
    });
    change(&mut claims);
    jws::sign_with_key_inside(&world.dpop_key, "dpop+jwt", &claims).unwrap()
}

#[tokio::test]
async fn proofs_that_are_a_little_off_are_taken() {
    let world = World::new().await;
    let now = world.now().as_second();
    for (module, name, at, status) in [
        ("EnsureDpopProofWithIat10SecondsBeforeSucceeds", "iat", now - 10, 201),
        ("EnsureDpopProofWithIat10SecondsAfterSucceeds", "iat", now + 10, 201),
        ("CheckDpopProofNbfExp", "nbf", now, 201),
        ("CheckDpopProofNbfExp", "exp", now + 60, 201),
        ("CheckDpopProofNbfExp", "exp", now - 1, 400),
        ("CheckDpopProofNbfExp", "nbf", now + 120, 400),
        ("DpopNegativeTests", "iat", now - 3_600, 400),
        ("DpopNegativeTests", "iat", now + 3_600, 400),
    ] {
        let proof = proof_with(&world, "/par", |claims| claims[name] = at.into());
        let reply = world.post_form("/par", &world.par_form(facts()), Some(&proof)).await;
        assert_eq!(reply.status, status, "{module} {name}: {}", reply.body);
    }
    for (what, change) in [
        ("no jti", ("jti", json!(null))),
        ("no method", ("htm", json!(null))),
        ("no address", ("htu", json!(null))),
        ("no time", ("iat", json!(null))),
    ] {
        let proof = proof_with(&world, "/par", |claims| claims[change.0] = change.1);
        let reply = world.post_form("/par", &world.par_form(facts()), Some(&proof)).await;
        assert_eq!(reply.json()["error"], "invalid_dpop_proof", "DpopNegativeTests {what}");
    }
}

/// Pushes `form`, goes through the bank's pages, and comes back.
async fn callback_of(
    world: &World,
    browser: &mut Browser,
    form: &Form,
    proof: Option<&str>,
) -> String {
    let pushed = world.post_form("/par", form, proof).await;
    assert_eq!(pushed.status, 201, "{}", pushed.body);
    let uri = pushed.json()["request_uri"].as_str().unwrap().to_owned();
    let query =
        serde_urlencoded::to_string([("client_id", CLIENT), ("request_uri", &uri)]).unwrap();
    let page = browser.get(world, &format!("/authorize?{query}")).await;
    let next = browser.touch(world, &page, "/authorize/sign-in").await;
    let page = browser.follow(world, &next).await;
    let chosen = crate::browser::between(&page.body, "name=\"account\" value=\"", "\"").unwrap();
    let chosen = [("account", chosen)];
    let next = browser.submit(world, &page, "/authorize/account", &chosen).await;
    let page = browser.follow(world, &next).await;
    let next = browser.touch(world, &page, "/authorize/consent").await;
    next.header("location").to_owned()
}

async fn token(world: &World, callback: &str, proof: &str) -> Reply {
    world.post_form("/token", &world.code_form(callback), Some(proof)).await
}

#[tokio::test]
async fn a_code_is_bound_to_the_key_of_the_request_however_it_was_named() {
    let world = World::new().await;
    let mut browser = Browser::new(1);
    browser.enter_portal(&world, "9000001").await;
    let other = SigningKey::generate().unwrap();
    let uri = format!("{ISSUER}/token");
    let with_other = |serial: &str| {
        let request = dpop::Request { method: "POST", uri: &uri, access_token: None, nonce: None };
        dpop::make(&other, &request, serial, world.now()).unwrap()
    };
    let ours = world.dpop_key.public_jwk().thumbprint();

    let by_proof = world.proof("POST", "/par", None);
    let form = world.par_form(facts());
    let code = callback_of(&world, &mut browser, &form, Some(&by_proof)).await;
    let good = token(&world, &code, &world.proof("POST", "/token", None)).await;
    assert_eq!(good.status, 200, "EnsureDpopProofAtParEndpointBindingSuccess: {}", good.body);

    let form = world.par_form(facts()).with("dpop_jkt", &ours);
    let code = callback_of(&world, &mut browser, &form, None).await;
    let good = token(&world, &code, &world.proof("POST", "/token", None)).await;
    assert_eq!(good.status, 200, "EnsureDpopAuthCodeBindingSuccess: {}", good.body);

    let form = world.par_form(facts()).with("dpop_jkt", &ours);
    let code = callback_of(&world, &mut browser, &form, None).await;
    let bad = token(&world, &code, &with_other("x1")).await;
    let module = "EnsureTokenEndpointFailsWithMismatchedDpopJkt";
    assert_eq!(
        (bad.status, bad.json()["error"].as_str()),
        (400, Some("invalid_grant")),
        "{module}"
    );
}

#[tokio::test]
async fn the_happy_flow_and_only_its_own_parameters() {
    let world = World::new().await;
    let mut browser = Browser::new(1);
    browser.enter_portal(&world, "9000001").await;
    let uri = world.push(facts()).await;
    let query =
        serde_urlencoded::to_string([("client_id", CLIENT), ("request_uri", &uri)]).unwrap();

    let bare = browser.get(&world, &format!("/authorize?{query}")).await;
    assert_eq!(bare.status, 200, "ParWithoutDuplicateParameters");
    let both = format!("/authorize?{query}&state=other&nonce=other&scope=openid");
    let page = browser.get(&world, &both).await;
    assert_eq!(page.status, 200, "EnsureDifferentNonceInsideAndOutsideRequestObject");
    let back = browser.submit(&world, &page, "/authorize/refuse", &[]).await;
    let there = back.header("location");
    assert!(there.starts_with(&format!("{CALLBACK}?")), "UserRejectsAuthentication: {there}");
    for part in ["error=access_denied", "state=state", "iss="] {
        assert!(there.contains(part), "UserRejectsAuthentication: {there}");
    }
    let module = "EnsureDifferentStateInsideAndOutsideRequestObject";
    assert!(!there.contains("other"), "{module}: {there}");
    assert!(!there.contains("other"), "StateOnlyOutsideRequestObjectNotUsed: {there}");

    let linked = world.link(&mut browser).await;
    assert_eq!(world.debit(&linked, 1, 1_000).await.status, 201, "HappyFlow");
}

/// A second client of this bank, with a key of its own.
async fn second_client(world: &World, key: &SigningKey) {
    let moment = world.state.site.world.moment("");
    let known = world.state.bank.partner(CLIENT).await.unwrap();
    let jwks = Jwks::of([key.public_jwk()]);
    let other = Partner { client_id: "other".to_owned(), jwks, ..known };
    world.state.bank.import_partner(&moment.ctx(), other, &[]).await.unwrap();
}

#[tokio::test]
async fn what_one_client_was_granted_is_nothing_to_another() {
    let world = World::new().await;
    let mut browser = Browser::new(1);
    let linked = world.linked(&mut browser).await;
    let token = linked.tokens.access_token.expose().clone();
    let elsewhere = format!("/grants/{}", GrantId::derive(&["somebody else's"]));

    let reply = world.call((Method::GET, &elsewhere), &token, None).await;
    assert_eq!(reply.status, 404, "EnsureServerHandlesNonMatchingIntentId");

    let key = SigningKey::generate().unwrap();
    second_client(&world, &key).await;
    for path in ["/introspect", "/revoke"] {
        let made = client_assertion::make(&key, "other", ISSUER, &world.serial(), world.now());
        let credentials = client_assertion::Credentials {
            client_id: "other".to_owned(),
            assertion: made.unwrap(),
        };
        let form = credentials.add_to(Form::default().with("token", &token));
        let reply = world.post_form(path, &form, None).await;
        assert_eq!(reply.status, 200, "{path}: {}", reply.body);
        assert!(reply.body.is_empty() || reply.json() == json!({"active": false}), "{path}");
    }
    assert_eq!(world.debit(&linked, 1, 1_000).await.status, 201, "it is as good as before");
}

#[tokio::test]
async fn a_client_id_beside_the_assertion_must_be_its_own() {
    let world = World::new().await;
    let mut browser = Browser::new(1);
    let linked: Linked = world.linked(&mut browser).await;
    let refresh = linked.tokens.refresh_token.as_ref().unwrap().expose().clone();
    let ask = async |client_id: Option<&str>| {
        let fields = world.assertion().add_to(
            Form::default().with("grant_type", "refresh_token").with("refresh_token", &refresh),
        );
        let form =
            client_id.map_or_else(|| fields.clone(), |id| fields.clone().with("client_id", id));
        let request = Request::post("/token")
            .header(header::HOST, API_HOST)
            .header(header::CONTENT_TYPE, FORM)
            .header(dpop::HEADER, world.proof("POST", "/token", None));
        world.send(request.body(Body::from(form.encode())).unwrap()).await
    };

    let wrong = ask(Some("other")).await;
    assert_eq!(wrong.json()["error"], "invalid_client", "EnsureClientIdInTokenEndpoint");
    let without = ask(Some("")).await;
    let tokens: TokenResponse = TokenResponse::parse(without.body.as_bytes()).unwrap();
    assert_eq!(
        tokens.authorization_details[0].mandate_id, linked.mandate_id,
        "the assertion says it"
    );
    assert_eq!(ask(None).await.status, 200);
}
