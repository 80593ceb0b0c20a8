//! How a mandate comes to be: pushed by the wallet, seen and signed by the holder at the bank.
//!
//! push → (browser) visit → sign in → choose an account → consent → code → token.

mod admit;
mod code;
pub mod consent;
mod evidence;
mod grant;
pub mod matching;
mod nonce;
pub(crate) mod possession;
pub mod push;
mod refunds;
mod replace;
pub mod revoke;
mod server_key;
pub mod token;
pub(crate) mod uses;
pub mod visit;

pub use evidence::{AskedFor, SignedDebit, SignedRequest};
pub use possession::Possession;
pub use refunds::Payer;
pub use replace::Replaced;
pub use server_key::ServerKey;

use jiff::Timestamp;
use kanuki_domain::{
    assurance::Acr,
    bank_account::AccountNumber,
    id::{HolderId, MandateId, ParId},
    mandate::{Route, Terms},
};
use kanuki_record::{record, vault::Sealed};
use serde::{Deserialize, Serialize};

/// Where the answer to a pushed request goes, and what tokens for it are bound to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReturnTo {
    /// Which partner.
    pub client_id: String,
    /// Where the browser goes; registered.
    pub redirect_uri: String,
    /// The partner's state, given back unread.
    pub state: Option<String>,
    /// PKCE (RFC 7636), S256.
    pub code_challenge: String,
    /// The key that tokens will be bound to.
    pub dpop_jkt: String,
    /// How the answer goes back.
    pub response_mode: kanuki_wire::par::ResponseMode,
}

/// A pushed authorization request (RFC 9126) and how far its holder has come with it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Pushed {
    /// Its id.
    pub par_id: ParId,
    /// Its handle, blinded.
    handle_hash: String,
    /// Whether its handle begins with its id. Requests of former releases are found by the hash.
    #[serde(default)]
    is_named: bool,
    /// Which partner.
    pub client_id: String,
    /// Where the answer goes; registered.
    pub redirect_uri: String,
    /// The partner's state, given back unread.
    pub state: Option<String>,
    /// PKCE (RFC 7636), S256.
    pub code_challenge: String,
    /// The key that tokens will be bound to.
    pub dpop_jkt: String,
    /// What the wallet asks for, never wider than the bank grants.
    #[serde(deserialize_with = "kanuki_domain::mandate::terms::stored")]
    pub terms: Terms,
    /// How the wallet came to know its customer; a request from before that was asked cannot go on.
    #[serde(default)]
    pub binding: Option<kanuki_wire::mandate::BindingMethod>,
    /// What it may be used for.
    pub actions: Vec<kanuki_wire::mandate::Action>,
    /// The mandate whose terms it replaces.
    #[serde(default)]
    pub replaces: Option<MandateId>,
    /// The wallet's opaque reference to its customer.
    pub account_ref: String,
    /// The customer's facts, sealed; forgotten with the request.
    pub facts: Sealed,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// The browser that came with it first, blinded: another one is refused.
    pub browser: Option<String>,
    /// The holder who signed in with it, and how their passkey came to be.
    pub holder: Option<(HolderId, Route)>,
    /// The account they chose.
    pub chosen: Option<AccountChoice>,
    /// When it was pushed.
    #[serde(default)]
    pub asked_at: Option<Timestamp>,
    /// When the wallet's customer agreed that their facts be sent.
    #[serde(default)]
    pub consented_at: Option<Timestamp>,
    /// What became of it, for the holder's list of who asked.
    #[serde(default)]
    pub outcome: Option<crate::asked::Outcome>,
    /// The request object, for a partner that signs; sealed with the facts.
    #[serde(default)]
    pub signed_request: Option<Sealed>,
    /// How the answer goes back.
    #[serde(default)]
    pub response_mode: kanuki_wire::par::ResponseMode,
    /// The customer's device, as the wallet names it.
    #[serde(default)]
    pub device: Option<String>,
    /// The network that they ask from, as the wallet names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// The weakest class of signature that the wallet asked for (RFC 9470).
    #[serde(default)]
    pub(crate) least_acr: Option<Acr>,
    /// It was answered; it cannot be used again.
    pub finished_at: Option<Timestamp>,
    /// Nobody answered it, and its facts are forgotten.
    #[serde(default)]
    pub(crate) is_forgotten: bool,
}

impl Pushed {
    /// Whether a signature of this class is what the wallet asked for.
    #[must_use]
    pub fn is_met_by(&self, shown: Acr) -> bool {
        self.least_acr.is_none_or(|least| shown.satisfies(least))
    }

    /// Where its answer goes.
    #[must_use]
    pub fn to(&self) -> ReturnTo {
        ReturnTo {
            client_id: self.client_id.clone(),
            redirect_uri: self.redirect_uri.clone(),
            state: self.state.clone(),
            code_challenge: self.code_challenge.clone(),
            dpop_jkt: self.dpop_jkt.clone(),
            response_mode: self.response_mode,
        }
    }
}

/// The account that a holder chose, sealed for them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AccountChoice {
    /// The number.
    pub account: Sealed,
    /// How it is shown.
    pub mask: String,
}

record! { Pushed => "par" by |p| p.par_id.to_string();
    unique handle_hash = |p| (!p.is_named).then(|| p.handle_hash.clone());
    many holder_id = |p| p.holder.map(|(holder_id, _)| holder_id.to_string());
    loose forget_on = |p| {
        let is_over = p.finished_at.is_some() || p.is_forgotten;
        (!is_over).then(|| crate::sweep::forget_on(p.expires_at))
    };
}

/// An account that the signed-in holder may choose.
#[derive(Clone, Debug)]
pub struct Choice {
    /// The number.
    pub account: AccountNumber,
    /// How it is shown.
    pub mask: String,
}
