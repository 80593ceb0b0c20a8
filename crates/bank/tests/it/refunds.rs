//! Giving a debit back: never more than was taken, once per id, and to the same account.

use std::sync::Arc;

use kanuki_bank::{
    BankError,
    credit::AskCredit,
    debit::{Debit, DebitState},
};
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
