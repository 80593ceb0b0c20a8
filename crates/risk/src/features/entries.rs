//! The signals of one kind of one key, in the order of when they happened.
//!
//! Most keys are met once, and then the one entry lies where the key lies: a look at ten million keys
//! costs what the memory's latency costs, so each pointer that is not followed counts.

use std::collections::VecDeque;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Room for so many where there is a second one: whoever comes twice comes again.
const FEW: usize = 4;
/// Up to here a wider place is taken of those that others left. To make a place wider where it is costs
/// an allocator twice the time.
const MANY: usize = 32;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Entry {
    pub(super) at: i64,
    /// The amounts of this and all before it; wraps, and only differences are looked at.
    pub(super) total: u64,
}

#[derive(Clone, Debug)]
pub(super) enum Entries {
    One(Entry),
    /// None, or several.
    More(VecDeque<Entry>),
}

impl Entries {
    pub(super) const fn new() -> Self {
        Self::More(VecDeque::new())
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::One(_) => 1,
            Self::More(all) => all.len(),
        }
    }

    pub(super) fn get(&self, place: usize) -> Option<&Entry> {
        match self {
            Self::One(one) => (place == 0).then_some(one),
            Self::More(all) => all.get(place),
        }
    }

    pub(super) fn front(&self) -> Option<&Entry> {
        self.get(0)
    }

    pub(super) fn back(&self) -> Option<&Entry> {
        match self {
            Self::One(one) => Some(one),
            Self::More(all) => all.back(),
        }
    }

    /// How many of them happened at `at` or before.
    pub(super) fn until(&self, at: i64) -> usize {
        match self {
            Self::One(one) => usize::from(one.at <= at),
            Self::More(all) => all.partition_point(|entry| entry.at <= at),
        }
    }

    pub(super) fn push_back(&mut self, entry: Entry) {
        if self.len() == 0 {
            *self = Self::One(entry);
        } else {
            self.change(|all| all.push_back(entry));
        }
    }

    /// Puts `entry` before the one at `place`, and adds `amount` to the totals of that and all after.
    pub(super) fn insert(&mut self, place: usize, entry: Entry, amount: u64) {
        self.change(|all| {
            all.insert(place, entry);
            for later in all.iter_mut().skip(place.saturating_add(1)) {
                later.total = later.total.wrapping_add(amount);
            }
        });
    }

    pub(super) fn pop_front(&mut self) -> Option<Entry> {
        match self {
            Self::One(one) => {
                let one = *one;
                *self = Self::new();
                Some(one)
            }
            Self::More(all) => all.pop_front(),
        }
    }

    fn change(&mut self, change: impl FnOnce(&mut VecDeque<Entry>)) {
        match self {
            Self::One(one) => {
                let mut all = VecDeque::with_capacity(FEW);
                all.push_back(*one);
                change(&mut all);
                *self = Self::More(all);
            }
            Self::More(all) => {
                if all.len() == all.capacity() && all.len() <= MANY {
                    let mut wider = VecDeque::with_capacity(all.len().saturating_mul(2).max(FEW));
                    wider.extend(all.iter());
                    *all = wider;
                }
                change(all);
            }
        }
    }
}

impl Serialize for Entries {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::One(one) => to.collect_seq([one]),
            Self::More(all) => to.collect_seq(all),
        }
    }
}

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let all = VecDeque::<Entry>::deserialize(from)?;
        Ok(match all.front() {
            Some(one) if all.len() == 1 => Self::One(*one),
            _ => Self::More(all),
        })
    }
}
