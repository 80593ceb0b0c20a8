//! How far a figure would have been from here with other customers of the same kind: a bootstrap by
//! customer.
//!
//! Four hundred populations are drawn. In each of them a customer, with all that they did, stands as
//! often as a Poisson number of mean one says, which is what drawing as many customers with
//! replacement comes to. That number follows from the customer and a fixed seed alone, so nothing
//! about customers has to be kept, two runs say the same, and what two policies did is compared in
//! the same populations.

use std::array;

use kanuki_domain::Yen;
use serde::Serialize;

/// How many populations are drawn.
const POPULATIONS: usize = 400;
/// How many of them lie outside at each side: 2.5 %.
const OUTSIDE: usize = 10;
/// Where the numbers of a customer begin; any would do, as long as it stays.
const SEED: u64 = 0x6b61_6e75_6b69_2036;
/// What Poisson numbers of mean one stay below 0, 1, 2… with, of 2^32.
const POISSON: [u32; 12] = [
    1_580_030_169,
    3_160_060_337,
    3_950_075_422,
    4_213_413_783,
    4_279_248_374,
    4_292_415_292,
    4_294_609_778,
    4_294_923_276,
    4_294_962_463,
    4_294_966_817,
    4_294_967_253,
    4_294_967_292,
];

/// From where to where a figure was in 95 of 100 populations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Range<T> {
    /// Below it in 2.5 of 100.
    pub low: T,
    /// Above it in 2.5 of 100.
    pub high: T,
}

/// How often one customer stands in each population.
pub(crate) type Weights = [u8; POPULATIONS];

/// How often the customer of this hash stands in each population.
pub(crate) fn weights(customer: u64) -> Weights {
    let mut state = customer ^ SEED;
    array::from_fn(|_| {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        poisson(mixed(state))
    })
}

/// `SplitMix64`'s last step.
const fn mixed(state: u64) -> u64 {
    let one = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let two = (one ^ (one >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    two ^ (two >> 31)
}

fn poisson(random: u64) -> u8 {
    let random = u32::try_from(random >> 32).unwrap_or(u32::MAX);
    let below = POISSON.iter().take_while(|edge| random >= **edge).count();
    u8::try_from(below).unwrap_or(u8::MAX)
}

/// One figure in each population; nothing until there is something in it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Draws(Vec<u64>);

impl Draws {
    pub(crate) fn add(&mut self, weights: &Weights, what: u64) {
        if self.0.is_empty() {
            self.0 = vec![0; POPULATIONS];
        }
        for (sum, weight) in self.0.iter_mut().zip(weights) {
            *sum = sum.saturating_add(u64::from(*weight).saturating_mul(what));
        }
    }

    pub(crate) fn range(&self) -> Range<u64> {
        between(self.0.clone())
    }

    pub(crate) fn yen(&self) -> Range<Yen> {
        let Range { low, high } = self.range();
        let yen = |amount| Yen::new(amount).unwrap_or(Yen::MAX);
        Range { low: yen(low), high: yen(high) }
    }

    /// How much more it is than `other`, population by population.
    pub(crate) fn beyond(&self, other: &Self) -> Range<i64> {
        let of = |draws: &Self, at: usize| {
            let figure = draws.0.get(at).copied().unwrap_or_default();
            i64::try_from(figure).unwrap_or(i64::MAX)
        };
        between((0..POPULATIONS).map(|at| of(self, at).saturating_sub(of(other, at))).collect())
    }
}

fn between<T: Copy + Default + Ord>(mut figures: Vec<T>) -> Range<T> {
    figures.sort_unstable();
    let at = |place: usize| figures.get(place).copied().unwrap_or_default();
    let last = POPULATIONS.saturating_sub(1).saturating_sub(OUTSIDE);
    Range { low: at(OUTSIDE), high: at(last) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Key;

    fn customer(number: u32) -> u64 {
        Key::Person(number.to_string()).id()[0]
    }

    #[test]
    fn weights_are_poisson_numbers_of_mean_one_and_always_the_same() {
        let mut seen = [0_u32; 13];
        for number in 0..1_000 {
            assert_eq!(weights(customer(number)), weights(customer(number)));
            for weight in weights(customer(number)) {
                seen[usize::from(weight)] += 1;
            }
        }
        // Of 400,000: e⁻¹ of them 0 and 1, half of that 2, a sixth 3.
        for (count, wanted) in seen.into_iter().zip([147_152_u32, 147_152, 73_576, 24_525]) {
            assert!(count.abs_diff(wanted) < 1_600, "{seen:?}");
        }
    }

    #[test]
    fn a_range_is_as_wide_as_chance_makes_it() {
        let mut draws = Draws::default();
        (0..10_000).for_each(|number| draws.add(&weights(customer(number)), 1));
        let Range { low, high } = draws.range();
        // 10,000 ± 1.96 · 100, by the four hundred populations within a few dozen.
        assert!((9_750..9_860).contains(&low), "{low}");
        assert!((10_140..10_250).contains(&high), "{high}");
    }

    #[test]
    fn what_two_policies_both_do_is_no_difference_between_them() {
        let (mut one, mut other) = (Draws::default(), Draws::default());
        for number in 0..1_000 {
            one.add(&weights(customer(number)), 30_000);
            other.add(&weights(customer(number)), 29_000);
        }
        let Range { low, high } = one.beyond(&other);
        assert!(low > 880_000 && high < 1_120_000, "a million, {low} to {high}");
        assert_eq!(one.beyond(&one), Range { low: 0, high: 0 });
    }
}
