//! A link that rests on a code: nothing moves until the bank says that its letter was answered.

use kanuki_domain::{Yen, limits::COOLING, mandate::later};
use kanuki_wallet::{Refusal, WalletError, event::Received, link::Link, topup::TopupState};
use kanuki_wire::{
    mandate::Standing,
    set::{self, Event, LinkStatus, SecurityEvent},
};

use crate::world::{BANK_ISSUER, BANK_SET_KEY, Person, WALLET_ISSUER, World};

#[tokio::test]
async fn a_link_that_waits_for_its_letter_moves_nothing_until_the_bank_says_so() {
    let world = World::new().await;
    let lapses_at = later(world.ctx().now, COOLING.lapse_secs);
    *world.bank.standing.lock().unwrap() = Some(Standing::Unconfirmed { lapses_at });
    let (hanako, link_id) = world.settled("hanako", 1).await;

    let link = world.wallet.link_of(hanako.id, link_id).await.unwrap();
    assert_eq!((link.waits_until(), link.is_usable()), (Some(lapses_at), false));
    let topup = world.top_up(&hanako, link_id, "a", 1_000).await;
    let refused = TopupState::Refused { reason: Refusal::NotActive, at: world.ctx().now };
    assert_eq!(topup.state, refused);
    let payout = world.wallet.start_paying_out(&world.ctx(), hanako.id, link_id, Yen::of(1)).await;
    assert!(matches!(payout, Err(WalletError::Stopped)));
    assert_eq!(world.balance(&hanako).await, Yen::ZERO);

    assert_eq!(told(&world, &hanako).await, ["link_waits"], "nobody is told that it works already");

    *world.bank.standing.lock().unwrap() = None;
    says(&world, &link, LinkStatus::Released).await;
    assert_eq!(told(&world, &hanako).await, ["link_waits", "linked"]);

    let link = world.wallet.link_of(hanako.id, link_id).await.unwrap();
    let now = world.ctx().now;
    assert!(link.is_usable());
    assert_eq!(link.cooling_until(now), Some(later(now, COOLING.code_secs)), "72 hours, not 24");
    let topup = world.top_up(&hanako, link_id, "b", 1_000).await;
    assert!(matches!(topup.state, TopupState::Posted { .. }), "{:?}", topup.state);
}

#[tokio::test]
async fn a_link_that_nobody_confirmed_ends_and_its_customer_hears_why() {
    let world = World::new().await;
    let lapses_at = later(world.ctx().now, COOLING.lapse_secs);
    *world.bank.standing.lock().unwrap() = Some(Standing::Unconfirmed { lapses_at });
    let (hanako, link_id) = world.settled("hanako", 1).await;
    let link = world.wallet.link_of(hanako.id, link_id).await.unwrap();
    world.later(COOLING.lapse_secs);

    says(&world, &link, LinkStatus::Revoked).await;

    let ended = world.wallet.link_of(hanako.id, link_id).await.unwrap();
    assert!(!ended.is_alive() && ended.has_lapsed());
    assert_eq!(told(&world, &hanako).await, ["link_lapsed", "link_waits"]);
    says(&world, &link, LinkStatus::Revoked).await;
    assert_eq!(told(&world, &hanako).await.len(), 2, "and once");
}

#[tokio::test]
async fn a_link_that_its_holder_ends_at_the_bank_is_told_as_ended() {
    let world = World::new().await;
    let (hanako, link_id) = world.settled("hanako", 1).await;
    let link = world.wallet.link_of(hanako.id, link_id).await.unwrap();

    says(&world, &link, LinkStatus::Revoked).await;

    assert!(!world.wallet.link_of(hanako.id, link_id).await.unwrap().has_lapsed());
    assert_eq!(told(&world, &hanako).await, ["linked", "unlinked_there"]);
}

/// The bank says what became of the mandate behind `link`.
async fn says(world: &World, link: &Link, status: LinkStatus) {
    let event = SecurityEvent {
        jti: format!("{status:?}{}", world.ctx().now),
        txn: None,
        subject: link.account_ref.clone(),
        issued_at: world.ctx().now,
        event: Event::LinkStatusChanged {
            mandate_id: link.mandate_id,
            status,
            reason: "holder".into(),
        },
    };
    let token = set::make(&BANK_SET_KEY, BANK_ISSUER, WALLET_ISSUER, &event).unwrap();
    let answer = world.wallet.receive_event(&world.ctx(), &token).await.unwrap();
    assert_eq!(answer, Received::Taken);
}

/// What somebody was told of their links, each word once whatever the number of their addresses.
async fn told(world: &World, person: &Person) -> Vec<String> {
    let (mut kinds, _) = world.mail(person).await;
    kinds.retain(|kind| kind.contains("link"));
    kinds.sort();
    kinds.dedup();
    kinds
}

#[tokio::test]
async fn what_the_bank_says_with_a_fresh_token_counts() {
    let world = World::new().await;
    let (hanako, link_id) = world.settled("hanako", 1).await;
    let until = later(world.ctx().now, 3_600);
    let said = Standing::Active { cooling_until: Some(until) };
    *world.bank.standing.lock().unwrap() = Some(said);

    world.top_up(&hanako, link_id, "a", 1_000).await;

    let link = world.wallet.link_of(hanako.id, link_id).await.unwrap();
    assert_eq!(link.standing, Some(said));
    assert_eq!(link.cooling_until(world.ctx().now), Some(until));
}
