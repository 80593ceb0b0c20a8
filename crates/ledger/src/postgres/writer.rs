//! The one task that writes, for as long as it holds the lease.

use std::{
    sync::{PoisonError, atomic::Ordering},
    time::Duration,
};

use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};
use tokio_postgres::{Client, Statement, types::ToSql};

use super::{
    Shared,
    arrival::require_arrived,
    books::{Books, Changes},
    config::PostgresConfig,
    connect::{be_durable, connect, migrate, within},
    error::{PostgresError, in_words},
    load::{load, look_up, take_lease},
    partition::Partitions,
    rows::{AccountRow, Bits, PendingRow, Rows, nanos},
};
use crate::state::{Batch, BatchResults, part::Clock};

/// The most requests that wait; beyond that, callers wait to be let in.
pub(super) const QUEUE_MAX: usize = 1_024;

/// The most requests that share one round trip.
const GROUP_MAX: usize = 256;

/// How often the books may learn of ids before a group is given up.
const TRIES_MAX: usize = 3;

/// One request.
#[derive(Debug)]
pub(super) enum Job {
    /// To be applied and written.
    Write { batch: Batch, now: Timestamp, reply: oneshot::Sender<BatchResults> },
    /// Wants to know when all before it is written and what is due at `now` is released.
    Turn { now: Timestamp, reply: oneshot::Sender<()> },
}

/// Serves until the engine is dropped: takes the lease when it is free, writes while it holds it.
pub(super) async fn run(shared: &Shared, config: &PostgresConfig, mut queue: mpsc::Receiver<Job>) {
    loop {
        let ended = serve(shared, config, &mut queue).await;
        shared.is_writer.store(false, Ordering::SeqCst);
        match ended {
            Ok(()) => return,
            Err(error) => {
                tracing::warn!(
                    schema = config.schema,
                    "the ledger stands by: {}",
                    in_words(&error)
                );
                shared.note(&error);
            }
        }
        if stand_by(shared, &mut queue, pause(config)).await {
            return;
        }
    }
}

/// A fifth of a lease: often enough to follow a silent writer soon, and to renew in time.
pub(super) fn pause(config: &PostgresConfig) -> Duration {
    config.lease.checked_div(5).unwrap_or(config.lease)
}

/// Refuses what is asked for a while; true when the engine was dropped.
async fn stand_by(shared: &Shared, queue: &mut mpsc::Receiver<Job>, pause: Duration) -> bool {
    let end = tokio::time::Instant::now().checked_add(pause);
    let Some(end) = end else { return true };
    loop {
        match tokio::time::timeout_at(end, queue.recv()).await {
            // Dropping the reply is the refusal.
            Ok(Some(job)) => shared.answered(&job),
            Ok(None) => return true,
            Err(_) => return false,
        }
    }
}

async fn serve(
    shared: &Shared,
    config: &PostgresConfig,
    queue: &mut mpsc::Receiver<Job>,
) -> Result<(), PostgresError> {
    let mut client = connect(config).await?;
    migrate(&mut client, config).await?;
    be_durable(&client).await?;
    let epoch = loop {
        shared.looked();
        if let Some(epoch) = take_lease(&client, config).await? {
            break epoch;
        }
        if stand_by(shared, queue, pause(config)).await {
            return Ok(());
        }
    };
    // A move may have begun while we waited.
    require_arrived(&client, config).await?;
    let books = load_under_lease(&client, config, epoch).await?;
    let mut writer = Writer::new(client, config, epoch, books).await?;
    shared.glance(&writer.books);
    shared.is_writer.store(true, Ordering::SeqCst);
    tracing::info!(schema = config.schema, epoch, "writes the ledger");
    let mut jobs = Vec::new();
    loop {
        match writer.wait(queue, &mut jobs, pause(config)).await {
            Some(0) => break,
            Some(_) => {
                let result = writer.group(&mut jobs, shared).await;
                for job in jobs.drain(..) {
                    shared.answered(&job);
                }
                result?;
            }
            None => writer.rest().await?,
        }
    }
    writer.leave().await
}

/// Reads the books, however long that takes: the lease is renewed meanwhile, over a connection of its
/// own, or the next node would take it before this one has written anything, and so on in turn.
async fn load_under_lease(
    client: &Client,
    config: &PostgresConfig,
    epoch: i64,
) -> Result<Books, PostgresError> {
    let other = connect(config).await?;
    let renewal = "update book set held_until = clock_timestamp()
                       + $2::bigint * interval '1 millisecond' where epoch = $1";
    let renewal = within(other.prepare(renewal)).await?;
    let loading = load(client);
    tokio::pin!(loading);
    loop {
        match tokio::time::timeout(pause(config), &mut loading).await {
            Ok(books) => return books,
            Err(_still_reading) => {
                let lease = config.lease_ms();
                if within(other.execute(&renewal, &[&epoch, &lease])).await? == 0 {
                    return Err(PostgresError::LeaseLost);
                }
            }
        }
    }
}

/// A connection that holds the lease, and the books.
#[derive(Debug)]
pub(super) struct Writer {
    client: Client,
    epoch: i64,
    lease_ms: i64,
    write: Statement,
    check: Statement,
    pub(super) books: Books,
    partitions: Partitions,
}

impl Writer {
    pub(super) async fn new(
        client: Client,
        config: &PostgresConfig,
        epoch: i64,
        books: Books,
    ) -> Result<Self, PostgresError> {
        let write =
            client.prepare("select write_group($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)");
        let write = within(write).await?;
        let check = within(client.prepare(
            "select (select epoch from book) = $1,
                    exists (select from transfer_id where id = any ($2))",
        ))
        .await?;
        let lease_ms = config.lease_ms();
        let partitions = Partitions::default();
        Ok(Self { client, epoch, lease_ms, write, check, books, partitions })
    }

    /// Waits for somebody, and remembers meanwhile what was written before; how many came, `None` if
    /// nobody did for so long.
    async fn wait(
        &mut self,
        queue: &mut mpsc::Receiver<Job>,
        jobs: &mut Vec<Job>,
        longest: Duration,
    ) -> Option<usize> {
        let more = tokio::time::timeout(longest, queue.recv_many(jobs, GROUP_MAX));
        tokio::pin!(more);
        let more = tokio::select! {
            biased;
            more = &mut more => more,
            () = self.books.remember_late() => more.await,
        };
        more.ok()
    }

    /// Applies and writes what waits, then answers. After an error nobody is answered: what was
    /// sent may have been written.
    async fn group(&mut self, jobs: &mut Vec<Job>, shared: &Shared) -> Result<(), PostgresError> {
        let mut replies = Vec::new();
        let mut batches = Vec::new();
        let mut turns = Vec::new();
        let mut beyond = Vec::new();
        for job in jobs.drain(..) {
            match job {
                Job::Write { now, .. } | Job::Turn { now, .. } if nanos(now).is_none() => {
                    beyond.push(job);
                }
                Job::Write { batch, now, reply } => {
                    batches.push((batch, now));
                    replies.push(Some(reply));
                }
                Job::Turn { now, reply } => {
                    batches.push((Batch::Tick, now));
                    replies.push(None);
                    turns.push(reply);
                }
            }
        }
        let written = self.write(&batches).await;
        // Counted before anybody is answered, so that an answer's reader need not wait.
        let writes = replies.iter().flatten().count();
        shared.glance(&self.books);
        shared.under_way.fetch_sub(writes, Ordering::SeqCst);
        *jobs = beyond;
        let (results, changes) = written?;
        for (result, reply) in results.into_iter().zip(replies) {
            if let Some(reply) = reply {
                // Whoever asked may be gone; then nobody misses the answer.
                drop(reply.send(result));
            }
        }
        for reply in turns {
            let _gone = reply.send(());
        }
        // Whoever was answered thinks of the next thing meanwhile.
        self.books.take_rest(changes);
        Ok(())
    }

    /// Writes what waits; the books still have to take over the rest of it.
    async fn write(
        &mut self,
        batches: &[(Batch, Timestamp)],
    ) -> Result<(Vec<BatchResults>, Changes), PostgresError> {
        let missing = self.books.missing_pendings(batches);
        if !missing.is_empty() {
            look_up(&self.client, &missing, &mut self.books).await?;
        }
        for _ in 0..TRIES_MAX {
            let (results, changes) = self.books.apply(batches);
            match self.send(&changes, false).await {
                Ok(lagging) => {
                    self.books.stale.written(lagging);
                    self.books.take_pendings(&changes);
                    return Ok((results, changes));
                }
                // An old id was taken for new; nothing was written. Now it is known.
                Err(PostgresError::Known) => {
                    let missing = self.books.missing(batches);
                    look_up(&self.client, &missing, &mut self.books).await?;
                }
                Err(error) => return Err(error),
            }
        }
        Err(PostgresError::Known)
    }

    /// Writes `changes` in one statement; answers how many rows that lagged behind went with them.
    async fn send(&mut self, changes: &Changes, idle: bool) -> Result<usize, PostgresError> {
        let unsure: Vec<Bits> = changes.unsure.iter().map(|id| Bits(id.bits())).collect();
        let lagging = self.books.stale.due(idle);
        if changes.is_empty() && lagging.is_empty() && !idle {
            let row = within(self.client.query_one(&self.check, &[&self.epoch, &unsure])).await?;
            return match (row.try_get(0)?, row.try_get(1)?) {
                (true, false) => Ok(0),
                (true, true) => Err(PostgresError::Known),
                (false, _) => Err(PostgresError::LeaseLost),
            };
        }
        self.partitions.prepare(&self.client, &changes.written).await?;
        let failed: Vec<Bits> = changes.failed.iter().map(|id| Bits(id.bits())).collect();
        let pendings: Vec<PendingRow> = changes.pendings.iter().copied().map(PendingRow).collect();
        let before = self.books.clock.transferred;
        let settled = self.books.stale.settled(lagging.len()).unwrap_or(before);
        let as_of = changes.clock.transferred;
        let row = |account: crate::model::Account, as_of: Timestamp| AccountRow {
            account,
            as_of: as_of.max(account.timestamp),
        };
        let mut accounts: Vec<AccountRow> =
            changes.accounts.iter().map(|account| row(*account, as_of)).collect();
        let fresh: std::collections::HashSet<_> = changes.accounts.iter().map(|a| a.id).collect();
        let old = lagging.iter().filter(|id| !fresh.contains(id));
        accounts.extend(old.filter_map(|id| self.books.account(*id)).map(|a| row(*a, before)));
        let Clock { now, stamped, transferred } = changes.clock;
        let clock = [now, stamped, transferred, settled].map(nanos);
        let [now, stamped, transferred, settled] = &clock;
        let parameters: [&(dyn ToSql + Sync); 11] = [
            &self.epoch,
            &self.lease_ms,
            now,
            stamped,
            transferred,
            settled,
            &Rows(&changes.written),
            &Rows(&accounts),
            &Rows(&pendings),
            &failed,
            &unsure,
        ];
        let writing = within(self.client.execute(&self.write, &parameters));
        let (written, ()) = tokio::join!(writing, self.books.remember_late());
        written?;
        Ok(lagging.len())
    }

    /// Nothing to do: the lease is renewed, and rows of accounts catch up.
    pub(super) async fn rest(&mut self) -> Result<(), PostgresError> {
        let (_, changes) = self.books.apply(&[]);
        self.append(changes).await
    }

    /// Writes `changes` and takes them over.
    pub(super) async fn append(&mut self, changes: Changes) -> Result<(), PostgresError> {
        let lagging = self.send(&changes, true).await?;
        self.books.stale.written(lagging);
        self.books.take(changes);
        Ok(())
    }

    /// Lets the next one take over at once.
    pub(super) async fn leave(self) -> Result<(), PostgresError> {
        within(
            self.client.execute(
                "update book set held_until = '-infinity' where epoch = $1",
                &[&self.epoch],
            ),
        )
        .await?;
        Ok(())
    }
}

impl Shared {
    /// A job that is dropped without an answer.
    fn answered(&self, job: &Job) {
        if matches!(job, Job::Write { .. }) {
            self.under_way.fetch_sub(1, Ordering::SeqCst);
        }
    }

    fn glance(&self, books: &Books) {
        let mut glance = self.next_due.lock().unwrap_or_else(PoisonError::into_inner);
        *glance = books.next_due();
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        *latest = books.latest();
    }

    fn note(&self, error: &PostgresError) {
        let mut last = self.last_error.lock().unwrap_or_else(PoisonError::into_inner);
        *last = Some(in_words(error));
    }

    fn looked(&self) {
        let mut last = self.last_error.lock().unwrap_or_else(PoisonError::into_inner);
        *last = None;
    }
}
