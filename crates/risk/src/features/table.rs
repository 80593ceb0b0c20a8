//! All keys, in bounded memory.
//!
//! Each subject has a share of its own: whoever brings fresh devices pushes out devices, and never
//! an account or a person. Within it the keys go in the order in which they came; one that was met
//! again since its turn came last is passed over once. When a key goes that was met within a day,
//! that is a flood, and the table says so.

use std::{
    collections::{HashMap, VecDeque},
    hash::{BuildHasherDefault, Hash, Hasher},
};

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
    /// Most keys are met in one way only.
    first: Series,
    others: Vec<Series>,
}

impl KeyState {
    pub(super) fn series(&self, kind: Kind) -> Option<&Series> {
        self.all().find(|series| series.kind == kind)
    }

    fn all(&self) -> impl Iterator<Item = &Series> {
        std::iter::once(&self.first).chain(&self.others)
    }

    /// The series of `met`, which is made if it was not there.
    fn series_of(&mut self, met: &Met<'_>) -> Option<&mut Series> {
        if self.first.kind == met.kind {
            return Some(&mut self.first);
        }
        if self.series(met.kind).is_none() {
            self.others.reserve_exact(1);
            self.others.push(Series::new(met.kind, met.at));
        }
        self.others.iter_mut().find(|series| series.kind == met.kind)
    }

    fn weight(&self) -> usize {
        self.all().map(Series::weight).fold(0, usize::saturating_add)
    }

    fn newest(&self) -> Option<i64> {
        self.all().filter_map(Series::newest).max()
    }
}

/// An id is a hash already: half of it tells where to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Hashed(Id);

impl Hash for Hashed {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let [half, _] = self.0;
        state.write_u64(half);
    }
}

/// Takes what it is given.
#[derive(Debug, Default)]
struct AsIs(u64);

impl Hasher for AsIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write_u64(&mut self, half: u64) {
        self.0 = half;
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }
}

/// The keys of one subject.
#[derive(Debug, Default)]
struct Share {
    places: HashMap<Hashed, usize, BuildHasherDefault<AsIs>>,
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
            key.first = Series::new(key.first.kind, now);
            key.others = Vec::new();
            self.places.remove(&Hashed(id));
            self.free.push(place);
            return Some(is_young);
        }
        None
    }

    /// Where the key is, which is made if it was not there.
    fn place(&mut self, id: Id, fresh: impl FnOnce() -> KeyState) -> usize {
        if let Some(place) = self.places.get(&Hashed(id)) {
            if let Some(key) = self.keys.get_mut(*place) {
                key.is_met_again = true;
            }
            return *place;
        }
        let fresh = fresh();
        let place = self.free.pop().unwrap_or(self.keys.len());
        match self.keys.get_mut(place) {
            Some(free) => *free = fresh,
            None => self.keys.push(fresh),
        }
        self.places.insert(Hashed(id), place);
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

    pub(super) const fn bounds(&self) -> Bounds {
        self.bounds
    }

    /// Adds what happened to one key; true when a key that was met within a day had to go for it.
    pub(super) fn add(&mut self, (subject, id): (Subject, Id), met: &Met<'_>) -> bool {
        let Some(share) = self.shares.get_mut(subject.index()) else { return false };
        let place = share.place(id, || KeyState {
            id,
            is_met_again: false,
            first: Series::new(met.kind, met.at),
            others: Vec::new(),
        });
        let Some(key) = share.keys.get_mut(place) else { return false };
        let Some(series) = key.series_of(met) else { return false };
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
        share.keys.get(*share.places.get(&Hashed(id))?)
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
                share.place(key.id, || key);
            }
        }
        table
    }
}
