//! Days as banks in Japan know them. Tokyo has had one offset since 1951, so no table of zones is
//! needed.

use jiff::{Timestamp, civil::Date, tz::Offset};

const TOKYO: Offset = Offset::constant(9);
const OFFSET_SECS: i64 = 9 * 3_600;
const DAY_SECS: i64 = 86_400;

fn tokyo_secs(at: Timestamp) -> i64 {
    at.as_second().saturating_add(OFFSET_SECS)
}

/// Seconds after midnight in Tokyo.
pub(crate) fn time_of_day(at: Timestamp) -> i64 {
    tokyo_secs(at).rem_euclid(DAY_SECS)
}

/// The day in Tokyo; nothing for a moment whose day has no number.
#[must_use]
pub fn tokyo_day(at: Timestamp) -> Option<Date> {
    Some(TOKYO.to_datetime(at).date())
}

/// Whether banks are open (銀行営業日): no Saturday, Sunday, national holiday (国民の祝日に関する法律),
/// and not 31 December to 3 January (銀行法施行令 article 5). Nothing for years whose holidays are not
/// known by law.
pub(crate) fn is_business_day(at: Timestamp) -> Option<bool> {
    let date = tokyo_day(at)?;
    Some(!is_weekend(date) && !is_year_end(date) && !is_holiday(date)?)
}

/// Whether it is the last or the first day of a month.
pub(crate) fn is_month_edge(at: Timestamp) -> Option<bool> {
    let date = tokyo_day(at)?;
    Some(date.day() == 1 || date.day() == date.days_in_month())
}

fn is_weekend(date: Date) -> bool {
    date.weekday().to_sunday_zero_offset() == 0 || date.weekday().to_sunday_zero_offset() == 6
}

fn is_year_end(date: Date) -> bool {
    matches!((date.month(), date.day()), (12, 31) | (1, 2..=3))
}

/// A holiday by name, one that makes up for a Sunday, or a day between two.
fn is_holiday(date: Date) -> Option<bool> {
    if is_named(date)? {
        return Some(true);
    }
    let mut before = date.yesterday().ok()?;
    // Of holidays in a row, one that falls on a Sunday is made up for on the first day after them.
    while is_named(before)? {
        if before.weekday().to_sunday_zero_offset() == 0 {
            return Some(true);
        }
        before = before.yesterday().ok()?;
    }
    Some(is_named(date.yesterday().ok()?)? && is_named(date.tomorrow().ok()?)?)
}

fn is_named(date: Date) -> Option<bool> {
    let (year, month, day) = (date.year(), date.month(), date.day());
    // What the law moved for the games of 2020 and 2021.
    let moved: &[(i8, i8)] = match year {
        2020 => &[(7, 23), (7, 24), (8, 10)],
        2021 => &[(7, 22), (7, 23), (8, 8)],
        2022..=2099 => &[],
        _ => return None,
    };
    let is_moved_year = !moved.is_empty();
    let is_monday = |nth: i8| {
        let week = day.saturating_sub(1).div_euclid(7).saturating_add(1);
        date.weekday().to_monday_zero_offset() == 0 && week == nth
    };
    Some(match month {
        1 => day == 1 || is_monday(2),
        2 => day == 11 || day == 23,
        3 => i64::from(day) == equinox(year, 20_843_100),
        4 => day == 29,
        5 => matches!(day, 3..=5),
        7 | 8 if is_moved_year => moved.contains(&(month, day)),
        7 => is_monday(3),
        8 => day == 11,
        9 => is_monday(3) || i64::from(day) == equinox(year, 23_248_800),
        10 => !is_moved_year && is_monday(2),
        11 => day == 3 || day == 23,
        _ => false,
    })
}

/// The day of the month on which the sun is over the equator, 1980 to 2099.
fn equinox(year: i16, in_1980: i64) -> i64 {
    let years = i64::from(year).saturating_sub(1980);
    let drift = years.saturating_mul(242_194).saturating_add(in_1980);
    drift.div_euclid(1_000_000).saturating_sub(years.div_euclid(4))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noon(text: &str) -> Timestamp {
        format!("{text}T12:00:00+09:00").parse().unwrap()
    }

    #[test]
    fn banks_are_closed_when_the_law_says_so() {
        // The Cabinet Office's list, with what makes up for Sundays and lies between holidays.
        for closed in [
            "2026-01-01",
            "2026-01-02",
            "2026-01-12",
            "2026-02-11",
            "2026-02-23",
            "2026-03-20",
            "2026-04-29",
            "2026-05-04",
            "2026-05-05",
            "2026-05-06",
            "2026-07-20",
            "2026-08-11",
            "2026-09-21",
            "2026-09-22",
            "2026-09-23",
            "2026-10-12",
            "2026-11-03",
            "2026-11-23",
            "2026-12-31",
            "2026-11-28",
            "2020-07-23",
            "2020-08-10",
            "2021-08-09",
            "2024-02-12",
        ] {
            assert_eq!(is_business_day(noon(closed)), Some(false), "{closed}");
        }
        for open in ["2026-01-05", "2026-11-26", "2020-10-12", "2021-07-19", "2026-12-30"] {
            assert_eq!(is_business_day(noon(open)), Some(true), "{open}");
        }
        assert_eq!(is_business_day(noon("2019-05-01")), None);
    }

    #[test]
    fn the_day_turns_at_midnight_in_tokyo() {
        let before: Timestamp = "2026-01-31T14:59:59Z".parse().unwrap();
        let after: Timestamp = "2026-01-31T15:00:00Z".parse().unwrap();
        assert_eq!((time_of_day(before), time_of_day(after)), (86_399, 0));
        assert_eq!((is_month_edge(before), is_month_edge(after)), (Some(true), Some(true)));
        assert_eq!(is_month_edge(noon("2026-01-15")), Some(false));
        assert_eq!(is_month_edge(noon("2028-02-28")), Some(false));
        assert_eq!(is_month_edge(noon("2028-02-29")), Some(true));
    }
}
