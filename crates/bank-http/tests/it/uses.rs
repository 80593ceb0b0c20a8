//! What is shown once, assertion, proof and code, when the request around it fails or comes again.

use kanuki_wire::token::TokenResponse;

use crate::{
    browser::Browser,
    wallet::{Linked, facts},
    world::{Reply, World},
};

fn refusal(reply: &Reply) -> (u16, String) {
    (reply.status, reply.json()["error"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn what_came_with_a_refused_request_is_used_up_all_the_same() {
    let world = World::new().await;
    let bad = world.par_form(facts()).with("redirect_uri", "http://elsewhere.test/");
    let proof = world.proof("POST", "/par", None);
    let refused = world.post_form("/par", &bad, Some(&proof)).await;
    assert_eq!(refused.status, 400, "{}", refused.body);

    let assertion = bad.get("client_assertion").unwrap();
    let same_assertion = world.par_form(facts()).with("client_assertion", assertion);
    let fresh = world.proof("POST", "/par", None);
    let reply = world.post_form("/par", &same_assertion, Some(&fresh)).await;
    assert_eq!(refusal(&reply), (401, "invalid_client".to_owned()));

    let reply = world.post_form("/par", &world.par_form(facts()), Some(&proof)).await;
    assert_eq!(refusal(&reply), (400, "invalid_dpop_proof".to_owned()));
}

/// Where a link's code came back to.
async fn callback(world: &World, browser: &mut Browser) -> String {
    let page = world.to_consent(browser, facts()).await;
    browser.touch(world, &page, "/authorize/consent").await.header("location").to_owned()
}

#[tokio::test]
async fn a_code_that_came_with_a_wrong_verifier_is_good_for_nothing_later() {
    let world = World::new().await;
    let mut browser = Browser::new(1);
    browser.enter_portal(&world, "9000001").await;
    let callback = callback(&world, &mut browser).await;
    let wrong = world.code_form(&callback).with("code_verifier", "A".repeat(43));

    for form in [wrong, world.code_form(&callback)] {
        let proof = world.proof("POST", "/token", None);
        let reply = world.post_form("/token", &form, Some(&proof)).await;
        assert_eq!(refusal(&reply), (400, "invalid_grant".to_owned()));
    }
}

/// Whoever copied a request from the wire must not be able to end a link by sending it again.
#[tokio::test]
async fn a_token_request_that_is_sent_again_as_it_was_ends_nothing() {
    let world = World::new().await;
    let mut browser = Browser::new(1);
    browser.enter_portal(&world, "9000001").await;
    let form = world.code_form(&callback(&world, &mut browser).await);
    let proof = world.proof("POST", "/token", None);
    let first = world.post_form("/token", &form, Some(&proof)).await;
    let tokens: TokenResponse = TokenResponse::parse(first.body.as_bytes()).unwrap();
    let mandate_id = tokens.authorization_details[0].mandate_id;
    let linked = Linked { tokens, mandate_id };

    let again = world.post_form("/token", &form, Some(&proof)).await;

    assert_eq!(refusal(&again), (401, "invalid_client".to_owned()));
    assert_eq!(world.debit(&linked, 1, 1_000).await.status, 201);
}
