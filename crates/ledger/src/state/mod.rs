//! The books: a deterministic state machine with one writer.
//!
//! The same batches in the same order at the same instants give the same books, on any machine.
//! That is what lets the embedded engine keep only its log, and the verifier judge it.
//!
//! Time only moves forward: a batch whose `now` lies before that of an earlier batch is taken
//! at the earlier one's instant, so that a released reservation never comes back.

pub(crate) mod compare;
mod create;
mod expire;
mod overflow;
mod read;
mod settle;
mod undo;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::{
    model::{Account, AccountId, BalanceRow, PendingState, Transfer, TransferId},
    result::{CreateAccountResult, CreateTransferResult},
};
use undo::Undo;

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
    /// The latest instant of any batch.
    now: Timestamp,
    /// The timestamp of the last transfer; it may run ahead of `now` by nanoseconds.
    stamped: Timestamp,
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
            now: Timestamp::MIN,
            stamped: Timestamp::MIN,
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
        self.now = self.instant(now);
        self.release_due();
        match batch {
            Batch::Accounts(accounts) => {
                BatchResults::Accounts(accounts.iter().map(|a| self.create_account(a)).collect())
            }
            Batch::Transfers(transfers) => {
                BatchResults::Transfers(self.create_transfers(transfers))
            }
            Batch::Tick => BatchResults::Tick,
        }
    }

    /// [`State::apply`] for accounts.
    pub fn apply_accounts(
        &mut self,
        accounts: &[Account],
        now: Timestamp,
    ) -> Vec<CreateAccountResult> {
        self.apply(&Batch::Tick, now);
        accounts.iter().map(|account| self.create_account(account)).collect()
    }

    /// [`State::apply`] for transfers.
    pub fn apply_transfers(
        &mut self,
        transfers: &[Transfer],
        now: Timestamp,
    ) -> Vec<CreateTransferResult> {
        self.apply(&Batch::Tick, now);
        self.create_transfers(transfers)
    }

    /// Transfers in order, chains as one: when a link fails, what the chain did so far is undone
    /// exactly, the failing link tells why, and the others answer `linked_event_failed`.
    fn create_transfers(&mut self, transfers: &[Transfer]) -> Vec<CreateTransferResult> {
        let mut results = Vec::with_capacity(transfers.len());
        let mut chain: Option<Chain> = None;
        let last = transfers.len().saturating_sub(1);
        for (index, transfer) in transfers.iter().enumerate() {
            if transfer.flags.linked && chain.is_none() {
                chain = Some(Chain { start: index, is_broken: false, undo: Vec::new() });
            }
            let is_open = transfer.flags.linked && index == last;
            let result = if is_open {
                CreateTransferResult::LinkedEventChainOpen
            } else if chain.as_ref().is_some_and(|c| c.is_broken) {
                CreateTransferResult::LinkedEventFailed
            } else {
                self.create_in(transfer, chain.as_mut())
            };
            results.push(result);
            if let Some(c) = &mut chain
                && result != CreateTransferResult::Created
                && !c.is_broken
            {
                c.is_broken = true;
                for undo in c.undo.drain(..).rev() {
                    self.undo(undo);
                }
                for earlier in results.iter_mut().take(index).skip(c.start) {
                    *earlier = CreateTransferResult::LinkedEventFailed;
                }
            }
            if !transfer.flags.linked {
                chain = None;
            }
        }
        results
    }

    fn create_in(
        &mut self,
        transfer: &Transfer,
        chain: Option<&mut Chain>,
    ) -> CreateTransferResult {
        match self.create_transfer(transfer) {
            Ok(undo) => {
                if let Some(chain) = chain {
                    chain.undo.push(undo);
                }
                CreateTransferResult::Created
            }
            Err(refused) => refused,
        }
    }
}

/// A chain being applied.
struct Chain {
    start: usize,
    is_broken: bool,
    undo: Vec<Undo>,
}
