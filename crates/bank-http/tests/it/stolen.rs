//! Things that were honest once, in other hands or in another place: replayed at a second node or
//! after a restart, carried from another bank, another browser, another client or another grant.

use std::sync::Arc;

use axum::body::Body;
use http::{Method, Request, header};
use kanuki_bank::{Bank, partner::Partner};
use kanuki_bank_http::{BankState, router, texts};
use kanuki_domain::id::DebitId;
use kanuki_site::{Brand, Site, SiteConfig};
use kanuki_wire::{
    Form, client_assertion, dpop, holder_facts,
    keys::{Jwks, Signer as _, SigningKey},
    token::TokenResponse,
};
use serde_json::json;

use crate::{
    browser::Browser,
    wallet::{FORM, Linked, facts},
    world::{API_HOST, CALLBACK, CLIENT, ISSUER, ORIGIN, World},
};

const OTHER: &str = "other-wallet";

fn post(path: &str, form: &Form, proof: &str) -> Request<Body> {
    let request = Request::post(path)
        .header(header::HOST, API_HOST)
        .header(header::CONTENT_TYPE, FORM)
        .header(dpop::HEADER, proof);
    request.body(Body::from(form.encode())).unwrap()
}

fn resource((method, path): (Method, &str), token: &str, proof: &str) -> Request<Body> {
    Request::builder()
        .method(method)
        .uri(path)
        .header(header::HOST, API_HOST)
        .header(header::AUTHORIZATION, format!("DPoP {token}"))
        .header(dpop::HEADER, proof)
        .body(Body::empty())
        .unwrap()
}

impl World {
    /// Another node of this bank, or this one after a restart: the same book, vault and ledger, and
    /// nothing that was only in memory.
    fn node(self) -> Self {
        let bank = Bank {
            risk: Arc::new(kanuki_risk::Engine::bank().unwrap()),
            names: Arc::default(),
            pace: Arc::default(),
            asking: Arc::default(),
            ..Bank::clone(&self.state.bank)
        };
        let config = SiteConfig {
            brand: Brand::BankOne,
            company: bank.config.name.clone(),
            cookie_name: "kanuki_bank_one".to_owned(),
            page_origin: ORIGIN.to_owned(),
            api_origin: ISSUER.to_owned(),
            form_action_origins: vec!["http://wallet.localhost:8080".to_owned()],
            trusts_forwarded_for: false,
            request_timeout: None,
            ready: Vec::new(),
        };
        let (book, vault) = (bank.book.clone(), bank.vault.clone());
        let outside = self.state.site.world.clone();
        let site = Site::new(config, outside, book, vault, texts().unwrap()).unwrap();
        let state = BankState { bank: Arc::new(bank), site };
        Self { app: router(state.clone()), state, ..self }
    }

    fn refresh_form(&self, linked: &Linked) -> Form {
        let token = linked.tokens.refresh_token.as_ref().unwrap().expose();
        let fields =
            Form::default().with("grant_type", "refresh_token").with("refresh_token", token);
        self.assertion().add_to(fields)
    }

    /// A second client, with a key of its own.
    async fn second_client(&self) -> SigningKey {
        let key = SigningKey::generate().unwrap();
        let moment = self.state.site.world.moment("");
        let bank = &self.state.bank;
        let jwks = Jwks::of([key.public_jwk()]);
        let first = bank.partner(CLIENT).await.unwrap();
        let other = Partner { client_id: OTHER.to_owned(), jwks, ..first };
        bank.import_partner(&moment.ctx(), other, &[]).await.unwrap();
        key
    }

    fn as_other(&self, key: &SigningKey, form: Form) -> Form {
        let (serial, now) = (self.serial(), self.now());
        let assertion = client_assertion::make(key, OTHER, ISSUER, &serial, now).unwrap();
        client_assertion::Credentials { client_id: OTHER.to_owned(), assertion }.add_to(form)
    }
}

#[tokio::test]
async fn what_was_used_at_one_node_is_used_up_at_every_node_and_after_a_restart() {
    let world = World::new().await;
    let mut browser = Browser::new(1);
    let linked = world.linked(&mut browser).await;
    let token = linked.tokens.access_token.expose().clone();
    let path = format!("/debits/{}", DebitId::derive(&["x"]));

    let pushed = world.par_form(facts());
    let proof = world.proof("POST", "/par", None);
    assert_eq!(world.post_form("/par", &pushed, Some(&proof)).await.status, 201);
    let at_resource = world.proof("GET", &path, Some(&token));
    let asked = world.send(resource((Method::GET, &path), &token, &at_resource)).await;
    assert_eq!(asked.status, 404, "{}", asked.body);
    let page = world.to_consent(&mut browser, facts()).await;
    let callback = browser.touch(&world, &page, "/authorize/consent").await;
    let callback = callback.header("location").to_owned();
    let exchange = world.code_form(&callback);
    world.exchange(&callback).await;

    let world = world.node();
    let fresh = || world.proof("POST", "/par", None);
    let same_proof = post("/par", &world.par_form(facts()), &proof);
    world.refused("a proof", same_proof, (400, "invalid_dpop_proof")).await;
    let same_assertion = pushed.get("client_assertion").unwrap();
    let fields = world.par_form(facts()).with("client_assertion", same_assertion);
    world.refused("an assertion", post("/par", &fields, &fresh()), (401, "invalid_client")).await;
    let same_facts = pushed.get("authorization_details").unwrap();
    let fields = world.par_form(facts()).with("authorization_details", same_facts);
    let request = post("/par", &fields, &fresh());
    world.refused("a customer's facts", request, (400, "invalid_authorization_details")).await;
    let again = resource((Method::GET, &path), &token, &at_resource);
    world.refused("a proof at a resource", again, (401, "invalid_dpop_proof")).await;

    let fields = world.assertion().add_to(exchange);
    let reply = world.send(post("/token", &fields, &world.proof("POST", "/token", None))).await;
    assert_eq!((reply.status, reply.json()["error"].as_str()), (400, Some("invalid_grant")));
}

#[tokio::test]
async fn what_is_for_another_bank_is_nothing_here() {
    let (here, there) = (World::new().await, World::new().await);
    let (mut mine, mut theirs) = (Browser::new(1), Browser::new(2));
    here.linked(&mut mine).await;
    // The two draw from the same numbers; one is further ahead, so that no secret is the same.
    for _ in 0..3 {
        there.push(facts()).await;
    }
    let linked_there = there.linked(&mut theirs).await;
    let page = there.to_consent(&mut theirs, facts()).await;
    let back = theirs.touch(&there, &page, "/authorize/consent").await;
    let code_there = here.code_form(back.header("location"));
    let bank_two = "http://localhost:8082";
    let now = here.now();
    let key = &here.client_key;

    let proof = || here.proof("POST", "/par", None);
    let assertion = client_assertion::make(key, CLIENT, bank_two, &here.serial(), now).unwrap();
    let fields = here.par_form(facts()).with("client_assertion", assertion);
    here.refused("its assertion", post("/par", &fields, &proof()), (401, "invalid_client")).await;

    let uri = format!("{bank_two}/par");
    let request = dpop::Request { method: "POST", uri: &uri, access_token: None, nonce: None };
    let elsewhere = dpop::make(&here.dpop_key, &request, &here.serial(), now).unwrap();
    let pushed = post("/par", &here.par_form(facts()), &elsewhere);
    here.refused("its proof", pushed, (400, "invalid_dpop_proof")).await;

    let told = holder_facts::HolderFacts { jti: here.serial(), consented_at: now, facts: facts() };
    let token = holder_facts::make(key, CLIENT, bank_two, &told, now).unwrap();
    let details = here.par_form(facts());
    let mut details: serde_json::Value =
        serde_json::from_str(details.get("authorization_details").unwrap()).unwrap();
    details[0]["holder_facts"] = json!(token);
    let fields = here.par_form(facts()).with("authorization_details", details.to_string());
    let request = post("/par", &fields, &proof());
    here.refused("facts for it", request, (400, "invalid_authorization_details")).await;

    let at_token = || here.proof("POST", "/token", None);
    let request = post("/token", &here.assertion().add_to(code_there), &at_token());
    here.refused("its code", request, (400, "invalid_grant")).await;
    let request = post("/token", &here.refresh_form(&linked_there), &at_token());
    here.refused("its refresh token", request, (400, "invalid_grant")).await;
    let token = linked_there.tokens.access_token.expose();
    let path = format!("/debits/{}", DebitId::derive(&["x"]));
    let request = resource((Method::GET, &path), token, &here.proof("GET", &path, Some(token)));
    here.refused("its access token", request, (401, "invalid_token")).await;
}

/// A pushed request belongs to the first browser that comes with it (leaked `request_uri`, swapped
/// browsers): nobody else gets a page, and nothing about it changes.
#[tokio::test]
async fn a_request_in_another_browser_is_as_good_as_none() {
    let world = World::new().await;
    let mut holder = Browser::new(1);
    holder.enter_portal(&world, "9000001").await;
    let mut thief = Browser::new(2);
    thief.enter_portal(&world, "9000002").await;

    let request_uri = world.push(facts()).await;
    let query = serde_urlencoded::to_string([("client_id", CLIENT), ("request_uri", &request_uri)]);
    let path = format!("/authorize?{}", query.unwrap());
    let page = holder.get(&world, &path).await;
    assert_eq!(page.status, 200, "{}", page.body);

    let before = world.whole().await;
    let stolen = thief.get(&world, &path).await;
    assert_eq!((stolen.status, stolen.header("location")), (404, ""), "{}", stolen.body);
    // The thief's browser with the form that the holder's page had.
    let copied = thief.touch(&world, &page, "/authorize/sign-in").await;
    assert!(copied.status >= 400, "{}: {}", copied.status, copied.header("location"));
    for place in ["/authorize/account", "/authorize/consent"] {
        let reply = thief.get(&world, place).await;
        assert_ne!(reply.status, 200, "{place}");
    }
    assert!(world.whole().await == before, "a stranger changed something");

    let next = holder.touch(&world, &page, "/authorize/sign-in").await;
    assert_eq!(next.status, 303, "the holder goes on: {}", next.body);
}

/// A code that somebody else's consent gave, brought back by this customer's browser: the verifier
/// is another one, and the code is used up.
#[tokio::test]
async fn a_code_of_another_request_gives_no_token() {
    let world = World::new().await;
    let mut browser = Browser::new(1);
    world.linked(&mut browser).await;
    let page = world.to_consent(&mut browser, facts()).await;
    let back = browser.touch(&world, &page, "/authorize/consent").await;
    let injected = world.code_form(back.header("location"));
    let other_verifier = kanuki_wire::pkce::verifier([9; 32]);

    let before = world.whole().await.without("code");
    for form in [injected.clone().with("code_verifier", other_verifier), injected] {
        let fields = world.assertion().add_to(form.clone());
        let request = post("/token", &fields, &world.proof("POST", "/token", None));
        let reply = world.send(request).await;
        assert_eq!((reply.status, reply.json()["error"].as_str()), (400, Some("invalid_grant")));
        // The second try is a second use of the code: what hangs on its grant ends with it.
        if form.get("code_verifier").is_none_or(|v| v != crate::wallet::verifier()) {
            assert!(world.whole().await.without("code") == before, "more than the code changed");
        }
    }
}

#[tokio::test]
async fn what_one_client_holds_opens_nothing_for_another() {
    let world = World::new().await;
    let mut browser = Browser::new(1);
    let linked = world.linked(&mut browser).await;
    let key = world.second_client().await;
    let TokenResponse { access_token, refresh_token, grant_id, .. } = &linked.tokens;
    let (access, refresh) = (access_token.expose(), refresh_token.as_ref().unwrap().expose());
    let page = world.to_consent(&mut browser, facts()).await;
    let back = browser.touch(&world, &page, "/authorize/consent").await;
    let code = world.code_form(back.header("location"));
    let own = |form: Form| world.as_other(&key, form);
    let at_token = || world.proof("POST", "/token", None);

    let request = post("/token", &own(code), &at_token());
    world.refused("a code", request, (400, "invalid_grant")).await;
    let fields = Form::default().with("grant_type", "refresh_token").with("refresh_token", refresh);
    let request = post("/token", &own(fields), &at_token());
    world.refused("a refresh token", request, (400, "invalid_grant")).await;
    // RFC 7662 section 2.2 and RFC 7009 section 2.2: it hears what it would hear of no token.
    let before = world.whole().await;
    for token in [access, refresh] {
        let fields = own(Form::default().with("token", token));
        let reply = world.post_form("/introspect", &fields, None).await;
        assert_eq!((reply.status, reply.body.as_str()), (200, r#"{"active":false}"#));
        let fields = own(Form::default().with("token", token));
        assert_eq!(world.post_form("/revoke", &fields, None).await.status, 200);
    }
    assert!(world.whole().await == before, "another client changed something");

    // With its own proof key, and with the address of the grant.
    let stranger = SigningKey::generate().unwrap();
    let grant = format!("/grants/{}", grant_id.unwrap());
    for (method, path) in
        [(Method::GET, "/debits/x"), (Method::GET, &grant), (Method::DELETE, &grant)]
    {
        let uri = format!("{ISSUER}{path}");
        let method_name = method.as_str().to_owned();
        let shown = dpop::Request {
            method: &method_name,
            uri: &uri,
            access_token: Some(access),
            nonce: None,
        };
        let proof = dpop::make(&stranger, &shown, &world.serial(), world.now()).unwrap();
        let request = resource((method, path), access, &proof);
        let what = format!("a token with another key at {path}");
        world.refused(&what, request, (401, "invalid_dpop_proof")).await;
    }
    assert_eq!(back.header("location").split('?').next(), Some(CALLBACK));
}
