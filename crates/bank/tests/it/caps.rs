use kanuki_bank::debit::{DebitState, request::Ask};
use kanuki_domain::{Yen, id::DebitId, limits::DAY_SECS, mandate::Interaction};
use kanuki_wire::debit::RefusalReason;

use crate::world::World;

const HALF_DAY_SECS: i64 = 43_200;

fn is_booked(state: DebitState) -> bool {
    matches!(state, DebitState::Booked { .. })
}

#[tokio::test]
async fn a_new_link_takes_ten_thousand_in_all_on_its_first_day() {
    let mut world = World::new().await;
    let mandate = world.linked().await;

    assert!(is_booked(world.debit(mandate, 1, 6_000).await.state));
    let over = world.debit(mandate, 2, 4_001).await.state;
    assert!(matches!(over, DebitState::Refused { reason: RefusalReason::OverLimit, .. }));
    assert!(is_booked(world.debit(mandate, 3, 4_000).await.state));

    world.wait(DAY_SECS);
    assert!(is_booked(world.debit(mandate, 4, 50_000).await.state), "cooled");
    assert_eq!(world.core.balance("9000001"), 440_000);
}

#[tokio::test]
async fn caps_roll_and_know_no_midnight_or_month() {
    let mut world = World::new().await;
    world.now = "2026-12-30T14:00:00Z".parse().unwrap();
    let mandate = world.linked().await;
    world.wait(DAY_SECS);

    // 23:00 on the last day of the year, then an hour and a half later in the new one.
    assert!(is_booked(world.debit(mandate, 1, 50_000).await.state));
    world.wait(5_400);
    assert!(!is_booked(world.debit(mandate, 2, 1).await.state));
    world.wait(DAY_SECS - 5_400);
    assert!(is_booked(world.debit(mandate, 3, 50_000).await.state), "a day later it returned");
}

#[tokio::test]
async fn the_month_cap_holds_across_the_calendar() {
    let mut world = World::new().await;
    let mandate = world.linked().await;
    let mut booked = 0_u64;
    for n in 0..29 {
        world.wait(DAY_SECS);
        if is_booked(world.debit(mandate, n, 50_000).await.state) {
            booked += 50_000;
        }
    }
    assert_eq!(booked, 300_000, "twenty-nine days on, not one yen more");
}

#[tokio::test]
async fn a_refused_debit_gives_its_capacity_back() {
    let mut world = World::new().await;
    let mandate = world.linked().await;
    world.core.0.lock().unwrap().balance.insert("9000001".to_owned(), 3_000);

    let refused = world.debit(mandate, 1, 8_000).await.state;
    assert!(
        matches!(refused, DebitState::Refused { reason: RefusalReason::NotEnoughMoney, .. }),
        "never into the overdraft: {refused:?}"
    );
    world.core.0.lock().unwrap().balance.insert("9000001".to_owned(), 500_000);

    assert!(is_booked(world.debit(mandate, 2, 10_000).await.state));
}

#[tokio::test]
async fn lowering_works_at_once_and_raising_waits() {
    let mut world = World::new().await;
    let mandate = world.linked().await;
    let kept = world.bank.book.load::<kanuki_bank::mandate::Mandate>(mandate).await.unwrap();
    let holder = kept.holder_id;
    world.wait(DAY_SECS);
    assert!(is_booked(world.debit(mandate, 1, 15_000).await.state));

    let month = Yen::of(100_000);
    let lower = [Yen::of(20_000), month];
    world.bank.lower_caps(&world.ctx(), holder, mandate, &lower).await.unwrap();
    assert!(world.is_to_be_signed(mandate, 2, 5_001).await, "what was used is carried");
    assert!(is_booked(world.debit(mandate, 3, 5_000).await.state));

    let wider =
        world.bank.lower_caps(&world.ctx(), holder, mandate, &[Yen::of(50_000), month]).await;
    assert!(wider.is_err(), "lowering cannot raise");
    let (options, state) = world
        .bank
        .start_raise(&world.ctx(), holder, mandate, &[Yen::of(50_000), Yen::of(300_000)])
        .await
        .unwrap();
    let response = world.device.get(&options, crate::world::ORIGIN).unwrap();
    world
        .bank
        .finish_raise(&world.ctx(), (holder, "browser"), mandate, (&response, &state))
        .await
        .unwrap();
    assert!(world.is_to_be_signed(mandate, 4, 30_000).await, "not yet");

    world.wait(DAY_SECS + 1);
    assert!(is_booked(world.debit(mandate, 5, 30_000).await.state));
}

#[tokio::test]
async fn a_lowered_cap_forgets_nothing_that_was_used() {
    let mut world = World::new().await;
    let mandate = world.linked().await;
    let kept = world.bank.book.load::<kanuki_bank::mandate::Mandate>(mandate).await.unwrap();
    world.wait(DAY_SECS);
    assert!(is_booked(world.debit(mandate, 1, 10_000).await.state));
    world.wait(HALF_DAY_SECS);
    assert!(is_booked(world.debit(mandate, 2, 10_000).await.state));

    let lower = [Yen::of(10_000), Yen::of(100_000)];
    world.bank.lower_caps(&world.ctx(), kept.holder_id, mandate, &lower).await.unwrap();
    world.wait(HALF_DAY_SECS + 1);

    assert!(world.is_to_be_signed(mandate, 3, 1).await, "the second one is half a day old");
    world.wait(HALF_DAY_SECS);
    assert!(is_booked(world.debit(mandate, 4, 10_000).await.state));
}

#[tokio::test]
async fn lowering_a_cap_and_raising_it_again_gives_nothing_back() {
    let mut world = World::new().await;
    let mandate = world.linked().await;
    let kept = world.bank.book.load::<kanuki_bank::mandate::Mandate>(mandate).await.unwrap();
    let holder = kept.holder_id;
    for n in [1, 2] {
        world.wait(DAY_SECS + 1);
        assert!(is_booked(world.debit(mandate, n, 50_000).await.state));
    }
    let lower = [Yen::of(50_000), Yen::of(50_000)];
    world.bank.lower_caps(&world.ctx(), holder, mandate, &lower).await.unwrap();
    let back = [Yen::of(50_000), Yen::of(100_000)];
    let (options, state) =
        world.bank.start_raise(&world.ctx(), holder, mandate, &back).await.unwrap();
    let response = world.device.get(&options, crate::world::ORIGIN).unwrap();
    let from = (holder, "browser");
    world.bank.finish_raise(&world.ctx(), from, mandate, (&response, &state)).await.unwrap();

    world.wait(DAY_SECS + 1);

    assert!(world.is_to_be_signed(mandate, 3, 1).await, "a hundred thousand were taken");
}

/// The partner chooses the ids, and so what a first page of debits by id would hold.
#[tokio::test]
async fn no_number_of_refused_debits_makes_a_cap_forget_what_was_used() {
    let mut world = World::new().await;
    let mandate = world.linked().await;
    let kept = world.bank.book.load::<kanuki_bank::mandate::Mandate>(mandate).await.unwrap();
    world.wait(DAY_SECS);
    let numbered =
        |n: u128| Ask { debit_id: DebitId::from_bits(n), ..World::ask(mandate, 0, 9_000) };
    let first = world.bank.request_debit(&world.ctx(), numbered(1)).await.unwrap();
    assert!(is_booked(first.state));
    for n in 0..1_001 {
        let ask = Ask { interaction: Interaction::OffSession, ..numbered(u128::MAX - n) };
        assert!(!is_booked(world.bank.request_debit(&world.ctx(), ask).await.unwrap().state));
    }

    let lower = [Yen::of(10_000), Yen::of(10_000)];
    world.bank.lower_caps(&world.ctx(), kept.holder_id, mandate, &lower).await.unwrap();

    assert!(world.is_to_be_signed(mandate, 3, 1_001).await, "nine thousand were taken");
    assert!(is_booked(world.debit(mandate, 4, 1_000).await.state));
    let newest = world.bank.debits_of(mandate).await.unwrap();
    assert!(newest.iter().any(|debit| debit.debit_id == DebitId::from_bits(1)));
    assert!(newest.is_sorted_by_key(|debit| std::cmp::Reverse(debit.asked_at)));
}

#[tokio::test]
async fn racing_debits_never_exceed_a_cap() {
    let mut world = World::new().await;
    let mandate = world.linked().await;
    let world = std::sync::Arc::new(world);

    let racers: Vec<_> = (0..40)
        .map(|n| {
            let world = world.clone();
            tokio::spawn(async move { world.debit(mandate, n, 3_000).await.state })
        })
        .collect();
    let mut booked = 0;
    for racer in racers {
        if is_booked(racer.await.unwrap()) {
            booked += 1;
        }
    }

    assert_eq!(booked, 3, "three times ¥3,000 fit under ¥10,000");
    assert_eq!(world.core.balance("9000001"), 491_000);
}
