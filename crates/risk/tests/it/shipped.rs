//! The rules that ship.

use kanuki_domain::Yen;
use kanuki_risk::{Company, Engine, Facts, Key, Kind, Outcome, Policy, Signal, Subject, Who};

use crate::support::{self, at, signal};

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

fn link(secs: i64, person: &str, wallet: &str, device: &str) -> Signal {
    let keys = [(Subject::Person, person), (Subject::Wallet, wallet), (Subject::Device, device)];
    signal(Kind::LinkRequested, secs, &keys)
}

fn code(engine: &Engine, signal: &Signal) -> Option<String> {
    engine.decide(signal).reasons.first().map(|reason| reason.code.to_string())
}

/// docomo-2020 with phished sign-ins, relink: what each side of a link sees of the others.
#[test]
fn one_thief_with_many_sign_ins_is_seen_and_a_household_is_not() {
    let engine = Engine::bank().unwrap();
    for (n, person) in ["mother", "father", "son", "daughter"].into_iter().enumerate() {
        let at = i64::try_from(n).unwrap();
        assert_eq!(code(&engine, &link(at, person, person, "tablet")), None, "{person}");
    }
    for n in 0..2 {
        assert_eq!(code(&engine, &link(n, &format!("victim-{n}"), "thief", &n.to_string())), None);
    }
    let third = link(9, "victim-2", "thief", "2");
    assert_eq!(code(&engine, &third).as_deref(), Some("many-holders-one-wallet"));
    let fifth = link(9, "guest", "guest", "tablet");
    assert_eq!(code(&engine, &fifth).as_deref(), Some("many-holders-one-device"));
    for n in 0..5 {
        assert_eq!(code(&engine, &link(n, "jiro", &format!("w{n}"), &format!("j{n}"))), None);
    }
    let sixth = link(20 * 86_400, "jiro", "w5", "j5");
    assert_eq!(code(&engine, &sixth).as_deref(), Some("many-wallets-one-person"));
}

/// docomo-2020: four debits in a minute to the cap; here the eleventh small one.
#[test]
fn a_burst_after_a_link_is_signed_for_and_a_signed_debit_goes_on() {
    let engine = Engine::bank().unwrap();
    let debit = |secs, linked_secs, signed| {
        let facts =
            Facts { linked_at: Some(at(linked_secs)), signed: Some(signed), ..Facts::default() };
        signal(Kind::Debit, secs, &[(Subject::Account, "a")]).with_facts(facts)
    };
    for n in 0..10 {
        assert_eq!(code(&engine, &debit(n, 0, false)), None);
    }
    let eleventh = engine.decide(&debit(10, 0, false));
    assert_eq!(eleventh.outcome, Outcome::Challenge);
    assert_eq!(code(&engine, &debit(11, 0, true)), None);
    assert_eq!(code(&engine, &debit(12, -86_400, false)), None, "a link that has cooled");
}

/// mule-fan-in: the bank's side of money that comes in.
#[test]
fn an_account_takes_money_from_three_wallets_and_not_from_a_fourth() {
    let engine = Engine::bank().unwrap();
    let pay = |secs, wallet: &str| {
        let keys = [(Subject::Wallet, wallet), (Subject::Account, "mule's")];
        code(&engine, &signal(Kind::Payout, secs, &keys).with_amount(Yen::of(1_000)))
    };
    for n in 0..3 {
        assert_eq!(pay(n, &format!("w{n}")), None);
    }
    assert_eq!(pay(9 * 86_400, "w0"), None, "one that paid before");
    assert_eq!(pay(20 * 86_400, "w3").as_deref(), Some("many-wallets-one-account"));
    assert_eq!(pay(50 * 86_400, "w4"), None, "a month later");
}

/// A thief behind one address with a fresh browser for each account, slower than any network's hour; and a
/// carrier whose customers share an address with him.
#[test]
fn one_patient_address_is_seen_and_a_carriers_honest_day_is_not() {
    let engine = Engine::bank().unwrap();
    let start = |n: i64, address: &str| {
        let device = format!("{address}-{n}");
        let mut one = enrolment(&device, &device, n * 600);
        one.keys.push(Key::Block("carrier".to_owned()));
        one.keys.push(Key::Address(address.to_owned()));
        engine.decide(&one)
    };
    for n in 0..30 {
        assert!(start(n, "shared by hundreds").is_approved(), "{n}");
        assert!(start(n, "of the next door").is_approved(), "{n}");
    }

    let next = start(30, "shared by hundreds");

    assert_eq!(next.reasons[0].rule, "walk-address");
    assert!(!next.tell.is_empty(), "staff hear of it");
    assert!(start(31, "of whoever is new").is_approved(), "its network goes on");
}

/// docomo-2020: only who holds all of it sees whose frauds they are.
#[test]
fn frauds_of_five_people_through_one_partner_are_told_and_stop_nobody() {
    for engine in [Engine::bank().unwrap(), Engine::wallet().unwrap()] {
        let confirmed = |person: &str, partner: &str| {
            let keys = [(Subject::Person, person), (Subject::Partner, partner)];
            engine.decide(&signal(Kind::FraudConfirmed, 0, &keys))
        };
        for person in ["a", "b", "c", "d", "a"] {
            assert!(confirmed(person, "9901").is_plain(), "{person}");
        }
        assert!(confirmed("e", "9902").is_plain(), "another partner's");

        let fifth = confirmed("e", "9901");

        assert!(fifth.is_approved());
        assert_eq!(fifth.reasons[0].code, "frauds-at-one-partner");
        assert_eq!(fifth.tell, [Who::Desk]);
    }
}

/// Written down and not obeyed, so that an analyst sees what a rule would have done.
#[test]
fn shadows_hold_nobody_up() {
    let engine = Engine::bank().unwrap();
    let mut last = None;
    for n in 0..21 {
        let mut one = link(n, &format!("p{n}"), &format!("w{n}"), &format!("d{n}"));
        one.keys.push(Key::Block("carrier".to_owned()));
        last = Some(engine.decide(&one));
    }
    let last = last.unwrap();
    assert!(last.is_approved());
    assert_eq!(last.shadow[0].rule, "holders-per-block");
}

/// relink, INC-03: a wallet's side of the same.
#[test]
fn an_account_that_many_wallets_draw_on_gives_no_more() {
    let engine = Engine::wallet().unwrap();
    let topup = |secs, wallet: &str, account: &str, device: &str| {
        let keys =
            [(Subject::Wallet, wallet), (Subject::Account, account), (Subject::Device, device)];
        signal(Kind::Topup, secs, &keys)
    };
    for n in 0..2 {
        assert_eq!(code(&engine, &topup(n, &format!("w{n}"), "victim's", "d")), None);
    }
    let third = topup(20 * 86_400, "w2", "victim's", "e");
    assert_eq!(code(&engine, &third).as_deref(), Some("account-in-many-wallets"));
    for n in 0..4 {
        let (wallet, account) = (format!("f{n}"), format!("a{n}"));
        assert_eq!(code(&engine, &topup(n, &wallet, &account, "tablet")), None);
    }
    let fifth = topup(9, "f5", "a5", "tablet");
    assert_eq!(code(&engine, &fifth).as_deref(), Some("many-wallets-one-device"));
}

/// SG-04: what has left is known by the ledger, so what was only tried drains nothing.
#[test]
fn a_full_wallet_that_empties_within_a_day_waits() {
    let engine = Engine::wallet().unwrap();
    let out = |kind, yen, (balance, left), new_payee| {
        let facts = Facts {
            balance: Some(Yen::of(balance)),
            left_in_a_day: Some(Yen::of(left)),
            new_payee,
            ..Facts::default()
        };
        let keys = [(Subject::Wallet, "w"), (Subject::Payee, "p")];
        signal(kind, 0, &keys).with_amount(Yen::of(yen)).with_facts(facts)
    };
    let held = |one: &Signal| {
        let decision = engine.decide(one);
        decision.hold_secs.filter(|_| decision.outcome == Outcome::Hold)
    };
    for _ in 0..5 {
        assert_eq!(held(&out(Kind::Payout, 50_000, (100_000, 0), None)), None);
    }
    assert_eq!(held(&out(Kind::Payout, 50_001, (100_000, 0), None)), Some(86_400));
    assert_eq!(held(&out(Kind::Payout, 20_000, (60_000, 40_000), None)), Some(86_400), "in pieces");
    assert_eq!(held(&out(Kind::Payout, 99_999, (99_999, 0), None)), None, "not a full one");
    assert_eq!(held(&out(Kind::Remittance, 60_000, (100_000, 0), Some(false))), None);
    assert_eq!(held(&out(Kind::Remittance, 60_000, (100_000, 0), Some(true))), Some(86_400));
}

/// passcode-thief: an unlocked telephone pays in small sums; its owner signs and goes on.
#[test]
fn small_payments_one_after_another_are_signed_for() {
    let engine = Engine::wallet().unwrap();
    let pay = |secs, yen, signed| {
        let facts = Facts { signed: Some(signed), ..Facts::default() };
        let one = signal(Kind::Payment, secs, &[(Subject::Wallet, "w"), (Subject::Merchant, "m")]);
        engine.decide(&one.with_amount(Yen::of(yen)).with_facts(facts)).outcome
    };
    for n in 0..5 {
        assert_eq!(pay(n, 500, false), Outcome::Approve);
    }
    let facts = Facts { signed: Some(false), ..Facts::default() };
    let sixth = signal(Kind::Payment, 6, &[(Subject::Wallet, "w")]).with_facts(facts);
    assert_eq!(engine.foresee(&sixth).outcome, Outcome::Challenge, "before it is asked");
    assert_eq!(pay(6, 500, false), Outcome::Challenge);
    assert_eq!(pay(7, 500, true), Outcome::Approve);
    assert_eq!(pay(4_000, 10_000, false), Outcome::Approve);
    assert_eq!(pay(4_700, 10_000, false), Outcome::Approve);
    assert_eq!(pay(5_400, 10_001, false), Outcome::Challenge, "by yen");
}

/// docomo-2020, mule-fan-in: what one browser and one payee see of ever new wallets.
#[test]
fn one_browser_opens_no_row_of_wallets_and_one_payee_collects_from_no_crowd_at_once() {
    let engine = Engine::wallet().unwrap();
    let open = |n: i64| {
        let wallet = format!("w{n}");
        let keys = [(Subject::Wallet, wallet.as_str()), (Subject::Device, "thief")];
        engine.decide(&signal(Kind::WalletOpened, n, &keys))
    };
    for n in 0..4 {
        assert!(open(n).is_approved());
    }
    assert_eq!(open(4).outcome, Outcome::Decline);

    let send = |n: i64| {
        let wallet = format!("s{n}");
        let keys = [(Subject::Wallet, wallet.as_str()), (Subject::Payee, "mule")];
        engine.decide(&signal(Kind::Received, n, &keys).with_amount(Yen::of(1_000)))
    };
    for n in 0..20 {
        assert!(send(n).is_approved(), "{n}");
    }
    let crowd = send(20);
    assert_eq!((crowd.outcome, crowd.tell), (Outcome::Hold, vec![Who::Desk]));
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
    assert!(Policy::bank().unwrap().rules().len() >= 25);
}

const PLAYBOOKS: [&str; 17] = [
    "aitm",
    "burst",
    "coached-victim",
    "code-guessing",
    "contact-swap",
    "docomo-2020",
    "fake-merchant",
    "forged-id",
    "month-edge",
    "mule-fan-in",
    "name-harvest",
    "passcode-thief",
    "relink",
    "reset-takeover",
    "reverse-brute-force",
    "rogue-wallet",
    "weaponised-safety",
];

#[test]
fn what_leaked_is_signed_for_each_time_and_nobody_else_is_asked() {
    let engine = Engine::bank().unwrap();
    let debit = |leaked: Option<bool>, signed: bool| {
        let facts = Facts { leaked, signed: Some(signed), ..Facts::default() };
        let keys = [(Subject::Account, "hers"), (Subject::Person, "hanako")];
        engine.decide(&signal(Kind::Debit, 0, &keys).with_facts(facts))
    };

    let unsigned = debit(Some(true), false);
    assert_eq!(
        (unsigned.outcome, unsigned.reasons[0].code.as_str()),
        (Outcome::Challenge, "leaked")
    );
    assert!(debit(Some(true), true).is_approved());
    assert!(debit(Some(false), false).is_approved());
    assert!(debit(None, false).is_approved());

    let engine = Engine::wallet().unwrap();
    let payment = |leaked: bool, signed: bool| {
        let facts = Facts { leaked: Some(leaked), signed: Some(signed), ..Facts::default() };
        let keys = [(Subject::Wallet, "hers"), (Subject::Person, "hanako")];
        engine.decide(&signal(Kind::Payment, 0, &keys).with_facts(facts)).outcome
    };
    assert_eq!(payment(true, false), Outcome::Challenge, "a tap is not enough");
    assert_eq!(payment(true, true), Outcome::Approve);
    assert_eq!(payment(false, false), Outcome::Approve);
}

#[test]
fn what_a_partner_says_of_somebody_changes_nothing_of_what_ships() {
    for engine in [Engine::bank().unwrap(), Engine::wallet().unwrap()] {
        for kind in [Kind::Debit, Kind::Topup, Kind::Payment, Kind::Payout, Kind::Remittance] {
            let facts =
                Facts { known_elsewhere: Some(true), signed: Some(true), ..Facts::default() };
            let keys = [(Subject::Account, "his"), (Subject::Person, "taro")];
            let decided = engine.decide(&signal(kind, 0, &keys).with_facts(facts));
            assert!(decided.is_approved() && decided.reasons.is_empty(), "{kind:?}: {decided:?}");
        }
    }
}

/// A rule that waits for what its company never tells is a wall that is none.
#[test]
fn every_shipped_rule_can_hold_where_it_ships() {
    assert_eq!(Policy::bank().unwrap().unsent(Company::Bank), []);
    assert_eq!(Policy::wallet().unwrap().unsent(Company::Wallet), []);
    let words = |text: &str, company| {
        let unsent = support::policy(text).unsent(company);
        unsent.into_iter().map(|mistake| mistake.message.to_string()).collect::<Vec<_>>().join("; ")
    };
    let everyone =
        "rule r on debit when count of debit per everyone within 1h > 9 then decline as r";
    assert_eq!(words(everyone, Company::Bank), "");
    let place = "rule r on topup when new_place then decline as r";
    assert_eq!(words(place, Company::Wallet), "");
    let place = "rule r on debit when new_place and amount > ¥5 then decline as r";
    assert_eq!(words(place, Company::Bank), "");
    let payee = "rule r on debit when new_payee and amount > ¥5 then decline as r";
    assert!(words(payee, Company::Bank).contains("no bank tells `new_payee`"));
    let told = "rule r on topup when amount > ¥5 then decline as r tell customer";
    assert!(words(told, Company::Wallet).contains("nobody writes to a customer"));
    // What has happened already stops nothing; of money that comes nobody is known who would be frozen.
    for (company, kind, outcome, said) in [
        (Company::Wallet, "partner_event", "decline", "no wallet stops a partner_event"),
        (Company::Wallet, "notice_answered", "freeze", "no wallet stops a notice_answered"),
        (Company::Bank, "consented", "challenge", "no bank stops a consented"),
        (Company::Bank, "signed_in", "hold for 24h", "no bank stops a signed_in"),
        (Company::Wallet, "received", "freeze", "a received freezes nobody at a wallet"),
        (Company::Wallet, "received", "decline", ""),
        (Company::Bank, "partner_event", "approve as r tell desk", ""),
    ] {
        let named = if outcome.contains(" as ") { "" } else { " as r" };
        let rule = format!("rule r on {kind} when amount > ¥5 then {outcome}{named}");
        let words = words(&rule, company);
        assert!(if said.is_empty() { words.is_empty() } else { words.contains(said) }, "{words}");
    }
}
