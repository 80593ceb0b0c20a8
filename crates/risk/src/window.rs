//! What happened lately to one key.

use std::collections::{BTreeSet, VecDeque};

use jiff::Timestamp;
use kanuki_domain::Yen;

use crate::Kind;

/// The longest window that a rule may ask for, in seconds: thirty days.
pub(crate) const WINDOW_SECS_MAX: i64 = 30 * 86_400;
/// The most signals that are kept per key; beyond it the oldest are forgotten, and a count that
/// large has long tripped its rule.
const KEPT_MAX: usize = 512;

#[derive(Clone, Debug)]
struct Seen {
    kind: Kind,
    at: Timestamp,
    amount: Yen,
    about: String,
}

/// Signals of one key, oldest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Window {
    seen: VecDeque<Seen>,
}

fn is_within(at: Timestamp, now: Timestamp, secs: i64) -> bool {
    now.duration_since(at).as_secs() < secs
}

impl Window {
    pub(crate) fn add(&mut self, kind: Kind, at: Timestamp, amount: Yen, about: &str) {
        while self.seen.front().is_some_and(|s| !is_within(s.at, at, WINDOW_SECS_MAX))
            || self.seen.len() >= KEPT_MAX
        {
            self.seen.pop_front();
        }
        self.seen.push_back(Seen { kind, at, amount, about: about.to_owned() });
    }

    fn within(&self, kind: Kind, now: Timestamp, secs: i64) -> impl Iterator<Item = &Seen> {
        self.seen.iter().filter(move |s| s.kind == kind && is_within(s.at, now, secs))
    }

    pub(crate) fn count(&self, kind: Kind, now: Timestamp, secs: i64) -> u64 {
        u64::try_from(self.within(kind, now, secs).count()).unwrap_or(u64::MAX)
    }

    pub(crate) fn sum(&self, kind: Kind, now: Timestamp, secs: i64) -> u64 {
        let amounts = self.within(kind, now, secs).map(|s| s.amount.amount());
        amounts.fold(0, u64::saturating_add)
    }

    pub(crate) fn distinct(&self, kind: Kind, now: Timestamp, secs: i64) -> u64 {
        let abouts: BTreeSet<&str> =
            self.within(kind, now, secs).map(|s| s.about.as_str()).collect();
        u64::try_from(abouts.len()).unwrap_or(u64::MAX)
    }

    /// True when nothing in it can count any more.
    pub(crate) fn is_stale(&self, now: Timestamp) -> bool {
        self.seen.back().is_none_or(|s| !is_within(s.at, now, WINDOW_SECS_MAX))
    }
}
