//! An authenticator and its browser in software, for tests and for the attack lab.
//!
//! It answers the same options that a page gets and makes the same JSON that a page posts, so
//! every ceremony can run without a browser, thousands of times, and the same way each time: keys
//! derive from a seed and signatures are deterministic (RFC 6979).
//!
//! A [`Flaw`] makes it misbehave in one way, as an attacker's tool would, so that the relying
//! party's refusals can be shown to be real.

mod cbor;
mod options;

use std::collections::BTreeMap;

use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::encoding;
use options::{CreationOptions, RequestOptions};

const USER_PRESENT: u8 = 0x01;
const USER_VERIFIED: u8 = 0x04;
const BACKUP_ELIGIBLE: u8 = 0x08;
const BACKED_UP: u8 = 0x10;
const ATTESTED_DATA: u8 = 0x40;

/// The COSE identifier of ES256, the only algorithm it speaks.
const ES256: i64 = -7;

/// One way in which the authenticator or its browser misbehaves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Flaw {
    /// Signs without checking who is there.
    SkipsUserVerification,
    /// Serves a page of any origin, as a phisher's tool and no browser would.
    ServesAnyOrigin,
    /// Says that the page was framed by another site.
    ClaimsCrossOrigin,
    /// Says that the page was framed by this origin.
    ClaimsTopOrigin(String),
    /// Says that it ran the other ceremony.
    ClaimsOtherCeremony,
    /// Offers credentials that the options did not allow.
    IgnoresAllowList,
    /// Counts from the start each time, as a copy of the key would.
    RepeatsCounter,
    /// Says the opposite of what it is about whether its keys may leave their device (BE).
    ChangesBackupEligibility,
    /// Says that its keys are not backed up at the moment (BS), as one does that was just restored.
    NotBackedUp,
}

/// Why the authenticator, or the browser around it, would not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SoftError {
    /// The options are not JSON of the expected shape.
    #[error("the options are malformed")]
    Malformed,
    /// The page's origin may not use that relying party id; a browser's `SecurityError`.
    #[error("the origin may not use this relying party id")]
    Security,
    /// None of the offered algorithms is ES256.
    #[error("no algorithm in common")]
    NoAlgorithm,
    /// A credential of this authenticator is already registered.
    #[error("already registered here")]
    AlreadyRegistered,
    /// No credential fits; a browser's `NotAllowedError`.
    #[error("no credential fits")]
    NoCredential,
    /// A key could not be derived; practically impossible.
    #[error("no key could be derived")]
    Key,
}

/// One person's authenticator, holding any number of credentials.
#[derive(Clone, Serialize, Deserialize)]
pub struct SoftAuthenticator {
    seed: [u8; 32],
    made: u32,
    counts: bool,
    flaws: Vec<Flaw>,
    credentials: Vec<SoftCredential>,
    /// Keys that were derived already: to derive one costs as much as to sign.
    #[serde(skip)]
    keys: BTreeMap<u32, SigningKey>,
}

#[derive(Clone, Serialize, Deserialize)]
struct SoftCredential {
    number: u32,
    id: Vec<u8>,
    rp_id: String,
    user_handle: Vec<u8>,
    counter: u32,
}

impl std::fmt::Debug for SoftAuthenticator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SoftAuthenticator")
            .field("credentials", &self.credentials.len())
            .field("flaws", &self.flaws)
            .finish_non_exhaustive()
    }
}

impl SoftAuthenticator {
    /// An authenticator whose keys all follow from `seed`.
    ///
    /// It behaves as a synced passkey does: backed up, and its counter stays at 0.
    pub const fn from_seed(seed: [u8; 32]) -> Self {
        Self {
            seed,
            made: 0,
            counts: false,
            flaws: Vec::new(),
            credentials: Vec::new(),
            keys: BTreeMap::new(),
        }
    }

    /// Makes it a key that never leaves its device and counts its signatures.
    #[must_use]
    pub const fn device_bound(mut self) -> Self {
        self.counts = true;
        self
    }

    /// Makes it misbehave in one more way.
    #[must_use]
    pub fn with_flaw(mut self, flaw: Flaw) -> Self {
        self.flaws.push(flaw);
        self
    }

    /// How many credentials it holds.
    pub const fn len(&self) -> usize {
        self.credentials.len()
    }

    /// Whether it holds no credential yet.
    pub const fn is_empty(&self) -> bool {
        self.credentials.is_empty()
    }

    /// Makes a credential: `navigator.credentials.create` on a page of `origin`.
    ///
    /// Answers what the page would post. A second credential for the same user at the same relying
    /// party replaces the first, as a discoverable credential does (CTAP 2.1, 6.1.2).
    pub fn create(&mut self, options_json: &str, origin: &str) -> Result<String, SoftError> {
        let options: CreationOptions =
            serde_json::from_str(options_json).map_err(|_| SoftError::Malformed)?;
        self.require_origin(&options.rp.id, origin)?;
        if !options.offers(ES256) {
            return Err(SoftError::NoAlgorithm);
        }
        let user_handle = encoding::decode(&options.user.id).ok_or(SoftError::Malformed)?;
        if self.credentials.iter().any(|held| options.excludes(&encoding::encode(&held.id))) {
            return Err(SoftError::AlreadyRegistered);
        }

        let number = self.made;
        let id = self.derive(b"id", number, 0).to_vec();
        let mut credential =
            SoftCredential { number, id, rp_id: options.rp.id, user_handle, counter: 0 };
        let client_data = self.client_data("webauthn.create", &options.challenge, origin);
        let mut data = self.authenticator_data(&mut credential, ATTESTED_DATA);
        data.extend(cbor::attested_credential(&credential.id, self.signing_key(number)?)?);

        let id = encoding::encode(&credential.id);
        self.made = self.made.saturating_add(1);
        self.credentials.retain(|held| {
            held.rp_id != credential.rp_id || held.user_handle != credential.user_handle
        });
        self.credentials.push(credential);
        Ok(json!({
            "id": id,
            "rawId": id,
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": { "credProps": { "rk": true } },
            "response": {
                "clientDataJSON": encoding::encode(client_data.as_bytes()),
                "attestationObject": encoding::encode(&cbor::attestation_object(&data)),
                "transports": ["internal"],
            },
        })
        .to_string())
    }

    /// Signs: `navigator.credentials.get` on a page of `origin`.
    ///
    /// Uses the newest credential that fits, and answers what the page would post.
    pub fn get(&mut self, options_json: &str, origin: &str) -> Result<String, SoftError> {
        let options: RequestOptions =
            serde_json::from_str(options_json).map_err(|_| SoftError::Malformed)?;
        self.require_origin(&options.rp_id, origin)?;
        let takes_any = self.has(&Flaw::IgnoresAllowList);
        let position = self
            .credentials
            .iter()
            .rposition(|held| {
                held.rp_id == options.rp_id
                    && (takes_any || options.allows(&encoding::encode(&held.id)))
            })
            .ok_or(SoftError::NoCredential)?;
        let mut credential =
            self.credentials.get(position).cloned().ok_or(SoftError::NoCredential)?;

        let client_data = self.client_data("webauthn.get", &options.challenge, origin);
        let data = self.authenticator_data(&mut credential, 0);
        let mut signed = data.clone();
        signed.extend(Sha256::digest(client_data.as_bytes()));
        let signature: Signature = self.signing_key(credential.number)?.sign(&signed);

        let response = json!({
            "id": encoding::encode(&credential.id),
            "rawId": encoding::encode(&credential.id),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": encoding::encode(client_data.as_bytes()),
                "authenticatorData": encoding::encode(&data),
                "signature": encoding::encode(signature.to_der().as_bytes()),
                "userHandle": encoding::encode(&credential.user_handle),
            },
        });
        if let Some(held) = self.credentials.get_mut(position) {
            *held = credential;
        }
        Ok(response.to_string())
    }

    /// What a browser checks before it bothers its user: the id is the page's host or a parent.
    fn require_origin(&self, rp_id: &str, origin: &str) -> Result<(), SoftError> {
        let url = url::Url::parse(origin).map_err(|_| SoftError::Malformed)?;
        let host = url.host_str().ok_or(SoftError::Malformed)?;
        let is_below = host.strip_suffix(rp_id).is_some_and(|head| head.ends_with('.'));
        if host == rp_id || is_below || self.has(&Flaw::ServesAnyOrigin) {
            Ok(())
        } else {
            Err(SoftError::Security)
        }
    }

    fn client_data(&self, kind: &str, challenge: &str, origin: &str) -> String {
        let kind = match kind {
            "webauthn.get" if self.has(&Flaw::ClaimsOtherCeremony) => "webauthn.create",
            "webauthn.create" if self.has(&Flaw::ClaimsOtherCeremony) => "webauthn.get",
            kind => kind,
        };
        let mut data = json!({
            "type": kind,
            "challenge": challenge,
            "origin": origin,
            "crossOrigin": self.has(&Flaw::ClaimsCrossOrigin),
        });
        let top = self.flaws.iter().find_map(|flaw| match flaw {
            Flaw::ClaimsTopOrigin(top) => Some(top),
            _ => None,
        });
        if let (Some(top), Some(members)) = (top, data.as_object_mut()) {
            members.insert("topOrigin".to_owned(), json!(top));
        }
        data.to_string()
    }

    /// `rpIdHash || flags || signCount` (`WebAuthn` Level 3, 6.1), counting this use.
    fn authenticator_data(&self, credential: &mut SoftCredential, extra: u8) -> Vec<u8> {
        let mut flags = USER_PRESENT | extra;
        if !self.has(&Flaw::SkipsUserVerification) {
            flags |= USER_VERIFIED;
        }
        if self.counts {
            let repeats = self.has(&Flaw::RepeatsCounter);
            credential.counter = if repeats { 1 } else { credential.counter.saturating_add(1) };
        } else {
            flags |= BACKUP_ELIGIBLE | BACKED_UP;
        }
        if self.has(&Flaw::ChangesBackupEligibility) {
            flags = (flags ^ BACKUP_ELIGIBLE) & !BACKED_UP;
        }
        if self.has(&Flaw::NotBackedUp) {
            flags &= !BACKED_UP;
        }
        let mut data = Sha256::digest(credential.rp_id.as_bytes()).to_vec();
        data.push(flags);
        data.extend(credential.counter.to_be_bytes());
        data
    }

    fn signing_key(&mut self, number: u32) -> Result<&SigningKey, SoftError> {
        if !self.keys.contains_key(&number) {
            // One hash in 2^32 is not a valid scalar, hence the attempts.
            let derived = |attempt| self.derive(b"key", number, attempt);
            let key = (0..=u8::MAX).find_map(|n| SigningKey::from_slice(&derived(n)).ok());
            self.keys.insert(number, key.ok_or(SoftError::Key)?);
        }
        self.keys.get(&number).ok_or(SoftError::Key)
    }

    fn derive(&self, purpose: &[u8], number: u32, attempt: u8) -> [u8; 32] {
        Sha256::new()
            .chain_update(b"kanuki soft authenticator ")
            .chain_update(purpose)
            .chain_update(self.seed)
            .chain_update(number.to_be_bytes())
            .chain_update([attempt])
            .finalize()
            .into()
    }

    fn has(&self, flaw: &Flaw) -> bool {
        self.flaws.contains(flaw)
    }
}
