//! All keys, in bounded memory.
//!
//! Each subject has a share of its own: whoever brings fresh devices pushes out devices, and never
//! an account or a person. Within it the keys go in the order in which they came; one that was met
//! again since its turn came last is passed over once. When a key goes that was met within a day,
//! that is a flood, and the table says so.

use std::{collections::VecDeque, hint::black_box};

use hashbrown::HashTable;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{DAY_US, KEPT_US, SECOND_US, series::Series};
use crate::{Kind, Subject, id::Id, policy::Needs};

/// How much is remembered of each subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// So many keys; about 300 bytes each.
    pub keys: usize,
    /// So many things that happened to them; 16 to 24 bytes each.
    pub entries: usize,
}

impl Bounds {
    /// So many keys of each subject, with room for what happens to them: about 225 bytes for a key that
    /// was met once with four others.
    #[must_use]
    pub const fn of_keys(keys: usize) -> Self {
        Self { keys, entries: keys.saturating_mul(8) }
    }
}

impl Default for Bounds {
    /// A million keys of each subject. A company knows many of five (accounts, people, wallets, devices,
    /// addresses), which is about 1.1 GB.
    fn default() -> Self {
        Self::of_keys(1_000_000)
    }
}

/// What had to go for others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// Keys that were met within a day.
    pub young: u64,
    /// Keys that a rule in force still looked back at.
    pub needed: u64,
    /// When the last of those went.
    pub needed_at: Option<Timestamp>,
}

/// One key and what happened to it. It fills two neighbouring lines of the memory's, which come together;
/// across three it would be waited for once more.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[repr(align(128))]
pub(super) struct KeyState {
    id: Id,
    is_met_again: bool,
    /// Most keys are met in one way only.
    first: Series,
    #[serde(with = "several")]
    others: Option<Box<Several>>,
}

/// What happened to a key in other ways than the first.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Several(Vec<Series>);

/// As a list, which is empty where there are none.
mod several {
    use serde::{Deserialize, Deserializer, Serializer};

    use super::{Series, Several};

    #[expect(clippy::ref_option, reason = "as serde calls it")]
    pub(super) fn serialize<S: Serializer>(
        several: &Option<Box<Several>>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.collect_seq(several.iter().flat_map(|several| &several.0))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Box<Several>>, D::Error> {
        let several = Vec::<Series>::deserialize(from)?;
        Ok((!several.is_empty()).then(|| Box::new(Several(several))))
    }
}

impl KeyState {
    pub(super) fn series(&self, kind: Kind) -> Option<&Series> {
        self.all().find(|series| series.kind == kind)
    }

    fn all(&self) -> impl Iterator<Item = &Series> {
        let others = self.others.as_deref().map(|others| others.0.as_slice());
        std::iter::once(&self.first).chain(others.unwrap_or_default())
    }

    /// The series of `met`, which is made if it was not there.
    fn series_of(&mut self, met: &Met<'_>) -> Option<&mut Series> {
        if self.first.kind == met.kind {
            return Some(&mut self.first);
        }
        let others = &mut self.others.get_or_insert_default().0;
        if !others.iter().any(|series| series.kind == met.kind) {
            others.reserve_exact(1);
            others.push(Series::new(met.kind, met.at));
        }
        others.iter_mut().find(|series| series.kind == met.kind)
    }

    fn weight(&self) -> usize {
        self.all().map(Series::weight).fold(0, usize::saturating_add)
    }

    fn newest(&self) -> Option<i64> {
        self.all().filter_map(Series::newest).max()
    }
}

const _: () = assert!(size_of::<KeyState>() <= 128);

/// So many keys of one signal are found once; the rest, each time.
const PLACES: usize = 16;

/// Where a key is, if that is known. What is said here is looked after: a place may be another's by now.
pub(crate) type Place = Option<u32>;

/// Where the keys of one signal are, in its order.
pub(crate) type Places = [Place; PLACES];

/// No key: its place is free.
const NOBODY: Id = [0, 0];

/// An id is a hash already.
const fn hash_of(id: Id) -> u64 {
    let [half, _] = id;
    half
}

/// The keys of one subject.
#[derive(Debug, Default)]
pub(super) struct Share {
    /// Where each key lies among `keys`.
    places: HashTable<u32>,
    keys: Vec<KeyState>,
    free: Vec<u32>,
    turns: VecDeque<u32>,
    weight: usize,
    /// For how long a rule looks back at these keys, in microseconds.
    needed_us: i64,
    /// For how long a rule looks back at signals of each kind, where no more than that is kept, in
    /// microseconds.
    keeps: Option<Box<[i64; Kind::ALL.len()]>>,
    forgotten: Forgotten,
}

impl Share {
    /// For how long what happens in this way is kept, in microseconds, and whether it is kept with whom.
    /// A day is kept in any case: whoever goes younger than that is a flood.
    fn kept_of(&self, kind: Kind) -> (i64, bool) {
        let Some(keeps) = &self.keeps else { return (KEPT_US, true) };
        let needed = keeps.get(kind.index()).copied().unwrap_or_default();
        (needed.max(DAY_US), needed > 0)
    }

    pub(super) fn key(&self, place: u32) -> Option<&KeyState> {
        self.keys.get(usize::try_from(place).ok()?)
    }

    fn key_mut(&mut self, place: u32) -> Option<&mut KeyState> {
        self.keys.get_mut(usize::try_from(place).ok()?)
    }

    /// Where the key is, if it is not another one with a similar hash: the key is not looked at.
    fn guess(&self, id: Id) -> Option<u32> {
        self.places.find(hash_of(id), |_| true).copied()
    }

    /// Where the key is, by where it was.
    pub(super) fn find_at(&self, id: Id, place: Place) -> Place {
        let is_there = |place: &u32| self.key(*place).is_some_and(|key| key.id == id);
        place.filter(is_there).or_else(|| self.find(id))
    }

    fn find(&self, id: Id) -> Option<u32> {
        self.places
            .find(hash_of(id), |place| self.key(*place).is_some_and(|key| key.id == id))
            .copied()
    }

    fn forget_one(&mut self, except: u32, now: i64) -> Option<bool> {
        let needed_us = self.needed_us;
        // Twice around is enough: the first time takes every excuse away.
        for _ in 0..=self.turns.len().saturating_mul(2) {
            let place = self.turns.pop_front()?;
            let key = self.key_mut(place)?;
            if place == except || key.is_met_again {
                key.is_met_again = false;
                self.turns.push_back(place);
                continue;
            }
            let newest = key.newest();
            let is_within = |us: i64| newest.is_some_and(|at| at > now.saturating_sub(us));
            let (is_young, is_needed) = (is_within(DAY_US), is_within(needed_us));
            let (id, weight) = (key.id, key.weight());
            key.id = NOBODY;
            key.first = Series::new(key.first.kind, now);
            key.others = None;
            let gone = &mut self.forgotten;
            gone.young = gone.young.saturating_add(is_young.into());
            if is_needed {
                gone.needed = gone.needed.saturating_add(1);
                gone.needed_at = Timestamp::from_microsecond(now).ok();
            }
            self.weight = self.weight.saturating_sub(weight);
            if let Ok(gone) = self.places.find_entry(hash_of(id), |known| *known == place) {
                gone.remove();
            }
            self.free.push(place);
            return Some(is_young);
        }
        None
    }

    /// Where the key is, by where it was, which is made if it was not there; nothing where there is no
    /// place for it.
    fn place(&mut self, id: Id, place: Place, fresh: impl FnOnce() -> KeyState) -> Option<u32> {
        if let Some(place) = self.find_at(id, place) {
            self.key_mut(place)?.is_met_again = true;
            return Some(place);
        }
        let next = u32::try_from(self.keys.len());
        let place = self.free.pop().or(next.ok())?;
        match self.key_mut(place) {
            Some(free) => *free = fresh(),
            None => self.keys.push(fresh()),
        }
        let keys = &self.keys;
        let hash = |place: &u32| {
            let key = usize::try_from(*place).ok().and_then(|place| keys.get(place));
            key.map_or(0, |key| hash_of(key.id))
        };
        self.places.insert_unique(hash_of(id), place, hash);
        self.turns.push_back(place);
        Some(place)
    }

    /// Adds what happened to one key, which is found by `at` and leaves there where it is; true when a key
    /// that was met within a day had to go for it.
    pub(super) fn add(
        &mut self,
        bounds: Bounds,
        (subject, id): (Subject, Id),
        met: &Met<'_>,
        at: &mut Place,
    ) -> bool {
        let fresh = || KeyState {
            id,
            is_met_again: false,
            first: Series::new(met.kind, met.at),
            others: None,
        };
        let Some(place) = self.place(id, *at, fresh) else { return false };
        *at = Some(place);
        let (kept_us, with_whom) = self.kept_of(met.kind);
        let Some(series) = self.key_mut(place).and_then(|key| key.series_of(met)) else {
            return false;
        };
        let before = series.weight();
        series.add(met.at, met.amount);
        if with_whom {
            series.meet(met.at, met.with, subject);
        }
        series.forget(series.newest().unwrap_or(met.at).saturating_sub(kept_us));
        let after = series.weight();
        self.weight = self.weight.saturating_add(after).saturating_sub(before);
        let mut is_flood = false;
        while self.places.len() > bounds.keys || self.weight > bounds.entries {
            let Some(is_young) = self.forget_one(place, met.at) else { break };
            is_flood |= is_young;
        }
        is_flood
    }

    /// See [`fetch`](fn@fetch).
    pub(super) fn fetch(&self, ids: &[Id], places: &mut [Place]) {
        fetch(ids.iter().map(|id| (Some(self), *id)), places);
    }
}

/// Has the memory bring what is known of keys, all at once: each by itself would wait for three
/// places, one after the other, and most of what a decision beside millions of keys takes is that.
/// Each step begins for all keys before the next one looks at what came, so that a wrong guess of
/// the processor's costs no more than the guess.
fn fetch<'a>(shares: impl Iterator<Item = (Option<&'a Share>, Id)> + Clone, places: &mut [Place]) {
    for (at, (share, id)) in places.iter_mut().zip(shares.clone()) {
        *at = share.and_then(|share| share.guess(id));
    }
    let guessed = places.iter().zip(shares.clone()).map(|(at, (share, _))| {
        let [half, _] = share?.key((*at)?)?.id;
        Some(half)
    });
    black_box(guessed.flatten().fold(0, u64::wrapping_add));
    for (at, (share, id)) in places.iter_mut().zip(shares.clone()) {
        // Where nothing was found, nothing is there.
        let (Some(share), Some(_)) = (share, *at) else { continue };
        *at = share.find_at(id, *at);
    }
    let known = places.iter().zip(shares).filter_map(|(at, (share, _))| share?.key((*at)?));
    for touch in Series::TOUCHES {
        let seen = known.clone().fold(0, |all, key| touch(&key.first).wrapping_add(all));
        black_box::<i64>(seen);
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

    /// From now on keys are looked back at for so long.
    pub(super) fn need(&mut self, needs: &Needs) {
        for (subject, share) in Subject::ALL.iter().zip(&mut self.shares) {
            share.needed_us = needs.secs_of(*subject).saturating_mul(SECOND_US);
        }
    }

    /// From now on no more is kept than is looked back at: for whoever will never ask by other rules.
    pub(super) fn keep_only(&mut self, needs: &Needs) {
        for (subject, share) in Subject::ALL.iter().zip(&mut self.shares) {
            let us = needs.secs_by_kind(*subject).map(|secs| secs.saturating_mul(SECOND_US));
            share.keeps = Some(Box::new(us));
        }
    }

    /// Forgets all keys, and not what had to go before.
    pub(super) fn clear(&mut self) {
        for share in &mut self.shares {
            let (needed_us, forgotten) = (share.needed_us, share.forgotten);
            let keeps = share.keeps.take();
            *share = Share { needed_us, keeps, forgotten, ..Share::default() };
        }
    }

    /// What of `subject` had to go for others.
    pub(super) fn forgotten(&self, subject: Subject) -> Forgotten {
        self.shares.get(subject.index()).map(|share| share.forgotten).unwrap_or_default()
    }

    /// The keys of each subject.
    pub(super) fn shares(&mut self) -> impl Iterator<Item = (Subject, &mut Share)> {
        Subject::ALL.iter().copied().zip(&mut self.shares)
    }

    /// See [`Share::add`].
    pub(super) fn add(&mut self, key: (Subject, Id), met: &Met<'_>, at: &mut Place) -> bool {
        let share = self.shares.get_mut(key.0.index());
        share.is_some_and(|share| share.add(self.bounds, key, met, at))
    }

    /// See [`fetch`].
    pub(super) fn fetch(&self, keys: &[(Subject, Id)], places: &mut [Place]) {
        fetch(keys.iter().map(|(subject, id)| (self.shares.get(subject.index()), *id)), places);
    }

    /// The key, by where it was.
    pub(super) fn find_at(&self, (subject, id): (Subject, Id), place: Place) -> Option<&KeyState> {
        let share = self.shares.get(subject.index())?;
        share.key(share.find_at(id, place)?)
    }

    pub(super) fn find(&self, subject: Subject, id: Id) -> Option<&KeyState> {
        let share = self.shares.get(subject.index())?;
        share.key(share.find(id)?)
    }

    /// How many keys and things are remembered of `subject`.
    pub(super) fn size(&self, subject: Subject) -> (usize, usize) {
        let share = self.shares.get(subject.index());
        share.map_or((0, 0), |share| (share.places.len(), share.weight))
    }

    /// The keys of every subject, in the order in which they would go.
    pub(super) fn to_kept(&self) -> Vec<Vec<&KeyState>> {
        fn kept(share: &Share) -> Vec<&KeyState> {
            share.turns.iter().filter_map(|place| share.key(*place)).collect()
        }
        self.shares.iter().map(kept).collect()
    }

    /// The table that was kept.
    pub(super) fn from_kept(bounds: Bounds, kept: Vec<Vec<KeyState>>) -> Self {
        let mut table = Self::new(bounds);
        for (share, keys) in table.shares.iter_mut().zip(kept) {
            for key in keys {
                let weight = key.weight();
                if share.place(key.id, None, || key).is_some() {
                    share.weight = share.weight.saturating_add(weight);
                }
            }
        }
        table
    }
}
