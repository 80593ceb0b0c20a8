//! Money from the wallet to one's own connected bank account (出金).
//!
//! ```text
//!  requested ─ pend ─▶ held (a rapid drain waits a day) ─▶ asking ─ booked ─▶ posted
//!      │                 └── cancelled by the customer      │ ├── refused ─▶ refused
//!      └── refused                                          │ └── a day without an answer ─▶ open item
//!                                                           └── no answer: ask again
//!  whoever leaves, with an account that takes none: requested ─▶ by hand ─ two people ─▶ posted, refused
//! ```

pub mod by_hand;
mod drive;
mod request;

use jiff::Timestamp;
use kanuki_desk::evidence::Shown;
use kanuki_domain::{
    Yen,
    bank_account::BankCode,
    id::{CaseId, CustomerId, LinkId, PayoutId, WalletId},
};
use kanuki_record::record;
use kanuki_wire::transaction::Signed;
use serde::{Deserialize, Serialize};

use crate::{
    movement::Refusal,
    proof::{Asked, Proof},
    rules::Limit,
};

/// Where a payout is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum PayoutState {
    /// Written down; the ledger may or may not have its reservation.
    Requested,
    /// Reserved, and waiting out a hold.
    Held {
        /// Until when.
        until: Timestamp,
    },
    /// Reserved; the bank may or may not have been asked.
    Asking,
    /// The bank refused: the reservation may or may not be void already, so the bank is not asked
    /// again.
    GivingUp {
        /// Why.
        reason: Refusal,
    },
    /// The money is at the bank.
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
    /// The customer took it back while it was held.
    Cancelled {
        /// When.
        at: Timestamp,
    },
    /// No bank can be asked: our own people pay it, and two of them say so. The reservation stays.
    ByHand {
        /// The case.
        case_id: CaseId,
    },
    /// The bank never said; a person finds out. The reservation stays.
    OpenItem {
        /// The case.
        case_id: CaseId,
    },
}

/// One payout.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Payout {
    /// Its name, also at the bank.
    pub payout_id: PayoutId,
    /// Whose.
    pub customer_id: CustomerId,
    /// From which wallet.
    pub wallet_id: WalletId,
    /// To which account.
    pub link_id: LinkId,
    /// At which bank.
    pub bank: BankCode,
    /// How much.
    pub amount: Yen,
    /// The caps it draws on.
    pub limits: Vec<Limit>,
    /// How long it is held, in seconds.
    pub hold_secs: i64,
    /// Where it is.
    pub state: PayoutState,
    /// The customer's signature over exactly this.
    pub proof: Proof,
    /// When it was requested.
    pub requested_at: Timestamp,
    /// Since when the bank is asked.
    pub asking_since: Option<Timestamp>,
    /// How often the bank was asked without an answer.
    pub asked: u32,
    /// When the worker looks at it next.
    pub next_at: Timestamp,
    /// Our own people pay it.
    #[serde(default)]
    pub by_hand: bool,
}

record! { Payout => "payout" by |p| p.payout_id.to_string();
    many customer_id = |p| Some(p.customer_id.to_string());
    many state = |p| Some(match p.state {
        PayoutState::Requested
        | PayoutState::Held { .. }
        | PayoutState::Asking
        | PayoutState::GivingUp { .. } => "open",
        PayoutState::Posted { .. } => "posted",
        PayoutState::Refused { .. } | PayoutState::Cancelled { .. } => "refused",
        PayoutState::ByHand { .. } => "by_hand",
        PayoutState::OpenItem { .. } => "open_item",
    }.to_owned());
    many lane = |p| p.is_open().then(|| p.bank.to_string());
}

impl Payout {
    /// True while something will happen by itself.
    const fn is_open(&self) -> bool {
        match self.state {
            PayoutState::Requested
            | PayoutState::Held { .. }
            | PayoutState::Asking
            | PayoutState::GivingUp { .. } => true,
            PayoutState::Posted { .. }
            | PayoutState::Refused { .. }
            | PayoutState::Cancelled { .. }
            | PayoutState::ByHand { .. }
            | PayoutState::OpenItem { .. } => false,
        }
    }

    /// As part of text keys.
    #[must_use]
    pub const fn state_name(&self) -> &'static str {
        match self.state {
            PayoutState::Requested | PayoutState::Asking | PayoutState::GivingUp { .. } => {
                "pending"
            }
            PayoutState::Held { .. } => "held",
            PayoutState::Posted { .. } => "posted",
            PayoutState::Refused { .. } => "refused",
            PayoutState::Cancelled { .. } => "cancelled",
            PayoutState::ByHand { .. } => "by_hand",
            PayoutState::OpenItem { .. } => "open_item",
        }
    }
}

/// A payout that waits for its proof; kept on the server.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PayingOut {
    /// What is signed, as it is shown.
    pub signed: Signed,
    /// How it is proven.
    pub asked: Asked,
    /// To which account.
    pub link_id: LinkId,
    /// How much.
    pub amount: Yen,
    /// How long it will be held, in seconds, as the page says.
    pub hold_secs: i64,
    /// What the page showed, to be kept with the proof.
    #[serde(default)]
    pub shown: Option<Shown>,
    /// The keyed hash of the customer's device, where it is known.
    #[serde(default)]
    pub device: Option<String>,
}
