//! The books: a deterministic state machine with one writer.
//!
//! The same batches in the same order at the same instants give the same books, on any machine.
//! That is what lets the embedded engine keep only its log, and the verifier judge it.
//!
//! Time only moves forward: a batch whose `now` lies before that of an earlier batch is taken
//! at the earlier one's instant, so that a released reservation never comes back.

mod batch;
pub(crate) mod compare;
mod create;
mod expire;
mod overflow;
pub(crate) mod part;
mod read;
mod settle;
mod undo;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::{
    model::{Account, AccountId, BalanceRow, PendingState, Transfer, TransferId},
    result::{CreateAccountResult, CreateTransferResult},
};

/// One nanosecond, by which two transfers of one instant are told apart.
const TICK: jiff::SignedDuration = jiff::SignedDuration::from_nanos(1);

/// What is written at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Batch {
    /// New accounts.
    Accounts(Vec<Account>),
    /// New transfers, posts and voids.
    Transfers(Vec<Transfer>),
    /// Nothing but the passing of time.
    Tick,
}

/// What became of a batch, event by event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BatchResults {
    /// For [`Batch::Accounts`].
    Accounts(Vec<CreateAccountResult>),
    /// For [`Batch::Transfers`].
    Transfers(Vec<CreateTransferResult>),
    /// For [`Batch::Tick`].
    Tick,
}

impl BatchResults {
    /// How many events made something.
    #[must_use]
    pub fn created(&self) -> usize {
        match self {
            Self::Accounts(r) => r.iter().filter(|r| **r == CreateAccountResult::Created).count(),
            Self::Transfers(r) => r.iter().filter(|r| **r == CreateTransferResult::Created).count(),
            Self::Tick => 0,
        }
    }

    /// True if the books are not as they were: something was made, or an id burnt.
    #[must_use]
    pub fn changed(&self) -> bool {
        let burnt = match self {
            Self::Transfers(results) => results.iter().any(|r| r.is_transient()),
            Self::Accounts(_) | Self::Tick => false,
        };
        burnt || self.created() > 0
    }
}

/// All accounts and transfers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    accounts: BTreeMap<AccountId, Account>,
    transfers: BTreeMap<TransferId, Transfer>,
    pendings: BTreeMap<TransferId, PendingState>,
    /// Reservations by deadline, then by when they were made: the order in which they are released.
    deadlines: BTreeSet<(Timestamp, Timestamp, TransferId)>,
    by_account: BTreeMap<AccountId, Vec<(Timestamp, TransferId)>>,
    history: BTreeMap<AccountId, Vec<BalanceRow>>,
    /// Ids that were refused for a passing reason: they are never made any more.
    failed: BTreeSet<TransferId>,
    /// When accounts were made; no transfer is imported with such an instant.
    opened: BTreeSet<Timestamp>,
    /// The latest instant of any batch.
    now: Timestamp,
    /// The latest timestamp of any account or transfer; it may run ahead of `now` by nanoseconds.
    stamped: Timestamp,
    /// The timestamp of the latest transfer.
    transferred: Timestamp,
    /// What was made, for whoever keeps it elsewhere ([`part`]).
    journal: Option<Vec<part::Written>>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            accounts: BTreeMap::new(),
            transfers: BTreeMap::new(),
            pendings: BTreeMap::new(),
            deadlines: BTreeSet::new(),
            by_account: BTreeMap::new(),
            history: BTreeMap::new(),
            failed: BTreeSet::new(),
            opened: BTreeSet::new(),
            now: Timestamp::MIN,
            stamped: Timestamp::MIN,
            transferred: Timestamp::MIN,
            journal: None,
        }
    }
}

impl State {
    /// Empty books.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The instant at which a batch that arrives at `now` is taken.
    #[must_use]
    pub fn instant(&self, now: Timestamp) -> Timestamp {
        self.now.max(now)
    }

    /// Releases what has timed out, then applies `batch`. Answers one result per event, in order.
    pub fn apply(&mut self, batch: &Batch, now: Timestamp) -> BatchResults {
        match batch {
            Batch::Accounts(accounts) => BatchResults::Accounts(self.apply_accounts(accounts, now)),
            Batch::Transfers(transfers) => {
                BatchResults::Transfers(self.apply_transfers(transfers, now))
            }
            Batch::Tick => {
                self.tick(now);
                BatchResults::Tick
            }
        }
    }

    /// [`State::apply`] for accounts.
    pub fn apply_accounts(
        &mut self,
        accounts: &[Account],
        now: Timestamp,
    ) -> Vec<CreateAccountResult> {
        self.tick(now);
        self.create_all(accounts)
    }

    /// [`State::apply`] for transfers.
    pub fn apply_transfers(
        &mut self,
        transfers: &[Transfer],
        now: Timestamp,
    ) -> Vec<CreateTransferResult> {
        self.tick(now);
        self.create_all(transfers)
    }

    fn tick(&mut self, now: Timestamp) {
        self.now = self.instant(now);
        self.release_due();
    }
}
