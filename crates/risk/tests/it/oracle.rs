//! Windows beside somebody who keeps every signal and counts by hand.

use std::collections::BTreeSet;

use jiff::Timestamp;
use kanuki_domain::Yen;
use kanuki_risk::{Engine, Feature, Key, Kind, Measure, Moment, Signal, Subject};
use proptest::prelude::*;

use crate::support::{at_ms, policy};

const DAY_MS: i64 = 86_400_000;
const KINDS: [Kind; 2] = [Kind::Debit, Kind::Topup];
const WINDOWS: [i64; 6] = [60, 600, 3_600, 86_400, 30 * 86_400, 90 * 86_400];

fn engine() -> Engine {
    Engine::new(policy(
        "rule r on debit when count of debit per account within 1h > 9 then decline as r",
    ))
}

fn after(now: Timestamp, secs: i64) -> impl Fn(&&Signal) -> bool {
    move |signal| now.duration_since(signal.at).as_micros() < i128::from(secs) * 1_000_000
}

/// Everything that is asked, by looking at every signal.
fn by_hand(all: &[Signal], feature: &Feature, key: &Key, now: Timestamp) -> Option<u64> {
    let is_about = |signal: &&Signal| signal.kind == feature.kind && signal.keys.contains(key);
    let mine: Vec<&Signal> = all.iter().filter(is_about).collect();
    let within = |secs| mine.iter().copied().filter(after(now, secs));
    let len = |n: usize| u64::try_from(n).unwrap();
    let count = |secs| len(within(secs).count());
    let sum = |secs| within(secs).map(|signal| signal.amount.amount()).sum::<u64>();
    let ago = |at: Timestamp| u64::try_from(now.duration_since(at).as_secs().max(0)).unwrap();
    let ratio = |recent: u64, whole: u64, over: i64| {
        let (window, rest) = (feature.window_secs, over - feature.window_secs);
        let past = u128::from(whole - recent) * u128::try_from(window).unwrap();
        let scaled = u128::from(recent) * u128::try_from(rest).unwrap() * 10_000;
        scaled.checked_div(past).map(|ratio| u64::try_from(ratio).unwrap())
    };
    match feature.measure {
        Measure::Count => Some(count(feature.window_secs)),
        Measure::Sum => Some(sum(feature.window_secs)),
        Measure::Distinct(what) => {
            let others = within(feature.window_secs).filter_map(|signal| signal.key(what));
            Some(len(others.collect::<BTreeSet<_>>().len()))
        }
        Measure::Age => mine.iter().map(|signal| signal.at).min().map(ago),
        Measure::Idle => mine.iter().map(|signal| signal.at).max().map(ago),
        Measure::RatioOfCount { over_secs } => {
            ratio(count(feature.window_secs), count(over_secs), over_secs)
        }
        Measure::RatioOfSum { over_secs } => {
            ratio(sum(feature.window_secs), sum(over_secs), over_secs)
        }
    }
}

fn features() -> Vec<Feature> {
    let mut all = Vec::new();
    for kind in KINDS {
        for subject in [Subject::Account, Subject::Device] {
            let other =
                if subject == Subject::Account { Subject::Device } else { Subject::Account };
            for window_secs in WINDOWS {
                let over_secs = window_secs * 2;
                for measure in [
                    Measure::Count,
                    Measure::Sum,
                    Measure::Distinct(other),
                    Measure::Age,
                    Measure::Idle,
                    Measure::RatioOfCount { over_secs },
                    Measure::RatioOfSum { over_secs },
                ] {
                    all.push(Feature { measure, kind, subject, window_secs });
                }
            }
        }
    }
    all
}

prop_compose! {
    /// Mostly close together, some far apart; mostly in order, some late by up to a day.
    fn signals()(steps in prop::collection::vec(
        (prop_oneof![0_i64..2_000, 0_i64..4_000_000, 0..20 * DAY_MS], 0_i64..10, 0_i64..DAY_MS,
         0_usize..2, 0_u32..4, 0_u32..6, 0_u32..100_000), 1..120)
    ) -> Vec<Signal> {
        let mut now = 0;
        let signal = |(step, dice, late, kind, account, device, amount): (i64, i64, i64, usize, u32, u32, u32)| {
            now += step;
            let at = at_ms(if dice == 0 { now - late } else { now });
            let account = Key::Account(account.to_string());
            let device = Key::Device(device.to_string());
            Signal::new(KINDS[kind], at, vec![account, device]).with_amount(Yen::of(amount))
        };
        // Only what is not yet forgotten: ninety days.
        steps.into_iter().map(signal).collect()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn every_feature_is_what_counting_by_hand_gives(all in signals()) {
        let engine = engine();
        let mut newest = all[0].at;
        for (n, signal) in all.iter().enumerate() {
            engine.observe(signal);
            newest = newest.max(signal.at);
            if n % 17 != 0 && n + 1 != all.len() {
                continue;
            }
            let known = &all[..=n];
            // A clock that is a little behind, right, and a little ahead of the newest signal.
            for ms in [-1_500, 0, 59_999] {
                let now = newest.checked_add(jiff::SignedDuration::from_millis(ms)).unwrap();
                for feature in features() {
                    for id in 0..6 {
                        let key = Key::of(feature.subject, id.to_string());
                        let over = match feature.measure {
                            Measure::RatioOfCount { over_secs } | Measure::RatioOfSum { over_secs } => over_secs,
                            _ => feature.window_secs,
                        };
                        let oldest = now.duration_since(all[0].at).as_secs();
                        // Histories are asked for as long as they are kept.
                        if over > 90 * 86_400 && oldest > 89 * 86_400 {
                            continue;
                        }
                        // Age reaches back for as long as the key is known; idle for ninety days.
                        if feature.measure == Measure::Idle && oldest > 89 * 86_400 {
                            continue;
                        }
                        let ours = engine.read(&feature, &key, Moment::at(now));
                        let theirs = by_hand(known, &feature, &key, now);
                        prop_assert_eq!(ours, theirs, "{} of {:?} at {}", feature, key, now);
                    }
                }
            }
        }
    }
}

#[test]
fn a_window_begins_open_and_ends_closed() {
    let engine = engine();
    let account = Key::Account("a".to_owned());
    engine.observe(&Signal::new(Kind::Debit, at_ms(0), vec![account.clone()]));
    let count = |ms| engine.count(&account, Kind::Debit, at_ms(ms), 60);

    assert_eq!((count(0), count(59_999), count(60_000)), (1, 1, 0));
}

#[test]
fn what_was_heard_of_late_is_where_it_belongs() {
    let engine = engine();
    let account = Key::Account("a".to_owned());
    for ms in [100_000, 0, 50_000] {
        let signal = Signal::new(Kind::Debit, at_ms(ms), vec![account.clone()]);
        engine.observe(&signal.with_amount(Yen::of(u32::try_from(ms).unwrap())));
    }
    let sum = |secs| {
        let (measure, kind, subject) = (Measure::Sum, Kind::Debit, Subject::Account);
        let feature = Feature { measure, kind, subject, window_secs: secs };
        engine.read(&feature, &account, Moment::at(at_ms(100_000))).unwrap()
    };
    assert_eq!((sum(60), sum(101), sum(10)), (150_000, 150_000, 100_000));
}

/// A window ends where the signal is, and a little later for clocks that differ: what comes long after
/// is not what came before.
#[test]
fn what_comes_later_counts_for_nobody_who_is_late() {
    let engine = Engine::new(policy(
        "rule r on debit when count of debit per account within 24h > 3 then decline as r",
    ));
    let debit = |secs: i64| {
        Signal::new(Kind::Debit, at_ms(secs * 1_000), vec![Key::Account("a".to_owned())])
    };
    for n in 0..6 {
        assert_eq!(engine.decide(&debit(n)).is_approved(), n < 3, "{n}");
    }

    assert!(engine.decide(&debit(-40 * 86_400)).is_approved(), "long before all of them");

    let late = engine.decide(&debit(-60));
    assert!(!late.is_approved(), "a minute before them, by another clock");
    let sum = Feature {
        measure: Measure::Sum,
        kind: Kind::Debit,
        subject: Subject::Account,
        window_secs: 86_400,
    };
    engine.observe(&debit(-80 * 86_400).with_amount(Yen::of(5)));
    let read = |secs: i64| {
        engine.read(&sum, &Key::Account("a".to_owned()), Moment::at(at_ms(secs * 1_000))).unwrap()
    };
    assert_eq!((read(-80 * 86_400), read(-79 * 86_400), read(0)), (5, 0, 0));
}
