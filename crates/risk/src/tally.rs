//! What a model looked at, day by day and bin by bin, beside how it was trained
//! ([`model::Reference`](crate::model::Reference)).
//!
//! Counted where an attempt is decided about, and nowhere else: not where a page asks in advance, not in
//! a back-test. It is held in memory until somebody takes it to keep it; a node that is killed loses what
//! came since. No decision hangs on it.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use jiff::civil::Date;

use crate::{Decision, Engine, Signal, calendar, model::Binned};

/// Days and models at most: what is not taken away for so long is not kept.
const OPEN_MAX: usize = 32;

/// What one model looked at on one day in Tokyo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfDay {
    /// Which day.
    pub day: Date,
    /// Which model: the version of its file and its digest.
    pub model: String,
    /// How often each bin came.
    pub counted: Binned,
}

/// What was counted since it was last taken away.
#[derive(Debug, Default)]
pub(crate) struct Tallies(Mutex<BTreeMap<(Date, String), Binned>>);

impl Tallies {
    fn open(&self) -> MutexGuard<'_, BTreeMap<(Date, String), Binned>> {
        // Each count is whole by itself, so a caller that panicked left nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was counted for `model` on `day`; nothing where too much waits to be kept.
    fn with(&self, day: Date, model: &str, change: impl FnOnce(&mut Binned)) {
        let mut open = self.open();
        let key = (day, model.to_owned());
        if open.len() < OPEN_MAX || open.contains_key(&key) {
            change(open.entry(key).or_default());
        }
    }
}

impl Engine {
    /// Counts what the model looked at for this decision, where the policy in force made it and its
    /// model says how it was trained.
    pub fn tally(&self, signal: &Signal, decision: &Decision) {
        let policy = self.policy();
        if policy.version() != decision.version {
            return;
        }
        let looked_at = policy.looked_at(signal.kind, decision.values());
        let Some((name, model, score, values)) = looked_at else { return };
        let (Some(reference), Some(day)) = (model.reference(), calendar::tokyo_day(decision.at))
        else {
            return;
        };
        self.tallies.with(day, name, |counted| counted.count(reference, score, &values));
    }

    /// What was counted since, taken away to be kept.
    #[must_use]
    pub fn take_tally(&self) -> Vec<OfDay> {
        let taken = std::mem::take(&mut *self.tallies.open());
        let of_day = |((day, model), counted)| OfDay { day, model, counted };
        taken.into_iter().map(of_day).collect()
    }

    /// What could not be kept, to be taken once more.
    pub fn give_back(&self, days: Vec<OfDay>) {
        for OfDay { day, model, counted } in days {
            self.tallies.with(day, &model, |known| known.add(&counted));
        }
    }
}
