//! Rules as they are run: tests of numbers that jump, without a name, a tree or a stack.

use super::lower::{Lowered, Test};

/// The rule holds.
const YES: u16 = u16::MAX;
/// It does not.
const NO: u16 = u16::MAX - 1;
/// The most tests of one rule.
const NODES_MAX: usize = 4_096;
/// A value that is not known.
pub(crate) const UNKNOWN: i64 = i64::MIN;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Node {
    low: i64,
    high: i64,
    slot: u16,
    yes: u16,
    no: u16,
    is_outside: bool,
}

/// One rule's condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Program {
    nodes: Vec<Node>,
    entry: u16,
}

/// A rule that is too long to be run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooLong;

impl Program {
    pub(super) fn compile(condition: &Lowered) -> Result<Self, TooLong> {
        let mut program = Self { nodes: Vec::new(), entry: NO };
        program.entry = program.emit(condition, YES, NO)?;
        Ok(program)
    }

    /// Writes the condition so that it goes to `yes` or `no`; the answer is where it begins. What
    /// follows a test is written before it.
    fn emit(&mut self, condition: &Lowered, yes: u16, no: u16) -> Result<u16, TooLong> {
        match condition {
            Lowered::Test(test, _) => self.push(test, yes, no),
            Lowered::All(parts) => {
                parts.iter().rev().try_fold(yes, |next, part| self.emit(part, next, no))
            }
            Lowered::Any(parts) => {
                parts.iter().rev().try_fold(no, |next, part| self.emit(part, yes, next))
            }
            Lowered::SomeOf(needed, parts) => self.some_of(*needed, parts, yes, no),
        }
    }

    /// A row per part, from the last to the first: in it, where to go on for each number that is
    /// still needed.
    fn some_of(
        &mut self,
        needed: usize,
        parts: &[Lowered],
        yes: u16,
        no: u16,
    ) -> Result<u16, TooLong> {
        let mut after: Vec<u16> =
            (0..=needed).map(|left| if left == 0 { yes } else { no }).collect();
        for part in parts.iter().rev() {
            let mut row = vec![yes];
            for (one_less, as_many) in after.iter().zip(after.iter().skip(1)) {
                let entry = if one_less == as_many {
                    *one_less
                } else {
                    self.emit(part, *one_less, *as_many)?
                };
                row.push(entry);
            }
            after = row;
        }
        Ok(after.last().copied().unwrap_or(no))
    }

    fn push(&mut self, test: &Test, yes: u16, no: u16) -> Result<u16, TooLong> {
        if self.nodes.len() >= NODES_MAX {
            return Err(TooLong);
        }
        let entry = u16::try_from(self.nodes.len()).map_err(|_| TooLong)?;
        let slot = u16::try_from(test.slot).map_err(|_| TooLong)?;
        let Test { low, high, is_outside, .. } = *test;
        self.nodes.push(Node { low, high, slot, yes, no, is_outside });
        Ok(entry)
    }

    /// Whether it holds for `values`.
    pub(super) fn holds(&self, values: &[i64]) -> bool {
        let mut at = self.entry;
        // Every jump goes to what was written before, so this ends.
        while let Some(node) = self.nodes.get(usize::from(at)) {
            let value = values.get(usize::from(node.slot)).copied().unwrap_or(UNKNOWN);
            let is_in = node.low <= value && value <= node.high;
            at = if value != UNKNOWN && is_in != node.is_outside { node.yes } else { node.no };
        }
        at == YES
    }

    /// Its tests: what is looked at, from where to where, and whether outside of that.
    pub(super) fn tests(&self) -> impl Iterator<Item = (usize, i64, i64, bool)> + '_ {
        self.nodes.iter().map(|node| (usize::from(node.slot), node.low, node.high, node.is_outside))
    }

    /// What it looks at, and first of all.
    pub(super) fn slots(&self) -> impl Iterator<Item = usize> + '_ {
        let first = self.nodes.get(usize::from(self.entry));
        first.into_iter().chain(&self.nodes).map(|node| usize::from(node.slot))
    }
}

#[cfg(test)]
mod tests {
    use super::{super::error::Span, *};

    fn above(slot: usize, number: i64) -> Lowered {
        let test = Test { slot, low: number, high: i64::MAX, is_outside: false };
        Lowered::Test(test, Span::default())
    }

    #[test]
    fn some_of_many_counts_right() {
        let parts: Vec<Lowered> = (0..5).map(|slot| above(slot, 1)).collect();
        for needed in 1..=5_usize {
            let program = Program::compile(&Lowered::SomeOf(needed, parts.clone())).unwrap();
            for bits in 0..32_u32 {
                let values: Vec<i64> = (0..5).map(|n| i64::from(bits >> n & 1)).collect();
                let is_enough = usize::try_from(bits.count_ones()).unwrap() >= needed;
                assert_eq!(program.holds(&values), is_enough, "{needed} of {values:?}");
            }
        }
    }

    #[test]
    fn what_is_not_known_is_neither_inside_nor_outside() {
        for is_outside in [false, true] {
            let test = Test { slot: 0, low: 1, high: 5, is_outside };
            let program = Program::compile(&Lowered::Test(test, Span::default())).unwrap();
            assert!(!program.holds(&[UNKNOWN]));
            assert!(!program.holds(&[]));
            assert_eq!(program.holds(&[9]), is_outside);
        }
    }
}
