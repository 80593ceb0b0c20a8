//! A holder signs exactly one debit, outside of what they had agreed to (RFC 9470).
//!
//! ```text
//!  asked ── the holder signs ──▶ signed ── a token for it ──▶ that debit, once
//!    ├── declines ─▶ declined
//!    └── five minutes ─▶ nothing: it is over by the clock
//! ```
//!
//! How the holder came to see it is not told here: [`redirect`] is one way. Whoever has another asks
//! with [`Bank::ask_approval`], lets the holder sign with [`Bank::start_approval`] and
//! [`Bank::sign_approval`], and hands out a token for [`DebitApproval::grant_id`].
//!
//! **Invariant:** what is signed changes no mandate, no cap and no other grant. It lifts the
//! mandate's own caps for one debit id if the signed text says that it goes beyond them; caps of
//! account and person, gates and the state of the mandate are asked as for any other debit.

mod ask;
pub mod decoupled;
pub mod ping;
pub mod polled;
pub mod redirect;
mod sign;
mod wait;

use jiff::Timestamp;
use kanuki_domain::{
    Yen,
    id::{DebitApprovalId, DebitId, GrantId, MandateId},
};
use kanuki_record::record;
use kanuki_wire::approval::{Granted, Kind};
use serde::{Deserialize, Serialize};

pub use sign::{ApprovalPage, Signing};

use crate::{mandate::Mandate, sweep::forget_on};

/// Where it is.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ApprovalState {
    /// Nobody has decided yet.
    Asked,
    /// The holder signed.
    Signed {
        /// When.
        at: Timestamp,
        /// The hash of what was shown and signed, by which it is kept (`desk::evidence`).
        answer: String,
    },
    /// The holder said no.
    Declined {
        /// When.
        at: Timestamp,
        /// The hash of what they said no to, if it was shown.
        answer: Option<String>,
    },
}

/// One debit that a wallet wants signed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DebitApproval {
    /// Its id.
    pub approval_id: DebitApprovalId,
    /// Which partner asked.
    pub client_id: String,
    /// Under which mandate.
    pub mandate_id: MandateId,
    /// The mandate's grant when it was asked for: a mandate that is signed anew forgets what was
    /// asked for before.
    pub standing: GrantId,
    /// Which debit.
    pub debit_id: DebitId,
    /// Exactly how much.
    pub amount: Yen,
    /// The customer's device, as the wallet names it; known to the mandate once this is signed.
    pub device: Option<String>,
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// Until when it can be signed.
    pub expires_at: Timestamp,
    /// Where it is.
    pub state: ApprovalState,
    /// The signed text says that it goes beyond what was agreed: only then does it.
    #[serde(default)]
    pub beyond_terms: bool,
    /// How often the mandate's caps had changed when it was signed; rows from before that was kept
    /// have none.
    #[serde(default)]
    pub cap_generation: Option<u32>,
}

record! { DebitApproval => "debit_approval" by |a| a.approval_id.to_string();
    many mandate_id = |a| Some(a.mandate_id.to_string());
    loose forget_on = |a| match a.state {
        ApprovalState::Asked => Some(forget_on(a.expires_at)),
        // What somebody answered, with a wrong number too, may be asked about.
        ApprovalState::Signed { .. } | ApprovalState::Declined { .. } => None,
    };
    loose declined = |a| match a.state {
        ApprovalState::Declined { .. } => Some(crate::debit::key(&a.client_id, a.debit_id)),
        ApprovalState::Asked | ApprovalState::Signed { .. } => None,
    };
}

impl DebitApproval {
    /// The grant that its token hangs on: its own, so that nothing that happens to it touches the
    /// mandate's.
    #[must_use]
    pub fn grant_id(&self) -> GrantId {
        GrantId::derive(&["debit-approval", &self.approval_id.to_string()])
    }

    /// True while the holder can decide.
    #[must_use]
    pub fn is_open(&self, now: Timestamp) -> bool {
        matches!(self.state, ApprovalState::Asked) && now < self.expires_at
    }

    /// When it was signed, if it was.
    #[must_use]
    pub const fn signed_at(&self) -> Option<Timestamp> {
        match self.state {
            ApprovalState::Signed { at, .. } => Some(at),
            ApprovalState::Asked | ApprovalState::Declined { .. } => None,
        }
    }

    /// Whether it hangs on the terms that hold: a consent ends what was signed beside an earlier one,
    /// and what was compared with other caps says nothing about these.
    #[must_use]
    pub fn is_current(&self, mandate: &Mandate) -> bool {
        self.standing == mandate.grant_id
            && self.signed_at() > mandate.renewed_at
            && self.cap_generation.is_none_or(|seen| seen == mandate.cap_generation)
    }

    /// Whether this debit is the one that was signed, under the mandate as it is now.
    #[must_use]
    pub fn covers(&self, mandate: &Mandate, debit_id: DebitId, amount: Yen) -> bool {
        self.signed_at().is_some()
            && self.client_id == mandate.client_id
            && self.mandate_id == mandate.mandate_id
            && self.is_current(mandate)
            && self.debit_id == debit_id
            && self.amount == amount
    }

    /// What its token is good for, as its wallet reads it; none before it was signed.
    #[must_use]
    pub fn granted(&self, mandate: &Mandate) -> Option<Granted> {
        Some(Granted {
            kind: Kind::V1,
            mandate_id: self.mandate_id,
            debit_id: self.debit_id,
            amount: self.amount,
            account: crate::link::token::account_ref(mandate),
            signed_at: self.signed_at()?,
        })
    }
}
