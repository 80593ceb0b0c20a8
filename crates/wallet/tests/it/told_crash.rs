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
use kanuki_wire::set::{self, Event, LinkStatus, SecurityEvent};

use crate::{
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
