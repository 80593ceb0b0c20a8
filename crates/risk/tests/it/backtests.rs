//! Two policies on one recording, in yen and in customers.

use std::collections::BTreeMap;

use kanuki_domain::Yen;
use kanuki_risk::{Backtest, Bounds, Engine, Event, Kind, Report, Subject, to_line};

use crate::support::{Dice, debit, policy, signal};

/// A thief takes four times from one account in a minute; two honest people shop, one of them a lot.
fn recording() -> Vec<Event> {
    let by = |secs, amount, person: &str, is_fraud| {
        let keys = [(Subject::Account, person), (Subject::Person, person)];
        Event { signal: debit(secs, amount, &keys), is_fraud }
    };
    vec![
        by(0, 1_000, "hanako", false),
        by(10, 30_000, "taro", true),
        by(20, 30_000, "taro", true),
        by(30, 30_000, "taro", true),
        by(40, 10_000, "taro", true),
        by(600, 2_000, "jiro", false),
        by(610, 2_000, "jiro", false),
        by(620, 2_000, "jiro", false),
    ]
}

fn report(rules: &str) -> Report {
    let mut test = Backtest::new(policy(rules), Bounds::default());
    for event in recording() {
        test.see(&event);
    }
    test.report()
}

#[test]
fn yen_and_customers_are_counted_once_each() {
    let strict = report(
        "rule often on debit when count of debit per account within 10m > 2 then decline as often
         rule much on debit when sum of debit per account within 24h > ¥50,000 then challenge as much
         rule any on debit when amount >= ¥1,000 then decline as any shadow",
    );

    assert_eq!((strict.events, strict.yen_lost), (8, Yen::of(30_000)));
    assert_eq!(strict.yen_stopped, Yen::of(70_000));
    assert_eq!(strict.yen_stopped_by_challenge, Yen::of(30_000));
    assert_eq!((strict.customers_bothered, strict.customers), (1, 2));
    let often = &strict.rules["often"];
    assert_eq!((often.held.frauds, often.held.honest), (2, 1));
    assert_eq!(strict.rules["much"].only_yen, Yen::of(30_000), "the second debit alone");
    assert_eq!(often.only_yen, Yen::ZERO);
    assert!(strict.rules["any"].is_shadow);
    assert_eq!(strict.rules["any"].held.honest, 4);
    assert_eq!(strict.outcomes["approve"].honest, 3);
}

#[test]
fn a_milder_policy_loses_more_and_bothers_nobody() {
    let mild = report(
        "rule big on debit when amount > ¥20,000 and count of debit per account within 1h > 1
         then hold for 24h as big",
    );
    assert_eq!((mild.yen_stopped, mild.yen_lost), (Yen::of(60_000), Yen::of(40_000)));
    assert_eq!(mild.customers_bothered, 0);
}

#[test]
fn a_line_is_a_signal_with_what_became_known_of_it() {
    let event = &recording()[1];
    let line = to_line(&event.signal).unwrap();
    assert_eq!(Event::parse(&line).unwrap(), Event { is_fraud: false, ..event.clone() });
    let labelled = line.replacen('{', "{\"is_fraud\":true,", 1);
    assert_eq!(Event::parse(&labelled).unwrap(), *event);
    assert!(Event::parse("{\"kind\":\"robbery\"}").is_err());
    for facts in ["{\"new_devise\":true}", "{\"score\":\"999\"}", "{\"new_device\":\"true\"}"] {
        let odd = line.replacen('{', &format!("{{\"facts\":{facts},"), 1);
        assert!(Event::parse(&odd).is_err(), "what nobody reads: {odd}");
    }
    let known = line.replacen('{', "{\"facts\":{\"new_device\":true,\"balance\":\"1\"},", 1);
    let facts = Event::parse(&known).unwrap().signal.facts;
    assert_eq!((facts.new_device, facts.balance), (Some(true), Some(Yen::of(1))));
    for event in recording() {
        assert_eq!(Event::parse(&event.to_line().unwrap()).unwrap(), event);
    }
}

/// So many defrauded people, ¥10,000 each, of whom the first `many` were each stopped at the door.
fn robbed(backtest: &mut Backtest, people: u32) {
    for number in 0..people {
        let keys = [(Subject::Account, &*format!("a{number}")), (Subject::Person, "")];
        let signal = debit(i64::from(number), if number % 4 == 0 { 40_000 } else { 10_000 }, &keys);
        backtest.see(&Event { signal, is_fraud: true });
    }
}

#[test]
fn a_total_says_how_far_other_customers_might_have_moved_it() {
    let rule = "rule big on debit when amount > ¥20,000 then decline as big";
    let one = |people| {
        let mut backtest = Backtest::new(policy(rule), Bounds::default());
        robbed(&mut backtest, people);
        backtest.report()
    };
    let (few, many) = (one(40), one(4_000));
    for report in [&few, &many] {
        let (stopped, range) = (report.yen_stopped, report.ranges.yen_stopped);
        assert!(range.low < stopped && stopped < range.high, "{range:?}");
        assert_eq!(report.rules["big"].fraud_yen_range, range, "one rule stopped all of it");
    }
    let wide = |report: &Report| {
        let range = report.ranges.yen_stopped;
        range
            .high
            .minus_or_zero(range.low)
            .amount()
            .saturating_mul(1_000)
            .div_euclid(report.yen_stopped.amount())
    };
    // A hundred times the customers: a tenth of the uncertainty.
    assert!(wide(&few) > 800 && wide(&many) < 180, "{} {}", wide(&few), wide(&many));
    assert_eq!(one(40), few, "the seed is fixed");
}

#[test]
fn two_policies_are_compared_in_the_same_customers() {
    let above = |least: &str| {
        policy(&format!("rule big on debit when amount > {least} then decline as big"))
    };
    let (mild, strict) = (above("¥30,000"), above("¥9,999"));
    let mut three = Backtest::new(strict, Bounds::default()).beside(mild.clone());
    three = three.beside(above("¥9,999"));
    robbed(&mut three, 400);
    let [more, none] = three.differences()[..] else { panic!("two beside one") };
    let more = more.yen_lost;
    assert!(more.low > 2_500_000 && more.high < 3_500_000, "three million: {more:?}");
    assert_eq!(none.yen_lost, kanuki_risk::Range { low: 0, high: 0 });

    let mut alone = Backtest::new(mild, Bounds::default());
    robbed(&mut alone, 400);
    assert_eq!(three.reports().1[0], alone.report(), "beside others it says what it says alone");
}

#[test]
fn honest_customers_are_told_by_what_they_met() {
    let strict = report(
        "rule often on debit when count of debit per account within 10m > 2 then decline as often
         rule much on debit when sum of debit per account within 24h > ¥3,000 then challenge as much",
    );
    assert_eq!(strict.customers_by_outcome["challenge"], 1);
    assert_eq!(strict.customers_by_outcome["decline"], 1);
    assert_eq!(strict.customers_bothered, 1, "the same one");
    assert_eq!((strict.rules["much"].customers, strict.rules["often"].customers), (1, 1));
    let range = strict.ranges.customers_bothered;
    assert!(range.low == 0 && range.high >= 2, "one customer says little: {range:?}");
}

/// Who starts to enrol is known by the account alone, and who shows an identity card by what it calls them.
#[test]
fn a_customer_is_one_by_whichever_key_they_appear() {
    let rule = "rule again on enrolment_started
        when count of enrolment_started per account within 24h > 1 then decline as again";
    let mut test = Backtest::new(policy(rule), Bounds::default()).beside(policy(rule));
    let mut secs = 0;
    let mut see = |kind: Kind, keys: &[(Subject, &str)]| {
        secs += 10;
        test.see(&Event { signal: signal(kind, secs, keys), is_fraud: false });
    };
    let (account, person) = ((Subject::Account, "a1"), (Subject::Person, "p1"));
    let wallet = (Subject::Wallet, "w1");
    see(Kind::EnrolmentStarted, &[account]);
    see(Kind::EnrolmentStarted, &[account]);
    see(Kind::PersonNamed, &[wallet, (Subject::Person, "as the card says")]);
    see(Kind::Debit, &[account, person, wallet]);
    see(Kind::EnrolmentStarted, &[account]);
    see(Kind::PersonNamed, &[wallet, (Subject::Person, "as another card says")]);
    // Nobody was seen with the one account; of the other, who comes second is somebody else.
    see(Kind::EnrolmentStarted, &[(Subject::Account, "a2")]);
    see(Kind::Debit, &[account, (Subject::Person, "p2")]);

    let (first, others) = test.reports();

    for report in [first, others[0].clone()] {
        assert_eq!((report.customers_bothered, report.customers), (1, 3));
        assert_eq!(report.customers_by_outcome["decline"], 1);
        assert_eq!((report.rules["again"].held.honest, report.rules["again"].customers), (2, 1));
    }
}

/// A back-test keeps no more than its policies look back at, and decides as an engine that keeps all.
#[test]
fn what_no_policy_looks_back_at_is_not_missed() {
    let short = policy(
        "rule often on debit when count of debit per account within 6h > 2 then challenge as often
         rule rest on debit when idle of debit per device > 20d then challenge as woken",
    );
    let long = policy(
        "rule many on debit when distinct device of debit per account within 30d > 9 then hold for 24h as many
         rule much on payout when sum of debit per account within 7d > ¥90,000 then decline as much
         rule ratio on debit when ratio count of debit per account within 24h over 30d > 300% then challenge as ratio
         rule old on payout when age of debit per account > 40d then challenge as old
         rule all on debit when count of payout per everyone within 24h > 9 then decline as all",
    );
    let mut dice = Dice::new(5);
    let mut secs = 0;
    let events: Vec<Event> = (0..4_000)
        .map(|_| {
            secs += i64::try_from(dice.roll(2_600)).unwrap();
            let (account, device) = (dice.roll(25).to_string(), dice.roll(200).to_string());
            let kind = if dice.roll(4) == 0 { Kind::Payout } else { Kind::Debit };
            let keys = [(Subject::Account, account.as_str()), (Subject::Device, device.as_str())];
            let amount = Yen::of(u32::try_from(dice.roll(20_000)).unwrap());
            Event { signal: signal(kind, secs, &keys).with_amount(amount), is_fraud: false }
        })
        .collect();
    let mut backtest = Backtest::new(short.clone(), Bounds::default()).beside(long.clone());
    for some in events.chunks(37) {
        backtest.see_all(some);
    }

    let (first, others) = backtest.reports();

    for (policy, report) in [(short, first), (long, others[0].clone())] {
        let engine = Engine::new(policy);
        let mut held: BTreeMap<String, u64> = BTreeMap::new();
        for event in &events {
            for reason in engine.decide(&event.signal).reasons {
                *held.entry(reason.rule.to_string()).or_default() += 1;
            }
        }
        assert!(held.len() == report.rules.len() && held.values().all(|n| *n > 0), "{held:?}");
        for (rule, times) in held {
            assert_eq!(report.rules[&rule].held.honest, times, "{rule}");
        }
    }
}
