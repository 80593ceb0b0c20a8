//! What a mandate's own terms do to its debits.

use std::num::NonZeroU32;

use kanuki_bank::{BankError, debit::DebitState, mandate::Mandate};
use kanuki_domain::{
    Yen,
    limits::DAY_SECS,
    mandate::{Alignment, Interaction, Period, PeriodicCap, Zone, later},
};
use kanuki_wire::{ErrorCode, debit::RefusalReason};

use crate::world::{World, facts};

fn is_booked(state: DebitState) -> bool {
    matches!(state, DebitState::Booked { .. })
}

fn is_over_limit(state: DebitState) -> bool {
    matches!(state, DebitState::Refused { reason: RefusalReason::OverLimit, .. })
}

/// A world whose link has cooled at 23:00 of the last day but one of a month in Japan.
async fn at_month_end(caps: Vec<PeriodicCap>) -> (World, kanuki_domain::id::MandateId) {
    let mut world = World::new().await;
    world.now = "2026-11-28T14:00:00Z".parse().unwrap();
    let mut terms = world.terms();
    terms.max_individual = Yen::of(10_000);
    terms.periodic = caps;
    let mandate = world.linked_on(terms).await;
    world.wait(DAY_SECS);
    (world, mandate)
}

#[tokio::test]
async fn a_calendar_month_ends_at_midnight_in_its_time_zone_and_not_a_second_sooner() {
    let budget = PeriodicCap::calendar(Period::Month, Zone::japan(), Yen::of(10_000));
    let (mut world, mandate) = at_month_end(vec![budget]).await;

    assert!(is_booked(world.debit(mandate, 1, 10_000).await.state));
    world.now = "2026-11-30T14:59:59.5Z".parse().unwrap();
    assert!(world.is_to_be_signed(mandate, 2, 1).await);
    world.now = "2026-11-30T15:00:01Z".parse().unwrap();
    assert!(is_booked(world.debit(mandate, 3, 10_000).await.state), "December in Japan");
    assert!(world.is_to_be_signed(mandate, 4, 1).await);
}

#[tokio::test]
async fn the_banks_own_caps_roll_across_the_edge_of_a_mandates() {
    let day = PeriodicCap::calendar(Period::Day, Zone::japan(), Yen::of(50_000));
    let (mut world, mandate) = at_month_end(vec![day]).await;
    let mut booked = 0;
    for n in 0..5 {
        booked += u32::from(is_booked(world.debit(mandate, n, 10_000).await.state));
    }
    world.wait(2 * 3_600);

    assert_eq!(booked, 5);
    assert!(is_over_limit(world.debit(mandate, 9, 1).await.state), "midnight gives nothing back");
}

#[tokio::test]
async fn days_from_the_consent_end_at_its_hour() {
    let alignment = Alignment::Consent(Zone::japan());
    let (period, amount) = (Period::Day, Yen::of(10_000));
    let day = PeriodicCap { period, alignment, amount, max_debits: None };
    let (mut world, mandate) = at_month_end(vec![day]).await;

    world.wait(DAY_SECS - 10);
    assert!(is_booked(world.debit(mandate, 1, 10_000).await.state));
    world.wait(11);
    assert!(is_booked(world.debit(mandate, 2, 10_000).await.state), "another day has begun");
}

#[tokio::test]
async fn a_number_of_debits_holds_however_small_they_are() {
    let mut week = PeriodicCap::rolling(Period::Week, Yen::of(50_000));
    week.max_debits = NonZeroU32::new(2);
    let (mut world, mandate) = at_month_end(vec![week]).await;

    assert!(is_booked(world.debit(mandate, 1, 1).await.state));
    assert!(is_booked(world.debit(mandate, 2, 1).await.state));
    assert!(world.is_to_be_signed(mandate, 3, 1).await);
    let kept = world.bank.book.load::<Mandate>(mandate).await.unwrap();
    assert_eq!(world.bank.available_today(&kept, &world.ctx()).await.unwrap(), Yen::ZERO);
    world.wait(7 * DAY_SECS);
    assert!(is_booked(world.debit(mandate, 4, 1).await.state));
}

/// A link that was signed for a later day is new on that day: it debits little at first, however long
/// ago it was signed; and that day is not one that nobody remembers.
#[tokio::test]
async fn the_first_day_is_the_first_on_which_a_link_may_debit() {
    let mut world = World::new().await;
    let mut terms = world.terms();
    let begins = later(world.now, 31 * DAY_SECS);
    (terms.valid_from, terms.valid_to) = (later(begins, 1), later(begins, 100 * DAY_SECS));
    let too_far = world.push_on(terms.clone(), facts()).await.unwrap_err();
    let BankError::OAuth(refused) = too_far else { panic!("{too_far:?}") };
    assert_eq!(refused.code, ErrorCode::InvalidAuthorizationDetails);
    terms.valid_from = begins;
    let mandate = world.linked_on(terms).await;

    world.now = later(begins, -60);
    assert!(!is_booked(world.debit(mandate, 1, 10_000).await.state), "not yet");
    world.now = begins;
    assert!(is_booked(world.debit(mandate, 2, 10_000).await.state));
    assert!(is_over_limit(world.debit(mandate, 3, 1).await.state), "as a new link");
    world.wait(DAY_SECS + 1);
    assert!(is_booked(world.debit(mandate, 4, 20_000).await.state), "it has cooled");
}

#[tokio::test]
async fn a_number_in_all_is_never_given_back_by_time() {
    let mut world = World::new().await;
    let mut terms = world.terms();
    terms.max_debits = NonZeroU32::new(2);
    let mandate = world.linked_on(terms).await;

    for n in 1..=2 {
        assert!(is_booked(world.debit(mandate, n, 1).await.state));
    }
    world.wait(200 * DAY_SECS);
    assert!(world.is_to_be_signed(mandate, 3, 1).await);
}

#[tokio::test]
async fn a_debit_that_waited_beyond_its_period_is_refused_and_moves_nothing() {
    let day = PeriodicCap::calendar(Period::Day, Zone::japan(), Yen::of(10_000));
    let (mut world, mandate) = at_month_end(vec![day]).await;
    assert!(is_booked(world.debit(mandate, 1, 9_000).await.state));
    // The row is there, as after a crash, but nothing has reached the ledger.
    let mut row = world.debit(mandate, 1, 9_000).await;
    row.debit_id = kanuki_domain::id::DebitId::derive(&["late"]);
    row.state = DebitState::Open;
    let mut unit = kanuki_record::Unit::new();
    unit.insert(&row);
    world.bank.book.commit(unit).await.unwrap();
    let before = world.core.balance("9000001");
    world.wait(3_601);

    let late = world.bank.drive_debit(&world.ctx(), &row.key()).await.unwrap();

    assert!(matches!(late.state, DebitState::Refused { reason: RefusalReason::TryLater, .. }));
    assert_eq!(world.core.balance("9000001"), before);
    assert!(is_booked(world.debit(mandate, 3, 10_000).await.state), "the new day is whole");
}

#[tokio::test]
async fn a_debit_without_the_customer_needs_terms_that_say_so() {
    let mut world = World::new().await;
    let mandate = world.linked().await;

    let alone = world.debit_with(mandate, 1, 1_000, Interaction::OffSession).await;

    assert!(is_over_limit(alone.state));
    assert!(is_booked(world.debit(mandate, 2, 1_000).await.state));
}

#[tokio::test]
async fn terms_that_are_over_or_come_to_nothing_are_refused_before_any_page() {
    let world = World::new().await;
    let mut past = world.terms();
    past.valid_from = "2020-01-01T00:00:00Z".parse().unwrap();
    past.valid_to = "2020-06-01T00:00:00Z".parse().unwrap();

    let refused = world.push_on(past, facts()).await;

    assert!(matches!(refused, Err(BankError::OAuth(_))), "{refused:?}");
}
