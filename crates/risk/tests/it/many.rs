//! Many signals in one call are what they are one by one.

use kanuki_domain::Yen;
use kanuki_risk::{Bounds, Engine, Facts, Key, Kind, Signal, Subject};

use crate::support::{Dice, at, policy};

const RULES: &str = "
    list watched_nets: block = []
    rule often on debit when count of debit per account within 1h > 5 then challenge as often
    rule much on debit when sum of debit per account within 24h > ¥50,000 then hold for 24h as much
    rule spread on debit, code_refused
      when distinct account of code_refused per device within 30d > 3 then decline as spread
    rule walk on code_refused
      when distinct account of code_refused per block within 7d > 4 and block in watched_nets
      then decline as walk
    rule burst on debit
      when ratio count of debit per account within 10m over 24h > 800% and age of debit per account > 2h
      then challenge as burst
    rule rest on debit when idle of debit per device > 2h then challenge as woken shadow
    rule emptied on remittance when drained per wallet within 1h > 50% then hold for 24h as emptied
    rule flood on debit when count of key_flood per everyone within 1h > 3 then decline as flood
    rule fails on debit when count of failed per everyone within 1h > 5 then decline as fails
    rule all on debit when count of debit per everyone within 1h > 20 then decline as all";

fn draw(seed: u64, count: u64) -> Vec<Signal> {
    let mut dice = Dice::new(seed);
    let mut secs = 0;
    let one = |_| {
        secs += i64::try_from(dice.roll(60)).unwrap();
        let late = if dice.roll(9) == 0 { i64::try_from(dice.roll(3_000)).unwrap() } else { 0 };
        let mut keys = Vec::new();
        for (subject, all) in [
            (Subject::Account, 40),
            (Subject::Device, 60),
            (Subject::Block, 9),
            (Subject::Wallet, 5),
            // Several of one subject, and some without a value.
            (Subject::Device, 80),
        ] {
            let of_no_use = dice.roll(8) == 0;
            if dice.roll(5) > 0 {
                let value = if of_no_use { String::new() } else { dice.roll(all).to_string() };
                keys.push(Key::of(subject, value));
            }
        }
        // Who says so, and for whom it is said by the rules.
        if dice.roll(3) == 0 {
            keys.insert(usize::from(!keys.is_empty()), Key::Everyone);
        }
        if dice.roll(50) == 0 {
            keys.extend((0..20).map(|n| Key::Payee(format!("p{n}"))));
        }
        let kinds = [Kind::Debit, Kind::Failed, Kind::CodeRefused, Kind::Remittance];
        let kind = kinds[usize::try_from(dice.roll(4)).unwrap()];
        let balance =
            (dice.roll(3) > 0).then(|| Yen::of(u32::try_from(dice.roll(90_000)).unwrap()));
        Signal::new(kind, at(secs - late), keys)
            .with_amount(Yen::of(u32::try_from(dice.roll(20_000)).unwrap()))
            .with_facts(Facts { balance, ..Facts::default() })
    };
    (0..count).map(one).collect()
}

fn engine(bounds: Bounds) -> Engine {
    let engine = Engine::with_bounds(policy(RULES), bounds);
    engine.set_list("watched_nets", &[Key::Block("3".to_owned())]).unwrap();
    engine
}

/// Whether two threads share the work or one does it by small groups: each number is the same, floods and
/// what they push out included, and so is all that is remembered.
#[test]
fn many_in_one_call_are_what_they_are_one_by_one() {
    let roomy = Bounds::default();
    for bounds in [roomy, Bounds { keys: 25, entries: 700 }, Bounds { keys: 500, entries: 90 }] {
        let signals = draw(11, 4_000);
        let alone = engine(bounds);
        let expected: Vec<_> = signals.iter().map(|signal| alone.measure(signal)).collect();
        // What nobody can have meant is counted by neither way of observing.
        let observed = engine(bounds);
        for signal in &signals {
            observed.observe(signal);
        }
        assert!(expected.iter().flatten().any(|value| *value > 3));
        for many in [7, 1_023, 1_024, signals.len()] {
            let (together, quietly) = (engine(bounds), engine(bounds));
            let mut told = Vec::new();
            for some in signals.chunks(many) {
                together
                    .measure_all(some, |signal, seen| told.push((signal.clone(), seen.to_vec())));
                quietly.observe_all(some);
            }
            let told_of: Vec<_> = told.iter().map(|(signal, _)| signal.clone()).collect();
            assert_eq!(told_of, signals);
            for (number, (_, seen)) in told.iter().enumerate() {
                assert_eq!(seen, &expected[number], "{many} at once, number {number}");
            }
            let is_same =
                |one: &Engine, other: &Engine| one.snapshot().unwrap() == other.snapshot().unwrap();
            assert!(is_same(&together, &alone), "{many} at once");
            assert!(is_same(&quietly, &observed), "{many} at once, observed");
        }
    }
}

#[test]
fn of_no_signal_nothing_is_told() {
    engine(Bounds::default()).measure_all(&[], |_, _| panic!("nothing was asked"));
}
