//! Proving who one is: the identity card, read by a platform operator's app.
//!
//! We send the customer there with a nonce and the digest of the terms that were shown. The app
//! reads the card and answers with a certificate and a signature over exactly these. There is no
//! other way: methods that compare pictures do not exist here (image methods end 2027-04-01).

mod finish;
mod person;
mod start;

use async_trait::async_trait;
use jiff::Timestamp;
use kanuki_domain::{
    Masked,
    id::{CustomerId, RecoveryId},
};
use kanuki_jpki::{IdentityRequest, RevocationEvidence};
use kanuki_record::{record, vault::Sealed};
use serde::{Deserialize, Serialize};

pub use finish::Proven;

/// The platform operator's back channel.
#[async_trait]
pub trait IdentityPort: Send + Sync + std::fmt::Debug {
    /// The revocation list as of now; [`RevocationEvidence::missing`] when it cannot be had, so
    /// that every proof is refused.
    async fn revocation(&self, now: Timestamp) -> RevocationEvidence;
}

/// What the proof is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "for", rename_all = "snake_case")]
pub enum ProofFor {
    /// A customer's wallet.
    Customer {
        /// Whose.
        customer_id: CustomerId,
    },
    /// Getting back in.
    Recovery {
        /// Which attempt.
        recovery_id: RecoveryId,
        /// Whose wallet.
        customer_id: CustomerId,
    },
}

impl ProofFor {
    const fn customer_id(self) -> CustomerId {
        match self {
            Self::Customer { customer_id } | Self::Recovery { customer_id, .. } => customer_id,
        }
    }
}

/// One trip to the operator's app; used once.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct IdentityAttempt {
    state_hash: String,
    /// The session or device that set out.
    binding: String,
    /// What it is for.
    pub purpose: ProofFor,
    request: IdentityRequest,
    /// The name in kana that the customer declared, sealed for them.
    declared: Sealed,
    /// The answer, sealed, between its arrival and its use.
    answer: Option<Sealed>,
    /// What only the browser that brought the answer was told, as a keyed hash.
    #[serde(default)]
    handle_hash: Option<String>,
    /// After which it is over.
    pub expires_at: Timestamp,
}

record! { IdentityAttempt => "identity_attempt" by |a| a.state_hash.clone(); }

/// The verified facts as they are kept: sealed, per person.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct KeptFacts {
    /// What crosses to a bank with consent.
    pub facts: kanuki_domain::person::Facts,
    /// When the card was read.
    pub proven_at: Timestamp,
    /// The certificate and signature, base64url JSON: evidence for as long as the law asks.
    pub evidence: Masked<String>,
}

/// Where facts are sealed.
pub(crate) const FACTS: &str = "customer|facts";
const DECLARED: &str = "identity_attempt|declared";
const ANSWER: &str = "identity_attempt|answer";

/// The terms that the card signs, exactly as the page shows them (a text key of the catalog names
/// this version).
pub const TERMS: &str = "kanuki-identity-terms-1";

/// How long a trip to the operator may take.
const LIFE_SECS: i64 = 900;
