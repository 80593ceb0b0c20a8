//! A wallet's server that stops anywhere between hearing an alarm and having acted on it: every alarm
//! takes effect, and once.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use kanuki_desk::case::Case;
use kanuki_domain::id::CaseId;
use kanuki_ledger::MemoryEngine;
use kanuki_record::MemoryRecords;
use kanuki_wallet::event::Received;
use kanuki_wire::set::{self, CaseStage, Event, LinkStatus, SecurityEvent};

use crate::{
    claims::aoki,
    crash::{Books, Fuse, Rows},
    world::{BANK_ISSUER, BANK_SET_KEY, WALLET_ISSUER, World},
};

/// Hears an alarm and stops at the write `at`; true if nothing stopped it.
async fn hear_and_stop(at: i64, is_done_first: bool) -> bool {
    let fuse = Arc::new(Fuse { left: AtomicI64::new(i64::MAX), is_done_first });
    let rows = Arc::new(Rows(MemoryRecords::default(), Arc::clone(&fuse)));
    let books = Arc::new(Books(MemoryEngine::default(), Arc::clone(&fuse)));
    let world = World::on(rows, books).await;
    let (hanako, link) = world.settled("hanako", 1).await;
    let mandate_id = world.wallet.link_of(hanako.id, link).await.unwrap().mandate_id;
    let shared = CaseId::derive(&["shared"]);
    let event = SecurityEvent {
        jti: "j1".into(),
        txn: Some(shared.to_string()),
        subject: "x".into(),
        issued_at: world.ctx().now,
        event: Event::LinkStatusChanged {
            mandate_id,
            status: LinkStatus::Suspended,
            reason: "report".into(),
        },
    };
    let alarm = set::make(&BANK_SET_KEY, BANK_ISSUER, WALLET_ISSUER, &event).unwrap();

    fuse.left.store(at, Ordering::SeqCst);
    let heard = world.wallet.receive_event(&world.ctx(), &alarm).await;
    fuse.left.store(i64::MAX, Ordering::SeqCst);
    // What was not acknowledged is told again, and so is what was and got lost.
    for _ in 0..2 {
        let again = world.wallet.receive_event(&world.ctx(), &alarm).await;
        assert_eq!(again.unwrap(), Received::Taken);
    }

    let label = format!("stopped at {at}, done first {is_done_first}");
    let customer = world.wallet.customer(hanako.id).await.unwrap();
    assert_eq!(customer.frozen.as_ref().map(|f| f.case_id), Some(shared), "{label}");
    let after = world.wallet.link_of(hanako.id, link).await.unwrap();
    assert!(after.is_alive() && !after.is_active(), "{label}");
    let cases = world.wallet.book.list::<Case>("about", &mandate_id.to_string()).await.unwrap();
    assert_eq!(cases.len(), 1, "{label}");
    let (told, _) = world.mail(&hanako).await;
    let each = told.iter().filter(|kind| *kind == "linked").count();
    let frozen = told.iter().filter(|kind| *kind == "frozen").count();
    assert_eq!(frozen, each, "each contact once, {label}: {told:?}");
    heard.is_ok()
}

#[tokio::test]
async fn an_alarm_acts_once_wherever_its_receiver_stopped() {
    for is_done_first in [false, true] {
        let mut at = 0;
        while !Box::pin(hear_and_stop(at, is_done_first)).await {
            at += 1;
            assert!(at < 20, "an alarm takes fewer writes than this");
        }
        assert!(at >= 3, "the stops must have hit every write, not {at}");
    }
}

/// The bank told a report's number before, its person stopped their wallet here, and now the bank says which
/// link the report is about. Stops at the write `at`; true if nothing stopped it.
async fn named_and_stop(at: i64, is_done_first: bool) -> bool {
    let fuse = Arc::new(Fuse { left: AtomicI64::new(i64::MAX), is_done_first });
    let rows = Arc::new(Rows(MemoryRecords::default(), Arc::clone(&fuse)));
    let books = Arc::new(Books(MemoryEngine::default(), Arc::clone(&fuse)));
    let world = World::on(rows, books).await;
    let (hanako, link) = world.settled("hanako", 1).await;
    let mandate_id = world.wallet.link_of(hanako.id, link).await.unwrap().mandate_id;
    let shared = CaseId::derive(&["shared"]);
    let says = |jti: &str, event| SecurityEvent {
        jti: jti.into(),
        txn: Some(shared.to_string()),
        subject: "x".into(),
        issued_at: world.ctx().now,
        event,
    };
    let told = says("j1", Event::CaseShared { case_id: shared, stage: CaseStage::Reported });
    let told = set::make(&BANK_SET_KEY, BANK_ISSUER, WALLET_ISSUER, &told).unwrap();
    world.wallet.receive_event(&world.ctx(), &told).await.unwrap();
    let own = world.wallet.freeze(&world.ctx(), hanako.id).await.unwrap();
    let reason = "report".to_owned();
    let status = LinkStatus::Suspended;
    let alarm = says("j2", Event::LinkStatusChanged { mandate_id, status, reason });
    let alarm = set::make(&BANK_SET_KEY, BANK_ISSUER, WALLET_ISSUER, &alarm).unwrap();

    fuse.left.store(at, Ordering::SeqCst);
    let heard = world.wallet.receive_event(&world.ctx(), &alarm).await;
    fuse.left.store(i64::MAX, Ordering::SeqCst);
    for _ in 0..2 {
        let again = world.wallet.receive_event(&world.ctx(), &alarm).await;
        assert_eq!(again.unwrap(), Received::Taken);
    }

    let label = format!("stopped at {at}, done first {is_done_first}");
    let case = async |id: CaseId| world.wallet.book.load::<Case>(id).await.unwrap();
    let (told, own) = (case(shared).await, case(own).await);
    assert_eq!(told.about, mandate_id.to_string(), "{label}");
    assert_eq!(told.person_id, Some(hanako.id.to_string()), "{label}");
    let joined = |case: &Case, other: CaseId| {
        let mark = format!("=claim_joined|{other}");
        case.steps.iter().filter(|step| step.text == mark).count()
    };
    let both = (joined(&told, own.case_id), joined(&own, shared));
    assert_eq!(both, (1, 1), "one matter, {label}");
    heard.is_ok()
}

#[tokio::test]
async fn what_a_bank_names_is_one_matter_with_its_persons_own_stop_wherever_its_receiver_stopped() {
    for is_done_first in [false, true] {
        let mut at = 0;
        while !Box::pin(named_and_stop(at, is_done_first)).await {
            at += 1;
            assert!(at < 20, "an alarm takes fewer writes than this");
        }
        assert!(at >= 2, "the stops must have hit every write, not {at}");
    }
}

/// The first case of a stopped wallet was closed; what the bank names is looked into from then on.
#[tokio::test]
async fn what_a_bank_names_is_taken_where_the_case_of_the_stop_is_closed() {
    let world = World::new().await;
    let (hanako, link) = world.settled("hanako", 1).await;
    let mandate_id = world.wallet.link_of(hanako.id, link).await.unwrap().mandate_id;
    let shared = CaseId::derive(&["shared"]);
    let hear = async |jti: &str, event| {
        let issued_at = world.ctx().now;
        let (jti, txn) = (jti.to_owned(), Some(shared.to_string()));
        let event = SecurityEvent { jti, txn, subject: "x".into(), issued_at, event };
        let token = set::make(&BANK_SET_KEY, BANK_ISSUER, WALLET_ISSUER, &event).unwrap();
        world.wallet.receive_event(&world.ctx(), &token).await.unwrap()
    };
    hear("j1", Event::CaseShared { case_id: shared, stage: CaseStage::Reported }).await;
    let own = world.wallet.freeze(&world.ctx(), hanako.id).await.unwrap();
    world.wallet.close_case(&world.ctx(), aoki(), own, "終わり").await.unwrap();

    let (status, reason) = (LinkStatus::Suspended, "report".to_owned());
    let heard = hear("j2", Event::LinkStatusChanged { mandate_id, status, reason }).await;

    assert_eq!(heard, Received::Taken);
    let customer = world.wallet.customer(hanako.id).await.unwrap();
    assert_eq!(customer.frozen.as_ref().map(|frozen| frozen.case_id), Some(shared));
    let told = world.wallet.book.load::<Case>(shared).await.unwrap();
    assert_eq!(told.person_id, Some(hanako.id.to_string()));
}
