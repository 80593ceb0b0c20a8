//! Counts and decides.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;

use crate::{
    Decision, Feature, Key, Kind, Outcome, Reason, RuleSet, Signal, rule::RuleError, window::Window,
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
        self.judge_since(signal, now, None)
    }

    /// The same, where nothing that came before `since` counts: what a breaker was opened for must
    /// not open it again.
    #[must_use]
    pub fn judge_since(
        &self,
        signal: &Signal,
        now: Timestamp,
        since: Option<Timestamp>,
    ) -> Decision {
        let age = since.map_or(i64::MAX, |since| {
            // Of what came in the very second, everything counts.
            now.duration_since(since).as_secs().saturating_add(1)
        });
        let windows = self.windows();
        let mut outcome = self.rules.baseline;
        let mut reasons = Vec::new();
        for rule in self.rules.rules.iter().filter(|rule| rule.kind == signal.kind) {
            for key in signal.keys.iter().filter(|key| key.subject() == rule.subject) {
                let Some(window) = windows.get(key) else { continue };
                let secs = rule.window_secs.min(age);
                let value = match rule.feature {
                    Feature::Count => window.count(rule.kind, now, secs),
                    Feature::Sum => window.sum(rule.kind, now, secs),
                    Feature::Distinct => window.distinct(rule.kind, now, secs),
                };
                if value > rule.above {
                    outcome = outcome.max(rule.outcome);
                    reasons.push(Reason { rule: rule.id.clone(), value });
                }
            }
        }
        Decision { outcome, reasons, version: self.rules.version.clone() }
    }

    /// How many signals of `kind` came for `key` within `secs`.
    #[must_use]
    pub fn count(&self, key: &Key, kind: Kind, now: Timestamp, secs: i64) -> u64 {
        self.windows().get(key).map_or(0, |window| window.count(kind, now, secs))
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
    fn what_came_before_a_closing_does_not_count_again() {
        let engine = Engine::default();
        for n in 0..4 {
            engine.observe(&enrolment("thief", &n.to_string(), n));
        }
        let next = enrolment("thief", "4", 100);
        let since = |secs| Some(enrolment("", "", secs).at);

        assert_eq!(engine.judge_since(&next, next.at, None).outcome, Outcome::Decline);
        assert_eq!(engine.judge_since(&next, next.at, since(50)).outcome, Outcome::Approve);
        assert_eq!(engine.judge_since(&next, next.at, since(-1)).outcome, Outcome::Decline);
        let device = Key::Device("thief".to_owned());
        assert_eq!(engine.count(&device, Kind::EnrolmentStarted, next.at, 99), 2);
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
