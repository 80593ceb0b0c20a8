//! The ids that were used of late, and what for.
//!
//! Whoever asks again soon is answered from here. What is old makes room for what is new in its very
//! place, so nothing is moved and no memory is asked for once it is full.

use hashbrown::HashTable;

use crate::{
    model::{TransferId, TransferRecord},
    state::ids::hash_of,
};

/// How many are kept: about 60 MB.
const MOST: usize = 262_144;

/// What an id of late stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// A transfer.
    Made(TransferRecord),
    /// It was refused for a passing reason.
    Failed,
}

/// The newest ones, each under its id.
#[derive(Debug)]
pub(super) struct Recent {
    most: usize,
    kept: Vec<(TransferId, Known)>,
    /// Places in `kept` by the hash of the id there.
    places: HashTable<u32>,
    /// The oldest one's place, once it is full.
    oldest: usize,
}

impl Default for Recent {
    fn default() -> Self {
        Self::of(MOST)
    }
}

impl Recent {
    fn of(most: usize) -> Self {
        Self { most, kept: Vec::new(), places: HashTable::new(), oldest: 0 }
    }

    fn at(&self, place: u32) -> Option<&(TransferId, Known)> {
        self.kept.get(usize::try_from(place).ok()?)
    }

    fn place(&self, id: TransferId) -> Option<u32> {
        let is_it = |place: &u32| self.at(*place).is_some_and(|(kept, _)| *kept == id);
        self.places.find(hash_of(id.bits()), is_it).copied()
    }

    /// What `id` stands for, if it is one of late.
    pub(super) fn get(&self, id: TransferId) -> Option<Known> {
        self.place(id).and_then(|place| self.at(place)).map(|(_, known)| *known)
    }

    /// Keeps what `id` stands for, in place of the oldest if there is no more room.
    pub(super) fn keep(&mut self, id: TransferId, known: Known) {
        let place = self.place(id).and_then(|place| usize::try_from(place).ok());
        if let Some((_, before)) = place.and_then(|place| self.kept.get_mut(place)) {
            *before = known;
            return;
        }
        let place = if self.kept.len() < self.most {
            self.kept.push((id, known));
            self.kept.len().saturating_sub(1)
        } else {
            let place = self.oldest;
            let next = place.saturating_add(1);
            self.oldest = if next >= self.most { 0 } else { next };
            self.replace(place, (id, known));
            place
        };
        let Ok(place) = u32::try_from(place) else { return };
        let kept = &self.kept;
        let hash = |place: &u32| {
            let one = usize::try_from(*place).ok().and_then(|place| kept.get(place));
            one.map_or(0, |(id, _)| hash_of(id.bits()))
        };
        self.places.insert_unique(hash_of(id.bits()), place, hash);
    }

    fn replace(&mut self, place: usize, one: (TransferId, Known)) {
        let Some(oldest) = self.kept.get_mut(place) else { return };
        let (id, _) = std::mem::replace(oldest, one);
        let is_it = |kept: &u32| usize::try_from(*kept) == Ok(place);
        if let Ok(found) = self.places.find_entry(hash_of(id.bits()), is_it) {
            found.remove();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AccountId, Transfer};
    use kanuki_domain::Yen;

    fn made(id: u128, amount: u32) -> Known {
        let (debit, credit) = (AccountId(1), AccountId(2));
        let transfer = Transfer::posted(TransferId(id), debit, credit, Yen::of(amount), 1);
        Known::Made(TransferRecord { transfer, pending: None })
    }

    #[test]
    fn the_newest_are_kept_each_as_it_is_now() {
        let mut recent = Recent::of(100);
        for id in 1..=1_000_u128 {
            recent.keep(TransferId(id), made(id, 1));
            recent.keep(TransferId(id), made(id, 2));
        }
        recent.keep(TransferId(950), Known::Failed);

        for id in 1..=1_000_u128 {
            let expected = match id {
                ..=900 => None,
                950 => Some(Known::Failed),
                _ => Some(made(id, 2)),
            };
            assert_eq!(recent.get(TransferId(id)), expected, "{id}");
        }
        assert_eq!(recent.places.len(), 100);
    }
}
