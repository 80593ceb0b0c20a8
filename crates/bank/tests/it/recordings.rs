//! What a bank kept of attempts is written down with what became known, names nobody, and can be judged again.

use kanuki_bank::write_recording;
use kanuki_desk::{
    case::{Case, CaseKind},
    recording::{Recorded, Span},
};
use kanuki_domain::{
    Yen,
    id::{MandateId, StaffId},
    limits::DAY_SECS,
    mandate::later,
};
use kanuki_record::Unit;
use kanuki_risk::{Backtest, Bounds, Event, Kind, Policy, Subject};

use crate::world::World;

async fn record(world: &World, from_days_ago: i64) -> (Recorded, Vec<Event>, String) {
    let (book, vault) = (&world.bank.book, &world.bank.vault);
    let from = later(world.now, from_days_ago.saturating_mul(-DAY_SECS));
    let span = Span { from, until: later(world.now, 1) };
    let (ctx, mut file) = (world.ctx(), Vec::new());
    let recorded = write_recording((book, vault), &ctx, "operator", span, &mut file).await;
    let (recorded, text) = (recorded.unwrap(), String::from_utf8(file).unwrap());
    let events = text.lines().map(|line| Event::parse(line).unwrap()).collect();
    (recorded, events, text)
}

async fn reports(world: &World, mandate: MandateId) {
    let mandate = world.bank.book.load::<kanuki_bank::mandate::Mandate>(mandate).await.unwrap();
    let person = Some(mandate.holder_id.to_string());
    let case = Case::open(&world.ctx(), CaseKind::NotMe, mandate.mandate_id, person);
    let mut unit = Unit::new();
    unit.insert(&case);
    world.bank.book.commit(unit).await.unwrap();
}

#[tokio::test]
async fn a_recording_has_each_attempt_once_with_what_became_known_and_names_nobody() {
    let mut world = World::new().await;
    let mandate = world.linked().await;
    for n in 0..3 {
        world.wait(DAY_SECS);
        world.debit(mandate, n, 3_000).await;
    }
    world.wait(3_600);
    reports(&world, mandate).await;
    world.wait(3_600);
    world.debit(mandate, 9, 2_000).await;

    let (recorded, events, text) = record(&world, 30).await;
    let debits: Vec<&Event> = events.iter().filter(|e| e.signal.kind == Kind::Debit).collect();
    assert_eq!(debits.len(), 4, "each of them is kept twice and written once");
    let frauds: Vec<bool> = debits.iter().map(|event| event.is_fraud).collect();
    assert_eq!(frauds, [true, true, true, false], "what came after the report is not told of");
    assert_eq!((recorded.frauds, recorded.fraud_yen), (3, Yen::of(9_000)));
    assert_eq!(recorded.movements, 4);
    assert_eq!(usize::try_from(recorded.events).unwrap(), events.len());
    assert!(events.iter().any(|event| event.signal.kind == Kind::LinkRequested));
    assert!(events.is_sorted_by_key(|event| event.signal.at));

    let row = world.bank.book.load::<kanuki_bank::mandate::Mandate>(mandate).await.unwrap();
    for named in [row.holder_id.to_string(), row.account_id.to_string(), row.account_ref.clone()] {
        assert!(!text.contains(&named), "{named}");
    }
    let of = |event: &Event| event.signal.key(Subject::Account).cloned();
    assert!(debits.iter().all(|event| of(event).is_some() && of(event) == of(debits[0])));
    assert!(text.contains(&row.client_id), "a partner is nobody's name");

    let log = world.bank.book.records().audit_log(0, 1_000).await.unwrap();
    assert!(log.iter().any(|entry| entry.body.contains("\"recording.made\"")));
}

#[tokio::test]
async fn a_recording_is_judged_again_and_begins_where_it_is_asked_to() {
    let mut world = World::new().await;
    let mandate = world.linked().await;
    for n in 0..4 {
        world.wait(DAY_SECS);
        world.debit(mandate, n, 3_000).await;
    }
    reports(&world, mandate).await;
    let (recorded, events, _) = record(&world, 30).await;
    let rules = "policy \"bank\" version \"t\" baseline approve rule third on debit \
        when count of debit per account within 30d > 2 then decline as third";
    let mut backtest = Backtest::new(Policy::parse(rules).unwrap(), Bounds::default());
    for event in &events {
        backtest.see(event);
    }
    let report = backtest.report();
    assert_eq!((report.yen_stopped, report.yen_lost), (Yen::of(6_000), Yen::of(6_000)));
    assert_eq!(recorded.fraud_yen, Yen::of(12_000));

    let (newer, ..) = record(&world, 1).await;
    assert_eq!(newer.movements, 2, "yesterday's and today's");
    assert_eq!(newer.last, recorded.last);
}

/// Frauds are told of weeks later: a rule is compared on all that it would have met then.
#[tokio::test]
async fn the_desk_compares_rules_also_on_debits_that_no_rule_held_for() {
    let mut world = World::new().await;
    let mandate = world.linked().await;
    for n in 0..4 {
        world.wait(DAY_SECS);
        world.debit(mandate, n, 3_000).await;
    }
    world.wait(10 * DAY_SECS);
    world.bank.forget_attempts(world.now).await.unwrap();
    reports(&world, mandate).await;
    let text = "policy \"bank\" version \"t\" baseline approve rule third on debit \
        when count of debit per account within 30d > 2 then decline as third";

    let by = StaffId::derive(&["aoki"]);
    let compared = world.bank.compare_policy(&world.ctx(), by, text).await.unwrap();

    assert_eq!(compared.live.yen_lost, Yen::of(12_000));
    let other = (compared.other.yen_stopped, compared.other.yen_lost);
    assert_eq!(other, (Yen::of(6_000), Yen::of(6_000)));
    assert_eq!(compared.whole_since, Some(later(world.now, -2 * DAY_SECS)));
    assert!(compared.since < compared.whole_since, "and it says from when on all is there");
}
