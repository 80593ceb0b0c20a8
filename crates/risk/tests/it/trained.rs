//! A model grown from recorded attempts, and put into the policy that it was grown by.

use std::sync::Arc;

use kanuki_risk::{
    Event, Facts, Kind, Outcome, Policy, Subject,
    model::{Leaning, Model},
    study::{Attempts, Learned, Split, StudyError},
};

use crate::support::{Dice, debit, policy};

const RULES: &str = "
    rule large on debit when amount > ¥90,000 and new_device then hold for 24h as large
    rule often on debit when count of debit per account within 1h > 5 then challenge as often
    rule fresh on debit when link_age < 24h and not signed then challenge as fresh
    rule late on debit when time between 01:00 and 03:00 and amount > ¥80,000 then challenge as late";

/// Half a day between debits of fifty accounts; a fraud is large and comes from a new device.
fn recording() -> Vec<Event> {
    let mut dice = Dice::new(3);
    let one = |n: i64| {
        let amount = u32::try_from(dice.roll(60_000)).unwrap();
        let is_new = dice.roll(4) == 0;
        let facts = Facts { new_device: Some(is_new), ..Facts::default() };
        let keys = [(Subject::Account, &*dice.roll(2_000).to_string())];
        let signal = debit(n * 400, amount, &keys).with_facts(facts);
        Event { signal, is_fraud: is_new && amount > 45_000 }
    };
    (0..9_000).map(one).collect()
}

/// The recording begins on 15 January 2027, at 17:00 in Tokyo.
fn split() -> Split {
    let from = "2027-01-16".parse().unwrap();
    Split { from, train_days: 20, delay_days: 7, test_days: 10 }
}

fn learn(split: Split) -> Result<(Learned, Model), StudyError> {
    let mut attempts = Attempts::new(policy(RULES), Kind::Debit, split)?;
    attempts.see(&recording());
    attempts.learn("a recording")
}

#[test]
fn a_recording_teaches_what_tells_frauds_apart() {
    let (learned, model) = learn(split()).unwrap();

    assert!(learned.quality.average_precision > 0.95, "{:?}", learned.quality);
    assert_eq!((learned.train_rows, learned.on), (4_320, "debit"));
    assert!(learned.test_rows > 1_800 && learned.test_frauds > 80, "{learned:?}");
    let drift = learned.drift.unwrap();
    assert!(drift.index < 0.1 && drift.rows == learned.test_rows, "{drift:?}");
    let reference = model.reference().unwrap();
    assert_eq!(reference.features.len(), model.features().len());
    let all: u32 = model.origin().spread.iter().sum();
    assert!((9_980..=10_000).contains(&all), "{:?}", model.origin());
    let told: u32 =
        learned.calibration.iter().map(|tenth| u32::try_from(tenth.rows).unwrap()).sum();
    assert_eq!(usize::try_from(told).unwrap(), learned.test_rows);
    let moved = model.drift((0..100).map(|_| 950)).unwrap();
    assert!(moved.index > 0.25, "{moved:?}");
    assert_eq!(model.drift([]), None);
}

#[test]
fn what_every_rule_asks_to_be_large_never_speaks_for_the_customer() {
    let learnable = policy(RULES).learnable(Kind::Debit);
    let leaning = |what: &str| learnable.iter().find(|(_, name, _)| name == what).unwrap().2;
    assert_eq!(leaning("amount"), Leaning::Up);
    assert_eq!(leaning("new_device"), Leaning::Up);
    assert_eq!(leaning("count of debit per account within 1h"), Leaning::Up);
    assert_eq!(leaning("link_age"), Leaning::Down);
    assert_eq!(leaning("signed"), Leaning::Down);
    assert_eq!(leaning("time"), Leaning::Free);
}

#[test]
fn what_was_learned_scores_by_the_same_policy_with_one_more_rule() {
    let (_, model) = learn(split()).unwrap();
    let model = Arc::new(Model::from_text(&model.to_text().unwrap()).unwrap());
    let text = format!(
        "policy \"test\" version \"2\"\nbaseline approve\nmodel \"{}\"\n{RULES}
         rule likely on debit when score > 500 and new_device then decline as likely",
        model.version().unwrap()
    );
    let policy = Policy::parse_with(&text, &[model]).unwrap();
    let engine = kanuki_risk::Engine::new(policy);
    let (mut caught, mut bothered, mut frauds) = (0, 0, 0);
    for event in recording() {
        let is_declined = engine.decide(&event.signal).outcome == Outcome::Decline;
        frauds += u32::from(event.is_fraud);
        caught += u32::from(event.is_fraud && is_declined);
        bothered += u32::from(!event.is_fraud && is_declined);
    }
    assert!(caught * 100 > frauds * 95 && bothered < 20, "{caught} of {frauds}, {bothered}");
}

#[test]
fn days_without_frauds_or_signals_that_no_rule_looks_at_teach_nothing() {
    let later = Split { from: "2027-06-01".parse().unwrap(), ..split() };
    assert!(matches!(learn(later), Err(StudyError::TooFew { what: "training", .. })));
    let none = Split { test_days: 0, ..split() };
    assert!(matches!(learn(none), Err(StudyError::Days(_))));
    let payouts = Attempts::new(policy(RULES), Kind::Payout, split());
    assert!(matches!(payouts, Err(StudyError::Days(_))));
}
