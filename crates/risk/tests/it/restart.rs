//! A restart forgets nothing, and a decision can be decided again.

use kanuki_risk::{
    Bounds, Decision, Engine, Facts, Kind, Outcome, Policy, Record, ReplayError, Signal,
    SnapshotError, Subject, from_lines, to_line,
};

use crate::support::{Dice, debit, policy, signal};

const RULES: &str = "
    list bad: block = [\"n7\"]
    rule often on debit when count of debit per account within 1h > 5 then challenge as often
    rule much on debit when sum of debit per account within 24h > ¥50,000 then hold for 24h as much
    rule spread on debit, code_refused
      when distinct account of code_refused per device within 30d > 3 then decline as spread
    rule burst on debit
      when ratio count of debit per account within 10m over 24h > 800% and age of debit per account > 2h
      then challenge as burst
    rule bad-net on code_refused when block in bad then decline as bad-net tell desk
    rule rest on debit when idle of debit per account > 2h and time between 22:00 and 06:00
      then challenge as woken shadow";

fn life(seed: u64, n: u64) -> Vec<Signal> {
    let mut dice = Dice::new(seed);
    let mut secs = 0;
    let one = |_| {
        secs += i64::try_from(dice.roll(600)).unwrap();
        let late = if dice.roll(9) == 0 { i64::try_from(dice.roll(3_000)).unwrap() } else { 0 };
        let (account, device) = (format!("a{}", dice.roll(9)), format!("d{}", dice.roll(5)));
        let block = format!("n{}", dice.roll(9));
        let keys = [
            (Subject::Account, account.as_str()),
            (Subject::Device, device.as_str()),
            (Subject::Block, block.as_str()),
        ];
        if dice.roll(3) == 0 {
            signal(Kind::CodeRefused, secs - late, &keys)
        } else {
            debit(secs - late, u32::try_from(dice.roll(20_000)).unwrap(), &keys)
        }
    };
    (0..n).map(one).collect()
}

fn tiny() -> Bounds {
    Bounds { keys: 6, entries: 300 }
}

#[test]
fn a_restart_gives_the_same_decisions_ever_after() {
    for bounds in [Bounds::default(), tiny()] {
        let life = life(7, 1_500);
        let one = Engine::with_bounds(policy(RULES), bounds);
        let all: Vec<Decision> = life.iter().map(|signal| one.decide(signal)).collect();
        assert!(all.iter().any(|d| d.outcome == Outcome::Decline));
        assert!(all.iter().any(|d| d.outcome == Outcome::Hold && d.hold_secs == Some(86_400)));
        assert!(all.iter().any(|d| d.shadow.iter().any(|reason| reason.rule == "rest")));

        for stop in [1, 400, 1_200] {
            let (before, after) = life.split_at(stop);
            let (noted, logged) = before.split_at(stop >> 1);
            let first = Engine::with_bounds(policy(RULES), bounds);
            for signal in noted {
                first.observe(signal);
            }
            let kept = first.snapshot().unwrap();
            let log: String = logged.iter().map(|signal| to_line(signal).unwrap()).collect();

            let second = Engine::restore(policy(RULES), bounds, &kept).unwrap();
            for signal in from_lines(&log) {
                second.observe(&signal.unwrap());
            }
            let again: Vec<Decision> = after.iter().map(|signal| second.decide(signal)).collect();

            assert_eq!(again, all[stop..]);
            assert_eq!(second.snapshot().unwrap(), one.snapshot().unwrap(), "to the byte");
        }
    }
}

#[test]
fn a_decision_that_was_kept_is_decided_again_to_the_byte() {
    let engine = Engine::new(policy(RULES));
    let mut replayed = 0;
    for signal in life(3, 600) {
        let decision = engine.decide(&signal);
        let record = engine.record(&signal, &decision);
        let bytes = serde_json::to_vec(&record).unwrap();

        let read: Record = serde_json::from_slice(&bytes).unwrap();
        let again = read.replay(&policy(RULES)).unwrap();

        assert_eq!(serde_json::to_vec(&again).unwrap(), bytes);
        replayed += usize::from(!record.reasons.is_empty());
    }
    assert!(replayed > 50, "{replayed}");
}

#[test]
fn a_record_that_an_earlier_program_kept_is_read_and_decided_again() {
    let engine = Engine::new(policy(RULES));
    for signal in life(4, 60) {
        let record = engine.record(&signal, &engine.decide(&signal));
        let mut kept = serde_json::to_value(&record).unwrap();
        assert_eq!(kept["seen"].as_array().unwrap().len(), record.seen.len() * 2);
        kept["seen"] = serde_json::to_value(&record.seen).unwrap();
        assert_eq!(kept["seen"].as_array().unwrap().len(), record.seen.len());

        let read: Record = serde_json::from_value(kept).unwrap();

        assert_eq!(read, record);
        assert_eq!(read.replay(&policy(RULES)).unwrap(), record);
    }
}

#[test]
fn a_record_that_was_cut_or_changed_is_none() {
    let engine = Engine::new(policy(RULES));
    let signal = debit(0, 1_000, &[(Subject::Account, "口座 \"a\"")]);
    let record = engine.record(&signal, &engine.decide(&signal));
    let text = serde_json::to_string(&record).unwrap();
    assert_eq!(serde_json::from_str::<Record>(&text).unwrap(), record);

    for cut in 0..text.len() {
        assert!(serde_json::from_slice::<Record>(&text.as_bytes()[..cut]).is_err(), "{cut}");
    }
    let name = record.seen[0].what.as_str();
    for odd in ["[1,2]", "[null]", r#"["a"]"#, r#"["a",1,"b"]"#, r#"["a","b"]"#] {
        let mut changed = serde_json::to_value(&record).unwrap();
        changed["seen"] = serde_json::from_str(odd).unwrap();
        let error = serde_json::from_value::<Record>(changed);
        assert!(error.is_err(), "{odd}");
    }
    let mut renamed = record.clone();
    renamed.seen[0].what = "another".into();
    assert_eq!(renamed.replay(&policy(RULES)), Err(ReplayError::Missing(name.to_owned())));
}

#[test]
fn rules_of_another_version_do_not_pass_for_those_of_then() {
    let engine = Engine::new(policy(RULES));
    let signal = debit(0, 1_000, &[(Subject::Account, "a")]);
    let record = engine.record(&signal, &engine.decide(&signal));
    let edited = RULES.replace("> 5 then", "> 6 then");

    let refused = record.replay(&policy(&edited)).unwrap_err();
    assert!(matches!(refused, ReplayError::OtherVersion { .. }), "the name is the same: {refused}");

    let mut poorer = record;
    poorer.seen.pop();
    assert!(matches!(poorer.replay(&policy(RULES)), Err(ReplayError::Missing(_))));
}

#[test]
fn another_policy_takes_over_between_two_decisions_and_counts_what_was_before() {
    let engine = Engine::new(policy(RULES));
    let account = [(Subject::Account, "a")];
    for n in 0..3 {
        assert_eq!(engine.decide(&debit(n, 10, &account)).outcome, Outcome::Approve);
    }
    engine.reload(policy(
        "rule few on debit when count of debit per account within 2h > 3 then decline as few",
    ));

    let fourth = engine.decide(&debit(3, 10, &account));
    assert_eq!((fourth.outcome, fourth.reasons[0].value), (Outcome::Decline, 4));
}

#[test]
fn what_was_cut_or_changed_is_not_restored() {
    let engine = Engine::new(policy(RULES));
    for signal in life(1, 50) {
        engine.observe(&signal);
    }
    let kept = engine.snapshot().unwrap();
    let restore = |bytes: &[u8]| Engine::restore(policy(RULES), Bounds::default(), bytes);
    assert!(restore(&kept).is_ok());

    for cut in [0, 5, kept.len() >> 1, kept.len() - 1] {
        assert!(restore(&kept[..cut]).is_err(), "{cut}");
    }
    let mut changed = kept.clone();
    let last = changed.len() - 9;
    changed[last] ^= 1;
    assert!(matches!(restore(&changed), Err(SnapshotError::Damaged)));
    let other = [b"kanuki-risk-0".as_slice(), &kept[13..]].concat();
    assert!(matches!(restore(&other), Err(SnapshotError::Version)));
}

#[test]
fn a_log_ends_with_its_last_whole_line() {
    let signals = life(5, 3);
    let mut log: String = signals.iter().map(|signal| to_line(signal).unwrap()).collect();
    log.push_str("{\"kind\":\"debit\",\"at\":");

    let read: Vec<Signal> = from_lines(&log).map(Result::unwrap).collect();

    assert_eq!(read, signals);
    let broken = log.replacen('{', "?", 1);
    assert!(matches!(from_lines(&broken).next(), Some(Err(SnapshotError::Line(1, _)))));
}

#[test]
fn facts_survive_the_log() {
    let facts = Facts { new_device: Some(true), ..Facts::default() };
    let signal = debit(1, 5, &[(Subject::Account, "a")]).with_facts(facts);
    let line = to_line(&signal).unwrap();
    assert_eq!(from_lines(&line).next().unwrap().unwrap(), signal);
}

#[test]
fn both_shipped_policies_have_versions_of_their_own() {
    assert_ne!(Policy::bank().unwrap().version(), Policy::wallet().unwrap().version());
}
