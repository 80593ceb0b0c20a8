//! Two policies on one recording, in yen and in customers.

use kanuki_domain::Yen;
use kanuki_risk::{Backtest, Bounds, Event, Report, Subject, to_line};

use crate::support::{debit, policy};

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
}
