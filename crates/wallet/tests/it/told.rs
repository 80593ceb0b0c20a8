//! What a bank tells of its links, when it comes in another order than it happened.

use kanuki_domain::id::MandateId;
use kanuki_wallet::event::Received;
use kanuki_wire::set::{self, Event, LinkStatus, SecurityEvent};

use crate::world::{BANK_ISSUER, BANK_SET_KEY, WALLET_ISSUER, World};

/// What the bank says of a link, `ago` seconds after it happened there.
fn word(world: &World, mandate_id: MandateId, status: LinkStatus, ago: i64) -> String {
    let event = SecurityEvent {
        jti: format!("{status:?}|{ago}"),
        txn: None,
        subject: "x".into(),
        issued_at: kanuki_domain::mandate::later(world.ctx().now, -ago),
        event: Event::LinkStatusChanged { mandate_id, status, reason: "bank".into() },
    };
    set::make(&BANK_SET_KEY, BANK_ISSUER, WALLET_ISSUER, &event).unwrap()
}

#[tokio::test]
async fn a_late_release_never_opens_what_a_newer_stop_closed_nor_a_late_stop_what_was_released() {
    let world = World::new().await;
    let (hanako, link) = world.settled("hanako", 1).await;
    let id = world.wallet.link_of(hanako.id, link).await.unwrap().mandate_id;
    let hear = async |status, ago| {
        let token = word(&world, id, status, ago);
        let received = world.wallet.receive_event(&world.ctx(), &token).await.unwrap();
        assert_eq!(received, Received::Taken);
        world.wallet.link_of(hanako.id, link).await.unwrap().is_active()
    };

    assert!(!hear(LinkStatus::Suspended, 10).await);
    assert!(!hear(LinkStatus::Released, 20).await, "the release was before the stop");
    assert!(hear(LinkStatus::Released, 5).await);
    assert!(hear(LinkStatus::Suspended, 7).await, "the stop was before the release");
    assert!(!hear(LinkStatus::Suspended, 1).await);
    let log = world.wallet.book.records().audit_log(0, 10_000).await.unwrap();
    assert_eq!(log.iter().filter(|entry| entry.body.contains("event.late")).count(), 2);
}
