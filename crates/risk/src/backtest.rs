//! What another policy would have done: recorded events, judged again, in yen and in customers.
//!
//! Each event is noted and judged in the order of the file, with all counts as they stood then. What
//! a thief who was stopped would have tried instead is not known, so a stopped debit's successors
//! are judged as they came. A challenge stops a thief, who has no passkey of the victim's, and
//! bothers an honest customer; what it stopped is said apart.

use std::collections::{BTreeMap, HashSet};

use kanuki_domain::Yen;
use serde::{Deserialize, Serialize};

use crate::{Bounds, Engine, Outcome, Policy, Signal, Subject, id::Id};

/// One line of a recording: a signal, and what became known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// What happened.
    pub signal: Signal,
    /// It was no act of whom it seemed to be of.
    pub is_fraud: bool,
}

/// What a line says beside its signal.
#[derive(Deserialize)]
struct Label {
    #[serde(default)]
    is_fraud: bool,
}

impl Event {
    /// Reads one line: a signal as it is logged, with `"is_fraud": true` where it was one.
    pub fn parse(line: &str) -> Result<Self, serde_json::Error> {
        let Label { is_fraud } = serde_json::from_str(line)?;
        Ok(Self { signal: serde_json::from_str(line)?, is_fraud })
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
    /// Frauds that no other rule would have stopped, in yen.
    pub only_yen: Yen,
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
    /// Honest customers in all.
    pub customers: u64,
    /// By outcome.
    pub outcomes: BTreeMap<&'static str, Tally>,
    /// By rule.
    pub rules: BTreeMap<String, OfRule>,
}

/// One policy while events stream through it.
#[derive(Debug)]
pub struct Backtest {
    engine: Engine,
    report: Report,
    customers: HashSet<Id>,
    bothered: HashSet<Id>,
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
    subjects.into_iter().find_map(|subject| signal.key(subject)).map(crate::Key::id)
}

impl Backtest {
    /// Of `policy`, which remembers no more than `bounds`.
    #[must_use]
    pub fn new(policy: Policy, bounds: Bounds) -> Self {
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
            customers: 0,
            outcomes: BTreeMap::new(),
            rules: rules.collect(),
        };
        let (customers, bothered) = (HashSet::new(), HashSet::new());
        Self { engine: Engine::with_bounds(policy, bounds), report, customers, bothered }
    }

    /// Notes one event and judges it.
    pub fn see(&mut self, event: &Event) {
        let decision = self.engine.decide(&event.signal);
        let report = &mut self.report;
        let amount = event.signal.amount;
        let sum = |one: Yen| one.plus(amount).unwrap_or(Yen::MAX);
        report.events = report.events.saturating_add(1);
        report.outcomes.entry(decision.outcome.name()).or_default().add(event);
        let only = decision.reasons.len() == 1 && event.is_fraud;
        for reason in decision.reasons.iter().chain(&decision.shadow) {
            report.rules.entry(reason.rule.to_string()).or_default().held.add(event);
        }
        if let Some(reason) = decision.reasons.first().filter(|_| only) {
            let rule = report.rules.entry(reason.rule.to_string()).or_default();
            rule.only_yen = sum(rule.only_yen);
        }
        let is_stopped = decision.outcome > Outcome::Approve;
        if event.is_fraud {
            if is_stopped {
                report.yen_stopped = sum(report.yen_stopped);
            } else {
                report.yen_lost = sum(report.yen_lost);
            }
            if decision.outcome == Outcome::Challenge {
                report.yen_stopped_by_challenge = sum(report.yen_stopped_by_challenge);
            }
        } else if let Some(customer) = customer(&event.signal) {
            self.customers.insert(customer);
            if is_stopped {
                self.bothered.insert(customer);
            }
        }
    }

    /// What came of it.
    #[must_use]
    pub fn report(self) -> Report {
        let count = |all: &HashSet<Id>| u64::try_from(all.len()).unwrap_or(u64::MAX);
        let (customers_bothered, customers) = (count(&self.bothered), count(&self.customers));
        Report { customers_bothered, customers, ..self.report }
    }
}
