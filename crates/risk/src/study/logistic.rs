//! Logistic regression: what every model is to be compared with, because it explains itself.
//!
//! Features are scaled to mean 0 and deviation 1 of the rows that it is fitted on; half the square
//! of the weights is added to the loss, as in scikit-learn's `C = 1`. Newton's method.

use crate::model::number::{logistic, many};

/// A fitted regression.
#[derive(Clone, Debug, PartialEq)]
pub struct Logistic {
    scales: Vec<(f64, f64)>,
    /// The last one is what everybody starts with.
    weights: Vec<f64>,
}

const STEPS: usize = 30;

impl Logistic {
    /// Fits on the first `features` of each row.
    #[must_use]
    pub fn fit(rows: &[(Vec<f32>, bool)], features: usize) -> Self {
        let scales: Vec<(f64, f64)> = (0..features).map(|at| scale(rows, at)).collect();
        let ready: Vec<(Vec<f64>, f64)> = rows
            .iter()
            .map(|(row, is_fraud)| (scaled(&scales, row), f64::from(u8::from(*is_fraud))))
            .collect();
        let mut weights = vec![0.0; features.saturating_add(1)];
        for _ in 0..STEPS {
            let step = newton(&ready, &weights);
            let largest = step.iter().fold(0.0_f64, |most, one| most.max(one.abs()));
            for (weight, by) in weights.iter_mut().zip(step) {
                *weight -= by;
            }
            if largest < 1e-9 {
                break;
            }
        }
        Self { scales, weights }
    }

    /// The probability of one row.
    #[must_use]
    pub fn probability(&self, row: &[f32]) -> f64 {
        logistic(dot(&self.weights, &scaled(&self.scales, row)))
    }
}

fn value(row: &[f32], at: usize) -> f64 {
    f64::from(row.get(at).copied().filter(|value| !value.is_nan()).unwrap_or_default())
}

fn scale(rows: &[(Vec<f32>, bool)], at: usize) -> (f64, f64) {
    let count = many(rows.len().max(1));
    let mean = rows.iter().map(|(row, _)| value(row, at)).sum::<f64>() / count;
    let spread = rows.iter().map(|(row, _)| (value(row, at) - mean).powi(2)).sum::<f64>() / count;
    (mean, if spread > 0.0 { spread.sqrt() } else { 1.0 })
}

/// With a 1 at the end.
fn scaled(scales: &[(f64, f64)], row: &[f32]) -> Vec<f64> {
    let each = scales.iter().enumerate().map(|(at, (mean, by))| (value(row, at) - mean) / by);
    each.chain(std::iter::once(1.0)).collect()
}

fn dot(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
}

/// By how much the weights are off, by the curve at them.
fn newton(rows: &[(Vec<f64>, f64)], weights: &[f64]) -> Vec<f64> {
    let size = weights.len();
    let last = size.saturating_sub(1);
    // The curve with the slope as its last column.
    let mut curve = vec![vec![0.0; size.saturating_add(1)]; size];
    for (row, label) in rows {
        let p = logistic(dot(weights, row));
        let bend = p * (1.0 - p);
        for (line, at) in curve.iter_mut().zip(row) {
            let factor = bend * at;
            for (cell, other) in line.iter_mut().zip(row) {
                *cell += factor * other;
            }
            if let Some(slope) = line.last_mut() {
                *slope += (p - label) * at;
            }
        }
    }
    for (at, line) in curve.iter_mut().enumerate().take(last) {
        if let Some(cell) = line.get_mut(at) {
            *cell += 1.0;
        }
        if let Some(slope) = line.last_mut() {
            *slope += weights.get(at).copied().unwrap_or_default();
        }
    }
    solve(curve)
}

/// Gauss, with the largest number of each column first.
fn solve(mut lines: Vec<Vec<f64>>) -> Vec<f64> {
    let size = lines.len();
    for at in 0..size {
        let cell = |line: &Vec<f64>| line.get(at).copied().unwrap_or_default().abs();
        let best = (at..size).max_by(|a, b| {
            let of = |place: usize| lines.get(place).map_or(0.0, cell);
            of(*a).total_cmp(&of(*b))
        });
        lines.swap(at, best.unwrap_or(at));
        let Some(first) = lines.get(at).cloned() else { continue };
        let by = first.get(at).copied().unwrap_or_default();
        if by.abs() < 1e-300 {
            continue;
        }
        for (_, line) in lines.iter_mut().enumerate().filter(|(place, _)| *place != at) {
            let factor = line.get(at).copied().unwrap_or_default() / by;
            for (cell, other) in line.iter_mut().zip(&first) {
                *cell -= factor * other;
            }
        }
    }
    let answer = |(at, line): (usize, &Vec<f64>)| {
        let by = line.get(at).copied().unwrap_or_default();
        let right = line.last().copied().unwrap_or_default();
        if by.abs() < 1e-300 { 0.0 } else { right / by }
    };
    lines.iter().enumerate().map(answer).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_regression_on_eight_rows_stands_where_its_loss_is_least() {
        let rows: Vec<(Vec<f32>, bool)> = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]
            .into_iter()
            .map(|value: f32| (vec![value], value > 4.5 || (value > 2.5 && value < 3.5)))
            .collect();
        let fitted = Logistic::fit(&rows, 1);
        let gradient = rows.iter().fold((0.0, 0.0), |(slope, base), (row, is_fraud)| {
            let off = fitted.probability(row) - f64::from(u8::from(*is_fraud));
            let (mean, by) = fitted.scales[0];
            (slope + off * (f64::from(row[0]) - mean) / by, base + off)
        });
        assert!((gradient.0 + fitted.weights[0]).abs() < 1e-9, "{gradient:?}");
        assert!(gradient.1.abs() < 1e-9, "{gradient:?}");
        assert!(fitted.probability(&[8.0]) > 0.8 && fitted.probability(&[1.0]) < 0.4);
    }
}
