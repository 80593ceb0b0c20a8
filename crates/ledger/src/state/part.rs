//! Part of the books: what one batch can touch, for an engine that keeps the rest elsewhere.
//!
//! Whoever builds a part puts in every account, transfer and failed id that the batch names, and
//! every reservation that is due: what is not there is, to the rules, not there at all. A part
//! that is dropped takes all it did with it, so a write that failed needs no undo.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{Held, Open, State, Used, ids::Ids};
use crate::model::{Account, PendingState, Transfer, TransferId, TransferRecord};

/// How far the books have come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Clock {
    /// The latest instant of any batch.
    pub(crate) now: Timestamp,
    /// The latest timestamp of any account or transfer.
    pub(crate) stamped: Timestamp,
    /// The timestamp of the latest transfer.
    pub(crate) transferred: Timestamp,
}

impl Clock {
    /// Before everything.
    pub(crate) const START: Self =
        Self { now: Timestamp::MIN, stamped: Timestamp::MIN, transferred: Timestamp::MIN };
}

/// A transfer that was made, and its accounts as they were right after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) transfer: Transfer,
    pub(crate) debit: Account,
    pub(crate) credit: Account,
}

impl State {
    /// An empty part of books that have come as far as `clock`. It remembers what it writes.
    pub(crate) fn part(clock: Clock) -> Self {
        let Clock { now, stamped, transferred } = clock;
        Self { now, stamped, transferred, journal: Some(Vec::new()), ..Self::with(Ids::of_few()) }
    }

    /// Makes room for so many transfers: otherwise all are moved each time their number doubles.
    pub(crate) fn make_room(&mut self, transfers: usize) {
        self.accounts.reserve(transfers.saturating_mul(2));
        self.ids.reserve_few(transfers);
        self.tail.open.rows.reserve(transfers);
        if let Some(journal) = &mut self.journal {
            journal.reserve(transfers);
        }
    }

    /// How far it has come.
    pub(crate) const fn clock(&self) -> Clock {
        Clock { now: self.now, stamped: self.stamped, transferred: self.transferred }
    }

    /// Puts an account in as it stands.
    pub(crate) fn put_account(&mut self, account: Account) {
        match self.accounts.slot(account.id) {
            Some(slot) => self.accounts.set(slot, account, 0),
            None => self.accounts.push(Held { account, last: 0 }),
        }
    }

    /// Puts a transfer in as it stands, with its deadline if it is open.
    pub(crate) fn put_transfer(&mut self, record: &TransferRecord) {
        self.known.learn(Used::Transfer(*record));
        if let Some(PendingState::Pending { expires_at }) = record.pending {
            self.insert_open(Open { number: 0, transfer: record.transfer, expires_at });
        }
    }

    /// Puts an id in that was refused for a passing reason.
    pub(crate) fn put_failed(&mut self, id: TransferId) {
        self.known.learn(Used::Refused(id));
    }

    /// Puts in when accounts were made; only imports ask for it.
    pub(crate) fn put_opened(&mut self, opened: &BTreeSet<Timestamp>) {
        self.opened.extend(opened);
    }

    /// Hands out what was made since it was empty, in order.
    pub(crate) fn take_written(&mut self) -> Vec<Written> {
        self.journal.take().unwrap_or_default()
    }
}
