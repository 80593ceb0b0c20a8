//! `300,000` without quotation marks: two cells of a line, of which the first alone would be ¥300.

use crate::layout::{Columns, Role};

/// The amount that fell into two cells, if one did as far as the line tells. Where two readings are left,
/// the balances decide.
pub(crate) fn fallen_apart<'a>(
    columns: &Columns,
    count: usize,
    cell: impl Fn(usize) -> &'a [u8],
) -> Option<String> {
    let cell = |place: usize| if place < count { cell(place).trim_ascii() } else { &[] };
    let is_more = (columns.cells..count).any(|place| !cell(place).is_empty());
    // Whoever types writes no empty parts behind the last one.
    let is_longer = columns.layout.is_typed() && count > columns.cells;
    let is_number = |bytes: &[u8]| !bytes.is_empty() && bytes.iter().all(u8::is_ascii_digit);
    for role in [Role::Out, Role::In, Role::Signed, Role::Balance] {
        let Some(place) = columns.place(role) else { continue };
        let next = place.saturating_add(1);
        let (first, second) = (cell(place), cell(next));
        if !is_first_group(first) || second.len() != 3 || !is_number(second) {
            continue;
        }
        let is_word =
            [Role::Text, Role::Kind].iter().any(|role| columns.place(*role) == Some(next));
        // No bank writes `000` or `050` beside an amount.
        let is_group = second.starts_with(b"0") && !is_word;
        if is_group || is_more || is_longer {
            let groups = [first, second].map(String::from_utf8_lossy);
            return Some(groups.join(","));
        }
    }
    None
}

/// One to three digits, and before them at most a sign.
fn is_first_group(bytes: &[u8]) -> bool {
    let digits = bytes.iter().rev().take_while(|b| b.is_ascii_digit()).count();
    let sign = bytes.len().saturating_sub(digits);
    (1..=3).contains(&digits)
        && sign <= 3
        && !bytes.iter().take(sign).any(u8::is_ascii_alphanumeric)
}
