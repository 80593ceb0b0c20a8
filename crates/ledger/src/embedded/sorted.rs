//! A stretch of the log by account, as the index keeps it.
//!
//! The log has it by time. Each account's share is counted, and then every leg is put where its
//! account's next one belongs: two walks over the rows, in their order, and none back to a row from
//! an account, which no cache would hold.

use jiff::Timestamp;
use kanuki_domain::Yen;

use super::{
    index::IndexError,
    kept::Kept,
    pages::{ENTRIES_MAX, Entry, passed},
};
use crate::state::tail::{Chunk, Made, Side};

/// One account's side of one transfer: a quarter of a line of memory, because they are put where no
/// cache holds it.
#[derive(Clone, Copy, Debug, Default)]
struct Leg {
    /// Nanoseconds after the first transfer of the stretch.
    at: u64,
    /// How far its number is from the first one of the stretch.
    number: u32,
    /// One more than the place of its sums; 0: no history is kept.
    sums: u32,
}

/// The account in a slot, within the stretch.
#[derive(Clone, Copy, Debug, Default)]
struct Share {
    /// Behind its last leg; while counting, how many it has.
    end: usize,
    /// The transfer that touched it before the first of them.
    before: u64,
}

/// One stretch after the other in the same room: new memory costs more than what is put in.
#[derive(Debug, Default)]
pub(crate) struct Sorted {
    shares: Vec<Share>,
    legs: Vec<Leg>,
    sums: Vec<[Yen; 4]>,
    /// The number of the first row, and when the first transfer was.
    begin: (u64, Option<Timestamp>),
    /// Of everything that used up an id.
    ids: Kept,
    /// When the last transfer was.
    until: Option<Timestamp>,
}

impl Sorted {
    /// Sorts `chunks`, in place of what was sorted before.
    pub(super) fn sort<'a>(&mut self, chunks: impl Iterator<Item = &'a Chunk> + Clone) {
        self.shares.clear();
        self.legs.clear();
        self.sums.clear();
        self.ids.clear();
        self.until = None;
        self.begin = (0, None);
        for row in chunks.clone().flat_map(|chunk| &chunk.rows) {
            self.ids.add(row.id(), row.number);
            if let Made::Transfer { transfer, debit, credit } = &row.made {
                if self.begin.1.is_none() {
                    self.begin = (row.number, Some(transfer.timestamp));
                }
                self.count(debit);
                self.count(credit);
                self.until = self.until.max(Some(transfer.timestamp));
            }
        }
        self.ids.end_run();
        let mut total = 0_usize;
        for share in &mut self.shares {
            let begin = total;
            total = total.saturating_add(share.end);
            share.end = begin;
        }
        self.legs.resize(total, Leg::default());
        for chunk in chunks {
            self.put_all(chunk);
        }
    }

    fn count(&mut self, side: &Side) {
        let Ok(slot) = usize::try_from(side.slot) else { return };
        if slot >= self.shares.len() {
            self.shares.resize(slot.saturating_add(1), Share::default());
        }
        if let Some(share) = self.shares.get_mut(slot) {
            if share.end == 0 {
                share.before = side.before;
            }
            share.end = share.end.saturating_add(1);
        }
    }

    fn put_all(&mut self, chunk: &Chunk) {
        let mut after = chunk.after.as_slice();
        for row in &chunk.rows {
            let Made::Transfer { transfer, debit, credit } = &row.made else { continue };
            while after.first().is_some_and(|after| after.number < row.number) {
                after = after.split_first().map_or(&[], |(_, rest)| rest);
            }
            let place = self.place(row.number, transfer.timestamp);
            for side in [debit, credit] {
                let these = after.iter().take_while(|after| after.number == row.number);
                let kept = these.into_iter().find(|after| after.slot == side.slot);
                self.sums.extend(kept.map(|after| after.sums));
                let sums = if kept.is_some() { self.sums.len() } else { 0 };
                let sums = u32::try_from(sums).unwrap_or(0);
                self.put(side.slot, Leg { sums, ..place });
            }
        }
    }

    /// Where in the stretch a transfer is. Both fit: numbers and instants rise, what lies between rows in
    /// the log is far less than 2³² cells, and books bear instants of 63 bits of nanoseconds only.
    fn place(&self, number: u64, at: Timestamp) -> Leg {
        let (first, begin) = self.begin;
        let number = number.checked_sub(first).and_then(|far| u32::try_from(far).ok());
        let passed = begin.and_then(|begin| passed(begin, at));
        assert!(number.is_some() && passed.is_some(), "a stretch is short and in order");
        Leg { at: passed.unwrap_or(0), number: number.unwrap_or(0), sums: 0 }
    }

    fn put(&mut self, slot: u32, leg: Leg) {
        let share = usize::try_from(slot).ok().and_then(|slot| self.shares.get_mut(slot));
        if let Some(share) = share
            && let Some(place) = self.legs.get_mut(share.end)
        {
            *place = leg;
            share.end = share.end.saturating_add(1);
        }
    }

    /// Everything that used up an id.
    pub(super) const fn ids(&self) -> &Kept {
        &self.ids
    }

    /// When the last transfer was.
    pub(super) fn until(&self) -> Timestamp {
        self.until.unwrap_or(Timestamp::MIN)
    }

    fn entry(&self, leg: &Leg) -> Entry {
        let sums = leg.sums.checked_sub(1).and_then(|place| usize::try_from(place).ok());
        let sums = sums.and_then(|place| self.sums.get(place)).copied();
        Entry { number: self.number(leg), at: leg.at, sums }
    }

    fn number(&self, leg: &Leg) -> u64 {
        self.begin.0.saturating_add(leg.number.into())
    }

    /// When the first transfer was.
    pub(super) fn begin(&self) -> Timestamp {
        self.begin.1.unwrap_or(Timestamp::MIN)
    }

    /// Hands out each account's transfers by slot and time, at most [`ENTRIES_MAX`] at once: the slot,
    /// the transfer before them, and they.
    pub(super) fn each(
        &self,
        mut each: impl FnMut(u32, u64, &mut dyn Iterator<Item = Entry>) -> Result<(), IndexError>,
    ) -> Result<(), IndexError> {
        let mut begin = 0;
        for (slot, share) in (0_u32..).zip(&self.shares) {
            let legs = self.legs.get(begin..share.end).unwrap_or_default();
            let mut before = share.before;
            for some in legs.chunks(ENTRIES_MAX) {
                each(slot, before, &mut some.iter().map(|leg| self.entry(leg)))?;
                before = some.last().map_or(before, |leg| self.number(leg));
            }
            begin = share.end;
        }
        Ok(())
    }
}
