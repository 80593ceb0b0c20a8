//! Which rules can never hold, never matter, or say two things at once.
//!
//! Each condition is written as ways in which it can hold, each way as one set of numbers per thing
//! that it looks at. A way whose set is empty contradicts itself; a rule all of whose ways lie
//! within those of a rule that is as harsh changes nothing.

use std::collections::BTreeMap;

use super::lower::{Lowered, Test};

/// The most ways that one condition may have.
const WAYS_MAX: usize = 256;

/// The most steps in which several conditions are looked through together.
const STEPS_MAX: usize = 100_000;

/// The most steps in which one condition is looked through for holding always.
const ALWAYS_STEPS_MAX: usize = 2_000;

/// The values that hold, as ranges that do not touch, in order.
type Ranges = Vec<(i64, i64)>;

/// One way: the values of each thing that is looked at.
type Way = BTreeMap<usize, Ranges>;

/// All ways in which a rule holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ways(Vec<Way>);

/// A condition that nobody can see through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooMany;

fn ranges(test: &Test, most: i64) -> Ranges {
    if !test.is_outside {
        return vec![(test.low.max(0), test.high.min(most))];
    }
    let below = (0, test.low.saturating_sub(1));
    let above = (test.high.saturating_add(1), most);
    let is_there = |range: &(i64, i64)| range.0 <= range.1;
    let mut both = vec![below];
    if test.high < i64::MAX {
        both.push(above);
    }
    both.into_iter().filter(is_there).collect()
}

fn both(one: &Ranges, other: &Ranges) -> Ranges {
    let pairs = one.iter().flat_map(|a| other.iter().map(move |b| (a.0.max(b.0), a.1.min(b.1))));
    pairs.filter(|range| range.0 <= range.1).collect()
}

fn is_within(inner: &Ranges, outer: &Ranges) -> bool {
    inner.iter().all(|a| outer.iter().any(|b| b.0 <= a.0 && a.1 <= b.1))
}

fn and(left: &[Way], right: &[Way]) -> Result<Vec<Way>, TooMany> {
    if left.len().saturating_mul(right.len()) > WAYS_MAX {
        return Err(TooMany);
    }
    let mut all = Vec::new();
    for one in left {
        for other in right {
            let mut way = one.clone();
            for (slot, values) in other {
                let known = way.get(slot).map_or_else(|| values.clone(), |had| both(had, values));
                way.insert(*slot, known);
            }
            all.push(way);
        }
    }
    Ok(all)
}

fn ways(condition: &Lowered, most: &impl Fn(usize) -> i64) -> Result<Vec<Way>, TooMany> {
    match condition {
        Lowered::Test(test, _) => Ok(vec![Way::from([(test.slot, ranges(test, most(test.slot)))])]),
        Lowered::All(parts) => {
            let mut all = vec![Way::new()];
            for part in parts {
                all = and(&all, &ways(part, most)?)?;
            }
            Ok(all)
        }
        Lowered::Any(parts) => {
            let mut all = Vec::new();
            for part in parts {
                all.extend(ways(part, most)?);
            }
            if all.len() > WAYS_MAX { Err(TooMany) } else { Ok(all) }
        }
        Lowered::SomeOf(needed, parts) => some_of(*needed, parts, most),
    }
}

/// Those in which the first part holds and one less of the rest, and those without it.
fn some_of(
    needed: usize,
    parts: &[Lowered],
    most: &impl Fn(usize) -> i64,
) -> Result<Vec<Way>, TooMany> {
    let Some((first, rest)) = parts.split_first().filter(|_| needed > 0) else {
        return Ok(if needed == 0 { vec![Way::new()] } else { Vec::new() });
    };
    if parts.len() < needed {
        return Ok(Vec::new());
    }
    let with = some_of(needed.saturating_sub(1), rest, most)?;
    let mut all = and(&ways(first, most)?, &with)?;
    all.extend(some_of(needed, rest, most)?);
    if all.len() > WAYS_MAX { Err(TooMany) } else { Ok(all) }
}

/// True when what is at `slot` alone makes one of `all` hold: at one value of it, whatever the other things
/// that are asked beside it are, one of the ways that ask for it holds. So it is found too where several
/// rules, each with another ground, leave nothing out between them.
pub(super) fn rests_on(
    all: &[&Ways],
    slot: usize,
    most: impl Fn(usize) -> i64,
) -> Result<bool, TooMany> {
    let with: Vec<&Way> =
        all.iter().flat_map(|ways| &ways.0).filter(|way| way.contains_key(&slot)).collect();
    let mut steps = STEPS_MAX;
    for value in starts(&with, slot, &most) {
        if is_whole(&at(&with, slot, value), &[slot], &most, &mut steps)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Those ways that allow `value` at `slot`.
fn at<'a>(ways: &[&'a Way], slot: usize, value: i64) -> Vec<&'a Way> {
    let allows = |values: &Ranges| values.iter().any(|(low, high)| (*low..=*high).contains(&value));
    ways.iter().copied().filter(|way| way.get(&slot).is_none_or(allows)).collect()
}

/// The smallest value of each stretch of values at `slot` that all of the ways treat alike.
fn starts(ways: &[&Way], slot: usize, most: &impl Fn(usize) -> i64) -> Vec<i64> {
    let ends = ways.iter().filter_map(|way| way.get(&slot)).flatten();
    let mut starts: Vec<i64> = ends
        .flat_map(|(low, high)| [Some(*low), high.checked_add(1)])
        .flatten()
        .chain([0])
        .filter(|start| (0..=most(slot)).contains(start))
        .collect();
    starts.sort_unstable();
    starts.dedup();
    starts
}

/// Whether one of the ways holds whatever is at the places that are not `settled` yet.
fn is_whole(
    ways: &[&Way],
    settled: &[usize],
    most: &impl Fn(usize) -> i64,
    steps: &mut usize,
) -> Result<bool, TooMany> {
    *steps = steps.checked_sub(1).ok_or(TooMany)?;
    let open = |way: &&Way| way.keys().copied().find(|slot| !settled.contains(slot));
    if ways.iter().any(|way| open(way).is_none()) {
        return Ok(true);
    }
    let Some(slot) = ways.first().and_then(open) else { return Ok(false) };
    let settled: Vec<usize> = settled.iter().copied().chain([slot]).collect();
    for value in starts(ways, slot, most) {
        if !is_whole(&at(ways, slot, value), &settled, most, steps)? {
            return Ok(false);
        }
    }
    Ok(true)
}

impl Ways {
    /// Of `condition`, where `most` is the largest value of each thing.
    pub(super) fn of(condition: &Lowered, most: impl Fn(usize) -> i64) -> Result<Self, TooMany> {
        Ok(Self(ways(condition, &most)?))
    }

    /// True when one of them contradicts itself.
    pub(super) fn is_contradictory(&self) -> bool {
        self.0.iter().any(|way| way.values().any(Vec::is_empty))
    }

    /// True when it holds whatever is seen; false too where so many steps do not show it.
    pub(super) fn is_always(&self, most: impl Fn(usize) -> i64) -> bool {
        let (all, mut steps) = (self.0.iter().collect::<Vec<_>>(), ALWAYS_STEPS_MAX);
        is_whole(&all, &[], &most, &mut steps) == Ok(true)
    }

    /// True when one of them asks that the first of a pair in `order` be more than the second.
    pub(super) fn is_out_of_order(&self, order: &[(usize, usize)]) -> bool {
        let breaks = |way: &Way, (less, more): &(usize, usize)| {
            let low = way.get(less).and_then(|values| values.first()).map(|range| range.0);
            let high = way.get(more).and_then(|values| values.last()).map(|range| range.1);
            low.zip(high).is_some_and(|(low, high)| low > high)
        };
        self.0.iter().any(|way| order.iter().any(|pair| breaks(way, pair)))
    }

    /// The same where the thing at each place stands at another one.
    pub(super) fn at(&self, place: impl Fn(usize) -> usize) -> Self {
        let moved =
            |way: &Way| way.iter().map(|(slot, values)| (place(*slot), values.clone())).collect();
        Self(self.0.iter().map(moved).collect())
    }

    /// True when `other` holds whenever this does.
    pub(super) fn is_within(&self, other: &Self) -> bool {
        let covers = |inner: &Way, outer: &Way| {
            outer
                .iter()
                .all(|(slot, values)| inner.get(slot).is_some_and(|inner| is_within(inner, values)))
        };
        self.0.iter().all(|inner| other.0.iter().any(|outer| covers(inner, outer)))
    }
}
