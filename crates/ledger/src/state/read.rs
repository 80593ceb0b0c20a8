//! Look-ups. None of them changes anything: to see what has timed out, apply a tick first.

use jiff::Timestamp;

use super::State;
use crate::model::{Account, AccountId, BalanceRow, Filter, TransferId, TransferRecord};

impl State {
    /// The account, if there is one.
    #[must_use]
    pub fn account(&self, id: AccountId) -> Option<Account> {
        self.accounts.get(&id).copied()
    }

    /// The transfer and what became of it, if there is one.
    #[must_use]
    pub fn transfer(&self, id: TransferId) -> Option<TransferRecord> {
        let transfer = *self.transfers.get(&id)?;
        Some(TransferRecord { transfer, pending: self.pendings.get(&id).copied() })
    }

    /// Transfers that debited or credited `account`, by timestamp.
    #[must_use]
    pub fn account_transfers(&self, account: AccountId, filter: &Filter) -> Vec<TransferRecord> {
        let rows = self.by_account.get(&account).map(Vec::as_slice).unwrap_or_default();
        let wanted = |(_, id): &(Timestamp, TransferId)| self.wants(account, filter, *id);
        let chosen = filter.select(rows, |(at, _)| *at, wanted);
        chosen.into_iter().filter_map(|(_, id)| self.transfer(id)).collect()
    }

    fn wants(&self, account: AccountId, filter: &Filter, id: TransferId) -> bool {
        filter.is_only_of_time()
            || self.transfers.get(&id).is_some_and(|transfer| filter.wants(account, transfer))
    }

    /// The balance of `account` after each transfer, if it has the history flag.
    #[must_use]
    pub fn account_balances(&self, account: AccountId, filter: &Filter) -> Vec<BalanceRow> {
        let rows = self.history.get(&account).map(Vec::as_slice).unwrap_or_default();
        let made = self.by_account.get(&account).map(Vec::as_slice).unwrap_or_default();
        let wanted = |row: &BalanceRow| {
            let place = made.binary_search_by_key(&row.timestamp, |(at, _)| *at).ok();
            let id = place.and_then(|place| made.get(place)).map(|(_, id)| *id);
            id.is_some_and(|id| self.wants(account, filter, id))
        };
        filter.select(rows, |row| row.timestamp, wanted)
    }

    /// Every account, by id.
    pub fn accounts(&self) -> impl Iterator<Item = &Account> {
        self.accounts.values()
    }

    /// Every transfer, by id.
    pub fn transfers(&self) -> impl Iterator<Item = TransferRecord> {
        self.transfers.keys().filter_map(|id| self.transfer(*id))
    }

    /// The latest instant that the books have seen.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.now
    }
}
