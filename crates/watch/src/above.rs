//! What stands above the lines of a statement: a header that cannot be read, and the bank's word of the balance,
//! of how many lines there are, and of which days they are.
//!
//! ゆうちょダイレクト prints 現在高 (of the moment of the download), 出力日時, 照会対象 or 日付指定, and 明細件数.

use jiff::civil::Date;

use crate::{
    amount::{self, Cell, Money},
    date,
    layout::Columns,
};

/// What a bank says above the lines of the file itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Above {
    /// The balance at the moment of the download (現在高).
    pub present: Option<Money>,
    /// How many lines there are (明細件数).
    pub count: Option<usize>,
    /// The last day that was asked for.
    pub until: Option<Date>,
    /// The day of the download (出力日時).
    pub made_on: Option<Date>,
}

/// Labels of the days that were asked for.
const PERIODS: [&str; 5] = ["日付指定", "照会対象", "照会期間", "対象期間", "期間"];

impl Above {
    /// From the lines above a header, cell by cell, in one width and without blanks.
    pub(crate) fn of(preamble: &[Vec<String>]) -> Self {
        let rows = || preamble.iter().map(Vec::as_slice);
        Self {
            present: rows().find_map(present_balance),
            count: rows().find_map(|cells| figures(&behind(cells, &["明細件数"])?)),
            until: rows().find_map(|cells| last_day(&behind(cells, &PERIODS)?)),
            made_on: rows().find_map(|cells| first_day(&behind(cells, &["出力日時"])?)),
        }
    }

    /// Whether the days that were asked for ended before the download: the balance of that moment need not be
    /// that of the last line.
    pub(crate) fn ends_before_it_was_made(&self) -> bool {
        self.until.is_some_and(|until| self.made_on.is_none_or(|made| until < made))
    }
}

/// Whether a header that we know stands in one cell. Labels are in one width, so wide commas are plain here.
pub(crate) fn is_joined_header(cells: &[String]) -> bool {
    let mut filled = cells.iter().filter(|cell| !cell.is_empty());
    let (Some(only), None) = (filled.next(), filled.next()) else { return false };
    let cells: Vec<String> = only.split([',', '、']).map(str::to_owned).collect();
    Columns::of_header(&cells).is_some()
}

/// What stands in the cell behind 現在高. Another balance there may be of another day.
fn present_balance(cells: &[String]) -> Option<Money> {
    let is_label = |cell: &String| matches!(bare(cell), "現在高" | "現在(貸付)高");
    let at = cells.iter().position(is_label)?;
    match amount::parse(cells.get(at.saturating_add(1))?) {
        Cell::Amount(money) => Some(money),
        Cell::Empty | Cell::Not => None,
    }
}

fn bare(cell: &str) -> &str {
    cell.trim_end_matches(':')
}

/// What stands behind one of these labels, in its cell and in those after it.
fn behind(cells: &[String], labels: &[&str]) -> Option<String> {
    let rests = cells.iter().enumerate().filter_map(|(place, cell)| {
        let rest = labels.iter().find_map(|label| cell.strip_prefix(label))?;
        Some((place, rest))
    });
    let (place, rest) = rests.min_by_key(|(place, _)| *place)?;
    let others = cells.iter().skip(place.saturating_add(1)).map(String::as_str);
    Some([rest.trim_start_matches(':')].into_iter().chain(others).collect())
}

fn figures(text: &str) -> Option<usize> {
    text.trim_end_matches('件').parse().ok()
}

/// The second of two days: `平成28年03月09日〜平成28年03月16日`.
fn last_day(text: &str) -> Option<Date> {
    let (from, until) = text.split_once(['~', '〜'])?;
    let (from, until) = (first_day(from)?, first_day(until)?);
    (from <= until).then_some(until)
}

/// The day that a text begins with, whatever time of day follows it.
fn first_day(text: &str) -> Option<Date> {
    let day = text.find('日').and_then(|at| text.get(..at));
    day.and_then(|day| date::parse(&format!("{day}日"))).or_else(|| date::parse(text))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::layout::label;

    fn above(lines: &[&str]) -> Above {
        let cells = |line: &&str| line.split(';').map(label).collect();
        Above::of(&lines.iter().map(cells).collect::<Vec<_>>())
    }

    #[test]
    fn what_the_bank_says_of_the_file_is_read_as_it_is_printed() {
        let found = above(&[
            "お客さま口座情報",
            "現在高：;227,729;円;",
            "出力日時：令和 08 年 09 月 22 日 17 時 36 分",
            "お客さま口座番号：10180-90000011",
            "照会対象：期間指定",
            "日付指定：令和 08 年 07 月 01 日 〜 令和 08 年 08 月 31 日",
            "明細件数：7",
        ]);
        let expected = Above {
            present: Money::new(227_729),
            count: Some(7),
            until: Some(date(2026, 8, 31)),
            made_on: Some(date(2026, 9, 22)),
        };
        assert_eq!(found, expected);
        assert!(found.ends_before_it_was_made());
    }

    #[test]
    fn a_file_saved_again_says_the_same_and_one_of_every_day_says_no_end() {
        let found = above(&[
            "現在高：;0;円;;;;",
            "出力日時：令和 08 年 02 月 06 日;;;;;;",
            "照会対象：全期間;;;;;;",
            "明細件数：;0件;;;;;",
        ]);
        assert_eq!((found.present, found.count), (Some(Money::ZERO), Some(0)));
        assert_eq!((found.until, found.made_on), (None, Some(date(2026, 2, 6))));
        assert!(!found.ends_before_it_was_made());

        let asked = above(&["照会対象：;2026年7月1日～2026年7月31日", "現在高;5"]);
        assert_eq!((asked.until, asked.present), (Some(date(2026, 7, 31)), Money::new(5)));
        let backwards = above(&["照会期間,2026.09.30～2026.07.01", "明細件数：ない"]);
        assert_eq!(backwards, Above::default());
    }
}
