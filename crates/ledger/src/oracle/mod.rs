//! A second ledger, of plain maps: the judge of the engines in tests.
//!
//! It shares nothing with [`crate::state`] but the words. It keeps what was accepted and nothing that
//! follows from it: every sum is counted anew from all transfers, a chain is tried on a copy of
//! everything, what timed out is seen by its deadline alone. So it is slow, and simple enough to be
//! compared with TigerBeetle's documentation line by line.
//!
//! [`ModelEngine`] repeats the few lines by which [`crate::memory`] opens the state machine to callers.
//! A door for both was tried: its trait was longer than what it saved, and the judge would have sat
//! behind code of those whom it judges.

mod books;
mod exists;
mod rules;

use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use jiff::Timestamp;

use crate::{
    engine::{LedgerEngine, LedgerError, check_len, check_now},
    journal::{Journal, Stretch},
    model::{Account, AccountId, BalanceRow, Filter, Transfer, TransferId, TransferRecord},
    result::{CreateAccountResult, CreateTransferResult},
};
pub use books::Books;

/// The naive ledger behind the engines' trait. For tests: it has neither speed nor a disk.
#[derive(Debug, Default)]
pub struct ModelEngine {
    books: Mutex<Books>,
}

impl ModelEngine {
    /// Empty books.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A copy of the books.
    #[must_use]
    pub fn snapshot(&self) -> Books {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The books as of `now`: once somebody was told of a deadline, it has passed for everybody.
    fn at(&self, now: Timestamp) -> Result<MutexGuard<'_, Books>, LedgerError> {
        check_now(now)?;
        let mut books = self.lock();
        books.look_at(now);
        Ok(books)
    }
}

#[async_trait]
impl LedgerEngine for ModelEngine {
    async fn create_accounts(
        &self,
        accounts: Vec<Account>,
        now: Timestamp,
    ) -> Result<Vec<CreateAccountResult>, LedgerError> {
        check_len(accounts.len())?;
        check_now(now)?;
        Ok(self.lock().create_accounts(&accounts, now))
    }

    async fn create_transfers(
        &self,
        transfers: Vec<Transfer>,
        now: Timestamp,
    ) -> Result<Vec<CreateTransferResult>, LedgerError> {
        check_len(transfers.len())?;
        check_now(now)?;
        Ok(self.lock().create_transfers(&transfers, now))
    }

    async fn lookup_accounts(
        &self,
        ids: &[AccountId],
        now: Timestamp,
    ) -> Result<Vec<Option<Account>>, LedgerError> {
        check_len(ids.len())?;
        let books = self.at(now)?;
        Ok(ids.iter().map(|id| books.account(*id)).collect())
    }

    async fn lookup_transfers(
        &self,
        ids: &[TransferId],
        now: Timestamp,
    ) -> Result<Vec<Option<TransferRecord>>, LedgerError> {
        check_len(ids.len())?;
        let books = self.at(now)?;
        Ok(ids.iter().map(|id| books.transfer(*id)).collect())
    }

    async fn account_transfers(
        &self,
        account: AccountId,
        filter: Filter,
        now: Timestamp,
    ) -> Result<Vec<TransferRecord>, LedgerError> {
        Ok(self.at(now)?.account_transfers(account, &filter))
    }

    async fn account_balances(
        &self,
        account: AccountId,
        filter: Filter,
        now: Timestamp,
    ) -> Result<Vec<BalanceRow>, LedgerError> {
        Ok(self.at(now)?.account_balances(account, &filter))
    }

    async fn journal(&self, stretch: Stretch, now: Timestamp) -> Result<Journal, LedgerError> {
        Ok(self.at(now)?.journal(&stretch))
    }
}
