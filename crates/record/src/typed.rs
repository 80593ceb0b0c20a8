//! Rows as values.

use std::{marker::PhantomData, ops::Deref, sync::Arc, vec};

use serde::{Serialize, de::DeserializeOwned};

use crate::{
    AuditEntry, RecordError, Records, Row, Table, Write,
    parsed::Parsed,
    port::{Order, PAGE_MAX},
};

/// A value that is kept as one row.
pub trait Record: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Where it is kept.
    const TABLE: &'static Table;
    /// Its primary key.
    fn id(&self) -> String;
    /// What it can be found by, in the order of the table's keys.
    fn keys(&self) -> Vec<Option<String>>;
}

/// A value together with the version it was read with.
#[derive(Clone, Debug)]
pub struct Stored<T> {
    value: T,
    version: i64,
    /// What the row could be found by.
    keys: Vec<Option<String>>,
}

impl<T> Stored<T> {
    /// The value, by move.
    pub fn into_inner(self) -> T {
        self.value
    }

    /// True if the row cannot be found by what its value says: it was written before that was asked for.
    /// An update files it anew.
    pub fn is_misfiled(&self) -> bool
    where
        T: Record,
    {
        self.value.keys() != self.keys
    }

    /// The value, to be changed and then given to [`Unit::update`].
    pub const fn edit(&mut self) -> &mut T {
        &mut self.value
    }
}

impl<T> Deref for Stored<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

/// Changes that are written together or not at all.
#[derive(Debug, Default)]
pub struct Unit {
    writes: Vec<Write>,
    audit: Vec<AuditEntry>,
    unreadable: Option<RecordError>,
}

impl Unit {
    /// An empty unit.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a new row.
    pub fn insert<T: Record>(&mut self, value: &T) -> &mut Self {
        match row(value, 1) {
            Ok(row) => self.writes.push(Write::Insert(T::TABLE, row)),
            Err(error) => self.unreadable = Some(error),
        }
        self
    }

    /// Replaces the row that `stored` was read from with its edited value.
    pub fn update<T: Record>(&mut self, stored: &Stored<T>) -> &mut Self {
        match row(&stored.value, stored.version.saturating_add(1)) {
            Ok(row) if row.keys == stored.keys => self.writes.push(Write::Rewrite(T::TABLE, row)),
            Ok(row) => self.writes.push(Write::Update(T::TABLE, row)),
            Err(error) => self.unreadable = Some(error),
        }
        self
    }

    /// Removes the row that `stored` was read from.
    pub fn delete<T: Record>(&mut self, stored: &Stored<T>) -> &mut Self {
        self.writes.push(Write::Delete {
            table: T::TABLE,
            id: stored.value.id(),
            version: stored.version,
        });
        self
    }

    /// Adds an entry to the audit log; anything that moves money or trust has one.
    pub fn audit(&mut self, entry: AuditEntry) -> &mut Self {
        self.audit.push(entry);
        self
    }

    /// How many rows it changes.
    #[must_use]
    pub const fn writes(&self) -> usize {
        self.writes.len()
    }

    /// Adds everything that `other` would do.
    pub fn append(&mut self, other: Self) -> &mut Self {
        self.writes.extend(other.writes);
        self.audit.extend(other.audit);
        self.unreadable = self.unreadable.take().or(other.unreadable);
        self
    }
}

fn row<T: Record>(value: &T, version: i64) -> Result<Row, RecordError> {
    let keys = value.keys();
    assert_eq!(keys.len(), T::TABLE.keys.len(), "a record names every key of its table");
    let body = serde_json::to_string(value)
        .map_err(|_| RecordError::Corrupt { table: T::TABLE.name, id: value.id() })?;
    Ok(Row { id: value.id(), version, keys, body })
}

fn value<T: Record>(row: Row) -> Result<Stored<T>, RecordError> {
    match serde_json::from_str(&row.body) {
        Ok(value) => Ok(Stored { value, version: row.version, keys: row.keys }),
        Err(_) => Err(RecordError::Corrupt { table: T::TABLE.name, id: row.id }),
    }
}

/// Rows of a page, each parsed as it is come to: whoever stops early has not parsed the rest.
#[derive(Debug)]
pub struct Unread<T> {
    rows: vec::IntoIter<Row>,
    kind: PhantomData<fn() -> T>,
}

impl<T: Record> Iterator for Unread<T> {
    type Item = Result<Stored<T>, RecordError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.rows.next().map(value)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.rows.size_hint()
    }
}

impl<T: Record> ExactSizeIterator for Unread<T> {}

impl<T: Record> Unread<T> {
    /// The same rows, to be judged by what they are found by before they are parsed.
    pub fn by_keys(self) -> impl Iterator<Item = UnreadRow<T>> + Send {
        self.rows.map(|row| UnreadRow { row, kind: PhantomData })
    }
}

/// One row that nobody has parsed.
#[derive(Debug)]
pub struct UnreadRow<T> {
    row: Row,
    kind: PhantomData<fn() -> T>,
}

impl<T: Record> UnreadRow<T> {
    /// Its primary key.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.row.id
    }

    /// What it is found by under `key`.
    #[must_use]
    pub fn key(&self, key: &str) -> Option<&str> {
        let place = T::TABLE.keys.iter().position(|known| known.name == key)?;
        self.row.keys.get(place)?.as_deref()
    }

    /// Its value.
    pub fn read(self) -> Result<Stored<T>, RecordError> {
        value(self.row)
    }
}

/// Three records of which each names the next, as far as they were found.
#[derive(Clone, Debug)]
pub struct Along<A, B, C> {
    /// The one with the id that was asked for.
    pub first: Option<Arc<A>>,
    /// The one that the first names.
    pub second: Option<Arc<B>>,
    /// The one that the second names.
    pub third: Option<Arc<C>>,
}

/// Typed access to a store.
#[derive(Clone, Debug)]
pub struct Book {
    records: Arc<dyn Records>,
    parsed: Arc<Parsed>,
}

impl Book {
    /// Opens `records` for typed access.
    #[must_use]
    pub fn new(records: Arc<dyn Records>) -> Self {
        Self { records, parsed: Arc::default() }
    }

    /// The store itself, for the audit log.
    #[must_use]
    pub fn records(&self) -> &dyn Records {
        &*self.records
    }

    /// The record with this id, if there is one.
    pub async fn find<T: Record>(
        &self,
        id: impl ToString + Send,
    ) -> Result<Option<Stored<T>>, RecordError> {
        let id = id.to_string();
        self.records.fetch(T::TABLE, &id).await?.map(value).transpose()
    }

    /// The record with this id, the one that it names, and the one that that names: where the store can, as
    /// they were at one moment, and read as one. Whoever needs no more says that none is named. To be read
    /// only, as with [`Book::find_shared`]: who asks about a token asks again.
    pub async fn find_along<A: Record, B: Record, C: Record>(
        &self,
        id: impl ToString + Send,
        second_of: impl Fn(&A) -> Option<String> + Send + Sync,
        third_of: impl Fn(&B) -> Option<String> + Send + Sync,
    ) -> Result<Along<A, B, C>, RecordError> {
        let id = id.to_string();
        let mut along = Along { first: None, second: None, third: None };
        let mut unreadable = None;
        let mut take = |row: Row| -> Result<Option<(&'static Table, String)>, RecordError> {
            if along.first.is_none() {
                let first = along.first.insert(self.shared(row)?);
                return Ok(second_of(first).map(|id| (B::TABLE, id)));
            }
            if along.second.is_none() {
                let second = along.second.insert(self.shared(row)?);
                return Ok(third_of(second).map(|id| (C::TABLE, id)));
            }
            along.third = Some(self.shared(row)?);
            Ok(None)
        };
        let mut then = |row: Row| match take(row) {
            Ok(next) => next,
            Err(error) => {
                unreadable = Some(error);
                None
            }
        };
        self.records.fetch_along((A::TABLE, &id), &mut then).await?;
        match unreadable {
            Some(error) => Err(error),
            None => Ok(along),
        }
    }

    /// The record with this id, to be read only: the row is read anew, but its value is parsed once
    /// for as long as the row stays the same. For the few rows that every request reads.
    pub async fn find_shared<T: Record>(
        &self,
        id: impl ToString + Send,
    ) -> Result<Option<Arc<T>>, RecordError> {
        let id = id.to_string();
        self.records.fetch(T::TABLE, &id).await?.map(|row| self.shared(row)).transpose()
    }

    /// What `row` was parsed to before, or is parsed to now.
    fn shared<T: Record>(&self, row: Row) -> Result<Arc<T>, RecordError> {
        if let Some(known) = self.parsed.of(T::TABLE, &row) {
            return Ok(known);
        }
        let kept = row.clone();
        let shared = Arc::new(value::<T>(row)?.value);
        self.parsed.keep(T::TABLE, kept, Arc::clone(&shared));
        Ok(shared)
    }

    /// The record with this id, or [`RecordError::Absent`].
    pub async fn load<T: Record>(
        &self,
        id: impl ToString + Send,
    ) -> Result<Stored<T>, RecordError> {
        self.find(id).await?.ok_or(RecordError::Absent { table: T::TABLE.name })
    }

    /// The newest record whose `key` has `value`.
    pub async fn find_by<T: Record>(
        &self,
        key: &'static str,
        value_of_key: &str,
    ) -> Result<Option<Stored<T>>, RecordError> {
        let rows = self.records.select(T::TABLE, key, value_of_key, Order::NewestFirst, 1).await?;
        rows.into_iter().next().map(value).transpose()
    }

    /// Records whose `key` has `value`, newest first, at most [`PAGE_MAX`].
    pub async fn list<T: Record>(
        &self,
        key: &'static str,
        value_of_key: &str,
    ) -> Result<Vec<Stored<T>>, RecordError> {
        self.page(key, value_of_key, Order::NewestFirst, PAGE_MAX).await
    }

    /// The same as [`Book::list`], to be read only and parsed once, as [`Book::find_shared`] has it.
    pub async fn list_shared<T: Record>(
        &self,
        key: &'static str,
        value_of_key: &str,
    ) -> Result<Vec<Arc<T>>, RecordError> {
        let (table, order) = (T::TABLE, Order::NewestFirst);
        let rows = self.records.select(table, key, value_of_key, order, PAGE_MAX).await?;
        rows.into_iter().map(|row| self.shared(row)).collect()
    }

    /// Every record whose `key` has `value`, however many there are, by id.
    ///
    /// For what must not forget one of them: whoever chooses ids chooses what the first page holds.
    pub async fn every<T: Record>(
        &self,
        key: &'static str,
        value_of_key: &str,
    ) -> Result<Vec<Stored<T>>, RecordError> {
        let mut all = Vec::new();
        let mut after = String::new();
        loop {
            let named = (key, value_of_key);
            let rows = self.records.select_after(T::TABLE, named, &after, PAGE_MAX).await?;
            let Some(last) = rows.last() else { return Ok(all) };
            let is_last = rows.len() < PAGE_MAX;
            after.clone_from(&last.id);
            for row in rows {
                all.push(value(row)?);
            }
            if is_last {
                return Ok(all);
            }
        }
    }

    /// Records that cannot be found by `key`, which each of them has: written before it was asked for. At
    /// most `limit`; an update files them. Reads the whole table: for a start, and no request.
    pub async fn unfiled<T: Record>(
        &self,
        key: &'static str,
        limit: usize,
    ) -> Result<Vec<Stored<T>>, RecordError> {
        let rows = self.records.select_unset(T::TABLE, key, limit).await?;
        rows.into_iter().map(value).collect()
    }

    /// Records whose `key` has `value`, by id after `after`, at most `limit`: for whoever sees them all, page
    /// by page.
    pub async fn page_after<T: Record>(
        &self,
        named: (&'static str, &str),
        after: &str,
        limit: usize,
    ) -> Result<Vec<Stored<T>>, RecordError> {
        let rows = self.records.select_after(T::TABLE, named, after, limit).await?;
        rows.into_iter().map(value).collect()
    }

    /// Records whose `key` has `value`, in `order`, at most `limit`.
    pub async fn page<T: Record>(
        &self,
        key: &'static str,
        value_of_key: &str,
        order: Order,
        limit: usize,
    ) -> Result<Vec<Stored<T>>, RecordError> {
        let rows = self.records.select(T::TABLE, key, value_of_key, order, limit).await?;
        rows.into_iter().map(value).collect()
    }

    /// Every record after the id `after`, oldest first, at most [`PAGE_MAX`].
    pub async fn scan<T: Record>(&self, after: &str) -> Result<Vec<Stored<T>>, RecordError> {
        self.scan_some(after, PAGE_MAX).await
    }

    /// The same, at most `limit`: for whoever comes often and has little to do.
    pub async fn scan_some<T: Record>(
        &self,
        after: &str,
        limit: usize,
    ) -> Result<Vec<Stored<T>>, RecordError> {
        self.scan_unread(after, limit).await?.collect()
    }

    /// The same, to be parsed row by row: for whoever may stop at any of them.
    pub async fn scan_unread<T: Record>(
        &self,
        after: &str,
        limit: usize,
    ) -> Result<Unread<T>, RecordError> {
        let rows = self.records.scan(T::TABLE, after, limit).await?;
        Ok(Unread { rows: rows.into_iter(), kind: PhantomData })
    }

    /// Writes the whole unit, durably, or nothing.
    pub async fn commit(&self, unit: Unit) -> Result<(), RecordError> {
        match unit.unreadable {
            Some(error) => Err(error),
            None => self.records.commit(unit.writes, unit.audit).await,
        }
    }
}
