//! Whoever was refused asks once for a second look: other people decide, by two, on a new clock.

use kanuki_bank::BankError;
use kanuki_desk::{DeskError, claim::Act, report::Outcome};
use kanuki_domain::{
    agreement::today,
    case_number,
    claim::ClaimState,
    compensation::Cause,
    id::{CaseId, StaffId},
    limits::DAY_SECS,
};

use crate::{
    claims::{act, aoki, baba, bank_pays, claim, debit, paper, robbed, with_policy},
    world::World,
};

fn chiba() -> StaffId {
    StaffId::derive(&["chiba"])
}

fn doi() -> StaffId {
    StaffId::derive(&["doi"])
}

/// A report, joined with the case of a robbed holder, whose claim two people refused and ended.
async fn refused(world: &World, known: CaseId) -> (CaseId, String) {
    let bank = &world.bank;
    let taken = bank.report(&world.ctx(), ("a@example.jp", "?"), None).await.unwrap();
    let id = taken.case_id;
    bank.join_report(&world.ctx(), aoki(), (id, known)).await.unwrap();
    let key = debit(world).await.key();
    bank.open_claim(&world.ctx(), aoki(), id, &[key]).await.unwrap();
    act(world, aoki(), id, Act::Investigate).await;
    let asked = act(world, aoki(), id, paper()).await.unwrap();
    bank.decide(&world.ctx(), baba(), asked, true).await.unwrap();
    bank.end_report(&world.ctx(), aoki(), id, ("お知らせ済み", Outcome::NotOwed)).await.unwrap();
    (id, taken.code.grouped())
}

#[tokio::test]
async fn who_refused_does_not_decide_again_and_two_others_may_pay() {
    let mut world = World::new().await;
    with_policy(&world, bank_pays()).await;
    let (_, known) = robbed(&mut world).await;
    let (id, code) = refused(&world, known).await;
    world.wait(20 * DAY_SECS);
    let number = case_number::grouped(&id.to_string()).to_uppercase();
    let bank = &world.bank;

    let wrong = bank.look_again_by_code(&world.ctx(), &number, "AAAA-BBBB-CCCC").await.unwrap();
    assert!(!wrong && claim(&world, id).await.state.is_ended());
    assert!(bank.look_again_by_code(&world.ctx(), &number, &code).await.unwrap());
    let seen = bank.report_progress(&number, &code).await.unwrap().unwrap();
    assert!(seen.ended_at.is_none() && seen.answered_at.is_none() && !seen.may_ask_again);
    assert_eq!(seen.clock.from, today(world.now), "the days are counted anew");
    let begun = claim(&world, id).await;
    assert_eq!((begun.state, begun.clock.from), (ClaimState::Received, today(world.now)));

    for first in [aoki(), baba()] {
        let again = bank.act_on_claim(&world.ctx(), first, id, (Act::Investigate, "r")).await;
        assert!(matches!(again, Err(BankError::Desk(DeskError::SecondLook))), "{again:?}");
    }
    act(&world, chiba(), id, Act::Investigate).await;
    let asked = act(&world, chiba(), id, Act::Pay(Cause::Other)).await.unwrap();
    let first = bank.decide(&world.ctx(), baba(), asked, true).await;
    assert!(matches!(first, Err(BankError::Desk(DeskError::SecondLook))), "{first:?}");
    bank.decide(&world.ctx(), doi(), asked, true).await.unwrap();
    assert!(matches!(claim(&world, id).await.state, ClaimState::Paid { .. }));
    assert_eq!(world.core.balance("9000001"), 500_000);
    bank.end_report(&world.ctx(), doi(), id, ("お知らせ済み", Outcome::MadeGood)).await.unwrap();
}

#[tokio::test]
async fn a_second_look_happens_once_and_staff_may_ask_for_whoever_has_no_code() {
    let mut world = World::new().await;
    with_policy(&world, bank_pays()).await;
    let (_, known) = robbed(&mut world).await;
    let (id, code) = refused(&world, known).await;
    let bank = &world.bank;
    let number = id.to_string();
    assert!(bank.report_progress(&number, &code).await.unwrap().unwrap().may_ask_again);

    bank.look_again(&world.ctx(), aoki(), id, "電話で申し出").await.unwrap();
    act(&world, chiba(), id, Act::Investigate).await;
    let asked = act(&world, chiba(), id, paper()).await.unwrap();
    bank.decide(&world.ctx(), doi(), asked, true).await.unwrap();
    bank.end_report(&world.ctx(), chiba(), id, ("お知らせ済み", Outcome::NotOwed)).await.unwrap();

    let seen = bank.report_progress(&number, &code).await.unwrap().unwrap();
    assert!(seen.ended_at.is_some() && seen.again_at.is_some() && !seen.may_ask_again);
    assert!(bank.look_again_by_code(&world.ctx(), &number, &code).await.unwrap());
    let twice = bank.look_again(&world.ctx(), doi(), id, "r").await;
    assert!(matches!(twice, Err(BankError::Desk(DeskError::NotAccepted))), "{twice:?}");
    assert!(claim(&world, id).await.state.is_ended(), "once");
}
