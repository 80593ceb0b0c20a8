//! The ledger's nouns: accounts, transfers, and what is read back about them.

mod account;
mod id;
mod record;
mod transfer;

pub use account::{Account, AccountFlags};
pub(crate) use id::hex;
pub use id::{AccountId, TransferId};
pub use record::{BalanceRow, Filter, PAGE_MAX, PendingState, TransferRecord};
pub use transfer::{Transfer, TransferFlags};

/// The ledger of Japanese yen, which is what constructors assume.
///
/// TigerBeetle's `ledger` parts money that must never mix; accounts of two ledgers cannot trade.
pub const LEDGER_YEN: u32 = 392;
