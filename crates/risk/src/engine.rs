//! Counts and decides.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;

use crate::{
    Decision, Feature, Key, Outcome, Reason, RuleSet, Signal, rule::RuleError, window::Window,
};

/// The most keys that are remembered; beyond it, those that nothing happened to for longest go.
const KEYS_MAX: usize = 1_000_000;

/// The engine. One per node; shared by reference.
#[derive(Debug)]
pub struct Engine {
    rules: RuleSet,
    windows: Mutex<BTreeMap<Key, Window>>,
}

impl Default for Engine {
    /// With the rules that ship.
    fn default() -> Self {
        Self { rules: RuleSet::standard(), windows: Mutex::default() }
    }
}

impl Engine {
    /// With `rules`, if they can be meant.
    pub fn try_new(rules: RuleSet) -> Result<Self, RuleError> {
        rules.validate()?;
        Ok(Self { rules, windows: Mutex::default() })
    }

    fn windows(&self) -> MutexGuard<'_, BTreeMap<Key, Window>> {
        // Counts are whole after every call, so a caller that panicked left them whole.
        self.windows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes `signal` without asking anything: a failure, say.
    pub fn observe(&self, signal: &Signal) {
        let mut windows = self.windows();
        if windows.len() >= KEYS_MAX {
            windows.retain(|_, window| !window.is_stale(signal.at));
        }
        for key in signal.keys.iter().filter(|key| key.is_known()) {
            let window = windows.entry(key.clone()).or_default();
            window.add(signal.kind, signal.at, signal.amount, &signal.about);
        }
    }

    /// Notes `signal` and decides about it, itself included.
    pub fn decide(&self, signal: &Signal) -> Decision {
        self.observe(signal);
        self.judge(signal, signal.at)
    }

    /// Decides about `signal` as it would be at `now`, noting nothing: before a form is shown.
    #[must_use]
    pub fn judge(&self, signal: &Signal, now: Timestamp) -> Decision {
        let windows = self.windows();
        let mut outcome = self.rules.baseline;
        let mut reasons = Vec::new();
        for rule in self.rules.rules.iter().filter(|rule| rule.kind == signal.kind) {
            for key in signal.keys.iter().filter(|key| key.subject() == rule.subject) {
                let Some(window) = windows.get(key) else { continue };
                let value = match rule.feature {
                    Feature::Count => window.count(rule.kind, now, rule.window_secs),
                    Feature::Sum => window.sum(rule.kind, now, rule.window_secs),
                    Feature::Distinct => window.distinct(rule.kind, now, rule.window_secs),
                };
                if value > rule.above {
                    outcome = outcome.max(rule.outcome);
                    reasons.push(Reason { rule: rule.id.clone(), value });
                }
            }
        }
        Decision { outcome, reasons, version: self.rules.version.clone() }
    }

    /// Whether `signal` may go on: the short form of [`decide`](Self::decide).
    pub fn allows(&self, signal: &Signal) -> bool {
        self.decide(signal).outcome == Outcome::Approve
    }
}

#[cfg(test)]
mod tests {
    use kanuki_domain::Yen;

    use super::*;
    use crate::Kind;

    fn enrolment(device: &str, account: &str, secs: i64) -> Signal {
        Signal {
            kind: Kind::EnrolmentStarted,
            at: Timestamp::from_second(1_800_000_000_i64.saturating_add(secs)).unwrap(),
            keys: vec![Key::Device(device.to_owned()), Key::Account(account.to_owned())],
            amount: Yen::ZERO,
            about: account.to_owned(),
        }
    }

    #[test]
    fn walking_over_accounts_is_seen_and_one_person_is_not() {
        let engine = Engine::default();
        for n in 0..3 {
            assert!(engine.allows(&enrolment("thief", &n.to_string(), n)));
        }
        for n in 0..5 {
            assert!(engine.allows(&enrolment("hanako", "hers", n)), "the same account again");
        }

        let fourth = engine.decide(&enrolment("thief", "3", 4));

        assert_eq!(fourth.outcome, Outcome::Decline);
        assert_eq!(fourth.reasons, [Reason { rule: "walk-device".to_owned(), value: 4 }]);
        assert!(
            engine.allows(&enrolment("thief", "4", 86_400 + 10)),
            "a day later it is forgotten"
        );
    }

    #[test]
    fn rule_sets_that_cannot_be_meant_do_not_load() {
        let mut twice = RuleSet::standard();
        twice.rules.push(twice.rules[0].clone());
        let mut endless = RuleSet::standard();
        endless.rules[0].window_secs = 0;

        assert!(Engine::try_new(RuleSet::standard()).is_ok());
        assert!(Engine::try_new(twice).is_err());
        assert!(Engine::try_new(endless).is_err());
    }

    #[test]
    fn signals_without_a_key_count_for_nobody() {
        let engine = Engine::default();
        for n in 0..50 {
            let mut signal = enrolment("", &n.to_string(), n);
            signal.keys.truncate(1);
            assert!(engine.allows(&signal));
        }
    }
}
