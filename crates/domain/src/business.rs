//! Days on which companies work: what people are promised in business days is counted here.
//!
//! Japan's public holidays follow from the law (国民の祝日に関する法律) and need no table: fixed
//! days, Mondays, the two equinoxes, the day after a Sunday one and a day between two. Banks rest
//! from 31 December to 3 January as well (銀行法施行令5条).

use jiff::{
    Timestamp, ToSpan as _,
    civil::{Date, Weekday},
    tz,
};

/// The most days that are ever counted ahead.
const DAYS_MAX: u16 = 400;

/// The day of March or September on which an equinox falls, from 1980 to 2099.
fn equinox(year: i16, micros: i64) -> Option<i8> {
    let past = i64::from(year).checked_sub(1_980).filter(|past| (0..120).contains(past))?;
    let drift = past.checked_mul(242_194)?.checked_add(micros)?.checked_div(1_000_000)?;
    i8::try_from(drift.checked_sub(past.checked_div(4)?)?).ok()
}

/// A day with a name of its own in the law.
fn is_named(day: Date) -> bool {
    let of_month = day.day();
    let week = of_month.saturating_sub(1).checked_div(7).unwrap_or(0);
    let is_monday = |nth: i8| day.weekday() == Weekday::Monday && week == nth.saturating_sub(1);
    match day.month() {
        1 => of_month == 1 || is_monday(2),
        2 => of_month == 11 || of_month == 23,
        3 => equinox(day.year(), 20_843_100) == Some(of_month),
        4 => of_month == 29,
        5 => (3..=5).contains(&of_month),
        7 => is_monday(3),
        8 => of_month == 11,
        9 => is_monday(3) || equinox(day.year(), 23_248_800) == Some(of_month),
        10 => is_monday(2),
        11 => of_month == 3 || of_month == 23,
        _ => false,
    }
}

fn before(day: Date) -> Date {
    day.yesterday().unwrap_or(day)
}

fn next(day: Date) -> Date {
    day.tomorrow().unwrap_or(day)
}

/// Whether `day` is a public holiday (国民の祝日, 振替休日, 国民の休日).
#[must_use]
pub fn is_holiday(day: Date) -> bool {
    if is_named(day) || (is_named(before(day)) && is_named(next(day))) {
        return true;
    }
    // The first day after a run of holidays in which a Sunday was one.
    let mut run = before(day);
    for _ in 0..7 {
        if !is_named(run) {
            return false;
        }
        if run.weekday() == Weekday::Sunday {
            return true;
        }
        run = before(run);
    }
    false
}

/// Whether banks and wallets work on `day`.
#[must_use]
pub fn is_business_day(day: Date) -> bool {
    let is_weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
    let is_new_year = match day.month() {
        12 => day.day() == 31,
        1 => day.day() <= 3,
        _ => false,
    };
    !is_weekend && !is_new_year && !is_holiday(day)
}

/// The `days`th business day after `day`; the day itself does not count.
#[must_use]
pub fn after(day: Date, days: u16) -> Date {
    let (mut at, mut left) = (day, days.min(DAYS_MAX));
    while left > 0 {
        at = next(at);
        if is_business_day(at) {
            left = left.saturating_sub(1);
        }
    }
    at
}

/// How many business days are after `from`, up to and with `to`.
#[must_use]
pub fn between(from: Date, to: Date) -> u16 {
    let (mut at, mut count) = (from, 0_u16);
    while at < to && count < DAYS_MAX {
        at = next(at);
        count = count.saturating_add(u16::from(is_business_day(at)));
    }
    count
}

/// The end of `day` in Japan: what is due on it is late from then on.
#[must_use]
pub fn end_of(day: Date) -> Timestamp {
    let midnight = next(day).to_datetime(jiff::civil::Time::midnight());
    let at = tz::TimeZone::fixed(tz::offset(9)).to_timestamp(midnight);
    at.unwrap_or_else(|_| Timestamp::MAX.saturating_sub(1.second()).unwrap_or(Timestamp::MAX))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn the_holidays_of_2026_are_those_that_the_cabinet_office_names() {
        let named = [
            (1, 1),
            (1, 12),
            (2, 11),
            (2, 23),
            (3, 20),
            (4, 29),
            (5, 3),
            (5, 4),
            (5, 5),
            (5, 6),
            (7, 20),
            (8, 11),
            (9, 21),
            (9, 22),
            (9, 23),
            (10, 12),
            (11, 3),
            (11, 23),
        ];
        let mut day = date(2026, 1, 1);
        let mut found = Vec::new();
        while day.year() == 2026 {
            if is_holiday(day) {
                found.push((day.month(), day.day()));
            }
            day = next(day);
        }

        assert_eq!(found, named);
    }

    #[test]
    fn a_week_in_may_and_the_turn_of_the_year_are_not_counted() {
        assert_eq!(after(date(2026, 4, 28), 1), date(2026, 4, 30));
        assert_eq!(after(date(2026, 5, 1), 1), date(2026, 5, 7));
        assert_eq!(after(date(2026, 12, 30), 1), date(2027, 1, 4));
        assert_eq!(after(date(2026, 11, 26), 5), date(2026, 12, 3));
        assert_eq!(between(date(2026, 11, 26), date(2026, 12, 3)), 5);
    }

    #[test]
    fn a_day_ends_at_midnight_in_japan() {
        assert_eq!(end_of(date(2026, 11, 26)).to_string(), "2026-11-26T15:00:00Z");
    }
}
