//! One pull of money under a mandate.
//!
//! The row is written first; then caps, gates and clearing are pended as one chain; then the core
//! reserves and confirms; then the chain's money is posted or voided. Every id follows from the
//! partner and its debit id, so each step can be repeated, and the answer for the same id is the
//! same for ever. An unknown answer from the core is a state: the reservation stays.

pub mod asking;
pub mod device;
pub mod drive;
mod freeze;
pub mod judge;
pub mod request;

use jiff::Timestamp;
use kanuki_desk::cap::Cap;
use kanuki_domain::{
    Yen,
    id::{CaseId, DebitApprovalId, DebitId, MandateId},
    limits::HOUR_SECS,
    mandate::Interaction,
};
use kanuki_record::record;
use kanuki_wire::debit::RefusalReason;
use serde::{Deserialize, Serialize};

/// How often the core is asked about what became an open item.
pub(crate) const ITEM_RETRY_SECS: i64 = HOUR_SECS;

/// Where a debit stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum DebitState {
    /// Being driven; the money may or may not have been reserved at the core.
    Open,
    /// The money moved.
    Booked {
        /// When.
        at: Timestamp,
    },
    /// It did not, and will not.
    Refused {
        /// The class of reason that the partner is told.
        reason: RefusalReason,
        /// When.
        at: Timestamp,
    },
    /// The core did not answer for a day: a person must find out.
    OpenItem {
        /// The case.
        case_id: CaseId,
        /// What two people found, once they agreed on it.
        #[serde(default)]
        found: Option<Found>,
    },
}

/// What two people found in the core's books about a movement that it told nothing of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Found {
    /// The money moved.
    Moved,
    /// It did not. Nobody can find that it never will: the core is asked for its promise.
    NotMoved,
}

impl Found {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::Moved, Self::NotMoved];

    /// As it is kept, typed and part of a text key.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Moved => "moved",
            Self::NotMoved => "not_moved",
        }
    }

    /// The inverse of [`name`](Self::name).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|found| found.name() == text)
    }
}

/// One debit.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Debit {
    /// The partner.
    pub client_id: String,
    /// The partner's id of it.
    pub debit_id: DebitId,
    /// Under which mandate.
    pub mandate_id: MandateId,
    /// How much.
    pub amount: Yen,
    /// Whether the customer was there.
    #[serde(default)]
    pub interaction: Interaction,
    /// The caps it draws on, as they were when it was asked for: a repeat must name the same legs.
    pub caps: Vec<Cap>,
    /// What its holder signed for it alone, if it needed that.
    #[serde(default)]
    pub approval_id: Option<DebitApprovalId>,
    /// What was signed for it said that it is within what was agreed, and so it counts there.
    #[serde(default)]
    pub signed_within: bool,
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// Where it stands.
    pub state: DebitState,
    /// When the worker asks again.
    pub next_try_at: Timestamp,
    /// How often it was tried.
    pub attempts: u32,
    /// How much of it was given back, or is on its way back.
    #[serde(default)]
    pub refunded: Yen,
    /// How much of what the partner gave back this bank bears its part of already: one yen that came
    /// back is shared once, whatever is told of it.
    #[serde(default)]
    pub borne: Yen,
    /// What the passbook says, as it was agreed when it was asked for.
    #[serde(default)]
    pub text: Option<String>,
    /// How often a request with this id stepped aside before: its chain has another name then, because
    /// the ledger takes no name twice.
    #[serde(default)]
    pub round: u32,
    /// Its holder was to sign it first: when it was judged, or because another left no room in its mandate
    /// before it reached the ledger. To everybody it is as if it had never been, and its id may be asked
    /// for again. Its row stays and goes on as that request's, so that its version only ever rises:
    /// whoever still drives this one cannot write over the next, and whoever judged the same request
    /// before that was told, at any node, cannot book it after.
    #[serde(default)]
    pub stepped_aside: bool,
}

/// How often a request with this id stepped aside, from when its row was deleted for it. Only read.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct DebitRound {
    key: String,
    pub(crate) round: u32,
}

record! { DebitRound => "debit_round" by |r| r.key.clone(); }

record! { Debit => "debit" by |d| d.key();
    many mandate_id = |d| (!d.stepped_aside).then(|| d.mandate_id.to_string());
    many progress = |d| (!d.stepped_aside).then(|| match d.state {
        DebitState::Open => "open",
        DebitState::Booked { .. } | DebitState::Refused { .. } => "done",
        DebitState::OpenItem { .. } => "open_item",
    }.to_owned());
}

impl Debit {
    /// Makes it one that stepped aside: no money moved and none will, and its next round may begin.
    pub(crate) const fn set_aside(&mut self, at: Timestamp) {
        self.state = DebitState::Refused { reason: RefusalReason::OverLimit, at };
        self.stepped_aside = true;
        self.round = self.round.saturating_add(1);
    }

    /// Makes it the row of a request that was told that its holder must sign: nothing of it reached the
    /// ledger, and its round is the next one's.
    pub(crate) const fn unsigned(mut self) -> Self {
        self.state = DebitState::Refused { reason: RefusalReason::OverLimit, at: self.asked_at };
        self.stepped_aside = true;
        self
    }

    /// Its key: two partners may choose the same id.
    #[must_use]
    pub fn key(&self) -> String {
        key(&self.client_id, self.debit_id)
    }

    /// The name of its chain in the ledger.
    #[must_use]
    pub fn chain(&self) -> String {
        if self.round == 0 { self.key() } else { format!("{}|{}", self.key(), self.round) }
    }

    /// Whether a request for this much, under this mandate, in this way is a request for it.
    #[must_use]
    pub fn is_what_asks(
        &self,
        mandate_id: MandateId,
        amount: Yen,
        interaction: Interaction,
    ) -> bool {
        (self.mandate_id, self.amount, self.interaction) == (mandate_id, amount, interaction)
    }

    /// Whether it draws on its mandate's own caps.
    #[must_use]
    pub const fn counts_in_terms(&self) -> bool {
        self.may_have_moved() && (self.approval_id.is_none() || self.signed_within)
    }

    /// Whether it moved money, or may have.
    #[must_use]
    pub const fn may_have_moved(&self) -> bool {
        match self.state {
            DebitState::Open | DebitState::Booked { .. } | DebitState::OpenItem { .. } => true,
            DebitState::Refused { .. } => false,
        }
    }

    /// The id under which the core knows it, unlike any other partner's.
    #[must_use]
    pub fn core_id(&self) -> DebitId {
        DebitId::derive(&["core", &self.key()])
    }
}

/// The key of a partner's debit.
#[must_use]
pub fn key(client_id: &str, debit_id: DebitId) -> String {
    format!("{client_id}|{debit_id}")
}
