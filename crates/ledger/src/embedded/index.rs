//! The sorted index of what is old, in SQLite, written behind the log and made from it.
//!
//! ```text
//! ids      first number → prints and numbers of what was made         read when the books open
//! entries  account's slot, first timestamp → its transfers, with its sums if it keeps history
//! fates    number of a reservation → what became of it
//! meta     how far all of this goes
//! ```
//!
//! One transaction takes over one stretch of the log, so the index is always that of some point of
//! it. Every row carries a checksum over its key and content, and names its neighbour, so a flipped
//! or a missing row is found. It can be thrown away: the log makes it again.

use std::{
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;
use kanuki_domain::Yen;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::bytes::{Take, put_varint};
use crate::{
    model::{PendingState, TransferId},
    state::ids::{ENTRY_LEN, Entry, Print},
};

/// The index's name within its folder.
pub(crate) const INDEX_NAME: &str = "ledger.index";

/// Transfers of one account in one row.
pub(super) const ENTRIES_MAX: usize = 256;

/// How the note that a row was found damaged is called, behind the index's name.
const SUSPECT: &str = ".suspect";

/// Why the index did not answer.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// SQLite could not.
    #[error("the ledger's index cannot be read or written")]
    Sqlite(#[from] rusqlite::Error),
    /// A row is not what was written, or is missing.
    #[error("the ledger's index is damaged: {0}")]
    Damaged(String),
}

impl IndexError {
    /// Whether the index itself is wrong, and not only the disk or the moment.
    pub(crate) fn is_damage(&self) -> bool {
        match self {
            Self::Damaged(_) => true,
            Self::Sqlite(error) => matches!(
                error.sqlite_error_code(),
                Some(rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase)
            ),
        }
    }
}

fn damaged<T>(what: impl Into<String>) -> Result<T, IndexError> {
    Err(IndexError::Damaged(what.into()))
}

/// `data` with a checksum that also covers its key.
fn seal(key: &[u8], mut data: Vec<u8>) -> Vec<u8> {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(key);
    hasher.update(&data);
    data.extend(hasher.finalize().to_le_bytes());
    data
}

/// The inverse of [`seal`].
fn unseal<'a>(what: &str, key: &[u8], sealed: &'a [u8]) -> Result<&'a [u8], IndexError> {
    let sound = sealed.split_last_chunk::<4>().filter(|(data, crc)| {
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(key);
        hasher.update(data);
        hasher.finalize().to_le_bytes() == **crc
    });
    match sound {
        Some((data, _)) => Ok(data),
        None => damaged(format!("the row of {what} under {key:02x?} is not what was written")),
    }
}

/// One transfer of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Leaf {
    pub(crate) number: u64,
    pub(crate) timestamp: Timestamp,
    /// Debits pending and posted, credits pending and posted, if the account keeps history.
    pub(crate) sums: Option<[Yen; 4]>,
}

/// Some consecutive transfers of one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Leaves {
    pub(crate) slot: u32,
    /// The account's transfer before the first of these; 0: none.
    pub(crate) before: u64,
    pub(crate) leaves: Vec<Leaf>,
}

/// Timestamps in the order of their bytes.
fn key(slot: u32, at: Timestamp) -> [u8; 14] {
    let shifted = at.as_nanosecond().wrapping_add(1 << 78);
    let mut key = [0; 14];
    if let Some((first, rest)) = key.split_first_chunk_mut::<4>() {
        *first = slot.to_be_bytes();
        if let Some(low) = shifted.to_be_bytes().last_chunk::<10>() {
            rest.copy_from_slice(low);
        }
    }
    key
}

fn timestamp_of(key: &[u8]) -> Option<Timestamp> {
    let low = key.last_chunk::<10>()?;
    let mut bytes = [0; 16];
    bytes.last_chunk_mut::<10>()?.copy_from_slice(low);
    Timestamp::from_nanosecond(i128::from_be_bytes(bytes).wrapping_sub(1 << 78)).ok()
}

impl Leaves {
    fn encode(&self) -> Option<([u8; 14], Vec<u8>)> {
        let first = self.leaves.first()?;
        let key = key(self.slot, first.timestamp);
        let mut out = Vec::new();
        put_varint(&mut out, self.before.into());
        out.push(u8::from(first.sums.is_some()));
        let (mut number, mut at) = (self.before, first.timestamp);
        for leaf in &self.leaves {
            put_varint(&mut out, leaf.number.checked_sub(number)?.into());
            let passed = leaf.timestamp.as_nanosecond().checked_sub(at.as_nanosecond())?;
            put_varint(&mut out, u128::try_from(passed).ok()?);
            for sum in leaf.sums.into_iter().flatten() {
                put_varint(&mut out, sum.amount().into());
            }
            (number, at) = (leaf.number, leaf.timestamp);
        }
        Some((key, seal(&key, out)))
    }

    fn decode(key: &[u8], sealed: &[u8]) -> Result<Self, IndexError> {
        let data = unseal("an account", key, sealed)?;
        let Some(leaves) = Self::parse(key, data) else {
            return damaged("a row of an account cannot be read");
        };
        Ok(leaves)
    }

    fn parse(key: &[u8], data: &[u8]) -> Option<Self> {
        let slot = u32::from_be_bytes(*key.first_chunk()?);
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

/// A stretch of the log as the index takes it over.
#[derive(Debug, Default)]
pub(crate) struct Stretch {
    /// Where it begins and ends: rows with these numbers and above, below.
    pub(crate) from: u64,
    pub(crate) below: u64,
    pub(crate) ids: Vec<Entry>,
    pub(crate) accounts: Vec<Leaves>,
    /// In the order of their numbers.
    pub(crate) fates: Vec<(u64, PendingState)>,
}

fn encode_fate(number: u64, state: PendingState) -> Vec<u8> {
    let mut out = Vec::new();
    match state {
        PendingState::Pending { .. } => out.push(0),
        PendingState::Posted { by, amount } => {
            out.push(1);
            out.extend(by.bits().to_le_bytes());
            out.extend(amount.amount().to_le_bytes());
        }
        PendingState::Voided { by } => {
            out.push(2);
            out.extend(by.bits().to_le_bytes());
        }
        PendingState::Expired { at } => {
            out.push(3);
            out.extend(at.as_second().to_le_bytes());
            out.extend(at.subsec_nanosecond().to_le_bytes());
        }
    }
    seal(&number.to_be_bytes(), out)
}

fn decode_fate(data: &[u8]) -> Option<PendingState> {
    let mut take = Take::new(data);
    match take.u8()? {
        1 => {
            let by = TransferId(take.u128()?);
            Some(PendingState::Posted { by, amount: take.yen()? })
        }
        2 => Some(PendingState::Voided { by: TransferId(take.u128()?) }),
        3 => Some(PendingState::Expired { at: take.timestamp()? }),
        _ => None,
    }
}

fn signed(number: u64) -> i64 {
    // A number has 40 bits.
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The index of one ledger; its file is made with the first stretch.
#[derive(Debug)]
pub(crate) struct Index {
    path: PathBuf,
    reader: Mutex<Option<Connection>>,
}

impl Index {
    pub(crate) fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), reader: Mutex::new(None) }
    }

    /// Whether there is one with something in it, or one that nobody can read.
    pub(crate) fn exists(&self) -> bool {
        self.path.exists() && !self.is_unbegun().unwrap_or(false)
    }

    /// A process that was killed while it made the index leaves one that says nothing.
    fn is_unbegun(&self) -> Result<bool, IndexError> {
        self.read(|connection| {
            let sql = "select count(*) = 0 from sqlite_schema";
            if connection.query_row(sql, [], |row| row.get(0))? {
                return Ok(true);
            }
            let sql = "select not exists (select 1 from meta) and not exists (select 1 from ids)";
            Ok(connection.query_row(sql, [], |row| row.get(0))?)
        })
    }

    fn beside(&self, end: &str) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(end);
        PathBuf::from(name)
    }

    /// Notes beside the index that a row of it was found damaged: the next start makes it again.
    pub(crate) fn suspect(&self) -> std::io::Result<()> {
        std::fs::write(self.beside(SUSPECT), [])
    }

    /// Whether a row was found damaged since the index was made.
    pub(crate) fn is_suspect(&self) -> bool {
        self.beside(SUSPECT).exists()
    }

    /// Moves a damaged index aside, so that a new one is made.
    pub(crate) fn put_aside(&self) -> std::io::Result<()> {
        *self.lock() = None;
        for end in ["-wal", "-shm"] {
            if self.beside(end).exists() {
                std::fs::remove_file(self.beside(end))?;
            }
        }
        std::fs::rename(&self.path, self.beside(".damaged"))?;
        if self.is_suspect() {
            std::fs::remove_file(self.beside(SUSPECT))?;
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Option<Connection>> {
        self.reader.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A connection that may write.
    pub(crate) fn writer(&self) -> Result<Connection, IndexError> {
        let connection = Connection::open(&self.path)?;
        connection.execute_batch(super::schema::SCHEMA)?;
        Ok(connection)
    }

    fn read<T>(
        &self,
        look: impl FnOnce(&Connection) -> Result<T, IndexError>,
    ) -> Result<T, IndexError> {
        let mut reader = self.lock();
        if reader.is_none() {
            let connection = Connection::open(&self.path)?;
            connection.execute_batch("pragma cache_size = -4096; pragma query_only = on;")?;
            *reader = Some(connection);
        }
        match &*reader {
            Some(connection) => look(connection),
            None => damaged("it cannot be opened"),
        }
    }

    /// Rows below this number are in the index.
    pub(crate) fn below(&self) -> Result<u64, IndexError> {
        self.read(|connection| {
            let sql = "select data from meta where name = 'below'";
            let sealed: Vec<u8> = connection.query_row(sql, [], |row| row.get(0))?;
            let data = unseal("how far it goes", b"below", &sealed)?;
            Take::new(data).u64().map_or_else(|| damaged("how far it goes is unreadable"), Ok)
        })
    }

    /// All ids with numbers below `below`, which is no further than the index goes.
    pub(crate) fn ids(&self, mut each: impl FnMut(Print, u64)) -> Result<(), IndexError> {
        let below = self.below()?;
        self.read(|connection| {
            let mut statement = connection.prepare("select first, data from ids order by first")?;
            let mut rows = statement.query([])?;
            let mut expected = Some(0);
            while let Some(row) = rows.next()? {
                let first = u64::try_from(row.get::<_, i64>(0)?).unwrap_or(0);
                let sealed = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
                let data = unseal("ids", &first.to_be_bytes(), sealed)?;
                let mut take = Take::new(data);
                if expected.is_some_and(|expected| expected != first) {
                    return damaged(format!("ids before number {first} are missing"));
                }
                expected = take.u64();
                while let Some(entry) = take.array::<ENTRY_LEN>() {
                    let (print, number) = Print::parse(entry);
                    each(print, number);
                }
            }
            if expected != Some(below) {
                return damaged("the last ids are missing");
            }
            Ok(())
        })
    }

    /// What became of the reservation `number`.
    pub(crate) fn fate(&self, number: u64) -> Result<PendingState, IndexError> {
        let sealed: Option<Vec<u8>> = self.read(|connection| {
            let mut statement =
                connection.prepare_cached("select data from fates where number = ?1")?;
            Ok(statement.query_row([signed(number)], |row| row.get(0)).optional()?)
        })?;
        let Some(sealed) = sealed else {
            return damaged(format!("what became of transfer number {number} is missing"));
        };
        let data = unseal("fates", &number.to_be_bytes(), &sealed)?;
        decode_fate(data).map_or_else(|| damaged("a fate cannot be read"), Ok)
    }

    /// The transfers of the account in `slot` up to number `last`, which is its newest one there,
    /// from `since` on, oldest first, as long as `each` wants more.
    pub(crate) fn forward(
        &self,
        slot: u32,
        last: u64,
        since: Option<Timestamp>,
        mut each: impl FnMut(Leaf) -> Result<bool, IndexError>,
    ) -> Result<(), IndexError> {
        let lowest = key(slot, Timestamp::MIN);
        let highest = key(slot, Timestamp::MAX);
        self.read(|connection| {
            let sql = "select max(key) from entries where key between ?1 and ?2";
            let from = key(slot, since.unwrap_or(Timestamp::MIN));
            let found: Option<Vec<u8>> =
                connection.query_row(sql, params![lowest, from], |row| row.get(0))?;
            // The account's first row has nothing before it.
            let mut before = found.is_none().then_some(0);
            let from = found.unwrap_or_else(|| lowest.to_vec());
            let mut statement = connection.prepare_cached(
                "select key, data from entries where key between ?1 and ?2 order by key",
            )?;
            let mut rows = statement.query(params![from, highest])?;
            while let Some(row) = rows.next()? {
                let (key, data) = (row.get_ref(0)?, row.get_ref(1)?);
                let key = key.as_blob().map_err(rusqlite::Error::from)?;
                let data = data.as_blob().map_err(rusqlite::Error::from)?;
                let leaves = Leaves::decode(key, data)?;
                if before.is_some_and(|before| before != leaves.before) {
                    return damaged(format!("transfers of account {slot} are missing"));
                }
                before = Some(leaves.last());
                let wanted = leaves.leaves.into_iter().filter(|leaf| {
                    leaf.number <= last && since.is_none_or(|since| leaf.timestamp >= since)
                });
                if !all_wanted(wanted, &mut each)? {
                    return Ok(());
                }
                if before.is_some_and(|before| before >= last) {
                    return Ok(());
                }
            }
            damaged(format!("the last transfers of account {slot} are missing"))
        })
    }

    /// The same, newest first, down from `until`.
    pub(crate) fn backward(
        &self,
        slot: u32,
        last: u64,
        until: Option<Timestamp>,
        mut each: impl FnMut(Leaf) -> Result<bool, IndexError>,
    ) -> Result<(), IndexError> {
        let lowest = key(slot, Timestamp::MIN);
        let highest = key(slot, Timestamp::MAX);
        let to = key(slot, until.unwrap_or(Timestamp::MAX));
        self.read(|connection| {
            // The row after the stretch says which number the stretch ends with.
            let sql =
                "select key, data from entries where key > ?1 and key <= ?2 order by key limit 1";
            let mut statement = connection.prepare_cached(sql)?;
            let after: Option<(Vec<u8>, Vec<u8>)> = statement
                .query_row(params![to, highest], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?;
            let after = after.map(|(key, data)| Leaves::decode(&key, &data)).transpose()?;
            let mut expected = after.map(|leaves| leaves.before);
            let mut statement = connection.prepare_cached(
                "select key, data from entries where key between ?1 and ?2 order by key desc",
            )?;
            let mut rows = statement.query(params![lowest, to])?;
            while let Some(row) = rows.next()? {
                let (key, data) = (row.get_ref(0)?, row.get_ref(1)?);
                let key = key.as_blob().map_err(rusqlite::Error::from)?;
                let data = data.as_blob().map_err(rusqlite::Error::from)?;
                let leaves = Leaves::decode(key, data)?;
                let is_sound = expected.map_or(leaves.last() >= last, |e| e == leaves.last());
                if !is_sound {
                    return damaged(format!("transfers of account {slot} are missing"));
                }
                expected = Some(leaves.before);
                let wanted = leaves.leaves.into_iter().rev().filter(|leaf| {
                    leaf.number <= last && until.is_none_or(|until| leaf.timestamp <= until)
                });
                if !all_wanted(wanted, &mut each)? {
                    return Ok(());
                }
            }
            match expected {
                Some(0) => Ok(()),
                Some(_) | None => damaged(format!("transfers of account {slot} are missing")),
            }
        })
    }
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

/// Takes over a stretch of the log, wholly or not at all.
pub(crate) fn take_over(writer: &mut Connection, stretch: &Stretch) -> Result<(), IndexError> {
    let transaction = writer.transaction()?;
    {
        let mut ids =
            transaction.prepare_cached("insert into ids (first, data) values (?1, ?2)")?;
        let mut data = stretch.below.to_le_bytes().to_vec();
        data.extend(stretch.ids.iter().flatten());
        ids.execute(params![signed(stretch.from), seal(&stretch.from.to_be_bytes(), data)])?;
        let mut entries =
            transaction.prepare_cached("insert into entries (key, data) values (?1, ?2)")?;
        for leaves in &stretch.accounts {
            let Some((key, data)) = leaves.encode() else {
                return damaged("transfers of an account are out of order");
            };
            entries.execute(params![key, data])?;
        }
        let mut fates =
            transaction.prepare_cached("insert into fates (number, data) values (?1, ?2)")?;
        for (number, state) in &stretch.fates {
            fates.execute(params![signed(*number), encode_fate(*number, *state)])?;
        }
        let below = seal(b"below", stretch.below.to_le_bytes().to_vec());
        transaction
            .execute("insert or replace into meta (name, data) values ('below', ?1)", [below])?;
    }
    transaction.commit()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_sort_as_accounts_and_then_time() {
        let at = |ns| Timestamp::from_nanosecond(ns).unwrap();
        let keys = [
            key(1, Timestamp::MIN),
            key(1, at(-5)),
            key(1, at(0)),
            key(1, at(7)),
            key(1, Timestamp::MAX),
            key(2, Timestamp::MIN),
        ];

        assert!(keys.is_sorted());
        assert_eq!(timestamp_of(&keys[1]), Some(at(-5)));
    }
}
