//! 残高の検算: do the balances follow from each other, and in which direction?
//!
//! A statement that adds up is complete and in order; one that does not is refused with the line,
//! because a finding made on half a file would mislead. The days must have the same direction: lines
//! that were moved can be given balances that fit, but no balances make an older day the later one.

use crate::{
    amount::Money,
    error::ReadError,
    statement::{Line, Proof},
};

/// Puts `lines` (in the order of the file) oldest first and proves them. Where `is_typed`, a day out of
/// order is a slip of whoever typed it, and refused.
pub(crate) fn prove(lines: &mut [Line], is_typed: bool) -> Result<Proof, ReadError> {
    let proof = if lines.iter().all(|line| line.balance.is_none()) {
        if is_newest_first(lines) {
            lines.reverse();
        }
        Proof::None
    } else {
        by_balances(lines).map_err(ReadError::Balance)?
    };
    match first_older(lines) {
        None => Ok(proof),
        Some(line) if is_typed => Err(ReadError::Order(line)),
        Some(line) => Ok(Proof::Disorder(line)),
    }
}

/// The error is the line of the file whose balance does not follow.
fn by_balances(lines: &mut [Line]) -> Result<Proof, u32> {
    let forward = first_mismatch(lines.iter());
    let backward = first_mismatch(lines.iter().rev());
    match (forward, backward) {
        // Balances that fit both ways leave it to the days.
        (None, None) if is_newest_first(lines) => lines.reverse(),
        (None, _) => {}
        (Some(_), None) => lines.reverse(),
        // The direction of most of the file is the file's: that is where the fault shows.
        (Some((kept, line)), Some((kept_backward, line_backward))) => {
            return Err(if kept >= kept_backward { line } else { line_backward });
        }
    }
    Ok(if is_held(lines) { Proof::Balances } else { Proof::None })
}

/// Whether the movements lie between two balances: behind the last one, or before the first, a line may
/// say anything.
fn is_held(lines: &[Line]) -> bool {
    let ends = [lines.first(), lines.last()];
    ends.iter().all(|line| line.is_some_and(|line| line.balance.is_some()))
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

/// The first line that is older than the one before it.
fn first_older(lines: &[Line]) -> Option<u32> {
    let mut pairs = lines.iter().zip(lines.iter().skip(1));
    pairs.find(|(before, after)| after.date < before.date).map(|(_, after)| after.line)
}
