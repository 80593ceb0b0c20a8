//! A quotation mark that nothing closes: a merchant may begin its name with one, and whatever follows would be its
//! name, line by line to the end of the file, with no balance left to miss them.

use crate::{
    date::{self, NoDate},
    short_date::Short,
};

/// Whether a cell holds another line of a statement: one that begins with a day and has cells.
pub(crate) fn swallows_lines(cell: &[u8], delimiter: u8) -> bool {
    let lines = cell.split(|byte| matches!(byte, b'\r' | b'\n'));
    lines.skip(1).any(|line| {
        let mut cells = line.split(|byte| *byte == delimiter);
        let first = cells.next().unwrap_or_default();
        // 令和 and 年 are of two encodings; figures are of none.
        let first = String::from_utf8_lossy(first);
        let first = first.trim_matches(['"', ' ', '=']);
        cells.next().is_some() && is_day(first)
    })
}

fn is_day(text: &str) -> bool {
    let is_of_figures = text.starts_with(|c: char| c.is_ascii_digit()) && text.len() >= 6;
    match date::read(text) {
        Ok(_) | Err(NoDate::Weekday | NoDate::Year(_)) => true,
        // In letters of Shift_JIS: 2026年8月31日, 令和8年8月31日.
        Err(NoDate::Not) => {
            Short::parse(text).is_some() || (is_of_figures && text.contains('\u{FFFD}'))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_with_a_line_of_the_statement_in_it_is_told_from_a_note() {
        for (cell, swallows) in [
            ("ヤチン", false),
            ("ヤチ\nン", false),
            ("ヤチン\n", false),
            ("><img\n20260831,-100000,220000,ドコモコウザ\n", true),
            ("><img\r\n\"2026/8/31\",\"口座振替\"", true),
            ("x\rR8.8.31,ドコモコウザ,100000,,220000", true),
            ("x\n8.8.31,ドコモコウザ,100000,,220000", true),
            ("電話した\n2026/8/31", false),
            ("電話した\n銀行,2026/8/31", false),
        ] {
            assert_eq!(swallows_lines(cell.as_bytes(), b','), swallows, "{cell:?}");
        }
    }
}
