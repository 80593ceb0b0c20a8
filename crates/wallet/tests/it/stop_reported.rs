//! Whoever stopped their wallet with a notice's code is owed what anybody is who reports (FT-23): days, a
//! code, and no end by one person's note.

use kanuki_desk::{
    DeskError,
    case::{Case, CaseKind},
    promise,
    report::{self, Outcome},
};
use kanuki_domain::{agreement::Side, claim::Shared, compensation::shipped, limits::DAY_SECS};
use kanuki_wallet::WalletError;
use kanuki_wire::set::{self, CaseStage, Event, SecurityEvent};

use crate::{
    claims::{aoki, baba},
    frozen_by_rule::{send_with, watched},
    held::full,
    world::{BANK_ISSUER, BANK_SET_KEY, WALLET_ISSUER, World},
};

#[tokio::test]
async fn a_stop_by_its_code_is_a_report_with_days_and_a_code_of_its_own() {
    let world = World::new().await;
    let (hanako, _) = world.settled("hanako", 1).await;
    let (_, typed) = world.mail(&hanako).await;
    let (wallet, ctx) = (&world.wallet, world.ctx());
    let id = wallet.stop(&ctx, &typed).await.unwrap();

    let taken = wallet.report_by_stop(&ctx, id).await.unwrap().unwrap();

    assert_eq!(wallet.stop(&ctx, &typed).await.unwrap(), id, "pressed twice");
    assert!(wallet.report_by_stop(&ctx, id).await.unwrap().is_none(), "the code is shown once");
    let seen = wallet.report_progress(&id.to_string(), &taken.code.grouped()).await.unwrap();
    assert_eq!(seen.unwrap().clock, taken.clock);
    let bounced = wallet.close_case(&ctx, aoki(), id, "銀行に聞いてください").await;
    assert!(matches!(bounced, Err(WalletError::Desk(DeskError::NeedsOutcome))), "{bounced:?}");
}

/// A rule was faster: whoever has the code is owed the same, and the days begin with their word.
#[tokio::test]
async fn a_stop_by_its_code_of_what_a_rule_froze_is_a_report_too() {
    let (world, hanako, _, ichiro) = full().await;
    let (_, typed) = world.mail(&hanako).await;
    let wallet = watched(&world);
    send_with(&world, &wallet, (&hanako, &ichiro), 4_001).await;
    let frozen = wallet.customer(hanako.id).await.unwrap().frozen.clone().unwrap();
    world.later(30 * DAY_SECS);
    let ctx = world.ctx();

    let id = wallet.stop(&ctx, &typed).await.unwrap();
    let taken = wallet.report_by_stop(&ctx, id).await.unwrap().expect("it is a report");

    assert_eq!(id, frozen.case_id, "the number that the bank was told");
    let case = wallet.book.load::<Case>(id).await.unwrap();
    assert_eq!(case.kind, CaseKind::Rule, "and why it was frozen stays known");
    assert_eq!(taken.clock, report::clock(&shipped(), ctx.now), "from their word on");
    let seen = wallet.report_progress(&id.to_string(), &taken.code.grouped()).await.unwrap();
    let seen = seen.unwrap();
    assert_eq!((seen.clock, seen.reported_at), (taken.clock, ctx.now));
    assert_ne!(seen.shared, Shared::Later, "the freeze told the bank");
    let waiting = promise::waiting(&wallet.book, Side::Wallet, None).await.unwrap();
    assert!(waiting.all.iter().any(|one| one.case_id == id), "the desk is reminded of its days");
    assert_eq!(wallet.stop(&ctx, &typed).await.unwrap(), id, "pressed twice");
    assert!(wallet.report_by_stop(&ctx, id).await.unwrap().is_none(), "the code is shown once");
    let bounced = wallet.close_case(&ctx, aoki(), id, "終わり").await;
    assert!(matches!(bounced, Err(WalletError::Desk(DeskError::NeedsOutcome))), "{bounced:?}");
}

/// Staff froze the wallet; its owner says so weeks later.
#[tokio::test]
async fn the_days_of_a_stop_begin_with_its_owners_word_where_staff_froze_before() {
    let world = World::new().await;
    let (hanako, _) = world.settled("hanako", 1).await;
    let (_, typed) = world.mail(&hanako).await;
    let (wallet, ctx) = (&world.wallet, world.ctx());
    let own = wallet.freeze(&ctx, hanako.id).await.unwrap();
    wallet.close_case(&ctx, aoki(), own, "終わり").await.unwrap();
    let by_staff = wallet.freeze_for_case(&ctx, aoki(), own).await.unwrap();
    world.later(30 * DAY_SECS);
    let ctx = world.ctx();

    let id = wallet.stop(&ctx, &typed).await.unwrap();
    let taken = wallet.report_by_stop(&ctx, id).await.unwrap().unwrap();

    assert_eq!(id, by_staff);
    assert_eq!(taken.clock, report::clock(&shipped(), ctx.now));
}

/// The bank says that its holder has the money: then something was lost.
#[tokio::test]
async fn nothing_was_lost_is_refused_where_the_bank_says_that_it_paid() {
    let world = World::new().await;
    let (hanako, _) = world.settled("hanako", 1).await;
    let (_, typed) = world.mail(&hanako).await;
    let (wallet, ctx) = (&world.wallet, world.ctx());
    let id = wallet.stop(&ctx, &typed).await.unwrap();
    wallet.report_by_stop(&ctx, id).await.unwrap().unwrap();
    let end = async |by, outcome| wallet.end_report(&ctx, by, id, ("確かめた", outcome)).await;
    end(aoki(), Outcome::NothingLost).await.unwrap();
    let stage = CaseStage::Paid { amount: kanuki_domain::Yen::of(9_000) };
    let paid = SecurityEvent {
        jti: "paid".into(),
        txn: None,
        subject: "x".into(),
        issued_at: ctx.now,
        event: Event::CaseShared { case_id: id, stage },
    };
    let paid = set::make(&BANK_SET_KEY, BANK_ISSUER, WALLET_ISSUER, &paid).unwrap();
    wallet.receive_event(&ctx, &paid).await.unwrap();

    let untrue = end(baba(), Outcome::NothingLost).await;
    assert!(matches!(untrue, Err(WalletError::Desk(DeskError::PaidThere))), "{untrue:?}");
    end(aoki(), Outcome::MadeGood).await.unwrap();
    let alone = end(aoki(), Outcome::MadeGood).await;
    assert!(matches!(alone, Err(WalletError::Desk(DeskError::SamePerson))), "{alone:?}");
    end(baba(), Outcome::MadeGood).await.unwrap();
    assert!(wallet.book.load::<Case>(id).await.unwrap().closed_at.is_some());
}
