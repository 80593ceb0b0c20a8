//! Whoever brings ever new keys gets no more memory, and is heard.

use kanuki_risk::{Bounds, CANNOT_DECIDE, Engine, Key, Kind, Outcome, Signal, Subject};

use crate::support::{at, policy, signal};

const RULES: &str = "
    rule walk on enrolment_started
      when distinct account of enrolment_started per device within 24h > 3 then decline as walk
    rule flood on enrolment_started
      when count of key_flood per everyone within 1h > 100 then decline as flood";

fn started(secs: i64, device: &str, account: &str, everyone: bool) -> Signal {
    let mut one = signal(
        Kind::EnrolmentStarted,
        secs,
        &[(Subject::Device, device), (Subject::Account, account)],
    );
    if everyone {
        one.keys.push(Key::Everyone);
    }
    one
}

#[test]
fn a_flood_of_devices_stays_within_bounds_and_pushes_out_no_account() {
    let bounds = Bounds { keys: 500, entries: 50_000 };
    let engine = Engine::with_bounds(policy(RULES), bounds);
    for n in 0..300 {
        engine.observe(&started(0, "hers", &format!("account-{n}"), false));
    }
    for n in 0..20_000 {
        engine.observe(&started(1 + (n >> 7), &format!("fresh-{n}"), "account-0", false));
        let (keys, entries) = engine.size(Subject::Device);
        assert!(keys <= bounds.keys && entries <= bounds.entries, "{keys} {entries}");
    }
    let accounts = (0..300).filter(|n| {
        let key = Key::Account(format!("account-{n}"));
        engine.count(&key, Kind::EnrolmentStarted, at(300), 86_400) > 0
    });
    assert_eq!(accounts.count(), 300, "devices push out devices");
}

#[test]
fn a_flood_is_itself_a_signal() {
    let engine = Engine::with_bounds(policy(RULES), Bounds { keys: 50, entries: 5_000 });
    for n in 0..50 {
        let decision = engine.decide(&started(n, &format!("d{n}"), &format!("a{n}"), true));
        assert_eq!(decision.outcome, Outcome::Approve);
    }
    for n in 50..151 {
        engine.observe(&started(n, &format!("d{n}"), &format!("a{n}"), true));
    }
    let next = engine.decide(&started(200, "d", "a", true));
    assert_eq!(next.reasons[0].code, "flood", "{next:?}");
}

#[test]
fn keys_that_rest_for_a_day_go_quietly() {
    let engine = Engine::with_bounds(policy(RULES), Bounds { keys: 50, entries: 5_000 });
    for n in 0..500 {
        let secs = n * 3_600;
        engine.observe(&started(secs, &format!("d{n}"), &format!("a{n}"), true));
    }
    assert_eq!(engine.count(&Key::Everyone, Kind::KeyFlood, at(500 * 3_600), 90 * 86_400), 0);
}

#[test]
fn a_key_that_is_met_again_outlives_those_that_are_not() {
    let engine = Engine::with_bounds(policy(RULES), Bounds { keys: 10, entries: 5_000 });
    for n in 0..4 {
        engine.observe(&started(n, "thief", &format!("a{n}"), false));
    }
    for n in 0..9 {
        engine.observe(&started(10 + n, &format!("fresh-{n}"), "x", false));
    }
    engine.observe(&started(30, "fresh-9", "x", false));
    let thief = engine.decide(&started(40, "thief", "a9", false));
    assert_eq!(thief.outcome, Outcome::Decline);
}

#[test]
fn one_busy_key_does_not_take_the_room_of_the_others() {
    let bounds = Bounds { keys: 100, entries: 2_000 };
    let engine = Engine::with_bounds(policy(RULES), bounds);
    for n in 0..10_000 {
        engine.observe(&started(n, "busy", &format!("a{}", n % 50), false));
        assert!(engine.size(Subject::Device).1 <= 6_000);
    }
    assert_eq!(
        engine.count(&Key::Device("busy".to_owned()), Kind::EnrolmentStarted, at(9_999), 60),
        60
    );
}

#[test]
fn what_cannot_be_decided_is_declined() {
    let engine = Engine::new(policy(RULES));
    let hostile = started(0, "a\nb", "a", false);
    let decision = engine.decide(&hostile);
    assert_eq!(
        (decision.outcome, decision.reasons[0].rule.as_str()),
        (Outcome::Decline, CANNOT_DECIDE)
    );
    let long = started(0, &"x".repeat(300), "a", false);
    assert_eq!(engine.judge(&long, at(0)).outcome, Outcome::Decline);
}

#[test]
fn signals_without_a_key_count_for_nobody() {
    let engine = Engine::new(policy(RULES));
    for n in 0..50 {
        assert!(engine.decide(&started(n, "", &n.to_string(), false)).is_approved());
    }
}
