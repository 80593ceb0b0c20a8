//! The ids of a stretch as the index keeps them.
//!
//! ```text
//! first number of the next stretch u64
//! how many runs u32, and each: how many ids u32, number of the first u64, last id, and by sixteen:
//!                              the first id, two bytes of each
//! print and number of every other id
//! ```
//!
//! A run is ids of a large batch that rise ([`crate::state::rising`]): three bytes each where another
//! id has twelve, and nothing to be put into a table when the books open.

use super::bytes::Take;
use crate::{
    model::TransferId,
    state::{
        ids::{ENTRY_LEN, Print},
        rising::{Ends, RUN_LEAST, Run, Rung, STEP, run_len},
    },
};

/// The most runs of a stretch that end above where others begin: an id is looked for in each.
const LADDERS: usize = 4;

/// Ids on their way into the index, in the order of their numbers.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// Those that may be a run together.
    run: Vec<(TransferId, u64)>,
    ends: Ends,
    count: u32,
    runs: Vec<u8>,
    entries: Vec<u8>,
}

impl Kept {
    pub(super) fn clear(&mut self) {
        self.run.clear();
        self.ends.clear();
        self.count = 0;
        self.runs.clear();
        self.entries.clear();
    }

    pub(super) fn add(&mut self, id: TransferId, number: u64) {
        if let Some(last) = self.run.last()
            && run_len(&[*last, (id, number)]) < 2
        {
            self.end_run();
        }
        self.run.push((id, number));
    }

    /// What was added last is no run's middle.
    pub(super) fn end_run(&mut self) {
        let span = match self.run[..] {
            [(first, _), .., (last, _)] if self.run.len() >= RUN_LEAST => Some((first, last)),
            _ => None,
        };
        let has_place = span.and_then(|span| self.ends.place(span, LADDERS)).is_some();
        if has_place && let Some(run) = Run::of(&self.run) {
            encode(&run, self.run.len(), &mut self.runs);
            self.count = self.count.saturating_add(1);
        } else {
            for (id, number) in &self.run {
                self.entries.extend_from_slice(&Print::of(*id).entry(*number));
            }
        }
        self.run.clear();
    }

    /// The content of the row of a stretch that ends at `below`.
    pub(super) fn row(&self, below: u64) -> Vec<u8> {
        let mut row = Vec::with_capacity(16_usize.saturating_add(self.runs.len()));
        row.extend_from_slice(&below.to_le_bytes());
        row.extend_from_slice(&self.count.to_le_bytes());
        row.extend_from_slice(&self.runs);
        row.extend_from_slice(&self.entries);
        row
    }
}

fn encode(run: &Run, len: usize, out: &mut Vec<u8>) {
    let number = run.rungs.first().map_or(0, |rung| rung.number);
    // It fits: a run is of one batch.
    out.extend_from_slice(&u32::try_from(len).unwrap_or(u32::MAX).to_le_bytes());
    out.extend_from_slice(&number.to_le_bytes());
    out.extend_from_slice(&run.last.bits().to_le_bytes());
    for rung in &run.rungs {
        out.extend_from_slice(&rung.first.bits().to_le_bytes());
        for (_, mark) in rung.numbered() {
            out.extend_from_slice(&mark.to_le_bytes());
        }
    }
}

fn decode(take: &mut Take<'_>) -> Option<Run> {
    let (mut left, mut number) = (usize::try_from(take.u32()?).ok()?, take.u64()?);
    let last = TransferId(take.u128()?);
    let mut rungs = Vec::new();
    while left > 0 {
        let len = left.min(STEP);
        let first = TransferId(take.u128()?);
        let mut marks = [0; STEP];
        for mark in marks.iter_mut().take(len) {
            *mark = take.u16()?;
        }
        let short = u8::try_from(len).ok()?;
        rungs.push(Rung { first, number, marks, len: short });
        number = number.checked_add(short.into())?;
        left = left.saturating_sub(len);
    }
    Some(Run { rungs, last })
}

/// Reads a row: where the stretch ends, its runs, and its other ids. `None` if it cannot be read.
pub(super) fn read(
    data: &[u8],
    mut each_run: impl FnMut(Run),
    mut each: impl FnMut(Print, u64),
) -> Option<u64> {
    let mut take = Take::new(data);
    let (below, count) = (take.u64()?, take.u32()?);
    for _ in 0..count {
        each_run(decode(&mut take)?);
    }
    while let Some(entry) = take.array::<ENTRY_LEN>() {
        let (print, number) = Print::parse(entry);
        each(print, number);
    }
    take.0.is_empty().then_some(below)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_and_other_ids_survive_their_bytes() {
        let rising =
            |from: u64, len: u64| (from..from + len).map(|n| (TransferId(u128::from(n) << 70), n));
        let strays = [(TransferId(9), 500), (TransferId(7), 501), (TransferId(u128::MAX - 1), 503)];
        let all: Vec<_> = rising(1, 40).chain(strays).chain(rising(600, 17)).collect();
        let mut kept = Kept::default();
        for (id, number) in &all {
            kept.add(*id, *number);
        }
        kept.end_run();

        let (mut runs, mut others) = (Vec::new(), Vec::new());
        let below = read(&kept.row(700), |run| runs.push(run), |print, n| others.push((print, n)));

        assert_eq!(below, Some(700));
        let ids: Vec<_> = rising(1, 40).collect();
        assert_eq!(
            runs,
            [Run::of(&ids).unwrap(), Run::of(&rising(600, 17).collect::<Vec<_>>()).unwrap()]
        );
        assert_eq!(others, strays.map(|(id, n)| (Print::of(id), n)));
        let id_of = |n: u64| (n != 25).then_some(TransferId(u128::from(n) << 70));
        assert_eq!(runs[0].differing(id_of), [25]);
        assert_eq!(read(&kept.row(700)[..60], |_| (), |_, _| ()), None);
    }
}
