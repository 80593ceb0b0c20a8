//! The record port on SQLite: one file per company.
//!
//! All SQL is the portable subset (`$n` parameters, `text`, `bigint`), built only from the static
//! declarations of the tables, never from a value. The statements that ask SQLite about itself
//! are in `schema`, its settings in `sqlite::connect`.
//!
//! Beside it, [the journal of risk counts](RedisJournal) that nodes share, on Redis.
//!
//! **Invariant:** this crate keeps; it decides nothing, and a commit is on disk when it returns.

mod redis;
mod schema;
mod sqlite;
mod statement;

use std::{io, sync::Arc};

pub use self::redis::{RedisConfig, RedisJournal};
pub use sqlite::SqliteRecords;

/// Why a store could not be opened or used.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// The file or its folder could not be created or read.
    #[error("the store's file cannot be opened")]
    File(#[source] Arc<io::Error>),
    /// The database refused.
    #[error("the database refused a statement")]
    Database(#[source] Arc<rusqlite::Error>),
    /// A table that cannot be created from its declaration.
    #[error("table {table} cannot be declared: {reason}")]
    Declaration {
        /// Which table.
        table: &'static str,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The file was written by a later release of this program.
    #[error("the store is at schema {found}, this program knows {known}")]
    Newer {
        /// The file's schema.
        found: i64,
        /// The newest that this program has.
        known: i64,
    },
    /// A migration's text is not the text that was applied.
    #[error("migration {version} was edited after it was applied")]
    Edited {
        /// Which migration.
        version: i64,
    },
    /// A file that does not keep a write-ahead log: another program changed how it is written.
    #[error("the store's file cannot be written in WAL mode")]
    Journal,
    /// The thread that writes could not be started.
    #[error("the thread that writes cannot be started")]
    Writer(#[source] Arc<io::Error>),
    /// A table that the store was not opened with.
    #[error("table {0} was not declared when the store was opened")]
    Undeclared(&'static str),
    /// A commit on a store that was opened for reading.
    #[error("the store is open for reading only")]
    ReadOnly,
    /// The thread that writes ended without an answer.
    #[error("the commit did not finish")]
    Unfinished,
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(Arc::new(error))
    }
}
