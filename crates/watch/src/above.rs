//! What stands above the lines of a statement: a header that cannot be read, and the bank's word of the balance.

use crate::{
    amount::{self, Cell, Money},
    layout::Columns,
};

/// Whether a header that we know stands in one cell. Labels are in one width, so wide commas are plain here.
pub(crate) fn is_joined_header(cells: &[String]) -> bool {
    let mut filled = cells.iter().filter(|cell| !cell.is_empty());
    let (Some(only), None) = (filled.next(), filled.next()) else { return false };
    let cells: Vec<String> = only.split([',', '、']).map(str::to_owned).collect();
    Columns::of_header(&cells).is_some()
}

/// What stands behind 現在高 above the header. Another balance there may be of another day.
pub(crate) fn present_balance(preamble: &[Vec<String>]) -> Option<Money> {
    let behind = |cells: &Vec<String>| -> Option<Money> {
        let at = cells.iter().position(|cell| matches!(&**cell, "現在高" | "現在(貸付)高"))?;
        match amount::parse(cells.get(at.saturating_add(1))?) {
            Cell::Amount(money) => Some(money),
            Cell::Empty | Cell::Not => None,
        }
    };
    preamble.iter().find_map(behind)
}
