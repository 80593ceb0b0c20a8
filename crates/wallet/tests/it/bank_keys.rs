//! Changing the key that a bank knows us by, without a gap.

use std::sync::Arc;

use kanuki_domain::{
    Ctx, Yen,
    id::{LinkId, TopupId},
};
use kanuki_wallet::{Wallet, bank::OVERLAP_SECS, link::terms, topup::TopupState};
use kanuki_wire::keys::Signer as _;

use crate::{
    bank::Fault,
    world::{Person, World, bank_code},
};

async fn kids(world: &World, ctx: &Ctx<'_>) -> Vec<String> {
    let jwks = world.wallet.client_jwks(ctx, bank_code()).await.unwrap();
    jwks.keys.iter().map(kanuki_wire::keys::PublicJwk::thumbprint).collect()
}

#[tokio::test]
async fn the_next_key_is_published_before_it_signs_and_the_last_one_after() {
    let world = World::new().await;
    let turn = async || world.wallet.turn_bank_keys(&world.ctx()).await.unwrap();
    let kids = async || kids(&world, &world.ctx()).await;
    let first = kids().await;
    assert_eq!(first.len(), 1);
    world.later(29 * 86_400);
    assert_eq!(turn().await, 0, "not old yet");
    world.later(86_400);

    assert_eq!(turn().await, 2, "the next client key is published, a new DPoP key is taken");
    let both = kids().await;
    assert_eq!((both.len(), &both[0]), (2, &first[0]), "the first one still signs");
    world.later(OVERLAP_SECS - 1);
    assert_eq!((turn().await, kids().await), (0, both.clone()));

    world.later(1);
    assert_eq!(turn().await, 2, "the next one signs, the last DPoP key is destroyed");
    let turned = kids().await;
    assert_eq!(turned, [both[1].clone(), both[0].clone()], "the new one signs first");
    assert_eq!(turn().await, 0, "twice is once");
    world.later(OVERLAP_SECS);
    assert_eq!(kids().await, [both[1].clone()]);
}

/// A customer with a connected account, on the day before the keys are old.
async fn before_the_change() -> (World, Person, LinkId) {
    let world = World::new().await;
    world.later(28 * 86_400);
    let (hanako, link) = world.settled("hanako", 1).await;
    (world, hanako, link)
}

async fn turn(world: &World) {
    world.later(86_400);
    assert!(world.wallet.turn_bank_keys(&world.ctx()).await.unwrap() >= 1);
}

fn exchanged(world: &World) -> u32 {
    *world.bank.exchanged.lock().unwrap()
}

#[tokio::test]
async fn a_token_works_with_its_old_key_until_it_is_replaced() {
    let (world, hanako, link) = before_the_change().await;
    world.later(86_400 - 60);
    world.top_up(&hanako, link, "renewed", 1_000).await;
    let before = exchanged(&world);
    world.later(60);
    assert!(world.wallet.turn_bank_keys(&world.ctx()).await.unwrap() >= 1);

    let old = world.top_up(&hanako, link, "old", 1_000).await;
    assert_eq!((old.state_name(), exchanged(&world)), ("posted", before), "no new token is needed");
    world.later(300);
    let new = world.top_up(&hanako, link, "new", 1_000).await;
    assert_eq!((new.state_name(), exchanged(&world)), ("posted", before + 1));

    world.later(OVERLAP_SECS);
    world.wallet.turn_bank_keys(&world.ctx()).await.unwrap();
    let later = world.top_up(&hanako, link, "later", 1_000).await;
    assert_eq!(later.state_name(), "posted", "the old key is gone, and nobody needs it");
}

#[tokio::test]
async fn a_debit_in_flight_is_asked_again_under_the_new_key_and_moves_once() {
    for lost in [Fault::LostBefore, Fault::LostAfter] {
        let (world, hanako, link) = before_the_change().await;
        world.bank.faults.lock().unwrap().push_back(lost);
        let topup = world.top_up(&hanako, link, "a", 5_000).await;
        assert_eq!(topup.state, TopupState::Asking);

        turn(&world).await;
        world.wallet.recover(&world.ctx()).await.unwrap();

        let id = TopupId::derive(&["a"]);
        let topup = world.wallet.topup_of(hanako.id, id).await.unwrap();
        assert_eq!(topup.state_name(), "posted", "{lost:?}");
        assert_eq!(world.bank.debited(), Yen::of(5_000), "{lost:?}");
        assert_eq!(world.balance(&hanako).await, Yen::of(5_000), "{lost:?}");
    }
}

#[tokio::test]
async fn a_trip_to_the_bank_that_began_before_the_change_comes_back_after_it() {
    let world = World::new().await;
    let hanako = world.open("hanako").await;
    world.prove(&hanako, &World::card("hanako", 1)).await.unwrap();
    world.later(30 * 86_400 - 60);
    let (ctx, who) = (world.ctx(), (hanako.id, "ses"));
    let wanted = terms(ctx.now, Yen::of(50_000), Yen::of(300_000)).unwrap();
    world.wallet.start_linking(&ctx, who, bank_code(), wanted, (true, None)).await.unwrap();
    world.later(60);
    assert_eq!(world.wallet.turn_bank_keys(&world.ctx()).await.unwrap(), 2);

    let state = world.bank.last_state();
    let query = format!("code=c&state={state}&iss=http%3A%2F%2Flocalhost%3A8081");
    let link = world.wallet.finish_linking(&world.ctx(), who, bank_code(), &query).await.unwrap();

    assert_eq!(world.top_up(&hanako, link, "a", 1_000).await.state_name(), "posted");
}

/// What a node keeps opened counts only beside the very bytes that it was made of.
#[tokio::test]
async fn a_node_that_has_the_last_key_opened_signs_with_the_one_that_another_node_let_sign() {
    let world = World::new().await;
    let other = Wallet { opened: Arc::default(), ..world.wallet.clone() };
    let signs = async |wallet: &Wallet| {
        let keys = wallet.bank_keys(&world.ctx(), bank_code()).await.unwrap();
        keys.client.public_jwk().thumbprint()
    };
    let last = signs(&other).await;
    world.later(30 * 86_400);
    world.wallet.turn_bank_keys(&world.ctx()).await.unwrap();
    assert_eq!(signs(&other).await, last, "it is published and does not sign yet");
    world.later(OVERLAP_SECS);
    world.wallet.turn_bank_keys(&world.ctx()).await.unwrap();

    assert_ne!(signs(&other).await, last);
    assert_eq!(signs(&other).await, signs(&world.wallet).await);
    // What the last one signed before is proven as long as anything of it is good.
    assert!(kids(&world, &world.ctx()).await.contains(&last));
    world.later(OVERLAP_SECS);
    assert!(!kids(&world, &world.ctx()).await.contains(&last));
}
