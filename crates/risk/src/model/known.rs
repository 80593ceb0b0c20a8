//! A model asked by what a policy saw: whole numbers, some of which are not known.

use serde::{Deserialize, Serialize};

use super::{
    Model,
    number::{floor, signed, single},
};
use crate::Text;

/// How many reasons of a score are kept with a decision.
pub(super) const REASONS: usize = 5;

/// What a model said about one attempt, as it is kept with the decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// Which model: the version of its file, and the SHA-256 of what is in it.
    pub model: Text,
    /// 0 to 1,000.
    pub score: u16,
    /// The numbers that moved it most, the strongest first.
    pub reasons: Vec<Moved>,
}

/// What one number did to a score.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// As it is written in the policy.
    pub what: Text,
    /// By how much, in thousandths of log-odds; below zero where it spoke for the customer.
    pub by: i64,
}

/// As a row of features.
pub(super) fn row(values: &[Option<i64>]) -> Vec<f32> {
    values.iter().copied().map(as_feature).collect()
}

pub(super) fn as_feature(value: Option<i64>) -> f32 {
    value.map_or(f32::NAN, |value| single(signed(value)))
}

/// That `what` moved a score by so many log-odds.
pub(super) fn said_by(what: Text, by: f32) -> Moved {
    Moved { what, by: thousandths(by) }
}

fn thousandths(by: f32) -> i64 {
    let by = f64::from(by) * 1_000.0;
    let whole = i64::try_from(floor(by.abs() + 0.5)).unwrap_or(i64::MAX);
    if by < 0.0 { whole.saturating_neg() } else { whole }
}

impl Model {
    /// The score of numbers in the order of the features; nothing where one is not known.
    #[must_use]
    pub fn score_of(&self, values: &[Option<i64>]) -> u16 {
        self.score(&row(values))
    }

    /// What moved the `score` of `values`, under the name by which it is kept.
    pub(crate) fn say(&self, name: &str, score: u16, values: &[Option<i64>]) -> Said {
        let moved = self.explain(&row(values), REASONS).reasons.into_iter();
        let reasons = moved.map(|(what, by)| said_by(what.into(), by)).collect();
        Said { model: name.into(), score, reasons }
    }
}
