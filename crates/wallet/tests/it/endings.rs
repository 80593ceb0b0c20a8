//! A mandate at a bank that takes no events ends there when the bank says so, and not before.

use kanuki_desk::case::{Case, CaseKind};
use kanuki_domain::{
    connector::Protocol,
    id::{LinkId, StaffId},
    limits::DAY_SECS,
};
use kanuki_record::{Stored, Unit};
use kanuki_wallet::PartnerBank;

use crate::world::{Person, World, bank_code};

/// A link at a bank of plain OAuth.
async fn plain() -> (World, Person, LinkId) {
    let world = World::new().await;
    let mut bank = world.wallet.book.load::<PartnerBank>(bank_code()).await.unwrap();
    bank.edit().protocol = Protocol::Oauth;
    let mut unit = Unit::new();
    unit.update(&bank);
    world.wallet.book.commit(unit).await.unwrap();
    let (hanako, link) = world.settled("hanako", 1).await;
    (world, hanako, link)
}

fn is_silent(world: &World, says_nothing: bool) {
    *world.bank.ends_nothing.lock().unwrap() = says_nothing;
}

fn ended(world: &World) -> usize {
    world.bank.ended.lock().unwrap().len()
}

async fn cases(world: &World) -> Vec<Stored<Case>> {
    let open = world.wallet.cases(true).await.unwrap();
    open.into_iter().filter(|case| case.kind == CaseKind::OpenItem).collect()
}

#[tokio::test]
async fn what_the_bank_did_not_hear_is_asked_again_until_it_answers_and_once_only() {
    let (world, hanako, link) = plain().await;
    is_silent(&world, true);
    world.wallet.unlink(&world.ctx(), hanako.id, link).await.unwrap();
    for _ in 0..5 {
        world.later(900);
        world.wallet.recover(&world.ctx()).await.unwrap();
    }
    assert_eq!(ended(&world), 0);
    is_silent(&world, false);
    world.later(900);

    world.wallet.recover(&world.ctx()).await.unwrap();
    world.later(900);
    world.wallet.recover(&world.ctx()).await.unwrap();

    assert_eq!(ended(&world), 1);
    assert!(cases(&world).await.is_empty());
}

#[tokio::test]
async fn an_account_that_is_connected_anew_leaves_no_older_mandate_behind_at_the_bank() {
    let (world, hanako, _) = plain().await;
    *world.bank.has_one_account.lock().unwrap() = true;
    let first = world.link(&hanako).await;
    let again = world.link(&hanako).await;
    assert_ne!(first, again);

    world.wallet.recover(&world.ctx()).await.unwrap();

    assert_eq!(ended(&world), 1, "that of the older link");
}

#[tokio::test]
async fn after_a_day_without_an_answer_somebody_asks_the_bank() {
    let (world, hanako, link) = plain().await;
    is_silent(&world, true);
    world.wallet.unlink(&world.ctx(), hanako.id, link).await.unwrap();
    world.later(DAY_SECS + 1);
    world.wallet.recover(&world.ctx()).await.unwrap();
    let open = cases(&world).await;
    assert_eq!(open.len(), 1);
    assert_eq!(open[0].about, link.to_string());
    let aoki = StaffId::derive(&["aoki"]);
    world.wallet.ask_open_item(&world.ctx(), aoki, open[0].case_id).await.unwrap();
    assert_eq!(cases(&world).await.len(), 1, "it said nothing again");
    is_silent(&world, false);

    world.wallet.ask_open_item(&world.ctx(), aoki, open[0].case_id).await.unwrap();

    assert_eq!(ended(&world), 1);
    assert!(cases(&world).await.is_empty(), "the bank's answer closes it");
}

#[tokio::test]
async fn what_people_settled_with_the_bank_is_asked_no_more() {
    let (world, hanako, link) = plain().await;
    is_silent(&world, true);
    world.wallet.unlink(&world.ctx(), hanako.id, link).await.unwrap();
    world.later(DAY_SECS + 1);
    world.wallet.recover(&world.ctx()).await.unwrap();
    let case_id = cases(&world).await[0].case_id;
    let aoki = StaffId::derive(&["aoki"]);
    world.wallet.close_case(&world.ctx(), aoki, case_id, "銀行に電話で確認").await.unwrap();
    world.later(DAY_SECS);
    is_silent(&world, false);

    world.wallet.recover(&world.ctx()).await.unwrap();

    assert_eq!(ended(&world), 0);
}
