//! The books: a deterministic state machine with one writer.
//!
//! The same batches in the same order at the same instants give the same books, on any machine.
//! That is what lets the embedded engine keep only its log, and the verifier judge it.
//!
//! Time only moves forward: a batch whose `now` lies before that of an earlier batch is taken
//! at the earlier one's instant, so that a released reservation never comes back.

mod accounts;
mod batch;
pub(crate) mod compare;
mod create;
mod expire;
pub(crate) mod ids;
mod overflow;
pub(crate) mod part;
mod read;
pub(crate) mod rising;
mod settle;
pub(crate) mod spans;
mod storage;
pub(crate) mod tail;
mod undo;

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;

use crate::{
    model::{Account, PendingState, Transfer, TransferId},
    result::{CreateAccountResult, CreateTransferResult},
};
pub(crate) use accounts::{Accounts, Held, Standing};
use ids::{ById, Ids};
pub(crate) use read::Leg;
use spans::Spans;
pub(crate) use storage::{Cut, Image, Seek};
use tail::Tail;
pub use tail::{Known, Used};
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

/// A reservation that nobody has ended yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Open {
    pub(crate) number: u64,
    pub(crate) transfer: Transfer,
    pub(crate) expires_at: Option<Timestamp>,
}

/// What became of a reservation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ended {
    pub(crate) number: u64,
    pub(crate) state: PendingState,
}

/// The books: every balance, every open reservation, every id, and what was made lately.
///
/// Without an engine that calls [`State::forget`] that is everything that was ever made.
#[derive(Clone, Debug)]
pub struct State {
    accounts: Accounts,
    ids: Ids,
    /// Between which of them all lie.
    spans: Spans,
    /// The same before the batch that is being applied: what lay outside then is kept nowhere.
    spans_before: Spans,
    tail: Tail,
    open: HashMap<TransferId, Open, ById>,
    /// Reservations that ended and whose end is not in an engine's store yet.
    ended: HashMap<TransferId, Ended, ById>,
    /// Reservations by deadline, then by when they were made: the order in which they are released.
    deadlines: BTreeSet<(Timestamp, Timestamp, TransferId)>,
    /// What was handed in with the batch that is being applied.
    known: Known,
    /// How to take back what the present chain did, while there is one.
    undo: Option<Vec<Undo>>,
    /// When accounts were made; no transfer is imported with such an instant.
    opened: BTreeSet<Timestamp>,
    /// The latest instant of any batch.
    now: Timestamp,
    /// The latest timestamp of any account or transfer; it may run ahead of `now` by nanoseconds.
    stamped: Timestamp,
    /// The timestamp of the latest transfer.
    transferred: Timestamp,
    /// The number of what is made next.
    next: u64,
    /// What was made, for whoever keeps it elsewhere ([`part`]).
    journal: Option<Vec<part::Written>>,
}

/// Alike in everything that can be seen; the ids follow from the rest.
impl PartialEq for State {
    fn eq(&self, other: &Self) -> bool {
        self.accounts == other.accounts
            && self.tail == other.tail
            && self.open == other.open
            && self.ended == other.ended
            && self.deadlines == other.deadlines
            && self.opened == other.opened
            && (self.now, self.stamped, self.transferred, self.next)
                == (other.now, other.stamped, other.transferred, other.next)
    }
}

impl Eq for State {}

impl Default for State {
    fn default() -> Self {
        Self::with(Ids::default())
    }
}

impl State {
    /// Empty books that keep their ids in `ids`.
    fn with(ids: Ids) -> Self {
        Self {
            accounts: Accounts::default(),
            ids,
            spans: Spans::default(),
            spans_before: Spans::default(),
            tail: Tail::default(),
            open: HashMap::default(),
            ended: HashMap::default(),
            deadlines: BTreeSet::new(),
            known: Known::default(),
            undo: None,
            opened: BTreeSet::new(),
            now: Timestamp::MIN,
            stamped: Timestamp::MIN,
            transferred: Timestamp::MIN,
            next: 1,
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

    /// The latest instant of any batch; none before the first.
    #[must_use]
    pub fn latest(&self) -> Option<Timestamp> {
        (self.now > Timestamp::MIN).then_some(self.now)
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
        let results = self.create_all(transfers);
        self.keep_ids();
        results
    }

    /// Puts ids that were noted where they are found at once.
    pub(crate) fn keep_ids(&mut self) {
        // What a chain did may be taken back.
        if self.undo.is_some() { self.ids.keep_for_now() } else { self.ids.keep() }
    }

    /// How many ids are noted and not kept.
    pub(crate) const fn noted_ids(&self) -> usize {
        self.ids.noted()
    }

    fn tick(&mut self, now: Timestamp) {
        self.now = self.instant(now);
        self.release_due();
    }
}
