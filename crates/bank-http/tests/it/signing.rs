//! FAPI 2.0 Message Signing: signed requests, responses and introspection, by the names of the
//! modules of its plan.

use axum::body::Body;
use http::{Request, header};
use kanuki_bank::partner::Profile;
use kanuki_wire::{
    ErrorCode, Form,
    callback::Answer,
    introspection, jar, jarm, jws,
    keys::{EdSigningKey, Jwks, PssSigningKey, Signer, SigningKey},
};
use serde_json::{Value, json};

use crate::{
    browser::{Browser, between},
    wallet::{FORM, facts, verifier},
    world::{API_HOST, CALLBACK, CLIENT, ISSUER, Reply, WALLET_SET_KEY, World},
};

const PARTIES: (&str, &str) = (ISSUER, CLIENT);

fn error(reply: &Reply) -> String {
    reply.json()["error"].as_str().unwrap_or_default().to_owned()
}

async fn signing() -> World {
    let world = World::new().await;
    world.agree(Profile { message_signing: true, ..Profile::default() }).await;
    world
}

/// What the wallet asks for, without the credentials.
fn parameters(world: &World) -> Form {
    let form = world.par_form(facts());
    let pairs = form.pairs().filter(|(name, _)| !name.starts_with("client_assertion"));
    Form::from_pairs(pairs.map(|(n, v)| (n.to_owned(), v.to_owned()))).unwrap()
}

/// The claims of a good request object.
fn claims(world: &World) -> Value {
    let form = parameters(world);
    let mut claims = json!({});
    for (name, value) in form.pairs() {
        claims[name] = value.into();
    }
    claims["authorization_details"] =
        serde_json::from_str(form.get("authorization_details").unwrap()).unwrap();
    let now = world.now().as_second();
    claims["iss"] = CLIENT.into();
    claims["aud"] = ISSUER.into();
    claims["nbf"] = now.into();
    claims["exp"] = (now + 300).into();
    claims
}

async fn par(world: &World, form: Form) -> Reply {
    let proof = world.proof("POST", "/par", None);
    world.post_form("/par", &world.assertion().add_to(form), Some(&proof)).await
}

async fn par_of(world: &World, key: &dyn Signer, typ: &str, claims: &Value) -> Reply {
    par(world, Form::default().with("request", jws::sign(key, typ, claims).unwrap())).await
}

#[tokio::test]
async fn request_objects_that_message_signing_refuses_are_refused() {
    let world = signing().await;
    let (now, key) = (world.now().as_second(), &world.client_key);
    for (module, name, value, status) in [
        ("EnsureServerAcceptsRequestObjectWithMultipleAud", "aud", json!([ISSUER, "x"]), 201),
        ("EnsureRequestObjectWithNbf8SecondsInTheFutureIsAccepted", "nbf", json!(now + 8), 201),
        ("EnsureRequestObjectWithoutExpFails", "exp", Value::Null, 400),
        ("EnsureRequestObjectWithoutNbfFails", "nbf", Value::Null, 400),
        ("EnsureExpiredRequestObjectFails", "exp", json!(now - 300), 400),
        ("EnsureRequestObjectWithBadAudFails", "aud", json!("https://other.example"), 400),
        ("EnsureRequestObjectWithExpOver60Fails", "exp", json!(now + 70 * 60), 400),
        ("EnsureRequestObjectWithNbfOver60Fails", "nbf", json!(now - 70 * 60), 400),
        ("PARRejectRequestUriInParAuthorizationRequest", "request_uri", json!("urn:x"), 400),
        ("another client inside", "client_id", json!("other"), 400),
    ] {
        let mut claims = claims(&world);
        claims[name] = value;
        let reply = par_of(&world, key, jar::TYPE, &claims).await;
        assert_eq!(reply.status, status, "{module}: {}", reply.body);
        if status == 400 {
            assert_eq!(error(&reply), "invalid_request_object", "{module}");
        }
    }
}

#[tokio::test]
async fn only_the_clients_own_signature_counts() {
    let world = signing().await;
    let good = claims(&world);
    let stranger = SigningKey::generate().unwrap();
    let token = jws::sign(&world.client_key, jar::TYPE, &good).unwrap();
    let (body, _) = token.rsplit_once('.').unwrap();
    let none = format!("eyJhbGciOiJub25lIn0.{}.", token.split('.').nth(1).unwrap());
    for (module, token) in [
        (
            "EnsureSignedRequestObjectWithRS256Fails",
            jws::sign(&*WALLET_SET_KEY, jar::TYPE, &good).unwrap(),
        ),
        ("EnsureRequestObjectSignatureAlgorithmIsNotNone", none),
        ("EnsureRequestObjectWithInvalidSignatureFails", format!("{body}.{}", "A".repeat(86))),
        (
            "EnsureMatchingKeyInAuthorizationRequest",
            jws::sign(&stranger, jar::TYPE, &good).unwrap(),
        ),
        ("another type", jws::sign(&world.client_key, "JWT", &good).unwrap()),
    ] {
        let reply = par(&world, Form::default().with("request", token)).await;
        let got = (reply.status, error(&reply));
        assert_eq!(got, (400, "invalid_request_object".to_owned()), "{module}");
    }
    let unsigned = par(&world, parameters(&world)).await;
    let module = "EnsureUnsignedRequestAtParEndpointFails";
    assert_eq!((unsigned.status, error(&unsigned).as_str()), (400, "invalid_request"), "{module}");
    let both = Form::default().with("request", token).with("request_uri", "urn:x");
    assert_eq!(error(&par(&world, both).await), "invalid_request");
}

#[tokio::test]
async fn a_partner_signs_with_any_advertised_algorithm() {
    let world = signing().await;
    let (pss, ed) = (PssSigningKey::generate().unwrap(), EdSigningKey::generate().unwrap());
    let moment = world.state.site.world.moment("");
    let mut partner = world.state.bank.partner(CLIENT).await.unwrap();
    let keys = [world.client_key.public_jwk(), pss.public_jwk(), ed.public_jwk()];
    partner.jwks = Jwks::of(keys);
    world.state.bank.import_partner(&moment.ctx(), partner, &[]).await.unwrap();

    let keys: [&dyn Signer; 3] = [&world.client_key, &pss, &ed];
    for key in keys {
        let name = key.algorithm().name();
        let reply = par_of(&world, key, jar::TYPE, &claims(&world)).await;
        assert_eq!(reply.status, 201, "{name}: {}", reply.body);
    }
}

#[tokio::test]
async fn a_partner_that_did_not_agree_gets_neither() {
    let world = World::new().await;
    let signed = par_of(&world, &world.client_key, jar::TYPE, &claims(&world)).await;
    assert_eq!(error(&signed), "request_not_supported");
    let jwt = par(&world, parameters(&world).with("response_mode", "jwt")).await;
    assert_eq!((jwt.status, error(&jwt).as_str()), (400, "invalid_request"));
}

async fn bank_keys(world: &World) -> Jwks {
    let request = Request::get("/jwks").header(header::HOST, API_HOST);
    let reply = world.send(request.body(Body::empty()).unwrap()).await;
    assert!(!reply.body.contains("RS256"), "{}", reply.body);
    serde_json::from_str(&reply.body).unwrap()
}

/// From a signed request to the page where the holder agrees; parameters beside the token do not
/// count.
async fn to_consent(world: &World, browser: &mut Browser) -> Reply {
    let mut claims = claims(world);
    claims["response_mode"] = "jwt".into();
    let token = jws::sign(&world.client_key, jar::TYPE, &claims).unwrap();
    let form = Form::default()
        .with("request", token)
        .with("state", "evil")
        .with("redirect_uri", "https://evil.example/");
    let pushed = par(world, form).await;
    assert_eq!(pushed.status, 201, "{}", pushed.body);
    let request_uri = pushed.json()["request_uri"].as_str().unwrap().to_owned();
    let query = [("client_id", CLIENT), ("request_uri", request_uri.as_str())];
    let query = serde_urlencoded::to_string(query).unwrap();
    let page = browser.get(world, &format!("/authorize?{query}")).await;
    let next = browser.touch(world, &page, "/authorize/sign-in").await;
    let page = browser.follow(world, &next).await;
    let chosen = between(&page.body, "name=\"account\" value=\"", "\"").unwrap().to_owned();
    let next = browser.submit(world, &page, "/authorize/account", &[("account", &chosen)]).await;
    browser.follow(world, &next).await
}

async fn answer(world: &World, location: &str) -> Answer {
    let (there, query) = location.split_once('?').unwrap();
    assert_eq!(there, CALLBACK);
    assert!(query.starts_with("response=") && !query.contains('&'), "{query}");
    let token = jarm::token_in(query).unwrap();
    let keys = bank_keys(world).await;
    let read = jarm::verify(&token, PARTIES, &keys, world.now()).unwrap();
    read.accept(ISSUER, "state").unwrap()
}

#[tokio::test]
async fn a_signed_request_is_answered_signed_and_kept_as_evidence() {
    let world = signing().await;
    let mut browser = Browser::new(1);
    browser.enter_portal(&world, "9000001").await;
    let page = to_consent(&world, &mut browser).await;
    let next = browser.touch(&world, &page, "/authorize/consent").await;
    let Answer::Code(code) = answer(&world, next.header("location")).await else { panic!() };

    let form = Form::default()
        .with("grant_type", "authorization_code")
        .with("code", code.expose())
        .with("redirect_uri", CALLBACK)
        .with("code_verifier", verifier());
    let proof = world.proof("POST", "/token", None);
    let reply = world.post_form("/token", &world.assertion().add_to(form), Some(&proof)).await;
    let tokens: kanuki_wire::token::TokenResponse =
        kanuki_wire::token::TokenResponse::parse(reply.body.as_bytes()).unwrap();
    let mandate = &tokens.authorization_details[0];

    let kept = world.state.bank.signed_request(mandate.mandate_id).await.unwrap().unwrap();
    let keys = Jwks::of([world.client_key.public_jwk()]);
    let asked = jar::verify(&kept, (CLIENT, ISSUER), &keys, world.now()).unwrap();
    assert_eq!(asked.get("redirect_uri"), Some(CALLBACK));
    assert!(asked.get("authorization_details").unwrap().contains("\"50000\""));
}

#[tokio::test]
async fn a_refusal_is_signed_too_and_leaves_no_evidence() {
    let world = signing().await;
    let mut browser = Browser::new(1);
    browser.enter_portal(&world, "9000001").await;
    let page = to_consent(&world, &mut browser).await;
    let back = browser.submit(&world, &page, "/authorize/refuse", &[]).await;

    let Answer::Refused(refusal) = answer(&world, back.header("location")).await else { panic!() };
    assert_eq!(refusal.code, ErrorCode::AccessDenied);
}

#[tokio::test]
async fn introspection_is_signed_for_who_accepts_that() {
    let world = World::new().await;
    let mut browser = Browser::new(1);
    let linked = world.linked(&mut browser).await;
    let ask = async |accept: &str| {
        let form = Form::default().with("token", linked.tokens.access_token.expose());
        let request = Request::post("/introspect")
            .header(header::HOST, API_HOST)
            .header(header::CONTENT_TYPE, FORM)
            .header(header::ACCEPT, accept);
        let body = world.assertion().add_to(form).encode();
        world.send(request.body(Body::from(body)).unwrap()).await
    };

    let plain = ask("application/json").await;
    assert_eq!(plain.header("content-type"), "application/json");
    let signed = ask(&format!("application/json;q=0.1, {}", introspection::MEDIA_TYPE)).await;
    assert_eq!(signed.header("content-type"), introspection::MEDIA_TYPE);
    assert_eq!(signed.header("cache-control"), "no-store");
    let keys = bank_keys(&world).await;
    let worth: Value = introspection::verify(&signed.body, PARTIES, &keys, world.now()).unwrap();
    assert_eq!(worth, plain.json());
    assert_eq!(worth["active"], true);
}
