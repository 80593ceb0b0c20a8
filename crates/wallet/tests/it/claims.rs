//! A victim of a wallet of ours gets their money back to the bank account it left, of our money, once.

use kanuki_desk::{
    DeskError,
    claim::{Act, Claim},
    report::Outcome,
};
use kanuki_domain::{
    Yen,
    claim::ClaimState,
    compensation::Cause,
    id::{ApprovalId, CaseId, StaffId, TopupId},
};
use kanuki_ledger::AccountId;
use kanuki_wallet::{WalletError, chart, refund::Refund};

use crate::{bank::Fault, refunds::robbed, world::World};

fn aoki() -> StaffId {
    StaffId::derive(&["aoki"])
}

fn baba() -> StaffId {
    StaffId::derive(&["baba"])
}

async fn act(world: &World, case: CaseId, act: Act) -> Option<ApprovalId> {
    world.wallet.act_on_claim(&world.ctx(), aoki(), case, (act, "調査票 3")).await.unwrap()
}

async fn asked(world: &World, case: CaseId, topup: TopupId, fault: Cause) -> ApprovalId {
    let chosen = [topup.to_string()];
    world.wallet.open_claim(&world.ctx(), aoki(), case, &chosen).await.unwrap();
    act(world, case, Act::Investigate).await;
    act(world, case, Act::Pay(fault)).await.unwrap()
}

async fn claim(world: &World, case: CaseId) -> Claim {
    world.wallet.claim_of_case(case).await.unwrap().unwrap()
}

/// Debits less credits: what an account is owed, or has cost.
async fn cost(world: &World, account: AccountId) -> i128 {
    let now = world.ctx().now;
    let found = world.wallet.ledger.find_account(account, now).await.unwrap().unwrap();
    i128::from(found.debits_posted.amount()) - i128::from(found.credits_posted.amount())
}

#[tokio::test]
async fn two_people_give_it_back_of_our_money_and_the_bank_owes_its_part() {
    let (world, hanako, link, topup, case) = robbed().await;
    let bank = world.wallet.link_of(hanako.id, link).await.unwrap().bank;
    let before = world.wallet.overview(&world.ctx(), hanako.id).await.unwrap().available;

    let asked = asked(&world, case, topup, Cause::Other).await;
    let alone = world.wallet.approve(&world.ctx(), aoki(), asked).await;
    assert!(matches!(alone, Err(WalletError::Desk(DeskError::SamePerson))), "{alone:?}");
    assert_eq!(world.bank.credited(), Yen::ZERO);
    world.wallet.approve(&world.ctx(), baba(), asked).await.unwrap();
    for _ in 0..3 {
        world.wallet.drive_claim(&world.ctx(), case).await.unwrap();
        world.wallet.recover(&world.ctx()).await.unwrap();
    }

    assert!(matches!(claim(&world, case).await.state, ClaimState::Paid { .. }));
    assert_eq!(world.bank.credited(), Yen::of(30_000), "once");
    assert_eq!(cost(&world, chart::compensation()).await, 15_000);
    assert_eq!(
        cost(&world, chart::bank_clearing(bank)).await,
        15_000,
        "30,000 − 30,000 + its half"
    );
    let overview = world.wallet.overview(&world.ctx(), hanako.id).await.unwrap();
    assert_eq!(overview.available, before, "what the thief has left is another matter");
    assert!(
        world.wallet.refundable(hanako.id).await.unwrap().is_empty(),
        "it cannot go back twice"
    );
}

#[tokio::test]
async fn a_silent_bank_leaves_it_under_way_and_the_worker_ends_it() {
    let (world, _, _, topup, case) = robbed().await;
    let asked = asked(&world, case, topup, Cause::Wallet).await;
    world.bank.faults.lock().unwrap().push_back(Fault::LostAfter);

    world.wallet.approve(&world.ctx(), baba(), asked).await.unwrap();
    assert!(matches!(claim(&world, case).await.state, ClaimState::Paying { .. }));
    world.later(600);
    world.wallet.recover(&world.ctx()).await.unwrap();
    world.wallet.recover(&world.ctx()).await.unwrap();

    assert!(matches!(claim(&world, case).await.state, ClaimState::Paid { .. }));
    assert_eq!(world.bank.credited(), Yen::of(30_000));
    assert_eq!(cost(&world, chart::compensation()).await, 30_000, "we let the thief in");
}

#[tokio::test]
async fn a_claim_that_is_declined_moves_nothing_and_its_case_cannot_be_closed() {
    let (world, hanako, _, topup, case) = robbed().await;
    let asked = asked(&world, case, topup, Cause::Other).await;

    world.wallet.decline(&world.ctx(), baba(), asked).await.unwrap();

    assert_eq!(claim(&world, case).await.state, ClaimState::Investigating);
    assert_eq!(world.bank.credited(), Yen::ZERO);
    assert!(
        world
            .wallet
            .refunds_of(hanako.id)
            .await
            .unwrap()
            .iter()
            .all(|r: &Refund| r.claim.is_none())
    );
    let closed = world.wallet.close_case(&world.ctx(), aoki(), case, "終わり").await;
    assert!(matches!(closed, Err(WalletError::Desk(DeskError::ClaimOpen))), "{closed:?}");
}

#[tokio::test]
async fn a_report_ends_with_what_is_so() {
    let (world, _, _, topup, known) = robbed().await;
    let wallet = &world.wallet;
    let taken = wallet.report(&world.ctx(), ("a@example.jp", "?"), None).await.unwrap();
    let id = taken.case_id;
    wallet.join_report(&world.ctx(), aoki(), (id, known)).await.unwrap();
    let untrue = wallet.end_report(&world.ctx(), aoki(), id, ("x", Outcome::MadeGood)).await;
    assert!(untrue.is_err());

    let asked = asked(&world, id, topup, Cause::Other).await;
    wallet.approve(&world.ctx(), baba(), asked).await.unwrap();
    wallet.end_report(&world.ctx(), aoki(), id, ("済み", Outcome::MadeGood)).await.unwrap();

    let code = taken.code.grouped();
    let seen = wallet.report_progress(&id.to_string(), &code).await.unwrap().unwrap();
    assert!(seen.ended_at.is_some());
    assert!(wallet.report_progress(&known.to_string(), &code).await.unwrap().is_none());
}
