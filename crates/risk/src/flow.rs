//! How money came together at one and went on: who brought it, who got it, and the ways in between.
//!
//! A rule about a crowd of payers or a wallet that empties says a number; whoever must decide asks which
//! money that was. Payers and payees are counted by the engine's own windows, so that what a person reads
//! is what a rule counts. Money bears no name: a way says what came before and what left next, and not
//! which yen it was.

use std::collections::BTreeMap;

use jiff::Timestamp;
use kanuki_domain::Yen;

use crate::{
    Bounds, Feature, Key, Kind, Measure, Moment, Policy, Record, Signal, Subject,
    features::Features, id::ids,
};

/// The most payers, and the most payees, that are told one by one.
pub const PARTIES_MAX: usize = 6;
/// Of so many, one after another, the flow of one case is told.
pub const SUBJECTS_MAX: usize = 3;
/// The most ways that are told.
const WAYS_MAX: usize = 2 * PARTIES_MAX;
const DAY_SECS: i64 = 86_400;

/// Money that moved from one to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// When.
    pub at: Timestamp,
    /// Who sent it.
    pub from: Key,
    /// Who got it.
    pub to: Key,
    /// How much.
    pub amount: Yen,
}

/// One who brought money, or got it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// Who.
    pub key: Key,
    /// How often.
    pub times: u64,
    /// How much together.
    pub yen: Yen,
    /// The first time.
    pub first_at: Timestamp,
    /// The last time.
    pub last_at: Timestamp,
}

/// One side of a flow: all who brought money, or all who got it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Side {
    /// Those with most yen, at most [`PARTIES_MAX`].
    pub parties: Vec<Party>,
    /// How many there are beside them.
    pub others: u64,
    /// How much all of them moved together.
    pub yen: Yen,
    /// The most different ones within a day, as rules count them, and when that was.
    pub most: Option<(u64, Timestamp)>,
}

/// One way that money may have gone, in the order of time; what is not known is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Way {
    /// What had reached the payer last.
    pub before: Option<Move>,
    /// What the payer brought.
    pub came: Option<Move>,
    /// What left next.
    pub went: Option<Move>,
    /// What left the payee after that.
    pub after: Option<Move>,
}

/// How money came together at one and went on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flow {
    /// Whose flow it is.
    pub subject: Key,
    /// Who brought money.
    pub came: Side,
    /// Who got it.
    pub went: Side,
    /// Some of the ways, oldest first.
    pub ways: Vec<Way>,
    /// True where older movements were not looked at.
    pub is_cut: bool,
    /// All movements of the subject, oldest first.
    moves: Vec<Move>,
}

impl Flow {
    /// What the movements of `subject` come to; `is_cut` where there are older ones. Movements of others
    /// are left out. A crowd is one of `crowd`s: whoever else pays is no part of it.
    #[must_use]
    pub fn of((subject, crowd): (Key, Subject), mut moves: Vec<Move>, is_cut: bool) -> Self {
        moves.retain(|one| (one.from == subject) != (one.to == subject));
        moves.sort_by_key(|one| one.at);
        let came = Side::of(crowd, moves.iter().filter(|one| one.to == subject), |one| &one.from);
        let went = Side::of(crowd, moves.iter().filter(|one| one.from == subject), |one| &one.to);
        let mut flow = Self { subject, came, went, ways: Vec::new(), is_cut, moves };
        flow.ways = flow.find_ways(&[], &[]);
        flow
    }

    /// True where nothing moved.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.moves.is_empty()
    }

    /// The payers that a way begins with, each with the moment until which money may have reached them.
    pub fn payers(&self) -> impl Iterator<Item = (&Key, Timestamp)> {
        self.ways.iter().filter_map(|way| way.came.as_ref()).map(|one| (&one.from, one.at))
    }

    /// The payees that a way ends with, each with the moment from which money may have left them.
    pub fn payees(&self) -> impl Iterator<Item = (&Key, Timestamp)> {
        self.ways.iter().filter_map(|way| way.went.as_ref()).map(|one| (&one.to, one.at))
    }

    /// The same ways, a step longer at both ends: `before` is what reached the payers, `after` what left
    /// the payees.
    #[must_use]
    pub fn with(mut self, before: &[Move], after: &[Move]) -> Self {
        self.ways = self.find_ways(before, after);
        self
    }

    fn find_ways(&self, before: &[Move], after: &[Move]) -> Vec<Way> {
        let mut ways: Vec<Way> = Vec::new();
        for party in &self.came.parties {
            let largest = largest(self.moves.iter().filter(|one| one.from == party.key));
            let Some(came) = largest else { continue };
            ways.push(Way { went: self.next(came.at), came: Some(came), ..Way::default() });
        }
        for party in &self.went.parties {
            let is_told = |way: &Way| way.went.as_ref().is_some_and(|one| one.to == party.key);
            if ways.iter().any(is_told) {
                continue;
            }
            let largest = largest(self.moves.iter().filter(|one| one.to == party.key));
            let Some(went) = largest else { continue };
            ways.push(Way { came: self.last(went.at), went: Some(went), ..Way::default() });
        }
        for way in &mut ways {
            way.before = way.came.as_ref().and_then(|came| {
                let reached = |one: &&Move| one.to == came.from && one.at <= came.at;
                before.iter().filter(reached).max_by_key(|one| one.at).cloned()
            });
            way.after = way.went.as_ref().and_then(|went| {
                let left = |one: &&Move| one.from == went.to && one.at >= went.at;
                after.iter().filter(left).min_by_key(|one| one.at).cloned()
            });
        }
        let at = |way: &Way| way.came.as_ref().or(way.went.as_ref()).map(|one| one.at);
        ways.sort_by_key(at);
        ways.truncate(WAYS_MAX);
        ways
    }

    /// What left first from then on.
    fn next(&self, at: Timestamp) -> Option<Move> {
        self.moves.iter().find(|one| one.from == self.subject && one.at >= at).cloned()
    }

    /// What came last until then.
    fn last(&self, at: Timestamp) -> Option<Move> {
        self.moves.iter().rev().find(|one| one.to == self.subject && one.at <= at).cloned()
    }
}

fn largest<'a>(moves: impl Iterator<Item = &'a Move>) -> Option<Move> {
    moves.max_by_key(|one| one.amount).cloned()
}

impl Side {
    /// `moves` in the order of time, each with the `other` whom it came from or went to.
    fn of<'a>(
        crowd: Subject,
        moves: impl Iterator<Item = &'a Move>,
        other: impl Fn(&Move) -> &Key,
    ) -> Self {
        let mut parties: BTreeMap<Key, Party> = BTreeMap::new();
        let mut features = Features::new(Bounds::default());
        // Everybody on this side has to do with one: which way the money went makes no difference. It is
        // called so that the engine keeps this crowd apart for it.
        let name = "here".to_owned();
        let here = if crowd == Subject::Account { Key::Wallet(name) } else { Key::Payee(name) };
        let different = Feature {
            measure: Measure::Distinct(crowd),
            kind: Kind::Received,
            subject: here.subject(),
            window_secs: DAY_SECS,
        };
        let mut side = Self::default();
        for one in moves {
            let key = other(one);
            let party = parties.entry(key.clone()).or_insert_with(|| Party {
                key: key.clone(),
                times: 0,
                yen: Yen::ZERO,
                first_at: one.at,
                last_at: one.at,
            });
            party.times = party.times.saturating_add(1);
            party.yen = party.yen.plus(one.amount).unwrap_or(Yen::MAX);
            party.last_at = one.at;
            side.yen = side.yen.plus(one.amount).unwrap_or(Yen::MAX);
            if key.subject() == crowd {
                let signal = Signal::new(Kind::Received, one.at, vec![key.clone(), here.clone()]);
                features.note(&signal, &ids(&signal));
                let now = features.read(&different, &here, Moment::at(one.at)).unwrap_or_default();
                if side.most.is_none_or(|(most, _)| now > most) {
                    side.most = Some((now, one.at));
                }
            }
        }
        side.parties = parties.into_values().collect();
        side.parties.sort_by_key(|party| (std::cmp::Reverse(party.yen), party.first_at));
        let others = side.parties.len().saturating_sub(PARTIES_MAX);
        side.others = u64::try_from(others).unwrap_or(u64::MAX);
        side.parties.truncate(PARTIES_MAX);
        side
    }
}

/// Whether it is money that a signal of `kind` is about.
const fn is_money(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Debit
            | Kind::Topup
            | Kind::Remittance
            | Kind::Received
            | Kind::Payment
            | Kind::Payout
            | Kind::FraudConfirmed
    )
}

/// Whose flow explains what `rule` held for: whoever it looks at first, as far as that is one of `able`,
/// else the first of these. Newest first, at most [`SUBJECTS_MAX`]; nobody's where it is about no money.
#[must_use]
pub fn subjects(policy: &Policy, rule: &str, (able, records): (&[Subject], &[Record])) -> Vec<Key> {
    let first = policy.looks_first_at(rule).filter(|subject| able.contains(subject));
    let mut found: Vec<Key> = Vec::new();
    for record in records.iter().filter(|record| is_money(record.signal.kind)) {
        let order = first.iter().chain(able);
        let Some(key) = order.copied().find_map(|subject| record.signal.key(subject)) else {
            continue;
        };
        // Whoever is paid is known by the wallet.
        let key = if key.subject() == Subject::Payee {
            Key::Wallet(key.value().to_owned())
        } else {
            key.clone()
        };
        if !found.contains(&key) {
            found.push(key);
        }
        if found.len() >= SUBJECTS_MAX {
            break;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600;

    fn wallet(name: &str) -> Key {
        Key::Wallet(name.to_owned())
    }

    fn account(name: &str) -> Key {
        Key::Account(name.to_owned())
    }

    fn moved(hour: i64, from: Key, to: Key, amount: u32) -> Move {
        let at = Timestamp::from_second(hour.saturating_mul(HOUR)).unwrap();
        Move { at, from, to, amount: Yen::of(amount) }
    }

    /// Eight pay the mule on one day and one two days later, and it pays out twice.
    fn mule() -> Vec<Move> {
        let mut moves: Vec<Move> = (0..8_u32)
            .map(|n| {
                let amount = n.saturating_add(1_000);
                moved(n.into(), wallet(&format!("p{n}")), wallet("mule"), amount)
            })
            .collect();
        moves.push(moved(4, wallet("mule"), account("first"), 3_000));
        moves.push(moved(60, wallet("p0"), wallet("mule"), 500));
        moves.push(moved(61, wallet("mule"), wallet("next"), 2_000));
        moves.push(moved(61, wallet("else"), wallet("other"), 9_000));
        moves
    }

    #[test]
    fn a_crowd_is_counted_as_a_rule_counts_it_and_the_rest_is_said() {
        let flow = Flow::of((wallet("mule"), Subject::Wallet), mule(), false);

        let first = &flow.came.parties[0];
        assert_eq!((first.key.clone(), first.times, first.yen), (wallet("p0"), 2, Yen::of(1_500)));
        assert_eq!((flow.came.parties.len(), flow.came.others), (PARTIES_MAX, 2));
        assert_eq!(flow.came.yen, Yen::of(8_528));
        assert_eq!(flow.came.most.map(|(most, _)| most), Some(8));
        assert_eq!(flow.went.yen, Yen::of(5_000));
        assert_eq!(flow.went.most.map(|(most, _)| most), Some(1), "a bank account is no wallet");
    }

    #[test]
    fn at_a_bank_a_crowd_is_one_of_accounts_or_of_wallets() {
        let debits = (0..3).map(|n| moved(n, account(&format!("a{n}")), wallet("w"), 100));
        let flow = Flow::of((wallet("w"), Subject::Account), debits.collect(), false);
        assert_eq!(flow.came.most.map(|(most, _)| most), Some(3));
        let payouts = (0..3).map(|n| moved(n, wallet(&format!("w{n}")), account("a"), 100));
        let flow = Flow::of((account("a"), Subject::Wallet), payouts.collect(), false);
        assert_eq!(flow.came.most.map(|(most, _)| most), Some(3));
    }

    #[test]
    fn a_way_is_in_the_order_of_time_and_a_step_longer_at_both_ends() {
        let flow = Flow::of((wallet("mule"), Subject::Wallet), mule(), false);
        assert!(flow.payers().any(|(key, _)| *key == wallet("p7")));
        assert!(flow.payees().any(|(key, _)| *key == wallet("next")));
        let reached = [
            moved(-3, account("robbed"), wallet("p3"), 1_003),
            moved(5, account("later"), wallet("p3"), 1_003),
        ];
        let left = [
            moved(2, wallet("next"), account("early"), 1),
            moved(62, wallet("next"), account("out"), 2_000),
        ];

        let flow = flow.with(&reached, &left);

        let of = |name: &str| {
            let key = wallet(name);
            let is_it = |way: &&Way| way.came.as_ref().is_some_and(|one| one.from == key);
            flow.ways.iter().find(is_it).cloned().unwrap()
        };
        let early = of("p3");
        assert_eq!(early.before.map(|one| one.from), Some(account("robbed")));
        assert_eq!(early.went.map(|one| one.to), Some(account("first")));
        assert_eq!(early.after, None);
        let late = of("p7");
        assert_eq!(late.before, None);
        assert_eq!(
            late.went.map(|one| one.to),
            Some(wallet("next")),
            "what left before it came is no way"
        );
        assert_eq!(late.after.map(|one| one.to), Some(account("out")));
        assert!(flow.ways.is_sorted_by_key(|way| way.came.as_ref().map(|one| one.at)));
    }

    #[test]
    fn what_only_leaves_has_ways_too_and_nothing_has_none() {
        let drained = Flow::of(
            (wallet("hers"), Subject::Wallet),
            vec![
                moved(0, account("bank"), wallet("hers"), 100_000),
                moved(1, wallet("hers"), wallet("a"), 30_000),
                moved(2, wallet("hers"), wallet("b"), 40_000),
            ],
            true,
        );

        let ends: Vec<_> = drained.payees().map(|(key, _)| key.clone()).collect();
        assert_eq!(ends, [wallet("a"), wallet("b")]);
        assert!(drained.ways.iter().all(|way| way.came.is_some()) && drained.is_cut);
        assert!(Flow::of((wallet("new"), Subject::Wallet), Vec::new(), false).is_empty());
    }

    #[test]
    fn whose_flow_is_told_follows_what_the_rule_looks_at() {
        let policy = Policy::wallet().unwrap();
        let engine = crate::Engine::new(policy.clone());
        let record = |kind: Kind, n: i64, payee: &str| {
            let keys = vec![wallet(&format!("p{n}")), Key::Payee(payee.to_owned())];
            let at = Timestamp::from_second(n).unwrap();
            let signal = Signal::new(kind, at, keys);
            let decision = engine.decide(&signal);
            engine.record(&signal, &decision)
        };
        let mut records = vec![record(Kind::SignedIn, 9, "nobody")];
        records.extend((0..5).map(|n| record(Kind::Received, n, if n < 3 { "m" } else { "k" })));

        let told =
            |rule: &str| subjects(&policy, rule, (&[Subject::Wallet, Subject::Payee], &records));
        assert_eq!(told("fan-in"), [wallet("m"), wallet("k")]);
        assert_eq!(told("watched-payee"), [wallet("m"), wallet("k")]);
        let senders = [wallet("p0"), wallet("p1"), wallet("p2")];
        assert_eq!(told("fan-out"), senders);
        assert_eq!(told("rapid-drain"), senders);
        assert_eq!(told("wallets-paid-out-to-account"), senders, "accounts have no flow here");
    }
}
