//! What one unit of work writes, inside the transaction of its group.

use kanuki_record::{
    RecordError, Row, Table, Write,
    audit::{GENESIS, seal},
};
use rusqlite::{Connection, ErrorCode, OptionalExtension as _, ffi, params};

use super::{Tables, refused};
use crate::statement::Statements;

/// The end of the audit log as one transaction knows it: number and hash of the last entry, once
/// it was needed. Every transaction reads it anew, since another process may have written.
#[derive(Clone, Debug, Default)]
pub(super) struct Tail(Option<(i64, String)>);

impl Tail {
    /// The last entry's number and hash.
    fn last(&self, connection: &Connection) -> Result<(i64, String), rusqlite::Error> {
        if let Some(known) = &self.0 {
            return Ok(known.clone());
        }
        let last = connection
            .prepare_cached("select seq, hash from audit order by seq desc limit 1")?
            .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        Ok(last.unwrap_or_else(|| (0, GENESIS.to_owned())))
    }
}

/// Writes all rows, or says which was refused; what was written until then is undone by the caller.
pub(super) fn write_all(
    tables: &Tables,
    connection: &Connection,
    writes: &[Write],
) -> Result<(), RecordError> {
    writes.iter().try_for_each(|write| apply(tables, connection, write))
}

fn apply(tables: &Tables, connection: &Connection, write: &Write) -> Result<(), RecordError> {
    let (table, id, done) = match write {
        Write::Insert(table, row) => (*table, &row.id, insert(tables.of(table)?, connection, row)),
        Write::Update(table, row) => (*table, &row.id, update(tables.of(table)?, connection, row)),
        Write::Rewrite(table, row) => {
            (*table, &row.id, rewrite(tables.of(table)?, connection, row))
        }
        Write::Delete { table, id, version } => {
            (*table, id, delete(tables.of(table)?, connection, id, *version))
        }
    };
    if done.map_err(|error| duplicate(table, error))? == 1 {
        Ok(())
    } else {
        Err(RecordError::Conflict { table: table.name, id: id.clone() })
    }
}

fn insert(of: &Statements, connection: &Connection, row: &Row) -> Result<usize, rusqlite::Error> {
    let mut insert = connection.prepare_cached(&of.insert)?;
    insert.raw_bind_parameter(1, &row.id)?;
    insert.raw_bind_parameter(2, row.version)?;
    insert.raw_bind_parameter(3, &row.body)?;
    for (place, key) in (4_usize..).zip(&row.keys) {
        insert.raw_bind_parameter(place, key)?;
    }
    insert.raw_execute()
}

fn update(of: &Statements, connection: &Connection, row: &Row) -> Result<usize, rusqlite::Error> {
    let mut update = connection.prepare_cached(&of.update)?;
    update.raw_bind_parameter(1, row.version)?;
    update.raw_bind_parameter(2, &row.body)?;
    let mut place = 3_usize;
    for key in &row.keys {
        update.raw_bind_parameter(place, key)?;
        place = place.saturating_add(1);
    }
    update.raw_bind_parameter(place, &row.id)?;
    update.raw_bind_parameter(place.saturating_add(1), row.version.saturating_sub(1))?;
    update.raw_execute()
}

fn rewrite(of: &Statements, connection: &Connection, row: &Row) -> Result<usize, rusqlite::Error> {
    let before = row.version.saturating_sub(1);
    let mut rewrite = connection.prepare_cached(&of.rewrite)?;
    rewrite.execute(params![row.version, row.body, row.id, before])
}

fn delete(
    of: &Statements,
    connection: &Connection,
    id: &str,
    version: i64,
) -> Result<usize, rusqlite::Error> {
    connection.prepare_cached(&of.delete)?.execute(params![id, version])
}

/// Numbers the entries and chains them to the last one, which they move.
pub(super) fn append(
    connection: &Connection,
    tail: &mut Tail,
    bodies: &[String],
) -> Result<(), RecordError> {
    for body in bodies {
        let (seq, hash) = tail.last(connection).map_err(refused)?;
        let sealed = seal(seq.saturating_add(1), &hash, body.clone());
        connection
            .prepare_cached("insert into audit (seq, body, hash) values ($1, $2, $3)")
            .and_then(|mut insert| insert.execute(params![sealed.seq, sealed.body, sealed.hash]))
            .map_err(refused)?;
        *tail = Tail(Some((sealed.seq, sealed.hash)));
    }
    Ok(())
}

/// Which unique column a refused write ran into, from SQLite's `... failed: table.column`.
fn duplicate(table: &'static Table, error: rusqlite::Error) -> RecordError {
    let rusqlite::Error::SqliteFailure(failure, Some(message)) = &error else {
        return refused(error);
    };
    let is_unique = matches!(
        failure.extended_code,
        ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY
    );
    if failure.code != ErrorCode::ConstraintViolation || !is_unique {
        return refused(error);
    }
    let column = message.rsplit('.').next().unwrap_or_default();
    let key = table.keys.iter().find(|key| key.name == column).map_or("id", |key| key.name);
    RecordError::Duplicate { table: table.name, key }
}
