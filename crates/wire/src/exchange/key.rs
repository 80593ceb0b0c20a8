//! The pair's secret, and the key of a month that follows from it.

use std::fmt;

use aws_lc_rs::{
    agreement::{PrivateKey, UnparsedPublicKey, X25519, agree},
    hkdf::{HKDF_SHA256, Salt},
    hmac,
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::{Hashed, Kind, Month};

/// What a private key is made from stands behind this, so that it is no other key of the company.
const OWN: &[u8] = b"kanuki exchange key v1|";
/// Names what the months' keys are for.
const PURPOSE: &[u8] = b"kanuki exchange v1";

/// Which of the two asks. Each has keys of its own: what one asked is worth nothing as the other's
/// question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asker {
    /// The wallet asks the bank.
    Wallet,
    /// The bank asks the wallet.
    Bank,
}

impl Asker {
    const fn name(self) -> &'static str {
        match self {
            Self::Wallet => "wallet",
            Self::Bank => "bank",
        }
    }
}

/// Why two keys are no pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PairError {
    /// One of the public keys is none.
    #[error("not an X25519 public key")]
    NotAKey,
    /// Neither of the public keys is ours.
    #[error("neither public key belongs to our private key")]
    NotOurs,
}

/// One company's private key for one partner.
pub struct ExchangeKey(PrivateKey);

impl fmt::Debug for ExchangeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ExchangeKey(***)")
    }
}

impl ExchangeKey {
    /// The key that follows from a secret that nobody else can make, such as a keyed hash of what
    /// names the key.
    pub fn derive(secret: &str) -> Result<Self, PairError> {
        let mut hasher = Sha256::new();
        hasher.update(OWN);
        hasher.update(secret.as_bytes());
        let seed: Zeroizing<[u8; 32]> = Zeroizing::new(hasher.finalize().into());
        let key = PrivateKey::from_private_key(&X25519, &*seed);
        key.map(Self).map_err(|_| PairError::NotAKey)
    }

    /// The public half, in base64url, for the agreement.
    pub fn public(&self) -> Result<String, PairError> {
        let public = self.0.compute_public_key().map_err(|_| PairError::NotAKey)?;
        Ok(BASE64_URL_SAFE_NO_PAD.encode(public.as_ref()))
    }
}

/// Thirty-two bytes in base64url, written as one would write them.
pub(super) fn bytes(text: &str) -> Option<[u8; 32]> {
    BASE64_URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()
}

pub(super) fn is_32_bytes(text: &str) -> bool {
    bytes(text).is_some()
}

/// Whether this can stand in an agreement as a public key.
#[must_use]
pub fn is_public_key(text: &str) -> bool {
    is_32_bytes(text)
}

/// What two companies share and nobody else has.
pub struct Pair {
    secret: Zeroizing<Vec<u8>>,
    /// The wallet's public key, then the bank's.
    public: [[u8; 32]; 2],
}

impl fmt::Debug for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pair(***)")
    }
}

impl Pair {
    /// The pair of the wallet's and the bank's public key, of which one must be `own`'s.
    pub fn new(own: &ExchangeKey, wallet: &str, bank: &str) -> Result<Self, PairError> {
        let public = [bytes(wallet), bytes(bank)].map(|key| key.ok_or(PairError::NotAKey));
        let public = [public[0]?, public[1]?];
        let ours = own.public()?;
        let theirs = match () {
            () if ours == wallet && wallet != bank => public[1],
            () if ours == bank && wallet != bank => public[0],
            () => return Err(PairError::NotOurs),
        };
        let peer = UnparsedPublicKey::new(&X25519, theirs);
        // A point of small order makes a secret that is none: refused within.
        let secret =
            agree(&own.0, peer, PairError::NotAKey, |secret| Ok(Zeroizing::new(secret.to_vec())))?;
        Ok(Self { secret, public })
    }

    /// The key of one asker and one month.
    pub fn of_month(&self, asker: Asker, month: Month) -> Result<MonthKey, PairError> {
        let salt = self.public.concat();
        let info = format!("{}|{month}", asker.name());
        let prk = Salt::new(HKDF_SHA256, &salt).extract(&self.secret);
        let parts = [PURPOSE, info.as_bytes()];
        let okm = prk.expand(&parts, hmac::HMAC_SHA256).map_err(|_| PairError::NotAKey)?;
        Ok(MonthKey(hmac::Key::from(okm)))
    }
}

/// The key of one pair, asker and month.
pub struct MonthKey(hmac::Key);

impl fmt::Debug for MonthKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MonthKey(***)")
    }
}

impl MonthKey {
    /// The hash of an identifier that is in its one form already (`kanuki_formats::identifier`).
    #[must_use]
    pub fn hash(&self, kind: Kind, folded: &str) -> Hashed {
        let text = [kind.name().as_bytes(), &[0], folded.as_bytes()].concat();
        let hash = BASE64_URL_SAFE_NO_PAD.encode(hmac::sign(&self.0, &text));
        Hashed { kind, hash }
    }
}
