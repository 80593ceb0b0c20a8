//! The sorted index of what is old, in SQLite, written behind the log and made from it.
//!
//! ```text
//! ids        first number → ids of what was made, in short              read when the books open
//! stretches  first number → where the stretch ends, and when its last transfer was
//! entries    stretch, account's slot, first timestamp → transfers, with sums if history is kept
//! fates      number of a reservation → what became of it
//! meta       how far all of this goes
//! ```
//!
//! One transaction takes over one stretch of the log, so the index is always that of some point of
//! it. Everything is added at the end of its table, so what it costs to take a stretch over depends
//! neither on how much there is nor on how many accounts there are. Every row carries a checksum
//! over its key and content, and names its neighbour, so a flipped or a missing row is found. It can
//! be thrown away: the log makes it again.

use std::{
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use rusqlite::{Connection, ErrorCode as Code, OpenFlags, OptionalExtension as _, params};

use super::{
    bytes::Take,
    kept,
    pages::{Ended, encode_leaves},
    sorted::Sorted,
};
use crate::{
    model::{PendingState, TransferId},
    state::{ids::Print, rising::Run},
};

/// The index's name within its folder.
pub(crate) const INDEX_NAME: &str = "ledger.index";

/// The name of how far the index goes. The third form of the index: one of the first two has none, and
/// is made again.
const BELOW: &str = "below/3";

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
            Self::Sqlite(error) => !matches!(
                error.sqlite_error_code(),
                Some(
                    Code::CannotOpen
                        | Code::DatabaseBusy
                        | Code::DatabaseLocked
                        | Code::DiskFull
                        | Code::OperationInterrupted
                        | Code::OutOfMemory
                        | Code::PermissionDenied
                        | Code::ReadOnly
                        | Code::SystemIoFailure
                )
            ),
        }
    }
}

pub(super) fn damaged<T>(what: impl Into<String>) -> Result<T, IndexError> {
    Err(IndexError::Damaged(what.into()))
}

/// `data` with a checksum that also covers its key.
pub(super) fn seal(key: &[u8], mut data: Vec<u8>) -> Vec<u8> {
    seal_in_place(key, &mut data);
    data
}

pub(super) fn seal_in_place(key: &[u8], data: &mut Vec<u8>) {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(key);
    hasher.update(data);
    data.extend_from_slice(&hasher.finalize().to_le_bytes());
}

/// The inverse of [`seal`].
pub(super) fn unseal<'a>(what: &str, key: &[u8], sealed: &'a [u8]) -> Result<&'a [u8], IndexError> {
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

/// A stretch of the log as the index takes it over.
#[derive(Debug)]
pub(crate) struct Stretch<'a> {
    /// Where it begins and ends: rows with these numbers and above, below.
    pub(crate) from: u64,
    pub(crate) below: u64,
    pub(crate) sorted: &'a Sorted,
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

pub(super) fn signed(number: u64) -> i64 {
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

    /// A connection that only reads. SQLite wants to write beside a file that it reads, so a copy in a
    /// folder that may only be read is opened as a file that nobody changes.
    fn reader(&self) -> Result<Connection, IndexError> {
        const READS: &str = "pragma cache_size = -4096; pragma query_only = on; select count(*) from sqlite_schema;";
        let opened = Connection::open(&self.path)
            .and_then(|connection| connection.execute_batch(READS).map(|()| connection));
        let Err(error) = opened else { return Ok(opened?) };
        let may_not = [Code::ReadOnly, Code::CannotOpen, Code::PermissionDenied];
        let is_refused = error.sqlite_error_code().is_some_and(|code| may_not.contains(&code));
        // What only the write-ahead log has would not be seen.
        let is_folded = self.beside("-wal").metadata().map_or(true, |file| file.len() == 0);
        if !(is_refused && is_folded && self.path.is_file()) {
            return Err(error.into());
        }
        let mut name = "file:".to_owned();
        for byte in self.path.as_os_str().as_encoded_bytes() {
            let is_plain = byte.is_ascii_alphanumeric() || b"/-._".contains(byte);
            if is_plain {
                name.push(char::from(*byte));
            } else {
                name.extend(format!("%{byte:02x}").chars());
            }
        }
        name.push_str("?immutable=1");
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
        let connection = Connection::open_with_flags(name, flags)?;
        connection.execute_batch(READS)?;
        Ok(connection)
    }

    pub(super) fn read<T>(
        &self,
        look: impl FnOnce(&Connection) -> Result<T, IndexError>,
    ) -> Result<T, IndexError> {
        let mut reader = self.lock();
        if reader.is_none() {
            *reader = Some(self.reader()?);
        }
        match &*reader {
            Some(connection) => look(connection),
            None => damaged("it cannot be opened"),
        }
    }

    /// From now on this reader sees the index as it is at its next look, whatever is added.
    pub(crate) fn hold_still(&self) -> Result<(), IndexError> {
        self.read(|connection| Ok(connection.execute_batch("begin")?))
    }

    /// Rows below this number are in the index.
    pub(crate) fn below(&self) -> Result<u64, IndexError> {
        self.read(|connection| {
            let sql = "select data from meta where name = ?1";
            let found = connection.query_row(sql, [BELOW], |row| row.get(0)).optional()?;
            let Some(sealed): Option<Vec<u8>> = found else {
                return damaged("it has another form than this version's");
            };
            let data = unseal("how far it goes", BELOW.as_bytes(), &sealed)?;
            Take::new(data).u64().map_or_else(|| damaged("how far it goes is unreadable"), Ok)
        })
    }

    /// All ids: those of runs, and the others.
    pub(crate) fn ids(
        &self,
        mut each_run: impl FnMut(Run),
        mut each: impl FnMut(Print, u64),
    ) -> Result<(), IndexError> {
        let below = self.below()?;
        self.read(|connection| {
            let mut statement = connection.prepare("select first, data from ids order by first")?;
            let mut rows = statement.query([])?;
            let mut expected = Some(0);
            while let Some(row) = rows.next()? {
                let first = u64::try_from(row.get::<_, i64>(0)?).unwrap_or(0);
                let sealed = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
                let data = unseal("ids", &first.to_be_bytes(), sealed)?;
                if expected.is_some_and(|expected| expected != first) {
                    return damaged(format!("ids before number {first} are missing"));
                }
                expected = kept::read(data, &mut each_run, &mut each);
                if expected.is_none() {
                    return damaged(format!("ids from number {first} on cannot be read"));
                }
            }
            if expected != Some(below) {
                return damaged("the last ids are missing");
            }
            Ok(())
        })
    }

    /// What became of every reservation that ended.
    pub(crate) fn fates(&self, mut each: impl FnMut(u64, PendingState)) -> Result<(), IndexError> {
        self.read(|connection| {
            let mut statement = connection.prepare("select number, data from fates")?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let number = u64::try_from(row.get::<_, i64>(0)?).unwrap_or(0);
                let sealed = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
                let data = unseal("fates", &number.to_be_bytes(), sealed)?;
                match decode_fate(data) {
                    Some(fate) => each(number, fate),
                    None => return damaged("a fate cannot be read"),
                }
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
}

/// Takes over a stretch of the log, wholly or not at all.
pub(crate) fn take_over(writer: &mut Connection, stretch: &Stretch<'_>) -> Result<(), IndexError> {
    let transaction = writer.transaction()?;
    {
        let mut ids =
            transaction.prepare_cached("insert into ids (first, data) values (?1, ?2)")?;
        let data = stretch.sorted.ids().row(stretch.below);
        ids.execute(params![signed(stretch.from), seal(&stretch.from.to_be_bytes(), data)])?;
        let mut entries =
            transaction.prepare_cached("insert into entries (key, data) values (?1, ?2)")?;
        let mut data = Vec::new();
        let begin = stretch.sorted.begin();
        stretch.sorted.each(|slot, before, legs| {
            data.clear();
            let key = encode_leaves((stretch.from, begin), (slot, before), legs, &mut data);
            let Some(key) = key else {
                return damaged("transfers of an account are out of order");
            };
            entries.execute(params![key, data])?;
            Ok(())
        })?;
        let mut fates =
            transaction.prepare_cached("insert into fates (number, data) values (?1, ?2)")?;
        for (number, state) in &stretch.fates {
            fates.execute(params![signed(*number), encode_fate(*number, *state)])?;
        }
        let end = Ended { below: stretch.below, until: stretch.sorted.until() };
        transaction.execute(
            "insert into stretches (first, data) values (?1, ?2)",
            params![signed(stretch.from), end.encode(stretch.from)],
        )?;
        let below = seal(BELOW.as_bytes(), stretch.below.to_le_bytes().to_vec());
        transaction.execute(
            "insert or replace into meta (name, data) values (?1, ?2)",
            params![BELOW, below],
        )?;
    }
    transaction.commit()?;
    Ok(())
}
