//! Moments and spans as people write them, in Japan's time.

use jiff::{Timestamp, Zoned, civil::Date, tz};
use maud::{Markup, html};

use crate::Lang;

/// Japan's clock: nine hours ahead all year, so that no time zone database is needed.
fn in_japan(at: Timestamp) -> Zoned {
    at.to_zoned(tz::TimeZone::fixed(tz::offset(9)))
}

/// `2026年11月22日 21:05`, `22 Nov 2026, 21:05`.
#[must_use]
pub fn instant(lang: Lang, at: Timestamp) -> String {
    let separator = match lang {
        Lang::Ja => " ",
        Lang::En => ", ",
    };
    format!("{}{separator}{}", date(lang, at), clock(at))
}

/// [`instant`] as an element that machines can read too.
#[must_use]
pub fn time(lang: Lang, at: Timestamp) -> Markup {
    html! { time datetime=(at) { (instant(lang, at)) } }
}

/// The day of an instant in Japan: `2026年11月22日`, `22 Nov 2026`.
#[must_use]
pub fn date(lang: Lang, at: Timestamp) -> String {
    civil_date(lang, in_japan(at).date())
}

/// A day: `2026年11月22日`, `22 Nov 2026`.
#[must_use]
pub fn civil_date(lang: Lang, day: Date) -> String {
    match lang {
        Lang::Ja => format!("{}年{}月{}日", day.year(), day.month(), day.day()),
        Lang::En => day.strftime("%-d %b %Y").to_string(),
    }
}

/// A month that is written `2026-11`: `2026年11月`, `Nov 2026`; anything else as it is.
#[must_use]
pub fn month(lang: Lang, written: &str) -> String {
    match (lang, first_of(written)) {
        (_, None) => written.to_owned(),
        (Lang::Ja, Some(day)) => format!("{}年{}月", day.year(), day.month()),
        (Lang::En, Some(day)) => day.strftime("%b %Y").to_string(),
    }
}

/// [`month`] beside the others of a year, under a picture on a phone: `11月`, `Nov`.
#[must_use]
pub fn short_month(lang: Lang, written: &str) -> String {
    match (lang, first_of(written)) {
        (_, None) => written.to_owned(),
        (Lang::Ja, Some(day)) => format!("{}月", day.month()),
        (Lang::En, Some(day)) => day.strftime("%b").to_string(),
    }
}

fn first_of(month: &str) -> Option<Date> {
    format!("{month}-01").parse().ok()
}

/// The time of day in Japan: `21:05`.
#[must_use]
pub fn clock(at: Timestamp) -> String {
    let local = in_japan(at);
    format!("{:02}:{:02}", local.hour(), local.minute())
}

/// The day of an instant in Japan beside other days of the same weeks: `11/22`.
#[must_use]
pub fn month_day(at: Timestamp) -> String {
    let local = in_japan(at);
    format!("{}/{}", local.month(), local.day())
}

/// A length of time in its largest whole unit: `30日`, `24時間`, `5分`; `30 days`, `1 hour`.
///
/// Days begin at two: a window of 86,400 seconds rolls, and `24時間` says so.
#[must_use]
pub fn span(lang: Lang, secs: u64) -> String {
    let whole = |unit: u64| {
        let fits = secs >= unit && secs.is_multiple_of(unit);
        if fits { secs.checked_div(unit) } else { None }
    };
    let (count, ja, en) = if let Some(days) = whole(86_400).filter(|days| *days > 1) {
        (days, "日", "day")
    } else if let Some(hours) = whole(3_600) {
        (hours, "時間", "hour")
    } else if let Some(minutes) = whole(60) {
        (minutes, "分", "minute")
    } else {
        (secs, "秒", "second")
    };
    match lang {
        Lang::Ja => format!("{count}{ja}"),
        Lang::En if count == 1 => format!("{count} {en}"),
        Lang::En => format!("{count} {en}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_shown_in_japan_whatever_the_day_elsewhere() {
        let at: Timestamp = "2026-11-22T15:05:00Z".parse().unwrap();

        assert_eq!(instant(Lang::Ja, at), "2026年11月23日 00:05");
        assert_eq!(instant(Lang::En, at), "23 Nov 2026, 00:05");
    }

    #[test]
    fn months_are_written_as_people_write_them_and_what_is_none_is_left_alone() {
        assert_eq!(month(Lang::Ja, "2026-11"), "2026年11月");
        assert_eq!(month(Lang::En, "2026-11"), "Nov 2026");
        assert_eq!(short_month(Lang::Ja, "2026-06"), "6月");
        assert_eq!(short_month(Lang::En, "2026-06"), "Jun");
        assert_eq!(month(Lang::Ja, "2026-13"), "2026-13");
    }

    #[test]
    fn spans_use_their_largest_whole_unit() {
        assert_eq!(span(Lang::Ja, 86_400), "24時間");
        assert_eq!(span(Lang::Ja, 30 * 86_400), "30日");
        assert_eq!(span(Lang::En, 3_600), "1 hour");
        assert_eq!(span(Lang::En, 300), "5 minutes");
        assert_eq!(span(Lang::En, 90), "90 seconds");
    }
}
