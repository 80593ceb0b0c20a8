//! One unit of work: all of its rows and audit entries, or nothing.

use kanuki_record::{
    AuditEntry, RecordError, Row, Table, Write,
    audit::{GENESIS, seal},
};
use sqlx::{
    Connection as _, Row as _, Sqlite, SqliteConnection, query, query::Query,
    sqlite::SqliteArguments,
};

use super::{Inner, unavailable};
use crate::StoreError;

/// Writes everything in one transaction; it is on disk when this returns.
///
/// The transaction is immediate, so no other writer can come between a version that was checked
/// and the row that was written, nor between two numbers of the audit log.
pub(super) async fn commit(
    inner: &Inner,
    writes: &[Write],
    audit: &[AuditEntry],
) -> Result<(), RecordError> {
    let Some(only) = &inner.writer else { return Err(unavailable(StoreError::ReadOnly)) };
    let mut connection = only.lock().await;
    let mut tx = connection.begin_with("begin immediate").await.map_err(refused)?;
    let written = match write_all(inner, &mut tx, writes).await {
        Ok(()) => append(&mut tx, audit).await,
        Err(refusal) => Err(refusal),
    };
    match written {
        Ok(()) => tx.commit().await.map_err(refused),
        Err(refusal) => {
            tx.rollback().await.map_err(refused)?;
            Err(refusal)
        }
    }
}

async fn write_all(
    inner: &Inner,
    connection: &mut SqliteConnection,
    writes: &[Write],
) -> Result<(), RecordError> {
    for write in writes {
        apply(inner, connection, write).await?;
    }
    Ok(())
}

async fn apply(
    inner: &Inner,
    connection: &mut SqliteConnection,
    write: &Write,
) -> Result<(), RecordError> {
    let (table, id, query) = match write {
        Write::Insert(table, row) => (*table, &row.id, bind(inner.of(table)?.insert.query(), row)),
        Write::Update(table, row) => {
            let expected = row.version.saturating_sub(1);
            (*table, &row.id, bind(inner.of(table)?.update.query(), row).bind(expected))
        }
        Write::Delete { table, id, version } => {
            (*table, id, inner.of(table)?.delete.query().bind(id.clone()).bind(*version))
        }
    };
    let done = query.execute(connection).await.map_err(|error| duplicate(table, error))?;
    if done.rows_affected() == 1 {
        Ok(())
    } else {
        Err(RecordError::Conflict { table: table.name, id: id.clone() })
    }
}

/// Binds a row in the order of `statement::columns`.
fn bind<'q>(
    query: Query<'q, Sqlite, SqliteArguments>,
    row: &Row,
) -> Query<'q, Sqlite, SqliteArguments> {
    let fixed = query.bind(row.id.clone()).bind(row.version).bind(row.body.clone());
    row.keys.iter().fold(fixed, |query, key| query.bind(key.clone()))
}

/// Numbers the entries and chains them to the last one.
async fn append(
    connection: &mut SqliteConnection,
    audit: &[AuditEntry],
) -> Result<(), RecordError> {
    if audit.is_empty() {
        return Ok(());
    }
    let last = query("select seq, hash from audit order by seq desc limit 1")
        .fetch_optional(&mut *connection)
        .await
        .map_err(refused)?;
    let (mut seq, mut previous): (i64, String) = match last {
        Some(row) => (row.try_get(0).map_err(refused)?, row.try_get(1).map_err(refused)?),
        None => (0, GENESIS.to_owned()),
    };
    for entry in audit {
        seq = seq.saturating_add(1);
        let corrupt = |_| RecordError::Corrupt { table: "audit", id: seq.to_string() };
        let sealed = seal(seq, &previous, serde_json::to_string(entry).map_err(corrupt)?);
        query("insert into audit (seq, body, hash) values ($1, $2, $3)")
            .bind(sealed.seq)
            .bind(sealed.body)
            .bind(sealed.hash.clone())
            .execute(&mut *connection)
            .await
            .map_err(refused)?;
        previous = sealed.hash;
    }
    Ok(())
}

/// Which unique column a refused write ran into, from SQLite's `... failed: table.column`.
fn duplicate(table: &'static Table, error: sqlx::Error) -> RecordError {
    let Some(broken) = error.as_database_error().filter(|error| error.is_unique_violation()) else {
        return refused(error);
    };
    let column = broken.message().rsplit('.').next().unwrap_or_default();
    let key = table.keys.iter().find(|key| key.name == column).map_or("id", |key| key.name);
    RecordError::Duplicate { table: table.name, key }
}

fn refused(error: sqlx::Error) -> RecordError {
    unavailable(StoreError::Database(error))
}
