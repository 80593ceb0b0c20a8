//! Dates as statements print them: Western and Japanese years, every separator.

use std::borrow::Cow;

use jiff::civil::Date;
use unicode_normalization::UnicodeNormalization as _;

/// The eras (和暦) that a statement can mention, by letter and by name, with their first year and how
/// many they have. Systems that were not changed in time went on with 平成 for some years.
const ERAS: [(&str, &str, i16, i16); 3] =
    [("R", "令和", 2019, 99), ("H", "平成", 1989, 40), ("S", "昭和", 1926, 64)];

/// Reads `2026/7/3`, `2026-07-03`, `2026.07.28`, `20260728`, `2026年7月3日`, `R8.9.3`, `令和8年9月3日`
/// and the year-month-day of a shared banking service (`080903`: 令和8年).
///
/// A time of day behind a space is ignored. A date without a year is none: guessing the year would
/// move money in time.
#[must_use]
pub fn parse(text: &str) -> Option<Date> {
    let text = plain(text);
    let text = text.split([' ', 'T']).next().unwrap_or_default();
    if text.is_empty() {
        return None;
    }
    if text.bytes().all(|b| b.is_ascii_digit()) {
        return from_digits(text);
    }
    let (of_era, rest) = era(text);
    let mut parts = rest.split(SEPARATORS).filter(|p| !p.is_empty());
    let year = number(parts.next()?, true)?;
    let (month, day) = (number(parts.next()?, false)?, number(parts.next()?, false)?);
    if parts.next().is_some() {
        return None;
    }
    let year = match of_era {
        Some((first, years)) if (1..=years).contains(&year) => {
            first.checked_add(year)?.checked_sub(1)?
        }
        None if year >= 1900 => year,
        Some(_) | None => return None,
    };
    date(year, month, day)
}

/// What stands between year, month and day.
pub(crate) const SEPARATORS: [char; 6] = ['/', '-', '.', '年', '月', '日'];

/// In one width, without the blanks that a passbook puts before a single digit: `8- 8-31`.
pub(crate) fn plain(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    let text: Cow<'_, str> =
        if text.is_ascii() { Cow::Borrowed(text) } else { Cow::Owned(text.nfkc().collect()) };
    if !text.contains(' ') {
        return text;
    }
    let mut joined = String::with_capacity(text.len());
    for c in text.chars().filter(|c| *c != '日') {
        let is_inside = joined.ends_with(SEPARATORS) || joined.ends_with(['和', '成', 'R', 'H']);
        if c != ' ' || !is_inside {
            joined.push(c);
        }
    }
    Cow::Owned(joined)
}

/// Whether this may be a date that was cut: nothing but digits and what stands between them.
pub(crate) fn may_be_part(text: &str) -> bool {
    let text = plain(text);
    text.chars().all(|c| c.is_ascii_digit() || SEPARATORS.contains(&c))
}

/// First year and number of years.
type Era = (i16, i16);

fn era(text: &str) -> (Option<Era>, &str) {
    for (letter, name, first, years) in ERAS {
        if let Some(rest) = text.strip_prefix(letter).or_else(|| text.strip_prefix(name)) {
            return (Some((first, years)), rest.trim_start_matches('.'));
        }
    }
    (None, text)
}

fn number(text: &str, is_year: bool) -> Option<i16> {
    if is_year && text == "元" { Some(1) } else { text.trim().parse().ok() }
}

fn from_digits(text: &str) -> Option<Date> {
    let part = |from: usize, to: usize| text.get(from..to)?.parse::<i16>().ok();
    match text.len() {
        8 => date(part(0, 4)?, part(4, 6)?, part(6, 8)?),
        6 => {
            // Two digits are a Japanese year. No statement still at hand is from 平成1–19, so a
            // small one is of 令和.
            let year = part(0, 2)?;
            let first = if year < 20 { 2019 } else { 1989 };
            date(year.checked_add(first)?.checked_sub(1)?, part(2, 4)?, part(4, 6)?)
        }
        _ => None,
    }
}

fn date(year: i16, month: i16, day: i16) -> Option<Date> {
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn dates_are_read_as_banks_print_them() {
        for (text, expected) in [
            ("2026/7/3", Some(date(2026, 7, 3))),
            ("2026-07-03", Some(date(2026, 7, 3))),
            ("2026.07.28", Some(date(2026, 7, 28))),
            ("20260728", Some(date(2026, 7, 28))),
            ("2026年7月3日", Some(date(2026, 7, 3))),
            ("２０２６／０７／０３", Some(date(2026, 7, 3))),
            ("2026/07/03 12:33:00", Some(date(2026, 7, 3))),
            ("R8.9.3", Some(date(2026, 9, 3))),
            ("令和8年9月3日", Some(date(2026, 9, 3))),
            ("令和元年5月1日", Some(date(2019, 5, 1))),
            ("H30.1.5", Some(date(2018, 1, 5))),
            ("080903", Some(date(2026, 9, 3))),
            ("280503", Some(date(2016, 5, 3))),
            ("R8. 8.31", Some(date(2026, 8, 31))),
            ("令和 8年 8月31日", Some(date(2026, 8, 31))),
            ("2026年 8月 3日 12:00", Some(date(2026, 8, 3))),
            ("S64.1.5", Some(date(1989, 1, 5))),
            ("R0.7.25", None),
            ("S65.7.27", None),
            ("S100.1.1", None),
            ("7/3", None),
            ("26/7/3", None),
            ("2026/2/30", None),
            ("2026/7/3/1", None),
            ("合計", None),
            ("", None),
        ] {
            assert_eq!(parse(text), expected, "{text:?}");
        }
    }
}
