//! A link that rests on a code: nothing moves until the bank says that its letter was answered.

use kanuki_domain::{Yen, limits::COOLING, mandate::later};
use kanuki_wallet::{Refusal, WalletError, event::Received, topup::TopupState};
use kanuki_wire::{
    mandate::Standing,
    set::{self, Event, LinkStatus, SecurityEvent},
};

use crate::world::{BANK_ISSUER, BANK_SET_KEY, WALLET_ISSUER, World};

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

    *world.bank.standing.lock().unwrap() = None;
    let event = SecurityEvent {
        jti: "confirmed".into(),
        txn: None,
        subject: link.account_ref.clone(),
        issued_at: world.ctx().now,
        event: Event::LinkStatusChanged {
            mandate_id: link.mandate_id,
            status: LinkStatus::Released,
            reason: "holder".into(),
        },
    };
    let token = set::make(&BANK_SET_KEY, BANK_ISSUER, WALLET_ISSUER, &event).unwrap();
    let answer = world.wallet.receive_event(&world.ctx(), &token).await.unwrap();
    assert_eq!(answer, Received::Taken);

    let link = world.wallet.link_of(hanako.id, link_id).await.unwrap();
    let now = world.ctx().now;
    assert!(link.is_usable());
    assert_eq!(link.cooling_until(now), Some(later(now, COOLING.code_secs)), "72 hours, not 24");
    let topup = world.top_up(&hanako, link_id, "b", 1_000).await;
    assert!(matches!(topup.state, TopupState::Posted { .. }), "{:?}", topup.state);
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
