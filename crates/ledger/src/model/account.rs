//! An account: four sums that only grow or shrink by transfers.

use jiff::Timestamp;
use kanuki_domain::Yen;
use serde::{Deserialize, Serialize};

use super::{AccountId, hex};

/// What an account forbids or keeps (TigerBeetle: `Account.flags`, of which `closed` is a field of
/// [`Account`] here).
#[expect(clippy::struct_excessive_bools, reason = "TigerBeetle's flags, by their names")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AccountFlags {
    /// Debits, pending ones included, may not pass the posted credits: the account cannot be
    /// overdrawn. For what we owe people, and for caps.
    pub debits_must_not_exceed_credits: bool,
    /// Credits, pending ones included, may not pass the posted debits. For what others owe us.
    pub credits_must_not_exceed_debits: bool,
    /// The balance after each transfer is kept and can be listed.
    pub history: bool,
    /// Succeeds or fails together with the next account of the batch.
    pub linked: bool,
    /// Was made elsewhere, at the past instant that its timestamp gives.
    pub imported: bool,
}

impl AccountFlags {
    /// No rule.
    pub const NONE: Self = Self {
        debits_must_not_exceed_credits: false,
        credits_must_not_exceed_debits: false,
        history: false,
        linked: false,
        imported: false,
    };
    /// It cannot be overdrawn.
    pub const NO_OVERDRAFT: Self = Self { debits_must_not_exceed_credits: true, ..Self::NONE };
    /// Its credits cannot pass its debits.
    pub const DEBIT_BALANCE: Self = Self { credits_must_not_exceed_debits: true, ..Self::NONE };

    /// The same, and every balance is kept.
    #[must_use]
    pub const fn with_history(self) -> Self {
        Self { history: true, ..self }
    }
}

/// A counter of debits and credits within one ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// Chosen by the caller.
    pub id: AccountId,
    /// Which money it counts; accounts of two ledgers cannot trade.
    pub ledger: u32,
    /// What kind of account it is: a code of the chart of accounts.
    pub code: u16,
    /// What it forbids or keeps.
    pub flags: AccountFlags,
    /// Reserved debits.
    pub debits_pending: Yen,
    /// Debits that happened.
    pub debits_posted: Yen,
    /// Reserved credits.
    pub credits_pending: Yen,
    /// Credits that happened.
    pub credits_posted: Yen,
    /// No transfer touches it except the void of a pending one (a closed gate). An account may be
    /// made closed, and then stays so. Like TigerBeetle's flag it is part of what
    /// `exists_with_different_flags` compares.
    pub closed: bool,
    /// The caller's own reference.
    #[serde(default, with = "hex")]
    pub user_data: u128,
    /// When it was made, unlike any other account's or transfer's; set by the ledger, so the Unix
    /// epoch in a request, unless it is imported.
    #[serde(default)]
    pub timestamp: Timestamp,
}

impl Account {
    /// An empty, open account, to be given to `create_accounts`.
    #[must_use]
    pub const fn new(id: AccountId, ledger: u32, code: u16, flags: AccountFlags) -> Self {
        Self {
            id,
            ledger,
            code,
            flags,
            debits_pending: Yen::ZERO,
            debits_posted: Yen::ZERO,
            credits_pending: Yen::ZERO,
            credits_posted: Yen::ZERO,
            closed: false,
            user_data: 0,
            timestamp: Timestamp::UNIX_EPOCH,
        }
    }

    /// The same, with the caller's own reference.
    #[must_use]
    pub const fn with_user_data(self, user_data: u128) -> Self {
        Self { user_data, ..self }
    }

    /// The same, succeeding or failing together with the next one of the batch.
    #[must_use]
    pub const fn linked(self) -> Self {
        Self { flags: AccountFlags { linked: true, ..self.flags }, ..self }
    }

    /// The same, made elsewhere at the past instant `at`.
    #[must_use]
    pub const fn imported(self, at: Timestamp) -> Self {
        let flags = AccountFlags { imported: true, ..self.flags };
        Self { flags, timestamp: at, ..self }
    }

    /// Posted credits less posted debits, or zero if debits are larger: what we owe its owner.
    #[must_use]
    pub const fn credit_balance(&self) -> Yen {
        self.credits_posted.minus_or_zero(self.debits_posted)
    }

    /// Posted debits less posted credits, or zero if credits are larger: what its owner owes us.
    #[must_use]
    pub const fn debit_balance(&self) -> Yen {
        self.debits_posted.minus_or_zero(self.credits_posted)
    }

    /// What may still be debited: the credit balance less the reserved debits.
    #[must_use]
    pub const fn available(&self) -> Yen {
        self.credit_balance().minus_or_zero(self.debits_pending)
    }
}
