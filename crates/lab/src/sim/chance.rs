//! Chance that follows from the seed alone.
//!
//! Each actor draws from a stream of its own, named in words. What one of them draws never shifts
//! what another sees, so the same people live the same lives under every policy.

use std::sync::{Mutex, PoisonError};

use kanuki_domain::Entropy;
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng as _, SeedableRng as _};
use sha2::{Digest as _, Sha256};

/// One stream of chance.
#[derive(Clone, Debug)]
pub(crate) struct Chance {
    rng: ChaCha20Rng,
}

impl Chance {
    /// The stream called `name` of the run with `seed`.
    pub(crate) fn of(seed: u64, name: &str) -> Self {
        Self { rng: ChaCha20Rng::from_seed(derive(seed, name)) }
    }

    /// 32 bytes that follow from the seed and a name.
    pub(crate) fn bytes(seed: u64, name: &str) -> [u8; 32] {
        derive(seed, name)
    }

    /// A number from 0 up to but not including `end`; 0 when `end` is 0.
    ///
    /// The bias of the remainder is below 2⁻³², far below what any rate here could show.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.rng.next_u64().checked_rem(end).unwrap_or(0)
    }

    /// A number from `low` to `high`, both possible.
    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        let width = high.saturating_sub(low).saturating_add(1);
        low.saturating_add(self.below(width))
    }

    /// Seconds from `low` to `high`.
    pub(crate) fn secs(&mut self, low: u64, high: u64) -> i64 {
        i64::try_from(self.between(low, high)).unwrap_or(i64::MAX)
    }

    /// True `per_mille` times in a thousand.
    pub(crate) fn happens(&mut self, per_mille: u64) -> bool {
        self.below(1_000) < per_mille
    }

    /// One of `choices`.
    pub(crate) fn pick<'a, T>(&mut self, choices: &'a [T]) -> Option<&'a T> {
        let count = u64::try_from(choices.len()).unwrap_or(0);
        choices.get(usize::try_from(self.below(count)).unwrap_or(0))
    }

    /// Puts `things` in a random order (Fisher and Yates).
    pub(crate) fn shuffle<T>(&mut self, things: &mut [T]) {
        for last in (1..things.len()).rev() {
            let count = u64::try_from(last).unwrap_or(0).saturating_add(1);
            things.swap(last, usize::try_from(self.below(count)).unwrap_or(0));
        }
    }

    /// `count` random digits.
    pub(crate) fn digits(&mut self, count: usize) -> String {
        (0..count)
            .filter_map(|_| char::from_digit(u32::try_from(self.below(10)).unwrap_or(0), 10))
            .collect()
    }
}

fn derive(seed: u64, name: &str) -> [u8; 32] {
    let digest = Sha256::new().chain_update(b"kanuki lab ").chain_update(seed.to_be_bytes());
    digest.chain_update(name.as_bytes()).finalize().into()
}

/// The randomness of the servers: ids, codes, nonces, salts.
#[derive(Debug)]
pub(crate) struct SeededEntropy {
    rng: Mutex<ChaCha20Rng>,
}

impl SeededEntropy {
    pub(crate) fn of(seed: u64, name: &str) -> Self {
        Self { rng: Mutex::new(ChaCha20Rng::from_seed(derive(seed, name))) }
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        self.rng.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_follow_from_seed_and_name_and_not_from_each_other() {
        let draw = |seed, name: &str| Chance::of(seed, name).digits(20);

        assert_eq!(draw(1, "thief"), draw(1, "thief"));
        assert_ne!(draw(1, "thief"), draw(2, "thief"));
        assert_ne!(draw(1, "thief"), draw(1, "customer 7"));
    }

    #[test]
    fn shuffling_loses_nobody() {
        let mut people: Vec<u32> = (0..50).collect();
        Chance::of(1, "shuffle").shuffle(&mut people);

        assert_ne!(people, (0..50).collect::<Vec<_>>());
        people.sort_unstable();
        assert_eq!(people, (0..50).collect::<Vec<_>>());
    }
}
