//! A model that gives an attempt a score: trees that were grown from labelled events, here or by
//! `XGBoost`.
//!
//! A score is 0 to 1,000, a thousand times the probability that the trees come to, and it says which
//! numbers moved it most. It is one more number that rules may look at, and no decision: a policy
//! never declines by a score alone (docs/rules.md). Features, thresholds and leaves are single
//! precision, as `XGBoost` has them, so that a model is the same after it was written down and read
//! again; leaves are added up in double precision and in their order.
#![expect(
    clippy::disallowed_types,
    clippy::float_arithmetic,
    reason = "statistics: no yen is counted here"
)]

mod drift;
mod file;
mod flat;
mod known;
pub(crate) mod number;
mod reference;
mod train;
mod xgboost;

use serde::{Deserialize, Serialize};

use self::number::{logistic, score_of};
pub use self::{
    drift::Drift,
    file::{ModelError, Origin},
    known::{Moved, Said},
    reference::{Bin, Binned, Level, Reference, Spread},
    train::{Growth, Leaning, Samples},
};
pub(crate) use self::{
    file::{FORMAT, VERSION_DIGITS},
    flat::Flat,
};

/// One place in a tree. The two below a question are neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Node {
    /// Which feature is asked; a leaf asks none.
    pub(crate) feature: Option<u16>,
    /// What is less goes left.
    pub(crate) below: f32,
    /// Where the left one is; the right one is behind it.
    pub(crate) next: u32,
    /// What is not known goes left.
    pub(crate) unknown_left: bool,
    /// What is added to the margin when it ends here.
    pub(crate) value: f32,
}

impl Node {
    /// The place of the feature that is asked; of a leaf none.
    fn asked(&self) -> usize {
        self.feature.map_or(usize::MAX, usize::from)
    }
}

/// Trees that were grown from labelled events.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    pub(crate) features: Vec<String>,
    pub(crate) base: f32,
    pub(crate) nodes: Vec<Node>,
    /// Where each tree begins.
    pub(crate) roots: Vec<u32>,
    pub(crate) origin: Origin,
}

/// What a model says about one attempt.
#[derive(Clone, Debug, PartialEq)]
pub struct Scored {
    /// 0 to 1,000.
    pub score: u16,
    /// The features that moved it most, the strongest first, with the log-odds that each added.
    pub reasons: Vec<(String, f32)>,
}

impl Model {
    /// The names of the features, in the order in which they are given.
    #[must_use]
    pub fn features(&self) -> &[String] {
        &self.features
    }

    /// How many trees it has.
    #[must_use]
    pub fn trees(&self) -> usize {
        self.roots.len()
    }

    /// Where it comes from.
    #[must_use]
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Says where it comes from.
    pub fn describe(&mut self, name: &str, from: &str, days: u16) {
        name.clone_into(&mut self.origin.name);
        from.clone_into(&mut self.origin.from);
        self.origin.days = days;
    }

    /// Says from which signals it was grown, by the name of their kind.
    pub fn grown_on(&mut self, kind: &str) {
        kind.clone_into(&mut self.origin.on);
    }

    /// The log-odds of one row of features; [`f32::NAN`] where one is not known.
    #[must_use]
    pub fn margin(&self, row: &[f32]) -> f64 {
        let mut sum = f64::from(self.base);
        for root in &self.roots {
            self.walk(*root, row, |node| {
                if node.feature.is_none() {
                    sum += f64::from(node.value);
                }
            });
        }
        sum
    }

    /// The probability of one row of features.
    #[must_use]
    pub fn probability(&self, row: &[f32]) -> f64 {
        logistic(self.margin(row))
    }

    /// The score alone.
    #[must_use]
    pub fn score(&self, row: &[f32]) -> u16 {
        score_of(self.probability(row))
    }

    /// The score, and the `top` features that moved it most. What a feature moved is the difference
    /// between what a place in a tree says of all who come there and what the next one says.
    #[must_use]
    pub fn explain(&self, row: &[f32], top: usize) -> Scored {
        let (base, mut moved) = self.moved(row);
        let margin = moved.iter().fold(base, |sum, (_, by)| sum + by);
        moved.retain(|(_, by)| *by != 0.0);
        moved.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
        let named = moved
            .into_iter()
            .take(top)
            .filter_map(|(at, by)| Some((self.features.get(at)?.clone(), number::single(by))));
        Scored { score: score_of(logistic(margin)), reasons: named.collect() }
    }

    /// What every attempt starts with, and what each feature adds to that.
    pub(crate) fn moved(&self, row: &[f32]) -> (f64, Vec<(usize, f64)>) {
        let mut base = f64::from(self.base);
        let mut moved: Vec<(usize, f64)> =
            (0..self.features.len()).map(|feature| (feature, 0.0)).collect();
        for root in &self.roots {
            let mut before: Option<(usize, f64)> = None;
            self.walk(*root, row, |node| {
                let value = f64::from(node.value);
                let Some((feature, was)) = before.replace((node.asked(), value)) else {
                    base += value;
                    return;
                };
                if let Some((_, by)) = moved.get_mut(feature) {
                    *by += value - was;
                }
            });
        }
        (base, moved)
    }

    /// Visits each place of one tree that `row` comes to.
    #[inline]
    fn walk(&self, root: u32, row: &[f32], mut visit: impl FnMut(&Node)) {
        let mut at = root;
        while let Some(node) = usize::try_from(at).ok().and_then(|place| self.nodes.get(place)) {
            visit(node);
            let Some(feature) = node.feature else { return };
            let value = row.get(usize::from(feature)).copied().unwrap_or(f32::NAN);
            let is_left = if value.is_nan() { node.unknown_left } else { value < node.below };
            at = node.next.saturating_add(u32::from(!is_left));
        }
    }
}
