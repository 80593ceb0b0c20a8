//! What happened to one key in one way, as it counts over any window.
//!
//! Each entry holds the sum of all before it, so that a count and a sum over any window are one
//! binary search, and a rule that is loaded tomorrow counts what happened today.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{
    HOUR_US,
    entries::{Entries, Entry},
    others::Others,
};
use crate::{Kind, Subject, id::Id};

/// So many are known one by one. A count that is compared with less is exact, because what is known
/// by the hour makes the answer at least this; a sum is exact for so many signals.
pub(crate) const EXACT_MAX: usize = 4_096;

/// What is only known by the hour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Hour {
    count: u64,
    sum: u64,
}

/// What of a series came after an instant, and until another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    pub(super) after: i64,
    until: i64,
    /// Which entry is the first in it.
    place: usize,
    /// Which entry is the first behind it.
    end: usize,
}

/// Signals of one kind of one key.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Series {
    pub(super) kind: Kind,
    /// The first ever, while the key is known.
    pub(super) first_at: i64,
    /// The total before the first entry.
    base: u64,
    entries: Entries,
    older: Hours,
    distinct: Others,
}

impl Series {
    pub(super) const fn new(kind: Kind, at: i64) -> Self {
        Self {
            kind,
            first_at: at,
            base: 0,
            entries: Entries::new(),
            older: Hours(None),
            distinct: Others::new(),
        }
    }

    /// Adds one signal, in the order of when things happened and not of when they were heard of.
    pub(super) fn add(&mut self, at: i64, amount: u64) {
        self.first_at = self.first_at.min(at);
        let total_before = self.entries.back().map_or(self.base, |last| last.total);
        if self.entries.back().is_none_or(|last| last.at <= at) {
            self.entries.push_back(Entry { at, total: total_before.wrapping_add(amount) });
        } else {
            let place = self.entries.until(at);
            let total = self.total_before(place).wrapping_add(amount);
            self.entries.insert(place, Entry { at, total }, amount);
        }
        if self.entries.len() > EXACT_MAX
            && let Some(entry) = self.entries.pop_front()
        {
            let hour = self.older.of(entry.at);
            hour.count = hour.count.saturating_add(1);
            hour.sum = hour.sum.saturating_add(entry.total.wrapping_sub(self.base));
            self.base = entry.total;
        }
    }

    /// Adds what else was part of it.
    pub(super) fn meet(&mut self, at: i64, others: &[(Subject, Id)], of: Subject) {
        let counts = |other: &&(Subject, Id)| of.is_kept_apart(other.0);
        self.distinct.expect(|| others.iter().filter(counts).count());
        for (subject, id) in others.iter().filter(counts) {
            self.distinct.see(at, *subject, *id);
        }
    }

    /// Forgets what happened at `floor` or before.
    pub(super) fn forget(&mut self, floor: i64) {
        if self.first_at > floor {
            return;
        }
        while let Some(entry) = self.entries.front().copied().filter(|entry| entry.at <= floor) {
            self.base = entry.total;
            self.entries.pop_front();
        }
        self.older.forget(floor);
        self.distinct.forget(floor);
    }

    fn total_before(&self, place: usize) -> u64 {
        let before = place.checked_sub(1).and_then(|before| self.entries.get(before));
        before.map_or(self.base, |entry| entry.total)
    }

    /// Where the window after `after` begins. Most windows begin near the end or before the start.
    fn place_of(&self, after: i64) -> usize {
        if self.first_at > after || self.entries.front().is_none_or(|first| first.at > after) {
            return 0;
        }
        self.entries.until(after)
    }

    /// What came after `after`, and at `until` at the latest.
    pub(super) fn window(&self, after: i64, until: i64) -> Window {
        let is_all = self.entries.back().is_none_or(|last| last.at <= until);
        let end = if is_all { self.entries.len() } else { self.entries.until(until) };
        Window { after, until, place: self.place_of(after), end }
    }

    /// What is known by the hour and may have happened in it: of the hour in which it begins,
    /// everything, so that the answer is never too little.
    fn hours_of(&self, window: Window) -> Hour {
        if window.place > 0 { Hour::default() } else { self.older.within(window) }
    }

    /// How many signals.
    pub(super) fn count(&self, window: Window) -> u64 {
        let exact = window.end.saturating_sub(window.place);
        u64::try_from(exact).unwrap_or(u64::MAX).saturating_add(self.hours_of(window).count)
    }

    /// How many yen.
    pub(super) fn sum(&self, window: Window) -> u64 {
        let last = self.total_before(window.end.max(window.place));
        let exact = last.wrapping_sub(self.total_before(window.place));
        exact.saturating_add(self.hours_of(window).sum)
    }

    /// With how many different others.
    pub(super) fn distinct(&self, subject: Subject, after: i64) -> u64 {
        self.distinct.count(subject, after)
    }

    /// When the `back`th from the end happened: 0 is the newest.
    pub(super) fn nth_back(&self, back: usize) -> Option<i64> {
        let place = self.entries.len().checked_sub(back.saturating_add(1))?;
        self.entries.get(place).map(|entry| entry.at)
    }

    pub(super) fn newest(&self) -> Option<i64> {
        self.nth_back(0)
    }

    /// Each looks at something of some place in memory that an answer needs. One place at a time, so that
    /// as many series as possible are waited for at once.
    pub(super) const TOUCHES: [fn(&Self) -> i64; 3] = [
        |series| series.entries.front().map_or(0, |first| first.at),
        |series| series.newest().unwrap_or_default(),
        |series| series.distinct.touch(),
    ];

    /// What it costs, in things that are remembered.
    pub(super) fn weight(&self) -> usize {
        self.entries.len().saturating_add(self.older.len()).saturating_add(self.distinct.weight())
    }
}

/// What is known by the hour.
#[derive(Clone, Debug)]
#[expect(clippy::box_collection, reason = "hardly a key has any, and each pays for the room")]
struct Hours(Option<Box<BTreeMap<i64, Hour>>>);

impl Hours {
    fn of(&mut self, at: i64) -> &mut Hour {
        self.0.get_or_insert_default().entry(at.div_euclid(HOUR_US)).or_default()
    }

    /// What may have happened in `window`: of the hours in which it begins and ends, everything.
    fn within(&self, window: Window) -> Hour {
        let Some(hours) = &self.0 else { return Hour::default() };
        let (first, last) = (window.after.div_euclid(HOUR_US), window.until.div_euclid(HOUR_US));
        if last < first {
            return Hour::default();
        }
        hours.range(first..=last).fold(Hour::default(), |all, (_, hour)| Hour {
            count: all.count.saturating_add(hour.count),
            sum: all.sum.saturating_add(hour.sum),
        })
    }

    fn forget(&mut self, floor: i64) {
        if let Some(hours) = &mut self.0 {
            hours.retain(|hour, _| *hour >= floor.div_euclid(HOUR_US));
        }
    }

    fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |hours| hours.len())
    }
}

impl Serialize for Hours {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(self.0.iter().flat_map(|hours| hours.iter()))
    }
}

impl<'de> Deserialize<'de> for Hours {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let hours = BTreeMap::deserialize(from)?;
        Ok(Self((!hours.is_empty()).then(|| Box::new(hours))))
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
        let window = |at| debits.window(at, now);
        let after = |at| (debits.count(window(at)), debits.sum(window(at)));
        assert_eq!(after(now - 100 * minute), (100, 300));

        let (all, _) = after(now - 10_000 * minute);
        assert!((10_000..=10_060).contains(&all), "by the hour, at the far edge: {all}");
        assert_eq!(after(i64::MIN), (20_000, 60_000));
        assert!(debits.weight() < EXACT_MAX + 300);
        debits.forget(now);
        let all = debits.window(i64::MIN, i64::MAX);
        assert_eq!((debits.count(all), debits.sum(all)), (0, 0));
    }
}
