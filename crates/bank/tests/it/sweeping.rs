//! What is over is forgotten; what is evidence stays.

use kanuki_bank::{
    BankError,
    approval::{DebitApproval, redirect::PushedDebit},
    debit::DebitState,
    link::{
        Pushed,
        token::{Code, Grant, Token},
    },
};
use kanuki_desk::evidence::Kept;
use kanuki_domain::limits::{DAY_SECS, SIGNATURE_TRIES_PER_HOUR};
use kanuki_record::{Record, vault::PersonKey};
use kanuki_wire::debit::RefusalReason;

use crate::{
    stepup::{approved, details, modest, push, with},
    world::{World, facts},
};

async fn rows<T: Record>(world: &World) -> usize {
    world.bank.book.scan::<T>("").await.unwrap().len()
}

async fn sweep(world: &mut World, days: i64) {
    world.wait(days * DAY_SECS);
    world.bank.forget_over(world.now).await.unwrap();
}

#[tokio::test]
async fn what_nobody_finished_is_forgotten_with_its_facts() {
    let mut world = World::new().await;
    let mandate = modest(&mut world).await;
    let (finished, keys) = (rows::<Pushed>(&world).await, rows::<PersonKey>(&world).await);
    world.push(facts()).await.unwrap();
    push(&world, details(&world, mandate, 1, 30_000), None).await.unwrap();
    assert_eq!(rows::<Pushed>(&world).await, finished + 1);
    assert_eq!(rows::<PersonKey>(&world).await, keys + 1);

    sweep(&mut world, 1).await;
    assert_eq!(rows::<PushedDebit>(&world).await, 1, "a day is left to look at it");
    sweep(&mut world, 2).await;

    assert_eq!(rows::<Pushed>(&world).await, finished, "who asked before is known");
    assert_eq!(rows::<PersonKey>(&world).await, keys);
    assert_eq!(rows::<PushedDebit>(&world).await, 0);
    assert_eq!(rows::<DebitApproval>(&world).await, 0);
    assert_eq!(rows::<Code>(&world).await, 0);
}

#[tokio::test]
async fn what_was_signed_stays_and_so_does_the_link() {
    let mut world = World::new().await;
    let mandate = modest(&mut world).await;
    let token = approved(&mut world, mandate, 1, 30_000).await;
    let debit = world.bank.request_debit(&world.ctx(), with(&token, 1, 30_000)).await.unwrap();
    assert!(matches!(debit.state, DebitState::Booked { .. }), "{:?}", debit.state);
    let (kept, grants) = (rows::<Kept>(&world).await, rows::<Grant>(&world).await);

    sweep(&mut world, 3).await;

    assert_eq!(rows::<Kept>(&world).await, kept);
    assert_eq!(rows::<Grant>(&world).await, grants - 1, "that of the one debit is over");
    assert_eq!(rows::<DebitApproval>(&world).await, 1, "its evidence is named there");
    assert_eq!(rows::<Token>(&world).await, 1, "the refresh token lives as long as the mandate");
    let again = world.bank.find_debit(crate::world::CLIENT, debit.debit_id).await.unwrap();
    assert!(again.is_some());
    let next = world.debit(mandate, 2, 10_000).await.state;
    assert!(matches!(next, DebitState::Booked { .. }), "{next:?}");
}

#[tokio::test]
async fn a_partner_cannot_feel_its_way_to_what_is_left_of_an_account() {
    let mut world = World::new().await;
    let mandate = modest(&mut world).await;
    for n in 0..SIGNATURE_TRIES_PER_HOUR {
        // Half of the tries are far above what any signature could help.
        let amount = if n % 2 == 0 { 30_000 } else { 60_000 };
        let asked = push(&world, details(&world, mandate, n, amount), None).await;
        assert_eq!(asked.is_ok(), n % 2 == 0, "{n}");
    }

    let more = push(&world, details(&world, mandate, 100, 30_000), None).await;
    assert!(matches!(more, Err(BankError::OAuth(_))), "{more:?}");
    for (n, amount) in [(101, 30_000), (102, 60_000)] {
        let state = world.debit(mandate, n, amount).await.state;
        let alike = matches!(state, DebitState::Refused { reason: RefusalReason::TryLater, .. });
        assert!(alike, "what could be signed and what could not are one answer: {state:?}");
    }
    let within = world.debit(mandate, 103, 10_000).await.state;
    assert!(matches!(within, DebitState::Booked { .. }), "what was agreed to goes on: {within:?}");
    world.wait(3_601);
    assert!(push(&world, details(&world, mandate, 104, 30_000), None).await.is_ok());
}
