//! Days as a bank's app prints them: `9月1日（火）`, a month, a day and a day of the week.
//!
//! The year is that of the lines around it or of what stands above the header, and the day of the week
//! proves it. Where nothing says a year, whoever has the file is asked: the same days are Tuesdays again
//! after five or six years.

use jiff::civil::Date;

use crate::{date::MonthDay, error::ReadError, short_date::Known, statement::Line};

/// How far back the years are that somebody is asked about: days of the week come again after five, six
/// or eleven years.
const YEARS_BACK: i16 = 12;

/// Gives every line of `bare` (its place and what it says) its day.
pub(crate) fn resolve(
    lines: &mut [Line],
    bare: &[(usize, MonthDay)],
    known: Known,
) -> Result<(), ReadError> {
    let Some((asked, text)) = bare.first() else { return Ok(()) };
    let is_bare = |place: usize| bare.binary_search_by_key(&place, |(other, _)| *other).is_ok();
    let said = (0..lines.len()).find(|place| !is_bare(*place));
    let from = match (said, known.hint) {
        (Some(place), _) => place,
        (None, Some(hint)) => {
            settle(lines, *asked, *text, Some(hint), known.today)?;
            *asked
        }
        (None, None) => return Err(ask(lines, *asked, *text, known.today)),
    };
    // From a line whose year is known upwards, then down.
    let (above, below) = bare.split_at(bare.partition_point(|(place, _)| *place < from));
    for (place, day) in above.iter().rev() {
        let beside = lines.get(place.saturating_add(1)).map(|line| line.date);
        settle(lines, *place, *day, beside, known.today)?;
    }
    for (place, day) in below.iter().filter(|(place, _)| *place != from) {
        let beside = place.checked_sub(1).and_then(|at| lines.get(at)).map(|line| line.date);
        settle(lines, *place, *day, beside, known.today)?;
    }
    Ok(())
}

/// Which year was it? The newest two that fit.
fn ask(lines: &[Line], place: usize, day: MonthDay, today: Date) -> ReadError {
    let (line, text) = (lines.get(place).map_or(0, |line| line.line), day.shown());
    let years = (0..=YEARS_BACK).filter_map(|back| day.in_year(today.year().checked_sub(back)?));
    let mut fitting = years.filter(|found| *found <= today && found.weekday() == day.weekday);
    match (fitting.next(), fitting.next()) {
        (Some(newer), Some(older)) => ReadError::Year { line, text, days: [older, newer] },
        _ => ReadError::NoYear { line, text },
    }
}

fn settle(
    lines: &mut [Line],
    place: usize,
    day: MonthDay,
    beside: Option<Date>,
    today: Date,
) -> Result<(), ReadError> {
    let (Some(beside), Some(line)) = (beside, lines.get_mut(place)) else { return Ok(()) };
    let text = day.shown();
    let Some(found) = nearest(day, beside) else {
        return Err(ReadError::NoYear { line: line.line, text });
    };
    if found.weekday() != day.weekday {
        return Err(ReadError::Weekday { line: line.line, text });
    }
    if found > today {
        return Err(ReadError::Future { line: line.line, text });
    }
    line.date = found;
    Ok(())
}

/// The day that is nearest to the one beside it: over the end of a year that is another year's.
fn nearest(day: MonthDay, beside: Date) -> Option<Date> {
    let away = |found: &Date| beside.until(*found).map_or(i32::MAX, |span| span.get_days().abs());
    (-1..=1)
        .filter_map(|years: i16| day.in_year(beside.year().checked_add(years)?))
        .min_by_key(away)
}
