//! The negative modules of the FAPI 2.0 Security Profile plan that apply to this server, by their
//! names, and those that must succeed.

use axum::body::Body;
use http::{Request, header};
use kanuki_bank::partner::Partner;
use kanuki_domain::id::DebitId;
use kanuki_wire::{
    Form, client_assertion, dpop, jws,
    keys::{Jwks, Signer, SigningKey},
};
use serde_json::{Value, json};

use crate::{
    browser::Browser,
    wallet::{FORM, facts},
    world::{API_HOST, CALLBACK, CLIENT, ISSUER, Reply, WALLET_SET_KEY, World},
};

fn error(reply: &Reply) -> String {
    reply.json()["error"].as_str().unwrap_or_default().to_owned()
}

async fn par(world: &World, form: &Form) -> Reply {
    let proof = world.proof("POST", "/par", None);
    world.post_form("/par", form, Some(&proof)).await
}

#[tokio::test]
async fn bad_pushed_requests_are_refused() {
    let world = World::new().await;
    for (module, name, value, why) in [
        (
            "PARRejectRequestUriInParAuthorizationFormParams",
            "request_uri",
            "urn:ietf:params:oauth:request_uri:x",
            "invalid_request",
        ),
        ("EnsureRequestObjectWithoutRedirectUriFails", "redirect_uri", "", "invalid_request"),
        (
            "EnsureRegisteredRedirectUri",
            "redirect_uri",
            "http://wallet.localhost:8080/callback/9901/evil",
            "invalid_request",
        ),
        ("PAREnsurePKCERequired", "code_challenge", "", "invalid_request"),
        ("PAREnsurePlainPKCERejected", "code_challenge_method", "plain", "invalid_request"),
        (
            "EnsureResponseTypeCodeIdTokenFails",
            "response_type",
            "code id_token",
            "unsupported_response_type",
        ),
        ("EnsureResponseTypeTokenFails", "response_type", "token", "unsupported_response_type"),
        (
            "EnsureMismatchedDpopJktFails",
            "dpop_jkt",
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "invalid_dpop_proof",
        ),
        ("the mandate", "authorization_details", "[]", "invalid_authorization_details"),
        ("request objects", "request", "a.b.c", "request_not_supported"),
        ("another scope", "scope", "openid", "invalid_scope"),
    ] {
        let reply = par(&world, &world.par_form(facts()).with(name, value)).await;
        assert_eq!((reply.status, error(&reply).as_str()), (400, why), "{module}");
        assert_eq!(reply.header("cache-control"), "no-store", "{module}");
    }
    let verb = Request::get("/par").header(header::HOST, API_HOST);
    let verb = world.send(verb.body(Body::empty()).unwrap()).await;
    assert_eq!(verb.status, 405, "PARRejectInvalidHttpVerb");
}

fn assertion(world: &World, key: &dyn Signer, change: impl FnOnce(&mut Value)) -> Form {
    let now = world.now().as_second();
    let mut claims = json!({
        "iss": CLIENT, "sub": CLIENT, "aud": ISSUER, "jti": world.serial(),
        "iat": now, "exp": now + 60,
    });
    change(&mut claims);
    let token = jws::sign(key, "JWT", &claims).unwrap();
    world.par_form(facts()).with("client_assertion", token)
}

#[tokio::test]
async fn bad_client_assertions_are_refused_alike() {
    let world = World::new().await;
    let now = world.now().as_second();
    let stranger = SigningKey::generate().unwrap();
    let ours = &world.client_key;
    let set = |name: &'static str, value: Value| move |claims: &mut Value| claims[name] = value;
    let remove = |name: &'static str| {
        move |claims: &mut Value| {
            claims.as_object_mut().unwrap().remove(name);
        }
    };
    let par_uri = format!("{ISSUER}/par");
    let token_uri = format!("{ISSUER}/token");
    for (module, form) in [
        ("PAREndpointAsAudienceFails", assertion(&world, ours, set("aud", json!(par_uri)))),
        ("PARTokenEndpointAsAudienceFails", assertion(&world, ours, set("aud", json!(token_uri)))),
        ("PAREndpointAsArrayAudienceFails", assertion(&world, ours, set("aud", json!([ISSUER])))),
        ("EnsureClientAssertionWithWrongAudFails", assertion(&world, ours, set("aud", json!("x")))),
        ("EnsureClientAssertionWithNoSubFails", assertion(&world, ours, remove("sub"))),
        (
            "EnsureClientAssertionWithExpIs5MinutesInPastFails",
            assertion(&world, ours, set("exp", json!(now - 300))),
        ),
        (
            "PAREnsureJWTClientAssertionWithIatNbfOver60SecondsInTheFutureFails",
            assertion(&world, ours, set("nbf", json!(now + 61))),
        ),
        ("EnsureSignedClientAssertionWithRS256Fails", assertion(&world, &*WALLET_SET_KEY, |_| ())),
        ("another's key", assertion(&world, &stranger, |_| ())),
        ("no jti", assertion(&world, ours, remove("jti"))),
        ("an unknown client", assertion(&world, ours, set("sub", json!("nobody")))),
        ("EnsureClientAssertionInTokenEndpoint", Form::default().with("client_id", CLIENT)),
    ] {
        let reply = par(&world, &form).await;
        assert_eq!((reply.status, error(&reply).as_str()), (401, "invalid_client"), "{module}");
    }

    let ahead = assertion(&world, ours, set("nbf", json!(now + 8)));
    let accepted = par(&world, &ahead).await;
    assert_eq!(
        accepted.status, 201,
        "PAREnsureJWTClientAssertionWithIatNbf8SecondsInTheFutureIsAccepted: {}",
        accepted.body
    );
    assert_eq!(par(&world, &ahead).await.status, 401, "an assertion is good once");
}

#[tokio::test]
async fn bad_proofs_are_refused() {
    let world = World::new().await;
    let no_proof = world.post_form("/par", &world.par_form(facts()), None).await;
    assert_eq!(error(&no_proof), "invalid_dpop_proof");

    for (module, proof) in [
        ("another method", world.proof("GET", "/par", None)),
        ("another path", world.proof("POST", "/token", None)),
        ("garbage", "a.b.c".to_owned()),
    ] {
        let reply = world.post_form("/par", &world.par_form(facts()), Some(&proof)).await;
        assert_eq!((reply.status, error(&reply).as_str()), (400, "invalid_dpop_proof"), "{module}");
    }

    let proof = world.proof("POST", "/par", None);
    assert_eq!(world.post_form("/par", &world.par_form(facts()), Some(&proof)).await.status, 201);
    let replayed = world.post_form("/par", &world.par_form(facts()), Some(&proof)).await;
    assert_eq!(error(&replayed), "invalid_dpop_proof");

    let two = Request::post("/par")
        .header(header::HOST, API_HOST)
        .header(header::CONTENT_TYPE, FORM)
        .header(dpop::HEADER, world.proof("POST", "/par", None))
        .header(dpop::HEADER, world.proof("POST", "/par", None));
    let two = two.body(Body::from(world.par_form(facts()).encode())).unwrap();
    assert_eq!(error(&world.send(two).await), "invalid_dpop_proof");
}

#[tokio::test]
async fn bad_forms_are_refused() {
    let world = World::new().await;
    let body = world.par_form(facts()).encode();
    for (what, kind, body, status) in [
        ("JSON", "application/json", "{}".to_owned(), 400),
        ("a repeated parameter", FORM, format!("{body}&state=x"), 400),
        ("too much", FORM, format!("{body}&x={}", "x".repeat(40_000)), 413),
    ] {
        let request = Request::post("/par")
            .header(header::HOST, API_HOST)
            .header(header::CONTENT_TYPE, kind)
            .header(dpop::HEADER, world.proof("POST", "/par", None));
        let reply = world.send(request.body(Body::from(body)).unwrap()).await;
        assert_eq!(reply.status, status, "{what}: {}", reply.body);
    }
}

fn authorize(client_id: &str, request_uri: &str, more: &str) -> String {
    let query = [("client_id", client_id), ("request_uri", request_uri)];
    format!("/authorize?{}{more}", serde_urlencoded::to_string(query).unwrap())
}

#[tokio::test]
async fn the_authorization_endpoint_takes_only_what_was_pushed() {
    let world = World::new().await;
    let mut browser = Browser::new(1);
    let uri = world.push(facts()).await;

    let params =
        format!("/authorize?client_id={CLIENT}&response_type=code&redirect_uri={CALLBACK}&state=s");
    let unpushed = browser.get(&world, &params).await;
    let other_client = browser.get(&world, &authorize("somebody-else", &uri, "")).await;
    let reused = browser.get(&world, &authorize(CLIENT, &uri, "")).await;
    let reloaded = browser.get(&world, &authorize(CLIENT, &uri, "")).await;
    let late = world.push(facts()).await;
    world.wait(301);
    let expired = browser.get(&world, &authorize(CLIENT, &late, "")).await;

    for (module, reply) in [
        ("EnsureUnsignedAuthorizationRequestWithoutUsingParFails", unpushed),
        ("PAREnsureRequestUriIsBoundToClient", other_client),
        ("PARAttemptToUseExpiredRequestUri", expired),
    ] {
        assert_eq!(reply.status, 404, "{module}");
        assert_eq!(reply.header("location"), "", "{module}: nobody is sent anywhere");
    }
    let module = "PAREnsureServerAcceptsReusedRequestUriBeforeAuthenticationCompletion";
    assert_eq!((reused.status, reloaded.status), (200, 200), "{module}");
}

#[tokio::test]
async fn state_outside_the_pushed_request_is_not_used() {
    let world = World::new().await;
    let mut browser = Browser::new(1);
    browser.enter_portal(&world, "9000001").await;
    let uri = world.push(facts()).await;
    let page = browser.get(&world, &authorize(CLIENT, &uri, "&state=evil&response_type=x")).await;

    let back = browser.submit(&world, &page, "/authorize/refuse", &[]).await;
    let again = browser.get(&world, &authorize(CLIENT, &uri, "")).await;

    assert!(back.header("location").contains("state=state"), "{}", back.header("location"));
    assert!(!back.header("location").contains("evil"));
    assert_eq!(again.status, 404, "PARAttemptReuseRequestUri");
}

/// A callback with a fresh code.
async fn callback(world: &World, browser: &mut Browser) -> String {
    let page = world.to_consent(browser, facts()).await;
    let next = browser.touch(world, &page, "/authorize/consent").await;
    next.header("location").to_owned()
}

#[tokio::test]
async fn bad_code_exchanges_are_refused() {
    let world = World::new().await;
    let mut browser = Browser::new(1);
    browser.enter_portal(&world, "9000001").await;
    for (module, name, value, why) in [
        ("PAREnsurePKCECodeVerifierRequired", "code_verifier", "", "invalid_request"),
        (
            "PARIncorrectPKCECodeVerifierRejected",
            "code_verifier",
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "invalid_grant",
        ),
        ("another redirect_uri", "redirect_uri", "http://x.test/", "invalid_grant"),
        ("an unknown code", "code", "nothing", "invalid_grant"),
        ("another grant type", "grant_type", "password", "unsupported_grant_type"),
    ] {
        let callback = callback(&world, &mut browser).await;
        let form = world.code_form(&callback).with(name, value);
        let proof = world.proof("POST", "/token", None);
        let reply = world.post_form("/token", &form, Some(&proof)).await;
        assert_eq!((reply.status, error(&reply).as_str()), (400, why), "{module}");
    }

    let fresh = callback(&world, &mut browser).await;
    let bare = world.post_form("/token", &world.code_form(&fresh), None).await;
    assert_eq!(error(&bare), "invalid_dpop_proof", "EnsureHolderOfKeyRequired");

    let other = SigningKey::generate().unwrap();
    let uri = format!("{ISSUER}/token");
    let request = dpop::Request { method: "POST", uri: &uri, access_token: None, nonce: None };
    let proof = dpop::make(&other, &request, "other", world.now()).unwrap();
    let reply = world.post_form("/token", &world.code_form(&fresh), Some(&proof)).await;
    let module = "EnsureTokenEndpointFailsWithMismatchedDpopProofJkt";
    assert_eq!(error(&reply), "invalid_grant", "{module}");

    let late = callback(&world, &mut browser).await;
    world.wait(61);
    let proof = world.proof("POST", "/token", None);
    let reply = world.post_form("/token", &world.code_form(&late), Some(&proof)).await;
    assert_eq!(error(&reply), "invalid_grant", "AttemptToUseExpiredAuthCode");
}

#[tokio::test]
async fn a_reused_code_voids_what_it_gave() {
    let world = World::new().await;
    let mut browser = Browser::new(1);
    browser.enter_portal(&world, "9000001").await;
    let callback = callback(&world, &mut browser).await;
    let tokens = world.exchange(&callback).await;
    let mandate_id = tokens.authorization_details[0].mandate_id;
    let linked = crate::wallet::Linked { tokens, mandate_id };
    assert_eq!(world.debit(&linked, 1, 1_000).await.status, 201);

    let proof = world.proof("POST", "/token", None);
    let again = world.post_form("/token", &world.code_form(&callback), Some(&proof)).await;

    assert_eq!(error(&again), "invalid_grant", "AttemptReuseAuthorizationCodeAfterOneSecond");
    assert_eq!(world.debit(&linked, 2, 1_000).await.status, 401);
}

#[tokio::test]
async fn a_code_and_a_refresh_token_belong_to_their_client() {
    let world = World::new().await;
    let mut browser = Browser::new(1);
    let linked = world.linked(&mut browser).await;
    let code = callback(&world, &mut browser).await;
    let key = SigningKey::generate().unwrap();
    let moment = world.state.site.world.moment("");
    let known = world.state.bank.partner(CLIENT).await.unwrap();
    let other =
        Partner { client_id: "other".to_owned(), jwks: Jwks::of([key.public_jwk()]), ..known };
    world.state.bank.import_partner(&moment.ctx(), other, &[]).await.unwrap();
    let as_other = |form: Form| {
        let token = client_assertion::make(&key, "other", ISSUER, &world.serial(), world.now());
        form.with("client_assertion", token.unwrap()).with("client_id", "other")
    };
    let refresh = linked.tokens.refresh_token.as_ref().unwrap().expose();
    let refresh_form = world
        .assertion()
        .add_to(Form::default().with("grant_type", "refresh_token").with("refresh_token", refresh));

    for (module, form) in [
        ("EnsureAuthorizationCodeIsBoundToClient", as_other(world.code_form(&code))),
        ("a refresh token of another client", as_other(refresh_form)),
    ] {
        let proof = world.proof("POST", "/token", None);
        let reply = world.post_form("/token", &form, Some(&proof)).await;
        assert_eq!((reply.status, error(&reply).as_str()), (400, "invalid_grant"), "{module}");
    }
}

#[tokio::test]
async fn refresh_tokens_are_not_rotated() {
    let world = World::new().await;
    let mut browser = Browser::new(1);
    let linked = world.linked(&mut browser).await;
    let refresh = linked.tokens.refresh_token.as_ref().unwrap().expose().clone();
    for round in 0..2 {
        world.wait(700);
        let form =
            Form::default().with("grant_type", "refresh_token").with("refresh_token", &refresh);
        let proof = world.proof("POST", "/token", None);
        let reply = world.post_form("/token", &world.assertion().add_to(form), Some(&proof)).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        assert!(reply.json().get("refresh_token").is_none(), "RefreshToken");
        let tokens = kanuki_wire::token::TokenResponse::parse(reply.body.as_bytes()).unwrap();
        let linked = crate::wallet::Linked { tokens, mandate_id: linked.mandate_id };
        assert_eq!(world.debit(&linked, round, 1_000).await.status, 201);
    }
}

#[tokio::test]
async fn tokens_open_nothing_without_their_key() {
    let world = World::new().await;
    let mut browser = Browser::new(1);
    let linked = world.linked(&mut browser).await;
    let token = linked.tokens.access_token.expose().clone();
    let id = DebitId::derive(&["x"]);
    let path = format!("/debits/{id}");
    let good = || world.proof("GET", &path, Some(&token));
    let stranger = SigningKey::generate().unwrap();
    let uri = format!("{ISSUER}{path}");
    let request =
        dpop::Request { method: "GET", uri: &uri, access_token: Some(&token), nonce: None };
    let foreign = dpop::make(&stranger, &request, "foreign", world.now()).unwrap();
    let used = good();
    let get = async |path: &str, scheme: &str, proofs: &[String]| {
        let mut request = Request::get(path).header(header::HOST, API_HOST);
        if !scheme.is_empty() {
            request = request.header(header::AUTHORIZATION, format!("{scheme} {token}"));
        }
        for proof in proofs {
            request = request.header(dpop::HEADER, proof);
        }
        world.send(request.body(Body::empty()).unwrap()).await
    };

    assert_eq!(
        get(&path, "dpop", &[good()]).await.status,
        404,
        "AccessTokenTypeHeaderCaseSensitivity"
    );
    assert_eq!(get(&path, "DPoP", std::slice::from_ref(&used)).await.status, 404);
    let in_query = format!("{path}?access_token={token}");
    for (what, path, scheme, proofs, status) in [
        ("no token", path.as_str(), "", vec![good()], 401),
        ("a bearer token", &path, "Bearer", vec![good()], 401),
        ("no proof", &path, "DPoP", vec![], 401),
        ("two proofs", &path, "DPoP", vec![good(), good()], 401),
        ("a used proof", &path, "DPoP", vec![used], 401),
        ("another key", &path, "DPoP", vec![foreign], 401),
        ("no token in the proof", &path, "DPoP", vec![world.proof("GET", &path, None)], 401),
        ("another path", &path, "DPoP", vec![world.proof("GET", "/debits/y", Some(&token))], 401),
        ("a token in the address", &in_query, "DPoP", vec![good()], 400),
    ] {
        let reply = get(path, scheme, &proofs).await;
        assert_eq!(reply.status, status, "{what}: {}", reply.body);
        if status == 401 {
            assert!(reply.header("www-authenticate").starts_with("DPoP "), "{what}");
        }
    }
}

/// `DiscoveryEndpointVerification`.
#[tokio::test]
async fn the_metadata_is_what_a_wallet_insists_on() {
    let world = World::new().await;
    let request = Request::get(kanuki_wire::metadata::PATH).header(header::HOST, API_HOST);
    let reply = world.send(request.body(Body::empty()).unwrap()).await;

    let metadata = kanuki_wire::metadata::Metadata::parse(reply.body.as_bytes(), ISSUER).unwrap();
    assert!(metadata.require_pushed_authorization_requests);
    assert!(!reply.body.contains("RS256"));
    for list in ["authorization", "introspection"] {
        let name = format!("{list}_signing_alg_values_supported");
        assert_eq!(reply.json()[name], json!(["ES256"]));
    }
    assert_eq!(
        reply.json()["request_object_signing_alg_values_supported"],
        json!(["ES256", "PS256", "EdDSA"])
    );
    for (path, algorithm) in [("/jwks", "ES256"), ("/ssf/jwks", "RS256")] {
        let jwks = Request::get(path).header(header::HOST, API_HOST);
        let jwks = world.send(jwks.body(Body::empty()).unwrap()).await;
        let keys = jwks.json()["keys"].as_array().unwrap().clone();
        assert_eq!(keys.len(), 1, "{path}");
        assert_eq!(keys[0]["alg"], algorithm, "{path}");
    }
}
