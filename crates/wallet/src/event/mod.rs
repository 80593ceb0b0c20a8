//! Telling a bank what happened here, and acting on what a bank tells us (SSF, RISC).

mod inbound;
mod outbound;

use jiff::Timestamp;
use kanuki_domain::bank_account::BankCode;
use kanuki_record::record;
use serde::{Deserialize, Serialize};

pub use inbound::Received;

/// What a bank is told about one mandate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// Ended for good.
    Revoked,
    /// Let go on.
    Released,
}

/// An event token that waits to be taken by its bank. Written in the unit of what it tells, so
/// that no crash can lose it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OutEvent {
    /// The token's `jti`; sorts by time.
    pub event_id: String,
    /// To which bank.
    pub bank: BankCode,
    /// The signed token. It names a mandate and no person.
    pub token: String,
    /// When it is next tried; `None` once it was taken.
    pub due_at: Option<Timestamp>,
    /// How often it was tried.
    pub attempts: u32,
    /// When it was given up, because its bank had been removed.
    #[serde(default)]
    pub given_up_at: Option<Timestamp>,
}

record! { OutEvent => "out_event" by |e| e.event_id.clone();
    many state = |e| Some(if e.due_at.is_some() { "due" } else { "sent" }.to_owned());
}
