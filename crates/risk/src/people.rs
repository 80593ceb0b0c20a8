//! How many different people, in memory that does not grow with them.

use std::collections::HashSet;

use crate::{
    draw::{Draws, weights},
    id::Id,
};

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

    pub(crate) fn add(&mut self, [hash, _]: Id) {
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
    use crate::Key;

    fn ids(count: u32) -> impl Iterator<Item = Id> {
        (0..count).map(|n| Key::Person(n.to_string()).id())
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
