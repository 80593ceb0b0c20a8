//! What was used once is used up: at every node of the bank, and after a restart.

use std::sync::Arc;

use kanuki_bank::{
    Bank, BankError, StandardRules,
    link::{Possession, Pushed},
};
use kanuki_wire::ErrorCode;

use crate::world::{World, facts};

fn code(error: BankError) -> ErrorCode {
    match error {
        BankError::OAuth(error) => error.code,
        other => panic!("not a refusal of the protocol: {other:?}"),
    }
}

/// Another process of the same bank: its records are shared, what it holds in memory is not.
fn other_node(world: &World) -> Bank {
    Bank {
        rules: Arc::new(StandardRules::default()),
        risk: Arc::new(kanuki_risk::Engine::bank().unwrap()),
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
