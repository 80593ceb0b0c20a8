//! The SQL of one table, made once from its declaration.
//!
//! Parameters are numbered in the order in which they appear, so that a database that binds by
//! number and one that binds by place agree.

use std::collections::BTreeMap;

use kanuki_record::{Key, Order, Table};

use crate::StoreError;

/// What is ever said about one table.
#[derive(Debug)]
pub(crate) struct Statements {
    pub(crate) table: &'static Table,
    pub(crate) fetch: String,
    pub(crate) scan: String,
    pub(crate) insert: String,
    pub(crate) update: String,
    /// The same where no key changes.
    pub(crate) rewrite: String,
    pub(crate) delete: String,
    /// For each key: oldest first, newest first.
    selects: BTreeMap<&'static str, (String, String)>,
    /// For each key but loose ones: oldest first, after an id.
    afters: BTreeMap<&'static str, String>,
    /// For each key: rows without a value, of which no index tells.
    unset: BTreeMap<&'static str, String>,
}

impl Statements {
    pub(crate) fn new(table: &'static Table) -> Result<Self, StoreError> {
        require_declarable(table)?;
        let name = table.name;
        let columns = columns(table);
        let parameters: Vec<_> = (1..=columns.len()).map(|n| format!("${n}")).collect();
        let (all, values) = (columns.join(", "), parameters.join(", "));
        // Everything but the id is set; the id and the version that is expected come after.
        let changes: Vec<_> = columns
            .iter()
            .skip(1)
            .zip(&parameters)
            .map(|(column, parameter)| format!("{column} = {parameter}"))
            .collect();
        let changes = changes.join(", ");
        let (of_id, expected) = (columns.len(), columns.len().saturating_add(1));
        let id = format!(r#""{name}_id""#);
        let select = |key: &Key, order: &str| {
            let order =
                if key.is_ordered { format!("order by {id} {order} ") } else { String::new() };
            format!(r#"select {all} from "{name}" where "{}" = $1 {order}limit $2"#, key.name)
        };
        let after = |key: &str| {
            format!(
                r#"select {all} from "{name}" where "{key}" = $1 and {id} > $2 order by {id} limit $3"#
            )
        };
        let unset =
            |key: &str| format!(r#"select {all} from "{name}" where "{key}" is null limit $1"#);
        Ok(Self {
            table,
            fetch: format!(r#"select {all} from "{name}" where {id} = $1"#),
            scan: format!(r#"select {all} from "{name}" where {id} > $1 order by {id} limit $2"#),
            insert: format!(r#"insert into "{name}" ({all}) values ({values})"#),
            update: format!(
                r#"update "{name}" set {changes} where {id} = ${of_id} and "version" = ${expected}"#
            ),
            rewrite: format!(
                r#"update "{name}" set "version" = $1, "body" = $2 where {id} = $3 and "version" = $4"#
            ),
            delete: format!(r#"delete from "{name}" where {id} = $1 and "version" = $2"#),
            selects: table
                .keys
                .iter()
                .map(|key| (key.name, (select(key, "asc"), select(key, "desc"))))
                .collect(),
            afters: table
                .keys
                .iter()
                .filter(|key| key.is_ordered)
                .map(|key| (key.name, after(key.name)))
                .collect(),
            unset: table.keys.iter().map(|key| (key.name, unset(key.name))).collect(),
        })
    }

    /// Rows by `key` after an id; `None` if the table has no such key, or it is loose.
    pub(crate) fn select_after(&self, key: &str) -> Option<&str> {
        self.afters.get(key).map(String::as_str)
    }

    /// Rows without a value for `key`; `None` if the table has no such key.
    pub(crate) fn select_unset(&self, key: &str) -> Option<&str> {
        self.unset.get(key).map(String::as_str)
    }

    /// Rows by `key`; `None` if the table has no such key.
    pub(crate) fn select(&self, key: &str, order: Order) -> Option<&str> {
        let (oldest_first, newest_first) = self.selects.get(key)?;
        Some(match order {
            Order::OldestFirst => oldest_first,
            Order::NewestFirst => newest_first,
        })
    }
}

/// Quoted columns in the order in which they are bound and read: id, version, body, keys.
fn columns(table: &Table) -> Vec<String> {
    let fixed = [format!(r#""{}_id""#, table.name), r#""version""#.into(), r#""body""#.into()];
    fixed.into_iter().chain(table.keys.iter().map(|key| format!(r#""{}""#, key.name))).collect()
}

/// The table itself, without its keys.
pub(crate) fn create_table(table: &Table) -> String {
    let name = table.name;
    format!(
        r#"create table if not exists "{name}" ("{name}_id" text primary key not null, "version" bigint not null, "body" text not null)"#
    )
}

/// A column for a key that the table does not have yet.
pub(crate) fn add_column(table: &Table, key: &str) -> String {
    format!(r#"alter table "{}" add column "{key}" text"#, table.name)
}

/// The index that answers for a key.
pub(crate) fn create_index(table: &Table, key: &Key) -> String {
    let unique = if key.is_unique { "unique " } else { "" };
    format!("create {unique}index {}", index(table, key))
}

/// What stands in an index: rows that have the key, in an order that somebody asks for.
///
/// One of many rows is read by id, so it holds ids too. A loose one holds nothing but the key, and so
/// is in the order in which rows came.
pub(crate) fn index(table: &Table, key: &Key) -> String {
    let (name, Key { name: column, is_unique, is_ordered }) = (table.name, key);
    let is_by_id = *is_ordered && !is_unique;
    let then_id = if is_by_id { format!(r#", "{name}_id""#) } else { String::new() };
    format!(r#""{name}_{column}" on "{name}" ("{column}"{then_id}) where "{column}" is not null"#)
}

/// Takes an index away, to be made again in another kind or not at all.
pub(crate) fn drop_named(index: &str) -> String {
    format!(r#"drop index if exists "{}""#, index.replace('"', r#""""#))
}

/// Names are written into SQL, so they may hold nothing but lower-case letters, digits and `_`.
fn require_declarable(table: &'static Table) -> Result<(), StoreError> {
    let refuse = |reason| Err(StoreError::Declaration { table: table.name, reason });
    let is_plain = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    if !is_plain(table.name) || !table.keys.iter().all(|key| is_plain(key.name)) {
        return refuse("a name is not lower-case ASCII");
    }
    if matches!(table.name, "audit" | "schema_version") || table.name.starts_with("sqlite_") {
        return refuse("its name is taken");
    }
    let id = format!("{}_id", table.name);
    let is_taken = |name: &str| name == id || matches!(name, "version" | "body");
    if table.keys.iter().any(|key| is_taken(key.name)) {
        return refuse("a key has the name of a fixed column");
    }
    let names: std::collections::BTreeSet<_> = table.keys.iter().map(|key| key.name).collect();
    if names.len() == table.keys.len() { Ok(()) } else { refuse("a key is declared twice") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_not_plain_words_never_reach_sql() {
        static QUOTED: Table = Table { name: "a\"; drop table audit; --", keys: &[] };
        static TAKEN: Table = Table { name: "audit", keys: &[] };
        static FIXED: Table = Table { name: "link", keys: &[Key::many("body")] };
        static TWICE: Table = Table { name: "link", keys: &[Key::many("a"), Key::unique("a")] };

        for table in [&QUOTED, &TAKEN, &FIXED, &TWICE] {
            assert!(Statements::new(table).is_err(), "{table:?}");
        }
    }
}
