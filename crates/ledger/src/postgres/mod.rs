//! The engine for several machines: PostgreSQL keeps the books, one writer at a time changes them.
//!
//! ```text
//!   callers ── queue ── writer: books in memory ── state's rules ── one statement ── PostgreSQL
//!      └────────────── reads, on any node ─────────────────────────────────────────────┘
//! ```
//!
//! Every node that opens the books asks for the lease, a row in the database, and one has it. The
//! writer keeps accounts, open reservations and the ids of late in memory, applies what waits to a
//! copy of what it touches, and sends the outcome as one statement, which first locks the lease's
//! row and compares its epoch. So a writer that was paused and followed by another can write
//! nothing late, and what it wrote before is there when the next one reads the books. Whoever does
//! not hold the lease answers reads, refuses writes, and takes over seconds after the writer falls
//! silent, or at once when it leaves.
//!
//! An id that is not in memory is taken for new, and the database, where every id of all times is
//! unique, says if it was not: then nothing is written, the books learn it, and the group is applied
//! again. Nobody is answered before the commit, nor out of a memory whose epoch was not compared.
//!
//! Time is the caller's, as everywhere; the lease alone runs by the database server's clock.

mod arrival;
mod books;
mod comparison;
mod config;
mod connect;
mod error;
mod journal;
mod load;
mod moving;
mod partition;
mod read;
mod recent;
mod rows;
mod stale;
mod trial;
mod verify;
mod whose;
mod writer;

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use async_trait::async_trait;
use jiff::Timestamp;
use tokio::{
    runtime::Handle,
    sync::{mpsc, oneshot},
};

pub use crate::chapter::Moved;
use crate::{
    engine::{LedgerEngine, LedgerError, check_len, check_now},
    journal::{Journal, Stretch},
    model::{Account, AccountId, BalanceRow, Filter, Transfer, TransferId, TransferRecord},
    result::{CreateAccountResult, CreateTransferResult},
    state::{Batch, BatchResults},
};
pub use comparison::{CompareError, Comparison};
pub use config::{LEASE, PostgresConfig};
pub use error::PostgresError;
pub use moving::{MoveError, Moving};
use read::Reader;
use writer::{Job, QUEUE_MAX};

/// Books in a PostgreSQL database. Dropping it gives the lease back.
#[derive(Debug)]
pub struct PostgresEngine {
    config: PostgresConfig,
    /// `None` only while dropping.
    queue: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
    /// Where connections live: beside the writer, whatever becomes of the callers' runtimes.
    handle: Handle,
    shared: Arc<Shared>,
    reader: tokio::sync::Mutex<Option<Arc<Reader>>>,
    /// For reads that need a snapshot of their own: one at a time.
    aside: tokio::sync::Mutex<Option<Reader>>,
}

/// What callers and writer both look at.
#[derive(Debug, Default)]
struct Shared {
    is_writer: AtomicBool,
    /// Writes that were handed in and are not answered yet.
    under_way: AtomicUsize,
    /// When something is released next.
    next_due: Mutex<Option<Timestamp>>,
    /// The latest instant that the books bear.
    latest: Mutex<Option<Timestamp>>,
    last_error: Mutex<Option<String>>,
}

impl PostgresEngine {
    /// Opens the books, making or updating their schema, and starts asking for the lease.
    ///
    /// Waits for it while another holds it, but not longer than `patience`: the node then stands by.
    pub async fn open(config: PostgresConfig, patience: Duration) -> Result<Self, PostgresError> {
        let (queue, jobs) = mpsc::channel(QUEUE_MAX);
        let shared = Arc::new(Shared::default());
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(PostgresError::Thread)?;
        let handle = runtime.handle().clone();
        let (of_writer, told) = (Arc::clone(&shared), config.clone());
        let (begun, beginning) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("kanuki-ledger".to_owned())
            .spawn(move || {
                runtime.block_on(async {
                    let opened = begin(&told).await;
                    let is_open = opened.is_ok();
                    drop(begun.send(opened));
                    if is_open {
                        writer::run(&of_writer, &told, jobs).await;
                    }
                });
            })
            .map_err(PostgresError::Thread)?;
        let engine = Self {
            config,
            queue: Some(queue),
            thread: Some(thread),
            handle,
            shared,
            reader: tokio::sync::Mutex::new(None),
            aside: tokio::sync::Mutex::new(None),
        };
        beginning.await.map_err(|_| PostgresError::TimedOut)??;
        engine.wait_to_write(patience).await;
        Ok(engine)
    }

    /// Whether this node writes.
    #[must_use]
    pub fn is_writer(&self) -> bool {
        self.shared.is_writer.load(Ordering::SeqCst)
    }

    /// Waits until this node writes, at most for `patience`; answers whether it does.
    pub async fn wait_to_write(&self, patience: Duration) -> bool {
        let waiting = async {
            while !self.is_writer() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(patience, waiting).await.is_ok()
    }

    /// Counts the books again from the transfers alone, in the database, as of one instant.
    pub async fn verify(&self) -> Result<crate::verify::Report, PostgresError> {
        let config = self.config.clone();
        let counted = self.handle.spawn(async move { verify::verify(&config).await });
        counted.await.map_err(|_| PostgresError::TimedOut)?
    }

    /// The same for books that this process need not have open.
    pub async fn count(config: &PostgresConfig) -> Result<crate::verify::Report, PostgresError> {
        verify::verify(config).await
    }

    /// What every kind of account came to at `until`, counted from the transfers in the database.
    pub async fn trial_balance(
        config: &PostgresConfig,
        until: Timestamp,
    ) -> Result<crate::trial::TrialBalance, PostgresError> {
        trial::balance(config, until).await
    }

    /// What was posted in a stretch of time.
    pub async fn journal(
        config: &PostgresConfig,
        stretch: &Stretch,
    ) -> Result<Journal, PostgresError> {
        journal::read(config, stretch).await
    }

    /// Every account of `config` with its sums, by id; for whoever compares books that were moved.
    pub async fn accounts(config: &PostgresConfig) -> Result<Vec<Account>, PostgresError> {
        arrival::accounts(config).await
    }

    /// Whether exactly the books that `moved` counts were taken over by `config`, and nobody has
    /// served them since: a move that was interrupted after that need not begin again.
    pub async fn has_taken_over(
        config: &PostgresConfig,
        moved: &Moved,
    ) -> Result<bool, PostgresError> {
        arrival::has_arrived(config, moved).await
    }

    /// Drops the schema of `config` with all that is in it: for measurements, which make their own.
    pub async fn drop_schema(config: &PostgresConfig) -> Result<(), PostgresError> {
        let client = connect::connect(config).await?;
        let drop = format!("drop schema \"{}\" cascade", config.schema);
        connect::within(client.batch_execute(&drop)).await
    }

    /// Why this node stands by, if it is because something failed.
    #[must_use]
    pub fn failure(&self) -> Option<String> {
        self.shared.last_error.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn send(&self, job: Job) -> Result<(), LedgerError> {
        let queue = self.queue.as_ref().ok_or(LedgerError::Unavailable)?;
        let place = queue.reserve().await.map_err(|_| LedgerError::Unavailable)?;
        if matches!(job, Job::Write { .. }) {
            self.shared.under_way.fetch_add(1, Ordering::SeqCst);
        }
        place.send(job);
        Ok(())
    }

    async fn write(&self, batch: Batch, now: Timestamp) -> Result<BatchResults, LedgerError> {
        check_now(now)?;
        let (reply, answer) = oneshot::channel();
        self.send(Job::Write { batch, now, reply }).await?;
        answer.await.map_err(|_| LedgerError::Unavailable)
    }

    /// The latest instant that the books bear, on the node that writes; none in books that nothing was
    /// ever asked of. By a clock behind it nothing times out until that clock has come so far.
    #[must_use]
    pub fn latest(&self) -> Option<Timestamp> {
        *self.shared.latest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for every write that was handed in before, even by callers who gave up on them, and
    /// has released what is due at `now`; false on a node that stands by.
    async fn turn(&self, now: Timestamp) -> Result<bool, LedgerError> {
        check_now(now)?;
        if !self.is_writer() {
            return Ok(false);
        }
        let next_due = *self.shared.next_due.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = next_due.is_some_and(|at| at <= now);
        if is_due || self.shared.under_way.load(Ordering::SeqCst) != 0 {
            let (reply, answer) = oneshot::channel();
            self.send(Job::Turn { now, reply }).await?;
            answer.await.map_err(|_| LedgerError::Unavailable)?;
        }
        Ok(true)
    }

    async fn connect(&self) -> Result<Reader, PostgresError> {
        let config = self.config.clone();
        let made =
            self.handle.spawn(async move { Reader::new(connect::connect(&config).await?).await });
        made.await.map_err(|_| PostgresError::TimedOut)?
    }

    async fn reader(&self) -> Result<Arc<Reader>, LedgerError> {
        let mut reader = self.reader.lock().await;
        if let Some(reader) = reader.as_ref().filter(|reader| !reader.is_closed()) {
            return Ok(Arc::clone(reader));
        }
        let made = Arc::new(self.connect().await.map_err(|error| unavailable(&error))?);
        *reader = Some(Arc::clone(&made));
        Ok(made)
    }

    async fn accounts_aside(
        &self,
        ids: &[AccountId],
        now: Timestamp,
    ) -> Result<Vec<Option<Account>>, PostgresError> {
        let mut aside = self.aside.lock().await;
        // Taken out, so that one that failed, or whose caller went away, is not used again.
        let mut reader = match aside.take().filter(|reader| !reader.is_closed()) {
            Some(reader) => reader,
            None => self.connect().await?,
        };
        let found = reader.accounts_at(ids, now).await?;
        *aside = Some(reader);
        Ok(found)
    }
}

/// The server is there and durable, its schema is one that we know, and the books are ours.
async fn begin(config: &PostgresConfig) -> Result<(), PostgresError> {
    let mut client = connect::connect(config).await?;
    connect::migrate(&mut client, config).await?;
    whose::claim(&client, config).await
}

fn unavailable(error: &PostgresError) -> LedgerError {
    tracing::warn!("the ledger cannot be read: {}", error::in_words(error));
    LedgerError::Unavailable
}

impl Drop for PostgresEngine {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            // A writer that panicked has dropped every reply: its callers know already.
            drop(thread.join());
        }
    }
}

#[async_trait]
impl LedgerEngine for PostgresEngine {
    async fn create_accounts(
        &self,
        accounts: Vec<Account>,
        now: Timestamp,
    ) -> Result<Vec<CreateAccountResult>, LedgerError> {
        check_len(accounts.len())?;
        match self.write(Batch::Accounts(accounts), now).await? {
            BatchResults::Accounts(results) => Ok(results),
            BatchResults::Transfers(_) | BatchResults::Tick => Err(LedgerError::Unavailable),
        }
    }

    async fn create_transfers(
        &self,
        transfers: Vec<Transfer>,
        now: Timestamp,
    ) -> Result<Vec<CreateTransferResult>, LedgerError> {
        check_len(transfers.len())?;
        match self.write(Batch::Transfers(transfers), now).await? {
            BatchResults::Transfers(results) => Ok(results),
            BatchResults::Accounts(_) | BatchResults::Tick => Err(LedgerError::Unavailable),
        }
    }

    async fn lookup_accounts(
        &self,
        ids: &[AccountId],
        now: Timestamp,
    ) -> Result<Vec<Option<Account>>, LedgerError> {
        check_len(ids.len())?;
        let found = if self.turn(now).await? {
            self.reader().await?.accounts(ids).await
        } else {
            self.accounts_aside(ids, now).await
        };
        found.map_err(|error| unavailable(&error))
    }

    async fn lookup_transfers(
        &self,
        ids: &[TransferId],
        now: Timestamp,
    ) -> Result<Vec<Option<TransferRecord>>, LedgerError> {
        check_len(ids.len())?;
        self.turn(now).await?;
        let found = self.reader().await?.transfers(ids, now).await;
        found.map_err(|error| unavailable(&error))
    }

    async fn account_transfers(
        &self,
        account: AccountId,
        filter: Filter,
        now: Timestamp,
    ) -> Result<Vec<TransferRecord>, LedgerError> {
        self.turn(now).await?;
        let found = self.reader().await?.page(account, &filter, now).await;
        found.map_err(|error| unavailable(&error))
    }

    async fn account_balances(
        &self,
        account: AccountId,
        filter: Filter,
        now: Timestamp,
    ) -> Result<Vec<BalanceRow>, LedgerError> {
        self.turn(now).await?;
        let found = self.reader().await?.balances(account, &filter).await;
        found.map_err(|error| unavailable(&error))
    }

    async fn journal(&self, stretch: Stretch, now: Timestamp) -> Result<Journal, LedgerError> {
        self.turn(now).await?;
        let config = self.config.clone();
        let reading = self.handle.spawn(async move { journal::read(&config, &stretch).await });
        let journal = reading.await.map_err(|_| LedgerError::Unavailable)?;
        journal.map_err(|error| unavailable(&error))
    }
}
