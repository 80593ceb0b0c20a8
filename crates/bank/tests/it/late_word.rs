//! The wallet says that it paid, under a number that has its end here already: somebody sees it, and books our
//! share. What is known under one number of a person is known of the other (FT-23, FT-26).

use kanuki_bank::BankError;
use kanuki_desk::{
    DeskError,
    case::Case,
    claim::Act,
    matter,
    report::{Outcome, Report},
};
use kanuki_domain::{
    Yen,
    claim::ClaimState,
    compensation::Cause,
    id::{CaseId, MandateId, StaffId},
};
use kanuki_wire::set::LinkStatus;

use crate::{
    claims::{act, aoki, baba, claim, give_back, paid},
    stopping::stop_code,
    world::World,
};

const END: &str = "記録を確かめた";

/// A wallet's customer stops there, and the wallet tells its number with the link.
async fn told() -> (World, MandateId, CaseId) {
    let mut world = World::new().await;
    let mandate = world.linked().await;
    world.debit(mandate, 1, 5_001).await;
    let number = CaseId::generate(&world.ctx());
    let token = world.word((mandate, LinkStatus::Suspended), 0, Some(number));
    world.hear(&token).await.unwrap();
    (world, mandate, number)
}

async fn case(world: &World, id: CaseId) -> Case {
    world.bank.book.load::<Case>(id).await.unwrap().into_inner()
}

/// The same two end it.
async fn end(world: &World, id: CaseId, outcome: Outcome) {
    for by in [aoki(), baba()] {
        world.bank.end_report(&world.ctx(), by, id, (END, outcome)).await.unwrap();
    }
    assert!(case(world, id).await.closed_at.is_some());
}

#[tokio::test]
async fn a_word_of_payment_opens_what_has_its_end_and_whoever_ended_it_books_our_share() {
    let (world, mandate, number) = told().await;
    let (bank, typed) = (&world.bank, stop_code(&world).await);
    assert_eq!(bank.stop(&world.ctx(), &typed).await.unwrap(), number, "one number at both");
    let taken = bank.report_by_stop(&world.ctx(), number).await.unwrap().unwrap();
    end(&world, number, Outcome::NothingLost).await;
    let own = bank.stop(&world.ctx(), &typed).await.unwrap();
    assert_ne!(own, number, "pressed again");
    bank.report_by_stop(&world.ctx(), own).await.unwrap().unwrap();
    give_back(&world, mandate, 5_001).await;

    world.hear(&paid(&world, "paid", number)).await.unwrap();

    let opened = case(&world, number).await;
    assert!(opened.closed_at.is_none() && opened.again.is_none(), "work, and no second look");
    let waits = bank.book.list::<Report>("waits", "yes").await.unwrap();
    assert!(waits.iter().any(|one| one.case_id == number), "the desk is reminded of it");
    let sister = case(&world, own).await;
    let seen = bank.paid_sister(&sister).await.unwrap();
    assert_eq!(seen, Some((number, Yen::of(5_001))));
    for outcome in [Outcome::NothingLost, Outcome::TakenBack] {
        let ended = bank.end_report(&world.ctx(), aoki(), own, (END, outcome)).await;
        assert!(matches!(ended, Err(BankError::Desk(DeskError::JoinFirst))), "{ended:?}");
    }

    bank.join_report(&world.ctx(), aoki(), (own, number)).await.unwrap();

    let sister = case(&world, own).await;
    assert_eq!(matter::numbers(&bank.book, &sister).await.unwrap(), [own, number]);
    let twice = bank.join_report(&world.ctx(), aoki(), (own, number)).await;
    assert!(matches!(twice, Err(BankError::Desk(DeskError::NotAccepted))), "{twice:?}");
    bank.open_claim(&world.ctx(), aoki(), number, &[]).await.unwrap();
    act(&world, aoki(), number, Act::Investigate).await;
    let asked = act(&world, aoki(), number, Act::Pay(Cause::Other)).await.unwrap();
    bank.decide(&world.ctx(), baba(), asked, true).await.unwrap();
    assert!(matches!(claim(&world, number).await.state, ClaimState::Paid { .. }));
    let (told, code) = (number.to_string(), taken.code.grouped());
    let seen = bank.report_progress(&told, &code).await.unwrap().unwrap();
    assert_eq!(seen.made_good_at, Some(world.now), "whoever looks sees that the money is back");
    for id in [number, own] {
        bank.end_report(&world.ctx(), aoki(), id, (END, Outcome::MadeGood)).await.unwrap();
    }
    world.hear(&paid(&world, "again", number)).await.unwrap();
    assert!(case(&world, number).await.closed_at.is_some(), "said before, it opens nothing");
}

#[tokio::test]
async fn what_one_person_said_before_a_word_opened_the_case_ends_it_no_more() {
    let (world, mandate, number) = told().await;
    end(&world, number, Outcome::MadeGood).await;
    give_back(&world, mandate, 5_001).await;
    world.hear(&paid(&world, "paid", number)).await.unwrap();
    assert!(case(&world, number).await.closed_at.is_none());

    let chiba = StaffId::derive(&["chiba"]);
    world.bank.end_report(&world.ctx(), chiba, number, (END, Outcome::MadeGood)).await.unwrap();

    assert!(case(&world, number).await.closed_at.is_none(), "a second person says the same");
}
