//! From the database's rows to ours.

use kanuki_record::{RecordError, Row, SealedEntry, Table, Then};
use rusqlite::{Connection, Params, Rows, params};

use super::{Tables, refused};

/// The rows that `sql` finds, read in the order of `statement::columns`.
pub(super) fn rows(
    connection: &Connection,
    table: &'static Table,
    sql: &str,
    values: impl Params,
) -> Result<Vec<Row>, RecordError> {
    let mut query = connection.prepare_cached(sql).map_err(refused)?;
    let mut found = query.query(values).map_err(refused)?;
    let mut rows = Vec::new();
    while let Some(row) = next(&mut found)? {
        rows.push(self::row(table, row)?);
    }
    Ok(rows)
}

/// The row with this id, and then whichever `then` names. The statement that found a row stays open until
/// what follows was read: to the file all of that is one read, of one moment.
pub(super) fn along(
    connection: &Connection,
    tables: &Tables,
    (table, id): (&'static Table, &str),
    then: &mut Then<'_>,
) -> Result<(), RecordError> {
    let mut query = connection.prepare_cached(&tables.of(table)?.fetch).map_err(refused)?;
    let mut found = query.query([id]).map_err(refused)?;
    let Some(first) = next(&mut found)? else { return Ok(()) };
    match then(row(table, first)?) {
        Some((table, id)) => along(connection, tables, (table, &id), then),
        None => Ok(()),
    }
}

fn next<'a>(rows: &'a mut Rows<'_>) -> Result<Option<&'a rusqlite::Row<'a>>, RecordError> {
    rows.next().map_err(refused)
}

fn row(table: &'static Table, found: &rusqlite::Row<'_>) -> Result<Row, RecordError> {
    let id: String = found.get(0).unwrap_or_default();
    match parts(table, found) {
        Ok((version, body, keys)) => Ok(Row { id, version, keys, body }),
        Err(_) => Err(RecordError::Corrupt { table: table.name, id }),
    }
}

type Parts = (i64, String, Vec<Option<String>>);

fn parts(table: &'static Table, found: &rusqlite::Row<'_>) -> Result<Parts, rusqlite::Error> {
    let keys = (3_usize..).take(table.keys.len()).map(|place| found.get(place));
    Ok((found.get(1)?, found.get(2)?, keys.collect::<Result<_, _>>()?))
}

pub(super) fn audit_log(
    connection: &Connection,
    after_seq: i64,
    limit: i64,
) -> Result<Vec<SealedEntry>, RecordError> {
    let mut query = connection
        .prepare_cached(
            "select seq, body, hash from audit where seq > $1 order by seq asc limit $2",
        )
        .map_err(refused)?;
    let mut found = query.query(params![after_seq, limit]).map_err(refused)?;
    let mut entries = Vec::new();
    while let Some(row) = found.next().map_err(refused)? {
        let entry = sealed(row).map_err(|_| RecordError::Corrupt {
            table: "audit",
            id: row.get::<_, i64>(0).unwrap_or_default().to_string(),
        })?;
        entries.push(entry);
    }
    Ok(entries)
}

fn sealed(row: &rusqlite::Row<'_>) -> Result<SealedEntry, rusqlite::Error> {
    Ok(SealedEntry { seq: row.get(0)?, body: row.get(1)?, hash: row.get(2)? })
}
