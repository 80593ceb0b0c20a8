//! Whoever was refused asks once for a second look: other people decide, by two, on a new clock.

use kanuki_bank::BankError;
use kanuki_desk::{DeskError, case::Case, claim::Act, report::Outcome};
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
    registry::{clerk, two},
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
    let number = case_number::said(id).replace('-', " ");
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

/// FT-28: one decision, wherever its claim is.
#[tokio::test]
async fn a_report_is_looked_at_again_with_the_claim_of_the_case_that_it_was_joined_with() {
    let mut world = World::new().await;
    with_policy(&world, bank_pays()).await;
    let (_, known) = robbed(&mut world).await;
    let bank = &world.bank;
    let taken = bank.report(&world.ctx(), ("a@example.jp", "?"), None).await.unwrap();
    let (id, code) = (taken.case_id, taken.code.grouped());
    bank.join_report(&world.ctx(), aoki(), (id, known)).await.unwrap();
    bank.open_claim(&world.ctx(), aoki(), known, &[debit(&world).await.key()]).await.unwrap();
    act(&world, aoki(), known, Act::Investigate).await;
    let end = ("お知らせ済み", Outcome::NotOwed);
    let early = bank.end_report(&world.ctx(), aoki(), id, end).await;
    assert!(matches!(early, Err(BankError::Desk(DeskError::ClaimOpen))), "{early:?}");
    let asked = act(&world, aoki(), known, paper()).await.unwrap();
    bank.decide(&world.ctx(), baba(), asked, true).await.unwrap();
    bank.end_report(&world.ctx(), chiba(), id, end).await.unwrap();

    assert!(bank.look_again_by_code(&world.ctx(), &id.to_string(), &code).await.unwrap());

    assert_eq!(claim(&world, known).await.state, ClaimState::Received);
    for case_id in [id, known] {
        let case = bank.book.load::<Case>(case_id).await.unwrap();
        let not_by = &case.again.as_ref().unwrap().not_by;
        assert!(case.closed_at.is_none());
        assert!(not_by.len() == 2 && [aoki(), baba()].iter().all(|one| not_by.contains(one)));
    }
    for first in [aoki(), baba()] {
        let again = bank.act_on_claim(&world.ctx(), first, known, (Act::Investigate, "r")).await;
        assert!(matches!(again, Err(BankError::Desk(DeskError::SecondLook))), "{again:?}");
    }
    let twice = bank.look_again(&world.ctx(), doi(), known, "r").await;
    assert!(matches!(twice, Err(BankError::Desk(DeskError::NotAccepted))), "{twice:?}");
    // The other number is no way around: not for those who decided, and not for the same debit.
    let debits = [debit(&world).await.key()];
    let first = bank.open_claim(&world.ctx(), aoki(), id, &debits).await;
    assert!(matches!(first, Err(BankError::Desk(DeskError::SecondLook))), "{first:?}");
    let other = bank.open_claim(&world.ctx(), chiba(), id, &debits).await;
    assert!(matches!(other, Err(BankError::Desk(DeskError::Claimed))), "{other:?}");
}

/// Staff may find out that two reports are one only after the second look has begun.
#[tokio::test]
async fn a_case_that_is_joined_during_a_second_look_is_decided_by_others_too() {
    let mut world = World::new().await;
    with_policy(&world, bank_pays()).await;
    let (_, known) = robbed(&mut world).await;
    let (id, _) = refused(&world, known).await;
    let bank = &world.bank;
    bank.look_again(&world.ctx(), doi(), id, "電話で申し出").await.unwrap();
    let later = bank.report(&world.ctx(), ("a@example.jp", "?"), None).await.unwrap().case_id;
    bank.join_report(&world.ctx(), doi(), (later, known)).await.unwrap();

    let end = ("お知らせ済み", Outcome::NothingLost);
    let first = bank.end_report(&world.ctx(), aoki(), later, end).await;

    assert!(matches!(first, Err(BankError::Desk(DeskError::SecondLook))), "{first:?}");
}

/// A desk has the people that it has: one who did not decide asks, one who did may agree, and never the
/// same two.
#[tokio::test]
async fn where_one_other_works_at_the_desk_one_of_those_who_refused_may_agree() {
    let mut world = World::new().await;
    with_policy(&world, bank_pays()).await;
    let (_, known) = robbed(&mut world).await;
    let (id, _) = refused(&world, known).await;
    let bank = &world.bank;
    bank.look_again(&world.ctx(), aoki(), id, "電話で申し出").await.unwrap();
    let other = clerk(&world, "STAFFAOKI").await.id;
    act(&world, other, id, Act::Investigate).await;
    let asked = act(&world, other, id, Act::Pay(Cause::Other)).await.unwrap();
    let alone = bank.decide(&world.ctx(), other, asked, true).await;
    assert!(matches!(alone, Err(BankError::Desk(DeskError::SamePerson))), "{alone:?}");
    bank.decide(&world.ctx(), baba(), asked, true).await.unwrap();
    assert!(matches!(claim(&world, id).await.state, ClaimState::Paid { .. }));

    let mut world = World::new().await;
    with_policy(&world, bank_pays()).await;
    let (_, known) = robbed(&mut world).await;
    let (id, _) = refused(&world, known).await;
    let bank = &world.bank;
    bank.look_again(&world.ctx(), aoki(), id, "電話で申し出").await.unwrap();
    let (one, another) = two(&world).await;
    act(&world, one.id, id, Act::Investigate).await;
    let asked = act(&world, one.id, id, Act::Pay(Cause::Other)).await.unwrap();
    let first = bank.decide(&world.ctx(), baba(), asked, true).await;
    assert!(matches!(first, Err(BankError::Desk(DeskError::SecondLook))), "{first:?}");
    bank.decide(&world.ctx(), another.id, asked, true).await.unwrap();
}
