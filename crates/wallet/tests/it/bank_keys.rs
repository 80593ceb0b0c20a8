//! Changing the key that a bank knows us by, without a gap.

use kanuki_domain::Ctx;
use kanuki_wallet::bank::OVERLAP_SECS;

use crate::world::{World, bank_code};

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

    assert_eq!(turn().await, 1);
    let both = kids().await;
    assert_eq!((both.len(), &both[0]), (2, &first[0]), "the first one still signs");
    world.later(OVERLAP_SECS - 1);
    assert_eq!((turn().await, kids().await), (0, both.clone()));

    world.later(1);
    assert_eq!(turn().await, 1);
    let turned = kids().await;
    assert_eq!(turned, [both[1].clone(), both[0].clone()], "the new one signs first");
    assert_eq!(turn().await, 0, "twice is once");
    world.later(OVERLAP_SECS);
    assert_eq!(kids().await, [both[1].clone()]);
}
