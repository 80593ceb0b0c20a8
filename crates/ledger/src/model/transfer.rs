//! A transfer: an immutable movement between two accounts.

use jiff::Timestamp;
use kanuki_domain::Yen;
use serde::{Deserialize, Serialize};

use super::{AccountId, LEDGER_YEN, TransferId, hex};

/// How a transfer behaves (TigerBeetle: `Transfer.flags`).
#[expect(clippy::struct_excessive_bools, reason = "TigerBeetle's flags, by their names")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TransferFlags {
    /// Succeeds or fails together with the next transfer of the batch.
    pub linked: bool,
    /// Reserves, to be posted or voided later.
    pub pending: bool,
    /// Posts the transfer named by `pending_id`, wholly or in part; the rest is released.
    pub post_pending: bool,
    /// Voids the transfer named by `pending_id`.
    pub void_pending: bool,
    /// Moves at most what the debit account has available.
    pub balancing_debit: bool,
    /// Moves at most what the credit account may still be credited.
    pub balancing_credit: bool,
    /// Closes the debit account until this (pending) transfer is voided or expires.
    pub closing_debit: bool,
    /// Closes the credit account until this (pending) transfer is voided or expires.
    pub closing_credit: bool,
    /// Happened elsewhere, at the past instant that its timestamp gives.
    pub imported: bool,
}

impl TransferFlags {
    /// A plain, immediate transfer.
    pub const NONE: Self = Self {
        linked: false,
        pending: false,
        post_pending: false,
        void_pending: false,
        balancing_debit: false,
        balancing_credit: false,
        closing_debit: false,
        closing_credit: false,
        imported: false,
    };

    /// True when it settles another transfer.
    #[must_use]
    pub const fn settles(self) -> bool {
        self.post_pending || self.void_pending
    }
}

/// An immutable movement from one account to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transfer {
    /// Chosen by the caller; a second transfer with the same id and fields is a retry.
    pub id: TransferId,
    /// Where it is debited. [`AccountId::NONE`] in a post or void: as in the pending one.
    pub debit_account: AccountId,
    /// Where it is credited. [`AccountId::NONE`] in a post or void: as in the pending one.
    pub credit_account: AccountId,
    /// How much. Zero is allowed (a leg through a gate). [`Transfer::ALL`] in a post: all that is
    /// pending; zero in a void: likewise.
    pub amount: Yen,
    /// Which transfer is posted or voided.
    pub pending_id: Option<TransferId>,
    /// Seconds after which a pending transfer is released by itself; 0: never.
    pub timeout_secs: u32,
    /// The ledger of both accounts. 0 in a post or void: as in the pending one.
    pub ledger: u32,
    /// Why it happened: a code of the chart of accounts. 0 in a post or void: as in the pending
    /// one.
    pub code: u16,
    /// How it behaves.
    pub flags: TransferFlags,
    /// The caller's own reference. 0 in a post or void: as in the pending one.
    #[serde(with = "hex")]
    pub user_data: u128,
    /// When it was made, unlike any other's; set by the ledger, so the Unix epoch in a request,
    /// unless it is imported.
    pub timestamp: Timestamp,
}

impl Transfer {
    /// In a post: everything that is pending. In a balancing transfer: as much as there is.
    pub const ALL: Yen = Yen::MAX;

    /// Moves `amount` at once, in the yen ledger.
    #[must_use]
    pub const fn posted(
        id: TransferId,
        debit: AccountId,
        credit: AccountId,
        amount: Yen,
        code: u16,
    ) -> Self {
        Self {
            id,
            debit_account: debit,
            credit_account: credit,
            amount,
            pending_id: None,
            timeout_secs: 0,
            ledger: LEDGER_YEN,
            code,
            flags: TransferFlags::NONE,
            user_data: 0,
            timestamp: Timestamp::UNIX_EPOCH,
        }
    }

    /// Reserves `amount` in the yen ledger, without a timeout; see [`Transfer::expires_after`].
    #[must_use]
    pub const fn pending(
        id: TransferId,
        debit: AccountId,
        credit: AccountId,
        amount: Yen,
        code: u16,
    ) -> Self {
        let flags = TransferFlags { pending: true, ..TransferFlags::NONE };
        Self { flags, ..Self::posted(id, debit, credit, amount, code) }
    }

    /// Closes `debit`, moving nothing; voiding this transfer opens it again.
    #[must_use]
    pub const fn closing(id: TransferId, debit: AccountId, credit: AccountId, code: u16) -> Self {
        let flags = TransferFlags { pending: true, closing_debit: true, ..TransferFlags::NONE };
        Self { flags, ..Self::posted(id, debit, credit, Yen::ZERO, code) }
    }

    /// Posts all of `pending`.
    #[must_use]
    pub const fn post(id: TransferId, pending: TransferId) -> Self {
        Self::post_part(id, pending, Self::ALL)
    }

    /// Posts `amount` of `pending` and releases the rest.
    #[must_use]
    pub const fn post_part(id: TransferId, pending: TransferId, amount: Yen) -> Self {
        let flags = TransferFlags { post_pending: true, ..TransferFlags::NONE };
        Self {
            flags,
            pending_id: Some(pending),
            ledger: 0,
            ..Self::posted(id, AccountId::NONE, AccountId::NONE, amount, 0)
        }
    }

    /// Gives `pending` back.
    #[must_use]
    pub const fn void(id: TransferId, pending: TransferId) -> Self {
        let flags = TransferFlags { void_pending: true, ..TransferFlags::NONE };
        Self { flags, ..Self::post_part(id, pending, Yen::ZERO) }
    }

    /// The same, succeeding or failing together with the next one of the batch.
    #[must_use]
    pub const fn linked(self) -> Self {
        Self { flags: TransferFlags { linked: true, ..self.flags }, ..self }
    }

    /// The same, released by itself after `secs`.
    #[must_use]
    pub const fn expires_after(self, secs: u32) -> Self {
        Self { timeout_secs: secs, ..self }
    }

    /// The same, moving at most what the debit account has available.
    #[must_use]
    pub const fn balancing_debit(self) -> Self {
        Self { flags: TransferFlags { balancing_debit: true, ..self.flags }, ..self }
    }

    /// The same, moving at most what the credit account may still be credited.
    #[must_use]
    pub const fn balancing_credit(self) -> Self {
        Self { flags: TransferFlags { balancing_credit: true, ..self.flags }, ..self }
    }

    /// The same, having happened elsewhere at the past instant `at`.
    #[must_use]
    pub const fn imported(self, at: Timestamp) -> Self {
        let flags = TransferFlags { imported: true, ..self.flags };
        Self { flags, timestamp: at, ..self }
    }

    /// What it settles; an id of 0 is none.
    #[must_use]
    pub const fn settled_id(&self) -> Option<TransferId> {
        match self.pending_id {
            Some(id) if !id.is_none() => Some(id),
            Some(_) | None => None,
        }
    }

    /// The same, with the caller's own reference.
    #[must_use]
    pub const fn with_user_data(self, user_data: u128) -> Self {
        Self { user_data, ..self }
    }

    /// The same, in another ledger than that of yen.
    #[must_use]
    pub const fn in_ledger(self, ledger: u32) -> Self {
        Self { ledger, ..self }
    }
}
