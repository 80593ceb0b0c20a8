//! Clients that prove themselves by TLS, and tokens bound to their certificate (RFC 8705), through
//! a proxy that passes the certificate on (RFC 9440).

use std::sync::Arc;

use axum::body::Body;
use http::{Method, Request, header};
use kanuki_bank::partner::Profile;
use kanuki_bank_http::router;
use kanuki_domain::id::DebitId;
use kanuki_wire::{
    Form,
    callback::{Answer, Callback},
    client_cert::{ClientCertificate, HEADER, TlsClient},
    dpop,
};
use serde_json::{Value, json};

use crate::{
    browser::{Browser, between},
    wallet::{FORM, facts, verifier},
    world::{API_HOST, CALLBACK, CLIENT, ISSUER, Reply, World},
};

fn certificate() -> ClientCertificate {
    let made = rcgen::generate_simple_self_signed(vec!["wallet.example".to_owned()]).unwrap();
    ClientCertificate::from_der(made.cert.der().to_vec()).unwrap()
}

/// A bank behind a proxy that is believed, or not, and a wallet with a registered certificate.
async fn world(is_believed: bool) -> (World, ClientCertificate) {
    let mut world = World::new().await;
    let mut config = (*world.state.bank.config).clone();
    config.takes_client_certificates = is_believed;
    Arc::make_mut(&mut world.state.bank).config = Arc::new(config);
    world.app = router(world.state.clone());
    let shown = certificate();
    let tls = TlsClient::SelfSigned { thumbprints: vec![shown.thumbprint()] };
    world.agree(Profile { tls: Some(tls), ..Profile::default() }).await;
    (world, shown)
}

fn error(reply: &Reply) -> String {
    reply.json()["error"].as_str().unwrap_or_default().to_owned()
}

async fn post(world: &World, path: &str, form: &Form, headers: &[(&str, &str)]) -> Reply {
    let mut request =
        Request::post(path).header(header::HOST, API_HOST).header(header::CONTENT_TYPE, FORM);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    world.send(request.body(Body::from(form.encode())).unwrap()).await
}

/// The request without an assertion.
fn bare(world: &World) -> Form {
    let form = world.par_form(facts());
    let pairs = form.pairs().filter(|(name, _)| !name.starts_with("client_assertion"));
    Form::from_pairs(pairs.map(|(n, v)| (n.to_owned(), v.to_owned()))).unwrap()
}

/// A code for the wallet that shows `shown` at every step.
async fn code(world: &World, browser: &mut Browser, shown: &str) -> String {
    let pushed = post(world, "/par", &bare(world), &[(HEADER, shown)]).await;
    assert_eq!(pushed.status, 201, "{}", pushed.body);
    let uri = pushed.json()["request_uri"].as_str().unwrap().to_owned();
    let query = serde_urlencoded::to_string([("client_id", CLIENT), ("request_uri", &uri)]);
    let page = browser.get(world, &format!("/authorize?{}", query.unwrap())).await;
    let next = browser.touch(world, &page, "/authorize/sign-in").await;
    let page = browser.follow(world, &next).await;
    let chosen = between(&page.body, "name=\"account\" value=\"", "\"").unwrap().to_owned();
    let next = browser.submit(world, &page, "/authorize/account", &[("account", &chosen)]).await;
    let page = browser.follow(world, &next).await;
    let next = browser.touch(world, &page, "/authorize/consent").await;
    let (_, query) = next.header("location").split_once('?').unwrap();
    let answer = Callback::parse(query).unwrap().accept(ISSUER, "state").unwrap();
    let Answer::Code(code) = answer else { panic!("{answer:?}") };
    code.expose().clone()
}

fn code_form(code: &str) -> Form {
    Form::default()
        .with("client_id", CLIENT)
        .with("grant_type", "authorization_code")
        .with("code", code)
        .with("redirect_uri", CALLBACK)
        .with("code_verifier", verifier())
}

#[tokio::test]
async fn a_certificate_proves_the_client_and_binds_its_tokens() {
    let (world, shown) = world(true).await;
    let (header, other) = (shown.to_header(), certificate().to_header());
    let mut browser = Browser::new(1);
    browser.enter_portal(&world, "9000001").await;
    let code = code(&world, &mut browser, &header).await;
    let reply = post(&world, "/token", &code_form(&code), &[(HEADER, &header)]).await;
    let tokens = reply.json();
    assert_eq!((reply.status, &tokens["token_type"]), (200, &json!("Bearer")), "{}", reply.body);
    let token = tokens["access_token"].as_str().unwrap();

    let path = format!("/debits/{}", DebitId::derive(&["x"]));
    let proof = world.proof("GET", &path, Some(token));
    let ask = async |scheme: &str, headers: &[(&str, &str)]| {
        let mut all = vec![("authorization", format!("{scheme} {token}"))];
        all.extend(headers.iter().map(|(name, value)| (*name, (*value).to_owned())));
        world.ask((Method::GET, &path), &all).await.status
    };
    assert_eq!(ask("Bearer", &[(HEADER, &header)]).await, 404, "it opens the door");
    assert_eq!(ask("Bearer", &[]).await, 401, "a stolen token");
    let bare = [("authorization", format!("Bearer {token}"))];
    let why = world.ask((Method::GET, &path), &bare).await.json();
    let said = why["error_description"].as_str().unwrap();
    assert!(said.contains("certificate") && !said.contains("DPoP"), "{said}");
    assert_eq!(ask("Bearer", &[(HEADER, &other)]).await, 401, "another certificate");
    assert_eq!(ask("DPoP", &[(HEADER, &header), ("dpop", &proof)]).await, 401, "another scheme");

    let asked = Form::default().with("client_id", CLIENT).with("token", token);
    let worth = post(&world, "/introspect", &asked, &[(HEADER, &header)]).await.json();
    assert_eq!(worth["cnf"], json!({ "x5t#S256": shown.thumbprint() }));
    assert_eq!(worth["token_type"], "Bearer");
    let refresh = tokens["refresh_token"].as_str().unwrap();
    let form = Form::default().with("client_id", CLIENT).with("grant_type", "refresh_token");
    let form = form.with("refresh_token", refresh);
    assert_eq!(post(&world, "/token", &form, &[(HEADER, &header)]).await.status, 200);
    // With a proof, the key is what the token is bound to.
    let proof = world.proof("POST", "/token", None);
    let keyed = post(&world, "/token", &form, &[(HEADER, &header), (dpop::HEADER, &proof)]).await;
    assert_eq!(keyed.json()["token_type"], "DPoP");
}

#[tokio::test]
async fn only_the_registered_certificate_counts() {
    let (world, shown) = world(true).await;
    let (header, other) = (shown.to_header(), certificate().to_header());
    let form = bare(&world);
    for (what, form, headers, why) in [
        ("none", form.clone(), vec![], (401, "invalid_client")),
        ("another", form.clone(), vec![(HEADER, other.as_str())], (401, "invalid_client")),
        (
            "an unknown client",
            form.clone().with("client_id", "nobody"),
            vec![(HEADER, &header)],
            (401, "invalid_client"),
        ),
        (
            "a bad assertion beside it",
            world.assertion().add_to(form.clone()).with("client_assertion", "a.b.c"),
            vec![(HEADER, &header)],
            (401, "invalid_client"),
        ),
        ("garbage", form.clone(), vec![(HEADER, ":x:")], (400, "invalid_request")),
        ("two", form.clone(), vec![(HEADER, &header), (HEADER, &other)], (400, "invalid_request")),
    ] {
        let reply = post(&world, "/par", &form, &headers).await;
        assert_eq!((reply.status, error(&reply).as_str()), why, "{what}");
    }
    world.wait(3_000 * 365 * 86_400);
    let reply = post(&world, "/par", &form, &[(HEADER, &header)]).await;
    assert_eq!((reply.status, error(&reply).as_str()), (401, "invalid_client"), "expired");
}

#[tokio::test]
async fn a_bank_that_was_not_told_to_believes_no_header() {
    let (world, shown) = world(false).await;
    let header = shown.to_header();
    let reply = post(&world, "/par", &bare(&world), &[(HEADER, &header)]).await;
    assert_eq!((reply.status, error(&reply).as_str()), (401, "invalid_client"));
    // Nor does it stumble over one.
    let proof = world.proof("POST", "/par", None);
    let headers = [(HEADER, "nonsense"), (dpop::HEADER, proof.as_str())];
    assert_eq!(post(&world, "/par", &world.par_form(facts()), &headers).await.status, 201);
    assert_eq!(metadata(&world).await["tls_client_certificate_bound_access_tokens"], false);
}

async fn metadata(world: &World) -> Value {
    world.ask((Method::GET, kanuki_wire::metadata::PATH), &[]).await.json()
}

#[tokio::test]
async fn the_metadata_names_what_is_switched_on() {
    let (world, _) = world(true).await;
    let metadata = metadata(&world).await;

    assert_eq!(metadata["tls_client_certificate_bound_access_tokens"], true);
    let methods = json!(["private_key_jwt", "tls_client_auth", "self_signed_tls_client_auth"]);
    for endpoint in ["token", "revocation", "introspection"] {
        assert_eq!(metadata[format!("{endpoint}_endpoint_auth_methods_supported")], methods);
    }
}
