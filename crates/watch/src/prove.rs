//! 残高の検算: do the balances follow from each other, and in which direction?
//!
//! A statement that adds up is complete and in order; one that does not is refused with the line,
//! because a finding made on half a file would mislead.

use crate::{
    amount::Money,
    statement::{Line, Proof},
};

/// Puts `lines` (in the order of the file) oldest first and proves them.
///
/// The error is the line of the file whose balance does not follow.
pub(crate) fn prove(lines: &mut [Line]) -> Result<Proof, u32> {
    if lines.iter().all(|line| line.balance.is_none()) {
        if is_newest_first(lines) {
            lines.reverse();
        }
        return Ok(Proof::None);
    }
    let forward = first_mismatch(lines.iter());
    let Some((kept, line)) = forward else {
        return Ok(Proof::Balances);
    };
    let Some((kept_backward, line_backward)) = first_mismatch(lines.iter().rev()) else {
        lines.reverse();
        return Ok(Proof::Balances);
    };
    // The direction of most of the file is the file's: that is where the fault shows.
    Err(if kept >= kept_backward { line } else { line_backward })
}

/// How many steps hold in all, and the first line that breaks the chain; none if none does.
fn first_mismatch<'a>(lines: impl Iterator<Item = &'a Line>) -> Option<(usize, u32)> {
    let mut known: Option<Money> = None;
    let mut held: usize = 0;
    let mut broken = None;
    for line in lines {
        let expected = known.map(|before| before.plus(line.change));
        match (expected, line.balance) {
            (Some(expected), Some(printed)) if expected != printed => {
                broken = broken.or(Some(line.line));
            }
            (Some(_), Some(_)) => held = held.saturating_add(1),
            (None, _) | (_, None) => {}
        }
        known = line.balance.or(expected);
    }
    broken.map(|line| (held, line))
}

fn is_newest_first(lines: &[Line]) -> bool {
    match (lines.first(), lines.last()) {
        (Some(first), Some(last)) => first.date > last.date,
        _ => false,
    }
}
