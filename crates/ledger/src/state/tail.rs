//! What was made lately, in order, each thing under a number.
//!
//! An engine without a disk keeps everything here. One with a disk moves what is old to its store
//! and lets go of it; what it lets go of must be handed in again ([`Known`]) when a batch asks.
//! Numbers rise and may have gaps: the engine chooses them, so that a number can be a place.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::Arc,
};

use super::ids::ById;
use crate::model::{Transfer, TransferId, TransferRecord};
use kanuki_domain::Yen;

/// One side of a transfer: the account's slot, and the transfer that touched it before (0: none).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Side {
    pub(crate) slot: u32,
    pub(crate) before: u64,
}

/// Something that used up an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Made {
    /// A transfer, and its two accounts.
    Transfer { transfer: Transfer, debit: Side, credit: Side },
    /// An id that was refused for a passing reason, and is never made any more.
    Refused(TransferId),
}

/// Something made, with its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) number: u64,
    pub(crate) made: Made,
}

impl Row {
    pub(crate) const fn id(&self) -> TransferId {
        match &self.made {
            Made::Transfer { transfer, .. } => transfer.id,
            Made::Refused(id) => *id,
        }
    }
}

/// The sums of an account with the history flag after one transfer: debits pending and posted,
/// credits pending and posted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct After {
    pub(crate) number: u64,
    pub(crate) slot: u32,
    pub(crate) sums: [Yen; 4],
}

/// A stretch of rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Chunk {
    pub(crate) rows: Vec<Row>,
    pub(crate) after: Vec<After>,
}

impl Chunk {
    fn first(&self) -> Option<u64> {
        self.rows.first().map(|row| row.number)
    }

    fn row(&self, number: u64) -> Option<&Row> {
        let first = self.first()?;
        // Without gaps the number tells the place; with gaps it is a little before that.
        let guess = usize::try_from(number.checked_sub(first)?).ok()?;
        if let Some(row) = self.rows.get(guess).filter(|row| row.number == number) {
            return Some(row);
        }
        let place = self.rows.binary_search_by_key(&number, |row| row.number).ok()?;
        self.rows.get(place)
    }

    /// The sums of the account in `slot` after the transfer `number`.
    pub(crate) fn sums(&self, number: u64, slot: u32) -> Option<[Yen; 4]> {
        let key = |after: &After| after.number;
        let from = self.after.partition_point(|after| key(after) < number);
        let these = self.after.get(from..)?.iter().take_while(|after| key(after) == number);
        these.into_iter().find(|after| after.slot == slot).map(|after| after.sums)
    }
}

/// The rows that are still in memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tail {
    sealed: VecDeque<Arc<Chunk>>,
    pub(super) open: Chunk,
    /// Room of a stretch that was let go, always empty: new memory costs more than what is put in.
    spare: Vec<Row>,
}

impl Tail {
    fn chunk(&self, number: u64) -> Option<&Chunk> {
        if self.open.first().is_some_and(|first| first <= number) {
            return Some(&self.open);
        }
        let place = self.sealed.partition_point(|chunk| chunk.first().is_some_and(|f| f <= number));
        self.sealed.get(place.checked_sub(1)?).map(|chunk| &**chunk)
    }

    pub(crate) fn row(&self, number: u64) -> Option<&Row> {
        self.chunk(number)?.row(number)
    }

    pub(crate) fn sums(&self, number: u64, slot: u32) -> Option<[Yen; 4]> {
        self.chunk(number)?.sums(number, slot)
    }

    /// How many rows are in memory.
    pub(crate) fn len(&self) -> usize {
        self.sealed.iter().fold(self.open.rows.len(), |n, chunk| n.saturating_add(chunk.rows.len()))
    }

    pub(crate) fn rows(&self) -> impl Iterator<Item = &Row> {
        self.sealed.iter().flat_map(|chunk| &chunk.rows).chain(&self.open.rows)
    }

    /// Ends the open stretch; it can be shared and no longer grows.
    pub(crate) fn seal(&mut self) {
        if !self.open.rows.is_empty() {
            let mut rows = std::mem::take(&mut self.spare);
            rows.reserve(self.open.rows.len().min(1 << 19));
            let next = Chunk { rows, after: Vec::new() };
            self.sealed.push_back(Arc::new(std::mem::replace(&mut self.open, next)));
        }
    }

    pub(crate) fn sealed(&self) -> impl Iterator<Item = &Arc<Chunk>> {
        self.sealed.iter()
    }

    /// Lets go of the stretches that end below `number`.
    pub(crate) fn forget_below(&mut self, number: u64) {
        let ends_below =
            |chunk: &Arc<Chunk>| chunk.rows.last().is_none_or(|row| row.number < number);
        while self.sealed.front().is_some_and(ends_below) {
            let last_holder = self.sealed.pop_front().and_then(Arc::into_inner);
            if let Some(Chunk { mut rows, .. }) = last_holder
                && rows.capacity() > self.spare.capacity()
            {
                rows.clear();
                self.spare = rows;
            }
        }
    }
}

/// What used up an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Used {
    /// A transfer and what became of it.
    Transfer(TransferRecord),
    /// An id that was refused for a passing reason.
    Refused(TransferId),
}

impl Used {
    /// The id that it used up.
    #[must_use]
    pub const fn id(&self) -> TransferId {
        match self {
            Self::Transfer(record) => record.transfer.id,
            Self::Refused(id) => *id,
        }
    }
}

/// What an engine hands in with a batch because the books no longer hold it: all that the batch's
/// ids and pending ids name, and what those posted or voided.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    by_id: HashMap<TransferId, Used, ById>,
    numbers: HashSet<u64>,
}

impl Known {
    /// Hands in what used up an id.
    pub fn learn(&mut self, used: Used) {
        self.by_id.insert(used.id(), used);
    }

    /// Says that what is kept under `number` was looked at: it is handed in, or it is another id's.
    pub fn cover(&mut self, number: u64) {
        self.numbers.insert(number);
    }

    /// Whether what is kept under `number` was handed in.
    #[must_use]
    pub fn covers(&self, number: u64) -> bool {
        self.numbers.contains(&number)
    }

    /// Whether nothing was handed in.
    pub(super) fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    pub(super) fn get(&self, id: TransferId) -> Option<&Used> {
        if self.is_empty() { None } else { self.by_id.get(&id) }
    }
}
