//! Giving a debit back: never more than was taken, once per id, and to the same account.

use std::sync::Arc;

use kanuki_bank::{
    BankError,
    credit::AskCredit,
    debit::{Debit, DebitState},
    mandate::Mandate,
};
use kanuki_desk::{gate::Gate, outbox::Message};
use kanuki_domain::{
    Yen,
    id::{DebitId, MandateId, PayoutId},
    limits::DAY_SECS,
};
use kanuki_wire::debit::RefusalReason;

use crate::world::{CLIENT, World};

fn ask(mandate_id: MandateId, n: u32, amount: u32, debit: u32) -> AskCredit {
    AskCredit {
        client_id: CLIENT.to_owned(),
        mandate_id,
        credit_id: PayoutId::derive(&[&n.to_string()]),
        amount: Yen::of(amount),
        refund_of: Some(DebitId::derive(&[&debit.to_string()])),
    }
}

async fn refund(world: &World, ask: AskCredit) -> DebitState {
    world.bank.request_credit(&world.ctx(), ask).await.unwrap().state
}

fn is_booked(state: DebitState) -> bool {
    matches!(state, DebitState::Booked { .. })
}

fn is_refused(state: DebitState, why: RefusalReason) -> bool {
    matches!(state, DebitState::Refused { reason, .. } if reason == why)
}

#[tokio::test]
async fn parts_come_back_until_the_whole_debit_has() {
    let mut world = World::new().await;
    let mandate = world.linked().await;
    assert!(is_booked(world.debit(mandate, 1, 8_000).await.state));

    assert!(is_booked(refund(&world, ask(mandate, 1, 3_000, 1)).await));
    assert!(is_booked(refund(&world, ask(mandate, 1, 3_000, 1)).await), "the same refund");
    let more = refund(&world, ask(mandate, 2, 5_001, 1)).await;
    assert!(is_refused(more, RefusalReason::OverLimit), "{more:?}");
    assert!(is_booked(refund(&world, ask(mandate, 3, 5_000, 1)).await));
    let spent = refund(&world, ask(mandate, 4, 1, 1)).await;
    assert!(is_refused(spent, RefusalReason::OverLimit));

    assert_eq!(world.core.balance("9000001"), 500_000);
    let changed = world.bank.request_credit(&world.ctx(), ask(mandate, 1, 3_001, 1)).await;
    assert!(matches!(changed, Err(BankError::NotAvailable)), "an id is one refund for ever");
}

#[tokio::test]
async fn a_refund_gives_no_capacity_back() {
    let mut world = World::new().await;
    let mandate = world.linked().await;
    assert!(is_booked(world.debit(mandate, 1, 10_000).await.state));
    assert!(is_booked(refund(&world, ask(mandate, 1, 10_000, 1)).await));

    let again = world.debit(mandate, 2, 1).await.state;

    assert!(is_refused(again, RefusalReason::OverLimit), "the first day's cap stays used");
}

#[tokio::test]
async fn what_was_not_taken_cannot_come_back() {
    let mut world = World::new().await;
    let mandate = world.linked().await;
    world.debit(mandate, 1, 10_001).await;

    for debit in [1, 9] {
        let refused = refund(&world, ask(mandate, debit, 1_000, debit)).await;
        assert!(is_refused(refused, RefusalReason::NotActive), "{debit}: {refused:?}");
    }
    assert_eq!(world.core.balance("9000001"), 500_000);
}

#[tokio::test]
async fn racing_refunds_are_never_more_than_the_debit() {
    let mut world = World::new().await;
    let mandate = world.linked().await;
    world.wait(DAY_SECS);
    assert!(is_booked(world.debit(mandate, 1, 30_000).await.state));
    let world = Arc::new(world);

    let racers: Vec<_> = (0..12)
        .map(|n| {
            let world = world.clone();
            tokio::spawn(async move {
                let ask = ask(mandate, n, 8_000, 1);
                world.bank.request_credit(&world.ctx(), ask).await.is_ok_and(|c| is_booked(c.state))
            })
        })
        .collect();
    let mut booked = 0_u64;
    for racer in racers {
        booked += u64::from(racer.await.unwrap()) * 8_000;
    }

    assert!(booked <= 30_000, "{booked}");
    assert_eq!(world.core.balance("9000001"), 470_000 + booked);
    let key = kanuki_bank::debit::key(CLIENT, DebitId::derive(&["1"]));
    let kept = world.bank.book.load::<Debit>(key).await.unwrap();
    assert_eq!(kept.refunded, Yen::of(u32::try_from(booked).unwrap()));
}

/// Every way in which a mandate can be stopped or end.
#[tokio::test]
async fn what_was_taken_comes_home_whatever_became_of_the_mandate() {
    for how in ["stopped", "ended", "person", "account"] {
        let mut world = World::new().await;
        let mandate = world.linked().await;
        assert!(is_booked(world.debit(mandate, 1, 8_000).await.state));
        let kept = world.bank.book.load::<Mandate>(mandate).await.unwrap();
        match how {
            "stopped" => stop_by_code(&world).await,
            "ended" => {
                world.bank.revoke_mandate(&world.ctx(), kept.holder_id, mandate).await.unwrap();
            }
            "person" => shut(&world, Gate::of("person", kept.holder_id)).await,
            _ => shut(&world, Gate::of("account", kept.account_id)).await,
        }

        assert!(is_booked(refund(&world, ask(mandate, 1, 3_000, 1)).await), "{how}");
        let payout = AskCredit { refund_of: None, ..ask(mandate, 2, 3_000, 1) };
        assert!(!is_booked(refund(&world, payout).await), "{how}: a payout is no refund");
        let more = refund(&world, ask(mandate, 3, 5_001, 1)).await;
        assert!(is_refused(more, RefusalReason::OverLimit), "{how}: {more:?}");

        assert_eq!(world.core.balance("9000001"), 495_000, "{how}");
    }
}

#[tokio::test]
async fn a_partner_that_is_stopped_gives_nothing_back_and_neither_does_anybody_when_all_is() {
    for gate in [Gate::everything(), Gate::of("partner", CLIENT)] {
        let mut world = World::new().await;
        let mandate = world.linked().await;
        assert!(is_booked(world.debit(mandate, 1, 8_000).await.state));
        shut(&world, gate).await;

        let refused = refund(&world, ask(mandate, 1, 3_000, 1)).await;

        assert!(is_refused(refused, RefusalReason::Stopped), "{refused:?}");
        assert_eq!(world.core.balance("9000001"), 492_000);
        let key = kanuki_bank::debit::key(CLIENT, DebitId::derive(&["1"]));
        assert_eq!(world.bank.book.load::<Debit>(key).await.unwrap().refunded, Yen::ZERO);
    }
}

#[tokio::test]
async fn a_partner_in_its_own_name_gives_back_its_own_debits_alone() {
    let mut world = World::new().await;
    let mandate = world.linked().await;
    assert!(is_booked(world.debit(mandate, 1, 8_000).await.state));
    let what = (PayoutId::derive(&["1"]), Yen::of(8_000));
    let debit = DebitId::derive(&["1"]);

    let theirs = world.bank.ask_refund(CLIENT, what, debit).await.unwrap().unwrap();
    assert_eq!(theirs.mandate_id, mandate);
    assert!(world.bank.ask_refund("other-wallet", what, debit).await.unwrap().is_none());
    let unknown = DebitId::derive(&["2"]);
    assert!(world.bank.ask_refund(CLIENT, what, unknown).await.unwrap().is_none());
}

async fn shut(world: &World, gate: Gate) {
    gate.close(&*world.bank.ledger, world.now).await.unwrap();
}

/// The holder types the code of the notice about the debit.
async fn stop_by_code(world: &World) {
    let due = world.bank.book.list::<Message>("state", "due").await.unwrap();
    let notice = due.into_iter().find(|m| m.kind == "debited").unwrap();
    let key = world.bank.book.load(&notice.person_id).await.unwrap();
    let code = notice.open(&world.bank.vault, &key).unwrap().1.values["stop_code"].clone();
    world.bank.stop(&world.ctx(), &code).await.unwrap();
}
