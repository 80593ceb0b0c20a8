//! What happened to one key in one way, as it counts over any window.
//!
//! Each entry holds the sum of all before it, so that a count and a sum over any window are one
//! binary search, and a rule that is loaded tomorrow counts what happened today.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use super::{
    HOUR_US,
    distinct::{Distinct, floor_of},
};
use crate::{Kind, Subject, signal::Id};

/// So many are known one by one. A count that is compared with less is exact, because what is known
/// by the hour makes the answer at least this; a sum is exact for so many signals.
pub(crate) const EXACT_MAX: usize = 4_096;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    at: i64,
    /// The amounts of this and all before it; wraps, and only differences are looked at.
    total: u64,
}

/// What is only known by the hour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Hour {
    count: u64,
    sum: u64,
}

/// Signals of one kind of one key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Series {
    pub(super) kind: Kind,
    /// The first ever, while the key is known.
    pub(super) first_at: i64,
    /// The total before the first entry.
    base: u64,
    entries: VecDeque<Entry>,
    older: BTreeMap<i64, Hour>,
    distinct: Vec<Distinct>,
}

impl Series {
    pub(super) const fn new(kind: Kind, at: i64) -> Self {
        Self {
            kind,
            first_at: at,
            base: 0,
            entries: VecDeque::new(),
            older: BTreeMap::new(),
            distinct: Vec::new(),
        }
    }

    /// Adds one signal, in the order of when things happened and not of when they were heard of.
    pub(super) fn add(&mut self, at: i64, amount: u64) {
        self.first_at = self.first_at.min(at);
        if self.entries.is_empty() {
            self.entries.reserve_exact(1);
        }
        let total_before = self.entries.back().map_or(self.base, |last| last.total);
        if self.entries.back().is_none_or(|last| last.at <= at) {
            self.entries.push_back(Entry { at, total: total_before.wrapping_add(amount) });
        } else {
            let place = self.entries.partition_point(|entry| entry.at <= at);
            let total = self.total_before(place).wrapping_add(amount);
            self.entries.insert(place, Entry { at, total });
            for later in self.entries.iter_mut().skip(place.saturating_add(1)) {
                later.total = later.total.wrapping_add(amount);
            }
        }
        if self.entries.len() > EXACT_MAX
            && let Some(entry) = self.entries.pop_front()
        {
            let hour = self.older.entry(entry.at.div_euclid(HOUR_US)).or_default();
            hour.count = hour.count.saturating_add(1);
            hour.sum = hour.sum.saturating_add(entry.total.wrapping_sub(self.base));
            self.base = entry.total;
        }
    }

    /// Adds what else was part of it.
    pub(super) fn meet(&mut self, at: i64, subject: Subject, id: Id) {
        if let Some(known) = self.distinct.iter_mut().find(|known| known.subject == subject) {
            return known.see(at, id);
        }
        let mut fresh = Distinct::new(subject);
        fresh.see(at, id);
        self.distinct.reserve_exact(1);
        self.distinct.push(fresh);
    }

    /// Forgets what happened ninety days before `now`.
    pub(super) fn forget(&mut self, now: i64) {
        let floor = floor_of(now);
        while let Some(entry) = self.entries.front().copied().filter(|entry| entry.at <= floor) {
            self.base = entry.total;
            self.entries.pop_front();
        }
        if !self.older.is_empty() {
            self.older.retain(|hour, _| *hour >= floor.div_euclid(HOUR_US));
        }
        self.distinct.iter_mut().for_each(|known| known.forget(floor));
    }

    fn total_before(&self, place: usize) -> u64 {
        let before = place.checked_sub(1).and_then(|before| self.entries.get(before));
        before.map_or(self.base, |entry| entry.total)
    }

    /// Where the window after `after` begins. Most windows begin near the end or before the start.
    fn place_of(&self, after: i64) -> usize {
        if self.entries.front().is_none_or(|first| first.at > after) {
            return 0;
        }
        self.entries.partition_point(|entry| entry.at <= after)
    }

    /// What is known by the hour and may have happened after `after`: of the hour in which the
    /// window begins, everything, so that the answer is never too little.
    fn hours_after(&self, after: i64, place: usize) -> Hour {
        if place > 0 || self.older.is_empty() {
            return Hour::default();
        }
        self.older.range(after.div_euclid(HOUR_US)..).fold(Hour::default(), |all, (_, hour)| Hour {
            count: all.count.saturating_add(hour.count),
            sum: all.sum.saturating_add(hour.sum),
        })
    }

    /// How many signals came after `after`.
    pub(super) fn count(&self, after: i64) -> u64 {
        let place = self.place_of(after);
        let exact = u64::try_from(self.entries.len().saturating_sub(place)).unwrap_or(u64::MAX);
        exact.saturating_add(self.hours_after(after, place).count)
    }

    /// How many yen.
    pub(super) fn sum(&self, after: i64) -> u64 {
        let place = self.place_of(after);
        let last = self.entries.back().map_or(self.base, |last| last.total);
        let exact = last.wrapping_sub(self.total_before(place));
        exact.saturating_add(self.hours_after(after, place).sum)
    }

    /// With how many different others.
    pub(super) fn distinct(&self, subject: Subject, after: i64) -> u64 {
        let known = self.distinct.iter().find(|known| known.subject == subject);
        known.map_or(0, |known| known.count(after))
    }

    /// When the `back`th from the end happened: 0 is the newest.
    pub(super) fn nth_back(&self, back: usize) -> Option<i64> {
        self.entries.iter().rev().nth(back).map(|entry| entry.at)
    }

    pub(super) fn newest(&self) -> Option<i64> {
        self.nth_back(0)
    }

    /// What it costs, in things that are remembered.
    pub(super) fn weight(&self) -> usize {
        let hours = self.older.len();
        let others = self.distinct.iter().map(Distinct::weight);
        others.fold(self.entries.len().saturating_add(hours), usize::saturating_add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_below_what_is_kept_stays_exact_and_more_is_never_too_little() {
        let mut debits = Series::new(Kind::Debit, 0);
        let minute = 60 * super::super::SECOND_US;
        for n in 0..20_000_i64 {
            debits.add(n * minute, 3);
        }
        let now = 19_999 * minute;
        assert_eq!(debits.count(now - 100 * minute), 100);
        assert_eq!(debits.sum(now - 100 * minute), 300);

        let all = debits.count(now - 10_000 * minute);
        assert!((10_000..=10_060).contains(&all), "by the hour, at the far edge: {all}");
        assert_eq!(debits.count(i64::MIN), 20_000);
        assert_eq!(debits.sum(i64::MIN), 60_000);
        assert!(debits.weight() < EXACT_MAX + 300);
        debits.forget(now + super::super::KEPT_US);
        assert_eq!((debits.count(i64::MIN), debits.sum(i64::MIN)), (0, 0));
    }
}
