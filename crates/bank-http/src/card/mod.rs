//! The identity card instead of a passkey: to the platform operator's app and back, to sign in, to
//! sign what a page shows, or to be let in.
//!
//! Nothing here needs JavaScript. What the person was doing is kept with the trip, by us; the operator
//! and the address bar learn nothing of it.

mod back;
mod offer;
mod sign;

use axum::{Router, routing::get, routing::post};
use kanuki_bank::BankError;
use kanuki_domain::id::{CeremonyId, MandateId, ParId};
use kanuki_site::{Problem, Visit};
use serde::{Deserialize, Serialize};

use crate::{BankState, holder, link};

pub(crate) use back::{Words, signed, signed_in};
pub(crate) use offer::{sign_form, sign_in_buttons};
pub(crate) use sign::{Who, resume_of};

/// Trips that one network may set out on in an hour.
const TRIPS_MAX: u32 = 120;

pub(crate) fn routes() -> Router<BankState> {
    Router::new()
        .route("/card/sign-in", post(sign::set_out_to_sign_in))
        .route("/card/sign", post(sign::set_out_to_sign))
        .route("/card/return", get(back::finish).post(back::receive))
}

/// Where a person goes on when they come back.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "to", rename_all = "snake_case")]
pub(crate) enum Resume {
    /// Into the portal.
    Portal {
        /// Which page.
        back: String,
    },
    /// On with a link.
    Link {
        /// Which.
        request: ParId,
    },
    /// On with one debit.
    Debit {
        /// Which.
        request: ParId,
    },
    /// To the end of a page that was signed.
    Page {
        /// Which page.
        page: SignedPage,
        /// Whose ceremony is answered.
        ceremony: CeremonyId,
        /// The authorization it belongs to.
        request: Option<ParId>,
    },
    /// The card, or the app, was let in from the portal.
    Added,
    /// The card, or the app, was let in by an enrolment, maybe on the way to a link.
    Enrolled {
        /// Which.
        request: Option<ParId>,
    },
}

impl Resume {
    pub(crate) fn kept(&self) -> Result<String, Problem> {
        serde_json::to_string(self).map_err(|_| Problem::internal())
    }

    pub(crate) fn read(kept: &str) -> Result<Self, Problem> {
        serde_json::from_str(kept).map_err(|_| Problem::internal())
    }
}

/// The pages that are signed, with a passkey, a card or the bank's app.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "page")]
pub(crate) enum SignedPage {
    /// The consent to a mandate.
    Consent,
    /// One debit, on the way from the wallet.
    Debit,
    /// One debit, decoupled.
    Approval,
    /// Raised caps.
    Raise {
        /// Of which mandate.
        mandate: MandateId,
    },
    /// The opening of a lock.
    Lock,
    /// The invitation of a delegate.
    Delegate,
}

impl SignedPage {
    /// What its ceremony is called.
    pub(crate) const fn purpose(self) -> &'static str {
        match self {
            Self::Consent => link::CONSENT,
            Self::Debit => link::debit::SIGN,
            Self::Approval => holder::APPROVAL,
            Self::Raise { .. } => holder::RAISE,
            Self::Lock => holder::OPENING,
            Self::Delegate => holder::DELEGATE,
        }
    }

    /// Where its answer goes.
    fn action(self) -> String {
        match self {
            Self::Consent => "/authorize/consent".to_owned(),
            Self::Debit => "/authorize/debit".to_owned(),
            Self::Approval => "/holder/approvals/sign".to_owned(),
            Self::Raise { mandate } => format!("/holder/mandates/{mandate}/raise/sign"),
            Self::Lock => "/holder/lock/open/sign".to_owned(),
            Self::Delegate => "/holder/delegates/sign".to_owned(),
        }
    }

    /// Where saying no to it goes, if the page can be refused.
    pub(crate) const fn refusal(self) -> Option<&'static str> {
        match self {
            Self::Consent => Some("/authorize/refuse"),
            Self::Debit => Some("/authorize/debit/decline"),
            Self::Approval => Some("/holder/approvals/decline"),
            Self::Raise { .. } | Self::Lock | Self::Delegate => None,
        }
    }

    /// What its ceremony is bound to: the browser on the way from a wallet, the session in the portal.
    pub(crate) fn binding(self, visit: &Visit) -> String {
        match self {
            Self::Consent | Self::Debit => visit.device_hash(),
            Self::Approval | Self::Raise { .. } | Self::Lock | Self::Delegate => visit.binding(),
        }
    }
}

/// Over, another browser's, unknown: one calm page.
fn over(error: BankError) -> Problem {
    match error {
        BankError::NotAvailable => Problem::new(http::StatusCode::NOT_FOUND, "card_over"),
        other => crate::refusal::problem(other),
    }
}
