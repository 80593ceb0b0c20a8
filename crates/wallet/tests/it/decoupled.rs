//! A top-up that its customer approves elsewhere while this wallet waits.

use kanuki_domain::{
    Yen,
    bank_account::BankCode,
    id::{LinkId, TopupId},
};
use kanuki_wallet::{
    Refusal, WalletError,
    topup::{Topup, TopupState},
};
use kanuki_wire::{
    ErrorCode,
    ciba::ping::{NotificationToken, Ping},
};

use crate::world::{Person, World};

/// A top-up that the bank wants approved, and that waits for it elsewhere.
async fn waiting() -> (World, Person, LinkId, TopupId) {
    let world = World::new().await;
    let (hanako, link) = world.settled("hanako", 1).await;
    *world.bank.unsigned_max.lock().unwrap() = Some(Yen::of(1_000));
    *world.bank.undecided.lock().unwrap() = Some(ErrorCode::AuthorizationPending);
    let topup = world.top_up(&hanako, link, "a", 5_000).await;
    let id = topup.topup_id;
    world.wallet.start_waiting(&world.ctx(), hanako.id, id).await.unwrap();
    (world, hanako, link, id)
}

async fn now(world: &World, id: TopupId) -> Topup {
    world.wallet.book.load::<Topup>(id).await.unwrap().into_inner()
}

async fn worker(world: &World, secs: i64) {
    world.later(secs);
    world.wallet.recover(&world.ctx()).await.unwrap();
}

#[tokio::test]
async fn the_number_is_shown_and_the_worker_finishes_it() {
    let (world, hanako, _, id) = Box::pin(waiting()).await;
    let number = now(&world, id).await.waiting.unwrap().number;
    world.wallet.start_waiting(&world.ctx(), hanako.id, id).await.unwrap();
    {
        let asked = world.bank.elsewhere.lock().unwrap();
        assert_eq!(asked.len(), 1, "a second click asks nobody");
        assert_eq!(asked[0].number, number);
    }
    worker(&world, 5).await;
    assert!(matches!(now(&world, id).await.state, TopupState::NeedsApproval { .. }));
    *world.bank.undecided.lock().unwrap() = None;
    worker(&world, 5).await;

    assert_eq!(now(&world, id).await.state_name(), "posted");
    assert_eq!(world.balance(&hanako).await, Yen::of(5_000));
    assert_eq!(world.bank.debited(), Yen::of(5_000));
}

#[tokio::test]
async fn a_no_ends_it_and_so_does_time() {
    for (says, ends) in [
        (ErrorCode::AccessDenied, 5),
        (ErrorCode::AuthorizationPending, 400),
        (ErrorCode::SlowDown, 400),
        (ErrorCode::ExpiredToken, 400),
    ] {
        let (world, hanako, _, id) = Box::pin(waiting()).await;
        *world.bank.undecided.lock().unwrap() = Some(says);
        let mut left = ends;
        while left > 0 {
            worker(&world, 5).await;
            left -= 5;
        }

        let state = now(&world, id).await.state;
        let reason = match state {
            TopupState::Refused { reason, .. } => Some(reason),
            _ => None,
        };
        assert_eq!(reason, Some(Refusal::NotApproved), "{says:?}: {state:?}");
        let overview = world.wallet.overview(&world.ctx(), hanako.id).await.unwrap();
        assert_eq!((overview.available, overview.incoming), (Yen::ZERO, Yen::ZERO), "{says:?}");
    }
}

#[tokio::test]
async fn when_the_bank_gives_up_the_browser_is_still_a_way() {
    let (world, hanako, _, id) = Box::pin(waiting()).await;
    *world.bank.undecided.lock().unwrap() = Some(ErrorCode::ExpiredToken);
    worker(&world, 5).await;
    assert!(now(&world, id).await.waiting.is_none());

    let way = world.wallet.start_approving(&world.ctx(), (hanako.id, "ses"), id).await;
    assert!(way.unwrap().contains("/authorize?"));
}

#[tokio::test]
async fn nobody_waits_for_another_persons_top_up() {
    let (world, _, _, id) = Box::pin(waiting()).await;
    let ichiro = world.open("ichiro").await;
    let refused = world.wallet.start_waiting(&world.ctx(), ichiro.id, id).await;
    assert!(matches!(refused, Err(WalletError::NotAvailable)), "{refused:?}");
}

#[tokio::test]
async fn a_ping_with_the_secret_of_the_request_polls_at_once_and_any_other_not_at_all() {
    let (world, _, _, id) = Box::pin(waiting()).await;
    let secret = world.bank.elsewhere.lock().unwrap()[0].notification_token.clone().unwrap();
    *world.bank.undecided.lock().unwrap() = None;
    let bank = now(&world, id).await.bank;
    let (hers, others) =
        (Ping { auth_req_id: "a".to_owned() }, Ping { auth_req_id: "b".to_owned() });
    let guessed = NotificationToken::parse(&"A".repeat(secret.expose().len())).unwrap();
    let elsewhere = BankCode::parse("0009").unwrap();
    let refused = [(bank, &guessed, &hers), (bank, &secret, &others), (elsewhere, &secret, &hers)];
    for (bank, token, ping) in refused {
        let answer = world.wallet.take_ping(&world.ctx(), bank, (token, ping)).await;
        assert!(matches!(answer, Err(WalletError::NotAvailable)), "{answer:?}");
    }
    assert!(matches!(now(&world, id).await.state, TopupState::NeedsApproval { .. }));

    world.wallet.take_ping(&world.ctx(), bank, (&secret, &hers)).await.unwrap();

    assert_eq!(now(&world, id).await.state_name(), "posted");
    assert_eq!(world.bank.debited(), Yen::of(5_000));
    let again = world.wallet.take_ping(&world.ctx(), bank, (&secret, &hers)).await;
    assert!(matches!(again, Err(WalletError::NotAvailable)), "it is over: {again:?}");
}

#[tokio::test]
async fn a_ping_is_no_word_about_what_was_decided() {
    let (world, _, _, id) = Box::pin(waiting()).await;
    let secret = world.bank.elsewhere.lock().unwrap()[0].notification_token.clone().unwrap();
    let bank = now(&world, id).await.bank;
    let ping = Ping { auth_req_id: "a".to_owned() };

    world.wallet.take_ping(&world.ctx(), bank, (&secret, &ping)).await.unwrap();

    assert!(matches!(now(&world, id).await.state, TopupState::NeedsApproval { .. }));
    assert_eq!(world.bank.debited(), Yen::ZERO);
    *world.bank.undecided.lock().unwrap() = None;
    worker(&world, 5).await;
    assert_eq!(now(&world, id).await.state_name(), "posted", "the poll goes on by itself");
}
