//! A model grown from a company's own recorded attempts, by the numbers that its policy looks at.
//!
//! The recording is judged again in its order, with the counts as they stood then; what the rules saw
//! of each attempt is a row. Some days are learned from, then as long as it takes until a fraud is
//! heard of nothing is used, and the days after that are the test. Whoever was known to be defrauded
//! by a day of the test is no part of that day: finding them again is no feat.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use jiff::tz::{self, TimeZone};
use serde::Serialize;

use super::{
    CARDS_A_DAY, DAY_SECS, FROZEN, Judged, Quality, Split, StudyError, Tenth, calibration, enough,
};
use crate::{
    Bounds, Engine, Event, Kind, Policy, Signal,
    backtest::customer,
    id::Id,
    model::{
        Drift, Leaning, Model, Samples,
        number::{score_of, signed, single},
    },
};

/// What came of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Learned {
    /// How good the model is on the days of the test.
    #[serde(flatten)]
    pub quality: Quality,
    /// From the rows of which policy.
    pub policy: String,
    /// Of which signals.
    pub on: &'static str,
    /// The features, each with what a reviewer expects of it.
    pub features: Vec<(String, &'static str)>,
    /// How many rows it learned from.
    pub train_rows: usize,
    /// How many of them are frauds.
    pub train_frauds: usize,
    /// How many rows were tested.
    pub test_rows: usize,
    /// How many of them are frauds.
    pub test_frauds: usize,
    /// What was said and what was so, by tenths of the score.
    pub calibration: Vec<Tenth>,
    /// The scores of the test beside those of training.
    pub drift: Option<Drift>,
}

/// One attempt on a day that is used.
#[derive(Debug)]
struct Row {
    day: i64,
    customer: u32,
    values: Vec<f32>,
    is_fraud: bool,
}

/// A recording while it streams by.
#[derive(Debug)]
pub struct Attempts {
    engine: Arc<Engine>,
    kind: Kind,
    split: Split,
    first: i64,
    learnable: Vec<(usize, String, Leaning)>,
    rows: Vec<Row>,
    customers: HashMap<Id, u32>,
    /// The first day, since training began, on which each was defrauded.
    first_fraud: BTreeMap<u32, i64>,
}

impl Attempts {
    /// Of signals of `kind`, as `policy` sees them. Days are Tokyo's.
    pub fn new(policy: Policy, kind: Kind, split: Split) -> Result<Self, StudyError> {
        if split.train_days == 0 || split.test_days == 0 {
            return Err(StudyError::Days("there is a day to learn from and a day to test"));
        }
        let learnable = policy.learnable(kind);
        if learnable.is_empty() {
            return Err(StudyError::Days(
                "no rule looks at such a signal, so nothing is seen of it",
            ));
        }
        let first = split.from.to_zoned(TimeZone::fixed(tz::offset(9)));
        let first = first.map_err(|_| StudyError::Days("there is no such day"))?;
        Ok(Self {
            engine: Arc::new(Engine::with_bounds(policy, Bounds::default())),
            kind,
            split,
            first: first.timestamp().as_second(),
            learnable,
            rows: Vec::new(),
            customers: HashMap::new(),
            first_fraud: BTreeMap::new(),
        })
    }

    /// Notes events, one after the other, and what was seen of each whose day is used.
    pub fn see(&mut self, events: &[Event]) {
        let meant = || events.iter().filter(|event| event.signal.check(event.signal.at).is_ok());
        let signals: Vec<Signal> = meant().map(|event| event.signal.clone()).collect();
        let (engine, mut left) = (Arc::clone(&self.engine), meant());
        engine.measure_all(&signals, |_, seen| {
            if let Some(event) = left.next() {
                self.take(event, seen);
            }
        });
    }

    fn take(&mut self, event: &Event, seen: &[i64]) {
        let signal = &event.signal;
        let day = signal.at.as_second().saturating_sub(self.first).div_euclid(DAY_SECS);
        let test_from =
            i64::from(self.split.train_days).saturating_add(self.split.delay_days.into());
        let until = test_from.saturating_add(self.split.test_days.into());
        let is_used = (0..i64::from(self.split.train_days)).contains(&day)
            || (test_from..until).contains(&day);
        if signal.kind != self.kind || day < 0 {
            return;
        }
        let next = u32::try_from(self.customers.len()).unwrap_or(u32::MAX);
        let customer = customer(signal).map(|id| *self.customers.entry(id).or_insert(next));
        if let Some(customer) = customer.filter(|_| event.is_fraud) {
            let known = self.first_fraud.entry(customer).or_insert(day);
            *known = day.min(*known);
        }
        if !is_used {
            return;
        }
        let value = |slot: &usize| seen.get(*slot).filter(|value| **value != i64::MIN);
        let single = |slot: &usize| value(slot).map_or(f32::NAN, |value| single(signed(*value)));
        let values = self.learnable.iter().map(|(slot, ..)| single(slot)).collect();
        // Whoever cannot be told apart is somebody else each time.
        let nobody = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
        let customer = customer.unwrap_or(u32::MAX.saturating_sub(nobody));
        self.rows.push(Row { day, customer, values, is_fraud: event.is_fraud });
    }

    /// Learns from the days of training and tests on the later ones, once. `source` is kept as the
    /// model's origin.
    pub fn learn(self, source: &str) -> Result<(Learned, Model), StudyError> {
        let Split { from, train_days, delay_days, .. } = self.split;
        let mut samples =
            Samples::new(self.learnable.iter().map(|(_, name, _)| name.clone()).collect());
        let test_from = i64::from(train_days).saturating_add(delay_days.into());
        let mut test = Vec::new();
        for row in &self.rows {
            let Ok(day) = u16::try_from(row.day.saturating_sub(test_from)) else {
                samples.add(&row.values, row.is_fraud);
                continue;
            };
            let heard = row.day.saturating_sub(i64::from(delay_days)).saturating_sub(1);
            if self.first_fraud.get(&row.customer).is_none_or(|day| *day > heard) {
                test.push((row, day));
            }
        }
        let test_frauds = test.iter().filter(|(row, _)| row.is_fraud).count();
        enough("training", samples.len(), samples.frauds())?;
        enough("test", test.len(), test_frauds)?;
        let leanings: Vec<Leaning> = self.learnable.iter().map(|(.., leaning)| *leaning).collect();
        let mut model = samples.grow(&FROZEN, &leanings);
        model.describe(source, &from.to_string(), train_days);
        model.grown_on(self.kind.name());
        let judge = |(row, day): &(&Row, u16)| Judged {
            score: model.probability(&row.values),
            card: row.customer,
            day: *day,
            is_fraud: row.is_fraud,
        };
        let judged: Vec<Judged> = test.iter().map(judge).collect();
        let told = |(_, name, leaning): &(usize, String, Leaning)| (name.clone(), leaning.name());
        let learned = Learned {
            quality: Quality::of(&judged, &[CARDS_A_DAY]),
            policy: self.engine.policy().version().to_owned(),
            on: self.kind.name(),
            features: self.learnable.iter().map(told).collect(),
            train_rows: samples.len(),
            train_frauds: samples.frauds(),
            test_rows: test.len(),
            test_frauds,
            calibration: calibration(&judged),
            drift: model.drift(judged.iter().map(|one| score_of(one.score))),
        };
        Ok((learned, model))
    }
}
