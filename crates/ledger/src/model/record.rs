//! What is read back.

use jiff::Timestamp;
use kanuki_domain::Yen;
use serde::{Deserialize, Serialize};

use super::{Account, AccountId, Transfer, TransferId, hex};

/// The most rows of one page.
pub const PAGE_MAX: u32 = 8_189;

/// What became of a pending transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum PendingState {
    /// Still reserved.
    Pending {
        /// When it is released by itself.
        expires_at: Option<Timestamp>,
    },
    /// Posted, wholly or in part.
    Posted {
        /// The transfer that posted it.
        by: TransferId,
        /// How much; the rest was released.
        amount: Yen,
    },
    /// Given back.
    Voided {
        /// The transfer that voided it.
        by: TransferId,
    },
    /// Released by its timeout.
    Expired {
        /// Its deadline.
        at: Timestamp,
    },
}

/// A transfer as the ledger keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransferRecord {
    /// The transfer, with amount, accounts and timestamp as they were settled on.
    pub transfer: Transfer,
    /// What became of it, if it was a pending one.
    pub pending: Option<PendingState>,
}

/// One account's sums after one transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BalanceRow {
    /// The account.
    pub account: AccountId,
    /// The timestamp of the transfer.
    pub timestamp: Timestamp,
    /// Reserved debits.
    pub debits_pending: Yen,
    /// Debits that happened.
    pub debits_posted: Yen,
    /// Reserved credits.
    pub credits_pending: Yen,
    /// Credits that happened.
    pub credits_posted: Yen,
}

impl BalanceRow {
    /// The sums of `account` at `timestamp`.
    #[must_use]
    pub const fn of(account: &Account, timestamp: Timestamp) -> Self {
        Self {
            account: account.id,
            timestamp,
            debits_pending: account.debits_pending,
            debits_posted: account.debits_posted,
            credits_pending: account.credits_pending,
            credits_posted: account.credits_posted,
        }
    }
}

/// Which of an account's transfers to list (TigerBeetle: `AccountFilter`). Both ends are included,
/// so the next page starts one nanosecond beyond the last row's timestamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// The earliest timestamp.
    pub since: Option<Timestamp>,
    /// The latest timestamp.
    pub until: Option<Timestamp>,
    /// How many rows at most; more than [`PAGE_MAX`] means [`PAGE_MAX`].
    pub limit: u32,
    /// Newest first.
    pub reversed: bool,
    /// Those that debit the account.
    #[serde(default = "yes")]
    pub debits: bool,
    /// Those that credit the account.
    #[serde(default = "yes")]
    pub credits: bool,
    /// Only those with this code; 0: any.
    #[serde(default)]
    pub code: u16,
    /// Only those with this reference; 0: any.
    #[serde(default, with = "hex")]
    pub user_data: u128,
}

const fn yes() -> bool {
    true
}

impl Filter {
    /// The first `limit` rows.
    #[must_use]
    pub const fn oldest(limit: u32) -> Self {
        Self {
            since: None,
            until: None,
            limit,
            reversed: false,
            debits: true,
            credits: true,
            code: 0,
            user_data: 0,
        }
    }

    /// The last `limit` rows, newest first.
    #[must_use]
    pub const fn newest(limit: u32) -> Self {
        Self { reversed: true, ..Self::oldest(limit) }
    }

    /// True when it asks for all transfers of its stretch of time.
    #[must_use]
    pub const fn is_only_of_time(&self) -> bool {
        self.debits && self.credits && self.code == 0 && self.user_data == 0
    }

    /// Whether `transfer`, which is one of `account`, is of the kind that this filter asks for;
    /// its time is not looked at.
    #[must_use]
    pub fn wants(&self, account: AccountId, transfer: &Transfer) -> bool {
        let side = (self.debits && transfer.debit_account == account)
            || (self.credits && transfer.credit_account == account);
        side && (self.code == 0 || self.code == transfer.code)
            && (self.user_data == 0 || self.user_data == transfer.user_data)
    }
}
