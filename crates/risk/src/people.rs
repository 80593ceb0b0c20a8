//! How many different people, in memory that does not grow with them, and whose an account is.

use std::collections::{HashMap, HashSet};

use crate::{
    Key, Kind, Signal, Subject,
    draw::{Draws, weights},
};

/// To whom so many accounts and wallets belong is known.
const OWNED_MAX: usize = 1_800_000;

fn hash(key: &Key) -> u64 {
    let [hash, _] = key.id();
    hash
}

/// Whose accounts and wallets are, as signals say that carry both: the first person who was seen with one.
/// What is told of an account alone, before or after, is told of that person.
///
/// Of more than [`OWNED_MAX`], those are known of which the account or the person is among those who are
/// [counted](People).
#[derive(Debug, Default)]
pub(crate) struct Owners {
    of: HashMap<u64, u64>,
    halvings: u32,
}

/// An account or a wallet that counted as somebody of its own, and its owner.
pub(crate) type Owned = (u64, u64);

impl Owners {
    /// Whose a signal is: a person's, or else that of the wallet or account that it names.
    pub(crate) fn whose(&self, signal: &Signal) -> Option<u64> {
        if let Some(person) = person(signal) {
            return Some(person);
        }
        let named = || belongings(signal);
        let owner = named().find_map(|named| self.of.get(&named).copied());
        // What somebody is called names them where nothing else does.
        let called = || signal.key(Subject::Person).map(hash);
        owner.or_else(|| named().next()).or_else(called)
    }

    /// Learns from a signal whose the wallet and the account in it are.
    pub(crate) fn learn(&mut self, signal: &Signal) -> [Option<Owned>; 2] {
        let mut learnt = [None; 2];
        let Some(person) = person(signal) else { return learnt };
        for (owned, at) in belongings(signal).zip(&mut learnt) {
            if self.is_kept(owned, person) && !self.of.contains_key(&owned) {
                self.make_room();
                self.of.insert(owned, person);
                *at = Some((owned, person));
            }
        }
        learnt
    }

    const fn is_kept(&self, owned: u64, person: u64) -> bool {
        owned.leading_zeros() >= self.halvings || person.leading_zeros() >= self.halvings
    }

    fn make_room(&mut self) {
        while self.of.len() >= OWNED_MAX && self.halvings < u64::BITS {
            self.halvings = self.halvings.saturating_add(1);
            let halvings = self.halvings;
            self.of.retain(|owned, person| {
                owned.leading_zeros() >= halvings || person.leading_zeros() >= halvings
            });
        }
    }
}

/// The person of a signal, by an id of the company's: what an identity card calls somebody is none.
fn person(signal: &Signal) -> Option<u64> {
    let is_id = signal.kind != Kind::PersonNamed;
    signal.key(Subject::Person).filter(|_| is_id).map(hash)
}

/// The wallet and the account of a signal.
fn belongings(signal: &Signal) -> impl Iterator<Item = u64> + '_ {
    let subjects = [Subject::Wallet, Subject::Account];
    subjects.into_iter().filter_map(|subject| signal.key(subject)).map(hash)
}

/// Different people: all of them up to a bound, and beyond it those whose hash begins with so many
/// zero bits, of whom each stands for two, four, eight…
///
/// A person is 64 bits of their key's SHA-256. Two of ten million are taken for one with a chance of
/// three in a million.
#[derive(Debug)]
pub(crate) struct People {
    kept: HashSet<u64>,
    most: usize,
    halvings: u32,
}

impl People {
    /// Nobody yet, and never more than `most` in memory.
    pub(crate) fn at_most(most: usize) -> Self {
        Self { kept: HashSet::new(), most: most.max(1), halvings: 0 }
    }

    pub(crate) fn add(&mut self, hash: u64) {
        if hash.leading_zeros() < self.halvings || self.kept.contains(&hash) {
            return;
        }
        while self.kept.len() >= self.most && self.halvings < u64::BITS {
            self.halvings = self.halvings.saturating_add(1);
            let halvings = self.halvings;
            self.kept.retain(|kept| kept.leading_zeros() >= halvings);
        }
        if hash.leading_zeros() >= self.halvings {
            self.kept.insert(hash);
        }
    }

    /// Who counted as the account that they own counts as themselves.
    pub(crate) fn join(&mut self, (owned, person): Owned) {
        if self.kept.remove(&owned) {
            self.add(person);
        }
    }

    /// How many.
    pub(crate) fn count(&self) -> u64 {
        let kept = u64::try_from(self.kept.len()).unwrap_or(u64::MAX);
        kept.saturating_mul(self.each())
    }

    /// For how many each stands who is kept.
    fn each(&self) -> u64 {
        1_u64.checked_shl(self.halvings).unwrap_or(u64::MAX)
    }

    /// How many there are in each of the populations that are drawn.
    pub(crate) fn draws(&self) -> Draws {
        let mut draws = Draws::default();
        for person in &self.kept {
            draws.add(&weights(*person), self.each());
        }
        draws
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(count: u32) -> impl Iterator<Item = u64> {
        (0..count).map(|n| hash(&Key::Person(n.to_string())))
    }

    #[test]
    fn people_are_counted_once_and_exactly_up_to_the_bound() {
        let mut people = People::at_most(1_000);
        ids(1_000).chain(ids(500)).for_each(|id| people.add(id));
        assert_eq!(people.count(), 1_000);
    }

    #[test]
    fn beyond_the_bound_the_count_is_near_and_the_memory_stands_still() {
        let mut people = People::at_most(20_000);
        ids(300_000).for_each(|id| people.add(id));
        assert!(people.kept.len() <= 20_000);
        // A standard error of 1 % at worst; three of them.
        assert!(people.count().abs_diff(300_000) < 9_000, "{}", people.count());
        let again = people.count();
        ids(300_000).for_each(|id| people.add(id));
        assert_eq!(people.count(), again, "nobody is counted twice");
    }
}
