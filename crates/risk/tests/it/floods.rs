//! Whoever brings ever new keys gets no more memory, and is heard.

use kanuki_domain::Yen;
use kanuki_risk::{Bounds, CANNOT_DECIDE, Engine, Key, Kind, Outcome, Signal, Subject};

use crate::support::{at, policy, signal};

const RULES: &str = "
    rule walk on enrolment_started
      when distinct account of enrolment_started per device within 24h > 3 then decline as walk
    rule flood on enrolment_started
      when count of key_flood per everyone within 1h > 100 then decline as flood";

fn started(secs: i64, device: &str, account: &str) -> Signal {
    signal(Kind::EnrolmentStarted, secs, &[(Subject::Device, device), (Subject::Account, account)])
}

#[test]
fn a_flood_of_devices_stays_within_bounds_and_pushes_out_no_account() {
    let bounds = Bounds { keys: 500, entries: 50_000 };
    let engine = Engine::with_bounds(policy(RULES), bounds);
    for n in 0..300 {
        engine.observe(&started(0, "hers", &format!("account-{n}")));
    }
    for n in 0..20_000 {
        engine.observe(&started(1 + (n >> 7), &format!("fresh-{n}"), "account-0"));
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
        let decision = engine.decide(&started(n, &format!("d{n}"), &format!("a{n}")));
        assert_eq!(decision.outcome, Outcome::Approve);
    }
    for n in 50..151 {
        engine.observe(&started(n, &format!("d{n}"), &format!("a{n}")));
    }
    let next = engine.decide(&started(200, "d", "a"));
    assert_eq!(next.reasons[0].code, "flood", "{next:?}");
}

#[test]
fn keys_that_rest_for_a_day_go_quietly() {
    let engine = Engine::with_bounds(policy(RULES), Bounds { keys: 50, entries: 5_000 });
    for n in 0..500 {
        let secs = n * 3_600;
        engine.observe(&started(secs, &format!("d{n}"), &format!("a{n}")));
    }
    assert_eq!(engine.count(&Key::Everyone, Kind::KeyFlood, at(500 * 3_600), 90 * 86_400), 0);
}

#[test]
fn a_key_that_is_met_again_outlives_those_that_are_not() {
    let engine = Engine::with_bounds(policy(RULES), Bounds { keys: 10, entries: 5_000 });
    for n in 0..4 {
        engine.observe(&started(n, "thief", &format!("a{n}")));
    }
    for n in 0..9 {
        engine.observe(&started(10 + n, &format!("fresh-{n}"), "x"));
    }
    engine.observe(&started(30, "fresh-9", "x"));
    let thief = engine.decide(&started(40, "thief", "a9"));
    assert_eq!(thief.outcome, Outcome::Decline);
}

#[test]
fn one_busy_key_does_not_take_the_room_of_the_others() {
    let bounds = Bounds { keys: 100, entries: 2_000 };
    let engine = Engine::with_bounds(policy(RULES), bounds);
    for n in 0..10_000 {
        engine.observe(&started(n, "busy", &format!("a{}", n % 50)));
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
    let hostile = started(0, "a\nb", "a");
    let decision = engine.decide(&hostile);
    assert_eq!(
        (decision.outcome, decision.reasons[0].rule.as_str()),
        (Outcome::Decline, CANNOT_DECIDE)
    );
    let long = started(0, &"x".repeat(300), "a");
    assert_eq!(engine.judge(&long, at(0)).outcome, Outcome::Decline);
    let absurd = started(0, "d", "a").with_amount(Yen::MAX);
    assert_eq!(engine.decide(&absurd).reasons[0].rule.as_str(), CANNOT_DECIDE);
    engine.observe(&absurd);
    let device = Key::Device("d".to_owned());
    assert_eq!(engine.count(&device, Kind::EnrolmentStarted, at(0), 60), 0, "it counts for nobody");
    let ahead = started(301, "d", "a");
    let refused = engine.refuse(&ahead, at(0)).unwrap();
    assert_eq!((refused.outcome, refused.at), (Outcome::Decline, at(0)));
    assert_eq!(engine.refuse(&ahead, at(1)), None);
}

#[test]
fn signals_without_a_key_count_for_nobody() {
    let engine = Engine::new(policy(RULES));
    for n in 0..50 {
        assert!(engine.decide(&started(n, "", &n.to_string())).is_approved());
    }
}

/// What a rule still looks back at is not forgotten without a word.
#[test]
fn what_a_rule_still_needed_is_told_apart_from_what_nobody_looks_at() {
    let rules = "rule r on enrolment_started
        when count of enrolment_started per account within 30d > 2 then decline as r";
    let engine = Engine::with_bounds(policy(rules), Bounds { keys: 100, entries: 5_000 });
    for n in 0..150 {
        let _: kanuki_risk::Decision =
            engine.decide(&started(n * 7_200, &format!("d{n}"), &format!("a{n}")));
    }
    let room = |subject| {
        let rooms = engine.rooms();
        *rooms.iter().find(|room| room.subject == subject).unwrap()
    };
    let accounts = room(Subject::Account);
    assert_eq!((accounts.keys, accounts.keys_max, accounts.forgotten.needed), (100, 100, 50));
    assert_eq!(accounts.forgotten.needed_at, Some(at(149 * 7_200)));
    assert_eq!(accounts.forgotten.young, 0);
    let devices = room(Subject::Device).forgotten;
    assert_eq!((devices.needed, devices.needed_at), (0, None), "no rule looks at devices");
}

/// Whoever asks for everyone is heard, whether signals say so or not; of failures only those that do.
#[test]
fn every_signal_counts_for_everyone() {
    let engine = Engine::new(policy(
        "rule all on enrolment_started
           when count of enrolment_started per everyone within 1h > 3 then decline as all
         rule guesses on enrolment_started
           when count of failed per everyone within 1h > 0 then decline as guesses",
    ));
    engine.observe(&signal(Kind::Failed, 0, &[(Subject::Block, "b")]));
    for n in 0..3 {
        assert!(engine.decide(&started(n, "d", "a")).is_approved(), "{n}");
    }
    assert_eq!(engine.decide(&started(3, "other", "else")).reasons[0].rule, "all");
    let mut everywhere = signal(Kind::Failed, 4, &[(Subject::Block, "b")]);
    everywhere.keys.push(Key::Everyone);
    engine.observe(&everywhere);
    let reasons = engine.decide(&started(5, "d", "a")).reasons;
    assert!(reasons.iter().any(|reason| reason.rule == "guesses"), "{reasons:?}");
}
