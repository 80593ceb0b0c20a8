//! A top-up goes back to the bank account it came from: two people, a case, never more than came.

use kanuki_desk::{DeskError, approval::Approval};
use kanuki_domain::{
    Yen,
    id::{ApprovalId, CaseId, LinkId, StaffId, TopupId},
};
use kanuki_wallet::{
    Refusal, WalletError,
    desk::Switch,
    refund::{Refund, RefundState},
    statement::LineKind,
};

use crate::{
    bank::Fault,
    world::{Person, World},
};

fn aoki() -> StaffId {
    StaffId::derive(&["aoki"])
}

fn baba() -> StaffId {
    StaffId::derive(&["baba"])
}

/// A wallet with 30,000 yen of one top-up, frozen for a case, whose link has ended.
pub(crate) async fn robbed() -> (World, Person, LinkId, TopupId, CaseId) {
    let world = World::new().await;
    let (hanako, link) = world.settled("hanako", 1).await;
    let topup = world.top_up(&hanako, link, "a", 30_000).await.topup_id;
    world.wallet.unlink(&world.ctx(), hanako.id, link).await.unwrap();
    let case = world.wallet.freeze(&world.ctx(), hanako.id).await.unwrap();
    (world, hanako, link, topup, case)
}

async fn propose(
    world: &World,
    case: CaseId,
    topup: TopupId,
    yen: u32,
) -> Result<ApprovalId, WalletError> {
    let what = (topup, Yen::of(yen));
    world.wallet.propose_refund(&world.ctx(), (aoki(), "the holder says"), case, what).await
}

async fn refund(world: &World, approval: ApprovalId) -> Refund {
    let approval = world.wallet.book.load::<Approval>(approval).await.unwrap();
    world.wallet.refund_for(&approval).await.unwrap().unwrap()
}

/// What is in the wallet, what the bank got back, and what it owes us.
async fn assert_books(world: &World, person: &Person, left: u32) {
    let overview = world.wallet.overview(&world.ctx(), person.id).await.unwrap();
    assert_eq!((overview.available, overview.reserved), (Yen::of(left), Yen::ZERO));
    assert_eq!(world.bank.credited(), Yen::of(30_000 - left));
    assert_eq!(world.clearing().await, Yen::of(left));
}

#[tokio::test]
async fn two_people_return_a_top_up_from_a_frozen_wallet_to_where_it_came_from() {
    let (world, hanako, _, topup, case) = robbed().await;
    let approval = propose(&world, case, topup, 20_000).await.unwrap();
    assert!(matches!(refund(&world, approval).await.state, RefundState::Proposed));
    let alone = world.wallet.approve(&world.ctx(), aoki(), approval).await;
    assert!(matches!(alone, Err(WalletError::Desk(DeskError::SamePerson))), "{alone:?}");
    assert_books(&world, &hanako, 30_000).await;

    world.wallet.approve(&world.ctx(), baba(), approval).await.unwrap();

    let done = refund(&world, approval).await;
    assert!(matches!(done.state, RefundState::Posted { .. }), "{:?}", done.state);
    assert_books(&world, &hanako, 10_000).await;
    let returned = world.bank.returned.lock().unwrap().clone();
    assert_eq!(returned.len(), 1);
    let (debit, amount) = returned[&done.credit_id()];
    assert_eq!(amount, Yen::of(20_000));
    assert_eq!(debit, kanuki_domain::id::DebitId::derive(&["topup", &topup.to_string()]));
    let line = world.wallet.statement(&world.ctx(), hanako.id, None, 5).await.unwrap().remove(0);
    assert_eq!((line.kind, line.is_in), (LineKind::Refund, false));
    assert_eq!(line.counterparty, "はなみずき銀行");
    assert!(world.mail(&hanako).await.0.contains(&"topup_refunded".to_owned()));
}

#[tokio::test]
async fn the_refunds_of_a_top_up_are_never_more_than_it() {
    let (world, hanako, _, topup, case) = robbed().await;
    assert!(matches!(propose(&world, case, topup, 30_001).await, Err(WalletError::Amount)));
    assert!(matches!(propose(&world, case, topup, 0).await, Err(WalletError::Amount)));
    let first = propose(&world, case, topup, 20_000).await.unwrap();
    let second = propose(&world, case, topup, 20_000).await.unwrap();

    world.wallet.approve(&world.ctx(), baba(), first).await.unwrap();
    let more = world.wallet.approve(&world.ctx(), baba(), second).await;

    assert!(matches!(more, Err(WalletError::NotAvailable)), "{more:?}");
    assert_books(&world, &hanako, 10_000).await;
    assert!(matches!(propose(&world, case, topup, 10_001).await, Err(WalletError::Amount)));
    let rest = propose(&world, case, topup, 10_000).await.unwrap();
    world.wallet.approve(&world.ctx(), baba(), rest).await.unwrap();
    assert_books(&world, &hanako, 0).await;
    assert!(world.wallet.refundable(hanako.id).await.unwrap().is_empty());
}

#[tokio::test]
async fn what_is_spent_or_stopped_or_not_taken_stays_as_it_was() {
    for why in [Refusal::NotEnoughMoney, Refusal::Stopped, Refusal::NotActive] {
        let world = World::new().await;
        let (hanako, link) = world.settled("hanako", 1).await;
        let topup = world.top_up(&hanako, link, "a", 30_000).await.topup_id;
        let case = world.wallet.freeze(&world.ctx(), hanako.id).await.unwrap();
        let whole = propose(&world, case, topup, 30_000).await.unwrap();
        match why {
            Refusal::NotEnoughMoney => {
                let half = propose(&world, case, topup, 1).await.unwrap();
                spend(&world, &hanako).await;
                world.wallet.decline(&world.ctx(), baba(), half).await.unwrap();
                assert!(matches!(refund(&world, half).await.state, RefundState::Declined { .. }));
            }
            Refusal::Stopped => world
                .wallet
                .pull_switch(&world.ctx(), aoki(), Switch::Everything, "x")
                .await
                .unwrap(),
            _ => *world.bank.takes_nothing_back.lock().unwrap() = true,
        }

        world.wallet.approve(&world.ctx(), baba(), whole).await.unwrap();

        let state = refund(&world, whole).await.state;
        assert!(matches!(state, RefundState::Refused { reason, .. } if reason == why), "{state:?}");
        assert_eq!(world.bank.credited(), Yen::ZERO);
        assert_eq!(world.wallet.refundable(hanako.id).await.unwrap()[0].1, Yen::of(30_000));
    }
}

/// Some of what is in the wallet goes, past the freeze: into a reservation of the ledger's.
async fn spend(world: &World, person: &Person) {
    use kanuki_ledger::{Transfer, TransferId};
    use kanuki_wallet::chart;
    let wallet_id = world.wallet.known(person.id).await.unwrap().customer.wallet_id;
    let id = TransferId::derive(&["spent"]);
    let spent = Transfer::posted(
        id,
        chart::customer(wallet_id),
        chart::escrow(),
        Yen::of(1),
        chart::MOVED_REMITTANCE,
    );
    world.wallet.ledger.create_transfers(vec![spent], world.ctx().now).await.unwrap();
}

#[tokio::test]
async fn a_lost_answer_is_asked_again_and_goes_back_once() {
    for fault in [Fault::LostBefore, Fault::LostAfter] {
        let (world, hanako, _, topup, case) = robbed().await;
        let approval = propose(&world, case, topup, 30_000).await.unwrap();
        world.bank.faults.lock().unwrap().push_back(fault);
        world.wallet.approve(&world.ctx(), baba(), approval).await.unwrap();
        assert!(matches!(refund(&world, approval).await.state, RefundState::Asking), "{fault:?}");

        world.later(60);
        world.wallet.recover(&world.ctx()).await.unwrap();

        assert!(matches!(refund(&world, approval).await.state, RefundState::Posted { .. }));
        assert_books(&world, &hanako, 0).await;
    }
}

#[tokio::test]
async fn silence_for_a_day_becomes_a_case_that_can_ask_again() {
    let (world, hanako, _, topup, case) = robbed().await;
    let approval = propose(&world, case, topup, 30_000).await.unwrap();
    world.bank.faults.lock().unwrap().extend([Fault::LostBefore, Fault::LostAfter]);
    world.wallet.approve(&world.ctx(), baba(), approval).await.unwrap();
    world.later(86_401);
    world.wallet.recover(&world.ctx()).await.unwrap();
    let state = refund(&world, approval).await.state;
    let RefundState::OpenItem { case_id } = state else { panic!("{state:?}") };

    world.wallet.ask_open_item(&world.ctx(), aoki(), case_id).await.unwrap();

    assert!(matches!(refund(&world, approval).await.state, RefundState::Posted { .. }));
    assert_books(&world, &hanako, 0).await;
}

#[tokio::test]
async fn a_case_gives_back_what_came_to_its_own_person_while_it_is_open() {
    let (world, hanako, _, topup, case) = robbed().await;
    let mallory = world.open("mallory").await;
    let other = world.wallet.freeze(&world.ctx(), mallory.id).await.unwrap();
    let refused = propose(&world, other, topup, 1_000).await;
    assert!(matches!(refused, Err(WalletError::NotAvailable)), "{refused:?}");

    world.wallet.close_case(&world.ctx(), aoki(), case, "done").await.unwrap();
    let refused = propose(&world, case, topup, 1_000).await;
    assert!(matches!(refused, Err(WalletError::NotAvailable)), "{refused:?}");
    assert_books(&world, &hanako, 30_000).await;
}
