//! When a company need not be woken.
//!
//! A pass that met nothing that waits, and wrote nothing, would meet nothing again for as long as nothing is
//! written in that company's books: what is empty stays empty, whatever the clock says. Only what is looked
//! for by its day is not, so a company is woken each day at least. All that a real server's pass would have
//! done meanwhile is to look; a test holds a world whose companies rest against one where all are woken.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use async_trait::async_trait;
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use kanuki_record::{AuditEntry, Order, RecordError, Records, Row, SealedEntry, Table, Write};

use crate::sim::clock::japan;

/// What every pass reads and nothing of which ever becomes due: whom a company knows, by which rules it
/// decides and whom it watches, how far its log was counted, which month's letters are written.
const STANDING: [&str; 6] =
    ["monthly_round", "partner", "partner_bank", "risk_policy", "tally", "watched"];

/// The days at Greenwich and in Japan: by one of them everything is found that is looked for by its day.
fn days(at: Timestamp) -> (Date, Date) {
    (at.to_zoned(TimeZone::UTC).date(), japan(at).date())
}

/// Whether one company rests.
#[derive(Debug)]
pub(crate) struct Rest {
    /// Where things go wrong nobody rests.
    is_allowed: bool,
    /// How often something was written, or should have been.
    writes: AtomicU64,
    /// Whether something was met that may become due.
    has_met: AtomicBool,
    /// Before the pass that is under way.
    before: AtomicU64,
    /// Of which writes and days it is known that nothing is due.
    since: Mutex<Option<(u64, (Date, Date))>>,
}

impl Rest {
    pub(crate) const fn new(is_allowed: bool) -> Self {
        Self {
            is_allowed,
            writes: AtomicU64::new(0),
            has_met: AtomicBool::new(false),
            before: AtomicU64::new(0),
            since: Mutex::new(None),
        }
    }

    fn now(&self, at: Timestamp) -> (u64, (Date, Date)) {
        (self.writes.load(Ordering::Relaxed), days(at))
    }

    /// Whether the company must make its pass, which begins then: false where it is known that nothing
    /// would come of it.
    pub(crate) fn begins(&self, at: Timestamp) -> bool {
        let known = *self.since.lock().unwrap_or_else(PoisonError::into_inner);
        if self.is_allowed && known == Some(self.now(at)) {
            return false;
        }
        self.before.store(self.writes.load(Ordering::Relaxed), Ordering::Relaxed);
        self.has_met.store(false, Ordering::Relaxed);
        true
    }

    /// The pass that began is over.
    pub(crate) fn ends(&self, at: Timestamp) {
        let has_written =
            self.before.load(Ordering::Relaxed) != self.writes.load(Ordering::Relaxed);
        let rests = !has_written && !self.has_met.load(Ordering::Relaxed);
        let since = rests.then(|| self.now(at));
        *self.since.lock().unwrap_or_else(PoisonError::into_inner) = since;
    }

    fn meet(&self, table: &'static Table, is_any: bool) {
        if is_any && !STANDING.contains(&table.name) {
            self.has_met.store(true, Ordering::Relaxed);
        }
    }
}

/// A company's records, of which is known what was met and how often something was written.
#[derive(Debug)]
pub(crate) struct Watched {
    pub(crate) inner: Arc<dyn Records>,
    pub(crate) rest: Arc<Rest>,
}

impl Watched {
    fn met(
        &self,
        table: &'static Table,
        rows: Result<Vec<Row>, RecordError>,
    ) -> Result<Vec<Row>, RecordError> {
        self.rest.meet(table, rows.as_ref().map_or(true, |rows| !rows.is_empty()));
        rows
    }
}

#[async_trait]
impl Records for Watched {
    async fn fetch(&self, table: &'static Table, id: &str) -> Result<Option<Row>, RecordError> {
        let row = self.inner.fetch(table, id).await;
        self.rest.meet(table, row.as_ref().map_or(true, Option::is_some));
        row
    }

    async fn select(
        &self,
        table: &'static Table,
        key: &'static str,
        value: &str,
        order: Order,
        limit: usize,
    ) -> Result<Vec<Row>, RecordError> {
        self.met(table, self.inner.select(table, key, value, order, limit).await)
    }

    async fn select_after(
        &self,
        table: &'static Table,
        named: (&'static str, &str),
        after: &str,
        limit: usize,
    ) -> Result<Vec<Row>, RecordError> {
        self.met(table, self.inner.select_after(table, named, after, limit).await)
    }

    async fn select_unset(
        &self,
        table: &'static Table,
        key: &'static str,
        limit: usize,
    ) -> Result<Vec<Row>, RecordError> {
        self.met(table, self.inner.select_unset(table, key, limit).await)
    }

    async fn scan(
        &self,
        table: &'static Table,
        after: &str,
        limit: usize,
    ) -> Result<Vec<Row>, RecordError> {
        self.met(table, self.inner.scan(table, after, limit).await)
    }

    async fn commit(&self, writes: Vec<Write>, audit: Vec<AuditEntry>) -> Result<(), RecordError> {
        self.rest.writes.fetch_add(1, Ordering::Relaxed);
        self.inner.commit(writes, audit).await
    }

    async fn audit_log(
        &self,
        after_seq: i64,
        limit: usize,
    ) -> Result<Vec<SealedEntry>, RecordError> {
        self.inner.audit_log(after_seq, limit).await
    }
}
