//! The rules that ship.

use kanuki_risk::{Engine, Key, Kind, Outcome, Policy, Signal, Subject};

use crate::support::{at, signal};

fn enrolment(device: &str, account: &str, secs: i64) -> Signal {
    let keys = [(Subject::Device, device), (Subject::Account, account)];
    signal(Kind::EnrolmentStarted, secs, &keys)
}

#[test]
fn walking_over_accounts_is_seen_and_one_person_is_not() {
    let engine = Engine::bank().unwrap();
    for n in 0..3 {
        assert!(engine.decide(&enrolment("thief", &n.to_string(), n)).is_approved());
    }
    for n in 0..5 {
        let again = engine.decide(&enrolment("hanako", "hers", n));
        assert!(again.is_approved(), "the same account again");
    }

    let fourth = engine.decide(&enrolment("thief", "3", 4));

    assert_eq!(fourth.outcome, Outcome::Decline);
    let reasons: Vec<_> = fourth.reasons.iter().map(|r| (r.rule.as_str(), r.value)).collect();
    assert_eq!(reasons, [("walk-device", 4)]);
    let next_day = engine.decide(&enrolment("thief", "4", 86_400 + 10));
    assert!(next_day.is_approved(), "a day later it is forgotten");
}

#[test]
fn what_came_before_a_closing_does_not_count_again() {
    let engine = Engine::bank().unwrap();
    for n in 0..4 {
        engine.observe(&enrolment("thief", &n.to_string(), n));
    }
    let next = enrolment("thief", "4", 100);
    let outcome = |since: Option<i64>| engine.judge_since(&next, next.at, since.map(at)).outcome;

    assert_eq!(outcome(None), Outcome::Decline);
    assert_eq!(outcome(Some(50)), Outcome::Approve);
    assert_eq!(outcome(Some(-1)), Outcome::Decline);
    let device = Key::Device("thief".to_owned());
    assert_eq!(engine.count(&device, Kind::EnrolmentStarted, next.at, 99), 2);
}

#[test]
fn an_account_that_nobody_owns_is_a_tripwire() {
    let engine = Engine::bank().unwrap();
    let canary = Key::Account("nobody's".to_owned());
    assert!(engine.decide(&enrolment("d", "nobody's", 0)).is_approved(), "not yet in the list");
    engine.set_list("canary_accounts", std::slice::from_ref(&canary)).unwrap();

    let touched = engine.decide(&enrolment("d", "nobody's", 1));

    assert_eq!(touched.reasons[0].code, "touched-a-canary");
    assert!(engine.decide(&enrolment("d", "hers", 2)).is_approved());
    assert!(engine.set_list("canary_people", &[canary]).is_err());
    assert!(engine.set_list("canaries", &[]).is_err());
}

/// A row of the requirements (FT-37, INC-03) or a playbook.
fn is_source(word: &str) -> bool {
    let is_row = word.split_once('-').is_some_and(|(head, tail)| {
        head.len() <= 3
            && head.chars().all(|c| c.is_ascii_uppercase())
            && !tail.is_empty()
            && tail.chars().all(|c| c.is_ascii_digit())
    });
    is_row || PLAYBOOKS.contains(&word)
}

/// Each rule, or the paragraph that it stands in, says which requirement or playbook is behind it.
#[test]
fn every_shipped_rule_says_what_it_is_for() {
    for text in [Policy::bank_text(), Policy::wallet_text()] {
        let mut has_source = false;
        for line in text.lines() {
            let mut words = line.split([' ', ',', ';', ':', '(', ')']);
            has_source |= line.starts_with('#') && words.any(is_source);
            assert!(has_source || !line.starts_with("rule "), "{line}");
        }
    }
    assert!(Policy::bank().unwrap().rules().len() >= 20);
}

const PLAYBOOKS: [&str; 9] = [
    "burst",
    "code-guessing",
    "docomo-2020",
    "forged-id",
    "month-edge",
    "mule-fan-in",
    "name-harvest",
    "reverse-brute-force",
    "rogue-wallet",
];
