//! Many signals in one call: a past that is told again, at a start, in a study or in a back-test.
//!
//! The numbers are those of one call after the other. What differs is how often the memory is waited for:
//! of some signals at a time all keys are looked for together, and of many signals two threads count
//! different subjects at once (`features::apart`). Nobody else is answered meanwhile, for as long as `SPAN`
//! signals take: some milliseconds.

use std::sync::Arc;

use crate::{
    Decision, Engine, Policy, Signal, Subject,
    engine::Inner,
    features::{Group, Many, Place, TOGETHER},
    id::Id,
    look::{Asked, see_part},
    policy::UNKNOWN,
};

/// From so many signals on another thread is worth being started.
const MANY: usize = 1_024;
/// So many are counted before the engine is let go of.
const SPAN: usize = 8_192;

/// The keys of a signal, and where they are.
type Found<'a> = (&'a [(Subject, Id)], &'a mut [Place]);

impl Engine {
    /// Hands `see` each signal with its keys; what was found may be read and counted.
    fn each_of<'a>(
        &self,
        signals: impl Iterator<Item = &'a Signal> + Clone,
        mut see: impl FnMut(&mut Inner, &'a Signal, Found<'_>),
    ) {
        let (mut group, mut left) = (Group::default(), signals.peekable());
        while left.peek().is_some() {
            group.take(left.clone().take(TOGETHER));
            let mut inner = self.inner();
            inner.features.find_together(&mut group);
            for (found, signal) in group.each().zip(left.by_ref()) {
                see(&mut inner, signal, found);
            }
        }
    }

    /// Notes many signals, one after the other, and `tell`s of each what [`measure`](Self::measure) would
    /// have said of it.
    pub fn measure_all(&self, signals: &[Signal], mut tell: impl FnMut(&Signal, &[i64])) {
        let mut values = Vec::new();
        for some in signals.chunks(SPAN) {
            values.clear();
            let width = if some.len() < MANY {
                self.measure_some(some, &mut values)
            } else {
                self.measure_apart(some, &mut values)
            };
            let mut left = values.as_slice();
            for signal in some {
                let (seen, rest) = left.split_at_checked(width).unwrap_or_default();
                tell(signal, seen);
                left = rest;
            }
        }
    }

    /// Adds the numbers of each; says how many one has.
    fn measure_some(&self, signals: &[Signal], values: &mut Vec<i64>) -> usize {
        let policy = self.policy();
        self.each_of(signals.iter(), |inner, signal, (keys, places)| {
            inner.features.note_at(signal, keys, places);
            let begin = values.len();
            values.resize(begin.saturating_add(policy.width()), UNKNOWN);
            let own = values.get_mut(begin..).unwrap_or_default();
            inner.find(&policy, &Asked::noted(signal, keys), (places, own));
        });
        policy.width()
    }

    /// The same by two threads.
    fn measure_apart(&self, signals: &[Signal], values: &mut Vec<i64>) -> usize {
        let mut groups = <[Group; 2]>::default();
        let many = Many::new(signals, &mut groups);
        let mut inner = self.inner();
        let policy = inner.policy.clone();
        let seen = inner.features.note_apart(&many, &|seeing, out| see_part(&policy, seeing, out));
        let mut parts: Vec<_> =
            seen.into_iter().map(|(subject, seen)| (subject, seen.into_iter())).collect();
        for (number, signal) in signals.iter().enumerate() {
            let begin = values.len();
            values.resize(begin.saturating_add(policy.width()), UNKNOWN);
            let own = values.get_mut(begin..).unwrap_or_default();
            inner.gather(&Asked::noted(signal, many.keys(number)), &mut parts, own);
        }
        policy.width()
    }

    /// Notes many signals, one after the other, without asking anything. What [nobody can have
    /// meant](Signal::check) counts for nothing.
    pub fn observe_all(&self, signals: &[Signal]) {
        let is_meant = |signal: &&Signal| signal.check(signal.at).is_ok();
        for some in signals.chunks(SPAN) {
            if some.len() >= MANY && some.iter().all(|signal| is_meant(&signal)) {
                let mut groups = <[Group; 2]>::default();
                let many = Many::new(some, &mut groups);
                self.inner().features.note_apart(&many, &|_, _| {});
                continue;
            }
            self.each_of(some.iter().filter(is_meant), |inner, signal, (keys, places)| {
                inner.features.note_at(signal, keys, places);
            });
        }
    }

    /// Notes each signal once and decides about it by each of `policies`. Counts hang on no policy, so each
    /// decides as if it were alone; `see` is handed what each says, in their order.
    pub(crate) fn decide_all_by<'a>(
        &self,
        policies: &[Arc<Policy>],
        signals: impl Iterator<Item = &'a Signal> + Clone,
        mut see: impl FnMut(&'a Signal, usize, &Decision),
    ) {
        self.each_of(signals, |inner, signal, (keys, places)| {
            let is_meant = signal.check(signal.at);
            if is_meant.is_ok() {
                inner.features.note_at(signal, keys, places);
            }
            for (number, policy) in policies.iter().enumerate() {
                let decision = match &is_meant {
                    Ok(()) => inner
                        .look_by(policy, &Asked::noted(signal, keys), places)
                        .conclude(signal, signal.at),
                    Err(error) => {
                        Decision::failed(policy.version_text(), signal.at, &error.to_string())
                    }
                };
                see(signal, number, &decision);
            }
        });
    }
}
