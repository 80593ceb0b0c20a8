//! Money to another person's wallet (送金): to somebody who asked for it, or by a link.
//!
//! A direct one is immediate: money leaves one wallet and is in the other by one chain, unless a rule
//! holds it (SG-04): then it is reserved for that long, and its sender can take it back. One by link
//! is reserved until somebody claims it, and returns by itself after a week; the ledger's own
//! pending transfer is what decides between claim, return and cancel.

mod claim;
mod direct;
mod drive;
mod hold;
mod link;
mod request;

use jiff::{Timestamp, tz::TimeZone};
use kanuki_desk::evidence::Shown;
use kanuki_domain::{
    Yen,
    id::{CustomerId, RemittanceId, RequestId, WalletId},
    limits::DAY_SECS,
    mandate::later,
};
use kanuki_record::record;
use kanuki_wire::transaction::Signed;
use serde::{Deserialize, Serialize};

pub use claim::ClaimView;
pub use request::Request;

use crate::{
    movement::Refusal,
    proof::{Asked, Proof},
    rules::Limit,
};

/// How the money finds its payee.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "way", rename_all = "snake_case")]
pub enum Way {
    /// To the wallet that asked.
    Direct {
        /// To whom.
        to: WalletId,
        /// Their customer.
        to_customer: CustomerId,
        /// The request it answers.
        request_id: RequestId,
    },
    /// To whoever brings the code.
    Link {
        /// The code, as a keyed hash.
        claim_hash: String,
        /// When it goes back.
        until: Timestamp,
    },
}

/// Where a remittance is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum RemittanceState {
    /// Written down; the ledger may or may not have it.
    Requested,
    /// Reserved, and waiting out a hold.
    Held {
        /// Until when.
        until: Timestamp,
    },
    /// Reserved until somebody claims it.
    Waiting,
    /// The money is in the payee's wallet.
    Posted {
        /// Since when.
        at: Timestamp,
        /// Whose wallet.
        to: WalletId,
        /// Their customer.
        to_customer: CustomerId,
    },
    /// Nobody claimed it: it went back.
    Returned {
        /// When.
        at: Timestamp,
    },
    /// The sender took it back.
    Cancelled {
        /// When.
        at: Timestamp,
    },
    /// No money moved.
    Refused {
        /// Why.
        reason: Refusal,
        /// When.
        at: Timestamp,
    },
}

/// One remittance.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Remittance {
    /// Its name.
    pub remittance_id: RemittanceId,
    /// Whose money.
    pub from: WalletId,
    /// The sender.
    pub customer_id: CustomerId,
    /// The sender's nickname, as the payee sees it.
    pub from_name: String,
    /// The payee's nickname, as the sender saw it; empty until a link is claimed.
    pub to_name: String,
    /// How it finds its payee.
    pub way: Way,
    /// How much.
    pub amount: Yen,
    /// A word from the sender.
    pub message: String,
    /// The caps it draws on.
    pub limits: Vec<Limit>,
    /// How long it is held, in seconds.
    #[serde(default)]
    pub hold_secs: i64,
    /// Where it is.
    pub state: RemittanceState,
    /// The customer's signature over exactly this.
    pub proof: Proof,
    /// When it was requested.
    pub requested_at: Timestamp,
}

/// The day of Greenwich on which something is due: what of a day is looked for together.
pub(crate) fn day_of(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).date().to_string()
}

record! { Remittance => "remittance" by |r| r.remittance_id.to_string();
    many customer_id = |r| Some(r.customer_id.to_string());
    unique claim_hash = |r| match &r.way {
        Way::Link { claim_hash, .. } => Some(claim_hash.clone()),
        Way::Direct { .. } => None,
    };
    many state = |r| Some(match r.state {
        RemittanceState::Requested | RemittanceState::Held { .. } => "open",
        RemittanceState::Waiting => "waiting",
        RemittanceState::Posted { .. }
        | RemittanceState::Returned { .. }
        | RemittanceState::Cancelled { .. }
        | RemittanceState::Refused { .. } => "settled",
    }.to_owned());
    many ends = |r| match (&r.way, r.state) {
        (Way::Link { until, .. }, RemittanceState::Waiting) => Some(day_of(*until)),
        _ => None,
    };
}

impl Remittance {
    /// How it begins where it is held.
    fn hold(&self) -> Option<RemittanceState> {
        let until = later(self.requested_at, self.hold_secs);
        (self.hold_secs > 0).then_some(RemittanceState::Held { until })
    }

    /// Leaves no word of its sender in it, who is forgotten.
    pub(crate) fn silence(&mut self) {
        self.message.clear();
        self.from_name.clear();
        self.proof.shown = None;
    }

    /// Whether no word of its sender is left.
    pub(crate) fn is_silent(&self) -> bool {
        self.message.is_empty() && self.from_name.is_empty() && self.proof.shown.is_none()
    }

    /// As part of text keys.
    #[must_use]
    pub const fn state_name(&self) -> &'static str {
        match self.state {
            RemittanceState::Requested => "pending",
            RemittanceState::Held { .. } => "held",
            RemittanceState::Waiting => "waiting",
            RemittanceState::Posted { .. } => "posted",
            RemittanceState::Returned { .. } => "returned",
            RemittanceState::Cancelled { .. } => "cancelled",
            RemittanceState::Refused { .. } => "refused",
        }
    }
}

/// A remittance that waits for its proof; kept on the server.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Sending {
    /// What is signed, as it is shown.
    pub signed: Signed,
    /// How it is proven.
    pub asked: Asked,
    /// The request it answers; none for one by link.
    pub request_id: Option<RequestId>,
    /// A word to the payee.
    pub message: String,
    /// How much.
    pub amount: Yen,
    /// To whom, as it is shown; empty for one by link.
    pub to_name: String,
    /// How long it will be held, in seconds, as the page says.
    #[serde(default)]
    pub hold_secs: i64,
    /// What the page showed, to be kept with the proof.
    #[serde(default)]
    pub shown: Option<Shown>,
    /// The keyed hash of the customer's device, where it is known.
    #[serde(default)]
    pub device: Option<String>,
}

/// How long money sent by link waits.
pub const LINK_WAITS_SECS: i64 = 7 * DAY_SECS;
/// Longest word to a payee, in characters.
const MESSAGE_MAX: usize = 60;
