//! The port: where balances live.

use async_trait::async_trait;
use jiff::Timestamp;

use crate::{
    journal::{Journal, Stretch},
    model::{Account, AccountId, BalanceRow, Filter, Transfer, TransferId, TransferRecord},
    result::{CreateAccountResult, CreateTransferResult},
};

/// The most events or ids of one request, as in TigerBeetle.
pub const BATCH_MAX: usize = 8_189;

/// Why the ledger gave no answer. What it *decided* is a result, not an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// The engine cannot answer now. For a write this means *unknown*: it may have happened. Send
    /// the same ids again; never conclude that money did not move.
    #[error("the ledger is not available")]
    Unavailable,
    /// More than [`BATCH_MAX`] at once; nothing was done.
    #[error("{len} events are more than one batch may hold")]
    BatchTooLarge {
        /// How many there were.
        len: usize,
    },
    /// The caller's clock shows an instant that no books can bear, after the year 2261; nothing was
    /// done. A clock so wrong would release every reservation at once.
    #[error("the clock shows an instant that no books can bear")]
    BeyondTime,
    /// A sum or an amount in the books does not fit in [`kanuki_domain::Yen`]. Only an engine
    /// with wider sums than ours has such a one, if others write into its books.
    #[error("a sum in the ledger is larger than can be told")]
    TooLarge,
}

/// Accounts and transfers, kept by an engine of the operator's choice.
///
/// Money moves in two steps: a *pending* transfer reserves it, then exactly one of post, void or
/// its timeout settles the reservation. Ids are the caller's, so everything may be sent again:
/// the answer is then `exists`. Batches are applied one after the other, in one order for all
/// callers, and an answer is given only once it is durable.
///
/// `now` is the caller's clock. Each request first releases what has timed out by then, so no
/// answer shows a reservation beyond its deadline; an engine with its own clock may ignore it. Time
/// in the books only moves forward: a `now` behind an earlier one is taken for that, so one request
/// by a clock that runs ahead releases what was not due, for good. The promises are in [`crate::conformance`], one function each.
#[async_trait]
pub trait LedgerEngine: Send + Sync {
    /// Makes accounts; one result each, in order.
    async fn create_accounts(
        &self,
        accounts: Vec<Account>,
        now: Timestamp,
    ) -> Result<Vec<CreateAccountResult>, LedgerError>;

    /// Makes transfers, posts and voids; one result each, in order. Linked ones succeed or fail
    /// together. Use cases write through [`crate::chain::chain`].
    async fn create_transfers(
        &self,
        transfers: Vec<Transfer>,
        now: Timestamp,
    ) -> Result<Vec<CreateTransferResult>, LedgerError>;

    /// The accounts, in the order of `ids`; `None` for one that does not exist.
    async fn lookup_accounts(
        &self,
        ids: &[AccountId],
        now: Timestamp,
    ) -> Result<Vec<Option<Account>>, LedgerError>;

    /// The transfers and what became of them, in the order of `ids`; `None` for one that does not
    /// exist.
    async fn lookup_transfers(
        &self,
        ids: &[TransferId],
        now: Timestamp,
    ) -> Result<Vec<Option<TransferRecord>>, LedgerError>;

    /// Transfers that debited or credited `account`, by timestamp; none if it does not exist.
    async fn account_transfers(
        &self,
        account: AccountId,
        filter: Filter,
        now: Timestamp,
    ) -> Result<Vec<TransferRecord>, LedgerError>;

    /// The sums of `account` after each of its transfers, if it was made with the history flag.
    async fn account_balances(
        &self,
        account: AccountId,
        filter: Filter,
        now: Timestamp,
    ) -> Result<Vec<BalanceRow>, LedgerError>;

    /// What was posted in a stretch of time, in order: the journal (仕訳帳, FT-54).
    ///
    /// For accountants: an engine may read all of its books for it.
    async fn journal(&self, stretch: Stretch, now: Timestamp) -> Result<Journal, LedgerError>;

    /// The sums of `account` as they were at the instant `at`: after its last transfer until then.
    ///
    /// What was posted is exact. A reservation that timed out between that transfer and `at` is
    /// still among the pending sums. None before the first transfer, and for an account that was
    /// made without the history flag.
    async fn balance_at(
        &self,
        account: AccountId,
        at: Timestamp,
        now: Timestamp,
    ) -> Result<Option<BalanceRow>, LedgerError> {
        let last = Filter { until: Some(at), ..Filter::newest(1) };
        Ok(self.account_balances(account, last, now).await?.into_iter().next())
    }

    /// One account.
    async fn find_account(
        &self,
        id: AccountId,
        now: Timestamp,
    ) -> Result<Option<Account>, LedgerError> {
        Ok(self.lookup_accounts(&[id], now).await?.into_iter().next().flatten())
    }

    /// One transfer and what became of it.
    async fn find_transfer(
        &self,
        id: TransferId,
        now: Timestamp,
    ) -> Result<Option<TransferRecord>, LedgerError> {
        Ok(self.lookup_transfers(&[id], now).await?.into_iter().next().flatten())
    }
}

/// Refuses an instant that is not within 63 bits of nanoseconds since 1970: what TigerBeetle and
/// `PostgreSQL` can keep.
pub(crate) fn check_now(now: Timestamp) -> Result<(), LedgerError> {
    i64::try_from(now.as_nanosecond()).map(drop).map_err(|_| LedgerError::BeyondTime)
}

/// Refuses what no batch may hold.
pub(crate) fn check_len(len: usize) -> Result<(), LedgerError> {
    if len > BATCH_MAX { Err(LedgerError::BatchTooLarge { len }) } else { Ok(()) }
}
