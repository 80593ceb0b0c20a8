//! Getting back in without a passkey: slow, told to every contact, and only for the same person.
//!
//! Whoever reads somebody's e-mail can start this and gains nothing: it waits a week, everybody who
//! should know is told at once with a code that stops it, any passkey ends it, and in the end it
//! takes the identity card of the person whose wallet it is.

mod finish;
mod forget;
mod request;

use jiff::Timestamp;
use kanuki_domain::{
    id::{CustomerId, RecoveryId},
    limits::DAY_SECS,
    mandate::later,
};
use kanuki_record::record;
use serde::{Deserialize, Serialize};

pub use finish::Recovering;
pub use request::RecoveryAsk;

/// Where a recovery is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum RecoveryState {
    /// It waits, or waits for the identity card.
    Waiting,
    /// The card was the right person's; a passkey may be made until then.
    Proven {
        /// Until when.
        until: Timestamp,
    },
    /// A new passkey was made.
    Done,
    /// Somebody who can, stopped it.
    Cancelled,
}

/// How long it can be gone on with once it is ready.
const OPEN_SECS: i64 = 14 * DAY_SECS;

impl Recovery {
    /// True while it can lead to a passkey, or will be able to.
    #[must_use]
    pub fn is_under_way(&self, now: Timestamp) -> bool {
        let is_live = matches!(self.state, RecoveryState::Waiting | RecoveryState::Proven { .. });
        is_live && !self.is_over(now)
    }

    /// True while whoever showed the right card may make a passkey.
    pub(crate) fn is_proven(&self, now: Timestamp) -> bool {
        matches!(self.state, RecoveryState::Proven { until } if now < until)
    }

    /// Whether its time is over, whatever became of it.
    fn is_over(&self, now: Timestamp) -> bool {
        now >= later(self.ready_at, OPEN_SECS)
    }
}

/// One attempt to get back in.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Recovery {
    /// Its name.
    pub recovery_id: RecoveryId,
    /// Whose wallet; nobody's where the contact is nobody's.
    pub customer_id: CustomerId,
    code_hash: String,
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// From when on it can go on.
    pub ready_at: Timestamp,
    /// Where it is.
    pub state: RecoveryState,
    /// All that were asked for at once, this one too: one contact may belong to several wallets,
    /// and the card says whose it is.
    #[serde(default)]
    asked_together: Vec<RecoveryId>,
}

record! { Recovery => "recovery" by |r| r.recovery_id.to_string();
    unique code_hash = |r| Some(r.code_hash.clone());
    many waiting_of = |r| matches!(r.state, RecoveryState::Waiting | RecoveryState::Proven { .. })
        .then(|| r.customer_id.to_string());
}
