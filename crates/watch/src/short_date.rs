//! Years as passbooks print them: `08-08-31`, `8.8.31`, without the era (元号) that everybody knew that day.
//!
//! Such a year is one of the present era (令和), unless that has not come yet. What is left may be one of
//! the era before (平成) or the last two digits of a Western one: the reading in which all lines follow
//! each other, none of them in the future, is the right one if it is the only one. If it is not, whoever
//! typed it is asked: a guess would move money by twelve years.

use jiff::civil::{Date, Weekday};

use crate::{
    date::{self, SEPARATORS, plain, without_weekday},
    error::ReadError,
    layout::Layout,
    statement::Line,
};

/// A year that says no era, a month and a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Short {
    year: i16,
    month: i8,
    day: i8,
    /// Beside it, if it stands there: only years in which it is true are meant.
    weekday: Option<Weekday>,
}

/// The first day of 令和, and of 平成.
const REIWA: Date = jiff::civil::date(2019, 5, 1);
const HEISEI: Date = jiff::civil::date(1989, 1, 8);
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
        let (text, weekday) = without_weekday(text);
        let text = plain(&text);
        if text.len() == 6 && text.bytes().all(|b| b.is_ascii_digit()) {
            let found = Self::of([text.get(..2)?, text.get(2..4)?, text.get(4..)?])?;
            return Some(Self { weekday, ..found });
        }
        let mut parts = text.split(SEPARATORS).filter(|part| !part.is_empty());
        let found = Self::of([parts.next()?, parts.next()?, parts.next()?])?;
        parts.next().is_none().then_some(Self { weekday, ..found })
    }

    fn of(parts: [&str; 3]) -> Option<Self> {
        if parts.iter().any(|p| p.len() > 2 || !p.bytes().all(|b| b.is_ascii_digit())) {
            return None;
        }
        let [year, month, day] = parts;
        let (year, month, day) = (year.parse().ok()?, month.parse().ok()?, day.parse().ok()?);
        let found = Self { year, month, day, weekday: None };
        let is_any_day = (1..=12).contains(&found.month) && (1..=31).contains(&found.day);
        is_any_day.then_some(found)
    }

    fn after(self, year_zero: i16) -> Option<Date> {
        let day = Date::new(year_zero.checked_add(self.year)?, self.month, self.day).ok()?;
        self.weekday.is_none_or(|weekday| weekday == day.weekday()).then_some(day)
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

    /// Every day that it may be and that has come, the oldest first.
    fn days(self, today: Date) -> Vec<Date> {
        let days = YEARS.into_iter().filter_map(|years| self.in_years(years));
        let mut days: Vec<Date> = days.filter(|day| *day <= today).collect();
        days.sort_unstable();
        days.dedup();
        days
    }

    fn shown(self) -> String {
        let weekday = self.weekday.map(date::name_of).map(|name| format!("({name})"));
        let (year, month, day) = (self.year, self.month, self.day);
        format!("{year:02}-{month:02}-{day:02}{}", weekday.unwrap_or_default())
    }

    /// In these years there is no such day, or it is another day of the week.
    fn refused(self, line: u32) -> ReadError {
        let text = self.shown();
        match self.weekday {
            Some(_) => ReadError::Weekday { line, text },
            None => ReadError::Date { line, text, is_typed: true },
        }
    }
}

const YEARS: [Years; 3] = [Years::Reiwa, Years::Heisei, Years::Western];

/// The days that six digits may be, in any year.
pub(crate) fn readings(text: &str) -> Vec<Date> {
    Short::parse(text).map(|short| short.days(Date::MAX)).unwrap_or_default()
}

/// What is known beside the lines.
#[derive(Clone, Copy)]
pub(crate) struct Known {
    /// How the file is laid out.
    pub(crate) layout: &'static Layout,
    /// No line is of a later day.
    pub(crate) today: Date,
    /// A day that stands above the header, such as the end of what was asked for.
    pub(crate) hint: Option<Date>,
}

/// The newest day that the lines above a header say, with its year.
pub(crate) fn said_above(preamble: &[Vec<String>], today: Date) -> Option<Date> {
    let parts = preamble.iter().flatten().flat_map(|cell| cell.split(['~', '〜', ':', '(', ')']));
    let days = parts.filter_map(|part| {
        let from = part.find(|c: char| c.is_ascii_digit()).unwrap_or(0);
        date::parse(part).or_else(|| date::parse(part.get(from..)?))
    });
    days.filter(|day| *day <= today).max()
}

/// Gives every line of `shorts` (its place and what it says) its day.
pub(crate) fn resolve(
    lines: &mut [Line],
    shorts: &[(usize, Short)],
    known: Known,
) -> Result<(), ReadError> {
    let mut open = Vec::new();
    for (place, short) in shorts {
        let Some(line) = lines.get_mut(*place) else { continue };
        if !known.layout.counts_in_eras() || !short.is_present(known.today) {
            open.push((*place, *short));
            continue;
        }
        line.date = match short.in_years(Years::Reiwa) {
            None => return Err(short.refused(line.line)),
            Some(day) if day > known.today => {
                return Err(ReadError::Future { line: line.line, text: short.shown() });
            }
            Some(day) => day,
        };
    }
    for ((place, _), day) in open.iter().zip(chosen(lines, &open, known)?) {
        if let Some(line) = lines.get_mut(*place) {
            line.date = day;
        }
    }
    Ok(())
}

/// The days of `open` in the one way to count in which all lines follow each other.
fn chosen(lines: &[Line], open: &[(usize, Short)], known: Known) -> Result<Vec<Date>, ReadError> {
    let Some((first, asked)) = open.first() else { return Ok(Vec::new()) };
    let line = lines.get(*first).map_or(0, |line| line.line);
    let mut fitting = Vec::new();
    let mut failed: Option<(usize, ReadError)> = None;
    for years in YEARS {
        match dated(lines, open, years, known) {
            Ok(days) if !fitting.contains(&days) => fitting.push(days),
            // Of readings that fail, the one that went farthest was meant.
            Err(why) if failed.as_ref().is_none_or(|(place, _)| why.0 >= *place) => {
                failed = Some(why);
            }
            Ok(_) | Err(_) => {}
        }
    }
    let mut firsts: Vec<Date> = fitting.iter().filter_map(|days| days.first().copied()).collect();
    firsts.sort_unstable();
    match (firsts.as_slice(), failed) {
        ([older, .., newer], _) => {
            Err(ReadError::Year { line, text: asked.shown(), days: [*older, *newer] })
        }
        ([], Some((_, why))) => Err(why),
        _ => Ok(fitting.pop().unwrap_or_default()),
    }
}

/// The days of `open` as counted in `years`; or the place of the first line that cannot be so, and why.
fn dated(
    lines: &[Line],
    open: &[(usize, Short)],
    years: Years,
    known: Known,
) -> Result<Vec<Date>, (usize, ReadError)> {
    let mut days = Vec::with_capacity(open.len());
    let mut all: Vec<(u32, Date)> = lines.iter().map(|line| (line.line, line.date)).collect();
    for (place, short) in open {
        let Some(entry) = all.get_mut(*place) else { continue };
        let line = entry.0;
        match short.in_years(years) {
            None => return Err((*place, short.refused(line))),
            Some(day) if day > known.today => {
                return Err((*place, ReadError::Future { line, text: short.shown() }));
            }
            Some(day) if known.hint.is_some_and(|hint| is_far(day, hint)) => {
                return Err((*place, short.refused(line)));
            }
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

/// Farther than a bank hands out files of.
fn is_far(day: Date, hint: Date) -> bool {
    day.year().abs_diff(hint.year()) > SILENCE_MAX.unsigned_abs()
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn short(year: i16, month: i8, day: i8) -> Short {
        Short { year, month, day, weekday: None }
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
            ("8.8.31(月)", Some(Short { weekday: Some(Weekday::Monday), ..short(8, 8, 31) })),
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
