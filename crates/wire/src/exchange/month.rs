//! The month of a key, and for how long it is taken.

use std::{fmt, str::FromStr};

use jiff::{SignedDuration, Timestamp, Zoned, civil::Date, tz};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::AHEAD_SECS;

/// For how many days of a new month the key of the one before is still taken: a question that was
/// made on the last evening may wait for a partner that is down over a weekend.
pub const GRACE_DAYS: i8 = 3;

/// A month in Japan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    /// Its first day.
    first: Date,
}

fn in_japan(now: Timestamp) -> Zoned {
    now.to_zoned(tz::TimeZone::fixed(tz::offset(9)))
}

impl Month {
    /// The one that `now` is in.
    #[must_use]
    pub fn of(now: Timestamp) -> Self {
        Self { first: in_japan(now).date().first_of_month() }
    }

    /// Whether a question of this month is taken at `now`: in the month, on the first
    /// [`GRACE_DAYS`] days after it, and as long before it as two clocks may differ.
    #[must_use]
    pub fn is_taken(self, now: Timestamp) -> bool {
        let ahead = now.saturating_add(SignedDuration::from_secs(AHEAD_SECS));
        let is_now = self == Self::of(now) || ahead.is_ok_and(|ahead| self == Self::of(ahead));
        let today = in_japan(now).date();
        let yesterday = today.first_of_month().yesterday();
        let is_last = yesterday.is_ok_and(|day| self.first == day.first_of_month());
        is_now || (is_last && today.day() <= GRACE_DAYS)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.first.year(), self.first.month())
    }
}

/// Not a month: `2026-11` is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a month is written like 2026-11")]
pub struct MonthError;

impl FromStr for Month {
    type Err = MonthError;

    fn from_str(text: &str) -> Result<Self, MonthError> {
        let first = format!("{text}-01").parse().map_err(|_| MonthError)?;
        let month = Self { first };
        // One month has one text.
        if month.to_string() == text { Ok(month) } else { Err(MonthError) }
    }
}

impl Serialize for Month {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Month {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}
