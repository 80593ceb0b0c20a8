//! Anyone's labelled payments, and how well a model would have found the frauds among them.
//!
//! The Fraud Detection Handbook's protocol to the letter: train on a week, wait until its labels are
//! known, test on a week; cards that were known to be defrauded by then are no part of the test. All
//! features come from the engine ([`features`](mod@self::features)), what was tuned on what is in
//! docs/detection.md.
#![expect(
    clippy::disallowed_types,
    clippy::float_arithmetic,
    reason = "statistics: no yen is counted here"
)]

mod attempts;
mod export;
pub mod features;
mod handbook;
mod logistic;
mod made;
mod metrics;
pub mod mules;

use std::collections::BTreeMap;

use jiff::{civil::Date, tz::TimeZone};
use serde::Serialize;

pub use self::{
    attempts::{Attempts, Learned},
    export::{Export, Map, Payment},
    handbook::{World, generate},
    logistic::Logistic,
    made::{Bank, attempts},
    metrics::{Judged, Quality},
};
use crate::model::{
    Growth, Leaning, Model, Samples,
    number::{many, single},
};

const DAY_SECS: i64 = 86_400;
/// So many cards are looked at a day.
pub const CARDS_A_DAY: usize = 100;

/// How a study grows its model: chosen on validation folds (docs/detection.md).
pub const FROZEN: Growth = Growth {
    trees: 100,
    depth: 3,
    rate: 0.1,
    l2: 1.0,
    weight_min: 1.0,
    rows: 1.0,
    columns: 1.0,
    seed: 2020,
};

/// Which days are learned from, and which are tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Split {
    /// The first day of training.
    pub from: Date,
    /// For so many days.
    pub train_days: u16,
    /// So long until a fraud is known.
    pub delay_days: u16,
    /// So many days are tested.
    pub test_days: u16,
}

/// What a study cannot be made of.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StudyError {
    /// No line at all.
    #[error("the file is empty: its first line names the columns")]
    Empty,
    /// The map names a column that is not there.
    #[error("there is no column `{0}`; there are: {1}")]
    NoColumn(String, String),
    /// A cell that cannot be read.
    #[error("line {line}: `{cell}` is no {what}")]
    Cell {
        /// Which line.
        line: u64,
        /// What was expected.
        what: String,
        /// What is there.
        cell: String,
    },
    /// No UTF-8.
    #[error("line {0} is not UTF-8")]
    Text(u64),
    /// Longer than a line is.
    #[error("line {0} is longer than 64 KiB or has more than 1,024 cells")]
    Long(u64),
    /// Days that cannot be.
    #[error("{0}")]
    Days(&'static str),
    /// Nothing to learn from.
    #[error("there are {frauds} frauds among {rows} payments in {what}: choose other days")]
    TooFew {
        /// Training or test.
        what: &'static str,
        /// How many payments.
        rows: usize,
        /// How many frauds.
        frauds: usize,
    },
}

/// Rows with their features: what is learned from, and what is tested.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    /// To learn from.
    pub train: Vec<(Vec<f32>, bool)>,
    /// To test.
    pub test: Vec<(Vec<f32>, Judged)>,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Study {
    /// How good the model is.
    #[serde(flatten)]
    pub quality: Quality,
    /// How many rows it learned from.
    pub train_rows: usize,
    /// How many of them are frauds.
    pub train_frauds: usize,
    /// How many rows were tested.
    pub test_rows: usize,
    /// How many of them are frauds.
    pub test_frauds: usize,
    /// Logistic regression on the handbook's features, on the same rows.
    pub logistic_regression: Quality,
    /// What was said and what was so, by tenths of the score.
    pub calibration: Vec<Tenth>,
}

/// A tenth of the score.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Tenth {
    /// From this score on.
    pub score_from: u16,
    /// How many payments.
    pub rows: usize,
    /// The mean of the probabilities that were said.
    pub said: f64,
    /// The share that was fraud.
    pub found: f64,
}

/// Makes the rows of a study.
pub fn rows(export: &Export, split: &Split) -> Result<Rows, StudyError> {
    let Split { train_days, delay_days, test_days, .. } = *split;
    if train_days == 0 || test_days == 0 {
        return Err(StudyError::Days("a study needs a day to learn from and a day to test"));
    }
    if delay_days > 60 {
        let why = "a delay is 60 days at most: with its window, the engine remembers 90";
        return Err(StudyError::Days(why));
    }
    let first = split.from.to_zoned(TimeZone::UTC);
    let first = first.map_err(|_| StudyError::Days("there is no such day"))?;
    let first = first.timestamp().as_second();
    let days = |count: u16| i64::from(count).saturating_mul(DAY_SECS);
    let day_of = |payment: &Payment| payment.at.saturating_sub(first).div_euclid(DAY_SECS);
    let test_from = train_days.saturating_add(delay_days);
    let until = first.saturating_add(days(test_from)).saturating_add(days(test_days));

    // By day d of the test, the frauds up to the day d − 1 after training were heard of.
    let mut first_fraud: BTreeMap<u32, i64> = BTreeMap::new();
    for payment in export.payments.iter().filter(|payment| payment.is_fraud) {
        let day = day_of(payment);
        if day >= 0 {
            first_fraud.entry(payment.card).or_insert(day);
        }
    }
    let is_known = |card: u32, test_day: i64| {
        let heard = i64::from(train_days).saturating_add(test_day).saturating_sub(1);
        first_fraud.get(&card).is_some_and(|day| *day <= heard)
    };
    let mut rows = Rows::default();
    features::stream(export, days(delay_days), until, |payment, row| {
        let day = day_of(payment);
        let row = || row.iter().copied().map(single).collect();
        if (0..i64::from(train_days)).contains(&day) {
            rows.train.push((row(), payment.is_fraud));
        }
        let test_day = day.saturating_sub(i64::from(test_from));
        let Ok(day) = u16::try_from(test_day) else { return };
        if !is_known(payment.card, test_day) {
            let (card, is_fraud) = (payment.card, payment.is_fraud);
            rows.test.push((row(), Judged { score: 0.0, card, day, is_fraud }));
        }
    });
    rows.check()?;
    Ok(rows)
}

fn enough(what: &'static str, rows: usize, frauds: usize) -> Result<(), StudyError> {
    let is_enough = frauds > 0 && frauds < rows;
    if is_enough { Ok(()) } else { Err(StudyError::TooFew { what, rows, frauds }) }
}

impl Rows {
    fn check(&self) -> Result<(), StudyError> {
        enough("training", self.train.len(), self.train_frauds())?;
        enough("test", self.test.len(), self.test_frauds())
    }

    /// How many frauds there are to learn from.
    #[must_use]
    pub fn train_frauds(&self) -> usize {
        self.train.iter().filter(|(_, is_fraud)| *is_fraud).count()
    }

    /// How many frauds there are to find.
    #[must_use]
    pub fn test_frauds(&self) -> usize {
        self.test.iter().filter(|(_, judged)| judged.is_fraud).count()
    }

    /// Grows a model from what is learned from.
    #[must_use]
    pub fn grow(&self, growth: &Growth) -> Model {
        let names = features::NAMES.iter().map(|(name, _)| (*name).to_owned());
        let mut samples = Samples::new(names.collect());
        for (row, is_fraud) in &self.train {
            samples.add(row, *is_fraud);
        }
        let leanings: Vec<Leaning> = features::NAMES.iter().map(|(_, leaning)| *leaning).collect();
        samples.grow(growth, &leanings)
    }

    /// The tests with what somebody says about each.
    pub fn judged(&self, mut score: impl FnMut(&[f32]) -> f64) -> Vec<Judged> {
        self.test.iter().map(|(row, judged)| Judged { score: score(row), ..*judged }).collect()
    }
}

/// Learns and tests, once.
#[must_use]
pub fn study(rows: &Rows, growth: &Growth) -> (Study, Model) {
    let model = rows.grow(growth);
    let judged = rows.judged(|row| model.probability(row));
    let regression = Logistic::fit(&rows.train, features::HANDBOOKS);
    let plain = rows.judged(|row| regression.probability(row));
    let study = Study {
        quality: Quality::of(&judged, &[CARDS_A_DAY]),
        train_rows: rows.train.len(),
        train_frauds: rows.train_frauds(),
        test_rows: rows.test.len(),
        test_frauds: rows.test_frauds(),
        logistic_regression: Quality::of(&plain, &[CARDS_A_DAY]),
        calibration: calibration(&judged),
    };
    (study, model)
}

fn calibration(judged: &[Judged]) -> Vec<Tenth> {
    let tenth = |from: u16| {
        let (low, high) =
            (f64::from(from) / 1_000.0, f64::from(from.saturating_add(100)) / 1_000.0);
        let is_in = |one: &&Judged| one.score >= low && (one.score < high || from == 900);
        let those: Vec<&Judged> = judged.iter().filter(is_in).collect();
        let count = many(those.len().max(1));
        let said = those.iter().map(|one| one.score).sum::<f64>() / count;
        let found = many(those.iter().filter(|one| one.is_fraud).count()) / count;
        Tenth { score_from: from, rows: those.len(), said, found }
    };
    (0..10_u16)
        .map(|tenth| tenth.saturating_mul(100))
        .map(tenth)
        .filter(|one| one.rows > 0)
        .collect()
}
