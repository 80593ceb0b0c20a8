//! Records in one SQLite file.

mod connect;
mod read;
mod unit;
mod writer;

use std::{collections::BTreeMap, path::Path, sync::Arc};

use async_trait::async_trait;
use kanuki_record::{
    AuditEntry, Order, PAGE_MAX, RecordError, Records, Row, SealedEntry, Table, Then, Write,
};
use rusqlite::params;

use crate::{StoreError, schema, statement::Statements};
use connect::Readers;
use writer::Writer;

/// A store of records and an audit log in one SQLite file (WAL, `synchronous = full`).
///
/// Reads run on the thread that asks: a page that is in memory is found in microseconds, less
/// than it costs to wake another thread. Writes are handed to one thread, which writes all that
/// wait as one transaction. Nothing here gives up by a clock of ours, which may be simulated.
#[derive(Clone)]
pub struct SqliteRecords {
    inner: Arc<Inner>,
}

struct Inner {
    tables: Arc<Tables>,
    readers: Readers,
    /// `None` if the store was opened for reading. Closes last, and so folds the log in.
    writer: Option<Writer>,
}

impl std::fmt::Debug for SqliteRecords {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqliteRecords")
            .field("tables", &self.inner.tables.0.keys())
            .field("is_read_only", &self.inner.writer.is_none())
            .finish()
    }
}

impl SqliteRecords {
    /// Opens the file at `path`, creating it and whatever of `tables` is missing.
    ///
    /// A key that is new to a table with rows is added as an empty column with its index; each old
    /// row is found by it from its next write on. Waits for the disk: for a program's start.
    pub fn open(path: &Path, tables: &[&'static Table]) -> Result<Self, StoreError> {
        let tables = Arc::new(Tables::new(tables)?);
        connect::create_file(path)?;
        let mut connection = connect::writer(path)?;
        schema::prepare(&mut connection, tables.0.values().map(|of| of.table))?;
        let readers = Readers::open(path, connect::Access::BesideWriter)?;
        let writer = Some(Writer::start(connection, Arc::clone(&tables))?);
        Ok(Self { inner: Arc::new(Inner { tables, readers, writer }) })
    }

    /// Opens an existing file for reading only, also while a server has it open: for
    /// `kanuki audit verify`. Nothing is created or migrated, and every commit is refused.
    pub fn open_read_only(path: &Path, tables: &[&'static Table]) -> Result<Self, StoreError> {
        let tables = Arc::new(Tables::new(tables)?);
        let readers = Readers::open(path, connect::Access::ReadOnly)?;
        schema::require_known(&readers.any())?;
        Ok(Self { inner: Arc::new(Inner { tables, readers, writer: None }) })
    }
}

/// The SQL of each table.
struct Tables(BTreeMap<&'static str, Statements>);

impl Tables {
    /// The same declaration may be given twice, two of one name may not.
    fn new(tables: &[&'static Table]) -> Result<Self, StoreError> {
        let mut statements = BTreeMap::<_, Statements>::new();
        for &table in tables {
            if statements.get(table.name).is_some_and(|known| known.table != table) {
                let reason = "it is declared twice, differently";
                return Err(StoreError::Declaration { table: table.name, reason });
            }
            statements.insert(table.name, Statements::new(table)?);
        }
        Ok(Self(statements))
    }

    fn of(&self, table: &'static Table) -> Result<&Statements, RecordError> {
        match self.0.get(table.name) {
            Some(statements) => Ok(statements),
            None => Err(unavailable(StoreError::Undeclared(table.name))),
        }
    }
}

fn unavailable(error: StoreError) -> RecordError {
    RecordError::Unavailable(Box::new(error))
}

fn refused(error: rusqlite::Error) -> RecordError {
    unavailable(error.into())
}

#[async_trait]
impl Records for SqliteRecords {
    async fn fetch(&self, table: &'static Table, id: &str) -> Result<Option<Row>, RecordError> {
        let sql = &self.inner.tables.of(table)?.fetch;
        Ok(read::rows(&self.inner.readers.any(), table, sql, [id])?.pop())
    }

    async fn fetch_along(
        &self,
        first: (&'static Table, &str),
        then: &mut Then<'_>,
    ) -> Result<(), RecordError> {
        read::along(&self.inner.readers.any(), &self.inner.tables, first, then)
    }

    async fn select(
        &self,
        table: &'static Table,
        key: &'static str,
        value: &str,
        order: Order,
        limit: usize,
    ) -> Result<Vec<Row>, RecordError> {
        let sql = self.inner.tables.of(table)?.select(key, order);
        assert!(sql.is_some(), "{} has no key {key}", table.name);
        let Some(sql) = sql else { return Ok(Vec::new()) };
        read::rows(&self.inner.readers.any(), table, sql, params![value, page(limit)])
    }

    async fn select_after(
        &self,
        table: &'static Table,
        (key, value): (&'static str, &str),
        after: &str,
        limit: usize,
    ) -> Result<Vec<Row>, RecordError> {
        let sql = self.inner.tables.of(table)?.select_after(key);
        assert!(sql.is_some(), "{} has no key {key}", table.name);
        let Some(sql) = sql else { return Ok(Vec::new()) };
        read::rows(&self.inner.readers.any(), table, sql, params![value, after, page(limit)])
    }

    async fn select_unset(
        &self,
        table: &'static Table,
        key: &'static str,
        limit: usize,
    ) -> Result<Vec<Row>, RecordError> {
        let sql = self.inner.tables.of(table)?.select_unset(key);
        assert!(sql.is_some(), "{} has no key {key}", table.name);
        let Some(sql) = sql else { return Ok(Vec::new()) };
        read::rows(&self.inner.readers.any(), table, sql, params![page(limit)])
    }

    async fn scan(
        &self,
        table: &'static Table,
        after: &str,
        limit: usize,
    ) -> Result<Vec<Row>, RecordError> {
        let sql = &self.inner.tables.of(table)?.scan;
        read::rows(&self.inner.readers.any(), table, sql, params![after, page(limit)])
    }

    async fn commit(&self, writes: Vec<Write>, audit: Vec<AuditEntry>) -> Result<(), RecordError> {
        match &self.inner.writer {
            Some(queue) => queue.commit(writes, audit).await,
            None => Err(unavailable(StoreError::ReadOnly)),
        }
    }

    async fn audit_log(
        &self,
        after_seq: i64,
        limit: usize,
    ) -> Result<Vec<SealedEntry>, RecordError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        read::audit_log(&self.inner.readers.any(), after_seq, limit)
    }
}

fn page(limit: usize) -> i64 {
    i64::try_from(limit.min(PAGE_MAX)).unwrap_or(i64::MAX)
}
