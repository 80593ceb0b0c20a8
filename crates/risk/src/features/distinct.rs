//! The different things that one key was seen with, each with when it was seen last.
//!
//! Kept in the order of when they were seen last, how many there are in a window is one binary
//! search, whatever the window.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use super::{DAY_US, sketch::Sketch};
use crate::{Subject, id::Id};

/// So many are known one by one. A comparison with less is exact, because what is forgotten one by
/// one makes the answer at least this.
pub(crate) const DISTINCT_EXACT_MAX: usize = 1_024;

/// Counterparts of one subject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Distinct {
    pub(super) subject: Subject,
    /// By when they were seen last.
    seen: VecDeque<(i64, Id)>,
    /// Those that are no longer known one by one, by the day on which they were seen last.
    older: BTreeMap<i64, Sketch>,
}

impl Distinct {
    pub(super) const fn new(subject: Subject) -> Self {
        Self { subject, seen: VecDeque::new(), older: BTreeMap::new() }
    }

    pub(super) fn see(&mut self, at: i64, id: Id) {
        if let Some(place) = self.seen.iter().rposition(|(_, known)| *known == id) {
            if self.seen.get(place).is_some_and(|(last, _)| *last >= at) {
                return;
            }
            self.seen.remove(place);
        }
        if self.seen.is_empty() {
            // Most keys are seen once.
            self.seen.reserve_exact(1);
        }
        if self.seen.back().is_none_or(|(last, _)| *last <= at) {
            self.seen.push_back((at, id));
        } else {
            let place = self.seen.partition_point(|(last, _)| *last <= at);
            self.seen.insert(place, (at, id));
        }
        if self.seen.len() > DISTINCT_EXACT_MAX
            && let Some((last, id)) = self.seen.pop_front()
        {
            self.older.entry(last.div_euclid(DAY_US)).or_default().see(id);
        }
    }

    /// All of them with when they were seen last; nothing where some are no longer known one by one.
    pub(super) fn one_by_one(&self) -> Option<impl Iterator<Item = (i64, Id)> + '_> {
        self.older.is_empty().then(|| self.seen.iter().copied())
    }

    /// Forgets what was not seen after `floor`.
    pub(super) fn forget(&mut self, floor: i64) {
        while self.seen.front().is_some_and(|(last, _)| *last <= floor) {
            self.seen.pop_front();
        }
        if !self.older.is_empty() {
            self.older.retain(|day, _| *day >= floor.div_euclid(DAY_US));
        }
    }

    /// How many were seen after `after`. With more than [`DISTINCT_EXACT_MAX`] of them an estimate
    /// (±3 %) by whole days: of the day on which the window begins, all count.
    pub(super) fn count(&self, after: i64) -> u64 {
        let from = self.seen.partition_point(|(last, _)| *last <= after);
        let exact = u64::try_from(self.seen.len().saturating_sub(from)).unwrap_or(u64::MAX);
        if from > 0 || self.older.is_empty() {
            return exact;
        }
        let mut all = Sketch::default();
        self.older.range(after.div_euclid(DAY_US)..).for_each(|(_, day)| all.merge(day));
        if all.len() == 0 {
            return exact;
        }
        self.seen.iter().for_each(|(_, id)| all.see(*id));
        // Never less than what is known one by one.
        all.estimate().max(exact)
    }

    pub(super) fn weight(&self) -> usize {
        if self.older.is_empty() {
            return self.seen.len();
        }
        let sketched = self.older.values().map(Sketch::len);
        sketched.fold(self.seen.len(), usize::saturating_add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comparisons_below_what_is_kept_stay_exact_in_a_flood() {
        let mut devices = Distinct::new(Subject::Device);
        let id = |n: u64| [n.wrapping_mul(0x9E37_79B9_7F4A_7C15), n];
        for n in 0..20_000 {
            let at = i64::try_from(n).unwrap();
            devices.see(at, id(n));
            devices.see(at, id(1_000_000 + n % 7));
            assert_eq!(devices.count(at - 500), 500.min(n + 1) + 7.min(n + 1));
            let kept = u64::try_from(DISTINCT_EXACT_MAX).unwrap();
            assert!(devices.count(-1) >= kept.min(n + 1));
        }
        let all = devices.count(-1);
        assert!(all.abs_diff(20_000) < 2_000, "{all}");
        assert!(devices.weight() <= 2 * DISTINCT_EXACT_MAX + 7);
    }
}
