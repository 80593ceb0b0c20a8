//! The engine without a disk: for the lab and for tests.

use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use jiff::Timestamp;

use crate::{
    engine::{LedgerEngine, LedgerError, check_len, check_now},
    journal::{Journal, Stretch},
    model::{Account, AccountId, BalanceRow, Filter, Transfer, TransferId, TransferRecord},
    result::{CreateAccountResult, CreateTransferResult},
    state::{Batch, State},
};

/// Books in memory, gone when it is dropped.
#[derive(Debug, Default)]
pub struct MemoryEngine {
    state: Mutex<State>,
}

impl MemoryEngine {
    /// Empty books.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A copy of the books, for checks.
    #[must_use]
    pub fn snapshot(&self) -> State {
        self.lock().clone()
    }

    /// A poisoned lock is taken: the state writes only after all that can fail has succeeded.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The books as of `now`.
    fn at(&self, now: Timestamp) -> Result<MutexGuard<'_, State>, LedgerError> {
        check_now(now)?;
        let mut state = self.lock();
        if state.is_due(now) {
            state.apply(&Batch::Tick, now);
        }
        Ok(state)
    }
}

#[async_trait]
impl LedgerEngine for MemoryEngine {
    async fn create_accounts(
        &self,
        accounts: Vec<Account>,
        now: Timestamp,
    ) -> Result<Vec<CreateAccountResult>, LedgerError> {
        check_len(accounts.len())?;
        check_now(now)?;
        Ok(self.lock().apply_accounts(&accounts, now))
    }

    async fn create_transfers(
        &self,
        transfers: Vec<Transfer>,
        now: Timestamp,
    ) -> Result<Vec<CreateTransferResult>, LedgerError> {
        check_len(transfers.len())?;
        check_now(now)?;
        Ok(self.lock().apply_transfers(&transfers, now))
    }

    async fn lookup_accounts(
        &self,
        ids: &[AccountId],
        now: Timestamp,
    ) -> Result<Vec<Option<Account>>, LedgerError> {
        check_len(ids.len())?;
        let state = self.at(now)?;
        Ok(ids.iter().map(|id| state.account(*id)).collect())
    }

    async fn lookup_transfers(
        &self,
        ids: &[TransferId],
        now: Timestamp,
    ) -> Result<Vec<Option<TransferRecord>>, LedgerError> {
        check_len(ids.len())?;
        let state = self.at(now)?;
        Ok(ids.iter().map(|id| state.transfer(*id)).collect())
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
        let state = self.at(now)?;
        let code = |id| state.account(id).map(|account| account.code).unwrap_or_default();
        Ok(Journal::of(state.transfers().map(|record| record.transfer), &stretch, code))
    }
}
