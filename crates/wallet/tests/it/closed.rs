//! After a wallet's end: what a code still does, who may come back, what a crash leaves, what is forgotten.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use kanuki_desk::{case::Case, notice::Notice};
use kanuki_domain::{
    Yen,
    limits::{CLOSE_WAIT_SECS, DAY_SECS},
};
use kanuki_ledger::MemoryEngine;
use kanuki_record::{MemoryRecords, vault::PersonKey};
use kanuki_wallet::{
    Customer, Profile, WalletError,
    close::Closure,
    freeze::End,
    identity::Proven,
    link::Link,
    proof::Given,
    remittance::{Remittance, Request},
};
use totp_rs::{Builder, Secret};

use crate::{
    closing::{alarms, cannot_sign_in, close, name, rounds},
    crash::{Books, Fuse, Rows},
    held::send,
    world::World,
};

/// A code of the closed wallet's still finds somebody, and what it names moves no more.
#[tokio::test]
async fn after_the_end_a_code_opens_a_case_and_freezes_nothing() {
    let world = World::new().await;
    let (hanako, _) = world.settled("hanako", 1).await;
    let (_, code) = world.mail(&hanako).await;
    close(&world, &hanako).await.unwrap();
    world.later(CLOSE_WAIT_SECS);
    rounds(&world, 2).await;

    let preview = world.wallet.preview_stop(&world.ctx(), &code).await.unwrap();
    assert_eq!(preview.end, End::Closed);
    let case_id = world.wallet.stop(&world.ctx(), &code).await.unwrap();

    assert_eq!(world.wallet.stop(&world.ctx(), &code).await.unwrap(), case_id, "pressed twice");
    assert_eq!(alarms(&world, case_id).await, 1, "its bank looks into it under the same number");
    let customer = world.wallet.customer(hanako.id).await.unwrap();
    assert!(customer.frozen.is_none() && customer.closure.closed_at().is_some());
    let case = world.wallet.book.load::<Case>(case_id).await.unwrap();
    assert_eq!(case.person_id, Some(hanako.id.to_string()));
}

/// INC-07: the same person may come back, with a wallet that begins like any new one.
#[tokio::test]
async fn the_same_person_opens_another_wallet_and_staff_find_the_first() {
    let world = World::new().await;
    let (hanako, _) = world.settled("hanako", 1).await;
    close(&world, &hanako).await.unwrap();
    let again = world.open("again").await;
    let card = World::card("hanako", 1);
    let early = world.prove(&again, &card).await;
    assert!(matches!(early, Err(WalletError::SecondWallet)), "not before the first is closed");
    world.later(CLOSE_WAIT_SECS);
    rounds(&world, 2).await;

    let third = world.open("third").await;
    assert!(matches!(world.prove(&third, &card).await, Ok(Proven::Customer(_))));

    let link = world.link(&third).await;
    let refused = world.top_up(&third, link, "x", 10_001).await;
    assert_eq!(refused.state_name(), "refused", "a new wallet's cap");
    let customer = world.wallet.customer(third.id).await.unwrap();
    let earlier = world.wallet.earlier_wallets(&customer).await.unwrap();
    assert_eq!(earlier.iter().map(|one| one.customer_id).collect::<Vec<_>>(), [hanako.id]);
    // One person, one wallet: that holds as before.
    assert!(matches!(world.prove(&again, &card).await, Err(WalletError::SecondWallet)));
}

/// FT-32: who has no passkey closes with a code, and no printed key opens anything afterwards.
#[tokio::test]
async fn a_wallet_without_a_passkey_is_closed_with_a_code() {
    let world = World::new().await;
    let profile = Profile::parse("tome", "tome@example.jp", "0312345678").unwrap();
    let printed = world.wallet.open_without_passkey(&world.ctx(), &profile, None).await.unwrap();
    let (id, key) = (printed.customer_id, printed.key.expose().clone());
    let secret = Secret::try_from_base32(printed.totp_secret.expose()).unwrap();
    let totp = Builder::new().with_secret(secret).build().unwrap();
    let code = || totp.generate(u64::try_from(world.ctx().now.as_second()).unwrap()).to_string();
    let (asking, options) = world.wallet.start_closing(&world.ctx(), id).await.unwrap();
    assert!(options.is_none());
    let wrong = world.wallet.close(&world.ctx(), id, &asking, &Given::OneTimeCode("000000")).await;
    assert!(matches!(wrong, Err(WalletError::NotAccepted)));

    let given = code();
    world.wallet.close(&world.ctx(), id, &asking, &Given::OneTimeCode(&given)).await.unwrap();

    world.later(CLOSE_WAIT_SECS);
    rounds(&world, 2).await;
    assert_eq!(name(&world, id).await, "closed");
    let browser = kanuki_wallet::Browser { device_hash: "d", is_new: false };
    let given = code();
    let out = world.wallet.sign_in_without_passkey(&world.ctx(), &key, &given, browser).await;
    assert!(matches!(out, Err(WalletError::NotAccepted)), "like a key that nobody has");
    assert_eq!(world.wallet.count_without_passkey().await.unwrap(), 0);
}

/// Wherever a round falls over, the next ends it: every link ended once, the gate closed, one notice.
#[tokio::test]
async fn a_crash_anywhere_leaves_something_that_the_next_round_finishes() {
    for is_done_first in [false, true] {
        for at in 0..60 {
            let fuse = Arc::new(Fuse { left: AtomicI64::new(i64::MAX), is_done_first });
            let rows = Arc::new(Rows(MemoryRecords::default(), Arc::clone(&fuse)));
            let books = Arc::new(Books(MemoryEngine::default(), Arc::clone(&fuse)));
            let world = World::on(rows, books).await;
            let (hanako, _) = world.settled("hanako", 1).await;
            close(&world, &hanako).await.unwrap();
            world.later(CLOSE_WAIT_SECS);

            fuse.left.store(at, Ordering::SeqCst);
            if world.wallet.drive_closing(&world.ctx(), hanako.id).await.is_ok() {
                let _stopped = world.wallet.finish_closing(&world.ctx(), hanako.id).await;
            }
            fuse.left.store(i64::MAX, Ordering::SeqCst);
            rounds(&world, 3).await;

            let label = format!("stopped at {at}, done first {is_done_first}");
            assert_eq!(name(&world, hanako.id).await, "closed", "{label}");
            let told = world.mail(&hanako).await.0;
            let closed = told.iter().filter(|kind| *kind == "wallet_closed").count();
            assert_eq!(closed, 2, "to each contact once: {label}");
            cannot_sign_in(&world, &hanako).await;
        }
    }
}

#[tokio::test]
async fn who_they_were_goes_after_seven_years_and_the_rest_after_ten() {
    let world = World::new().await;
    let (hanako, link) = world.settled("hanako", 1).await;
    let ichiro = world.open("ichiro").await;
    world.top_up(&hanako, link, "a", 2_000).await;
    let sent = send(&world, (&hanako, &ichiro), "s", 2_000).await;
    close(&world, &hanako).await.unwrap();
    world.later(CLOSE_WAIT_SECS);
    rounds(&world, 2).await;
    let book = &world.wallet.book;
    let pass = async |years: i64| {
        world.later((years * 366 + 1) * DAY_SECS);
        for _ in 0..6 {
            world.wallet.forget_due(&world.ctx()).await.unwrap();
            world.later(2 * DAY_SECS);
        }
    };

    pass(6).await;
    assert!(world.wallet.facts(hanako.id).await.is_ok(), "six years");
    pass(1).await;

    assert!(book.find::<PersonKey>(hanako.id).await.unwrap().is_none());
    let row = world.wallet.customer(hanako.id).await.unwrap();
    assert!(row.facts.is_none() && row.nickname.is_empty());
    let known = kanuki_desk::retention::progress(book).await.unwrap();
    let forgotten = |kind: &str| (known[kind].forgotten, known[kind].forgotten_at.is_some());
    assert_eq!((forgotten("person_key"), forgotten("customer")), ((1, true), (0, false)));
    let entries = book.records().audit_log(0, 1_000).await.unwrap();
    let is_it = |text: &str| text.contains("retention.forgot") && text.contains("person_key");
    assert_eq!(entries.iter().filter(|entry| is_it(&entry.body)).count(), 1, "and says so");
    assert!(matches!(row.closure, Closure::Closed(_)));
    assert!(book.find::<Link>(link).await.unwrap().is_some(), "for the books");
    assert_eq!(
        world.wallet.remittance_of(ichiro.id, sent.remittance_id).await.unwrap().from_name,
        "hanako"
    );
    pass(3).await;

    assert!(book.find::<Customer>(hanako.id).await.unwrap().is_none());
    assert!(book.find::<Link>(link).await.unwrap().is_none());
    let left = book.load::<Remittance>(sent.remittance_id).await.unwrap();
    assert!(left.from_name.is_empty() && left.message.is_empty(), "its payee is a customer still");
    assert_eq!(world.balance(&ichiro).await, Yen::of(2_000));
    assert!(book.find::<Customer>(ichiro.id).await.unwrap().is_some());
    assert_eq!(book.scan::<Request>("").await.unwrap().len(), 1, "the payee's");
    let notices = book.scan::<Notice>("").await.unwrap();
    assert!(notices.iter().all(|notice| notice.person_id != hanako.id.to_string()));
}
