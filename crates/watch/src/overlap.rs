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
    /// These lines are in both with their balances, so it is one account; around them the files say
    /// different things of the days from the first to the second.
    Disagree(Vec<usize>, Days),
    /// Both speak of the same days, and have no line in common: two accounts, or one file was changed.
    Clash,
}

/// The first and the last of some days.
pub(crate) type Days = (Date, Date);

/// Drops what a file before has too, and says of which days a file tells otherwise than one before it, by
/// its place. The files are in the order of their days.
pub(crate) fn drop_overlaps(statements: &mut [Statement]) -> Vec<(usize, Days)> {
    let mut disputed = Vec::new();
    for place in 1..statements.len() {
        let (before, from_here) = statements.split_at_mut(place);
        let Some(after) = from_here.first_mut() else { continue };
        // What one file leaves another may have: the three may lie like tiles.
        let mut left: Vec<&Statement> = before.iter().collect();
        while let Some(at) = left.iter().position(|before| drop_shared(before, after)) {
            left.remove(at);
        }
        for before in left {
            if let Overlap::Disagree(shared, days) = overlap(before, after) {
                drop_lines(after, &shared);
                disputed.push((place, days));
            }
        }
    }
    disputed
}

fn drop_shared(before: &Statement, after: &mut Statement) -> bool {
    let Overlap::Lines(shared) = overlap(before, after) else { return false };
    drop_lines(after, &shared);
    true
}

fn drop_lines(after: &mut Statement, shared: &[usize]) {
    let mut place: usize = 0;
    after.lines.retain(|_| {
        let is_shared = shared.binary_search(&place).is_ok();
        place = place.saturating_add(1);
        !is_shared
    });
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
    if !shared.is_empty() {
        return Overlap::Lines(shared);
    }
    let both = if begin > end { Vec::new() } else { in_both(before, after) };
    match (both.is_empty(), begin < end) {
        (false, _) => {
            let days = disputed(before, after, &both);
            Overlap::Disagree(both, days)
        }
        (true, true) => Overlap::Clash,
        (true, false) => Overlap::None,
    }
}

/// The lines of `after` that are in `before` word for word, with a balance that is no chance: whoever has two
/// accounts may pay the same bill from both.
fn in_both(before: &Statement, after: &Statement) -> Vec<usize> {
    type Key<'s> = (Date, Money, Money, &'s str);
    fn key<'s>(statement: &'s Statement, line: &Line) -> Option<Key<'s>> {
        let balance = line.balance.filter(|balance| balance.yen() != 0)?;
        Some((line.date, line.change, balance, statement.text(line)))
    }
    counted(before, after, key)
}

/// The days of which both tell and do not tell the same.
fn disputed(before: &Statement, after: &Statement, both: &[usize]) -> Days {
    let spans = (before.span().unwrap_or_default(), after.span().unwrap_or_default());
    let ((_, end_before), (begin, end_after)) = spans;
    let end = end_before.min(end_after);
    let is_shared = |place: &usize| both.binary_search(place).is_ok();
    let dates = |line: &Line| line.date;
    let known: Vec<(Date, Money, Option<Money>)> = both
        .iter()
        .filter_map(|place| after.lines.get(*place))
        .map(|line| (line.date, line.change, line.balance))
        .collect();
    let others = after.lines.iter().enumerate().filter(|(place, _)| !is_shared(place));
    let of_before = before.lines.iter().filter(|l| !known.contains(&(l.date, l.change, l.balance)));
    let days = others.map(|(_, line)| line).chain(of_before).map(dates);
    let days = days.filter(|day| (begin..=end).contains(day));
    days.fold(None, |span: Option<Days>, day| match span {
        Some((from, to)) => Some((from.min(day), to.max(day))),
        None => Some((day, day)),
    })
    .unwrap_or((begin, end))
}

/// Some banks count their marks anew in every file: only together with day, amount and words they tell a
/// movement, and what has one twice in a file is there twice.
fn by_marks(before: &Statement, after: &Statement) -> Vec<usize> {
    type Key<'s> = (&'s str, Date, Money, &'s str);
    fn key<'s>(statement: &'s Statement, line: &Line) -> Option<Key<'s>> {
        Some((statement.marks.get(line.mark?), line.date, line.change, statement.text(line)))
    }
    counted(before, after, key)
}

/// The lines of `after` whose key `before` has, each as often as it is there.
fn counted<'s, K: Eq + std::hash::Hash>(
    before: &'s Statement,
    after: &'s Statement,
    key: fn(&'s Statement, &Line) -> Option<K>,
) -> Vec<usize> {
    let mut known: HashMap<K, usize> = HashMap::new();
    for key in before.lines.iter().filter_map(|line| key(before, line)) {
        let times = known.entry(key).or_default();
        *times = times.saturating_add(1);
    }
    let mut places = Vec::new();
    for (place, line) in after.lines.iter().enumerate() {
        let times = key(after, line).and_then(|key| known.get_mut(&key));
        if let Some(times) = times.filter(|times| **times > 0) {
            *times = times.saturating_sub(1);
            places.push(place);
        }
    }
    places
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
