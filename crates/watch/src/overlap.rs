//! Lines that two files of one account share: a line is counted once, however many files have it.

use std::collections::HashMap;

use jiff::civil::Date;

use crate::{
    amount::Money,
    statement::{Line, Statement},
};

/// What two files say of the same days; the second begins later than the first, or on the same day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Overlap {
    /// They have no day in common, or only the one on which the first ends.
    None,
    /// These lines of the second file, by their place, are in the first too.
    Lines(Vec<usize>),
    /// Both speak of the same days, and have no line in common: two accounts, or one file was changed.
    Clash,
}

/// Drops what a file before has too. The files are in the order of their days.
pub(crate) fn drop_overlaps(statements: &mut [Statement]) {
    for place in 1..statements.len() {
        let (before, from_here) = statements.split_at_mut(place);
        let Some(after) = from_here.first_mut() else { continue };
        // What one file leaves another may have: the three may lie like tiles.
        let mut left: Vec<&Statement> = before.iter().collect();
        while let Some(at) = left.iter().position(|before| drop_shared(before, after)) {
            left.remove(at);
        }
    }
}

fn drop_shared(before: &Statement, after: &mut Statement) -> bool {
    let Overlap::Lines(shared) = overlap(before, after) else { return false };
    let mut place: usize = 0;
    after.lines.retain(|_| {
        let is_shared = shared.binary_search(&place).is_ok();
        place = place.saturating_add(1);
        !is_shared
    });
    true
}

/// Compares what both files say.
pub(crate) fn overlap(before: &Statement, after: &Statement) -> Overlap {
    let (Some((_, end)), Some((begin, _))) = (before.span(), after.span()) else {
        return Overlap::None;
    };
    let is_marked = |s: &Statement| s.lines.iter().all(|line| line.mark.is_some());
    let shared = if begin > end {
        Vec::new()
    } else if is_marked(before) && is_marked(after) {
        by_marks(before, after)
    } else {
        (0..first_lines(before, after)).collect()
    };
    match (shared.is_empty(), begin < end) {
        (false, _) => Overlap::Lines(shared),
        (true, true) => Overlap::Clash,
        (true, false) => Overlap::None,
    }
}

/// Some banks count their marks anew in every file: only together with day, amount and words they tell a
/// movement, and what has one twice in a file is there twice.
fn by_marks(before: &Statement, after: &Statement) -> Vec<usize> {
    type Key<'s> = (&'s str, Date, Money, &'s str);
    fn key<'s>(statement: &'s Statement, line: &Line) -> Option<Key<'s>> {
        Some((statement.marks.get(line.mark?), line.date, line.change, statement.text(line)))
    }
    let mut known: HashMap<Key<'_>, usize> = HashMap::new();
    for key in before.lines.iter().filter_map(|line| key(before, line)) {
        let times = known.entry(key).or_default();
        *times = times.saturating_add(1);
    }
    let is_known = |line: &Line| {
        let times = key(after, line).and_then(|key| known.get_mut(&key));
        let left = times.and_then(|times| times.checked_sub(1).map(|left| (times, left)));
        left.map(|(times, left)| *times = left).is_some()
    };
    let known: Vec<bool> = after.lines.iter().map(is_known).collect();
    known.iter().enumerate().filter(|(_, is_known)| **is_known).map(|(place, _)| place).collect()
}

/// How many of the first lines of `after` are in `before` too: its last ones, or all of `after`.
fn first_lines(before: &Statement, after: &Statement) -> usize {
    let is_one = |a: &Line, b: &Line| {
        (a.date, a.change, a.balance) == (b.date, b.change, b.balance)
            && before.text(a) == after.text(b)
    };
    let Some(first) = after.lines.first() else { return 0 };
    let tails = before.lines.iter().enumerate().filter(|(_, l)| is_one(l, first));
    for (place, _) in tails {
        let tail = before.lines.get(place..).unwrap_or_default();
        if tail.iter().zip(&after.lines).all(|(a, b)| is_one(a, b)) {
            return tail.len().min(after.lines.len());
        }
    }
    0
}
