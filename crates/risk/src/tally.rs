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

/// What was counted until some moment, under a number of its own: whoever keeps it writes the number down
/// beside it, so that one whose answer was lost is told from one that was not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Which engine counted, by a name that no other has.
    pub node: String,
    /// The how manieth of this engine, from 1.
    pub number: u64,
    /// What was counted.
    pub days: Vec<OfDay>,
}

/// What was counted since it was last taken away.
#[derive(Debug, Default)]
pub(crate) struct Tallies(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    open: BTreeMap<(Date, String), Binned>,
    /// Taken away, and not known to be kept.
    waiting: Option<Batch>,
    node: Option<String>,
    /// The last number that was given.
    number: u64,
}

impl Tallies {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        // Each count is whole by itself, so a caller that panicked left nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was counted for `model` on `day`; nothing where too much waits to be kept.
    fn with(&self, day: Date, model: &str, change: impl FnOnce(&mut Binned)) {
        let open = &mut self.inner().open;
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
        if decision.version != policy.version() {
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

    /// What was counted since, to be kept; nothing where nothing was. The same comes again, and what is
    /// counted meanwhile waits, until it is [kept](Self::tally_kept). `name` is asked once: for a name
    /// that no other engine has, nor this one after a restart.
    #[must_use]
    pub fn tally_to_keep(&self, name: impl FnOnce() -> String) -> Option<Batch> {
        let mut inner = self.tallies.inner();
        if inner.waiting.is_none() && !inner.open.is_empty() {
            let node = inner.node.get_or_insert_with(name).clone();
            inner.number = inner.number.saturating_add(1);
            let of_day = |((day, model), counted)| OfDay { day, model, counted };
            let days = std::mem::take(&mut inner.open).into_iter().map(of_day).collect();
            inner.waiting = Some(Batch { node, number: inner.number, days });
        }
        inner.waiting.clone()
    }

    /// The batch of this number was kept.
    pub fn tally_kept(&self, number: u64) {
        let waiting = &mut self.tallies.inner().waiting;
        if waiting.as_ref().is_some_and(|batch| batch.number == number) {
            *waiting = None;
        }
    }
}
