use jiff::Timestamp;

use super::*;

const PHONE: &str = "+819012345678";

fn keys() -> (ExchangeKey, ExchangeKey) {
    (ExchangeKey::derive("wallet's").unwrap(), ExchangeKey::derive("bank's").unwrap())
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn month(text: &str) -> Month {
    text.parse().unwrap()
}

#[test]
fn both_ends_come_to_one_hash_and_nobody_else_does() {
    let (wallet, bank) = keys();
    let stranger = ExchangeKey::derive("another bank's").unwrap();
    let public = |key: &ExchangeKey| key.public().unwrap();
    let pair = |own, bank| Pair::new(own, &public(&wallet), &public(bank)).unwrap();
    let hash = |pair: &Pair, asker, when, kind| {
        pair.of_month(asker, month(when)).unwrap().hash(kind, PHONE).hash
    };
    let ours = hash(&pair(&wallet, &bank), Asker::Wallet, "2026-11", Kind::Phone);

    assert_eq!(ours, hash(&pair(&bank, &bank), Asker::Wallet, "2026-11", Kind::Phone));
    for (other, why) in [
        (hash(&pair(&wallet, &bank), Asker::Bank, "2026-11", Kind::Phone), "the other direction"),
        (hash(&pair(&wallet, &bank), Asker::Wallet, "2026-12", Kind::Phone), "another month"),
        (hash(&pair(&wallet, &bank), Asker::Wallet, "2026-11", Kind::Mail), "another kind"),
        (hash(&pair(&wallet, &stranger), Asker::Wallet, "2026-11", Kind::Phone), "another pair"),
    ] {
        assert_ne!(ours, other, "{why}");
    }
}

#[test]
fn a_pair_is_made_of_two_keys_of_which_one_is_ours() {
    let (wallet, bank) = keys();
    let (one, two) = (wallet.public().unwrap(), bank.public().unwrap());
    let stranger = ExchangeKey::derive("x").unwrap();
    let zero = "A".repeat(43);

    assert_eq!(Pair::new(&stranger, &one, &two).unwrap_err(), PairError::NotOurs);
    assert_eq!(Pair::new(&wallet, &one, &one).unwrap_err(), PairError::NotOurs);
    assert_eq!(Pair::new(&wallet, &one, "short").unwrap_err(), PairError::NotAKey);
    assert_eq!(Pair::new(&wallet, &one, &zero).unwrap_err(), PairError::NotAKey);
    assert_eq!(format!("{wallet:?}"), "ExchangeKey(***)");
}

#[test]
fn a_month_is_taken_while_it_is_three_days_longer_and_a_clock_s_difference_before() {
    let november = month("2026-11");
    for (now, is_taken) in [
        ("2026-10-31T14:50:00Z", false),
        ("2026-10-31T14:59:55Z", true),
        ("2026-10-31T15:00:00Z", true),
        ("2026-11-30T14:59:59Z", true),
        ("2026-12-03T14:59:59Z", true),
        ("2026-12-03T15:00:00Z", false),
        ("2027-11-15T00:00:00Z", false),
    ] {
        assert_eq!(november.is_taken(at(now)), is_taken, "{now}");
    }
    assert!(month("2026-12").is_taken(at("2027-01-02T00:00:00Z")), "over the year's end");
    assert_eq!(Month::of(at("2026-10-31T15:00:00Z")), november, "by the clock of Japan");
    for text in ["", "2026-13", "2026-1", "2026-11-01", "26-11"] {
        assert!(text.parse::<Month>().is_err(), "{text}");
    }
}

#[test]
fn a_question_is_small_and_whole() {
    let (wallet, bank) = keys();
    let pair = Pair::new(&wallet, &wallet.public().unwrap(), &bank.public().unwrap()).unwrap();
    let key = pair.of_month(Asker::Wallet, month("2026-11")).unwrap();
    let asked = |n: usize| Question {
        month: month("2026-11"),
        identifiers: (0..n).map(|i| key.hash(Kind::Mail, &format!("{i}@example.jp"))).collect(),
    };
    let mut twice = asked(1);
    twice.identifiers.push(twice.identifiers[0].clone());
    let mut short = asked(1);
    short.identifiers[0].hash.truncate(20);

    assert_eq!(asked(HASHES_MAX).check(), Ok(()));
    assert_eq!(asked(0).check(), Err(QuestionError::Count));
    assert_eq!(asked(HASHES_MAX + 1).check(), Err(QuestionError::Count));
    assert_eq!(twice.check(), Err(QuestionError::Hash));
    assert_eq!(short.check(), Err(QuestionError::Hash));
    let written = serde_json::to_string(&asked(1)).unwrap();
    assert!(written.starts_with(r#"{"month":"2026-11","identifiers":[{"kind":"mail","hash":""#));
    assert_eq!(serde_json::from_str::<Question>(&written).unwrap(), asked(1));
    let with_more = written.replace("\"month\"", "\"name\":\"x\",\"month\"");
    assert!(serde_json::from_str::<Question>(&with_more).is_err());
}
