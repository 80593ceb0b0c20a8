//! Which ids were ever used, and under which number: twelve bytes each, or four.
//!
//! Every transfer asks whether its id is new, and nearly every one is; that answer must not cost a
//! look at the disk. So all ids are here as 56 bits of their hash beside the 40-bit number of what
//! bears them, or in a third of that where they rise ([`super::rising`]). Two ids with the same bits
//! are rare, not impossible: whoever finds a number looks at the thing itself before believing it.

use std::{
    hash::{BuildHasher, Hasher},
    hint::black_box,
};

use hashbrown::HashTable;

use super::rising::{RUN_LEAST, Rising, Run, run_len};
use crate::model::TransferId;

/// How many tables share the ids: each grows alone and little, so no single transfer waits for all
/// ids to move.
const PARTS: usize = 1_024;
/// Which quarter of the tables takes which of 22 shares. A table doubles when it is full; if all were
/// equally full, all would double at once, and memory with them.
const SHARES: [u8; 22] = [0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3];
/// Bytes of an entry.
pub(crate) const ENTRY_LEN: usize = 12;
/// Fingerprint (7 bytes) and number (5 bytes), little-endian.
pub(crate) type Entry = [u8; ENTRY_LEN];

/// How many ids are looked for before the first of them is put in its place: nothing stands between
/// the looks, so that memory has many under way.
const WARM: usize = 16;

const ODD: u64 = 0x9e37_79b9_7f4a_7c15;

/// Both halves of the product, folded.
const fn fold(a: u64, b: u64) -> u64 {
    let [l0, l1, l2, l3, l4, l5, l6, l7, h0, h1, h2, h3, h4, h5, h6, h7] =
        widened(a).wrapping_mul(widened(b)).to_le_bytes();
    u64::from_le_bytes([l0, l1, l2, l3, l4, l5, l6, l7])
        ^ u64::from_le_bytes([h0, h1, h2, h3, h4, h5, h6, h7])
}

/// `From` is not const.
const fn widened(a: u64) -> u128 {
    let [a0, a1, a2, a3, a4, a5, a6, a7] = a.to_le_bytes();
    u128::from_le_bytes([a0, a1, a2, a3, a4, a5, a6, a7, 0, 0, 0, 0, 0, 0, 0, 0])
}

/// 64 bits that depend on all of `bits`. The same everywhere, because it is written to disk.
pub(crate) const fn hash_of(bits: u128) -> u64 {
    let [l0, l1, l2, l3, l4, l5, l6, l7, h0, h1, h2, h3, h4, h5, h6, h7] = bits.to_le_bytes();
    let low = u64::from_le_bytes([l0, l1, l2, l3, l4, l5, l6, l7]);
    let high = u64::from_le_bytes([h0, h1, h2, h3, h4, h5, h6, h7]);
    let first = fold(low ^ 0x243f_6a88_85a3_08d3, ODD);
    fold(first ^ high ^ 0x1319_8a2e_0370_7344, 0xa409_3822_299f_31d1)
}

/// 56 bits of an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Print(u64);

impl Print {
    pub(crate) const fn of(id: TransferId) -> Self {
        Self(hash_of(id.bits()) >> 8)
    }

    /// Which part of [`PARTS`] holds it.
    fn part(self) -> usize {
        let [.., place, low, high, _] = self.0.to_le_bytes();
        let [_, _, share, _] = u32::from(u16::from_le_bytes([low, high]))
            .wrapping_mul(u32::try_from(SHARES.len()).unwrap_or(1))
            .to_le_bytes();
        let quarter = SHARES.get(usize::from(share)).copied().unwrap_or(0);
        usize::from(u16::from_le_bytes([place, quarter]))
    }

    const fn hash(self) -> u64 {
        self.0.wrapping_mul(ODD)
    }

    /// With a number, which has 40 bits: at a million transfers a second that is twelve days of
    /// writing, at a thousand 34 years.
    pub(crate) fn entry(self, number: u64) -> Entry {
        assert!(number < 1 << 40, "the ledger is full");
        let [p0, p1, p2, p3, p4, p5, p6, _] = self.0.to_le_bytes();
        let [n0, n1, n2, n3, n4, ..] = number.to_le_bytes();
        [p0, p1, p2, p3, p4, p5, p6, n0, n1, n2, n3, n4]
    }

    pub(crate) const fn parse(entry: Entry) -> (Self, u64) {
        let [p0, p1, p2, p3, p4, p5, p6, n0, n1, n2, n3, n4] = entry;
        let print = u64::from_le_bytes([p0, p1, p2, p3, p4, p5, p6, 0]);
        (Self(print), u64::from_le_bytes([n0, n1, n2, n3, n4, 0, 0, 0]))
    }
}

fn hash_of_entry(entry: &Entry) -> u64 {
    Print::parse(*entry).0.hash()
}

/// The ids that were used.
#[derive(Clone, Debug)]
pub(crate) struct Ids {
    parts: Vec<HashTable<Entry>>,
    /// Those of large batches that rise.
    rising: Rising,
    /// Noted and not kept yet.
    noted: Vec<(TransferId, u64)>,
}

impl Default for Ids {
    fn default() -> Self {
        let mut parts = Vec::new();
        parts.resize_with(PARTS, HashTable::new);
        Self { parts, rising: Rising::default(), noted: Vec::new() }
    }
}

impl Ids {
    /// For the few ids of a batch: one part takes less time to make and to drop.
    pub(crate) fn of_few() -> Self {
        Self { parts: vec![HashTable::new()], rising: Rising::default(), noted: Vec::new() }
    }

    fn place(&self, print: Print) -> usize {
        if self.parts.len() == PARTS { print.part() } else { 0 }
    }
}

impl Ids {
    fn is_kept(&self, print: Print) -> bool {
        let part = self.parts.get(self.place(print));
        part.is_some_and(|part| {
            part.find(print.hash(), |entry| Print::parse(*entry).0 == print).is_some()
        })
    }

    /// The numbers under which `id` may have been used; almost always none, else one.
    pub(crate) fn numbers(&self, id: TransferId) -> impl Iterator<Item = u64> {
        let print = Print::of(id);
        let part = self.parts.get(self.place(print));
        let found = part.into_iter().flat_map(move |part| part.iter_hash(print.hash()));
        let kept = found.map(|entry| Print::parse(*entry)).filter(move |(p, _)| *p == print);
        let noted = self.noted.iter().copied().filter(move |(noted, _)| *noted == id);
        kept.map(|(_, n)| n).chain(noted.map(|(_, n)| n)).chain(self.rising.numbers(id))
    }

    /// To be kept with others: each is one look at memory that no cache holds, and a processor
    /// has many such looks under way where nothing else stands between them.
    pub(crate) fn note(&mut self, id: TransferId, number: u64) {
        self.noted.push((id, number));
    }

    /// How many are noted.
    pub(crate) const fn noted(&self) -> usize {
        self.noted.len()
    }

    /// Keeps what was noted. Until then it is found, but by looking through all of it. Nothing of it is
    /// taken back any more.
    pub(crate) fn keep(&mut self) {
        let mut noted = std::mem::take(&mut self.noted);
        // Of the first `at`, those from `begin` on belong into tables.
        let (mut begin, mut at) = (0_usize, 0_usize);
        while let Some(rest) = noted.get(at..).filter(|rest| !rest.is_empty()) {
            let len = run_len(rest);
            let end = at.saturating_add(len);
            let run = rest.get(..len).unwrap_or_default();
            if len >= RUN_LEAST && self.rising.take(run) {
                self.insert_all(noted.get(begin..at).unwrap_or_default());
                begin = end;
            }
            at = end;
        }
        self.insert_all(noted.get(begin..).unwrap_or_default());
        noted.clear();
        self.noted = noted;
    }

    /// The same within a chain, whose ids may be taken back.
    pub(crate) fn keep_for_now(&mut self) {
        let mut noted = std::mem::take(&mut self.noted);
        self.insert_all(&noted);
        noted.clear();
        self.noted = noted;
    }

    fn insert_all(&mut self, ids: &[(TransferId, u64)]) {
        let mut prints = [Print(0); WARM];
        for some in ids.chunks(WARM) {
            for (print, (id, _)) in prints.iter_mut().zip(some) {
                *print = Print::of(*id);
                black_box(self.is_kept(*print));
            }
            for (print, (_, number)) in prints.iter().zip(some) {
                self.insert(*print, *number);
            }
        }
    }

    /// A run out of an index.
    pub(crate) fn restore(&mut self, run: Run) {
        self.rising.restore(run);
    }

    pub(crate) fn insert(&mut self, print: Print, number: u64) {
        let place = self.place(print);
        if let Some(part) = self.parts.get_mut(place) {
            part.insert_unique(print.hash(), print.entry(number), hash_of_entry);
        }
    }

    /// Makes room for `more` ids in the only part.
    pub(crate) fn reserve_few(&mut self, more: usize) {
        self.noted.reserve(more);
        if let [part] = self.parts.as_mut_slice() {
            part.reserve(more, hash_of_entry);
        }
    }

    /// Makes room for `more` ids.
    pub(crate) fn reserve(&mut self, more: usize) {
        let quarter = PARTS >> 2;
        let share = more.checked_div(SHARES.len().saturating_mul(quarter)).unwrap_or(0);
        for (place, part) in self.parts.iter_mut().enumerate() {
            let shares = 4_usize.saturating_add(place.checked_div(quarter).unwrap_or(0));
            part.reserve(share.saturating_mul(shares), hash_of_entry);
        }
    }

    /// Takes back an id of a chain, the newest of all.
    pub(crate) fn remove(&mut self, id: TransferId, number: u64) {
        if self.noted.last() == Some(&(id, number)) {
            self.noted.pop();
            return;
        }
        let print = Print::of(id);
        let entry = print.entry(number);
        let place = self.place(print);
        if let Some(part) = self.parts.get_mut(place)
            && let Ok(found) = part.find_entry(print.hash(), |e| *e == entry)
        {
            found.remove();
        }
    }
}

/// Hashes ids in maps that live in memory only.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ById;

impl BuildHasher for ById {
    type Hasher = IdHasher;

    fn build_hasher(&self) -> IdHasher {
        IdHasher(0)
    }
}

/// One id's hash.
#[derive(Clone, Copy, Debug)]
pub(crate) struct IdHasher(u64);

impl Hasher for IdHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = fold(self.0 ^ u64::from(*byte), ODD);
        }
    }

    fn write_u128(&mut self, bits: u128) {
        self.0 = hash_of(bits);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_found_by_their_numbers_until_they_are_taken_back() {
        let mut ids = Ids::default();
        for n in 1..=20_000_u64 {
            ids.insert(Print::of(TransferId(u128::from(n) << 64)), n);
        }
        let id = TransferId(77 << 64);

        assert_eq!(ids.numbers(id).collect::<Vec<_>>(), [77]);
        ids.remove(id, 77);
        assert_eq!(ids.numbers(id).count(), 0);
        assert_eq!(ids.numbers(TransferId(20_001 << 64)).count(), 0);
    }

    /// Runs that rise among ids in no order, with and without being kept, and a chain taken back.
    #[test]
    fn ids_in_order_and_in_none_are_all_found() {
        let mut ids = Ids::default();
        let stray = |n: u128| TransferId(n.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c834));
        let id_of = |n: u64| match n {
            100..400 | 500..540 | 700..900 => TransferId(u128::from(n) << 90),
            _ => stray(n.into()),
        };
        (1..800).for_each(|n| ids.note(id_of(n), n));
        ids.keep();
        (800..1_000).for_each(|n| ids.note(id_of(n), n));
        for n in 1..1_000 {
            assert!(ids.numbers(id_of(n)).any(|found| found == n), "{n}");
        }

        ids.note(TransferId(901 << 90), 1_000);
        ids.keep_for_now();
        ids.note(TransferId(902 << 90), 1_001);
        ids.remove(TransferId(902 << 90), 1_001);
        ids.remove(TransferId(901 << 90), 1_000);

        for id in [901 << 90, 902 << 90, 5] {
            assert_eq!(ids.numbers(TransferId(id)).count(), 0);
        }
        assert!((1..1_000).all(|n| ids.numbers(id_of(n)).any(|found| found == n)));
    }

    #[test]
    fn no_more_than_a_third_of_all_tables_double_at_once() {
        let mut sizes = vec![0_usize; PARTS];
        // A hundred for each of 22 shares of 256 tables.
        for n in 1..=563_200_u128 {
            sizes[Print::of(TransferId(n << 64)).part()] += 1;
        }

        let of_quarters: Vec<usize> =
            sizes.chunks(PARTS >> 2).map(|quarter| quarter.iter().sum::<usize>() >> 8).collect();
        for (found, expected) in of_quarters.iter().zip([400_usize, 500, 600, 700]) {
            assert!(found.abs_diff(expected) < 8, "{of_quarters:?}");
        }
        assert!(sizes.iter().all(|size| *size > 0));
    }

    #[test]
    fn entry_keeps_print_and_number() {
        let print = Print::of(TransferId(u128::MAX - 3));
        let number = (1 << 40) - 1;

        assert_eq!(Print::parse(print.entry(number)), (print, number));
    }
}
