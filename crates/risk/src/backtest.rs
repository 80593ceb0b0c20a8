//! What another policy would have done: recorded events, judged again, in yen and in customers.
//!
//! Each event is noted and judged in the order of the file, with all counts as they stood then. What
//! a thief who was stopped would have tried instead is not known, so a stopped debit's successors
//! are judged as they came. A challenge stops a thief, who has no passkey of the victim's, and
//! bothers an honest customer; what it stopped is said apart.
//!
//! Memory does not grow with the recording: counts are within [`Bounds`] and kept for no longer than one of
//! the policies looks back, people are counted exactly
//! up to [`PEOPLE_MAX`] (by rule up to [`PEOPLE_OF_RULE_MAX`]) and within 1 % beyond, each once whether an
//! attempt names them or only their account, and ranges are drawn while events stream by.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use kanuki_domain::Yen;
use serde::{Deserialize, Serialize};

use crate::{
    Bounds, Decision, Engine, Facts, Key, Kind, Outcome, Policy, Range, Reason, Room, Signal,
    Subject,
    draw::{Draws, Weights, weights},
    id::Id,
    people::{Owned, Owners, People},
    signal::Kept,
};

/// So many different customers are counted exactly.
pub const PEOPLE_MAX: usize = 900_000;
/// So many are counted exactly for one rule.
pub const PEOPLE_OF_RULE_MAX: usize = 100_000;

/// One line of a recording: a signal, and what became known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// What happened.
    pub signal: Signal,
    /// It was no act of whom it seemed to be of.
    pub is_fraud: bool,
}

/// All that a line may say: what nobody reads is a mistake of whoever wrote it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    kind: Kind,
    at: Timestamp,
    keys: Vec<Key>,
    amount: Yen,
    #[serde(default)]
    about: String,
    #[serde(default, with = "Said")]
    facts: Facts,
    #[serde(default)]
    is_fraud: bool,
}

/// What a line may say is known. [`Facts`] themselves pass over what they do not know, because a newer version
/// may have kept it; in a line it is a slip of whoever wrote it, and a fact that no rule will ever see.
#[derive(Deserialize)]
#[serde(remote = "Facts", deny_unknown_fields)]
struct Said {
    balance: Option<Yen>,
    linked_at: Option<Timestamp>,
    opened_at: Option<Timestamp>,
    new_device: Option<bool>,
    new_place: Option<bool>,
    new_payee: Option<bool>,
    left_in_a_day: Option<Yen>,
    signed: Option<bool>,
    leaked: Option<bool>,
    known_elsewhere: Option<bool>,
}

/// A line as it is written.
#[derive(Serialize)]
struct Written<'a> {
    #[serde(flatten)]
    signal: &'a Signal,
    #[serde(skip_serializing_if = "is_false")]
    is_fraud: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
const fn is_false(is_fraud: &bool) -> bool {
    !*is_fraud
}

impl Event {
    /// Reads one line: a signal as it is logged, with `"is_fraud": true` where it was one.
    pub fn parse(line: &str) -> Result<Self, serde_json::Error> {
        let Line { kind, at, keys, amount, about, facts, is_fraud } = serde_json::from_str(line)?;
        let signal = Signal::from(Kept { kind, at, keys, amount, about, facts });
        Ok(Self { signal, is_fraud })
    }

    /// The inverse of [`parse`](Self::parse).
    pub fn to_line(&self) -> Result<String, serde_json::Error> {
        let Self { signal, is_fraud } = self;
        serde_json::to_string(&Written { signal, is_fraud: *is_fraud })
    }
}

/// What one outcome did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// To how many frauds.
    pub frauds: u64,
    /// Of how many yen.
    pub fraud_yen: Yen,
    /// To how many honest acts.
    pub honest: u64,
    /// Of how many yen.
    pub honest_yen: Yen,
}

/// What one rule did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct OfRule {
    /// All acts for which it held, in shadow too.
    #[serde(flatten)]
    pub held: Tally,
    /// From where to where the yen of those frauds may be.
    pub fraud_yen_range: Range<Yen>,
    /// Frauds that no other rule would have stopped, in yen.
    pub only_yen: Yen,
    /// Honest customers for whom it held, each counted once.
    pub customers: u64,
    /// From where to where they may be.
    pub customers_range: Range<u64>,
    /// It is not obeyed.
    pub is_shadow: bool,
}

/// What one policy would have done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Which.
    pub policy: String,
    /// In which version.
    pub version: String,
    /// How many events were judged.
    pub events: u64,
    /// Yen of frauds that were challenged, held, declined or frozen.
    pub yen_stopped: Yen,
    /// Of these, what only a challenge stopped.
    pub yen_stopped_by_challenge: Yen,
    /// Yen of frauds that went through.
    pub yen_lost: Yen,
    /// Honest customers who were challenged, held, declined or frozen, each counted once.
    pub customers_bothered: u64,
    /// The same by outcome; who met two of them is counted in both.
    pub customers_by_outcome: BTreeMap<&'static str, u64>,
    /// Honest customers in all.
    pub customers: u64,
    /// From where to where the totals may be.
    pub ranges: Ranges,
    /// By outcome.
    pub outcomes: BTreeMap<&'static str, Tally>,
    /// By rule.
    pub rules: BTreeMap<String, OfRule>,
}

/// From where to where the totals were in 95 of 100 populations of customers drawn from the
/// recording's own, with a fixed seed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Ranges {
    /// Yen of frauds that were stopped.
    pub yen_stopped: Range<Yen>,
    /// Yen of frauds that went through.
    pub yen_lost: Range<Yen>,
    /// Honest customers bothered.
    pub customers_bothered: Range<u64>,
}

/// What one policy has more than another, in 95 of 100 populations; the same customers in both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Yen of frauds that went through.
    pub yen_lost: Range<i64>,
    /// Honest customers bothered.
    pub customers_bothered: Range<i64>,
}

/// Policies while events stream through them. Events are counted once for all: counts hang on no
/// policy.
#[derive(Debug)]
pub struct Backtest {
    engine: Engine,
    policies: Vec<Arc<Policy>>,
    first: Column,
    others: Vec<Column>,
    customers: People,
    owners: Owners,
}

/// What became of the events by one policy.
#[derive(Debug)]
struct Column {
    report: Report,
    stopped: Draws,
    lost: Draws,
    bothered: People,
    by_outcome: BTreeMap<&'static str, People>,
    by_rule: BTreeMap<String, HeldFor>,
}

/// Whom a rule held for.
#[derive(Debug)]
struct HeldFor {
    honest: People,
    fraud_yen: Draws,
}

impl Default for HeldFor {
    fn default() -> Self {
        Self { honest: People::at_most(PEOPLE_OF_RULE_MAX), fraud_yen: Draws::default() }
    }
}

impl Tally {
    fn add(&mut self, event: &Event) {
        let sum = |one: Yen| one.plus(event.signal.amount).unwrap_or(Yen::MAX);
        if event.is_fraud {
            self.frauds = self.frauds.saturating_add(1);
            self.fraud_yen = sum(self.fraud_yen);
        } else {
            self.honest = self.honest.saturating_add(1);
            self.honest_yen = sum(self.honest_yen);
        }
    }
}

/// Whose it is: a person, or else the wallet or account.
pub(crate) fn customer(signal: &Signal) -> Option<Id> {
    let subjects = [Subject::Person, Subject::Wallet, Subject::Account];
    subjects.into_iter().find_map(|subject| signal.key(subject)).map(Key::id)
}

impl Backtest {
    /// Of `policy`, which remembers no more than `bounds`.
    #[must_use]
    pub fn new(policy: Policy, bounds: Bounds) -> Self {
        let (first, customers) = (Column::new(&policy), People::at_most(PEOPLE_MAX));
        let engine = Engine::with_bounds(policy, bounds);
        let policies = vec![engine.policy()];
        engine.need_only(policies.iter().map(|policy| &**policy));
        let owners = Owners::default();
        Self { engine, policies, first, others: Vec::new(), customers, owners }
    }

    /// The same with another policy beside it, before anything was seen.
    #[must_use]
    pub fn beside(mut self, policy: Policy) -> Self {
        self.others.push(Column::new(&policy));
        self.policies.push(Arc::new(policy));
        self.engine.need_only(self.policies.iter().map(|policy| &**policy));
        self
    }

    /// Notes one event and judges it.
    pub fn see(&mut self, event: &Event) {
        self.see_all(std::slice::from_ref(event));
    }

    /// Notes events and judges them, one after the other: the same, but for how often the memory is waited
    /// for.
    pub fn see_all(&mut self, events: &[Event]) {
        let Self { engine, policies, first, others, customers, owners } = self;
        let mut left = events.iter();
        let mut of = None;
        let signals = events.iter().map(|event| &event.signal);
        engine.decide_all_by(policies, signals, |_, number, decision| {
            if number == 0 {
                let next = left.next();
                let learnt = next.map(|event| owners.learn(&event.signal)).unwrap_or_default();
                for owned in learnt.into_iter().flatten() {
                    customers.join(owned);
                    first.join(owned);
                    join_each(others, owned);
                }
                of = next.map(|event| (event, owners.whose(&event.signal)));
                let honest = of.filter(|(event, _)| !event.is_fraud);
                if let Some((_, Some(customer))) = honest {
                    customers.add(customer);
                }
            }
            let column = match number.checked_sub(1) {
                None => Some(&mut *first),
                Some(other) => others.get_mut(other),
            };
            if let (Some(column), Some((event, customer))) = (column, of) {
                column.see(event, customer, decision);
            }
        });
    }

    /// How much is remembered of each kind of key, and what had to go for others.
    #[must_use]
    pub fn rooms(&self) -> Vec<Room> {
        self.engine.rooms()
    }

    /// What each policy but the first has more than that.
    #[must_use]
    pub fn differences(&self) -> Vec<Difference> {
        self.others.iter().map(|other| other.beyond(&self.first)).collect()
    }

    /// What came of it by the first policy.
    #[must_use]
    pub fn report(self) -> Report {
        self.first.report(self.customers.count())
    }

    /// What came of it by the first policy, and by each that is beside it.
    #[must_use]
    pub fn reports(self) -> (Report, Vec<Report>) {
        let customers = self.customers.count();
        let others = self.others.into_iter().map(|other| other.report(customers));
        (self.first.report(customers), others.collect())
    }
}

impl Column {
    fn new(policy: &Policy) -> Self {
        let rules = policy.rules().iter().map(|rule| {
            (rule.name.to_string(), OfRule { is_shadow: rule.is_shadow, ..OfRule::default() })
        });
        let report = Report {
            policy: policy.name().to_owned(),
            version: policy.version().to_owned(),
            events: 0,
            yen_stopped: Yen::ZERO,
            yen_stopped_by_challenge: Yen::ZERO,
            yen_lost: Yen::ZERO,
            customers_bothered: 0,
            customers_by_outcome: BTreeMap::new(),
            customers: 0,
            ranges: Ranges::default(),
            outcomes: BTreeMap::new(),
            rules: rules.collect(),
        };
        Self {
            report,
            stopped: Draws::default(),
            lost: Draws::default(),
            bothered: People::at_most(PEOPLE_MAX),
            by_outcome: BTreeMap::new(),
            by_rule: BTreeMap::new(),
        }
    }

    fn see(&mut self, event: &Event, customer: Option<u64>, decision: &Decision) {
        self.report.events = self.report.events.saturating_add(1);
        self.report.outcomes.entry(decision.outcome.name()).or_default().add(event);
        for reason in held(decision) {
            self.report.rules.entry(reason.rule.to_string()).or_default().held.add(event);
        }
        if event.is_fraud {
            self.see_fraud(&event.signal, customer, decision);
        } else if let Some(customer) = customer {
            self.see_honest(customer, decision);
        }
    }

    fn see_fraud(&mut self, signal: &Signal, customer: Option<u64>, decision: &Decision) {
        let report = &mut self.report;
        let sum = |one: Yen| one.plus(signal.amount).unwrap_or(Yen::MAX);
        if let [only] = decision.reasons.as_slice() {
            let rule = report.rules.entry(only.rule.to_string()).or_default();
            rule.only_yen = sum(rule.only_yen);
        }
        let is_stopped = decision.outcome > Outcome::Approve;
        if is_stopped {
            report.yen_stopped = sum(report.yen_stopped);
        } else {
            report.yen_lost = sum(report.yen_lost);
        }
        if decision.outcome == Outcome::Challenge {
            report.yen_stopped_by_challenge = sum(report.yen_stopped_by_challenge);
        }
        // What names nobody is drawn by itself.
        let whose = customer.unwrap_or(report.events);
        let (weights, yen): (Weights, u64) = (weights(whose), signal.amount.amount());
        let total = if is_stopped { &mut self.stopped } else { &mut self.lost };
        total.add(&weights, yen);
        for reason in held(decision) {
            let rule = self.by_rule.entry(reason.rule.to_string()).or_default();
            rule.fraud_yen.add(&weights, yen);
        }
    }

    fn see_honest(&mut self, customer: u64, decision: &Decision) {
        if decision.outcome > Outcome::Approve {
            self.bothered.add(customer);
            let met = self.by_outcome.entry(decision.outcome.name());
            met.or_insert_with(|| People::at_most(PEOPLE_MAX)).add(customer);
        }
        for reason in held(decision) {
            self.by_rule.entry(reason.rule.to_string()).or_default().honest.add(customer);
        }
    }

    /// Whoever was met as the account that they own was met as themselves.
    fn join(&mut self, owned: Owned) {
        self.bothered.join(owned);
        for met in self.by_outcome.values_mut() {
            met.join(owned);
        }
        for rule in self.by_rule.values_mut() {
            rule.honest.join(owned);
        }
    }

    /// What this one has more than `other`, which saw the same events.
    fn beyond(&self, other: &Self) -> Difference {
        Difference {
            yen_lost: self.lost.beyond(&other.lost),
            customers_bothered: self.bothered.draws().beyond(&other.bothered.draws()),
        }
    }

    fn report(self, customers: u64) -> Report {
        let mut report = self.report;
        report.customers = customers;
        report.customers_bothered = self.bothered.count();
        let by_outcome = self.by_outcome.iter();
        report.customers_by_outcome = by_outcome.map(|(name, met)| (*name, met.count())).collect();
        report.ranges = Ranges {
            yen_stopped: self.stopped.yen(),
            yen_lost: self.lost.yen(),
            customers_bothered: self.bothered.draws().range(),
        };
        for (name, whom) in self.by_rule {
            let rule = report.rules.entry(name).or_default();
            rule.fraud_yen_range = whom.fraud_yen.yen();
            rule.customers = whom.honest.count();
            rule.customers_range = whom.honest.draws().range();
        }
        report
    }
}

fn join_each(columns: &mut [Column], owned: Owned) {
    for column in columns {
        column.join(owned);
    }
}

/// Every rule that held, or would have.
fn held(decision: &Decision) -> impl Iterator<Item = &Reason> {
    decision.reasons.iter().chain(&decision.shadow)
}
