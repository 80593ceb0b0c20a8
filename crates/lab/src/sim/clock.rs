//! The one clock of a world. It stands still until the schedule moves it.

use std::sync::{Mutex, PoisonError};

use jiff::{Timestamp, civil::DateTime, tz};
use kanuki_domain::mandate::later;
use kanuki_site::Clock;

/// Hours that Japan is ahead of UTC. It has no summer time.
const JAPAN_HOURS: i8 = 9;

/// Simulated time.
#[derive(Debug)]
pub(crate) struct SimClock {
    now: Mutex<Timestamp>,
}

impl SimClock {
    pub(crate) const fn starting(at: Timestamp) -> Self {
        Self { now: Mutex::new(at) }
    }

    /// Moves on to `at`; never back, because the books of a ledger only go forward.
    pub(crate) fn advance(&self, at: Timestamp) {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        *now = at.max(*now);
    }
}

impl Clock for SimClock {
    fn now(&self) -> Timestamp {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the clock on a Japanese wall shows.
pub(crate) fn japan(at: Timestamp) -> DateTime {
    at.to_zoned(tz::TimeZone::fixed(tz::offset(JAPAN_HOURS))).datetime()
}

/// The instant at which a Japanese wall shows `datetime`.
pub(crate) fn instant(datetime: DateTime) -> Timestamp {
    let zoned = datetime.to_zoned(tz::TimeZone::fixed(tz::offset(JAPAN_HOURS)));
    zoned.map_or(Timestamp::UNIX_EPOCH, |zoned| zoned.timestamp())
}

/// `hour:minute` in Japan, `days` after the day of `at`.
pub(crate) fn on_day(at: Timestamp, days: i64, hour: i8, minute: i8) -> Timestamp {
    let day = japan(later(at, days.saturating_mul(86_400))).date();
    instant(day.at(hour, minute, 0, 0))
}

/// Whole seconds from `earlier` to `at`; 0 if it was not earlier.
pub(crate) fn secs_since(earlier: Timestamp, at: Timestamp) -> u64 {
    u64::try_from(at.duration_since(earlier).as_secs()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn japanese_midnight_is_three_in_the_afternoon_before() {
        let at: Timestamp = "2026-08-31T14:59:59Z".parse().unwrap();

        assert_eq!(japan(at).to_string(), "2026-08-31T23:59:59");
        assert_eq!(on_day(at, 1, 0, 0).to_string(), "2026-08-31T15:00:00Z");
    }

    #[test]
    fn clock_never_goes_back() {
        let clock = SimClock::starting(Timestamp::UNIX_EPOCH);
        clock.advance("2026-01-02T00:00:00Z".parse().unwrap());
        clock.advance("2026-01-01T00:00:00Z".parse().unwrap());

        assert_eq!(clock.now().to_string(), "2026-01-02T00:00:00Z");
    }
}
