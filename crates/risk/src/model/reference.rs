//! How the numbers and the score were spread in training: what the attempts of later days are held
//! against, bin by bin.
//!
//! A bin begins at a tenth of what was met in training, so that each of them was met; what was not
//! known is a bin of its own. How far two spreads are apart is the population stability index,
//! Σ (now − then) · ln (now / then) over the shares of the bins.

use serde::{Deserialize, Serialize};

use super::{
    Model, ModelError,
    known::row,
    number::{double, floor},
};

/// The most bins of one spread, that of the unknown included.
const BINS_MAX: usize = 64;
/// Into how many parts of the same size what was met is cut.
const PARTS: usize = 10;
/// What never came counts as once in so many, or one surprise would be infinitely far.
const LEAST: f64 = 1.0 / 10_000.0;

/// How often a number was met in training, by size.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// Where each bin but the first begins, the least first.
    edges: Vec<f32>,
    /// How often each bin was met, and last how often the number was not known.
    counts: Vec<u64>,
}

/// What an index says, by the custom of those who score credit (docs/detection.md).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Nothing: there is too little to compare.
    TooFew,
    /// Attempts look as in training.
    Steady,
    /// Somewhat unlike: look why.
    Moved,
    /// Unlike: the model should be grown again.
    Apart,
}

impl Level {
    /// From this index on, in thousandths, attempts moved.
    pub const MOVED: u32 = 100;
    /// From this one on they are apart from those of the training.
    pub const APART: u32 = 250;

    /// Of an index in thousandths.
    #[must_use]
    pub const fn of(index: Option<u32>) -> Self {
        match index {
            None => Self::TooFew,
            Some(..Self::MOVED) => Self::Steady,
            Some(..Self::APART) => Self::Moved,
            Some(_) => Self::Apart,
        }
    }
}

/// One bin of a spread, then and now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bin {
    /// Its least number; nothing where it has no least, and in that of the unknown.
    pub from: Option<i64>,
    /// The least number above it; nothing where there is none.
    pub below: Option<i64>,
    /// Its share in training, in hundredths of a percent.
    pub then: u32,
    /// Its share now.
    pub now: u32,
}

impl Spread {
    /// Of what was met; what is NaN was not known.
    pub(super) fn of(values: impl IntoIterator<Item = f32>) -> Self {
        let mut known: Vec<f32> = Vec::new();
        let mut unknown = 0_u64;
        for value in values {
            if value.is_nan() {
                unknown = unknown.saturating_add(1);
            } else {
                known.push(value);
            }
        }
        known.sort_by(f32::total_cmp);
        let edges = edges(&known);
        let mut spread = Self { counts: vec![0; edges.len().saturating_add(2)], edges };
        for value in known {
            spread.count(spread.bin(value));
        }
        if let Some(last) = spread.counts.last_mut() {
            *last = unknown;
        }
        spread
    }

    fn count(&mut self, bin: usize) {
        if let Some(count) = self.counts.get_mut(bin) {
            *count = count.saturating_add(1);
        }
    }

    /// How many bins it has, that of the unknown included.
    #[must_use]
    pub const fn bins(&self) -> usize {
        self.counts.len()
    }

    /// Into which bin a number falls; one that is NaN is not known.
    #[must_use]
    pub fn bin(&self, value: f32) -> usize {
        if value.is_nan() {
            return self.edges.len().saturating_add(1);
        }
        self.edges.partition_point(|edge| *edge <= value)
    }

    /// How far `now`, counted by the same bins, is from what was met in training: the population
    /// stability index, in thousandths. Nothing where there is nothing to compare.
    #[must_use]
    pub fn moved(&self, now: &[u64]) -> Option<u32> {
        let (then, now) = (shares(&self.counts)?, shares(now)?);
        if then.len() != now.len() {
            return None;
        }
        let apart = |(then, now): (&f64, &f64)| {
            let (then, now) = (then.max(LEAST), now.max(LEAST));
            (now - then) * (now / then).ln()
        };
        let index: f64 = then.iter().zip(&now).map(apart).sum();
        Some(u32::try_from(floor(index.mul_add(1_000.0, 0.5))).unwrap_or(u32::MAX))
    }

    /// Each bin with its share in training and in `now`, that of the unknown last. What was not counted
    /// has none.
    #[must_use]
    pub fn beside(&self, now: &[u64]) -> Vec<Bin> {
        let of = |counts: &[u64]| shares(counts).unwrap_or_else(|| vec![0.0; counts.len()]);
        let (then, mut now) = (of(&self.counts), of(now));
        now.resize(then.len(), 0.0);
        let hundredths =
            |share: f64| u32::try_from(floor(share.mul_add(10_000.0, 0.5))).unwrap_or_default();
        let edge =
            |at: Option<usize>| at.and_then(|at| self.edges.get(at)).map(|edge| whole(*edge));
        let unknown = self.edges.len().saturating_add(1);
        let bin = |(at, (then, now)): (usize, (f64, f64))| Bin {
            from: edge(at.checked_sub(1).filter(|_| at != unknown)),
            below: edge(Some(at).filter(|_| at != unknown)),
            then: hundredths(then),
            now: hundredths(now),
        };
        then.into_iter().zip(now).enumerate().map(bin).collect()
    }

    fn is_whole(&self) -> bool {
        let is_rising = self.edges.windows(2).all(|two| matches!(two, [one, next] if one < next));
        let is_finite = self.edges.iter().all(|edge| edge.is_finite());
        let fits = self.counts.len() == self.edges.len().saturating_add(2);
        is_rising && is_finite && fits && self.counts.len() <= BINS_MAX
    }
}

/// Where bins begin so that each has about as much of `known`, which is in order.
fn edges(known: &[f32]) -> Vec<f32> {
    let (Some(least), Some(most)) = (known.first(), known.last()) else { return Vec::new() };
    if least >= most {
        // Always the same: anything less and anything more is a bin of its own.
        let more = least.next_up();
        return if more.is_finite() { vec![*least, more] } else { vec![*least] };
    }
    let mut edges: Vec<f32> = Vec::new();
    for part in 1..PARTS {
        let at = known.len().saturating_mul(part).div_euclid(PARTS);
        if let Some(edge) = known.get(at).filter(|edge| **edge > *least) {
            edges.push(*edge);
        }
    }
    edges.dedup();
    if edges.is_empty() {
        // Nearly always the least: what is more than that is a bin.
        edges.extend(known.iter().find(|value| *value > least));
    }
    edges
}

fn shares(counts: &[u64]) -> Option<Vec<f64>> {
    let all = counts.iter().fold(0_u64, |all, count| all.saturating_add(*count));
    (all > 0).then(|| counts.iter().map(|count| double(*count) / double(all)).collect())
}

/// The whole number at or above an edge: numbers of policies are whole.
fn whole(edge: f32) -> i64 {
    let edge = f64::from(edge).ceil();
    let size = i64::try_from(floor(edge.abs())).unwrap_or(i64::MAX);
    if edge < 0.0 { size.saturating_neg() } else { size }
}

/// How everything that a model looks at was spread in training.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Reference {
    /// Its score.
    pub score: Spread,
    /// Each feature, in the model's order.
    pub features: Vec<Spread>,
}

/// How often each bin of a reference came, and how many attempts these are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Binned {
    /// Attempts.
    pub rows: u64,
    /// By bin of the score.
    pub score: Vec<u64>,
    /// By feature, in the model's order, by bin.
    pub features: Vec<Vec<u64>>,
}

fn one_more(counts: &mut Vec<u64>, bins: usize, bin: usize) {
    counts.resize(bins.max(counts.len()), 0);
    if let Some(count) = counts.get_mut(bin) {
        *count = count.saturating_add(1);
    }
}

fn more(counts: &mut Vec<u64>, others: &[u64]) {
    counts.resize(others.len().max(counts.len()), 0);
    for (count, other) in counts.iter_mut().zip(others) {
        *count = count.saturating_add(*other);
    }
}

impl Binned {
    /// One attempt more: its score, and its features in the model's order.
    pub(crate) fn count(&mut self, by: &Reference, score: u16, values: &[Option<i64>]) {
        self.rows = self.rows.saturating_add(1);
        one_more(&mut self.score, by.score.bins(), by.score.bin(score.into()));
        self.features.resize(by.features.len(), Vec::new());
        for ((counts, spread), value) in self.features.iter_mut().zip(&by.features).zip(row(values))
        {
            one_more(counts, spread.bins(), spread.bin(value));
        }
    }

    /// As many more as `other` has, which were counted by the same reference.
    pub fn add(&mut self, other: &Self) {
        self.rows = self.rows.saturating_add(other.rows);
        more(&mut self.score, &other.score);
        self.features.resize(other.features.len().max(self.features.len()), Vec::new());
        for (counts, others) in self.features.iter_mut().zip(&other.features) {
            more(counts, others);
        }
    }
}

impl Model {
    /// How everything was spread in training; nothing in a model that was grown elsewhere, or by a
    /// version that did not keep it.
    #[must_use]
    pub const fn reference(&self) -> Option<&Reference> {
        self.origin.reference.as_ref()
    }

    /// Whether what it says of training can be compared with.
    pub(super) fn check_reference(&self) -> Result<(), ModelError> {
        let Some(known) = self.reference() else { return Ok(()) };
        let mut spreads = known.features.iter().chain([&known.score]);
        if known.features.len() == self.features.len() && spreads.all(Spread::is_whole) {
            return Ok(());
        }
        Err(ModelError::Shape("what it says of its training fits nothing in it".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[u16]) -> Spread {
        Spread::of(values.iter().map(|value| f32::from(*value)))
    }

    #[test]
    fn each_bin_has_a_tenth_and_the_same_again_has_not_moved() {
        let spread = Spread::of((0..1_000_u16).map(f32::from).chain([f32::NAN]));

        assert_eq!(spread.counts, [[100; 10].as_slice(), &[1]].concat());
        assert_eq!((spread.bin(99.0), spread.bin(100.0), spread.bin(f32::NAN)), (0, 1, 10));
        assert_eq!(spread.moved(&spread.counts.clone()), Some(0));
        assert_eq!(spread.moved(&[0; 11]), None, "nothing is no spread");
        assert_eq!(spread.moved(&[1, 2]), None, "counted by something else");
    }

    #[test]
    fn the_index_is_the_sum_over_shares() {
        let spread = of(&[0, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
        assert_eq!(spread.counts, [8, 2, 0]);

        // (0.5 − 0.8) ln (0.5 / 0.8) + (0.5 − 0.2) ln (0.5 / 0.2) = 0.1410 + 0.2749
        assert_eq!(spread.moved(&[5, 5, 0]), Some(416));
        assert_eq!(spread.moved(&[80, 20, 0]), Some(0));
        let bins = spread.beside(&[5, 5, 0]);
        let bin = |from, below, then, now| Bin { from, below, then, now };
        assert_eq!(bins[0], bin(None, Some(1), 8_000, 5_000));
        assert_eq!(bins[1], bin(Some(1), None, 2_000, 5_000));
        assert_eq!(bins[2], bin(None, None, 0, 0));
        assert_eq!(spread.beside(&[])[1], bin(Some(1), None, 2_000, 0), "nothing was counted yet");
    }

    #[test]
    fn what_was_rare_or_always_the_same_is_told_from_what_never_was() {
        let rare = Spread::of((0..1_000_u16).map(|n| f32::from(u8::from(n == 7))));
        assert_eq!(rare.counts, [999, 1, 0]);
        assert!(rare.moved(&[500, 500, 0]).unwrap() > 1_000);

        let same = of(&[3; 50]);
        assert_eq!(same.counts, [0, 50, 0, 0]);
        assert_eq!(same.moved(&[0, 400, 0, 0]), Some(0));
        assert!(same.moved(&[0, 300, 100, 0]).unwrap() > 1_000, "a four is news");
        assert!(same.moved(&[0, 300, 0, 100]).unwrap() > 1_000, "and so is not knowing");

        assert_eq!(Spread::of([]).moved(&[5, 5]), None);
    }
}
