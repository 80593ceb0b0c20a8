//! How a partner speaks on the back channel, beyond what every partner does.
//!
//! All of it is agreed when a partner is taken on and kept in the registry. A request can ask for
//! none of it, and switch none of it off.

use kanuki_domain::descriptor::Descriptor;
use kanuki_wire::{OAuthError, authn::AuthnEvidence, client_cert::TlsClient};
use serde::{Deserialize, Serialize};

/// The switches of one partner; all off is what every partner of the first days had.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each was agreed or not, by itself")]
pub struct Profile {
    /// Its `DPoP` proofs carry our nonce (RFC 9449 sections 8 and 9).
    pub dpop_nonce: bool,
    /// It signs its requests (RFC 9101), and may ask for signed responses (JARM): FAPI 2.0 Message
    /// Signing.
    pub message_signing: bool,
    /// It names the device and the sign-in behind whatever a customer asks it for (`authn_evidence`):
    /// without them a link, a debit with the customer there or an approval is refused.
    pub authn_evidence: bool,
    /// It may ask holders for approval while they are somewhere else (CIBA), for one debit at a time.
    pub decoupled: bool,
    /// Where it is told that a holder decided (`client_notification_endpoint`, CIBA ping); without one
    /// it polls (`backchannel_token_delivery_mode`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notification_endpoint: Option<String>,
    /// Where it publishes the keys it signs with, for one that changes them.
    pub jwks_uri: Option<String>,
    /// The certificates that prove it in place of an assertion (RFC 8705), where the server is told
    /// to believe its proxy about them.
    pub tls: Option<TlsClient>,
    /// The codes that it collects under in the bank's older systems (委託者コード): contracts of these
    /// that were made elsewhere are its own.
    pub collector_codes: Vec<String>,
    /// How its debits look in a passbook, if the bank's core prints what it is told.
    pub descriptor: Option<Descriptor>,
}

impl Profile {
    /// Refuses what came without `evidence` from a partner that has agreed to bring it each time.
    pub(crate) fn require_evidence(
        &self,
        evidence: Option<&AuthnEvidence>,
    ) -> Result<(), OAuthError> {
        if self.authn_evidence && evidence.is_none() {
            return Err(OAuthError::invalid_request("authn_evidence is needed"));
        }
        Ok(())
    }
}
