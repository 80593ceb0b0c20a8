//! Money from a connected bank account into the wallet (チャージ).
//!
//! ```text
//!  requested ─ pend ─▶ asking ─ booked ─▶ posted
//!      │                 │ ├── refused ─▶ refused
//!      └── refused       │ └── a day without an answer ─▶ open item (a person looks)
//!                        ├── no answer: ask again; never give back on "unknown"
//!                        └── must be signed ─▶ needs approval ─ signed at the bank ─▶ approved
//!                                                  │                                    │
//!                   declined, abandoned, stopped, five minutes            booked ─▶ posted
//!                                                  │                                    │
//!                                                  └─▶ withdrawing ◀─ stopped, must be signed again
//!                                                          └─▶ refused: nothing moved
//! ```

mod approve;
mod connector;
mod decoupled;
mod drive;
mod ping;
mod request;
mod room;
mod stopped;
mod word;

use jiff::Timestamp;
use kanuki_domain::{
    Masked, Yen,
    bank_account::BankCode,
    id::{CaseId, CustomerId, LinkId, TopupId, WalletId},
};
use kanuki_record::{record, vault::Sealed};
use kanuki_wire::authn::AuthnEvidence;
use serde::{Deserialize, Serialize};

pub use approve::{Approving, Returned};
pub use connector::AccountCaps;
pub use decoupled::Waiting;
pub use request::most_at_once;
pub use room::Room;

use crate::{movement::Refusal, proof::Proof, rules::Limit};

/// Where a top-up is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum TopupState {
    /// Written down; the ledger may or may not have its reservation.
    Requested,
    /// Reserved here; the bank may or may not have been asked.
    Asking,
    /// The bank took nothing and wants its customer to sign exactly this. Reserved here.
    NeedsApproval {
        /// Until when there is time.
        until: Timestamp,
    },
    /// The customer signed at the bank; the bank may or may not have been asked with that.
    Approved {
        /// Until when the token for it is good.
        until: Timestamp,
    },
    /// It will not be asked for any more; the reservation may or may not be given back yet.
    Withdrawing {
        /// Why.
        reason: Refusal,
    },
    /// The money is in the wallet.
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

/// One top-up.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Topup {
    /// Its name; a retry names the same one.
    pub topup_id: TopupId,
    /// Whose.
    pub customer_id: CustomerId,
    /// Into which wallet.
    pub wallet_id: WalletId,
    /// From which account.
    pub link_id: LinkId,
    /// At which bank.
    pub bank: BankCode,
    /// How much.
    pub amount: Yen,
    /// The caps it draws on, as the rules gave them.
    pub limits: Vec<Limit>,
    /// Where it is.
    pub state: TopupState,
    /// When it was requested.
    pub requested_at: Timestamp,
    /// How often the bank was asked.
    pub asked: u32,
    /// When the worker looks at it next.
    pub next_at: Timestamp,
    /// What the customer confirmed; the first top-ups did not keep it.
    #[serde(default)]
    pub proof: Option<Proof>,
    /// What the bank is told of the device and sign-in behind it.
    #[serde(default)]
    pub evidence: Option<AuthnEvidence>,
    /// The token for this one debit, once it was signed.
    #[serde(default)]
    token: Option<Sealed>,
    /// When the account's holder signed this very debit at the bank: its word with the token for it, given
    /// before anybody asked back.
    #[serde(default)]
    pub signed_at: Option<Timestamp>,
    /// The customer approves it elsewhere, and we wait.
    #[serde(default)]
    pub waiting: Option<Waiting>,
    /// How much of it went back to the bank, or is on its way.
    #[serde(default)]
    pub refunded: Yen,
    /// How much of it the bank made good and we bear our part of already: it is shared once, whatever
    /// is told of it.
    #[serde(default)]
    pub borne: Yen,
}

/// How a [`SignedToken`] is sealed.
const SIGNED_TOKEN: &str = "topup|token";

/// The token for one debit, and the `DPoP` key it is bound to.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct SignedToken {
    access: Masked<String>,
    key: String,
}

record! { Topup => "topup" by |t| t.topup_id.to_string();
    many customer_id = |t| Some(t.customer_id.to_string());
    many pinged = |t| t.pinged();
    many state = |t| Some(match t.state {
        TopupState::Requested
        | TopupState::Asking
        | TopupState::NeedsApproval { .. }
        | TopupState::Approved { .. }
        | TopupState::Withdrawing { .. } => "open",
        TopupState::Posted { .. } => "posted",
        TopupState::Refused { .. } => "refused",
        TopupState::OpenItem { .. } => "open_item",
    }.to_owned());
    many lane = |t| (!t.is_settled()).then(|| t.bank.to_string());
}

impl Topup {
    /// True when nothing more will happen by itself.
    #[must_use]
    pub const fn is_settled(&self) -> bool {
        match self.state {
            TopupState::Requested
            | TopupState::Asking
            | TopupState::NeedsApproval { .. }
            | TopupState::Approved { .. }
            | TopupState::Withdrawing { .. } => false,
            TopupState::Posted { .. }
            | TopupState::Refused { .. }
            | TopupState::OpenItem { .. } => true,
        }
    }

    /// As part of text keys and in the API.
    #[must_use]
    pub const fn state_name(&self) -> &'static str {
        match self.state {
            TopupState::Requested
            | TopupState::Asking
            | TopupState::Approved { .. }
            | TopupState::Withdrawing { .. } => "pending",
            TopupState::NeedsApproval { .. } => "needs_approval",
            TopupState::Posted { .. } => "posted",
            TopupState::Refused { .. } => "refused",
            TopupState::OpenItem { .. } => "open_item",
        }
    }
}
