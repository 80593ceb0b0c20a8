//! From whole numbers to those that a model counts with, and back.

/// The nearest double-precision number.
#[expect(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "rounding to the nearest is what is wanted here, and `From` cannot"
)]
pub(crate) const fn double(whole: u64) -> f64 {
    whole as f64
}

/// The nearest double-precision number of a whole one with a sign.
pub(crate) fn signed(whole: i64) -> f64 {
    let size = double(whole.unsigned_abs());
    if whole < 0 { -size } else { size }
}

/// A double-precision number for how many there are.
pub(crate) fn many(count: usize) -> f64 {
    double(u64::try_from(count).unwrap_or(u64::MAX))
}

/// The nearest single-precision number.
#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "rounding to the nearest is what is wanted here, and `From` cannot"
)]
pub(crate) const fn single(double: f64) -> f32 {
    double as f32
}

/// The whole number below; 0 for what is less than that or no number.
#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "saturates, as is said above"
)]
pub(crate) const fn floor(real: f64) -> u64 {
    real as u64
}

/// The probability of log-odds.
pub(crate) fn logistic(margin: f64) -> f64 {
    1.0 / (1.0 + (-margin).exp())
}

/// 0 to 1,000.
pub(crate) fn score_of(probability: f64) -> u16 {
    u16::try_from(floor(probability * 1_000.0).min(1_000)).unwrap_or(1_000)
}

/// `one` by `other`; nothing where there is nothing to divide by.
pub(crate) fn share(one: u64, other: u64) -> Option<f64> {
    (other > 0).then(|| double(one) / double(other))
}
