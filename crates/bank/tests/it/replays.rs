//! What was used once is used up: at every node of the bank, and after a restart.

use std::sync::Arc;

use kanuki_bank::{
    Bank, BankError, StandardRules,
    link::{Possession, Pushed},
    replay::{self, Replay},
};
use kanuki_domain::limits::DAY_SECS;
use kanuki_record::Stored;
use kanuki_wire::{ErrorCode, Form, client_assertion, dpop};

use crate::world::{CLIENT, ISSUER, World, facts};

fn code(error: BankError) -> ErrorCode {
    match error {
        BankError::OAuth(error) => error.code,
        other => panic!("not a refusal of the protocol: {other:?}"),
    }
}

/// Another process of the same bank: its records are shared, what it holds in memory is not.
pub(crate) fn other_node(world: &World) -> Bank {
    Bank {
        rules: Arc::new(StandardRules::default()),
        risk: Arc::new(kanuki_risk::Engine::bank().unwrap()),
        names: Arc::default(),
        pace: Arc::default(),
        asking: Arc::default(),
        ..world.bank.clone()
    }
}

async fn requests(world: &World) -> usize {
    world.bank.book.scan::<Pushed>("").await.unwrap().len()
}

#[tokio::test]
async fn facts_are_sent_once_however_fresh_the_rest_is() {
    let world = World::new().await;
    let token = world.facts_token(facts());
    let (request, _) = world.request(token);
    let push = async |node: &Bank| {
        let form = world.assertion().add_to(request.to_form().unwrap());
        let proof = world.proof("POST", "/par", None);
        node.push(&world.ctx(), &form, Possession::of_proof(&proof)).await
    };

    push(&world.bank).await.unwrap();
    let before = requests(&world).await;
    for node in [&world.bank, &other_node(&world)] {
        let refused = push(node).await.unwrap_err();
        assert_eq!(code(refused), ErrorCode::InvalidAuthorizationDetails);
    }
    assert_eq!(requests(&world).await, before, "a refusal leaves no request");
}

#[tokio::test]
async fn an_assertion_and_a_proof_are_used_up_at_every_node() {
    let world = World::new().await;
    let fresh = || world.request(world.facts_token(facts())).0.to_form().unwrap();
    let (assertion, proof) = (world.assertion(), world.proof("POST", "/par", None));
    let form = assertion.add_to(fresh());
    world.bank.push(&world.ctx(), &form, Possession::of_proof(&proof)).await.unwrap();
    let before = requests(&world).await;

    for node in [&world.bank, &other_node(&world)] {
        let replayed = assertion.add_to(fresh());
        let new_proof = world.proof("POST", "/par", None);
        let refused =
            node.push(&world.ctx(), &replayed, Possession::of_proof(&new_proof)).await.unwrap_err();
        assert_eq!(code(refused), ErrorCode::InvalidClient);

        let new_form = world.assertion().add_to(fresh());
        let refused =
            node.push(&world.ctx(), &new_form, Possession::of_proof(&proof)).await.unwrap_err();
        assert_eq!(code(refused), ErrorCode::InvalidDpopProof);
    }
    assert_eq!(requests(&world).await, before);
}

#[tokio::test]
async fn another_token_under_a_name_that_was_used_is_refused_too() {
    let mut world = World::new().await;
    let named = |world: &World| {
        let now = world.now;
        let made = client_assertion::make(&world.client_key, CLIENT, ISSUER, "again", now);
        let uri = format!("{ISSUER}/par");
        let request = dpop::Request { method: "POST", uri: &uri, access_token: None, nonce: None };
        let proof = dpop::make(&world.dpop_key, &request, "again", now).unwrap();
        let assertion = made.unwrap();
        (client_assertion::Credentials { client_id: CLIENT.to_owned(), assertion }, proof)
    };
    let fresh = |world: &World| world.request(world.facts_token(facts())).0.to_form().unwrap();
    let (assertion, proof) = named(&world);
    let form = assertion.add_to(fresh(&world));
    world.bank.push(&world.ctx(), &form, Possession::of_proof(&proof)).await.unwrap();

    world.wait(10);
    let (assertion, proof) = named(&world);
    let form = assertion.add_to(fresh(&world));
    let refused = world.bank.push(&world.ctx(), &form, Possession::default()).await;
    assert_eq!(code(refused.unwrap_err()), ErrorCode::InvalidClient);
    let form = world.assertion().add_to(fresh(&world));
    let refused = world.bank.push(&world.ctx(), &form, Possession::of_proof(&proof)).await;
    assert_eq!(code(refused.unwrap_err()), ErrorCode::InvalidDpopProof);
    assert_eq!(requests(&world).await, 1);
}

#[tokio::test]
async fn tokens_are_remembered_for_two_days_after_their_end_and_swept_from_the_front() {
    let mut world = World::new().await;
    let kept = async |world: &World| world.bank.book.scan::<Replay>("").await.unwrap();
    for _ in 0..60 {
        let form = world.assertion().add_to(Form::default());
        let _a_form_of_nothing = world.bank.push(&world.ctx(), &form, Possession::default()).await;
    }
    world.wait(DAY_SECS);
    world.push(facts()).await.unwrap();
    let before = kept(&world).await;
    assert_eq!(before.len(), 63);
    assert!(before.is_sorted_by_key(|row| row.replay_id.clone()));

    world.wait(DAY_SECS + 3_600);
    let now = world.now;
    assert_eq!(replay::sweep(&world.bank.book, now).await.unwrap(), 60);
    let left = kept(&world).await;
    let ids =
        |rows: &[Stored<Replay>]| rows.iter().map(|r| r.replay_id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&left), ids(&before[60..]));
    world.wait(2 * DAY_SECS);
    assert_eq!(replay::sweep(&world.bank.book, world.now).await.unwrap(), 3);
}

#[tokio::test]
async fn two_nodes_that_get_the_same_request_at_once_take_it_once() {
    let world = World::new().await;
    let other = other_node(&world);
    let form =
        world.assertion().add_to(world.request(world.facts_token(facts())).0.to_form().unwrap());
    let proof = world.proof("POST", "/par", None);
    let ctx = world.ctx();

    let (here, there) = tokio::join!(
        world.bank.push(&ctx, &form, Possession::of_proof(&proof)),
        other.push(&ctx, &form, Possession::of_proof(&proof)),
    );

    assert_eq!(usize::from(here.is_ok()) + usize::from(there.is_ok()), 1);
    assert_eq!(requests(&world).await, 1);
}
