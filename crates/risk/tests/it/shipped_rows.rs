//! Every rule that ships, row by row: what makes it hold, and what a step away from that does not.

use std::collections::BTreeSet;

use kanuki_domain::Yen;
use kanuki_risk::{Engine, Facts, Key, Kind, Policy, Signal, Subject};

use crate::support::{at, signal};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// When what is judged happens, in seconds of `support::at`; half past eleven at night of the last day
/// of January, for rules of the month's edge.
const NOW: i64 = 16 * DAY + 6 * HOUR + 30 * MINUTE;

/// Rules whose cases need more than a few signals: those of `floods.rs`.
const ELSEWHERE: [&str; 1] = ["key-flood"];

/// What makes a rule hold.
enum Case {
    /// So many signals of its kind before the one that is judged, by the same one of these, in so many
    /// seconds.
    Count(Subject, i64, i64),
    /// The same with ever other ones of the first.
    Distinct(Subject, Subject, i64, i64),
    /// Whoever is in this list.
    Listed(Subject, &'static str),
    /// Something of its own: what came before, and what is judged.
    Of(fn(bool) -> (Vec<Signal>, Signal)),
}

/// One rule with its case, and with what must be known beside it.
struct Row {
    rule: &'static str,
    case: Case,
    /// What is known, and what of it keeps the rule from holding.
    facts: (Facts, Vec<Facts>),
}

fn row(rule: &'static str, case: Case) -> Row {
    Row { rule, case, facts: (Facts::default(), Vec::new()) }
}

impl Row {
    /// Holds where these are known; and by none of the others.
    fn with(self, facts: Facts, not: Vec<Facts>) -> Self {
        Self { facts: (facts, not), ..self }
    }
}

/// Whether `rule` would have held, in shadow too.
fn holds(engine: &Engine, rule: &str, signal: &Signal) -> bool {
    let decision = engine.decide(signal);
    decision.reasons.iter().chain(&decision.shadow).any(|reason| reason.rule == rule)
}

fn signed(is: bool) -> Facts {
    Facts { signed: Some(is), ..Facts::default() }
}

fn linked(secs_ago: i64, is_signed: bool) -> Facts {
    Facts { linked_at: Some(at(NOW - secs_ago)), ..signed(is_signed) }
}

fn new_device(is: bool) -> Facts {
    Facts { new_device: Some(is), ..Facts::default() }
}

fn leaked(is: bool, is_signed: bool) -> Facts {
    Facts { leaked: Some(is), ..signed(is_signed) }
}

fn of_wallet(kind: Kind, secs: i64, keys: &[(Subject, &str)], amount: u32) -> Signal {
    let keys = [&[(Subject::Wallet, "w")], keys].concat();
    signal(kind, secs, &keys).with_amount(Yen::of(amount))
}

/// More than half of ¥100,000, or half of it.
fn drains(kind: Kind, is_much: bool) -> (Vec<Signal>, Signal) {
    let facts = Facts {
        balance: Some(Yen::of(100_000)),
        left_in_a_day: Some(Yen::ZERO),
        new_payee: Some(true),
        ..Facts::default()
    };
    let amount = if is_much { 50_001 } else { 50_000 };
    (Vec::new(), of_wallet(kind, NOW, &[(Subject::Payee, "p")], amount).with_facts(facts))
}

fn bank() -> Vec<Row> {
    use Case::{Count, Distinct, Listed, Of};
    use Subject as S;
    let unsigned_debit = |rule, case| row(rule, case).with(signed(false), vec![signed(true)]);
    vec![
        row("walk-device", Distinct(S::Account, S::Device, 3, DAY)),
        row("walk-block", Distinct(S::Account, S::Block, 20, HOUR)),
        row("walk-address", Distinct(S::Account, S::Address, 30, DAY)),
        row("enrol-device", Count(S::Device, 10, DAY)),
        row("codes-account", Count(S::Account, 9, DAY)),
        row("codes-device", Count(S::Device, 10, DAY)),
        row("codes-block", Count(S::Block, 30, HOUR)),
        row("codes-address", Distinct(S::Account, S::Address, 5, DAY)),
        row("stops-block", Count(S::Block, 20, HOUR)),
        row("sign-ins-block", Count(S::Block, 100, HOUR)),
        row("canary-account", Listed(S::Account, "canary_accounts")),
        row("canary-person", Listed(S::Person, "canary_people")),
        row("mismatch-device", Count(S::Device, 2, DAY)),
        row("mismatch-person", Count(S::Person, 4, DAY)),
        row("mismatch-block", Count(S::Block, 10, HOUR)),
        row("strange-card", Count(S::Secret, 2, DAY)),
        row("strange-card-device", Count(S::Device, 4, DAY)),
        row("mismatch-partner", Distinct(S::Person, S::Partner, 20, HOUR)),
        row("compared-partner", Count(S::Partner, 10, HOUR)),
        row("holders-per-wallet", Distinct(S::Person, S::Wallet, 2, 30 * DAY)),
        row("holders-per-device", Distinct(S::Person, S::Device, 4, DAY)),
        row("wallets-per-person", Distinct(S::Wallet, S::Person, 5, 30 * DAY)),
        row("wallets-per-account", Distinct(S::Wallet, S::Account, 5, 30 * DAY)),
        row("holders-per-block", Distinct(S::Person, S::Block, 20, HOUR)),
        row("failed-block", Count(S::Block, 15, HOUR)),
        row("breaker-hour", Count(S::Everyone, 200, HOUR)),
        row("breaker-secret", Distinct(S::Block, S::Secret, 20, DAY)),
        row("burst-account", Count(S::Account, 30, MINUTE)),
        row("burst-after-link", Count(S::Account, 10, 10 * MINUTE)).with(
            linked(HOUR, false),
            vec![linked(HOUR, true), linked(DAY, false), signed(false), Facts::default()],
        ),
        row("new-device-burst", Count(S::Account, 3, HOUR))
            .with(new_device(true), vec![new_device(false), Facts::default()]),
        row("month-edge", Of(|is_edge| month_edge(Kind::Debit, is_edge))),
        row("contact-swap", Of(contact_swap)),
        row("one-phone-many-holders", Distinct(S::Person, S::Phone, 3, 30 * DAY)),
        row("one-mail-many-holders", Distinct(S::Person, S::Email, 3, 30 * DAY)),
        row("sign-ins-new-holders", Distinct(S::Person, S::Block, 50, HOUR)),
        row("wallets-paid-into-account", Distinct(S::Wallet, S::Account, 3, 30 * DAY)),
        row("burst-payout", Count(S::Account, 20, MINUTE)),
        row("watched-device", Listed(S::Device, "watched_devices")),
        row("watched-address", Listed(S::Address, "watched_addresses")),
        row("watched-wallet", Listed(S::Wallet, "watched_wallets")),
        row("watched-account", Listed(S::Account, "watched_accounts")),
        row("confirmed-wallet", Of(confirmed_at_bank)),
        row("confirmed-at-partner", Distinct(S::Person, S::Partner, 4, 30 * DAY)),
        unsigned_debit("watched-account-debit", Listed(S::Account, "watched_accounts")),
        row("leaked-account-debit", Of(|is| (Vec::new(), leak(Kind::Debit, is)))),
    ]
}

fn wallet() -> Vec<Row> {
    use Case::{Count, Distinct, Listed, Of};
    use Subject as S;
    let unsigned = |rule, case| row(rule, case).with(signed(false), vec![signed(true)]);
    vec![
        row("burst-wallet", Count(S::Wallet, 30, MINUTE)),
        row("burst-after-link", Count(S::Wallet, 10, 10 * MINUTE))
            .with(linked(HOUR, true), vec![linked(DAY, true), Facts::default()]),
        row("wallets-per-account", Distinct(S::Wallet, S::Account, 2, 30 * DAY)),
        row("wallets-per-device", Distinct(S::Wallet, S::Device, 4, DAY)),
        row("month-edge", Of(|is_edge| month_edge(Kind::Topup, is_edge))),
        row("wallets-opened-device", Distinct(S::Wallet, S::Device, 4, DAY)),
        row("wallets-opened-block", Distinct(S::Wallet, S::Block, 20, HOUR)),
        row("wallets-opened-address", Distinct(S::Wallet, S::Address, 20, DAY)),
        row("wallets-opened-phone", Distinct(S::Wallet, S::Phone, 4, 30 * DAY)),
        row("wallets-opened-mail", Distinct(S::Wallet, S::Email, 4, 30 * DAY)),
        row("canary-person", Listed(S::Person, "canary_people")),
        row("links-device", Distinct(S::Wallet, S::Device, 4, DAY)),
        row("links-address", Distinct(S::Wallet, S::Address, 20, DAY)),
        row("links-wallet", Count(S::Wallet, 30, DAY)),
        row("wrong-codes-address", Distinct(S::Wallet, S::Address, 5, DAY)),
        row("sign-ins-block", Count(S::Block, 100, HOUR)),
        row("watched-wallet-link", Listed(S::Wallet, "watched_wallets")),
        row("sign-ins-device", Distinct(S::Wallet, S::Device, 10, DAY)),
        row("rapid-drain", Of(|is_much| drains(Kind::Payout, is_much))),
        row("rapid-drain-new-payee", Of(|is_much| drains(Kind::Remittance, is_much))),
        row("new-device-new-payee", Of(new_device_new_payee)),
        row("passed-on", Of(passed_on)),
        row("fan-in", Distinct(S::Wallet, S::Payee, 20, DAY)),
        row("fan-out", Distinct(S::Payee, S::Wallet, 20, DAY)),
        row("wallets-paid-out-to-account", Distinct(S::Wallet, S::Account, 2, 30 * DAY)),
        row("burst-remittance", Count(S::Wallet, 10, MINUTE)),
        row("burst-payout", Count(S::Wallet, 10, MINUTE)),
        row("burst-payment", Count(S::Wallet, 20, MINUTE)),
        unsigned("unsigned-payments", Count(S::Wallet, 5, 10 * MINUTE)),
        row("unsigned-yen", Of(unsigned_yen)),
        row("shop-surge", Of(shop_surge)),
        row("leaked-wallet", Of(|is| (Vec::new(), leak(Kind::Payout, is)))),
        row("watched-device", Listed(S::Device, "watched_devices")),
        row("watched-address", Listed(S::Address, "watched_addresses")),
        row("watched-account", Listed(S::Account, "watched_accounts")),
        row("watched-wallet", Listed(S::Wallet, "watched_wallets")),
        row("watched-payee", Listed(S::Payee, "watched_payees")),
        row("confirmed-wallet", Of(confirmed_at_wallet)),
        row("confirmed-at-bank", Distinct(S::Person, S::Partner, 4, 30 * DAY)),
    ]
}

fn leak(kind: Kind, is_leaked: bool) -> Signal {
    signal(kind, NOW, &[(Subject::Account, "a")]).with_facts(leaked(is_leaked, false))
}

/// Four within three hours at the end of a month, or a day earlier.
fn month_edge(kind: Kind, is_edge: bool) -> (Vec<Signal>, Signal) {
    let now = if is_edge { NOW } else { NOW - DAY };
    let keys = [(Subject::Account, "a"), (Subject::Wallet, "w")];
    let before = (1..=3).map(|n| signal(kind, now - n * HOUR.div_euclid(2), &keys)).collect();
    (before, signal(kind, now, &keys))
}

/// A debit for a wallet by which a confirmed fraud came within a month; or before that.
fn confirmed_at_bank(is_recent: bool) -> (Vec<Signal>, Signal) {
    let ago = if is_recent { 30 * DAY - 1 } else { 30 * DAY };
    let before = vec![of_wallet(Kind::FraudConfirmed, NOW - ago, &[], 0)];
    (before, of_wallet(Kind::Debit, NOW, &[], 100).with_facts(signed(false)))
}

/// Money that leaves a wallet which took two accounts' in confirmed frauds; or one account's, twice.
fn confirmed_at_wallet(are_two: bool) -> (Vec<Signal>, Signal) {
    let other = if are_two { "b" } else { "a" };
    let fraud = |of| of_wallet(Kind::FraudConfirmed, NOW - DAY, &[(Subject::Account, of)], 0);
    (vec![fraud("a"), fraud(other)], of_wallet(Kind::Remittance, NOW, &[], 100))
}

/// A new device after a changed contact; or after one that was changed longer ago.
fn contact_swap(is_fresh: bool) -> (Vec<Signal>, Signal) {
    let ago = if is_fresh { HOUR } else { DAY + 1 };
    let keys = [(Subject::Person, "hanako")];
    let facts = Facts { new_device: Some(true), ..signed(false) };
    let before = vec![signal(Kind::ContactChanged, NOW - ago, &keys)];
    (before, signal(Kind::Debit, NOW, &keys).with_facts(facts))
}

/// A third device in a day and somebody new, in pieces; or a second one.
fn new_device_new_payee(is_third: bool) -> (Vec<Signal>, Signal) {
    let sign_in =
        |device: &str| of_wallet(Kind::SignedIn, NOW - HOUR, &[(Subject::Device, device)], 0);
    let mut before = vec![sign_in("a"), sign_in("b")];
    if is_third {
        before.push(sign_in("c"));
    }
    let facts = Facts { new_payee: Some(true), ..Facts::default() };
    let send = |secs, yen| of_wallet(Kind::Remittance, secs, &[(Subject::Payee, "p")], yen);
    before.push(send(NOW - MINUTE, 29_999).with_facts(facts.clone()));
    (before, send(NOW, 1).with_facts(facts))
}

/// What came in goes on in pieces from a wallet of two days; or from one of three.
fn passed_on(is_young: bool) -> (Vec<Signal>, Signal) {
    let opened = if is_young { 2 * DAY } else { 3 * DAY };
    let facts =
        Facts { opened_at: Some(at(NOW - opened)), new_payee: Some(true), ..Facts::default() };
    let send = |secs, yen| of_wallet(Kind::Remittance, secs, &[(Subject::Payee, "p")], yen);
    let first = send(NOW - MINUTE, 29_999).with_facts(facts.clone());
    let before = vec![of_wallet(Kind::Topup, NOW - MINUTE, &[], 30_001), first];
    (before, send(NOW, 2).with_facts(facts))
}

/// ¥30,001 in an hour without a signature; or ¥30,000.
fn unsigned_yen(is_much: bool) -> (Vec<Signal>, Signal) {
    let pay = |secs, yen| of_wallet(Kind::Payment, secs, &[], yen).with_facts(signed(false));
    (vec![pay(NOW - MINUTE, 15_000)], pay(NOW, if is_much { 15_001 } else { 15_000 }))
}

/// A shop whose day is more than ten times its days before; or one that was always as large.
fn shop_surge(is_sudden: bool) -> (Vec<Signal>, Signal) {
    let shop = [(Subject::Merchant, "m"), (Subject::Wallet, "w")];
    let paid = |secs, yen| signal(Kind::Payment, secs, &shop).with_amount(Yen::of(yen));
    let usual = if is_sudden { 10_000 } else { 400_000 };
    let before = (2..29).map(|day| paid(NOW - day * DAY, usual)).collect();
    (before, paid(NOW, 600_000))
}

/// What a row's case looks like for one kind of signal, with so many signals before, so long ago.
fn signals(row: &Row, kind: Kind, times: i64, ago: i64) -> (Vec<Signal>, Signal) {
    let one = |n: i64, secs: i64| {
        let name = format!("v{n}");
        let keys = match row.case {
            Case::Count(per, ..) => vec![(per, "same")],
            Case::Distinct(what, per, ..) => vec![(per, "same"), (what, name.as_str())],
            Case::Listed(..) | Case::Of(_) => Vec::new(),
        };
        signal(kind, secs, &keys)
    };
    let before = (1..=times).map(|n| one(n, NOW - ago - n)).collect();
    (before, one(0, NOW))
}

fn judged(engine: &Engine, row: &Row, (before, last): (Vec<Signal>, Signal)) -> bool {
    for signal in &before {
        engine.observe(signal);
    }
    holds(engine, row.rule, &last)
}

fn is_shown(engine: impl Fn() -> Engine, row: &Row, kind: Kind) {
    let (rule, (facts, not)) = (row.rule, &row.facts);
    let fresh = |with: (Vec<Signal>, Signal)| judged(&engine(), row, with);
    let known = |(before, last): (Vec<Signal>, Signal), facts: &Facts| {
        (before, last.with_facts(facts.clone()))
    };
    match row.case {
        Case::Count(_, times, within) | Case::Distinct(_, _, times, within) => {
            let of = |times, ago| known(signals(row, kind, times, ago), facts);
            assert!(fresh(of(times, 0)), "{rule}: does not hold");
            assert!(!fresh(of(times - 1, 0)), "{rule}: one less is enough");
            assert!(!fresh(of(times, within)), "{rule}: what is over counts");
            for facts in not {
                let one = known(signals(row, kind, times, 0), facts);
                assert!(!fresh(one), "{rule}: holds by {facts:?}");
            }
        }
        Case::Listed(subject, list) => {
            let touch = |name: &str, facts: &Facts| {
                let engine = engine();
                engine.set_list(list, &[Key::of(subject, "mallory")]).unwrap();
                let one = signal(kind, NOW, &[(subject, name)]).with_facts(facts.clone());
                holds(&engine, rule, &one)
            };
            assert!(touch("mallory", facts), "{rule}: does not hold for {}", kind.name());
            assert!(!touch("hanako", facts), "{rule}: holds for somebody else");
            assert!(not.iter().all(|facts| !touch("mallory", facts)), "{rule}");
        }
        Case::Of(case) => {
            assert!(fresh(case(true)), "{rule}: does not hold");
            assert!(!fresh(case(false)), "{rule}: holds a step away");
        }
    }
}

/// Looks at each row of a policy, and that there is one for each rule and none for nothing.
fn look(policy: &Policy, rows: &[Row], engine: impl Fn() -> Engine) {
    let names = |all: Vec<&str>| all.into_iter().map(str::to_owned).collect::<BTreeSet<_>>();
    let rules = policy.rules().iter().map(|rule| rule.name.as_str());
    let rules = names(rules.filter(|rule| !ELSEWHERE.contains(rule)).collect());
    let shown = names(rows.iter().map(|row| row.rule).collect());
    assert_eq!(
        rules, shown,
        "a rule that ships needs a case in which it holds, and one in which not"
    );
    for row in rows {
        let rule = policy.rules().iter().find(|rule| rule.name == row.rule).unwrap();
        match row.case {
            Case::Listed(..) => {
                for kind in &rule.on {
                    is_shown(&engine, row, *kind);
                }
            }
            Case::Count(..) | Case::Distinct(..) | Case::Of(_) => {
                is_shown(&engine, row, rule.on[0]);
            }
        }
    }
}

#[test]
fn every_rule_of_the_bank_holds_where_it_should_and_not_a_step_away() {
    look(&Policy::bank().unwrap(), &bank(), || Engine::bank().unwrap());
}

#[test]
fn every_rule_of_the_wallet_holds_where_it_should_and_not_a_step_away() {
    look(&Policy::wallet().unwrap(), &wallet(), || Engine::wallet().unwrap());
}

#[test]
fn the_page_of_shipped_rules_has_each_and_what_it_looks_at() {
    let page = include_str!("../../../../docs/shipped-rules.md");
    for text in [Policy::bank_text(), Policy::wallet_text()] {
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let words: Vec<&str> = lines.flat_map(str::split_whitespace).collect();
        let words = words.join(" ");
        for rule in words.split(" rule ").skip(1) {
            let (name, rest) = rule.split_once(" on ").expect("a rule says where it is asked");
            let (_, rest) = rest.split_once(" when ").expect("and when it holds");
            let (when, _) = rest.split_once(" then ").expect("and what follows");
            let line = page.lines().find(|line| {
                line.starts_with(&format!("| `{name}` |")) && line.contains(&format!("| {when} |"))
            });
            assert!(line.is_some(), "docs/shipped-rules.md lacks: {name}, when {when}");
            // What decides is not explained by what only tells.
            let is_told = line.is_some_and(|line| line.contains("nobody is stopped"));
            let is_no =
                rest.split_once(" then ").is_some_and(|(_, then)| then.starts_with("decline"));
            assert!(!(is_told && is_no), "{name} stops");
        }
    }
}
