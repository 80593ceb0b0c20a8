//! The bank's chart of accounts; `docs/chart-of-accounts.md` is its other half.

use jiff::Timestamp;
use kanuki_desk::DeskError;
use kanuki_ledger::{Account, AccountFlags, AccountId, LEDGER_YEN, LedgerEngine};

/// What the gateway has taken from deposits and what the core has to settle: debit balance.
pub const CODE_CORE_CLEARING: u16 = 1_001;
/// What the bank owes one partner for debits less payouts: credit balance.
pub const CODE_PARTNER_CLEARING: u16 = 2_001;
/// Money whose owner is being looked for.
pub const CODE_SUSPENSE: u16 = 2_901;
/// What the bank has paid to people who lost money.
pub const CODE_COMPENSATION: u16 = 5_001;

/// The account against the core system.
#[must_use]
pub fn core_clearing() -> AccountId {
    AccountId::derive(&["core-clearing"])
}

/// What the bank has borne of what was paid to victims.
#[must_use]
pub fn compensation() -> AccountId {
    AccountId::derive(&["compensation"])
}

/// The account of one partner.
#[must_use]
pub fn partner_clearing(client_id: &str) -> AccountId {
    AccountId::derive(&["partner-clearing", client_id])
}

/// Creates the accounts that every bank has; doing it twice is fine.
pub async fn open(ledger: &dyn LedgerEngine, now: Timestamp) -> Result<(), DeskError> {
    let account = |id, code| Account::new(id, LEDGER_YEN, code, AccountFlags::NONE);
    let accounts = vec![
        account(core_clearing(), CODE_CORE_CLEARING),
        account(AccountId::derive(&["suspense"]), CODE_SUSPENSE),
        account(compensation(), CODE_COMPENSATION),
    ];
    kanuki_desk::gate::create_accounts(ledger, accounts, now).await
}

/// Creates one partner's account; doing it twice is fine.
pub async fn open_partner(
    ledger: &dyn LedgerEngine,
    client_id: &str,
    now: Timestamp,
) -> Result<(), DeskError> {
    let id = partner_clearing(client_id);
    let account = Account::new(id, LEDGER_YEN, CODE_PARTNER_CLEARING, AccountFlags::NONE);
    kanuki_desk::gate::create_accounts(ledger, vec![account], now).await
}
