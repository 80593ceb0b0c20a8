//! Years as passbooks print them: `08-08-31`, `8.8.31`, without the era (元号) that everybody knew that day.
//!
//! Such a year is one of the present era (令和), unless that has not come yet. What is left may be one of
//! the era before (平成) or the last two digits of a Western one: the reading in which all lines follow
//! each other, none of them in the future, is the right one if it is the only one. If it is not, whoever
//! typed it is asked: a guess would move money by twelve years.

use jiff::civil::{Date, date};

use crate::{
    date::{SEPARATORS, plain},
    read::ReadError,
    statement::Line,
};

/// A year that says no era, a month and a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Short {
    year: i16,
    month: i8,
    day: i8,
}

/// The first day of 令和, and of 平成.
const REIWA: Date = date(2019, 5, 1);
const HEISEI: Date = date(1989, 1, 8);
/// An account on which nothing moved for so long is asleep (休眠預金等活用法) and prints no lines: two that
/// are farther apart are of two readings.
const SILENCE_MAX: i16 = 10;

/// What the years may be counted from.
#[derive(Clone, Copy)]
enum Years {
    Reiwa,
    Heisei,
    Western,
}

impl Short {
    /// None for a date that says its year, and for what is none.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = plain(text);
        if text.len() == 6 && text.bytes().all(|b| b.is_ascii_digit()) {
            return Self::of([text.get(..2)?, text.get(2..4)?, text.get(4..)?]);
        }
        let mut parts = text.split(SEPARATORS).filter(|part| !part.is_empty());
        let found = Self::of([parts.next()?, parts.next()?, parts.next()?])?;
        parts.next().is_none().then_some(found)
    }

    fn of(parts: [&str; 3]) -> Option<Self> {
        if parts.iter().any(|p| p.len() > 2 || !p.bytes().all(|b| b.is_ascii_digit())) {
            return None;
        }
        let [year, month, day] = parts;
        let found =
            Self { year: year.parse().ok()?, month: month.parse().ok()?, day: day.parse().ok()? };
        let is_any_day = (1..=12).contains(&found.month) && (1..=31).contains(&found.day);
        is_any_day.then_some(found)
    }

    fn after(self, year_zero: i16) -> Option<Date> {
        Date::new(year_zero.checked_add(self.year)?, self.month, self.day).ok()
    }

    /// Whether its year of 令和 has come.
    fn is_present(self, today: Date) -> bool {
        self.year > 0 && self.year.checked_add(2018).is_some_and(|year| year <= today.year())
    }

    fn in_years(self, years: Years) -> Option<Date> {
        match years {
            Years::Reiwa => self.after(2018).filter(|day| *day >= REIWA),
            Years::Heisei => self.after(1988).filter(|day| (HEISEI..REIWA).contains(day)),
            Years::Western => self.after(2000),
        }
    }

    fn shown(self) -> String {
        format!("{:02}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// Gives every line of `shorts` (its place and what it says) its day.
pub(crate) fn resolve(
    lines: &mut [Line],
    shorts: &[(usize, Short)],
    today: Date,
) -> Result<(), ReadError> {
    let mut open = Vec::new();
    for (place, short) in shorts {
        let Some(line) = lines.get_mut(*place) else { continue };
        if !short.is_present(today) {
            open.push((*place, *short));
            continue;
        }
        let text = short.shown();
        line.date = match short.in_years(Years::Reiwa) {
            None => return Err(ReadError::Date { line: line.line, text, is_typed: true }),
            Some(day) if day > today => return Err(ReadError::Future { line: line.line, text }),
            Some(day) => day,
        };
    }
    let Some((first, asked)) = open.first() else { return Ok(()) };
    let line = lines.get(*first).map_or(0, |line| line.line);
    let read = [Years::Heisei, Years::Western].map(|years| dated(lines, &open, years, today));
    let days = match read {
        [Ok(_), Ok(_)] => return Err(ReadError::Year { line, text: asked.shown() }),
        [Ok(days), Err(_)] | [Err(_), Ok(days)] => days,
        // Of two readings that fail, the one that went farther was meant.
        [Err((a, heisei)), Err((b, western))] => return Err(if a > b { heisei } else { western }),
    };
    for ((place, _), day) in open.iter().zip(days) {
        if let Some(line) = lines.get_mut(*place) {
            line.date = day;
        }
    }
    Ok(())
}

/// The days of `open` as counted in `years`; or the place of the first line that cannot be so, and why.
fn dated(
    lines: &[Line],
    open: &[(usize, Short)],
    years: Years,
    today: Date,
) -> Result<Vec<Date>, (usize, ReadError)> {
    let mut days = Vec::with_capacity(open.len());
    let mut all: Vec<(u32, Date)> = lines.iter().map(|line| (line.line, line.date)).collect();
    for (place, short) in open {
        let Some(entry) = all.get_mut(*place) else { continue };
        let (line, text) = (entry.0, short.shown());
        match short.in_years(years) {
            None => return Err((*place, ReadError::Date { line, text, is_typed: true })),
            Some(day) if day > today => return Err((*place, ReadError::Future { line, text })),
            Some(day) => {
                entry.1 = day;
                days.push(day);
            }
        }
    }
    let is_newest_first = all.first().map(|f| f.1) > all.last().map(|l| l.1);
    let pairs = all.iter().zip(all.iter().skip(1));
    for (place, ((_, before), (line, after))) in pairs.enumerate() {
        let (older, newer) = if is_newest_first { (after, before) } else { (before, after) };
        if older > newer || newer.year().saturating_sub(older.year()) > SILENCE_MAX {
            return Err((place, ReadError::Order(*line)));
        }
    }
    Ok(days)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn short(year: i16, month: i8, day: i8) -> Short {
        Short { year, month, day }
    }

    #[test]
    fn passbooks_print_years_without_their_era() {
        for (text, expected) in [
            ("08-08-31", Some(short(8, 8, 31))),
            ("8.8.31", Some(short(8, 8, 31))),
            ("08.08.31", Some(short(8, 8, 31))),
            ("8- 8-31", Some(short(8, 8, 31))),
            ("０８－０８－３１", Some(short(8, 8, 31))),
            ("8年8月31日", Some(short(8, 8, 31))),
            ("26/8/31", Some(short(26, 8, 31))),
            ("080831", Some(short(8, 8, 31))),
            ("2026-08-31", None),
            ("R8.8.31", None),
            ("20260831", None),
            ("8.31", None),
            ("8.13.31", None),
            ("8.8.31.1", None),
            ("合計", None),
        ] {
            assert_eq!(Short::parse(text), expected, "{text}");
        }
    }
}
