//! A bank says that it paid, under a number that has its end here already: somebody sees it (FT-23, FT-26).

use kanuki_desk::{
    DeskError,
    case::Case,
    report::{Outcome, Report},
};
use kanuki_domain::{Yen, id::CaseId};
use kanuki_wallet::WalletError;
use kanuki_wire::set::{self, CaseStage, Event, SecurityEvent};

use crate::{
    claims::{aoki, baba},
    world::{BANK_ISSUER, BANK_SET_KEY, WALLET_ISSUER, World},
};

async fn says_paid(world: &World, jti: &str, case_id: CaseId) {
    let event = SecurityEvent {
        jti: jti.to_owned(),
        txn: Some(case_id.to_string()),
        subject: case_id.to_string(),
        issued_at: world.ctx().now,
        event: Event::CaseShared { case_id, stage: CaseStage::Paid { amount: Yen::of(9_000) } },
    };
    let token = set::make(&BANK_SET_KEY, BANK_ISSUER, WALLET_ISSUER, &event).unwrap();
    world.wallet.receive_event(&world.ctx(), &token).await.unwrap();
}

#[tokio::test]
async fn a_banks_word_of_payment_opens_what_has_its_end_and_is_known_of_the_persons_other_number() {
    let world = World::new().await;
    let (hanako, _) = world.settled("hanako", 1).await;
    let (_, typed) = world.mail(&hanako).await;
    let (wallet, ctx) = (&world.wallet, world.ctx());
    let first = wallet.stop(&ctx, &typed).await.unwrap();
    wallet.report_by_stop(&ctx, first).await.unwrap().unwrap();
    let end = ("記録を確かめた", Outcome::NothingLost);
    for by in [aoki(), baba()] {
        wallet.end_report(&ctx, by, first, end).await.unwrap();
    }
    let taken = wallet.report(&ctx, ("a@example.jp", "?"), None).await.unwrap();
    let mut second = wallet.book.load::<Case>(taken.case_id).await.unwrap();
    second.edit().person_id = Some(hanako.id.to_string());
    let mut unit = kanuki_record::Unit::new();
    unit.update(&second);
    wallet.book.commit(unit).await.unwrap();

    says_paid(&world, "paid", first).await;

    let opened = wallet.book.load::<Case>(first).await.unwrap();
    assert!(opened.closed_at.is_none() && opened.again.is_none(), "work, and no second look");
    let waits = wallet.book.list::<Report>("waits", "yes").await.unwrap();
    assert!(waits.iter().any(|one| one.case_id == first));
    let early = wallet.end_report(&ctx, aoki(), taken.case_id, end).await;
    assert!(matches!(early, Err(WalletError::Desk(DeskError::JoinFirst))), "{early:?}");
    wallet.join_report(&ctx, aoki(), (taken.case_id, first)).await.unwrap();
    let joined = wallet.book.load::<Case>(taken.case_id).await.unwrap();
    assert!(wallet.paid_sister(&joined).await.unwrap().is_none(), "one matter");
}
