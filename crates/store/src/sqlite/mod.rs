//! Records in one SQLite file.

mod commit;
mod connect;
mod read;

use std::{collections::BTreeMap, path::Path, sync::Arc};

use async_trait::async_trait;
use kanuki_record::{
    AuditEntry, Order, PAGE_MAX, RecordError, Records, Row, SealedEntry, Table, Write,
};
use sqlx::SqliteConnection;
use tokio::sync::Mutex;

use crate::{StoreError, schema, statement::Statements};
use connect::Readers;

/// A store of records and an audit log in one SQLite file (WAL, `synchronous = full`).
///
/// One connection writes and a few read. They are held directly, not in a pool: a pool gives up
/// after a wall-clock timeout, which a simulated clock can reach while nothing is wrong.
#[derive(Clone)]
pub struct SqliteRecords {
    inner: Arc<Inner>,
}

struct Inner {
    statements: BTreeMap<&'static str, Statements>,
    /// `None` if the store was opened for reading.
    writer: Option<Mutex<SqliteConnection>>,
    readers: Readers,
}

impl std::fmt::Debug for SqliteRecords {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqliteRecords")
            .field("tables", &self.inner.statements.keys())
            .field("is_read_only", &self.inner.writer.is_none())
            .finish()
    }
}

impl SqliteRecords {
    /// Opens the file at `path`, creating it and whatever of `tables` is missing.
    ///
    /// A key that is new to a table with rows is added as an empty column with its index; each old
    /// row is found by it from its next write on.
    pub async fn open(path: &Path, tables: &[&'static Table]) -> Result<Self, StoreError> {
        let statements = statements(tables)?;
        connect::create_file(path).map_err(StoreError::File)?;
        let mut writer = connect::writer(path).await?;
        schema::prepare(&mut writer, statements.values().map(|of| of.table)).await?;
        let readers = Readers::open(path, connect::Access::BesideWriter).await?;
        let inner = Inner { statements, writer: Some(Mutex::new(writer)), readers };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Opens an existing file for reading only, also while a server has it open: for
    /// `kanuki audit verify`. Nothing is created or migrated, and every commit is refused.
    pub async fn open_read_only(
        path: &Path,
        tables: &[&'static Table],
    ) -> Result<Self, StoreError> {
        let statements = statements(tables)?;
        let readers = Readers::open(path, connect::Access::ReadOnly).await?;
        schema::require_known(&mut *readers.any().await).await?;
        Ok(Self { inner: Arc::new(Inner { statements, writer: None, readers }) })
    }
}

impl Inner {
    fn of(&self, table: &'static Table) -> Result<&Statements, RecordError> {
        match self.statements.get(table.name) {
            Some(statements) => Ok(statements),
            None => Err(unavailable(StoreError::Undeclared(table.name))),
        }
    }
}

/// The SQL of each table; the same declaration may be given twice, two of one name may not.
fn statements(tables: &[&'static Table]) -> Result<BTreeMap<&'static str, Statements>, StoreError> {
    let mut statements = BTreeMap::<_, Statements>::new();
    for &table in tables {
        if statements.get(table.name).is_some_and(|known| known.table != table) {
            let reason = "it is declared twice, differently";
            return Err(StoreError::Declaration { table: table.name, reason });
        }
        statements.insert(table.name, Statements::new(table)?);
    }
    Ok(statements)
}

fn unavailable(error: StoreError) -> RecordError {
    RecordError::Unavailable(Box::new(error))
}

#[async_trait]
impl Records for SqliteRecords {
    async fn fetch(&self, table: &'static Table, id: &str) -> Result<Option<Row>, RecordError> {
        let query = self.inner.of(table)?.fetch.query().bind(id.to_owned());
        let found = query.fetch_optional(&mut *self.inner.readers.any().await).await;
        let row = found.map_err(|error| unavailable(StoreError::Database(error)))?;
        row.map(|row| read::row(table, &row)).transpose()
    }

    async fn select(
        &self,
        table: &'static Table,
        key: &'static str,
        value: &str,
        order: Order,
        limit: usize,
    ) -> Result<Vec<Row>, RecordError> {
        let sql = self.inner.of(table)?.select(key, order);
        assert!(sql.is_some(), "{} has no key {key}", table.name);
        let Some(sql) = sql else { return Ok(Vec::new()) };
        let query = sql.query().bind(value.to_owned()).bind(page(limit));
        let found = query.fetch_all(&mut *self.inner.readers.any().await).await;
        read::rows(table, found)
    }

    async fn scan(
        &self,
        table: &'static Table,
        after: &str,
        limit: usize,
    ) -> Result<Vec<Row>, RecordError> {
        let query = self.inner.of(table)?.scan.query().bind(after.to_owned()).bind(page(limit));
        let found = query.fetch_all(&mut *self.inner.readers.any().await).await;
        read::rows(table, found)
    }

    async fn commit(&self, writes: Vec<Write>, audit: Vec<AuditEntry>) -> Result<(), RecordError> {
        // In its own task: a caller who goes away does not leave a transaction half way.
        let inner = Arc::clone(&self.inner);
        match tokio::spawn(async move { commit::commit(&inner, &writes, &audit).await }).await {
            Ok(answer) => answer,
            Err(error) => Err(unavailable(StoreError::Unfinished(error))),
        }
    }

    async fn audit_log(
        &self,
        after_seq: i64,
        limit: usize,
    ) -> Result<Vec<SealedEntry>, RecordError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        read::audit_log(&mut *self.inner.readers.any().await, after_seq, limit).await
    }
}

fn page(limit: usize) -> i64 {
    i64::try_from(limit.min(PAGE_MAX)).unwrap_or(i64::MAX)
}
