//! The score in a decision: named by its policy, kept with its reasons, and decided again.

use std::sync::Arc;

use kanuki_risk::{
    Engine, Facts, Kind, Outcome, Policy, Record, ReplayError, Signal, Subject,
    model::{Growth, Leaning, Model, Samples},
};

use crate::support::{Dice, debit};

const ONE_TREE: Growth = Growth {
    trees: 1,
    depth: 1,
    rate: 1.0,
    l2: 1.0,
    weight_min: 1.0,
    rows: 1.0,
    columns: 1.0,
    seed: 1,
};

/// One question: whether the amount is above 20,000.
pub(crate) fn small_model(on: &str) -> Arc<Model> {
    let names = ["amount", "count of debit per account within 1h"].map(str::to_owned).to_vec();
    let mut samples = Samples::new(names);
    let mut dice = Dice::new(4);
    for _ in 0..400 {
        let amount = u16::try_from(dice.roll(40_000)).unwrap();
        samples.add(&[amount.into(), 1_u8.into()], amount > 20_000);
    }
    let mut model = samples.grow(&ONE_TREE, &[Leaning::Up]);
    model.describe("a test", "2026-11-01", 7);
    model.grown_on(on);
    Arc::new(model)
}

fn text(model: &Model, rules: &str) -> String {
    let version = model.version().unwrap();
    format!("policy \"test\" version \"1\"\nbaseline approve\nmodel \"{version}\"\n{rules}\n")
}

const RULES: &str = "
    rule often on debit when count of debit per account within 1h > 3 then challenge as often
    rule likely on debit when score >= 800 and not new_device then challenge as likely
    rule high on debit when score > 500 and amount > ¥30,000 then decline as high";

fn scoring() -> Policy {
    let model = small_model("debit");
    let text = text(&model, RULES);
    Policy::parse_with(&text, &[model]).unwrap_or_else(|e| panic!("{}", e.render("t", &text)))
}

#[test]
fn a_score_is_one_ground_beside_another() {
    let engine = Engine::new(scoring());
    let outcome = |n: u32, amount| {
        let keys = [(Subject::Account, &*n.to_string())];
        engine.decide(&debit(0, amount, &keys)).outcome
    };
    assert_eq!(outcome(1, 35_000), Outcome::Decline);
    assert_eq!(outcome(2, 25_000), Outcome::Approve, "the score is as high, the amount is not");
    assert_eq!(outcome(3, 10_000), Outcome::Approve);
}

#[test]
fn a_decision_with_a_score_is_decided_again_to_the_byte() {
    let engine = Engine::new(scoring());
    let digest = small_model("debit").digest().unwrap();
    let mut declined = 0;
    for n in 0..60_u32 {
        let signal = debit(n.into(), n * 700, &[(Subject::Account, &*(n % 7).to_string())]);
        let decision = engine.decide(&signal);
        let record = engine.record(&signal, &decision);
        let bytes = serde_json::to_vec(&record).unwrap();
        let said = record.said.as_ref().unwrap();

        assert_eq!(said.model, format!("kanuki-model-1+{digest}"));
        assert_eq!(said.reasons[0].what, "amount");
        assert_eq!(said.reasons[0].by > 0, said.score > 500, "{said:?}");
        let read: Record = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(serde_json::to_vec(&read.replay(&scoring()).unwrap()).unwrap(), bytes);
        declined += usize::from(decision.outcome == Outcome::Decline);
    }
    assert!(declined > 10, "{declined}");
}

#[test]
fn a_score_that_was_changed_afterwards_is_not_what_is_decided_again() {
    let engine = Engine::new(scoring());
    let signal = debit(0, 35_000, &[(Subject::Account, "a")]);
    let record = engine.record(&signal, &engine.decide(&signal));
    let mut changed = record.clone();
    changed.seen.iter_mut().find(|seen| seen.what == "score").unwrap().value = Some(1);
    assert_eq!(changed.replay(&scoring()).unwrap(), record);

    let mut poorer = record;
    poorer.seen.retain(|seen| seen.what != "amount");
    assert!(matches!(poorer.replay(&scoring()), Err(ReplayError::Missing(_))));
}

#[test]
fn records_from_before_there_were_scores_read_and_replay_as_they_were() {
    let plain = || crate::support::policy("rule r on debit when amount > ¥5 then decline as r");
    let engine = Engine::new(plain());
    let signal = debit(0, 35_000, &[(Subject::Account, "a")]);
    let kept = serde_json::to_string(&engine.record(&signal, &engine.decide(&signal))).unwrap();
    assert!(!kept.contains("said"), "{kept}");
    let read: Record = serde_json::from_str(&kept).unwrap();
    assert_eq!(serde_json::to_string(&read.replay(&plain()).unwrap()).unwrap(), kept);
}

#[test]
fn another_model_is_another_policy() {
    let (one, other) = (small_model("debit"), small_model(""));
    assert_ne!(one.digest(), other.digest());
    let text = text(&one, RULES);
    let refused = Policy::parse_with(&text, &[other]).unwrap_err();
    assert!(refused.to_string().contains("is not at hand"), "{refused}");
    let both = Policy::parse_with(&text, &[small_model(""), one.clone()]).unwrap();
    assert!(both.model().unwrap().0.ends_with(&one.digest().unwrap()));
}

#[test]
fn another_model_behind_the_score_of_a_rule_that_is_obeyed_loosens() {
    let models = [small_model("debit"), small_model("")];
    let with =
        |model: &Model, rules: &str| Policy::parse_with(&text(model, rules), &models).unwrap();
    let [old, new] = &models;
    assert_eq!(with(old, RULES).loosened_by(&with(old, RULES)), [""; 0]);
    assert_eq!(with(old, RULES).loosened_by(&with(new, RULES)), ["model"]);
    let tried = "
        rule often on debit when count of debit per account within 1h > 3 then challenge as often
        rule likely on debit when score >= 800 and amount > ¥9 then challenge as likely shadow";
    assert_eq!(with(old, tried).loosened_by(&with(new, tried)), [""; 0], "nobody obeys it");
}

#[test]
fn an_engine_takes_over_a_policy_whose_model_it_was_given() {
    let model = small_model("debit");
    let text = text(&model, RULES);
    let before = || crate::support::policy("rule r on debit when amount > ¥9 then decline as r");
    assert!(Engine::new(before()).parse(&text).is_err());

    let engine = Engine::new(before()).with_models(vec![model]);
    engine.reload(engine.parse(&text).unwrap());
    let decision = engine.decide(&debit(0, 35_000, &[(Subject::Account, "a")]));
    assert_eq!(decision.reasons[0].rule, "high");
}

#[test]
fn by_the_score_alone_somebody_may_sign_or_wait_and_is_never_refused() {
    let model = small_model("");
    let is_loaded = |kind: Kind, condition: &str, then: &str| {
        let kind = kind.name();
        let rules = format!(
            "rule s on debit when count of debit per account within 1h > 3 and amount > ¥7
               then challenge as s
             rule r on {kind} when {condition} then {then} as r"
        );
        let text = text(&model, &rules);
        Policy::parse_with(&text, std::slice::from_ref(&model)).map_err(|error| error.to_string())
    };
    for (kind, then) in [
        (Kind::Debit, "challenge"),
        (Kind::Payment, "challenge"),
        (Kind::Payout, "hold for 24h"),
        (Kind::Remittance, "hold for 24h"),
    ] {
        is_loaded(kind, "score > 900", then).unwrap();
    }
    for (kind, condition, then) in [
        (Kind::Debit, "score > 900", "decline"),
        (Kind::Payout, "score > 900", "freeze"),
        (Kind::Debit, "score > 900", "hold for 24h"),
        (Kind::SignedIn, "score > 900", "challenge"),
        (Kind::Debit, "not score <= 900", "decline"),
        (Kind::Debit, "score > 900 or new_device", "decline"),
        (Kind::Debit, "score > 900 and (score > 950 or signed)", "decline"),
        (Kind::Debit, "score > 900 and (new_device or not new_device)", "decline"),
        (Kind::Debit, "score > 900 and (amount > ¥5 or amount <= ¥9)", "decline"),
        (Kind::Debit, "1 of 2 (score > 900, new_device)", "decline"),
    ] {
        let refused = is_loaded(kind, condition, then).expect_err(condition);
        assert!(refused.contains("the score alone would decide"), "{condition}: {refused}");
    }
    for condition in [
        "score > 900 and new_device",
        "2 of 3 (score > 900, new_device, amount > ¥5)",
        "(score < 100 and new_device) or (score > 900 and not new_device)",
    ] {
        is_loaded(Kind::Debit, condition, "decline").unwrap();
    }
}

#[test]
fn by_what_a_partner_says_alone_somebody_may_sign_or_wait_and_is_never_refused() {
    let is_loaded = |kind: Kind, condition: &str, then: &str| {
        let kind = kind.name();
        let text = format!(
            "policy \"test\" version \"1\"\nbaseline approve\n\
             rule r on {kind} when {condition} then {then} as r\n"
        );
        Policy::parse(&text).map(|_| ()).map_err(|error| error.to_string())
    };
    for (kind, condition, then) in [
        (Kind::Debit, "known_elsewhere", "challenge"),
        (Kind::Payout, "known_elsewhere", "hold for 24h"),
        (Kind::Debit, "known_elsewhere and new_device", "decline"),
        (Kind::Topup, "known_elsewhere and amount > ¥9,000", "decline"),
    ] {
        is_loaded(kind, condition, then).unwrap();
    }
    for (kind, condition, then) in [
        (Kind::Debit, "known_elsewhere", "decline"),
        (Kind::Topup, "known_elsewhere", "challenge"),
        (Kind::Payout, "known_elsewhere", "freeze"),
        (Kind::Debit, "new_device or known_elsewhere", "decline"),
        (Kind::Debit, "known_elsewhere and (signed or not signed)", "decline"),
        (Kind::Debit, "not known_elsewhere", "decline"),
        (Kind::Debit, "known_elsewhere and (day is holiday or day is business)", "decline"),
        (Kind::Debit, "known_elsewhere and (not day is holiday or day is holiday)", "decline"),
    ] {
        let refused = is_loaded(kind, condition, then).expect_err(condition);
        assert!(refused.contains("a match alone would decide"), "{condition}: {refused}");
    }
}
/// A debit of each amount in steps, decided and counted.
fn tally(engine: &Engine, amounts: impl Iterator<Item = u32>) {
    for (n, amount) in (0_u32..).zip(amounts) {
        let signal = debit(n.into(), amount, &[(Subject::Account, &*n.to_string())]);
        let decision = engine.decide(&signal);
        engine.tally(&signal, &decision);
    }
}

#[test]
fn what_the_model_looked_at_is_counted_once_and_compared_with_its_training() {
    let engine = Engine::new(scoring());
    let model = small_model("debit");
    let reference = model.reference().unwrap();
    tally(&engine, (0..400).map(|n| n * 100));

    let taken = engine.tally_to_keep(|| "one".to_owned()).unwrap();

    assert_eq!((taken.node.as_str(), taken.number, taken.days.len()), ("one", 1, 1), "{taken:?}");
    let (day, counted) = (&taken.days[0], &taken.days[0].counted);
    assert_eq!(day.model, format!("kanuki-model-1+{}", model.digest().unwrap()));
    assert_eq!(day.day.to_string(), "2027-01-15");
    assert_eq!((counted.rows, counted.score.iter().sum()), (400, 400));
    let moved = |of: usize| reference.features[of].moved(&counted.features[of]).unwrap();
    assert!(moved(0) < 100 && moved(1) == 0, "amounts as in training: {} {}", moved(0), moved(1));
    assert!(reference.score.moved(&counted.score).unwrap() < 100);

    tally(&engine, (0..4_000).map(|n| 30_000 + n));
    let again = engine.tally_to_keep(|| "two".to_owned());
    assert_eq!(again.as_ref(), Some(&taken), "nobody said that it was kept");
    engine.tally_kept(2);
    assert_eq!(engine.tally_to_keep(|| "two".to_owned()), again, "another was kept");
    engine.tally_kept(1);
    let later = engine.tally_to_keep(|| "two".to_owned()).unwrap();
    assert_eq!((later.node.as_str(), later.number), ("one", 2));
    let later = &later.days[0].counted;
    assert_eq!(later.rows, 4_000);
    let moved = |of: usize| reference.features[of].moved(&later.features[of]).unwrap();
    assert!(moved(0) > 250, "all are large now: {}", moved(0));
    assert!(reference.score.moved(&later.score).unwrap() > 250);
}

#[test]
fn what_no_score_was_asked_for_or_other_rules_decided_is_not_counted() {
    let engine = Engine::new(scoring());
    let signal = debit(0, 1_000, &[(Subject::Account, "a")]);
    let decision = engine.decide(&signal);
    assert!(engine.judge(&signal, signal.at).is_approved());
    engine.reload(Policy::bank().unwrap());
    engine.tally(&signal, &decision);
    assert_eq!(engine.tally_to_keep(|| "one".to_owned()), None);
}

#[test]
fn rules_that_leave_nothing_out_between_them_are_one_rule_that_rests_on_a_match_alone() {
    let loaded = |rules: &[(&str, &str, &str)]| {
        let text = rules.iter().enumerate().map(|(n, (on, when, then))| {
            let (then, shadow) = match then.strip_suffix(" in shadow") {
                Some(then) => (then, " shadow"),
                None => (*then, ""),
            };
            format!("rule r{n} on {on} when {when} then {then} as r{shadow}\n")
        });
        let head = "policy \"test\" version \"1\"\nbaseline approve\n";
        let text = format!("{head}{}", text.collect::<String>());
        Policy::parse(&text).map(|_| ()).map_err(|error| error.to_string())
    };
    let known = |rest: &str| format!("known_elsewhere and {rest}");
    let (small, large) = (known("amount < ¥10,000"), known("amount >= ¥10,000"));
    let (new, old) = (known("new_device"), known("not new_device"));
    let (business, holiday) = (known("day is business"), known("day is holiday"));
    let (morning, evening) =
        (known("time between 00:00 and 12:00"), known("time between 12:00 and 24:00"));
    let (signed, rest) =
        (known("not new_device and signed"), known("not new_device and not signed"));
    for rules in [
        vec![("debit", small.as_str(), "decline"), ("debit", large.as_str(), "freeze")],
        vec![("debit", new.as_str(), "decline"), ("debit", old.as_str(), "decline")],
        vec![
            ("debit", new.as_str(), "decline"),
            ("debit", signed.as_str(), "decline"),
            ("debit, payout", rest.as_str(), "freeze"),
        ],
        // One thing by two names, and a day by its halves.
        vec![("debit", business.as_str(), "decline"), ("debit", holiday.as_str(), "decline")],
        vec![("debit", morning.as_str(), "decline"), ("debit", evening.as_str(), "decline")],
    ] {
        let refused = loaded(&rules).expect_err(rules[0].1);
        assert!(refused.contains("a match alone would decide: the rules that say no"), "{refused}");
        loaded(&rules[..rules.len() - 1]).expect("what is left out goes through");
    }
    for rules in [
        // A match signs more, or waits; a no has another ground.
        [("payout", small.as_str(), "hold for 24h"), ("payout", large.as_str(), "decline")],
        [("debit", small.as_str(), "challenge"), ("debit", large.as_str(), "decline")],
        // Of two kinds.
        [("debit", small.as_str(), "decline"), ("payout", large.as_str(), "decline")],
        [("debit", small.as_str(), "decline"), ("debit", large.as_str(), "decline in shadow")],
        // Whoever is small is refused by nothing but being small.
        [("debit", "amount < ¥10,000", "decline"), ("debit", large.as_str(), "decline")],
    ] {
        loaded(&rules).expect(rules[1].1);
    }
}

#[test]
fn no_model_learns_from_a_match_which_would_be_a_second_ground_beside_itself() {
    let rule = "rule r on debit when known_elsewhere and amount > ¥9 then decline as r";
    let policy = crate::support::policy(rule);
    let learnable = policy.learnable(Kind::Debit);
    let names: Vec<&str> = learnable.iter().map(|(_, name, _)| name.as_str()).collect();
    assert_eq!(names, ["amount"]);
}

#[test]
fn what_was_put_in_force_before_it_was_looked_for_goes_on_and_says_so() {
    let text = "policy \"test\" version \"1\"\nbaseline approve\n\
                rule a on debit when known_elsewhere and new_device then decline as a\n\
                rule b on debit when known_elsewhere and not new_device then decline as b\n\
                rule c on debit when signed and time between 00:00 and 24:00 then challenge as c\n";
    let refused = Policy::parse(text).expect_err("as a new one");
    let policy = Policy::load_with(text, &[]).unwrap();
    assert_eq!((policy.rules().len(), policy.doubts().len()), (3, 2));
    assert!(refused.0.iter().all(|mistake| policy.doubts().contains(mistake)), "{refused:?}");
    let facts = Facts { known_elsewhere: Some(true), new_device: Some(false), ..Facts::default() };
    let signal = Signal { facts, ..debit(0, 1_000, &[(Subject::Account, "a")]) };
    let decision = Engine::new(policy).decide(&signal);
    assert_eq!(decision.reasons.len(), 1, "it is obeyed: {decision:?}");
    for nonsense in ["rule a on debit when new_devise then decline as a", "rule a"] {
        let text = format!("policy \"test\" version \"1\"\nbaseline approve\n{nonsense}\n");
        Policy::load_with(&text, &[]).expect_err("what cannot be understood");
    }
    assert!(Policy::bank().unwrap().doubts().is_empty());
}

#[test]
fn a_model_in_force_that_saw_a_match_goes_on_and_no_new_text_names_it() {
    let mut samples = Samples::new(["amount", "known_elsewhere"].map(str::to_owned).to_vec());
    let mut dice = Dice::new(4);
    for _ in 0..400 {
        let amount = u16::try_from(dice.roll(40_000)).unwrap();
        samples.add(&[amount.into(), 1_u8.into()], amount > 20_000);
    }
    let mut model = samples.grow(&ONE_TREE, &[Leaning::Up]);
    model.describe("a test", "2026-11-01", 7);
    model.grown_on("debit");
    let rules = "rule seen on debit when known_elsewhere and amount > ¥9 then challenge as s\n\
                 rule likely on debit when score >= 800 and new_device then challenge as l";
    let (text, models) = (text(&model, rules), [Arc::new(model)]);
    Policy::parse_with(&text, &models).expect_err("as a new one");
    let policy = Policy::load_with(&text, &models).unwrap();
    assert_eq!(policy.doubts().len(), 1, "{:?}", policy.doubts());
    assert!(
        policy.doubts()[0].message.to_string().contains("`known_elsewhere`"),
        "{:?}",
        policy.doubts()
    );
    assert!(policy.model().is_some());
}
