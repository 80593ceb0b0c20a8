//! The server's nonces in `DPoP` proofs (RFC 9449 sections 8 and 9).

use http::Method;
use kanuki_bank::partner::Profile;
use kanuki_domain::id::DebitId;
use kanuki_wire::{Form, dpop::NONCE_HEADER};

use crate::{
    browser::Browser,
    profile::metric,
    wallet::{Linked, facts},
    world::{Reply, World},
};

fn error(reply: &Reply) -> String {
    reply.json()["error"].as_str().unwrap_or_default().to_owned()
}

async fn demanding() -> (World, Linked) {
    let world = World::new().await;
    let mut browser = Browser::new(1);
    let linked = world.linked(&mut browser).await;
    world.agree(Profile { dpop_nonce: true, ..Profile::default() }).await;
    (world, linked)
}

fn refresh(world: &World, linked: &Linked) -> Form {
    let token = linked.tokens.refresh_token.as_ref().unwrap().expose();
    let form = Form::default().with("grant_type", "refresh_token").with("refresh_token", token);
    world.assertion().add_to(form)
}

#[tokio::test]
async fn a_proof_without_the_nonce_is_told_to_come_back_with_it() {
    let (world, linked) = demanding().await;

    for path in ["/par", "/token"] {
        let form = || match path {
            "/par" => world.par_form(facts()),
            _ => refresh(&world, &linked),
        };
        let bare = world.post_form(path, &form(), Some(&world.proof("POST", path, None))).await;
        assert_eq!((bare.status, error(&bare).as_str()), (400, "use_dpop_nonce"), "{path}");
        let nonce = bare.header(NONCE_HEADER);
        let proof = world.proof_with(("POST", path), None, nonce);
        let again = world.post_form(path, &form(), Some(&proof)).await;
        assert!(matches!(again.status, 200 | 201), "{path}: {}", again.body);
        assert_eq!(again.header(NONCE_HEADER), nonce, "handed out with good answers too");
    }
    let refused = ["oauth_refusals_total", "endpoint=\"par\"", "error=\"use_dpop_nonce\""];
    assert_eq!(metric(&world, &refused), 1);
}

#[tokio::test]
async fn a_resource_wants_the_nonce_in_its_own_words() {
    let (world, linked) = demanding().await;
    let token = linked.tokens.access_token.expose();
    let path = format!("/debits/{}", DebitId::derive(&["x"]));
    let ask = async |method: Method, proof: String| {
        let headers = [("authorization", format!("DPoP {token}")), ("dpop", proof)];
        world.ask((method, &path), &headers).await
    };

    let bare = ask(Method::GET, world.proof("GET", &path, Some(token))).await;
    assert_eq!((bare.status, error(&bare).as_str()), (401, "use_dpop_nonce"));
    assert!(bare.header("www-authenticate").starts_with("DPoP error=\"use_dpop_nonce\""));
    let nonce = bare.header(NONCE_HEADER).to_owned();
    let good = |method: &str| world.proof_with((method, &path), Some(token), &nonce);
    assert_eq!(ask(Method::GET, good("GET")).await.status, 404);
    // HEAD is a method of its own, whatever the router makes of it.
    assert_eq!(ask(Method::HEAD, good("HEAD")).await.status, 404);
    assert_eq!(ask(Method::HEAD, good("GET")).await.status, 401);
}

#[tokio::test]
async fn a_nonce_is_good_for_its_window_and_the_next() {
    let (world, linked) = demanding().await;
    let at = |nonce: &str| {
        let form = refresh(&world, &linked);
        let proof = world.proof_with(("POST", "/token"), None, nonce);
        let world = &world;
        async move { world.post_form("/token", &form, Some(&proof)).await }
    };
    let first = at("made up").await.header(NONCE_HEADER).to_owned();

    assert_eq!(at(&first).await.status, 200);
    world.wait(120);
    let second = at(&first).await;
    assert_eq!(second.status, 200, "the window before");
    assert_ne!(second.header(NONCE_HEADER), first);
    world.wait(120);
    assert_eq!(error(&at(&first).await), "use_dpop_nonce", "two windows ago");
    assert_eq!(at(second.header(NONCE_HEADER)).await.status, 200);
}

#[tokio::test]
async fn a_partner_that_did_not_agree_may_bring_any_nonce() {
    let world = World::new().await;
    let proof = world.proof_with(("POST", "/par"), None, "long gone");
    let reply = world.post_form("/par", &world.par_form(facts()), Some(&proof)).await;

    assert_eq!(reply.status, 201, "{}", reply.body);
    assert!(!reply.header(NONCE_HEADER).is_empty());
}
