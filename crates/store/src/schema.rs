//! Brings a file to what this program declares: migrations first, then tables.

use std::collections::BTreeMap;

use kanuki_record::{Key, Table};
use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior, params};

use crate::{
    StoreError,
    statement::{add_column, create_index, create_table, drop_named, index},
};

/// Where the list below is kept; run at every opening.
const SCHEMA_VERSION: &str = include_str!("../migrations/0000_schema_version.sql");

/// Every migration, in order, never edited once released.
const MIGRATIONS: [(i64, &str, &str); 1] =
    [(1, "audit", include_str!("../migrations/0001_audit.sql"))];

/// Runs the migrations that are missing and declares `tables`, all or nothing.
pub(crate) fn prepare(
    connection: &mut Connection,
    tables: impl Iterator<Item = &'static Table>,
) -> Result<(), StoreError> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    tx.execute_batch(SCHEMA_VERSION)?;
    let applied = require_known(&tx)?;
    for (version, name, text) in MIGRATIONS {
        if applied.contains_key(&version) {
            continue;
        }
        tx.execute_batch(text)?;
        tx.execute(
            "insert into schema_version (version, name, text) values ($1, $2, $3)",
            params![version, name, text],
        )?;
    }
    for table in tables {
        declare(&tx, table)?;
    }
    Ok(tx.commit()?)
}

/// The migrations that were applied, if this program knows them all in the same words.
pub(crate) fn require_known(connection: &Connection) -> Result<BTreeMap<i64, String>, StoreError> {
    let mut query =
        connection.prepare("select version, text from schema_version order by version")?;
    let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut applied = BTreeMap::new();
    for row in rows {
        let (version, text): (i64, String) = row?;
        match MIGRATIONS.iter().find(|(known, ..)| *known == version) {
            Some((.., known_text)) if *known_text == text => applied.insert(version, text),
            Some(_) => return Err(StoreError::Edited { version }),
            None => {
                let known = MIGRATIONS.iter().map(|(version, ..)| *version).max().unwrap_or(0);
                return Err(StoreError::Newer { found: version, known });
            }
        };
    }
    Ok(applied)
}

fn declare(connection: &Connection, table: &'static Table) -> Result<(), rusqlite::Error> {
    connection.execute_batch(&create_table(table))?;
    let mut query = connection.prepare("select name from pragma_table_info($1)")?;
    let columns = query.query_map([table.name], |row| row.get(0))?;
    let columns: Vec<String> = columns.collect::<Result<_, _>>()?;
    for key in table.keys {
        if !columns.iter().any(|column| column == key.name) {
            connection.execute_batch(&add_column(table, key.name))?;
        }
        declare_index(connection, table, key)?;
    }
    drop_others(connection, table)
}

/// Takes away the indexes of keys that are no more: nobody asks them, and each row would pay for them.
/// Their columns stay.
fn drop_others(connection: &Connection, table: &'static Table) -> Result<(), rusqlite::Error> {
    let declared: Vec<String> =
        table.keys.iter().map(|key| format!("{}_{}", table.name, key.name)).collect();
    // 'c': made by a statement of ours, not by SQLite itself for the primary key.
    let sql = "select name from pragma_index_list($1) where origin = 'c'";
    let mut query = connection.prepare(sql)?;
    let found = query.query_map([table.name], |row| row.get(0))?;
    for name in found.collect::<Result<Vec<String>, _>>()? {
        if !declared.contains(&name) {
            connection.execute_batch(&drop_named(&name))?;
        }
    }
    Ok(())
}

/// An index of the declared kind: one that a former release made otherwise is made again.
fn declare_index(
    connection: &Connection,
    table: &'static Table,
    key: &Key,
) -> Result<(), rusqlite::Error> {
    let found: Option<String> = connection
        .query_row(
            "select sql from sqlite_schema where type = 'index' and name = $1",
            [format!("{}_{}", table.name, key.name)],
            |row| row.get(0),
        )
        .optional()?;
    if let Some(found) = found {
        // SQLite keeps the words as they were said, but for how they begin.
        let kind = if key.is_unique { "CREATE UNIQUE INDEX " } else { "CREATE INDEX " };
        if found.strip_prefix(kind) == Some(index(table, key).as_str()) {
            return Ok(());
        }
        connection.execute_batch(&drop_named(&format!("{}_{}", table.name, key.name)))?;
    }
    connection.execute_batch(&create_index(table, key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn migrations_are_numbered_without_gaps() {
        let numbers = MIGRATIONS.iter().map(|(version, ..)| *version);

        assert!(numbers.eq(1..=i64::try_from(MIGRATIONS.len()).unwrap()));
    }
}
