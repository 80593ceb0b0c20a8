//! Faults: what goes wrong between companies, on their disks and with their clocks, drawn from the seed.
//!
//! A thief chooses his moment, and machines break at theirs. With the switch on, requests are lost, their
//! answers are, they arrive twice, late and after others, a server dies in the middle of one, a disk is
//! full, and no two banks agree on the time. Money must be right all the same once the weather clears,
//! which it does when the attack ends: what nobody answered by then is asked again.

use std::{
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    task::Poll,
};

use async_trait::async_trait;
use jiff::Timestamp;
use kanuki_domain::mandate::later;
use kanuki_record::{
    AuditEntry, MemoryRecords, Order, RecordError, Records, Row, SealedEntry, Table, Write,
};
use kanuki_site::Clock;

use crate::sim::{chance::Chance, clock::SimClock};

/// How often in a thousand calls between companies each fault strikes.
const STRIKES: [(Fault, u64); 5] = [
    (Fault::Lost, 15),
    (Fault::AnswerLost, 25),
    (Fault::Doubled, 25),
    (Fault::Late, 15),
    (Fault::Killed, 15),
];
/// How often in a thousand writes the disk is full.
const FULL_PER_MILLE: u64 = 4;
/// By how many seconds the banks' clocks differ from the wallet's.
const SKEWS: [i64; 3] = [20, -20, 7];

/// What becomes of one call between companies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It never arrives.
    Lost,
    /// It arrives; its answer does not.
    AnswerLost,
    /// It arrives twice.
    Doubled,
    /// It arrives when nobody waits for it any more, after a later one was sent.
    Late,
    /// The server dies in the middle of it.
    Killed,
}

/// The weather of one run.
#[derive(Debug)]
pub(crate) struct Weather {
    clock: Arc<SimClock>,
    from: Timestamp,
    until: Timestamp,
    chance: Mutex<(Chance, Chance)>,
}

impl Weather {
    /// Bad from now, when the doors open, until `until`.
    pub(crate) fn until(seed: u64, clock: Arc<SimClock>, until: Timestamp) -> Self {
        let chances = (Chance::of(seed, "faults on the wire"), Chance::of(seed, "faults on disks"));
        let from = clock.now();
        Self { clock, from, until, chance: Mutex::new(chances) }
    }

    fn is_over(&self) -> bool {
        let now = self.clock.now();
        now <= self.from || now >= self.until
    }

    /// What becomes of the next call, if anything.
    pub(crate) fn strike(&self) -> Option<Fault> {
        if self.is_over() {
            return None;
        }
        let mut chance = self.chance.lock().unwrap_or_else(PoisonError::into_inner);
        let mut drawn = chance.0.below(1_000);
        STRIKES.into_iter().find_map(|(fault, share)| {
            let strikes = drawn < share;
            drawn = drawn.saturating_sub(share);
            strikes.then_some(fault)
        })
    }

    fn is_disk_full(&self) -> bool {
        let mut chance = self.chance.lock().unwrap_or_else(PoisonError::into_inner);
        let is_full = chance.1.happens(FULL_PER_MILLE);
        drop(chance);
        is_full && !self.is_over()
    }

    /// The clock of the bank in this place.
    pub(crate) fn clock_of(&self, place: usize) -> Arc<dyn Clock> {
        let secs = SKEWS.get(place).copied().unwrap_or(0);
        Arc::new(Skewed { clock: Arc::clone(&self.clock), secs })
    }
}

/// A clock that is some seconds wrong.
#[derive(Debug)]
struct Skewed {
    clock: Arc<SimClock>,
    secs: i64,
}

impl Clock for Skewed {
    fn now(&self) -> Timestamp {
        later(self.clock.now(), self.secs)
    }
}

/// Polls `work` once and gives it up where it waits, as a process does that is killed.
pub(crate) async fn killed<T>(work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    std::future::poll_fn(|cx| {
        Poll::Ready(match work.as_mut().poll(cx) {
            Poll::Ready(done) => Some(done),
            Poll::Pending => None,
        })
    })
    .await
}

/// A store whose disk is full now and then. What it could not write is not there.
#[derive(Debug)]
pub(crate) struct FullDisk {
    pub(crate) inner: MemoryRecords,
    pub(crate) weather: Arc<Weather>,
}

#[derive(Debug, thiserror::Error)]
#[error("no space left on device")]
struct NoSpace;

#[async_trait]
impl Records for FullDisk {
    async fn fetch(&self, table: &'static Table, id: &str) -> Result<Option<Row>, RecordError> {
        self.inner.fetch(table, id).await
    }

    async fn select(
        &self,
        table: &'static Table,
        key: &'static str,
        value: &str,
        order: Order,
        limit: usize,
    ) -> Result<Vec<Row>, RecordError> {
        self.inner.select(table, key, value, order, limit).await
    }

    async fn select_after(
        &self,
        table: &'static Table,
        of: (&'static str, &str),
        after: &str,
        limit: usize,
    ) -> Result<Vec<Row>, RecordError> {
        self.inner.select_after(table, of, after, limit).await
    }

    async fn scan(
        &self,
        table: &'static Table,
        after: &str,
        limit: usize,
    ) -> Result<Vec<Row>, RecordError> {
        self.inner.scan(table, after, limit).await
    }

    async fn commit(&self, writes: Vec<Write>, audit: Vec<AuditEntry>) -> Result<(), RecordError> {
        if self.weather.is_disk_full() {
            return Err(RecordError::Unavailable(Box::new(NoSpace)));
        }
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
