//! Paying in a shop by the shop's QR code (支払い).

mod drive;
mod merchant;
mod pay;

use jiff::Timestamp;
use kanuki_desk::evidence::Shown;
use kanuki_domain::{
    Yen,
    id::{CustomerId, MerchantId, PaymentId, WalletId},
};
use kanuki_record::record;
use kanuki_wire::transaction::Signed;
use serde::{Deserialize, Serialize};

pub use merchant::{Merchant, MerchantSpec};
pub use pay::Bill;

use crate::{
    movement::Refusal,
    proof::{Asked, Proof},
    rules::Limit,
};

/// Where a payment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum PaymentState {
    /// Written down; the ledger may or may not have it.
    Requested,
    /// Paid.
    Posted {
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

/// One payment.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Payment {
    /// Its name.
    pub payment_id: PaymentId,
    /// Who paid.
    pub customer_id: CustomerId,
    /// From which wallet.
    pub from: WalletId,
    /// To which shop.
    pub merchant_id: MerchantId,
    /// The shop's name as it was shown.
    pub merchant_name: String,
    /// How much.
    pub amount: Yen,
    /// The shop's reference for a code that is good for one payment.
    pub reference: Option<String>,
    /// The caps it draws on.
    pub limits: Vec<Limit>,
    /// Where it is.
    pub state: PaymentState,
    /// The customer's proof.
    pub proof: Proof,
    /// When it was requested.
    pub requested_at: Timestamp,
}

record! { Payment => "payment" by |p| p.payment_id.to_string();
    many customer_id = |p| Some(p.customer_id.to_string());
    many merchant_id = |p| Some(p.merchant_id.to_string());
    unique bill = |p| match (&p.reference, p.state) {
        (Some(reference), PaymentState::Requested | PaymentState::Posted { .. }) => {
            Some(format!("{}|{reference}", p.merchant_id))
        }
        (None, _) | (Some(_), PaymentState::Refused { .. }) => None,
    };
    many state = |p| Some(match p.state {
        PaymentState::Requested => "open",
        PaymentState::Posted { .. } => "posted",
        PaymentState::Refused { .. } => "refused",
    }.to_owned());
}

impl Payment {
    /// As part of text keys and in the API.
    #[must_use]
    pub const fn state_name(&self) -> &'static str {
        match self.state {
            PaymentState::Requested => "pending",
            PaymentState::Posted { .. } => "posted",
            PaymentState::Refused { .. } => "refused",
        }
    }
}

/// A payment that waits to be confirmed; kept on the server.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Paying {
    /// What is signed, as it is shown.
    pub signed: Signed,
    /// How it is proven.
    pub asked: Asked,
    /// To which shop.
    pub merchant_id: MerchantId,
    /// The shop's name as *we* know it.
    pub merchant_name: String,
    /// How much.
    pub amount: Yen,
    /// The shop's reference.
    pub reference: Option<String>,
    /// What the page showed, to be kept with the proof.
    #[serde(default)]
    pub shown: Option<Shown>,
    /// The keyed hash of the customer's device, where it is known.
    #[serde(default)]
    pub device: Option<String>,
}
