//! The connections: how each is set up, and which reader is free.

use std::{
    io,
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use sqlx::{
    ConnectOptions as _, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use tokio::sync::{Mutex, MutexGuard};

use crate::StoreError;

/// How many requests can read at once; each connection is a thread.
const READERS: usize = 3;

/// How long SQLite itself waits for another process that is writing.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

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
    lanes: [Mutex<SqliteConnection>; READERS],
    turn: AtomicUsize,
}

impl Readers {
    pub(super) async fn open(path: &Path, access: Access) -> Result<Self, StoreError> {
        let lanes = [
            Mutex::new(reader(path, access).await?),
            Mutex::new(reader(path, access).await?),
            Mutex::new(reader(path, access).await?),
        ];
        Ok(Self { lanes, turn: AtomicUsize::new(0) })
    }

    /// A free connection, or the next to wait for in turn.
    pub(super) async fn any(&self) -> MutexGuard<'_, SqliteConnection> {
        if let Some(free) = self.lanes.iter().find_map(|lane| lane.try_lock().ok()) {
            return free;
        }
        let [first, ..] = &self.lanes;
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) % READERS;
        self.lanes.get(turn).unwrap_or(first).lock().await
    }
}

/// Creates the file for its owner alone, since SQLite would let others read it.
pub(super) fn create_file(path: &Path) -> io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.create_new(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other.map(drop),
    }
}

/// The connection that writes: a commit is on disk before it is answered.
pub(super) async fn writer(path: &Path) -> Result<SqliteConnection, StoreError> {
    let options = options(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        // A deleted person key must not stay readable in a free page.
        .pragma("secure_delete", "on");
    options.connect().await.map_err(StoreError::Database)
}

async fn reader(path: &Path, access: Access) -> Result<SqliteConnection, StoreError> {
    let options = match access {
        Access::BesideWriter => options(path).pragma("query_only", "on"),
        Access::ReadOnly => options(path).read_only(true),
    };
    options.connect().await.map_err(StoreError::Database)
}

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .disable_statement_logging()
}
