//! The port: what any store of records must do, in untyped rows.

use async_trait::async_trait;

use crate::{AuditEntry, RecordError, SealedEntry};

/// A column that rows can be found by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// Column name.
    pub name: &'static str,
    /// At most one row may have a given value.
    pub is_unique: bool,
    /// Rows that share a value come by id; if not, in any order, and never page by page.
    pub is_ordered: bool,
}

impl Key {
    /// A column many rows may share a value of.
    #[must_use]
    pub const fn many(name: &'static str) -> Self {
        Self { name, is_unique: false, is_ordered: true }
    }

    /// A column many rows may share a value of, whose order nobody asks for: what is swept by the day.
    ///
    /// An index that keeps rows as they come is added to at its end; one by id is not where ids are
    /// hashes, and each row then costs a page of its own.
    #[must_use]
    pub const fn loose(name: &'static str) -> Self {
        Self { name, is_unique: false, is_ordered: false }
    }

    /// A column whose values are unique.
    #[must_use]
    pub const fn unique(name: &'static str) -> Self {
        Self { name, is_unique: true, is_ordered: true }
    }
}

/// A kind of record. The SQL table of the same name has `{name}_id`, `version`, a column per key
/// and `body`.
#[derive(Debug, PartialEq, Eq)]
pub struct Table {
    /// The noun, as everywhere else.
    pub name: &'static str,
    /// What its rows can be found by.
    pub keys: &'static [Key],
}

/// One row as a store keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Primary key.
    pub id: String,
    /// Counts from 1 with every change.
    pub version: i64,
    /// Values of the table's keys, in its order.
    pub keys: Vec<Option<String>>,
    /// The value, as JSON.
    pub body: String,
}

/// One change of one row.
#[derive(Clone, Debug)]
pub enum Write {
    /// A row that must not be there yet; its version is 1.
    Insert(&'static Table, Row),
    /// A row that must still have the version before `row.version`.
    Update(&'static Table, Row),
    /// The same, of a row whose keys are what they were in that version: no index changes.
    Rewrite(&'static Table, Row),
    /// A row that must still have `version`.
    Delete {
        /// From which table.
        table: &'static Table,
        /// Which row.
        id: String,
        /// The version it was read with.
        version: i64,
    },
}

/// Which end of a list comes first; ids sort by the time they were made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Oldest id first.
    OldestFirst,
    /// Newest id first.
    NewestFirst,
}

/// The most rows one `select` returns.
pub const PAGE_MAX: usize = 1_000;

/// Takes a row, and says which is read next.
pub type Then<'a> = dyn FnMut(Row) -> Option<(&'static Table, String)> + Send + 'a;

/// Where records live.
#[async_trait]
pub trait Records: Send + Sync + std::fmt::Debug {
    /// The row with this id.
    async fn fetch(&self, table: &'static Table, id: &str) -> Result<Option<Row>, RecordError>;

    /// The row with this id, and then whichever `then` names, until it names none or there is no such row:
    /// for what a request reads one after another. A store on this machine reads all of them as they were
    /// at one moment, which costs it less; with others a row may be newer than the one before it.
    async fn fetch_along(
        &self,
        first: (&'static Table, &str),
        then: &mut Then<'_>,
    ) -> Result<(), RecordError> {
        let mut next = Some((first.0, first.1.to_owned()));
        while let Some((table, id)) = next {
            let Some(row) = self.fetch(table, &id).await? else { break };
            next = then(row);
        }
        Ok(())
    }

    /// Rows whose `key` has `value`, by id unless the key is loose, at most `limit` and never more
    /// than [`PAGE_MAX`].
    async fn select(
        &self,
        table: &'static Table,
        key: &'static str,
        value: &str,
        order: Order,
        limit: usize,
    ) -> Result<Vec<Row>, RecordError>;

    /// Rows whose `key` has `value`, by id after `after`, oldest first, at most `limit` and never more
    /// than [`PAGE_MAX`]: for whoever must see them all. Fewer than that only where there are no more. Not
    /// for a loose key.
    async fn select_after(
        &self,
        table: &'static Table,
        (key, value): (&'static str, &str),
        after: &str,
        limit: usize,
    ) -> Result<Vec<Row>, RecordError>;

    /// Rows that have no value for `key`, at most `limit` and never more than [`PAGE_MAX`]: of a key that
    /// every row has, those that were written before it was asked for. It reads the whole table: for a
    /// start, and no request.
    async fn select_unset(
        &self,
        table: &'static Table,
        key: &'static str,
        limit: usize,
    ) -> Result<Vec<Row>, RecordError> {
        let place = table.keys.iter().position(|k| k.name == key);
        assert!(place.is_some(), "{} has no key {key}", table.name);
        let is_unset = |row: &Row| place.and_then(|n| row.keys.get(n)).is_some_and(Option::is_none);
        let (mut found, mut after) = (Vec::new(), String::new());
        loop {
            let page = self.scan(table, &after, PAGE_MAX).await?;
            let Some(last) = page.last() else { break };
            after.clone_from(&last.id);
            found.extend(page.into_iter().filter(is_unset));
            if found.len() >= limit {
                break;
            }
        }
        found.truncate(limit.min(PAGE_MAX));
        Ok(found)
    }

    /// All rows by id after `after`, oldest first, at most `limit`.
    async fn scan(
        &self,
        table: &'static Table,
        after: &str,
        limit: usize,
    ) -> Result<Vec<Row>, RecordError>;

    /// All of `writes` and `audit`, or nothing. Durable when it returns.
    async fn commit(&self, writes: Vec<Write>, audit: Vec<AuditEntry>) -> Result<(), RecordError>;

    /// Audit entries after `after_seq`, in order, at most `limit`.
    async fn audit_log(
        &self,
        after_seq: i64,
        limit: usize,
    ) -> Result<Vec<SealedEntry>, RecordError>;
}
