//! Brings a file to what this program declares: migrations first, then tables.

use std::collections::BTreeMap;

use kanuki_record::{Key, Table};
use sqlx::{Connection as _, Row as _, SqliteConnection, query, raw_sql};

use crate::{
    StoreError,
    statement::{add_column, create_index, create_table, drop_index},
};

/// Where the list below is kept; run at every opening.
const SCHEMA_VERSION: &str = include_str!("../migrations/0000_schema_version.sql");

/// Every migration, in order, never edited once released.
const MIGRATIONS: [(i64, &str, &str); 1] =
    [(1, "audit", include_str!("../migrations/0001_audit.sql"))];

/// Runs the migrations that are missing and declares `tables`, all or nothing.
pub(crate) async fn prepare(
    connection: &mut SqliteConnection,
    tables: impl Iterator<Item = &'static Table>,
) -> Result<(), StoreError> {
    let mut tx = connection.begin_with("begin immediate").await.map_err(StoreError::Database)?;
    raw_sql(SCHEMA_VERSION).execute(&mut *tx).await.map_err(StoreError::Database)?;
    let applied = require_known(&mut tx).await?;
    for (version, name, text) in MIGRATIONS {
        if applied.contains_key(&version) {
            continue;
        }
        raw_sql(text).execute(&mut *tx).await.map_err(StoreError::Database)?;
        query("insert into schema_version (version, name, text) values ($1, $2, $3)")
            .bind(version)
            .bind(name)
            .bind(text)
            .execute(&mut *tx)
            .await
            .map_err(StoreError::Database)?;
    }
    for table in tables {
        declare(&mut tx, table).await.map_err(StoreError::Database)?;
    }
    tx.commit().await.map_err(StoreError::Database)
}

/// The migrations that were applied, if this program knows them all in the same words.
pub(crate) async fn require_known(
    connection: &mut SqliteConnection,
) -> Result<BTreeMap<i64, String>, StoreError> {
    let rows = query("select version, text from schema_version order by version")
        .fetch_all(connection)
        .await
        .map_err(StoreError::Database)?;
    let mut applied = BTreeMap::new();
    for row in rows {
        let version: i64 = row.try_get(0).map_err(StoreError::Database)?;
        let text: String = row.try_get(1).map_err(StoreError::Database)?;
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

async fn declare(
    connection: &mut SqliteConnection,
    table: &'static Table,
) -> Result<(), sqlx::Error> {
    raw_sql(create_table(table).text()).execute(&mut *connection).await?;
    let columns = query("select name from pragma_table_info($1)")
        .bind(table.name)
        .fetch_all(&mut *connection)
        .await?;
    let columns: Vec<String> =
        columns.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
    for key in table.keys {
        if !columns.iter().any(|column| column == key.name) {
            raw_sql(add_column(table, key.name).text()).execute(&mut *connection).await?;
        }
        declare_index(connection, table, key).await?;
    }
    Ok(())
}

/// An index of the declared kind: a key that became unique, or ceased to be, gets a new one.
async fn declare_index(
    connection: &mut SqliteConnection,
    table: &'static Table,
    key: &Key,
) -> Result<(), sqlx::Error> {
    let found = query(r#"select "unique" from pragma_index_list($1) where name = $2"#)
        .bind(table.name)
        .bind(format!("{}_{}", table.name, key.name))
        .fetch_optional(&mut *connection)
        .await?;
    if let Some(row) = found
        && row.try_get::<i64, _>(0)? != i64::from(key.is_unique)
    {
        raw_sql(drop_index(table, key.name).text()).execute(&mut *connection).await?;
    }
    let create = create_index(table, key.name, key.is_unique);
    raw_sql(create.text()).execute(connection).await?;
    Ok(())
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
