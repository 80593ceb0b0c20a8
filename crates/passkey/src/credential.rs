//! A registered passkey, and what one assertion by it proves.

use std::fmt;

use serde::{Deserialize, Serialize};
use webauthn_rs::prelude::{self, Credential};

use crate::encoding;

/// The longest credential id that `WebAuthn` allows (Level 3, 7.1 step 26), in bytes.
pub(crate) const CREDENTIAL_ID_MAX: usize = 1023;

/// A credential's id in base64url, as it is stored and looked up.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CredentialId(String);

impl CredentialId {
    pub(crate) fn from_bytes(bytes: &[u8]) -> Self {
        Self(encoding::encode(bytes))
    }

    /// The id in base64url without padding.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CredentialId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A registered passkey: the public half, kept by the relying party.
///
/// Opaque, and stored as its serde form. The caller must refuse a [`CredentialId`] that any user
/// already holds (`WebAuthn` Level 3, 7.1 step 27); a unique column does.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Passkey {
    pub(crate) user_handle: [u8; 16],
    pub(crate) key: prelude::Passkey,
}

impl Passkey {
    /// The credential's id.
    pub fn credential_id(&self) -> CredentialId {
        CredentialId::from_bytes(self.key.cred_id())
    }

    /// The user that it was registered for.
    pub const fn user_handle(&self) -> [u8; 16] {
        self.user_handle
    }

    /// Whether the key may leave the device, for example through a cloud account.
    ///
    /// A key that may travel is as safe as that account, so loosening needs more than it.
    pub fn backup_eligible(&self) -> bool {
        Credential::from(self.key.clone()).backup_eligible
    }

    /// The signature counter after the last assertion; 0 for keys that do not count.
    pub fn counter(&self) -> u32 {
        Credential::from(self.key.clone()).counter
    }
}

/// What an accepted assertion proves.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "the protocol's own independent flags")]
pub struct Asserted {
    /// The credential that signed.
    pub credential_id: CredentialId,
    /// The user that the credential belongs to.
    pub user_handle: [u8; 16],
    /// Whether the authenticator checked who is there; always true, and kept for the audit log.
    pub user_verified: bool,
    /// Whether the key may leave its device (the BE flag).
    pub backup_eligible: bool,
    /// Whether the key has left its device (the BS flag).
    pub backup_state: bool,
    /// Whether the last assertion said otherwise about that (`WebAuthn` Level 3, 7.2 step 19).
    #[serde(default)]
    pub backup_changed: bool,
    /// The signature counter; 0 for keys that do not count.
    pub counter: u32,
    /// Whether the passkey changed and must be stored again.
    pub changed: bool,
    /// What was signed, to be kept with the text whose hash was the challenge.
    pub evidence: Evidence,
}

/// The signed bytes of an assertion, base64url, and the key that made them: enough to verify it
/// again years later, when the owner has long ended that passkey.
///
/// The signature covers `authenticator_data || SHA-256(client_data_json)`, and the challenge is
/// inside the client data.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Evidence {
    /// `clientDataJSON`: type, challenge, origin.
    pub client_data_json: String,
    /// `authenticatorData`: hash of the relying party's id, flags, counter.
    pub authenticator_data: String,
    /// The signature.
    pub signature: String,
    /// The passkey as it stood before it signed; the first evidence that was kept has none.
    #[serde(default)]
    pub key: Option<Box<Passkey>>,
}
