//! A top-up that goes back to the bank account it came from (返金).
//!
//! ```text
//!  proposed ─ a second person ─▶ requested ─ pend ─▶ asking ─ booked ─▶ posted
//!     └── declined                  └── refused        ├── refused ─▶ refused
//!                                                      └── a day without an answer ─▶ open item
//! ```
//!
//! It is the desk's, for a case: whoever took money with somebody else's account gives back what is
//! left of it. So the wallet's own freeze does not stand in its way; what is stopped altogether, or at
//! that bank, does. Together the refunds of one top-up are never more than the top-up, and they go to
//! no other account, because the bank pays them to where its debit came from.

mod drive;
mod propose;

use jiff::Timestamp;
use kanuki_domain::{
    Yen,
    bank_account::BankCode,
    id::{CaseId, CustomerId, PayoutId, RefundId, StaffId, TopupId, WalletId},
};
use kanuki_record::record;
use serde::{Deserialize, Serialize};

pub use propose::REFUND;
pub(crate) use propose::left_of;

use crate::movement::Refusal;

/// Where a refund is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum RefundState {
    /// One member of staff wants it.
    Proposed,
    /// Another did not agree.
    Declined {
        /// When.
        at: Timestamp,
    },
    /// Two agreed; the ledger may or may not have its reservation.
    Requested,
    /// Reserved here; the bank may or may not have been asked.
    Asking,
    /// The bank refused: the reservation may or may not be void already, so the bank is not asked
    /// again.
    GivingUp {
        /// Why.
        reason: Refusal,
    },
    /// The money is in the bank account it came from.
    Posted {
        /// Since when.
        at: Timestamp,
    },
    /// No money moved, and none will.
    Refused {
        /// Why.
        reason: Refusal,
        /// When.
        at: Timestamp,
    },
    /// The bank never said; a person finds out. The reservation stays.
    OpenItem {
        /// The case.
        case_id: CaseId,
    },
}

/// One refund of a top-up, wholly or in part.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Refund {
    /// Its name.
    pub refund_id: RefundId,
    /// What it gives back.
    pub topup_id: TopupId,
    /// Whose top-up it was.
    pub customer_id: CustomerId,
    /// From which wallet.
    pub wallet_id: WalletId,
    /// At which bank.
    pub bank: BankCode,
    /// How much.
    pub amount: Yen,
    /// The case it is done for.
    pub case_id: CaseId,
    /// Who proposed it.
    pub proposed_by: StaffId,
    /// When.
    pub proposed_at: Timestamp,
    /// Where it is.
    pub state: RefundState,
    /// Since when the bank is asked.
    pub asking_since: Option<Timestamp>,
    /// How often it was asked without an answer.
    pub asked: u32,
    /// When the worker looks at it next.
    pub next_at: Timestamp,
    /// The claim that it pays: the money is ours then, and not what is left in the wallet that took it,
    /// whose owner hears nothing of it.
    #[serde(default)]
    pub claim: Option<CaseId>,
}

record! { Refund => "refund" by |r| r.refund_id.to_string();
    many customer_id = |r| Some(r.customer_id.to_string());
    many state = |r| Some(match r.state {
        RefundState::Requested | RefundState::Asking | RefundState::GivingUp { .. } => "open",
        RefundState::Proposed => "proposed",
        RefundState::Posted { .. } => "posted",
        RefundState::Declined { .. } | RefundState::Refused { .. } => "refused",
        RefundState::OpenItem { .. } => "open_item",
    }.to_owned());
    many lane = |r| r.is_open().then(|| r.bank.to_string());
}

impl Refund {
    /// True while something will happen by itself.
    const fn is_open(&self) -> bool {
        match self.state {
            RefundState::Requested | RefundState::Asking | RefundState::GivingUp { .. } => true,
            RefundState::Proposed
            | RefundState::Posted { .. }
            | RefundState::Declined { .. }
            | RefundState::Refused { .. }
            | RefundState::OpenItem { .. } => false,
        }
    }

    /// The bank's name of it.
    #[must_use]
    pub fn credit_id(&self) -> PayoutId {
        PayoutId::derive(&["refund", &self.refund_id.to_string()])
    }

    /// As part of text keys.
    #[must_use]
    pub const fn state_name(&self) -> &'static str {
        match self.state {
            RefundState::Proposed => "proposed",
            RefundState::Declined { .. } => "declined",
            RefundState::Requested | RefundState::Asking | RefundState::GivingUp { .. } => {
                "pending"
            }
            RefundState::Posted { .. } => "posted",
            RefundState::Refused { .. } => "refused",
            RefundState::OpenItem { .. } => "open_item",
        }
    }
}
