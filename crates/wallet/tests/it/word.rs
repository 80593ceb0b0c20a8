//! What one bank's word alone may bring.

use kanuki_domain::{Yen, limits::WEEK_SECS};
use kanuki_wallet::{PartnerBank, Refusal, topup::TopupState};

use crate::world::{World, bank_code};

async fn agree(world: &World, most: u32) {
    let bank: PartnerBank = (*world.wallet.partner(bank_code()).await.unwrap()).clone();
    let bank = PartnerBank { topups_per_week: Some(Yen::of(most)), ..bank };
    world.wallet.import_bank(&world.ctx(), bank, &[]).await.unwrap();
}

fn is_posted(state: TopupState) -> bool {
    matches!(state, TopupState::Posted { .. })
}

fn is_for_later(state: TopupState) -> bool {
    matches!(state, TopupState::Refused { reason: Refusal::TryLater, .. })
}

/// A bank may say "booked" to anything: the answer is all that a wallet sees until money should come.
#[tokio::test]
async fn a_bank_that_confirms_whatever_it_is_asked_makes_no_more_than_was_agreed() {
    let world = World::new().await;
    agree(&world, 30_000).await;
    let mut made = 0;
    for number in 1..=4 {
        let (person, link) = world.settled(&format!("helper-{number}"), number).await;
        let topup = world.top_up(&person, link, &format!("a{number}"), 10_000).await;
        if number < 4 {
            assert!(is_posted(topup.state), "{:?}", topup.state);
            made += 10_000;
        } else {
            assert!(is_for_later(topup.state), "{:?}", topup.state);
        }
    }
    assert_eq!(world.clearing().await, Yen::of(made));
    assert_eq!(world.bank.debited(), Yen::of(made), "what is refused here is never asked for");

    world.later(WEEK_SECS + 1);
    let (person, link) = world.settled("helper-5", 5).await;
    assert!(is_posted(world.top_up(&person, link, "b", 10_000).await.state));
}

#[tokio::test]
async fn a_lower_cap_counts_what_was_topped_up_before_it() {
    let world = World::new().await;
    let (person, link) = world.settled("hanako", 1).await;
    assert!(is_posted(world.top_up(&person, link, "a", 10_000).await.state));
    world.later(86_400);

    agree(&world, 12_000).await;

    assert!(is_for_later(world.top_up(&person, link, "b", 3_000).await.state));
    assert!(is_posted(world.top_up(&person, link, "c", 2_000).await.state));
    assert!(is_for_later(world.top_up(&person, link, "d", 1_000).await.state));
}
