//! Records in memory: for tests and for the lab, where a world lives for minutes.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    ops::Bound,
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;

use crate::{
    AuditEntry, RecordError, Records, Row, SealedEntry, Table, Write,
    audit::{GENESIS, seal},
    port::{Order, PAGE_MAX},
};

/// Ids of the rows that have a value, by that value. One that no row has any more is not in it, so that
/// to see that nothing waits costs one look and no copy.
type Index = HashMap<String, BTreeSet<String>>;

#[derive(Clone, Debug, Default)]
struct Rows {
    by_id: BTreeMap<String, Row>,
    /// One for each key of the table, in its order.
    index: Vec<Index>,
}

#[derive(Debug, Default)]
struct State {
    tables: HashMap<&'static str, Rows>,
    audit: Vec<SealedEntry>,
}

/// A store that forgets everything when it is dropped.
#[derive(Debug, Default)]
pub struct MemoryRecords {
    state: Mutex<State>,
}

impl MemoryRecords {
    fn state(&self) -> MutexGuard<'_, State> {
        // A writer that panicked changed nothing: every check comes before the first change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn table_of(write: &Write) -> &'static Table {
    match write {
        Write::Insert(table, _)
        | Write::Update(table, _)
        | Write::Rewrite(table, _)
        | Write::Delete { table, .. } => table,
    }
}

/// The place of `key` among those of `table`.
///
/// # Panics
/// If the table has no such key: a mistake of whoever wrote the call.
fn place_of(table: &'static Table, key: &str) -> usize {
    let place = table.keys.iter().position(|k| k.name == key);
    assert!(place.is_some(), "{} has no key {key}", table.name);
    place.unwrap_or(0)
}

impl Rows {
    /// Ids of the rows whose key in this place has `value`.
    fn having(&self, place: usize, value: &str) -> Option<&BTreeSet<String>> {
        self.index.get(place)?.get(value)
    }

    fn unlink(&mut self, row: &Row) {
        for (index, value) in self.index.iter_mut().zip(&row.keys) {
            let Some(value) = value else { continue };
            let is_last = index.get_mut(value).is_some_and(|ids| {
                ids.remove(&row.id);
                ids.is_empty()
            });
            if is_last {
                index.remove(value);
            }
        }
    }

    fn link(&mut self, row: Row) {
        if self.index.len() < row.keys.len() {
            self.index.resize_with(row.keys.len(), Index::default);
        }
        for (index, value) in self.index.iter_mut().zip(&row.keys) {
            let Some(value) = value else { continue };
            if let Some(ids) = index.get_mut(value) {
                ids.insert(row.id.clone());
            } else {
                index.insert(value.clone(), BTreeSet::from([row.id.clone()]));
            }
        }
        self.by_id.insert(row.id.clone(), row);
    }

    fn require_unique(&self, table: &'static Table, row: &Row) -> Result<(), RecordError> {
        for (place, (key, value)) in table.keys.iter().zip(&row.keys).enumerate() {
            let Some(value) = value.as_ref().filter(|_| key.is_unique) else { continue };
            let holders = self.having(place, value);
            if holders.is_some_and(|ids| ids.iter().any(|id| *id != row.id)) {
                return Err(RecordError::Duplicate { table: table.name, key: key.name });
            }
        }
        Ok(())
    }

    /// Does `write`; the row as it was before.
    fn apply(&mut self, write: Write) -> Result<Option<Row>, RecordError> {
        match write {
            Write::Insert(table, row) => {
                if self.by_id.contains_key(&row.id) {
                    return Err(RecordError::Duplicate { table: table.name, key: "id" });
                }
                self.require_unique(table, &row)?;
                self.link(row);
                Ok(None)
            }
            Write::Update(table, row) | Write::Rewrite(table, row) => {
                self.require_version(table, &row.id, row.version.saturating_sub(1))?;
                // Most changes leave a row where it is found.
                if let Some(known) = self.by_id.get_mut(&row.id)
                    && known.keys == row.keys
                {
                    return Ok(Some(std::mem::replace(known, row)));
                }
                self.require_unique(table, &row)?;
                let before = self.take(&row.id);
                self.link(row);
                Ok(before)
            }
            Write::Delete { table, id, version } => {
                self.require_version(table, &id, version)?;
                Ok(self.take(&id))
            }
        }
    }

    fn require_version(
        &self,
        table: &'static Table,
        id: &str,
        version: i64,
    ) -> Result<(), RecordError> {
        match self.by_id.get(id) {
            Some(row) if row.version == version => Ok(()),
            Some(_) | None => Err(RecordError::Conflict { table: table.name, id: id.to_owned() }),
        }
    }

    /// Takes a row out.
    fn take(&mut self, id: &str) -> Option<Row> {
        let row = self.by_id.remove(id)?;
        self.unlink(&row);
        Some(row)
    }

    /// Takes back what `apply` did, given the row as it was before.
    fn restore(&mut self, id: &str, before: Option<Row>) {
        self.take(id);
        if let Some(before) = before {
            self.link(before);
        }
    }
}

fn id_of(write: &Write) -> &str {
    match write {
        Write::Insert(_, row) | Write::Update(_, row) | Write::Rewrite(_, row) => &row.id,
        Write::Delete { id, .. } => id,
    }
}

#[async_trait]
impl Records for MemoryRecords {
    async fn fetch(&self, table: &'static Table, id: &str) -> Result<Option<Row>, RecordError> {
        Ok(self.state().tables.get(table.name).and_then(|rows| rows.by_id.get(id).cloned()))
    }

    async fn select(
        &self,
        table: &'static Table,
        key: &'static str,
        value: &str,
        order: Order,
        limit: usize,
    ) -> Result<Vec<Row>, RecordError> {
        let place = place_of(table, key);
        let state = self.state();
        let Some(rows) = state.tables.get(table.name) else { return Ok(Vec::new()) };
        let Some(ids) = rows.having(place, value) else { return Ok(Vec::new()) };
        let limit = limit.min(PAGE_MAX);
        let found = |id: &String| rows.by_id.get(id).cloned();
        Ok(match order {
            Order::OldestFirst => ids.iter().filter_map(found).take(limit).collect(),
            Order::NewestFirst => ids.iter().rev().filter_map(found).take(limit).collect(),
        })
    }

    async fn select_after(
        &self,
        table: &'static Table,
        (key, value): (&'static str, &str),
        after: &str,
        limit: usize,
    ) -> Result<Vec<Row>, RecordError> {
        let place = place_of(table, key);
        let state = self.state();
        let Some(rows) = state.tables.get(table.name) else { return Ok(Vec::new()) };
        let Some(ids) = rows.having(place, value) else { return Ok(Vec::new()) };
        let bounds = (Bound::Excluded(after), Bound::Unbounded);
        let found = ids.range::<str, _>(bounds).filter_map(|id| rows.by_id.get(id).cloned());
        Ok(found.take(limit.min(PAGE_MAX)).collect())
    }

    async fn select_unset(
        &self,
        table: &'static Table,
        key: &'static str,
        limit: usize,
    ) -> Result<Vec<Row>, RecordError> {
        let place = place_of(table, key);
        let state = self.state();
        let Some(rows) = state.tables.get(table.name) else { return Ok(Vec::new()) };
        let is_unset = |row: &&Row| row.keys.get(place).is_some_and(Option::is_none);
        Ok(rows.by_id.values().filter(is_unset).take(limit.min(PAGE_MAX)).cloned().collect())
    }

    async fn scan(
        &self,
        table: &'static Table,
        after: &str,
        limit: usize,
    ) -> Result<Vec<Row>, RecordError> {
        let state = self.state();
        let Some(rows) = state.tables.get(table.name) else { return Ok(Vec::new()) };
        let bounds = (Bound::Excluded(after), Bound::Unbounded);
        Ok(rows
            .by_id
            .range::<str, _>(bounds)
            .take(limit.min(PAGE_MAX))
            .map(|(_, row)| row.clone())
            .collect())
    }

    async fn commit(&self, writes: Vec<Write>, audit: Vec<AuditEntry>) -> Result<(), RecordError> {
        let mut state = self.state();
        let mut done: Vec<(&'static str, String, Option<Row>)> = Vec::with_capacity(writes.len());
        for write in writes {
            let (table, id) = (table_of(&write).name, id_of(&write).to_owned());
            match state.tables.entry(table).or_default().apply(write) {
                Ok(before) => done.push((table, id, before)),
                Err(refusal) => {
                    for (table, id, before) in done.into_iter().rev() {
                        state.tables.entry(table).or_default().restore(&id, before);
                    }
                    return Err(refusal);
                }
            }
        }
        for entry in audit {
            let previous = state.audit.last().map_or(GENESIS, |last| &last.hash).to_owned();
            let seq = state.audit.last().map_or(0, |last| last.seq).saturating_add(1);
            let body = serde_json::to_string(&entry).unwrap_or_default();
            state.audit.push(seal(seq, &previous, body));
        }
        Ok(())
    }

    async fn audit_log(
        &self,
        after_seq: i64,
        limit: usize,
    ) -> Result<Vec<SealedEntry>, RecordError> {
        let state = self.state();
        // Each has the number after the one before, so what comes after is found without a search.
        let from = state.audit.partition_point(|entry| entry.seq <= after_seq);
        Ok(state.audit.iter().skip(from).take(limit).cloned().collect())
    }
}
