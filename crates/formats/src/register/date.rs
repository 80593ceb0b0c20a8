//! Dates as banks' systems write them, Western or Japanese years (和暦). Never one without an era or
//! with a year of two digits: which century it means would be a guess.

use jiff::civil::{Date, date};
use unicode_normalization::UnicodeNormalization as _;

/// The eras: letter, name, first day, last day.
const ERAS: [(&str, &str, Date, Date); 3] = [
    ("R", "令和", date(2019, 5, 1), date(9999, 12, 31)),
    ("H", "平成", date(1989, 1, 8), date(2019, 4, 30)),
    ("S", "昭和", date(1926, 12, 25), date(1989, 1, 7)),
];

/// Reads `2026-07-03`, `2026/7/3`, `20260703`, `2026年7月3日`, `R8.7.3` and `令和8年7月3日`; a day must
/// be of its era.
pub(super) fn parse(text: &str) -> Option<Date> {
    let text: String = text.nfkc().collect();
    let text = text.trim();
    if text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let part = |from, to| text.get(from..to)?.parse::<i16>().ok();
        return day(part(0, 4)?, part(4, 6)?, part(6, 8)?);
    }
    let era = ERAS.iter().find_map(|(letter, name, first, last)| {
        let rest = text.strip_prefix(letter).or_else(|| text.strip_prefix(name))?;
        Some((rest.trim_start_matches('.'), *first, *last))
    });
    let Some((rest, first, last)) = era else {
        let (year, month, on) = parts(text)?;
        return (year >= 1900).then(|| day(year, month, on)).flatten();
    };
    let (year, month, on) = parts(rest)?;
    let found = day(first.year().checked_add(year)?.checked_sub(1)?, month, on)?;
    (year >= 1 && first <= found && found <= last).then_some(found)
}

fn parts(text: &str) -> Option<(i16, i16, i16)> {
    let text = text.strip_suffix('日').unwrap_or(text);
    let mut parts = text.split(['/', '-', '.', '年', '月']);
    let mut next = || parts.next().map(str::trim);
    let year = next()?;
    let year = if year == "元" { 1 } else { year.parse().ok()? };
    let (month, on) = (next()?.parse().ok()?, next()?.parse().ok()?);
    next().is_none().then_some((year, month, on))
}

fn day(year: i16, month: i16, on: i16) -> Option<Date> {
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(on).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_and_never_guessed() {
        for (text, expected) in [
            ("2026-07-03", Some(date(2026, 7, 3))),
            ("2026/7/3", Some(date(2026, 7, 3))),
            ("20260703", Some(date(2026, 7, 3))),
            ("２０２６年７月３日", Some(date(2026, 7, 3))),
            ("R8.7.3", Some(date(2026, 7, 3))),
            ("令和8年7月3日", Some(date(2026, 7, 3))),
            ("令和元年5月1日", Some(date(2019, 5, 1))),
            ("㍻30年1月5日", Some(date(2018, 1, 5))),
            ("S64.1.7", Some(date(1989, 1, 7))),
            ("H31.5.1", None),
            ("R0.1.1", None),
            ("令和元年4月30日", None),
            ("8.7.3", None),
            ("080703", None),
            ("26/7/3", None),
            ("7/3/2026", None),
            ("2026/2/30", None),
            ("2026/7/3 0:00", None),
            ("", None),
        ] {
            assert_eq!(parse(text), expected, "{text:?}");
        }
    }
}
