//! An account's transfers in the index: rows of each stretch, sorted by account, chained from each to
//! the one before.
//!
//! The list of stretches says where to look for a number or an instant. Newest first, the chain is
//! followed down; oldest first, the stretches are walked up. Either way every row must be the
//! neighbour of the one before.

use jiff::Timestamp;
use kanuki_domain::Yen;
use rusqlite::{Connection, params};

use super::{
    bytes::{Put, Take, put_varint},
    index::{Index, IndexError, damaged, seal, seal_in_place, unseal},
};

/// Transfers of one account in one row.
pub(super) const ENTRIES_MAX: usize = 256;

/// One transfer of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Leaf {
    pub(crate) number: u64,
    pub(crate) timestamp: Timestamp,
    /// Debits pending and posted, credits pending and posted, if the account keeps history.
    pub(crate) sums: Option<[Yen; 4]>,
}

/// The same on its way into the index.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) number: u64,
    /// Nanoseconds after the first transfer of the stretch.
    pub(super) at: u64,
    pub(super) sums: Option<[Yen; 4]>,
}

/// Some consecutive transfers of one account, all of one stretch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Leaves {
    pub(crate) slot: u32,
    /// The account's transfer before the first of these; 0: none.
    pub(crate) before: u64,
    pub(crate) leaves: Vec<Leaf>,
}

/// Stretch (its first number), account, first timestamp.
pub(super) type Key = [u8; 22];

/// Bytes that sort as stretches, then accounts, then time.
fn key(stretch: u64, slot: u32, at: Timestamp) -> Key {
    let shifted = at.as_nanosecond().wrapping_add(1 << 78);
    let low = shifted.to_be_bytes().last_chunk::<10>().copied().unwrap_or_default();
    let mut key = [0; 22];
    Put::new(&mut key).array(stretch.to_be_bytes()).array(slot.to_be_bytes()).array(low).end();
    key
}

fn timestamp_of(key: &[u8]) -> Option<Timestamp> {
    let low = key.last_chunk::<10>()?;
    let mut bytes = [0; 16];
    bytes.last_chunk_mut::<10>()?.copy_from_slice(low);
    Timestamp::from_nanosecond(i128::from_be_bytes(bytes).wrapping_sub(1 << 78)).ok()
}

/// Puts one row of a stretch that begins at `begin` into `out`, which is empty: some consecutive
/// transfers of the account in a slot, and the transfer before them. `None` if they are out of order,
/// or none.
pub(super) fn encode_leaves(
    (stretch, begin): (u64, Timestamp),
    (slot, before): (u32, u64),
    entries: &mut dyn Iterator<Item = Entry>,
    out: &mut Vec<u8>,
) -> Option<Key> {
    let first = entries.next()?;
    let key = key(stretch, slot, later(begin, first.at)?);
    put_varint(out, before.into());
    out.push(u8::from(first.sums.is_some()));
    let (mut number, mut at) = (before, first.at);
    for entry in std::iter::once(first).chain(entries) {
        put_varint(out, entry.number.checked_sub(number)?.into());
        put_varint(out, entry.at.checked_sub(at)?.into());
        for sum in entry.sums.into_iter().flatten() {
            put_varint(out, sum.amount().into());
        }
        (number, at) = (entry.number, entry.at);
    }
    seal_in_place(&key, out);
    Some(key)
}

/// Nanoseconds from `at` to what was not earlier; `None` if it was, or more than 64 bits bear.
pub(super) fn passed(at: Timestamp, later: Timestamp) -> Option<u64> {
    // Nearly always 63 bits are enough, and less work.
    let nanos = i64::from(later.subsec_nanosecond()).wrapping_sub(at.subsec_nanosecond().into());
    let seconds = later.as_second().wrapping_sub(at.as_second());
    let short = seconds.checked_mul(1_000_000_000).and_then(|passed| passed.checked_add(nanos));
    if let Some(short) = short {
        return u64::try_from(short).ok();
    }
    let long = later.as_nanosecond().checked_sub(at.as_nanosecond())?;
    u64::try_from(long).ok()
}

/// The instant so many nanoseconds after `at`.
fn later(at: Timestamp, nanos: u64) -> Option<Timestamp> {
    let sum = at.as_nanosecond().checked_add(nanos.into())?;
    Timestamp::from_nanosecond(sum).ok()
}

impl Leaves {
    fn decode(key: &[u8], sealed: &[u8]) -> Result<Self, IndexError> {
        let data = unseal("an account", key, sealed)?;
        let Some(leaves) = Self::parse(key, data) else {
            return damaged("a row of an account cannot be read");
        };
        Ok(leaves)
    }

    fn parse(key: &[u8], data: &[u8]) -> Option<Self> {
        let slot = u32::from_be_bytes(*key.get(8..)?.first_chunk()?);
        let mut take = Take::new(data);
        let before = take.varint_u64()?;
        let has_sums = take.u8()? == 1;
        let (mut number, mut at) = (before, timestamp_of(key)?.as_nanosecond());
        let mut leaves = Vec::new();
        while !take.0.is_empty() {
            number = number.checked_add(take.varint_u64()?)?;
            at = at.checked_add(i128::try_from(take.varint()?).ok()?)?;
            let mut sums = [Yen::ZERO; 4];
            if has_sums {
                for sum in &mut sums {
                    *sum = Yen::new(take.varint_u64()?).ok()?;
                }
            }
            let timestamp = Timestamp::from_nanosecond(at).ok()?;
            leaves.push(Leaf { number, timestamp, sums: has_sums.then_some(sums) });
        }
        Some(Self { slot, before, leaves })
    }

    fn last(&self) -> u64 {
        self.leaves.last().map_or(self.before, |leaf| leaf.number)
    }
}

/// How a stretch ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ended {
    /// Where the next one begins.
    pub(super) below: u64,
    /// When its last transfer was.
    pub(super) until: Timestamp,
}

impl Ended {
    pub(super) fn encode(self, first: u64) -> Vec<u8> {
        let mut out = vec![0; 20];
        Put::new(&mut out).array(self.below.to_le_bytes()).timestamp(self.until).end();
        seal(&first.to_be_bytes(), out)
    }

    fn decode(first: u64, sealed: &[u8]) -> Result<Self, IndexError> {
        let mut take = Take::new(unseal("stretches", &first.to_be_bytes(), sealed)?);
        match (take.u64(), take.timestamp()) {
            (Some(below), Some(until)) => Ok(Self { below, until }),
            (Some(_) | None, _) => damaged("a stretch cannot be read"),
        }
    }
}

/// All stretches by their first numbers; each begins where the one before ends.
fn stretches(connection: &Connection) -> Result<Vec<(u64, Ended)>, IndexError> {
    let mut statement =
        connection.prepare_cached("select first, data from stretches order by first")?;
    let mut rows = statement.query([])?;
    let mut all: Vec<(u64, Ended)> = Vec::new();
    let mut expected = 0;
    while let Some(row) = rows.next()? {
        let first = u64::try_from(row.get::<_, i64>(0)?).unwrap_or(0);
        let sealed = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
        if first != expected {
            return damaged(format!("the stretch that begins at number {expected} is missing"));
        }
        let ended = Ended::decode(first, sealed)?;
        expected = ended.below;
        all.push((first, ended));
    }
    Ok(all)
}

/// The account's rows of one stretch from the one that begins at `from` to the one at `to`; the
/// newest first if `is_reversed`.
fn rows(
    connection: &Connection,
    (from, to): (Key, Key),
    is_reversed: bool,
) -> Result<Vec<Leaves>, IndexError> {
    let sql = if is_reversed {
        "select key, data from entries where key between ?1 and ?2 order by key desc"
    } else {
        "select key, data from entries where key between ?1 and ?2 order by key"
    };
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params![from, to])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let (key, data) = (row.get_ref(0)?, row.get_ref(1)?);
        let key = key.as_blob().map_err(rusqlite::Error::from)?;
        let data = data.as_blob().map_err(rusqlite::Error::from)?;
        all.push(Leaves::decode(key, data)?);
    }
    Ok(all)
}

fn missing<T>(slot: u32) -> Result<T, IndexError> {
    damaged(format!("transfers of account {slot} are missing"))
}

impl Index {
    /// The transfers of the account in `slot` up to number `last`, which is its newest one there,
    /// from `since` on, oldest first, as long as `each` wants more.
    pub(crate) fn forward(
        &self,
        slot: u32,
        last: u64,
        since: Option<Timestamp>,
        mut each: impl FnMut(Leaf) -> Result<bool, IndexError>,
    ) -> Result<(), IndexError> {
        self.read(|connection| forward(connection, (slot, last), since, &mut each))
    }

    /// The same, newest first, down from `until`.
    pub(crate) fn backward(
        &self,
        slot: u32,
        last: u64,
        until: Option<Timestamp>,
        mut each: impl FnMut(Leaf) -> Result<bool, IndexError>,
    ) -> Result<(), IndexError> {
        self.read(|connection| backward(connection, (slot, last), until, &mut each))
    }
}

fn forward(
    connection: &Connection,
    (slot, last): (u32, u64),
    since: Option<Timestamp>,
    each: &mut impl FnMut(Leaf) -> Result<bool, IndexError>,
) -> Result<(), IndexError> {
    let all = stretches(connection)?;
    let is_before = |until: Timestamp| since.is_some_and(|since| until < since);
    let mut all = all.into_iter().skip_while(|(_, ended)| is_before(ended.until)).peekable();
    let begin = all.peek().map(|(first, _)| *first);
    let Some(begin) = begin.filter(|begin| last >= *begin) else {
        return Ok(());
    };
    let mut expected = None;
    for (stretch, _) in all {
        let range = (key(stretch, slot, Timestamp::MIN), key(stretch, slot, Timestamp::MAX));
        for leaves in rows(connection, range, false)? {
            // The first row's neighbour is in an earlier stretch, or there is none.
            let is_first = leaves.before < begin || leaves.before == 0;
            if !expected.map_or(is_first, |expected: u64| expected == leaves.before) {
                return missing(slot);
            }
            let end = leaves.last();
            expected = Some(end);
            let wanted = leaves.leaves.into_iter().filter(|leaf| {
                leaf.number <= last && since.is_none_or(|since| leaf.timestamp >= since)
            });
            if !all_wanted(wanted, each)? || end >= last {
                return Ok(());
            }
        }
    }
    missing(slot)
}

fn backward(
    connection: &Connection,
    (slot, last): (u32, u64),
    until: Option<Timestamp>,
    each: &mut impl FnMut(Leaf) -> Result<bool, IndexError>,
) -> Result<(), IndexError> {
    let all = stretches(connection)?;
    let mut number = match until {
        Some(until) => up_to(connection, &all, (slot, last), until)?,
        None => last,
    };
    let latest = until.unwrap_or(Timestamp::MAX);
    while number != 0 {
        let place = all.partition_point(|(first, _)| *first <= number);
        let found = place.checked_sub(1).and_then(|place| all.get(place));
        let Some((stretch, _)) = found.filter(|(_, ended)| number < ended.below) else {
            return missing(slot);
        };
        let range = (key(*stretch, slot, Timestamp::MIN), key(*stretch, slot, latest));
        for leaves in rows(connection, range, true)? {
            // What was in memory a moment ago may be in one row with what is old.
            let is_joined = number == last && leaves.last() > last && leaves.before < last;
            if leaves.last() != number && !is_joined {
                return missing(slot);
            }
            number = leaves.before;
            let newest_first = leaves.leaves.into_iter().rev();
            let wanted =
                newest_first.filter(|leaf| leaf.number <= last && leaf.timestamp <= latest);
            if !all_wanted(wanted, each)? {
                return Ok(());
            }
        }
        // The chain goes on in an earlier stretch, or a row of this one is missing.
        if number >= *stretch && number != 0 {
            return missing(slot);
        }
    }
    Ok(())
}

/// The last number of the account's newest row that begins at `until` or before: what the row after
/// it names, or the account's last.
fn up_to(
    connection: &Connection,
    all: &[(u64, Ended)],
    (slot, last): (u32, u64),
    until: Timestamp,
) -> Result<u64, IndexError> {
    // Not by halves: a stretch without a transfer has no instant.
    let begin = all.iter().position(|(_, ended)| ended.until >= until).unwrap_or(all.len());
    for (place, (stretch, _)) in all.iter().enumerate().skip(begin) {
        if last < *stretch {
            break;
        }
        let from = if place == begin { until } else { Timestamp::MIN };
        let range = (key(*stretch, slot, from), key(*stretch, slot, Timestamp::MAX));
        let mut after = rows(connection, range, false)?.into_iter();
        let is_after =
            |leaves: &Leaves| leaves.leaves.first().is_some_and(|leaf| leaf.timestamp > until);
        if let Some(leaves) = after.find(is_after) {
            return Ok(leaves.before);
        }
    }
    Ok(last)
}

/// Hands leaves out until no more are wanted; whether more are.
fn all_wanted(
    leaves: impl Iterator<Item = Leaf>,
    each: &mut impl FnMut(Leaf) -> Result<bool, IndexError>,
) -> Result<bool, IndexError> {
    for leaf in leaves {
        if !each(leaf)? {
            return Ok(false);
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_passes_alike_over_short_and_long_stretches() {
        // From 1677 to 2262, and beyond.
        let at = |seconds, nanos| Timestamp::new(seconds, nanos).unwrap();
        let ends = [at(-9_223_372_036, -854_775_808), at(9_223_372_036, 854_775_807)];
        let times =
            [Timestamp::MIN, ends[0], at(-5, -7), at(0, 0), at(5, 7), ends[1], Timestamp::MAX];
        for from in times {
            for to in times {
                let expected = to.as_nanosecond() - from.as_nanosecond();

                assert_eq!(passed(from, to), u64::try_from(expected).ok());
                if let Some(nanos) = passed(from, to) {
                    assert_eq!(later(from, nanos), Some(to));
                }
            }
        }
        assert_eq!(passed(ends[0], ends[1]), Some(u64::MAX));
    }

    #[test]
    fn keys_sort_as_stretches_accounts_and_then_time() {
        let at = |ns| Timestamp::from_nanosecond(ns).unwrap();
        let keys = [
            key(1, 9, Timestamp::MAX),
            key(300, 1, Timestamp::MIN),
            key(300, 1, at(-5)),
            key(300, 1, at(0)),
            key(300, 1, at(7)),
            key(300, 1, Timestamp::MAX),
            key(300, 2, Timestamp::MIN),
        ];

        assert!(keys.is_sorted());
        assert_eq!(timestamp_of(&keys[2]), Some(at(-5)));
    }
}
