//! Ids that rise together with their numbers: they are in order already, and need no table.
//!
//! In a table each id is a look at memory that no cache holds. Of a run of rising ids only every
//! sixteenth is kept whole, with its number, and sixteen bits of each behind it: a *rung*, one line of
//! memory. Whoever looks for an id finds its rung by halves, and looks at the thing itself before
//! believing it, as with any id. A *ladder* is runs that go on where the last one ended; callers whose
//! ids rise each beside the other's have one each.

use super::ids::hash_of;
use crate::model::TransferId;

/// How many ids share a rung.
pub(crate) const STEP: usize = 16;
/// From how many ids on a run is worth rungs of its own. Less in this crate's own tests, so that the
/// simulation goes through them.
pub(crate) const RUN_LEAST: usize = if cfg!(test) { 3 } else { 64 };
/// The most ladders. Whoever finds none for a run puts it into a table.
const MOST: usize = 16;
/// Rungs of a block: none of them moves when a ladder grows.
const BLOCK: usize = 4_096;

/// Sixteen bits that depend on all of an id.
fn mark_of(id: TransferId) -> u16 {
    let [.., low, high] = hash_of(id.bits()).to_le_bytes();
    u16::from_le_bytes([low, high])
}

/// At most [`STEP`] ids, which rise, under consecutive numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rung {
    /// The first of them.
    pub(crate) first: TransferId,
    /// Its number.
    pub(crate) number: u64,
    /// Some bits of each.
    pub(crate) marks: [u16; STEP],
    /// How many there are.
    pub(crate) len: u8,
}

impl Rung {
    fn of(ids: &[(TransferId, u64)]) -> Self {
        let (first, number) = ids.first().copied().unwrap_or((TransferId(0), 0));
        let mut marks = [0; STEP];
        for (mark, (id, _)) in marks.iter_mut().zip(ids) {
            *mark = mark_of(*id);
        }
        Self { first, number, marks, len: u8::try_from(ids.len().min(STEP)).unwrap_or(0) }
    }

    /// Its marks with their numbers.
    pub(crate) fn numbered(self) -> impl Iterator<Item = (u64, u16)> {
        (self.number..).zip(self.marks.into_iter().take(usize::from(self.len)))
    }
}

/// Rising ids under consecutive numbers, as an index keeps them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    /// Its ids, by sixteen.
    pub(crate) rungs: Vec<Rung>,
    /// The last id.
    pub(crate) last: TransferId,
}

impl Run {
    /// `ids` are a run; `None` if there are none.
    pub(crate) fn of(ids: &[(TransferId, u64)]) -> Option<Self> {
        let (last, _) = ids.last()?;
        Some(Self { rungs: ids.chunks(STEP).map(Rung::of).collect(), last: *last })
    }

    /// How many of its ids are others than what `id_of` tells by their numbers.
    pub(crate) fn differing(&self, id_of: impl Fn(u64) -> Option<TransferId>) -> Vec<u64> {
        let last = self.rungs.last().and_then(|rung| rung.numbered().last());
        let is_same = |rung: &Rung, number: u64, mark: u16| {
            id_of(number).is_some_and(|id| {
                mark_of(id) == mark
                    && (number != rung.number || id == rung.first)
                    && (last != Some((number, mark)) || id == self.last)
            })
        };
        let all = self.rungs.iter().flat_map(|rung| rung.numbered().map(move |one| (rung, one)));
        all.filter(|(rung, (number, mark))| !is_same(rung, *number, *mark))
            .map(|(_, (number, _))| number)
            .collect()
    }
}

/// The last ids of ladders.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ends(Vec<TransferId>);

impl Ends {
    /// The ladder that goes on from `first` to `last`: the one that ends closest below, which is that of
    /// the same caller where each has its own ids; or a new one, if there are not `most` yet.
    pub(crate) fn place(
        &mut self,
        (first, last): (TransferId, TransferId),
        most: usize,
    ) -> Option<usize> {
        let below = self.0.iter_mut().enumerate().filter(|(_, end)| **end < first);
        if let Some((place, end)) = below.max_by_key(|(_, end)| **end) {
            *end = last;
            return Some(place);
        }
        let place = self.0.len();
        (place < most).then(|| {
            self.0.push(last);
            place
        })
    }

    /// Of no ladders.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}

/// Runs of ids, all of one above all of the one before.
type Ladder = Vec<Vec<Rung>>;

fn climb(ladder: &mut Ladder, rung: Rung) {
    match ladder.last_mut().filter(|block| block.len() < BLOCK) {
        Some(block) => block.push(rung),
        None => ladder.push(vec![rung]),
    }
}

/// The only rung that may have `id`.
fn rung(ladder: &Ladder, id: TransferId) -> Option<Rung> {
    let begins = |block: &Vec<Rung>| block.first().is_some_and(|rung| rung.first <= id);
    let block = ladder.get(ladder.partition_point(begins).checked_sub(1)?)?;
    let place = block.partition_point(|rung| rung.first <= id).checked_sub(1)?;
    block.get(place).copied()
}

/// All ladders.
#[derive(Clone, Debug, Default)]
pub(super) struct Rising {
    ladders: Vec<Ladder>,
    ends: Ends,
}

impl Rising {
    fn ladder(&mut self, span: (TransferId, TransferId), most: usize) -> Option<&mut Ladder> {
        let place = self.ends.place(span, most)?;
        if place >= self.ladders.len() {
            self.ladders.push(Ladder::new());
        }
        self.ladders.get_mut(place)
    }

    /// Takes a run of rising ids under consecutive numbers; false if there is no ladder for it.
    pub(super) fn take(&mut self, run: &[(TransferId, u64)]) -> bool {
        let [(first, _), .., (last, _)] = run else { return false };
        let Some(ladder) = self.ladder((*first, *last), MOST) else { return false };
        for ids in run.chunks(STEP) {
            climb(ladder, Rung::of(ids));
        }
        true
    }

    /// Takes a run out of an index, which has few enough of them that are out of order.
    pub(super) fn restore(&mut self, run: Run) {
        let Some(first) = run.rungs.first().map(|rung| rung.first) else { return };
        if let Some(ladder) = self.ladder((first, run.last), usize::MAX) {
            for rung in run.rungs {
                climb(ladder, rung);
            }
        }
    }

    /// The numbers under which `id` may be: almost always none or one.
    pub(super) fn numbers(&self, id: TransferId) -> impl Iterator<Item = u64> {
        let ladders = self.ladders.iter().zip(&self.ends.0).filter(move |(_, end)| id <= **end);
        let rungs = ladders.filter_map(move |(ladder, _)| rung(ladder, id));
        let numbered = rungs.flat_map(Rung::numbered);
        numbered.filter(move |(_, mark)| *mark == mark_of(id)).map(|(number, _)| number)
    }
}

/// How many of the first `ids` rise under consecutive numbers.
pub(crate) fn run_len(ids: &[(TransferId, u64)]) -> usize {
    let rises = |pair: &&[(TransferId, u64)]| match pair {
        [(low, number), (high, next)] => high > low && next.wrapping_sub(*number) == 1,
        _ => false,
    };
    let steps = ids.windows(2).take_while(rises).count();
    if ids.is_empty() { 0 } else { steps.saturating_add(1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(ids: impl Iterator<Item = u128>, number: u64) -> Vec<(TransferId, u64)> {
        ids.map(TransferId).zip(number..).collect()
    }

    #[test]
    fn rung_is_one_line_of_memory() {
        assert_eq!(size_of::<Rung>(), 64);
    }

    #[test]
    fn ids_of_two_callers_are_found_by_their_numbers_and_others_are_not() {
        let mut rising = Rising::default();
        // A stray far above must not keep those below it from rising.
        assert!(rising.take(&run((1 << 120)..(1 << 120) + 100, 1)));
        for round in 0..1_000_u32 {
            let (id, number) = (u128::from(round) * 200, 1_000 + u64::from(round) * 200);
            assert!(rising.take(&run((id..id + 100).map(|n| n << 64), number)));
            assert!(
                rising.take(&run((id..id + 100).map(|n| (1 << 110) | (n << 64)), number + 100))
            );
        }

        let numbers = |id| rising.numbers(TransferId(id)).collect::<Vec<_>>();
        assert_eq!(numbers((1 << 120) + 7), [8]);
        assert_eq!(numbers(50 << 64), [1_050]);
        assert_eq!(numbers((200 * 999 + 99) << 64), [1_000 + 200 * 999 + 99]);
        assert_eq!(numbers((1 << 110) | ((200 * 500) << 64)), [1_100 + 200 * 500]);
        let strangers = (0..199_900_u128).filter(|n| !numbers((n << 64) | 1).is_empty()).count();
        assert!(strangers < 200, "{strangers}");
        assert!(numbers(u128::MAX).is_empty());
    }

    #[test]
    fn run_ends_where_an_id_falls_or_a_number_is_left_out() {
        assert_eq!(run_len(&run([1, 2, 9, 4].into_iter(), 1)), 3);
        assert_eq!(run_len(&[(TransferId(1), 1), (TransferId(2), 3)]), 1);
        assert_eq!(run_len(&[]), 0);
    }
}
