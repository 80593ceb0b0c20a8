//! Whose clock may be how wrong.

use jiff::Timestamp;

/// How many seconds ahead of ours another company's clock may be.
///
/// FAPI 2.0 section 5.3.2.1-13: up to 10 must be accepted and more than 60 must be refused.
pub const AHEAD_SECS: i64 = 30;

/// True when `instant` (seconds since 1970) lies further ahead than a clock may be wrong.
pub(crate) fn is_ahead(instant: i64, now: Timestamp) -> bool {
    instant > now.as_second().saturating_add(AHEAD_SECS)
}

/// True when `instant` lies more than `secs` behind `now`.
pub(crate) fn is_older_than(instant: i64, secs: i64, now: Timestamp) -> bool {
    instant < now.as_second().saturating_sub(secs)
}

/// True when `exp` has come, or lies further ahead than `life_secs` and a wrong clock explain.
pub(crate) fn is_bad_expiry(exp: i64, life_secs: i64, now: Timestamp) -> bool {
    exp <= now.as_second() || is_ahead(exp.saturating_sub(life_secs), now)
}

/// `now` plus `secs`, in seconds since 1970.
pub(crate) fn later(now: Timestamp, secs: i64) -> i64 {
    now.as_second().saturating_add(secs)
}
