//! Short words for programs.

use jiff::Timestamp;
use kanuki_domain::Yen;
use kanuki_ledger::{Account, AccountFlags, AccountId, LEDGER_YEN, Transfer, TransferId};

/// 2026-04-01 09:00 in Japan.
pub(crate) fn start() -> Timestamp {
    "2026-04-01T00:00:00Z".parse().unwrap()
}

pub(crate) fn after(secs: i64) -> Timestamp {
    start() + jiff::SignedDuration::from_secs(secs)
}

pub(crate) fn account(id: u128, flags: AccountFlags) -> Account {
    Account::new(AccountId(id), LEDGER_YEN, 1, flags)
}

pub(crate) fn posted(id: u128, debit: u128, credit: u128, amount: u32) -> Transfer {
    Transfer::posted(TransferId(id), AccountId(debit), AccountId(credit), Yen::of(amount), 1)
}

pub(crate) fn pending(id: u128, debit: u128, credit: u128, amount: u32) -> Transfer {
    Transfer::pending(TransferId(id), AccountId(debit), AccountId(credit), Yen::of(amount), 1)
}
