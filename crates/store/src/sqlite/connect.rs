//! The connections: how each is set up, and which reader is free.

use std::{
    io,
    path::Path,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use rusqlite::{Connection, OpenFlags, config::DbConfig};

use crate::StoreError;

/// How many threads can read at once; more wait for one of them, for microseconds.
const READERS: usize = 3;

/// How long SQLite itself waits for another process that is writing.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// Statements that each connection keeps prepared.
const PREPARED_MAX: usize = 256;

/// Pages of the log that are written before it is folded into the file, 16 MiB: a page that many
/// units touch is then folded once. Folding holds the writer up for tens of milliseconds.
const LOG_PAGES: i64 = 4_000;

/// What the writer keeps in memory, in KiB: the upper levels of every index and what is being added
/// to. The readers keep SQLite's own 2 MiB, because each commit makes theirs stale.
const WRITER_CACHE_KIB: i64 = 16_384;

/// Who else may be writing to the file.
#[derive(Clone, Copy, Debug)]
pub(super) enum Access {
    /// This process has the writer.
    BesideWriter,
    /// Another process may.
    ReadOnly,
}

/// The connections that only read.
pub(super) struct Readers {
    lanes: [Mutex<Connection>; READERS],
    turn: AtomicUsize,
}

impl Readers {
    pub(super) fn open(path: &Path, access: Access) -> Result<Self, StoreError> {
        let lanes = [
            Mutex::new(reader(path, access)?),
            Mutex::new(reader(path, access)?),
            Mutex::new(reader(path, access)?),
        ];
        Ok(Self { lanes, turn: AtomicUsize::new(0) })
    }

    /// A free connection, or the next to wait for in turn. The thread itself waits, never a task:
    /// no guard may live across an `await`.
    pub(super) fn any(&self) -> MutexGuard<'_, Connection> {
        if let Some(free) = self.lanes.iter().find_map(|lane| lane.try_lock().ok()) {
            return free;
        }
        let [first, ..] = &self.lanes;
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) % READERS;
        // A reader that panicked has changed nothing: its statement ended with it.
        self.lanes.get(turn).unwrap_or(first).lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Creates the file for its owner alone, since SQLite would let others read it.
pub(super) fn create_file(path: &Path) -> Result<(), StoreError> {
    let mut options = std::fs::OpenOptions::new();
    options.create_new(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other.map(drop).map_err(|error| StoreError::File(Arc::new(error))),
    }
}

/// The connection that writes: a commit is on disk before it is answered.
pub(super) fn writer(path: &Path) -> Result<Connection, StoreError> {
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let mode: String =
        connection.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0))?;
    if mode != "wal" {
        return Err(StoreError::Journal);
    }
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "wal_autocheckpoint", LOG_PAGES)?;
    connection.pragma_update(None, "cache_size", WRITER_CACHE_KIB.saturating_neg())?;
    // A deleted person key must not stay readable in a free page, nor in a file of SQLite's own.
    connection.pragma_update(None, "secure_delete", "on")?;
    connection.pragma_update(None, "temp_store", "memory")?;
    Ok(connection)
}

fn reader(path: &Path, access: Access) -> Result<Connection, StoreError> {
    let connection = match access {
        Access::BesideWriter => {
            let connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
            connection.pragma_update(None, "query_only", "on")?;
            connection
        }
        Access::ReadOnly => open(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?,
    };
    connection.pragma_update(None, "temp_store", "memory")?;
    Ok(connection)
}

/// Every connection has one user at a time, so SQLite need not lock it again.
fn open(path: &Path, access: OpenFlags) -> Result<Connection, StoreError> {
    let connection = Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    // Otherwise SQLite looks at the number bound to each `limit` and prepares the statement anew
    // whenever it is used again, which costs more than most of our reads.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(PREPARED_MAX);
    Ok(connection)
}

#[cfg(test)]
mod tests {
    use rusqlite::StatementStatus;

    use super::*;

    #[test]
    fn a_page_is_prepared_once_however_often_it_is_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("records.sqlite");
        create_file(&path).expect("a file");
        let connection = writer(&path).expect("a writer");
        connection.execute_batch("create table rows (id text primary key)").expect("a table");
        for limit in [1, 50, 100] {
            let mut page = connection
                .prepare_cached("select id from rows where id > $1 order by id limit $2")
                .expect("prepared");
            let found = page.query_map(("", limit), |row| row.get::<_, String>(0));
            assert_eq!(found.expect("a page").count(), 0);
            assert_eq!(page.get_status(StatementStatus::RePrepare), 0, "limit {limit}");
        }
    }
}
