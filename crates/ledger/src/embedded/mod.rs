//! The durable engine for one machine: balances in memory, an append log as the commit point.
//!
//! ```text
//! callers ── queue ── writer: books ── log (fdatasync) ── answers
//!    └─ alone: the same, where it stands   │ behind the commit
//!                                       indexer: index (SQLite), snapshot
//! ```
//!
//! One at a time writes. A thread takes everything that waits, applies it, appends it, makes it
//! durable with one `fdatasync`, and only then answers, so a hundred callers share one wait for the
//! disk. A caller who is alone does the same where it stands (`alone`). Nobody sees what is not
//! durable: a read looks at the books itself while no write is under way, and otherwise waits in the
//! same queue for its turn.
//!
//! In memory are balances, open reservations, four to some twenty bytes for each id, and what was made
//! lately.
//! Another thread moves the rest into an index sorted by account, and writes snapshots; both follow
//! from the log and can be lost. Opening reads them and replays the log from there.
//!
//! After a failed write nobody knows what the disk holds; the engine then refuses everything,
//! reads included, until it is opened again and the log has been read back. Something old that has
//! changed on the disk is told with its place and never answered over; the rest goes on.

mod alone;
mod backup;
mod bytes;
pub(crate) mod cell;
mod chapters;
mod cold;
mod company;
mod courier;
pub(crate) mod disk;
mod following;
pub(crate) mod index;
mod indexer;
mod kept;
mod log;
pub(crate) mod open;
mod pages;
mod read;
pub(crate) mod scan;
mod schema;
pub(crate) mod snapshot;
mod sorted;
mod writer;

use std::{
    path::Path,
    sync::{
        Arc, OnceLock, PoisonError, RwLock, RwLockReadGuard,
        atomic::{AtomicUsize, Ordering},
    },
    thread::JoinHandle,
};

use async_trait::async_trait;
use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};

use crate::{
    engine::{LedgerEngine, LedgerError, check_len, check_now},
    journal::{Journal, Stretch},
    model::{Account, AccountId, BalanceRow, Filter, Transfer, TransferId, TransferRecord},
    result::{CreateAccountResult, CreateTransferResult},
    state::{Batch, BatchResults, State},
};
use alone::Wish;
pub use backup::{Copied, CopyError, copy};
pub use chapters::chapters;
use cold::Cold;
pub use cold::ColdError;
pub use following::{Following, LogPlace};
pub use index::IndexError;
pub(crate) use log::LOG_NAME;
use open::Ready;
pub use open::{Cut, OpenError, Opened, Settings};
use writer::{Job, Pen, QUEUE_MAX, Writer};

/// Books on one machine's disk. Dropping it waits for what was taken from the queue.
#[derive(Debug)]
pub struct EmbeddedEngine {
    /// `None` only while dropping.
    queue: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
    pen: Arc<Pen>,
    shared: Arc<Shared>,
    cold: Cold,
}

/// What callers and writer both look at.
#[derive(Debug)]
struct Shared {
    /// The writer holds it from the first change of a group until that is durable.
    books: RwLock<State>,
    /// Writes that were handed in and are not answered yet.
    under_way: AtomicUsize,
    /// Callers who want to write, from when they ask to when they hear or go away.
    wishes: AtomicUsize,
    failure: OnceLock<String>,
    damage: OnceLock<String>,
}

impl Shared {
    /// Notes that something old could not be read. The program's log tells each, this the first.
    fn damaged(&self, error: &ColdError, cold: &Cold) {
        cold.damaged(error);
        drop(self.damage.set(error.to_string()));
    }

    /// Notes that nothing can be written any more. Only the first failure can be set, and there is
    /// only one: the writer ends.
    fn failed(&self, error: &dyn std::error::Error) {
        tracing::error!("the ledger answers nothing until it is opened again: {error}");
        drop(self.failure.set(error.to_string()));
    }
}

impl EmbeddedEngine {
    /// Opens the books in `dir`, which is made if it is missing, and locks them against other
    /// processes.
    ///
    /// An incomplete last record, which a crash leaves and which nobody was answered about, is
    /// cut off and reported in [`Opened`]. Any other damage is an error with its place in the file.
    pub fn open(dir: &Path) -> Result<(Self, Opened), OpenError> {
        Self::open_with(dir, Settings::default())
    }

    /// The same, with other settings.
    pub fn open_with(dir: &Path, settings: Settings) -> Result<(Self, Opened), OpenError> {
        let (ready, opened) = open::open(dir, settings)?;
        Ok((Self::start(ready)?, opened))
    }

    fn start(ready: Ready) -> std::io::Result<Self> {
        let (mut engine, jobs) = Self::assembled(ready);
        let (shared, pen) = (Arc::clone(&engine.shared), Arc::clone(&engine.pen));
        let thread = std::thread::Builder::new()
            .name("kanuki-ledger".to_owned())
            .spawn(move || writer::run(&shared, &pen, jobs))?;
        engine.thread = Some(thread);
        Ok(engine)
    }

    /// An engine whose thread does not run yet.
    fn assembled(ready: Ready) -> (Self, mpsc::Receiver<Job>) {
        let Ready { state, log, keeper, cold } = ready;
        let (queue, jobs) = mpsc::channel(QUEUE_MAX);
        let shared = Arc::new(Shared {
            books: RwLock::new(state),
            under_way: AtomicUsize::new(0),
            wishes: AtomicUsize::new(0),
            failure: OnceLock::new(),
            damage: OnceLock::new(),
        });
        let writer = Writer { log, keeper, cold: cold.clone() };
        let pen = Arc::new(Pen::new(Some(writer)));
        (Self { queue: Some(queue), thread: None, pen, shared, cold }, jobs)
    }

    /// Something old that has changed on the disk, if a caller asked for it: what and where.
    #[must_use]
    pub fn damage(&self) -> Option<&str> {
        self.shared.damage.get().map(String::as_str)
    }

    /// The latest instant that the books bear; none in books that nothing was ever asked of. By a
    /// clock behind it nothing times out until that clock has come so far.
    #[must_use]
    pub fn latest(&self) -> Option<Timestamp> {
        self.shared.books.read().unwrap_or_else(PoisonError::into_inner).latest()
    }

    /// Why the engine stopped answering, if a write failed.
    #[must_use]
    pub fn failure(&self) -> Option<&str> {
        self.shared.failure.get().map(String::as_str)
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

    /// The books, if all that was ever handed in is durable and nothing is due at `now`. A caller
    /// whose write is still waiting, even one who gave up on it, never reads past it.
    fn settled(&self, now: Timestamp) -> Option<RwLockReadGuard<'_, State>> {
        if self.shared.under_way.load(Ordering::SeqCst) != 0 {
            return None;
        }
        let books = self.shared.books.try_read().ok()?;
        (self.shared.failure.get().is_none() && !books.is_due(now)).then_some(books)
    }

    async fn write(&self, batch: Batch, now: Timestamp) -> Result<BatchResults, LedgerError> {
        check_now(now)?;
        let wish = Wish::new(&self.shared.wishes);
        if let Some(pen) = self.pen_of(&wish).await {
            return writer::alone(&self.shared, pen, &batch, now).ok_or(LedgerError::Unavailable);
        }
        let (reply, answer) = oneshot::channel();
        self.send(Job::Write { batch, now, reply }).await?;
        answer.await.map_err(|_| LedgerError::Unavailable)
    }

    async fn read<T: Send + 'static>(
        &self,
        now: Timestamp,
        look: impl FnOnce(&State) -> T + Send + 'static,
    ) -> Result<T, LedgerError> {
        check_now(now)?;
        if let Some(books) = self.settled(now) {
            return Ok(look(&books));
        }
        self.read_in_turn(now, look).await
    }

    /// A read after everything that was handed in before it.
    async fn read_in_turn<T: Send + 'static>(
        &self,
        now: Timestamp,
        look: impl FnOnce(&State) -> T + Send + 'static,
    ) -> Result<T, LedgerError> {
        check_now(now)?;
        let (reply, answer) = oneshot::channel();
        let look: writer::Look = Box::new(move |state| {
            let seen = look(state);
            // Whoever asked may be gone; then nobody misses the answer.
            Box::new(move || drop(reply.send(seen)))
        });
        self.send(Job::Read { now, look }).await?;
        answer.await.map_err(|_| LedgerError::Unavailable)
    }
}

impl Drop for EmbeddedEngine {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            // A writer that panicked has dropped every reply: its callers know already.
            drop(thread.join());
        }
    }
}

#[async_trait]
impl LedgerEngine for EmbeddedEngine {
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
        let ids = ids.to_vec();
        self.read(now, move |s| ids.iter().map(|id| s.account(*id)).collect()).await
    }

    async fn lookup_transfers(
        &self,
        ids: &[TransferId],
        now: Timestamp,
    ) -> Result<Vec<Option<TransferRecord>>, LedgerError> {
        check_len(ids.len())?;
        self.transfers(ids, now).await
    }

    async fn account_transfers(
        &self,
        account: AccountId,
        filter: Filter,
        now: Timestamp,
    ) -> Result<Vec<TransferRecord>, LedgerError> {
        self.transfers_of(account, filter, now).await
    }

    async fn account_balances(
        &self,
        account: AccountId,
        filter: Filter,
        now: Timestamp,
    ) -> Result<Vec<BalanceRow>, LedgerError> {
        self.balances_of(account, filter, now).await
    }

    async fn journal(&self, stretch: Stretch, now: Timestamp) -> Result<Journal, LedgerError> {
        self.journal_of(stretch, now).await
    }
}

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "a test that overflows fails")]
mod power;
#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "a test that overflows fails")]
#[expect(dead_code, reason = "the tests from outside need the rest")]
#[path = "../../tests/it/program.rs"]
pub(crate) mod program;
#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "a test that overflows fails")]
mod simulation;
#[cfg(test)]
mod tests;
#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "a test that overflows fails")]
mod trial;
