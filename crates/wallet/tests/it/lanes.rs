//! What waits for one bank keeps nothing of another bank's waiting.

use std::{
    future::Future,
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
};

use kanuki_domain::{Yen, bank_account::BankCode, id::TopupId, mandate::later};
use kanuki_record::{PAGE_MAX, Record as _, Unit, Write};
use kanuki_wallet::{
    PartnerBank,
    link::Link,
    topup::{Topup, TopupState},
};

use crate::{
    bank::Fault,
    world::{World, bank_code},
};

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// A top-up whose answer was lost.
async fn lost(world: &World, name: &str, serial: u64) -> Topup {
    let (person, link) = world.settled(name, serial).await;
    world.bank.faults.lock().unwrap().extend([Fault::LostBefore; 2]);
    let topup = world.top_up(&person, link, name, 3_000).await;
    world.bank.faults.lock().unwrap().clear();
    assert_eq!(topup.state, TopupState::Asking);
    topup
}

fn is_posted(topup: &Topup) -> bool {
    matches!(topup.state, TopupState::Posted { .. })
}

#[tokio::test]
async fn a_bank_that_never_answers_keeps_no_money_of_another_waiting() {
    let world = World::new().await;
    let silent = lost(&world, "hanako", 1).await;
    let living = lost(&world, "jiro", 2).await;
    // Of a bank whose turn comes first.
    let code = BankCode::parse("0310").unwrap();
    let first: PartnerBank = (*world.wallet.partner(bank_code()).await.unwrap()).clone();
    let issuer = "http://localhost:8082".to_owned();
    let authorize_url = format!("{issuer}/authorize");
    let bank = PartnerBank { code, issuer, authorize_url, ..first };
    world.wallet.import_bank(&world.ctx(), bank, &[]).await.unwrap();
    let mut row = world.wallet.book.load::<Topup>(silent.topup_id).await.unwrap();
    row.edit().bank = code;
    let mut link = world.wallet.book.load::<Link>(row.link_id).await.unwrap();
    link.edit().bank = code;
    let mut unit = Unit::new();
    unit.update(&row).update(&link);
    world.wallet.book.commit(unit).await.unwrap();
    *world.bank.hangs.lock().unwrap() = Some(code);
    world.later(900);

    let ctx = world.ctx();
    let round = poll(pin!(world.wallet.recover(&ctx)));

    assert!(round.is_pending(), "the silent one still holds its own turn");
    let living = world.wallet.book.load::<Topup>(living.topup_id).await.unwrap();
    assert!(is_posted(&living), "{:?}", living.state);
    assert_eq!(world.bank.debited(), Yen::of(3_000));
}

/// A page is a thousand rows by id, and a bank that is silent has more than that soon. A row that was
/// written before banks had lanes is found as well.
#[tokio::test]
async fn a_thousand_movements_of_one_bank_hide_none_of_another() {
    let world = World::new().await;
    let living = lost(&world, "jiro", 2).await;
    let silent = BankCode::parse("0310").unwrap();
    let mut unit = Unit::new();
    let ids = (0..).map(|n: u32| TopupId::derive(&[&n.to_string()]));
    let after = living.topup_id.to_string();
    for topup_id in ids.filter(|id| id.to_string() > after).take(PAGE_MAX) {
        let mut one = living.clone();
        (one.topup_id, one.bank, one.next_at) = (topup_id, silent, later(one.next_at, 86_400));
        unit.insert(&one);
    }
    world.wallet.book.commit(unit).await.unwrap();
    let records = world.wallet.book.records();
    let mut row = records.fetch(Topup::TABLE, &after).await.unwrap().unwrap();
    let place = Topup::TABLE.keys.iter().position(|key| key.name == "lane").unwrap();
    row.keys[place] = None;
    row.version += 1;
    records.commit(vec![Write::Update(Topup::TABLE, row)], Vec::new()).await.unwrap();
    world.later(900);

    world.wallet.recover(&world.ctx()).await.unwrap();
    let living = world.wallet.book.load::<Topup>(living.topup_id).await.unwrap();
    assert!(is_posted(&living), "{:?}", living.state);
}

/// More than a page at one bank: each round looks at the next, and none is left out.
#[tokio::test]
async fn a_bank_with_more_than_a_page_of_movements_has_all_of_them_looked_at() {
    let world = World::new().await;
    let last = lost(&world, "jiro", 2).await;
    let before = last.topup_id.to_string();
    let mut unit = Unit::new();
    let ids = (0..).map(|n: u32| TopupId::derive(&[&n.to_string()]));
    for topup_id in ids.filter(|id| id.to_string() < before).take(PAGE_MAX) {
        let mut one = last.clone();
        (one.topup_id, one.next_at) = (topup_id, later(one.next_at, 86_400));
        unit.insert(&one);
    }
    world.wallet.book.commit(unit).await.unwrap();
    world.later(900);

    for _ in 0..2 {
        world.wallet.recover(&world.ctx()).await.unwrap();
    }
    let last = world.wallet.book.load::<Topup>(last.topup_id).await.unwrap();
    assert!(is_posted(&last), "{:?}", last.state);
}

#[tokio::test]
async fn a_turn_that_is_over_leaves_the_rest_for_the_next_round() {
    let world = World::new().await;
    let both = [lost(&world, "hanako", 1).await, lost(&world, "jiro", 2).await];
    world.later(900);
    let posted = async || {
        let mut posted = 0;
        for topup in &both {
            let row = world.wallet.book.load::<Topup>(topup.topup_id).await.unwrap();
            posted += usize::from(is_posted(&row));
        }
        posted
    };

    let ctx = world.ctx();
    for so_far in 1..=2 {
        world.wallet.recover_in_turns(&ctx, &|| true).await.unwrap();
        assert_eq!(posted().await, so_far);
    }
}
