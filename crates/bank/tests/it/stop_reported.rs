//! Whoever stopped something is owed what anybody is who reports (FT-23): days, a code, and no end by one
//! person's note.

use kanuki_bank::BankError;
use kanuki_desk::{
    DeskError,
    case::{Case, CaseKind},
    claim, promise,
    report::Outcome,
};
use kanuki_domain::{
    Yen,
    agreement::Side,
    claim::Shared,
    duty::{Duty, Found},
};
use kanuki_record::Unit;
use kanuki_wire::set::{CaseStage, Event};

use crate::{
    claims::{aoki, baba},
    frozen_by_rule::watched,
    stopping::stop_code,
    told_out::{events, waits},
    world::{CLIENT, World},
};

#[tokio::test]
async fn a_stop_by_its_code_is_a_report_with_days_and_a_code_of_its_own() {
    let mut world = World::new().await;
    world.linked().await;
    let typed = stop_code(&world).await;
    let bank = &world.bank;
    let ctx = world.ctx();
    let id = bank.stop(&ctx, &typed).await.unwrap();

    let taken = bank.report_by_stop(&ctx, id).await.unwrap().unwrap();

    let again = bank.stop(&ctx, &typed).await.unwrap();
    assert_eq!(again, id);
    assert!(bank.report_by_stop(&ctx, id).await.unwrap().is_none(), "the code is shown once");
    let (number, code) = (id.to_string(), taken.code.grouped());
    let seen = bank.report_progress(&number, &code).await.unwrap().unwrap();
    assert_eq!((seen.clock, seen.ended_at), (taken.clock, None));
    assert_ne!(seen.shared, Shared::Later, "the stop told the wallet");
    let report = bank.report_of(id).await.unwrap().unwrap();
    assert_eq!(report.told.as_deref(), Some(CLIENT));
    assert!(bank.report_text(id).await.unwrap().is_none(), "nothing was written");
    let waiting = promise::waiting(&bank.book, Side::Bank, None).await.unwrap();
    assert!(waiting.all.iter().any(|one| one.case_id == id), "staff are reminded of its days");

    let bounced =
        bank.note_case(&ctx, aoki(), id, ("ウォレットの会社に聞いてください", true)).await;
    assert!(matches!(bounced, Err(BankError::Desk(DeskError::NeedsOutcome))), "{bounced:?}");
    for by in [aoki(), baba()] {
        let open = bank.report_progress(&number, &code).await.unwrap().unwrap();
        assert_eq!(open.ended_at, None);
        bank.end_report(&ctx, by, id, ("お知らせ済み", Outcome::NothingLost)).await.unwrap();
    }
    let ended = bank.report_progress(&number, &code).await.unwrap().unwrap();
    assert!(ended.ended_at.is_some() && ended.may_ask_again);
}

/// The case of the first press had its end, and what it stopped stays stopped: the next press has a number of
/// its own, which the wallet is told although there is nothing to stop.
#[tokio::test]
async fn the_number_of_a_press_after_the_first_ones_end_is_told_to_the_wallet() {
    let mut world = World::new().await;
    world.linked().await;
    let typed = stop_code(&world).await;
    let (bank, ctx) = (&world.bank, world.ctx());
    let first = bank.stop(&ctx, &typed).await.unwrap();
    bank.report_by_stop(&ctx, first).await.unwrap().unwrap();
    for by in [aoki(), baba()] {
        bank.end_report(&ctx, by, first, ("お知らせ済み", Outcome::NothingLost)).await.unwrap();
    }
    world.wait(86_400);
    let (bank, ctx) = (&world.bank, world.ctx());

    let second = bank.stop(&ctx, &typed).await.unwrap();
    let taken = bank.report_by_stop(&ctx, second).await.unwrap().unwrap();

    assert_ne!(second, first);
    assert_ne!(taken.shared, Shared::Later, "it is said that the wallet is told");
    let stage = CaseStage::Reported;
    let told = events(&waits(&world).await);
    let expected = Event::CaseShared { case_id: second, stage };
    assert_eq!(told.iter().filter(|one| **one == expected).count(), 1, "and it is: {told:?}");
    assert!(bank.report_by_stop(&ctx, second).await.unwrap().is_none());
    assert_eq!(events(&waits(&world).await).len(), told.len(), "once");
}

/// The wallet paid under another number of the same matter.
#[tokio::test]
async fn nothing_was_lost_is_refused_where_the_wallet_says_that_it_paid() {
    let mut world = World::new().await;
    world.linked().await;
    let typed = stop_code(&world).await;
    let (bank, ctx) = (&world.bank, world.ctx());
    let stopped = bank.stop(&ctx, &typed).await.unwrap();
    bank.report_by_stop(&ctx, stopped).await.unwrap().unwrap();
    let told = ("a@example.jp", "?");
    let called = bank.report_by_phone(&ctx, aoki(), told, Some(CLIENT)).await.unwrap().case_id;
    bank.join_report(&ctx, aoki(), (called, stopped)).await.unwrap();
    let end = async |by, outcome| bank.end_report(&ctx, by, stopped, ("確かめた", outcome)).await;
    end(aoki(), Outcome::NothingLost).await.unwrap();
    let mut unit = Unit::new();
    let paid = (called, CLIENT, Yen::of(9_000));
    claim::told_paid(&bank.book, &ctx, &mut unit, paid).await.unwrap();
    bank.book.commit(unit).await.unwrap();

    let untrue = end(baba(), Outcome::NothingLost).await;

    assert!(matches!(untrue, Err(BankError::Desk(DeskError::PaidThere))), "{untrue:?}");
    for by in [aoki(), baba()] {
        assert!(bank.book.load::<Case>(stopped).await.unwrap().closed_at.is_none());
        end(by, Outcome::MadeGood).await.unwrap();
    }
    assert!(bank.book.load::<Case>(stopped).await.unwrap().closed_at.is_some());
}

/// Anybody reports in their own words, and money moves a minute later; the holder's own stop comes after it.
#[tokio::test]
async fn what_moves_after_a_strangers_report_is_no_breach_of_the_banks() {
    let mut world = World::new().await;
    let mandate = world.linked().await;
    let typed = stop_code(&world).await;
    let told = ("a@example.jp", "?");
    let report = world.bank.report(&world.ctx(), told, None).await.unwrap().case_id;
    world.wait(60);
    world.debit(mandate, 1, 5_001).await;
    world.wait(60);
    let (bank, ctx) = (&world.bank, world.ctx());
    let stopped = bank.stop(&ctx, &typed).await.unwrap();
    bank.join_report(&ctx, aoki(), (report, stopped)).await.unwrap();

    for id in [report, stopped] {
        let case = bank.book.load::<Case>(id).await.unwrap();
        let duties = bank.duties(&ctx, &case).await.unwrap();
        let found = duties.iter().find(|one| one.duty == Duty::StoppedAtOnce).unwrap().found;
        assert_eq!(found, Found::Reported, "{id}");
    }
}

/// A rule stopped the link before: the holder's press has a case of its own here, and the wallet its number.
#[tokio::test]
async fn a_stop_by_its_code_of_what_a_rule_froze_is_a_report_too() {
    let (world, mandate) = watched().await;
    let typed = stop_code(&world).await;
    world.debit(mandate, 1, 4_001).await;
    let (bank, ctx) = (&world.bank, world.ctx());

    let id = bank.stop(&ctx, &typed).await.unwrap();
    let taken = bank.report_by_stop(&ctx, id).await.unwrap().expect("it is a report");

    assert_ne!(taken.shared, Shared::Later);
    let waiting = promise::waiting(&bank.book, Side::Bank, None).await.unwrap();
    assert!(waiting.all.iter().any(|one| one.case_id == id), "the desk is reminded of its days");
    let cases = bank.cases(true).await.unwrap();
    let of_rule = cases.iter().find(|case| case.kind == CaseKind::Rule).unwrap();
    assert_ne!(of_rule.case_id, id, "the rule's own case is another one");
    let bounced = bank.note_case(&ctx, aoki(), id, ("終わり", true)).await;
    assert!(matches!(bounced, Err(BankError::Desk(DeskError::NeedsOutcome))), "{bounced:?}");
}

/// A partner's word about the link has a case that one person's note would close: not any more.
#[tokio::test]
async fn a_stop_by_its_code_is_a_report_whatever_case_stands_open_about_the_link() {
    let mut world = World::new().await;
    let mandate = world.linked().await;
    let typed = stop_code(&world).await;
    let (bank, ctx) = (&world.bank, world.ctx());
    let open = Case::open(&ctx, CaseKind::PartnerSignal, mandate, None);
    let mut unit = Unit::new();
    unit.insert(&open);
    bank.book.commit(unit).await.unwrap();

    let id = bank.stop(&ctx, &typed).await.unwrap();
    let taken = bank.report_by_stop(&ctx, id).await.unwrap();

    assert!(taken.is_some(), "it is a report");
    let bounced = bank.note_case(&ctx, aoki(), id, ("終わり", true)).await;
    assert!(matches!(bounced, Err(BankError::Desk(DeskError::NeedsOutcome))), "{bounced:?}");
}
