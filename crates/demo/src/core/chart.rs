//! The core's own chart of accounts. No other ledger shares it.
//!
//! | account | owner's side |
//! |---|---|
//! | deposit, one per account | credit: what the bank owes the holder; cannot be overdrawn |
//! | room, one per account with overdraft | credit: what may still be borrowed; a loan debits it |
//! | clearing | credit: what the bank owes the partners for debits that it confirmed |
//! | vault | debit: cash, and the money that accounts were opened with |
//! | facility | debit: the bank's promise to lend |
//! | orders, marks | zero amounts: what was answered to which order |

use kanuki_domain::bank_account::AccountNumber;
use kanuki_ledger::{Account, AccountFlags, AccountId, LEDGER_YEN};

/// Codes of accounts.
mod account_code {
    pub(super) const DEPOSIT: u16 = 10;
    pub(super) const ROOM: u16 = 11;
    pub(super) const CLEARING: u16 = 20;
    pub(super) const VAULT: u16 = 21;
    pub(super) const FACILITY: u16 = 22;
    pub(super) const ORDERS: u16 = 30;
    pub(super) const MARKS: u16 = 31;
}

/// Codes of transfers that move money.
pub(super) mod transfer_code {
    pub(crate) const OPENING: u16 = 1;
    pub(crate) const FACILITY: u16 = 2;
    pub(crate) const DEBIT: u16 = 3;
    pub(crate) const CREDIT: u16 = 4;
    pub(crate) const CASH_IN: u16 = 5;
    pub(crate) const CASH_OUT: u16 = 6;
}

/// What the holder has.
pub(super) fn deposit(at: &AccountNumber) -> AccountId {
    AccountId::derive(&["core", "deposit", at.branch(), at.number()])
}

/// What the holder may still borrow.
pub(super) fn room(at: &AccountNumber) -> AccountId {
    AccountId::derive(&["core", "room", at.branch(), at.number()])
}

/// Confirmed debits, owed to the partners.
pub(super) fn clearing() -> AccountId {
    AccountId::derive(&["core", "clearing"])
}

/// Cash.
pub(super) fn vault() -> AccountId {
    AccountId::derive(&["core", "vault"])
}

/// Where room to borrow comes from.
pub(super) fn facility() -> AccountId {
    AccountId::derive(&["core", "facility"])
}

/// Debit side of marks.
pub(super) fn orders() -> AccountId {
    AccountId::derive(&["core", "orders"])
}

/// Credit side of marks.
pub(super) fn marks() -> AccountId {
    AccountId::derive(&["core", "marks"])
}

/// The accounts that every core has.
pub(super) fn common() -> Vec<Account> {
    [
        (clearing(), account_code::CLEARING),
        (vault(), account_code::VAULT),
        (facility(), account_code::FACILITY),
        (orders(), account_code::ORDERS),
        (marks(), account_code::MARKS),
    ]
    .map(|(id, code)| Account::new(id, LEDGER_YEN, code, AccountFlags::NONE))
    .to_vec()
}

/// The accounts of one bank account.
pub(super) fn of_holder(at: &AccountNumber, has_overdraft: bool) -> Vec<Account> {
    let flags = AccountFlags::NO_OVERDRAFT;
    let mut accounts = vec![Account::new(deposit(at), LEDGER_YEN, account_code::DEPOSIT, flags)];
    if has_overdraft {
        accounts.push(Account::new(room(at), LEDGER_YEN, account_code::ROOM, flags));
    }
    accounts
}
