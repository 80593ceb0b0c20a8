//! All keys, in bounded memory.
//!
//! Each subject has a share of its own: whoever brings fresh devices pushes out devices, and never
//! an account or a person. Within it the keys go in the order in which they came; one that was met
//! again since its turn came last is passed over once. When a key goes that was met within a day,
//! that is a flood, and the table says so.

use std::collections::{HashMap, VecDeque};

use serde::{Deserialize, Serialize};

use super::{DAY_US, series::Series};
use crate::{Kind, Subject, signal::Id};

/// How much is remembered of each subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// So many keys; about 350 bytes each.
    pub keys: usize,
    /// So many things that happened to them; 16 to 24 bytes each.
    pub entries: usize,
}

impl Default for Bounds {
    /// At most about 180 MB of each of fourteen subjects.
    fn default() -> Self {
        Self { keys: 250_000, entries: 4_000_000 }
    }
}

/// One key and what happened to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct KeyState {
    id: Id,
    is_met_again: bool,
    pub(super) series: Vec<Series>,
}

impl KeyState {
    pub(super) fn series(&self, kind: Kind) -> Option<&Series> {
        self.series.iter().find(|series| series.kind == kind)
    }

    fn weight(&self) -> usize {
        self.series.iter().map(Series::weight).fold(0, usize::saturating_add)
    }

    fn newest(&self) -> Option<i64> {
        self.series.iter().filter_map(Series::newest).max()
    }
}

/// The keys of one subject.
#[derive(Debug, Default)]
struct Share {
    places: HashMap<Id, usize>,
    keys: Vec<KeyState>,
    free: Vec<usize>,
    turns: VecDeque<usize>,
    weight: usize,
}

impl Share {
    fn forget_one(&mut self, except: usize, now: i64) -> Option<bool> {
        // Twice around is enough: the first time takes every excuse away.
        for _ in 0..=self.turns.len().saturating_mul(2) {
            let place = self.turns.pop_front()?;
            let key = self.keys.get_mut(place)?;
            if place == except || key.is_met_again {
                key.is_met_again = false;
                self.turns.push_back(place);
                continue;
            }
            let is_young = key.newest().is_some_and(|at| at > now.saturating_sub(DAY_US));
            self.weight = self.weight.saturating_sub(key.weight());
            let id = key.id;
            key.series = Vec::new();
            self.places.remove(&id);
            self.free.push(place);
            return Some(is_young);
        }
        None
    }

    fn place(&mut self, id: Id) -> usize {
        if let Some(place) = self.places.get(&id) {
            if let Some(key) = self.keys.get_mut(*place) {
                key.is_met_again = true;
            }
            return *place;
        }
        let fresh = KeyState { id, is_met_again: false, series: Vec::new() };
        let place = self.free.pop().unwrap_or(self.keys.len());
        match self.keys.get_mut(place) {
            Some(free) => *free = fresh,
            None => self.keys.push(fresh),
        }
        self.places.insert(id, place);
        self.turns.push_back(place);
        place
    }
}

/// One signal, as the table takes it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Met<'a> {
    pub(super) kind: Kind,
    pub(super) at: i64,
    pub(super) amount: u64,
    pub(super) with: &'a [(Subject, Id)],
}

/// The keys of all subjects.
#[derive(Debug)]
pub(super) struct Table {
    bounds: Bounds,
    shares: Vec<Share>,
}

impl Table {
    pub(super) fn new(bounds: Bounds) -> Self {
        Self { bounds, shares: Subject::ALL.iter().map(|_| Share::default()).collect() }
    }

    /// Adds what happened to one key; true when a key that was met within a day had to go for it.
    pub(super) fn add(&mut self, (subject, id): (Subject, Id), met: &Met<'_>) -> bool {
        let Some(share) = self.shares.get_mut(subject.index()) else { return false };
        let place = share.place(id);
        let Some(key) = share.keys.get_mut(place) else { return false };
        if key.series(met.kind).is_none() {
            key.series.reserve_exact(1);
            key.series.push(Series::new(met.kind, met.at));
        }
        let series = key.series.iter_mut().find(|series| series.kind == met.kind);
        let Some(series) = series else { return false };
        let before = series.weight();
        series.add(met.at, met.amount);
        for (other, id) in met.with {
            if subject.counterparts().contains(other) {
                series.meet(met.at, *other, *id);
            }
        }
        series.forget(series.newest().unwrap_or(met.at));
        let after = series.weight();
        share.weight = share.weight.saturating_add(after).saturating_sub(before);
        let mut is_flood = false;
        while share.places.len() > self.bounds.keys || share.weight > self.bounds.entries {
            let Some(is_young) = share.forget_one(place, met.at) else { break };
            is_flood |= is_young;
        }
        is_flood
    }

    pub(super) fn find(&self, subject: Subject, id: Id) -> Option<&KeyState> {
        let share = self.shares.get(subject.index())?;
        share.keys.get(*share.places.get(&id)?)
    }

    /// How many keys and things are remembered of `subject`.
    pub(super) fn size(&self, subject: Subject) -> (usize, usize) {
        let share = self.shares.get(subject.index());
        share.map_or((0, 0), |share| (share.places.len(), share.weight))
    }

    /// The keys of every subject, in the order in which they would go.
    pub(super) fn to_kept(&self) -> Vec<Vec<&KeyState>> {
        let in_turn = |share: &Share| -> Vec<usize> { share.turns.iter().copied().collect() };
        let kept = |share| in_turn(share).into_iter().filter_map(|at| share.keys.get(at)).collect();
        self.shares.iter().map(kept).collect()
    }

    /// The table that was kept.
    pub(super) fn from_kept(bounds: Bounds, kept: Vec<Vec<KeyState>>) -> Self {
        let mut table = Self::new(bounds);
        for (share, keys) in table.shares.iter_mut().zip(kept) {
            for key in keys {
                share.weight = share.weight.saturating_add(key.weight());
                let place = share.place(key.id);
                if let Some(free) = share.keys.get_mut(place) {
                    *free = key;
                }
            }
        }
        table
    }
}
