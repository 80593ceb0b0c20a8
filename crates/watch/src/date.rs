//! Dates as statements print them: Western and Japanese years, every separator.

use std::borrow::Cow;

use jiff::civil::{Date, Weekday};
use unicode_normalization::UnicodeNormalization as _;

use crate::short_date;

/// The eras (和暦) that a statement can mention, by letter and by name, with their first year and how
/// many they have. Systems that were not changed in time went on with 平成 for some years.
const ERAS: [(&str, &str, i16, i16); 3] =
    [("R", "令和", 2019, 99), ("H", "平成", 1989, 40), ("S", "昭和", 1926, 64)];

/// Why a text is no day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoDate {
    /// It is none.
    Not,
    /// The day of the week beside it is that of another day.
    Weekday,
    /// It does not say its year.
    Year(MonthDay),
}

/// A month, a day and a day of the week, which together prove the year that the lines around them say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MonthDay {
    month: i8,
    day: i8,
    pub(crate) weekday: Weekday,
}

impl MonthDay {
    fn parse(text: &str, weekday: Weekday) -> Option<Self> {
        let text = plain(text);
        let mut parts = text.split(SEPARATORS).filter(|p| !p.is_empty()).map(str::parse);
        let (month, day) = (parts.next()?.ok()?, parts.next()?.ok()?);
        let is_any_day = (1..=12).contains(&month) && (1..=31).contains(&day);
        (is_any_day && parts.next().is_none()).then_some(Self { month, day, weekday })
    }

    /// In a year, if that has such a day.
    pub(crate) fn in_year(self, year: i16) -> Option<Date> {
        Date::new(year, self.month, self.day).ok()
    }

    /// As it is shown again.
    pub(crate) fn shown(self) -> String {
        format!("{}/{}({})", self.month, self.day, name_of(self.weekday))
    }
}

/// Reads `2026/7/3`, `2026-07-03`, `2026.07.28`, `20260728`, `2026年7月3日`, `R8.9.3`, `令和8年9月3日`,
/// each with a day of the week or without.
///
/// A time of day behind a space is ignored. A date without a year is none: guessing the year would
/// move money in time. Nor is one of six digits, whose year may be of an era or of the West, nor one
/// whose day of the week is another day's.
#[must_use]
pub fn parse(text: &str) -> Option<Date> {
    read(text).ok()
}

/// Why an answer is no day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoAnswer {
    /// It is none, or does not say its year.
    Not,
    /// Six digits that are two days: 平成20年 and 2020 for `200910`.
    Either(Date, Date),
}

/// Reads a date that somebody wrote as an answer: all that [`parse`] reads, and the day as the English
/// report prints it.
///
/// # Errors
/// Six digits are refused with both days that they may be, unless they can be only one.
pub fn answer(text: &str, today: Date) -> Result<Date, NoAnswer> {
    let text = text.trim();
    if is_six_digits(text) {
        let has_come = |day: &Date| *day <= today;
        let days = short_date::readings(text).into_iter().filter(has_come).collect::<Vec<_>>();
        return match days.as_slice() {
            [] => Err(NoAnswer::Not),
            [day] => Ok(*day),
            [first, .., last] => Err(NoAnswer::Either(*first, *last)),
        };
    }
    let in_english = || {
        let forms = ["%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%b %d %Y", "%B %d %Y"];
        forms.iter().find_map(|form| Date::strptime(form, text).ok())
    };
    parse(text).or_else(in_english).ok_or(NoAnswer::Not)
}

/// `200910`: a year of an era or of the West.
pub(crate) fn is_six_digits(text: &str) -> bool {
    let text = text.trim();
    text.len() == 6 && text.bytes().all(|b| b.is_ascii_digit())
}

pub(crate) fn read(text: &str) -> Result<Date, NoDate> {
    let (text, weekday) = without_weekday(text);
    match (of_year(&text), weekday) {
        (Some(day), Some(weekday)) if day.weekday() != weekday => Err(NoDate::Weekday),
        (Some(day), _) => Ok(day),
        (None, Some(weekday)) => {
            Err(MonthDay::parse(&text, weekday).map_or(NoDate::Not, NoDate::Year))
        }
        (None, None) => Err(NoDate::Not),
    }
}

/// The days of the week as they stand behind a date.
const WEEKDAYS: [(Weekday, char, &str); 7] = [
    (Weekday::Monday, '月', "mon"),
    (Weekday::Tuesday, '火', "tue"),
    (Weekday::Wednesday, '水', "wed"),
    (Weekday::Thursday, '木', "thu"),
    (Weekday::Friday, '金', "fri"),
    (Weekday::Saturday, '土', "sat"),
    (Weekday::Sunday, '日', "sun"),
];

/// As it stands behind a date.
pub(crate) fn name_of(weekday: Weekday) -> char {
    WEEKDAYS.iter().find(|day| day.0 == weekday).map_or('?', |day| day.1)
}

/// A date without the day of the week beside it, `(火)`, `（火・祝）`, `火曜日` or `(Tue)`, and that.
pub(crate) fn without_weekday(text: &str) -> (Cow<'_, str>, Option<Weekday>) {
    let text = text.trim();
    let text: Cow<'_, str> =
        if text.is_ascii() { Cow::Borrowed(text) } else { Cow::Owned(text.nfkc().collect()) };
    let parted = text.split_once('(').and_then(|(before, rest)| {
        let (inside, after) = rest.split_once(')')?;
        Some((before, weekday(inside)?, after))
    });
    let parted = parted.or_else(|| {
        let (before, after) = text.split_once('曜')?;
        let day = before.chars().next_back()?;
        let before = before.get(..before.len().checked_sub(day.len_utf8())?)?;
        Some((
            before,
            weekday(day.encode_utf8(&mut [0; 4]))?,
            after.strip_prefix('日').unwrap_or(after),
        ))
    });
    match parted {
        Some((before, day, after)) => {
            (Cow::Owned(format!("{}{after}", before.trim_end())), Some(day))
        }
        None => (text, None),
    }
}

fn weekday(text: &str) -> Option<Weekday> {
    let text = text.trim();
    let mut letters = text.chars();
    let first = letters.next()?;
    let is_end = matches!(letters.as_str(), "" | "曜" | "曜日" | "祝" | "・祝" | "休" | "・休");
    let is_it = |(_, name, english): &&(Weekday, char, &str)| {
        let is_english = text.is_ascii() && text.to_ascii_lowercase().starts_with(english);
        (is_end && *name == first) || is_english
    };
    WEEKDAYS.iter().find(is_it).map(|(day, _, _)| *day)
}

fn of_year(text: &str) -> Option<Date> {
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
    if text.len() != 8 {
        return None;
    }
    date(part(0, 4)?, part(4, 6)?, part(6, 8)?)
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
            ("080903", None),
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
            ("2020/9/1(火)", Some(date(2020, 9, 1))),
            ("2020年9月1日（火）", Some(date(2020, 9, 1))),
            ("2020/09/06 (日) 12:33", Some(date(2020, 9, 6))),
            ("R2.9.1㈫", Some(date(2020, 9, 1))),
            ("令和2年9月21日(月・祝)", Some(date(2020, 9, 21))),
            ("2020年9月1日火曜日", Some(date(2020, 9, 1))),
            ("2020-09-01 (Tue)", Some(date(2020, 9, 1))),
            ("2020/9/1(水)", None),
            ("2020/9/1(仮)", None),
            ("9月1日（火）", None),
        ] {
            assert_eq!(parse(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_date_with_its_weekday_tells_why_it_is_none() {
        assert_eq!(read("2020/9/1(水)"), Err(NoDate::Weekday));
        let Err(NoDate::Year(bare)) = read("9月1日（火）") else { panic!() };
        assert_eq!((bare.in_year(2020), bare.shown()), (Some(date(2020, 9, 1)), "9/1(火)".into()));
        assert_eq!(read("9/1"), Err(NoDate::Not));
        assert_eq!(read("13/1(火)"), Err(NoDate::Not));
    }

    #[test]
    fn an_answer_is_written_in_the_usual_ways() {
        let today = date(2026, 11, 27);
        for text in [
            "2020-09-10",
            "2020/9/10",
            "2020-9-10",
            "2020.9.10",
            "2020年9月10日",
            "20200910",
            "R2.9.10",
            "令和2年9月10日",
            "２０２０／９／１０",
            "2020/9/10(木)",
            "10 Sep 2020",
            "Sep 10, 2020",
            "10 September 2020",
        ] {
            assert_eq!(answer(text, today), Ok(date(2020, 9, 10)), "{text}");
        }
        for text in ["9/10/2020", "9/10", "きのう", "", "991399"] {
            assert_eq!(answer(text, today), Err(NoAnswer::Not), "{text}");
        }
        let either = NoAnswer::Either(date(2008, 9, 10), date(2020, 9, 10));
        assert_eq!(answer("200910", today), Err(either), "平成20年 or 2020");
        let either = NoAnswer::Either(date(1996, 9, 10), date(2026, 9, 10));
        assert_eq!(answer("080910", today), Err(either), "平成8年, 2008 or 令和8年");
    }
}
