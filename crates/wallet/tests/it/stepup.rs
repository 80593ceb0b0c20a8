//! A top-up that the bank wants signed: every way it can go, and that no money is ever stuck.

use kanuki_domain::{
    Ctx, Yen,
    assurance::SignIn,
    id::{LinkId, TopupId},
};
use kanuki_wallet::{
    Refusal, Seen, WalletError,
    topup::{Returned, Topup, TopupState},
};

use crate::{
    bank::Fault,
    world::{Person, World, bank_code},
};

const SESSION: &str = "ses";

/// A customer whose bank wants to ask them above 10,000 yen.
pub(crate) async fn careful() -> (World, Person, LinkId) {
    let world = World::new().await;
    let (hanako, link) = world.settled("hanako", 1).await;
    *world.bank.unsigned_max.lock().unwrap() = Some(Yen::of(10_000));
    (world, hanako, link)
}

async fn now(world: &World, topup: &Topup) -> TopupState {
    world.wallet.drive_topup(&world.ctx(), topup.topup_id).await.unwrap().state
}

fn is_waiting(state: TopupState) -> bool {
    matches!(state, TopupState::NeedsApproval { .. })
}

fn refusal(state: TopupState) -> Option<Refusal> {
    match state {
        TopupState::Refused { reason, .. } => Some(reason),
        _ => None,
    }
}

/// The way to the bank; what the browser brings back with `answer`.
pub(crate) async fn set_out(world: &World, person: &Person, topup: &Topup, answer: &str) -> String {
    let who = (person.id, SESSION);
    let ctx = world.ctx();
    let url = Box::pin(world.wallet.start_approving(&ctx, who, topup.topup_id)).await.unwrap();
    assert!(url.starts_with("http://bank-one.localhost:8081/authorize?"));
    let state = world.bank.last_state();
    format!("{answer}&state={state}&iss=http%3A%2F%2Flocalhost%3A8081")
}

pub(crate) async fn come_back(
    world: &World,
    person: &Person,
    query: &str,
) -> Result<Returned, WalletError> {
    let who = (person.id, SESSION);
    world.wallet.return_from_bank(&world.ctx(), who, bank_code(), query).await
}

/// Nothing is reserved, and the books of both sides agree.
async fn assert_settled(world: &World, person: &Person, balance: u32) {
    let overview = world.wallet.overview(&world.ctx(), person.id).await.unwrap();
    assert_eq!(overview.available, Yen::of(balance));
    assert_eq!(overview.incoming, Yen::ZERO, "nothing is announced any more");
    assert_eq!(world.bank.debited(), Yen::of(balance));
    assert_eq!(world.clearing().await, Yen::of(balance));
}

#[tokio::test]
async fn a_top_up_that_must_be_signed_is_signed_and_done() {
    let (world, hanako, link) = careful().await;
    let topup = world.top_up(&hanako, link, "a", 30_000).await;
    assert!(is_waiting(topup.state), "{:?}", topup.state);
    assert_eq!(topup.state_name(), "needs_approval");
    assert_eq!(world.balance(&hanako).await, Yen::ZERO);
    assert_eq!(world.bank.debited(), Yen::ZERO, "no money has moved");

    let query = set_out(&world, &hanako, &topup, "code=c").await;
    let back = come_back(&world, &hanako, &query).await.unwrap();

    assert_eq!(back, Returned::Topup(topup.topup_id));
    assert!(matches!(now(&world, &topup).await, TopupState::Posted { .. }));
    assert_settled(&world, &hanako, 30_000).await;
    let again = world.top_up(&hanako, link, "a", 30_000).await;
    assert!(matches!(again.state, TopupState::Posted { .. }), "a second click is the same top-up");
}

#[tokio::test]
async fn the_device_has_one_name_at_this_bank_and_the_bank_hears_it_each_time() {
    let (world, hanako, link) = careful().await;
    let seen = |device: &str| Seen {
        device_hash: device.to_owned(),
        signed_in_by: SignIn::Passkey,
        signed_in_at: world.ctx().now,
    };
    let ask_from = async |key: &str, device: &str, address_block: &str| {
        let (id, wanted) = (TopupId::derive(&[key]), (link, Yen::of(1_000)));
        let seen = seen(device);
        let (how, ctx) = ((None, Some(&seen)), Ctx { address_block, ..world.ctx() });
        let made = world.wallet.top_up_as_shown(&ctx, hanako.id, id, wanted, how).await;
        made.unwrap().evidence.unwrap()
    };
    let ask = async |key: &str, device: &str| ask_from(key, device, "203.0.113.0/24").await;

    let (first, again, other) =
        (ask("a", "phone").await, ask("b", "phone").await, ask("c", "tablet").await);

    assert_eq!(first.device, again.device);
    assert_ne!(first.device, other.device);
    assert!(!first.device.contains("phone"));
    assert!(first.is_plausible(world.ctx().now));
    let elsewhere = ask_from("d", "phone", "198.51.100.0/24").await;
    assert_eq!(elsewhere.device, first.device);
    assert!(first.place.is_some() && first.place == other.place);
    assert_ne!(elsewhere.place, first.place, "and so does the network");
}

#[tokio::test]
async fn declining_and_changing_ones_mind_end_it_at_once() {
    let (world, hanako, link) = careful().await;
    let topup = world.top_up(&hanako, link, "a", 30_000).await;
    let query = set_out(&world, &hanako, &topup, "error=access_denied").await;
    come_back(&world, &hanako, &query).await.unwrap();
    assert_eq!(refusal(now(&world, &topup).await), Some(Refusal::NotApproved));

    let topup = world.top_up(&hanako, link, "b", 30_000).await;
    let ended = world.wallet.abandon_topup(&world.ctx(), hanako.id, topup.topup_id).await.unwrap();
    assert_eq!(refusal(ended.state), Some(Refusal::NotApproved));
    assert_settled(&world, &hanako, 0).await;
}

#[tokio::test]
async fn closing_the_tab_ends_it_after_minutes_without_anybody() {
    let (world, hanako, link) = careful().await;
    let topup = world.top_up(&hanako, link, "a", 30_000).await;
    world.later(299);
    world.wallet.recover(&world.ctx()).await.unwrap();
    assert!(is_waiting(now(&world, &topup).await));
    let query = set_out(&world, &hanako, &topup, "code=c").await;
    world.later(359);
    world.wallet.recover(&world.ctx()).await.unwrap();
    assert!(is_waiting(now(&world, &topup).await), "setting out gives it its time");

    world.later(1);
    world.wallet.recover(&world.ctx()).await.unwrap();

    assert_eq!(refusal(now(&world, &topup).await), Some(Refusal::NotApproved));
    assert!(come_back(&world, &hanako, &query).await.is_err(), "too late");
    let who = (hanako.id, SESSION);
    let again = world.wallet.start_approving(&world.ctx(), who, topup.topup_id).await;
    assert!(matches!(again, Err(WalletError::NotAvailable)));
    assert_settled(&world, &hanako, 0).await;
}

#[tokio::test]
async fn two_tabs_are_one_top_up() {
    let (world, hanako, link) = careful().await;
    let topup = world.top_up(&hanako, link, "a", 30_000).await;
    let first = set_out(&world, &hanako, &topup, "code=c").await;
    let second = set_out(&world, &hanako, &topup, "code=d").await;

    come_back(&world, &hanako, &second).await.unwrap();
    come_back(&world, &hanako, &first).await.unwrap();

    assert!(matches!(now(&world, &topup).await, TopupState::Posted { .. }));
    assert_settled(&world, &hanako, 30_000).await;
}

#[tokio::test]
async fn a_no_in_one_tab_is_final_in_the_other() {
    let (world, hanako, link) = careful().await;
    let topup = world.top_up(&hanako, link, "a", 30_000).await;
    let yes = set_out(&world, &hanako, &topup, "code=c").await;
    let no = set_out(&world, &hanako, &topup, "error=access_denied").await;

    come_back(&world, &hanako, &no).await.unwrap();
    come_back(&world, &hanako, &yes).await.unwrap();

    assert_eq!(refusal(now(&world, &topup).await), Some(Refusal::NotApproved));
    assert_settled(&world, &hanako, 0).await;
}

#[tokio::test]
async fn a_lost_answer_to_the_signed_debit_is_asked_again_and_found() {
    for fault in [Fault::LostBefore, Fault::LostAfter] {
        let (world, hanako, link) = careful().await;
        let topup = world.top_up(&hanako, link, "a", 30_000).await;
        let query = set_out(&world, &hanako, &topup, "code=c").await;
        world.bank.faults.lock().unwrap().push_back(fault);
        come_back(&world, &hanako, &query).await.unwrap();
        assert!(matches!(
            now(&world, &topup).await,
            TopupState::Approved { .. } | TopupState::Posted { .. }
        ));

        world.later(60);
        world.wallet.recover(&world.ctx()).await.unwrap();

        assert!(matches!(now(&world, &topup).await, TopupState::Posted { .. }), "{fault:?}");
        assert_settled(&world, &hanako, 30_000).await;
    }
}

#[tokio::test]
async fn a_token_that_ran_out_unused_is_found_out_with_the_links_own() {
    for (fault, is_booked) in [(Fault::LostBefore, false), (Fault::LostAfter, true)] {
        let (world, hanako, link) = careful().await;
        let topup = world.top_up(&hanako, link, "a", 30_000).await;
        let query = set_out(&world, &hanako, &topup, "code=c").await;
        world.bank.faults.lock().unwrap().push_back(fault);
        come_back(&world, &hanako, &query).await.unwrap();
        // Nobody drives it until the token is no longer good.
        world.later(301);
        for _ in 0..3 {
            world.wallet.recover(&world.ctx()).await.unwrap();
            world.later(200);
        }

        let state = now(&world, &topup).await;

        if is_booked {
            assert!(matches!(state, TopupState::Posted { .. }), "{state:?}");
            assert_settled(&world, &hanako, 30_000).await;
        } else {
            assert_eq!(refusal(state), Some(Refusal::NotApproved), "{state:?}");
            assert_settled(&world, &hanako, 0).await;
        }
    }
}

#[tokio::test]
async fn a_bank_that_wants_it_signed_twice_is_not_asked_a_third_time() {
    let (world, hanako, link) = careful().await;
    let topup = world.top_up(&hanako, link, "a", 30_000).await;
    let query = set_out(&world, &hanako, &topup, "code=c").await;
    world.bank.faults.lock().unwrap().push_back(Fault::MustBeSigned);

    come_back(&world, &hanako, &query).await.unwrap();

    assert_eq!(refusal(now(&world, &topup).await), Some(Refusal::NotApproved));
    assert_eq!(*world.bank.asked.lock().unwrap(), 2);
    assert_settled(&world, &hanako, 0).await;
}

#[tokio::test]
async fn only_the_browser_that_set_out_comes_back() {
    let (world, hanako, link) = careful().await;
    let topup = world.top_up(&hanako, link, "a", 30_000).await;
    let query = set_out(&world, &hanako, &topup, "code=c").await;

    let bank = bank_code();
    let other = (hanako.id, "another session");
    let refused = world.wallet.return_from_bank(&world.ctx(), other, bank, &query).await;
    assert!(matches!(refused, Err(WalletError::NotAvailable)), "{refused:?}");
    let mallory = world.open("mallory").await;
    let theirs = (mallory.id, SESSION);
    let refused = world.wallet.return_from_bank(&world.ctx(), theirs, bank, &query).await;
    assert!(matches!(refused, Err(WalletError::NotAvailable)), "{refused:?}");
    let stolen = world.wallet.start_approving(&world.ctx(), theirs, topup.topup_id).await;
    assert!(matches!(stolen, Err(WalletError::NotAvailable)));
    let dropped = world.wallet.abandon_topup(&world.ctx(), mallory.id, topup.topup_id).await;
    assert!(matches!(dropped, Err(WalletError::NotAvailable)));

    assert!(come_back(&world, &hanako, &query).await.is_ok());
    assert_settled(&world, &hanako, 30_000).await;
}

#[tokio::test]
async fn another_bank_that_answers_for_this_one_is_not_heard() {
    let (world, hanako, link) = careful().await;
    let topup = world.top_up(&hanako, link, "a", 30_000).await;
    let query = set_out(&world, &hanako, &topup, "code=c").await;

    let mixed_up = query.replace("8081", "8082");

    assert!(come_back(&world, &hanako, &mixed_up).await.is_err());
    assert_eq!(world.bank.debited(), Yen::ZERO);
}
