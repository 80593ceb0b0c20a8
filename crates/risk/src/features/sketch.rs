//! How many different things, in bounded memory.

use serde::{Deserialize, Serialize};

use crate::id::Id;

/// So many of the smallest ids are kept; up to here the answer is exact.
const KEPT_MAX: usize = 1_024;

/// The smallest ids that were seen (k minimum values). Ids are hashes, so that how densely the
/// smallest ones lie tells how many there are: with 1,024 kept, the standard error is 1/√1022, 3.1 %.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sketch {
    smallest: Vec<u64>,
}

impl Sketch {
    pub(super) fn see(&mut self, [id, _]: Id) {
        self.see_hash(id);
    }

    fn see_hash(&mut self, id: u64) {
        let Err(place) = self.smallest.binary_search(&id) else { return };
        if place >= KEPT_MAX {
            return;
        }
        self.smallest.insert(place, id);
        self.smallest.truncate(KEPT_MAX);
    }

    /// Everything that `other` saw, too.
    pub(super) fn merge(&mut self, other: &Self) {
        other.smallest.iter().for_each(|id| self.see_hash(*id));
    }

    /// How many different ones were seen.
    pub(super) fn estimate(&self) -> u64 {
        let kept = u64::try_from(self.smallest.len()).unwrap_or(u64::MAX);
        match self.smallest.last() {
            Some(largest) if self.smallest.len() >= KEPT_MAX => {
                let scaled =
                    u128::from(kept.saturating_sub(1)).saturating_mul(u128::from(u64::MAX));
                let estimate = scaled.checked_div(u128::from(*largest)).unwrap_or(u128::MAX);
                u64::try_from(estimate).unwrap_or(u64::MAX)
            }
            _ => kept,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.smallest.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Key, Subject};

    #[test]
    fn it_is_exact_while_small_and_within_a_tenth_when_large() {
        for n in [0_u64, 1, 1_000, 20_000, 100_000] {
            let mut sketch = Sketch::default();
            for i in 0..n {
                sketch.see(Key::of(Subject::Device, i.to_string()).id());
                sketch.see(Key::of(Subject::Device, i.to_string()).id());
            }
            let seen = sketch.estimate();
            if n <= 1_000 {
                assert_eq!(seen, n);
            } else {
                assert!(seen.abs_diff(n) * 10 < n, "{seen} of {n}");
            }
        }
    }

    #[test]
    fn two_halves_are_the_whole() {
        let (mut left, mut right, mut whole) =
            (Sketch::default(), Sketch::default(), Sketch::default());
        for i in 0..5_000 {
            let id = Key::of(Subject::Device, i.to_string()).id();
            if i % 3 == 0 {
                left.see(id);
            } else {
                right.see(id);
            }
            whole.see(id);
        }
        left.merge(&right);
        assert_eq!(left, whole);
    }
}
