//! The wallet's chart of accounts; `docs/chart-of-accounts.md` explains each.

use jiff::Timestamp;
use kanuki_desk::{
    DeskError,
    gate::{Gate, create_accounts},
};
use kanuki_domain::{
    bank_account::BankCode,
    id::{MerchantId, WalletId},
};
use kanuki_ledger::{Account, AccountFlags, AccountId, LEDGER_YEN, LedgerEngine};

/// What one bank owes us for debits less payouts: asset, debit balance.
pub const CODE_BANK_CLEARING: u16 = 1_101;
/// Money put aside for customers (供託・信託): asset, debit balance.
pub const CODE_SAFEGUARDED: u16 = 1_201;
/// A customer's e-money: liability, credit balance, never overdrawn.
pub const CODE_CUSTOMER: u16 = 2_201;
/// What we owe a merchant: liability, credit balance.
pub const CODE_MERCHANT: u16 = 2_202;
/// Money sent by link that nobody has claimed yet: liability; only ever pending.
pub const CODE_ESCROW: u16 = 2_203;
/// Money whose owner is being looked for: liability.
pub const CODE_SUSPENSE: u16 = 2_901;
/// Fees: income. Empty as long as everything is free.
pub const CODE_FEES: u16 = 4_001;
/// What we have paid to people who lost money: expense.
pub const CODE_COMPENSATION: u16 = 5_001;

/// Why money moved: the `code` of a transfer.
pub const MOVED_TOPUP: u16 = 101;
/// Wallet to wallet.
pub const MOVED_REMITTANCE: u16 = 102;
/// Wallet to merchant.
pub const MOVED_PAYMENT: u16 = 103;
/// Wallet to bank.
pub const MOVED_PAYOUT: u16 = 104;
/// A top-up that goes back to the bank.
pub const MOVED_REFUND: u16 = 105;

/// A victim's money that comes back, or a company's part of it.
pub const MOVED_COMPENSATION: u16 = 106;

/// What we have borne of what was paid to victims.
#[must_use]
pub fn compensation() -> AccountId {
    AccountId::derive(&["compensation"])
}

/// Money that is put aside for customers.
#[must_use]
pub fn safeguarded() -> AccountId {
    AccountId::derive(&["safeguarded"])
}

/// The account against one bank.
#[must_use]
pub fn bank_clearing(bank: BankCode) -> AccountId {
    AccountId::derive(&["bank-clearing", &bank.to_string()])
}

/// A customer's e-money.
#[must_use]
pub fn customer(wallet_id: WalletId) -> AccountId {
    AccountId::derive(&["customer", &wallet_id.to_string()])
}

/// What is owed to a merchant.
#[must_use]
pub fn merchant(merchant_id: MerchantId) -> AccountId {
    AccountId::derive(&["merchant", &merchant_id.to_string()])
}

/// Where money sent by link waits.
#[must_use]
pub fn escrow() -> AccountId {
    AccountId::derive(&["escrow"])
}

const fn yen(id: AccountId, code: u16, flags: AccountFlags) -> Account {
    Account::new(id, LEDGER_YEN, code, flags)
}

/// Creates the accounts that every wallet company has; doing it twice is fine.
pub async fn open(ledger: &dyn LedgerEngine, now: Timestamp) -> Result<(), DeskError> {
    let named = |name: &str, code| yen(AccountId::derive(&[name]), code, AccountFlags::NONE);
    let mut accounts = vec![
        yen(safeguarded(), CODE_SAFEGUARDED, AccountFlags::NONE),
        yen(escrow(), CODE_ESCROW, AccountFlags::NO_OVERDRAFT),
        named("suspense", CODE_SUSPENSE),
        named("fees", CODE_FEES),
        yen(compensation(), CODE_COMPENSATION, AccountFlags::NONE),
    ];
    accounts.extend(Gate::everything().accounts());
    create_accounts(ledger, accounts, now).await
}

/// Creates one bank's account and gate; doing it twice is fine.
pub async fn open_bank(
    ledger: &dyn LedgerEngine,
    bank: BankCode,
    now: Timestamp,
) -> Result<(), DeskError> {
    let mut accounts = vec![yen(bank_clearing(bank), CODE_BANK_CLEARING, AccountFlags::NONE)];
    accounts.extend(Gate::of("bank", bank).accounts());
    create_accounts(ledger, accounts, now).await
}

/// Creates a customer's account and gate; doing it twice is fine.
pub async fn open_customer(
    ledger: &dyn LedgerEngine,
    wallet_id: WalletId,
    now: Timestamp,
) -> Result<(), DeskError> {
    let flags = AccountFlags::NO_OVERDRAFT.with_history();
    let mut accounts = vec![yen(customer(wallet_id), CODE_CUSTOMER, flags)];
    accounts.extend(Gate::of("wallet", wallet_id).accounts());
    accounts.extend(crate::customer::wallet_switch(wallet_id).accounts());
    accounts.extend(kanuki_desk::screening::gate(wallet_id).accounts());
    create_accounts(ledger, accounts, now).await
}

/// Creates a merchant's account; doing it twice is fine.
pub async fn open_merchant(
    ledger: &dyn LedgerEngine,
    merchant_id: MerchantId,
    now: Timestamp,
) -> Result<(), DeskError> {
    let flags = AccountFlags::NO_OVERDRAFT.with_history();
    create_accounts(ledger, vec![yen(merchant(merchant_id), CODE_MERCHANT, flags)], now).await
}
