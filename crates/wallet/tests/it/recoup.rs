//! What a thief's wallet still holds after its victim was paid comes back to us: by two people, once, and
//! never more than we bore.

use kanuki_desk::{
    DeskError,
    claim::{Act, Claim},
};
use kanuki_domain::{
    Yen,
    compensation::Cause,
    id::{ApprovalId, CaseId, StaffId},
};
use kanuki_record::Unit;
use kanuki_wallet::{
    WalletError, chart,
    recoup::{Recoup, RecoupState},
};

use crate::{
    refunds::robbed,
    world::{Person, World},
};

fn people() -> (StaffId, StaffId) {
    (StaffId::derive(&["aoki"]), StaffId::derive(&["baba"]))
}

/// A victim was paid the ¥30,000 that lie in a frozen wallet; `cause` says how much of it is ours.
async fn paid(cause: Cause) -> (World, Person, CaseId) {
    let (world, thief, _, topup, report) = robbed().await;
    let (aoki, baba) = people();
    let (wallet, ctx) = (&world.wallet, world.ctx());
    wallet.open_claim(&ctx, aoki, report, &[topup.to_string()]).await.unwrap();
    wallet.act_on_claim(&ctx, aoki, report, (Act::Investigate, "x")).await.unwrap();
    let asked = wallet.act_on_claim(&ctx, aoki, report, (Act::Pay(cause), "x")).await.unwrap();
    wallet.approve(&ctx, baba, asked.unwrap()).await.unwrap();
    assert_eq!(world.bank.credited(), Yen::of(30_000));
    (world, thief, report)
}

async fn ask(world: &World, case: CaseId, yen: u32) -> Result<ApprovalId, WalletError> {
    let what = (case, Yen::of(yen));
    world.wallet.propose_recoup(&world.ctx(), (people().0, "被害者へ支払い済み"), what).await
}

async fn borne(world: &World) -> Yen {
    let now = world.ctx().now;
    let account = world.wallet.ledger.find_account(chart::compensation(), now).await;
    let account = account.unwrap().unwrap();
    account.debits_posted.minus_or_zero(account.credits_posted)
}

async fn has(world: &World, who: &Person) -> Yen {
    world.wallet.overview(&world.ctx(), who.id).await.unwrap().available
}

#[tokio::test]
async fn two_people_book_it_back_once_however_often_it_is_driven() {
    let (world, thief, case) = paid(Cause::Wallet).await;
    let (aoki, baba) = people();
    assert_eq!(borne(&world).await, Yen::of(30_000));

    let asked = ask(&world, case, 30_000).await.unwrap();
    let alone = world.wallet.approve(&world.ctx(), aoki, asked).await;
    assert!(matches!(alone, Err(WalletError::Desk(DeskError::SamePerson))), "{alone:?}");
    assert_eq!(has(&world, &thief).await, Yen::of(30_000));
    world.wallet.approve(&world.ctx(), baba, asked).await.unwrap();
    let recoup = world.wallet.recoups_of(case).await.unwrap().remove(0);
    assert!(matches!(recoup.state, RecoupState::Posted { .. }), "{recoup:?}");
    assert_eq!((borne(&world).await, has(&world, &thief).await), (Yen::ZERO, Yen::ZERO));

    // A crash between the ledger and the row: the worker finds the row as it was.
    let mut row = world.wallet.book.load::<Recoup>(recoup.recoup_id).await.unwrap();
    row.edit().state = RecoupState::Requested;
    let mut unit = Unit::new();
    unit.update(&row);
    world.wallet.book.commit(unit).await.unwrap();
    world.wallet.recover(&world.ctx()).await.unwrap();
    let recoup = world.wallet.recoups_of(case).await.unwrap().remove(0);
    assert!(matches!(recoup.state, RecoupState::Posted { .. }), "{recoup:?}");
    assert_eq!((borne(&world).await, has(&world, &thief).await), (Yen::ZERO, Yen::ZERO));
    assert!(matches!(ask(&world, case, 1).await, Err(WalletError::Amount)), "all of it is back");
}

#[tokio::test]
async fn it_is_never_more_than_our_part_however_many_ask() {
    let (world, thief, case) = paid(Cause::Other).await;
    let (_, baba) = people();
    assert_eq!(borne(&world).await, Yen::of(15_000), "the bank bears the other half");

    assert!(matches!(ask(&world, case, 15_001).await, Err(WalletError::Amount)));
    let (first, second) = (ask(&world, case, 15_000).await, ask(&world, case, 10_000).await);
    world.wallet.approve(&world.ctx(), baba, first.unwrap()).await.unwrap();
    let more = world.wallet.approve(&world.ctx(), baba, second.unwrap()).await;
    assert!(matches!(more, Err(WalletError::Amount)), "{more:?}");
    assert_eq!((borne(&world).await, has(&world, &thief).await), (Yen::ZERO, Yen::of(15_000)));
}

#[tokio::test]
async fn what_is_not_there_does_not_come_back_and_may_be_asked_for_anew() {
    let (world, thief, case) = paid(Cause::Wallet).await;
    let (_, baba) = people();
    let (first, second) = (ask(&world, case, 20_000).await, ask(&world, case, 10_000).await);
    // Our part of a larger claim: the wallet holds less of it than we bore.
    let mut claim = world.wallet.book.load::<Claim>(case).await.unwrap();
    claim.edit().amount = Yen::of(60_000);
    let mut unit = Unit::new();
    unit.update(&claim);
    world.wallet.book.commit(unit).await.unwrap();
    world.wallet.approve(&world.ctx(), baba, first.unwrap()).await.unwrap();
    let third = ask(&world, case, 10_000).await;
    world.wallet.approve(&world.ctx(), baba, second.unwrap()).await.unwrap();
    world.wallet.approve(&world.ctx(), baba, third.unwrap()).await.unwrap();

    let all = world.wallet.recoups_of(case).await.unwrap();
    let refused = all.iter().filter(|one| matches!(one.state, RecoupState::Refused { .. })).count();
    assert_eq!((all.len(), refused), (3, 1), "{all:?}");
    assert_eq!(has(&world, &thief).await, Yen::ZERO);
    let claim = world.wallet.claim_of_case(case).await.unwrap().unwrap();
    assert_eq!(claim.recouped, Yen::of(30_000), "what was refused is not counted");
}

#[tokio::test]
async fn nothing_comes_back_from_a_wallet_that_is_open_or_before_the_victim_has_the_money() {
    let (world, _, _, _, case) = robbed().await;
    assert!(matches!(ask(&world, case, 1_000).await, Err(WalletError::Amount)));
    let (world, thief, case) = paid(Cause::Wallet).await;
    let (_, baba) = people();
    let asked = ask(&world, case, 1_000).await.unwrap();
    let mut row = world.wallet.known(thief.id).await.unwrap().customer;
    row.edit().frozen = None;
    let mut unit = Unit::new();
    unit.update(&row);
    world.wallet.book.commit(unit).await.unwrap();

    let open = world.wallet.approve(&world.ctx(), baba, asked).await;
    assert!(matches!(open, Err(WalletError::NotAvailable)), "{open:?}");
    assert_eq!(has(&world, &thief).await, Yen::of(30_000));
    world.wallet.decline(&world.ctx(), baba, asked).await.unwrap();
    let declined = world.wallet.recoups_of(case).await.unwrap().remove(0);
    assert!(matches!(declined.state, RecoupState::Declined { .. }), "{declined:?}");
}
