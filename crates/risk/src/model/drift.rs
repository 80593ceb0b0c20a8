//! Whether attempts still look like those that a model was grown from, by how often it gives which
//! score.

use serde::Serialize;

use super::{Model, number::double};

/// What is counted as one hundred percent.
const WHOLE: u64 = 10_000;

/// The scores of now beside those of training.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Drift {
    /// How many scores there are.
    pub rows: usize,
    /// How often each tenth of the score was given in training, in hundredths of a percent.
    pub then: Vec<u32>,
    /// The same now.
    pub now: Vec<u32>,
    /// The population stability index: 0 when nothing changed. By custom less than 0.1 is no change,
    /// and above 0.25 the model should be grown again.
    pub index: f64,
}

/// How often each tenth of the score comes, in hundredths of a percent.
pub(super) fn spread(scores: impl IntoIterator<Item = u16>) -> (usize, Vec<u32>) {
    let mut tenths = [0_u64; 10];
    for score in scores {
        let tenth = usize::from(score.min(999)).div_euclid(100);
        if let Some(count) = tenths.get_mut(tenth) {
            *count = count.saturating_add(1);
        }
    }
    let all: u64 = tenths.iter().sum();
    let share = |count: u64| {
        let share = count.saturating_mul(WHOLE).checked_div(all).unwrap_or_default();
        u32::try_from(share).unwrap_or_default()
    };
    (usize::try_from(all).unwrap_or(usize::MAX), tenths.into_iter().map(share).collect())
}

impl Model {
    /// How far `scores` are from those of training; nothing where there are none, or where the model
    /// does not say what it gave in training.
    #[must_use]
    pub fn drift(&self, scores: impl IntoIterator<Item = u16>) -> Option<Drift> {
        let (rows, now) = spread(scores);
        let then = self.origin.spread.clone();
        if rows == 0 || then.len() != now.len() {
            return None;
        }
        // What never came counts as once in ten thousand, or one surprise would be infinitely many.
        let share = |hundredths: &u32| double(u64::from(*hundredths).max(1)) / double(WHOLE);
        let moved = |(now, then): (&u32, &u32)| {
            (share(now) - share(then)) * (share(now) / share(then)).ln()
        };
        let index = now.iter().zip(&then).map(moved).sum::<f64>();
        Some(Drift { rows, then, now, index })
    }
}
