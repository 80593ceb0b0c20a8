//! Faults: what goes wrong between companies, on their disks and with their clocks, drawn from the seed.
//!
//! A thief chooses his moment, and machines break at theirs. With the switch on, requests are lost, their
//! answers are, they arrive twice, late and after others, a server dies in the middle of one, a bank
//! hangs for hours and does what lies there when it wakes, a disk is full, and no two banks agree on the
//! time. Money must be right all the same once the weather clears,
//! which it does when the attack ends: what nobody answered by then is asked again.

use std::{
    collections::BTreeMap,
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

use crate::{
    sim::{chance::Chance, clock::SimClock},
    world::BANK_PORT,
};

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

/// How many banks may hang, how often a day one does, and for how long, in seconds.
const BANKS: u64 = 3;
const HANGS_A_DAY: u64 = 3;
const HANG_SECS: (u64, u64) = (1_800, 3 * 3_600);
const DAY_SECS: i64 = 86_400;

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

impl Fault {
    /// As reports count it.
    const fn name(self) -> &'static str {
        match self {
            Self::Lost => "requests lost",
            Self::AnswerLost => "answers lost",
            Self::Doubled => "requests doubled",
            Self::Late => "requests late and out of order",
            Self::Killed => "servers killed in the middle",
        }
    }
}

/// How reports count a disk that was full, and a bank that hung.
const DISK_FULL: &str = "writes to a full disk";
const HUNG: &str = "requests to a bank that hung";

/// When one bank does not answer.
#[derive(Clone, Copy, Debug)]
struct Hang {
    port: u16,
    from: Timestamp,
    until: Timestamp,
}

/// Every time that a bank hangs between `from` and `until`.
fn hangs(seed: u64, from: Timestamp, until: Timestamp) -> Vec<Hang> {
    let mut chance = Chance::of(seed, "banks that hang");
    let mut all = Vec::new();
    let mut day = from;
    while day < until {
        for _ in 0..HANGS_A_DAY {
            let port = BANK_PORT.saturating_add(u16::try_from(chance.below(BANKS)).unwrap_or(0));
            let at = later(day, chance.secs(0, 86_400));
            let woken = later(at, chance.secs(HANG_SECS.0, HANG_SECS.1));
            all.push(Hang { port, from: at, until: woken.min(until) });
        }
        day = later(day, DAY_SECS);
    }
    all
}

/// The weather of one run.
#[derive(Debug)]
pub(crate) struct Weather {
    clock: Arc<SimClock>,
    from: Timestamp,
    until: Timestamp,
    chance: Mutex<(Chance, Chance)>,
    hangs: Vec<Hang>,
    struck: Mutex<BTreeMap<&'static str, u64>>,
}

impl Weather {
    /// Bad from now, when the doors open, until `until`.
    pub(crate) fn until(seed: u64, clock: Arc<SimClock>, until: Timestamp) -> Self {
        let chances = (Chance::of(seed, "faults on the wire"), Chance::of(seed, "faults on disks"));
        let from = clock.now();
        let hangs = hangs(seed, from, until);
        let chance = Mutex::new(chances);
        Self { clock, from, until, chance, hangs, struck: Mutex::default() }
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
        drop(chance);
        let fault = STRIKES.into_iter().find_map(|(fault, share)| {
            let strikes = drawn < share;
            drawn = drawn.saturating_sub(share);
            strikes.then_some(fault)
        })?;
        self.count(fault.name());
        Some(fault)
    }

    fn count(&self, what: &'static str) {
        let mut struck = self.struck.lock().unwrap_or_else(PoisonError::into_inner);
        let times = struck.entry(what).or_default();
        *times = times.saturating_add(1);
    }

    /// How often each fault struck.
    pub(crate) fn struck(&self) -> Vec<(String, u64)> {
        let struck = self.struck.lock().unwrap_or_else(PoisonError::into_inner);
        struck.iter().map(|(what, times)| ((*what).to_owned(), *times)).collect()
    }

    /// Whether the server of this port takes requests and answers none.
    pub(crate) fn hangs(&self, port: u16) -> bool {
        let now = self.clock.now();
        let is_now = |hang: &Hang| hang.port == port && hang.from <= now && now < hang.until;
        self.hangs.iter().any(is_now)
    }

    /// A request lies before a bank that hangs.
    pub(crate) fn count_hung(&self) {
        self.count(HUNG);
    }

    fn is_disk_full(&self) -> bool {
        let mut chance = self.chance.lock().unwrap_or_else(PoisonError::into_inner);
        let is_full = chance.1.happens(FULL_PER_MILLE);
        drop(chance);
        let is_full = is_full && !self.is_over();
        if is_full {
            self.count(DISK_FULL);
        }
        is_full
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
