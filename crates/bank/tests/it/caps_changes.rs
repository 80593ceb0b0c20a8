//! A change of caps that is cut short does no harm to the next, and raises nothing but what was asked.

use kanuki_bank::{debit::DebitState, mandate::Mandate};
use kanuki_domain::{
    Yen,
    id::{HolderId, MandateId},
    limits::DAY_SECS,
};

use crate::world::{ORIGIN, World};

async fn kept(world: &World, id: MandateId) -> Mandate {
    world.bank.book.load::<Mandate>(id).await.unwrap().into_inner()
}

async fn raise(world: &mut World, (holder, id): (HolderId, MandateId), day: u32, month: u32) {
    let wanted = [Yen::of(day), Yen::of(month)];
    let started = world.bank.start_raise(&world.ctx(), holder, id, &wanted).await;
    let (options, state) = started.unwrap();
    let response = world.device.get(&options, ORIGIN).unwrap();
    let from = (holder, "browser");
    world.bank.finish_raise(&world.ctx(), from, id, (&response, &state)).await.unwrap();
}

/// A raise whose caps are in the ledger, and whose row a crash kept as it was.
async fn cut_short(world: &mut World) -> (HolderId, MandateId) {
    let id = world.linked().await;
    let holder = kept(world, id).await.holder_id;
    world.wait(DAY_SECS);
    let lower = [Yen::of(10_000), Yen::of(100_000)];
    world.bank.lower_caps(&world.ctx(), holder, id, &lower).await.unwrap();
    raise(world, (holder, id), 20_000, 100_000).await;
    world.wait(DAY_SECS + 1);
    let before = kept(world, id).await;
    world.bank.age_mandates(&world.ctx()).await.unwrap();
    let mut row = world.bank.book.load::<Mandate>(id).await.unwrap();
    assert_ne!(row.terms, before.terms, "it ripened");
    row.edit().terms = before.terms;
    row.edit().cap_generation = before.cap_generation;
    row.edit().raise = before.raise;
    let mut unit = kanuki_record::Unit::new();
    unit.update(&row);
    world.bank.book.commit(unit).await.unwrap();
    (holder, id)
}

#[tokio::test]
async fn another_raise_after_a_crash_wedges_nothing() {
    let mut world = World::new().await;
    let (holder, id) = cut_short(&mut world).await;

    raise(&mut world, (holder, id), 40_000, 200_000).await;

    let taken = world.debit(id, 1, 20_000).await.state;
    assert!(matches!(taken, DebitState::Booked { .. }), "the first raise holds: {taken:?}");
    world.wait(DAY_SECS + 1);
    let taken = world.debit(id, 2, 40_000).await.state;
    assert!(matches!(taken, DebitState::Booked { .. }), "and so does the second: {taken:?}");
}

#[tokio::test]
async fn a_raise_that_is_called_off_after_a_crash_leaves_its_caps_to_nobody() {
    let mut world = World::new().await;
    let (holder, id) = cut_short(&mut world).await;
    let mut row = world.bank.book.load::<Mandate>(id).await.unwrap();
    row.edit().raise = None;
    let mut unit = kanuki_record::Unit::new();
    unit.update(&row);
    world.bank.book.commit(unit).await.unwrap();

    let lower = [Yen::of(5_000), Yen::of(100_000)];
    world.bank.lower_caps(&world.ctx(), holder, id, &lower).await.unwrap();

    let taken = world.debit(id, 1, 5_000).await.state;
    assert!(matches!(taken, DebitState::Booked { .. }), "{taken:?}");
    assert!(world.is_to_be_signed(id, 2, 1).await, "and not one yen more");
}

#[tokio::test]
async fn raising_a_period_leaves_what_one_debit_may_be() {
    let mut world = World::new().await;
    let mut terms = world.terms();
    terms.max_individual = Yen::of(5_000);
    terms.periodic[0].amount = Yen::of(20_000);
    let id = world.linked_on(terms).await;
    let holder = kept(&world, id).await.holder_id;

    raise(&mut world, (holder, id), 40_000, 300_000).await;
    world.wait(DAY_SECS + 1);

    assert!(world.is_to_be_signed(id, 1, 5_001).await, "five thousand at once were agreed");
    let taken = world.debit(id, 2, 5_000).await.state;
    assert!(matches!(taken, DebitState::Booked { .. }), "{taken:?}");
    assert_eq!(kept(&world, id).await.terms.max_individual, Yen::of(5_000));
}
