//! Look-ups. None of them changes anything: to see what has timed out, apply a tick first.
//!
//! They see what the books hold; an engine with a store joins it with what it took off them.

use jiff::Timestamp;

use super::{
    State, Used,
    tail::{Made, Row, Side},
};
use crate::model::{
    Account, AccountId, BalanceRow, Filter, PAGE_MAX, Transfer, TransferId, TransferRecord,
};

/// One row of an account: its number, its transfer, and the account's side of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Leg<'a> {
    pub(crate) number: u64,
    pub(crate) transfer: &'a Transfer,
    pub(crate) side: Side,
}

impl State {
    /// The account, if there is one.
    #[must_use]
    pub fn account(&self, id: AccountId) -> Option<Account> {
        self.accounts.get(id)
    }

    /// The transfer and what became of it, if there is one.
    #[must_use]
    pub fn transfer(&self, id: TransferId) -> Option<TransferRecord> {
        match self.used(id)? {
            Used::Transfer(record) => Some(record),
            Used::Refused(_) => None,
        }
    }

    /// The account's rows in memory, newest first.
    pub(crate) fn legs(&self, account: AccountId) -> impl Iterator<Item = Leg<'_>> {
        let found = self.accounts.find(account);
        let (slot, mut number) = found.map_or((0, 0), |(slot, held)| (slot, held.last));
        std::iter::from_fn(move || {
            let leg = self.tail.row(number).and_then(|row| leg_of(row, slot))?;
            number = leg.side.before;
            Some(leg)
        })
    }

    /// Those legs of `account` that `filter` asks for, in its order.
    pub(crate) fn chosen(&self, account: AccountId, filter: &Filter) -> Vec<Leg<'_>> {
        let limit = usize::try_from(filter.limit.min(PAGE_MAX)).unwrap_or(0);
        let legs = self
            .legs(account)
            .skip_while(|leg| filter.until.is_some_and(|t| leg.transfer.timestamp > t))
            .take_while(|leg| filter.since.is_none_or(|t| leg.transfer.timestamp >= t))
            .filter(|leg| filter.wants(account, leg.transfer));
        if filter.reversed {
            return legs.take(limit).collect();
        }
        let mut all: Vec<Leg<'_>> = legs.collect();
        all.reverse();
        all.truncate(limit);
        all
    }

    /// Transfers that debited or credited `account`, by timestamp.
    #[must_use]
    pub fn account_transfers(&self, account: AccountId, filter: &Filter) -> Vec<TransferRecord> {
        self.chosen(account, filter).iter().map(|leg| self.record(*leg.transfer)).collect()
    }

    /// The balance of `account` after each transfer, if it has the history flag.
    #[must_use]
    pub fn account_balances(&self, account: AccountId, filter: &Filter) -> Vec<BalanceRow> {
        let chosen = self.chosen(account, filter);
        chosen.iter().filter_map(|leg| self.balance_after(account, leg)).collect()
    }

    /// The sums of `account` after `leg`.
    pub(crate) fn balance_after(&self, account: AccountId, leg: &Leg<'_>) -> Option<BalanceRow> {
        let sums = self.sums_after(leg.number, leg.side.slot)?;
        let [debits_pending, debits_posted, credits_pending, credits_posted] = sums;
        let timestamp = leg.transfer.timestamp;
        Some(BalanceRow {
            account,
            timestamp,
            debits_pending,
            debits_posted,
            credits_pending,
            credits_posted,
        })
    }

    /// Every account, by id.
    pub fn accounts(&self) -> impl Iterator<Item = Account> {
        let mut all: Vec<Account> = self.accounts.slots().map(|held| held.account).collect();
        all.sort_unstable_by_key(|account| account.id);
        all.into_iter()
    }

    /// Every transfer that is held, by id.
    pub fn transfers(&self) -> impl Iterator<Item = TransferRecord> {
        let transfers = self.tail.rows().filter_map(|row| match row.made {
            Made::Transfer { transfer, .. } => Some(transfer),
            Made::Refused(_) => None,
        });
        let mut all: Vec<TransferRecord> = transfers.map(|t| self.record(t)).collect();
        all.sort_unstable_by_key(|record| record.transfer.id);
        all.into_iter()
    }

    /// The latest instant that the books have seen.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.now
    }
}

/// The leg of `row` that touches the account in `slot`.
fn leg_of(row: &Row, slot: u32) -> Option<Leg<'_>> {
    match &row.made {
        Made::Transfer { transfer, debit, credit } => {
            let side = [debit, credit].into_iter().find(|side| side.slot == slot)?;
            Some(Leg { number: row.number, transfer, side: *side })
        }
        Made::Refused(_) => None,
    }
}
