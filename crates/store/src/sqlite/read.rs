//! From the database's rows to ours.

use kanuki_record::{RecordError, Row, SealedEntry, Table};
use sqlx::{Row as _, SqliteConnection, query, sqlite::SqliteRow};

use super::unavailable;
use crate::StoreError;

/// One row, read in the order of `statement::columns`.
pub(super) fn row(table: &'static Table, found: &SqliteRow) -> Result<Row, RecordError> {
    let id: String = found.try_get(0).unwrap_or_default();
    match parts(table, found) {
        Ok((version, body, keys)) => Ok(Row { id, version, keys, body }),
        Err(_) => Err(RecordError::Corrupt { table: table.name, id }),
    }
}

type Parts = (i64, String, Vec<Option<String>>);

fn parts(table: &'static Table, found: &SqliteRow) -> Result<Parts, sqlx::Error> {
    let keys = (3_usize..).take(table.keys.len()).map(|place| found.try_get(place));
    Ok((found.try_get(1)?, found.try_get(2)?, keys.collect::<Result<_, _>>()?))
}

pub(super) fn rows(
    table: &'static Table,
    found: Result<Vec<SqliteRow>, sqlx::Error>,
) -> Result<Vec<Row>, RecordError> {
    let found = found.map_err(|error| unavailable(StoreError::Database(error)))?;
    found.iter().map(|found| row(table, found)).collect()
}

pub(super) async fn audit_log(
    connection: &mut SqliteConnection,
    after_seq: i64,
    limit: i64,
) -> Result<Vec<SealedEntry>, RecordError> {
    let found = query("select seq, body, hash from audit where seq > $1 order by seq asc limit $2")
        .bind(after_seq)
        .bind(limit)
        .fetch_all(connection)
        .await
        .map_err(|error| unavailable(StoreError::Database(error)))?;
    found
        .iter()
        .map(|row| {
            sealed(row).map_err(|_| RecordError::Corrupt {
                table: "audit",
                id: row.try_get::<i64, _>(0).unwrap_or_default().to_string(),
            })
        })
        .collect()
}

fn sealed(row: &SqliteRow) -> Result<SealedEntry, sqlx::Error> {
    Ok(SealedEntry { seq: row.try_get(0)?, body: row.try_get(1)?, hash: row.try_get(2)? })
}
