//! A notice to a browser through its push service: sealed for that browser alone (RFC 8291), sent in our own
//! name (RFC 8292), as a request that any push service takes (RFC 8030).
//!
//! The push service is a stranger: it carries what it cannot read, and learns that something was said, when,
//! and to which of its addresses. Everything is padded to one length, or the length would tell it what.
//!
//! The steps are those of RFC 8291 section 3.4; each is the cryptographic library's own.

mod service;

use std::fmt;

use aws_lc_rs::{
    aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey, agree},
    hkdf::{HKDF_SHA256, KeyType, Prk, Salt},
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

pub use service::Services;

use crate::{
    clock::later,
    json, jws,
    keys::{PublicJwk, Signer as _, SigningKey},
    place,
};

/// The longest address of a subscription.
const ENDPOINT_BYTES_MAX: usize = 1_024;
/// Every message is padded to so many bytes, the mark of its end among them.
const PADDED_BYTES: usize = 2_048;
/// The one record that a message is must be shorter (RFC 8188 section 2); push services take 4,096 bytes.
const RECORD_BYTES: u32 = 4_096;
/// How long our name holds for one request; at most a day (RFC 8292 section 2).
const NAMED_SECS: i64 = 12 * 3_600;

/// Why nothing can be pushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PushError {
    /// Not an address, a key and a secret as a browser gives them.
    #[error("not a subscription")]
    Subscription,
    /// The text does not fit into one message.
    #[error("the text is too long")]
    TooLong,
    /// The library could not make a key, or seal or sign with one.
    #[error("a key could not be used")]
    Key,
}

/// Where a browser hears, as it said: `PushSubscription` of the Push API.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Parts", into = "Parts")]
pub struct Subscription(Parts);

/// The same before it is checked.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Parts {
    endpoint: String,
    p256dh: String,
    auth: String,
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Whoever has the address may send to the browser.
        f.write_str("Subscription(***)")
    }
}

impl TryFrom<Parts> for Subscription {
    type Error = PushError;

    fn try_from(parts: Parts) -> Result<Self, PushError> {
        Self::parse(&parts.endpoint, &parts.p256dh, &parts.auth)
    }
}

impl From<Subscription> for Parts {
    fn from(subscription: Subscription) -> Self {
        subscription.0
    }
}

impl Subscription {
    /// Checks what a browser gave: a safe address, a point of the curve, a secret of 16 bytes. Whether the
    /// address is a push service's is another question ([`Services::have`]).
    pub fn parse(endpoint: &str, p256dh: &str, auth: &str) -> Result<Self, PushError> {
        let is_safe = endpoint.len() <= ENDPOINT_BYTES_MAX && place::is_safe(endpoint);
        let key = decode(p256dh)?;
        let is_point = PublicJwk::from_uncompressed_point(&key).is_ok();
        if !is_safe || !is_point || decode(auth)?.len() != 16 {
            return Err(PushError::Subscription);
        }
        let (endpoint, p256dh, auth) = (endpoint.to_owned(), p256dh.to_owned(), auth.to_owned());
        Ok(Self(Parts { endpoint, p256dh, auth }))
    }

    /// The address at the push service.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.0.endpoint
    }

    /// As text, for whoever carries messages.
    pub fn to_text(&self) -> Result<String, PushError> {
        serde_json::to_string(self).map_err(|_| PushError::Subscription)
    }

    /// The inverse of [`to_text`](Self::to_text).
    pub fn from_text(text: &str) -> Result<Self, PushError> {
        json::read(text.as_bytes()).map_err(|_| PushError::Subscription)
    }

    /// The body of a request that only this browser can read.
    pub fn seal(&self, text: &[u8]) -> Result<Vec<u8>, PushError> {
        let once = PrivateKey::generate(&ECDH_P256).map_err(unusable)?;
        let mut salt = [0; 16];
        aws_lc_rs::rand::fill(&mut salt).map_err(unusable)?;
        let mut padded = text.to_vec();
        // The mark of the last record, then nothing but padding (RFC 8188 section 2).
        padded.push(2);
        if padded.len() > PADDED_BYTES {
            return Err(PushError::TooLong);
        }
        padded.resize(PADDED_BYTES, 0);
        self.seal_with(&once, salt, padded)
    }

    fn seal_with(
        &self,
        once: &PrivateKey,
        salt: [u8; 16],
        mut record: Vec<u8>,
    ) -> Result<Vec<u8>, PushError> {
        let ours = once.compute_public_key().map_err(unusable)?;
        let theirs = decode(&self.0.p256dh)?;
        let shared = self.shared(once, &theirs, ours.as_ref())?;
        let both = Salt::new(HKDF_SHA256, &salt).extract(&*shared);
        let key: Zeroizing<[u8; 16]> = expand(&both, &[b"Content-Encoding: aes128gcm\0"])?;
        let nonce: Zeroizing<[u8; 12]> = expand(&both, &[b"Content-Encoding: nonce\0"])?;
        let key = UnboundKey::new(&AES_128_GCM, &*key).map_err(unusable)?;
        let nonce = Nonce::assume_unique_for_key(*nonce);
        LessSafeKey::new(key)
            .seal_in_place_append_tag(nonce, Aad::empty(), &mut record)
            .map_err(unusable)?;
        let named = u8::try_from(ours.as_ref().len()).map_err(|_| PushError::Key)?;
        let head = [&salt[..], &RECORD_BYTES.to_be_bytes(), &[named], ours.as_ref()].concat();
        Ok([head, record].concat())
    }

    /// What both ends know and nobody between them.
    fn shared(
        &self,
        once: &PrivateKey,
        theirs: &[u8],
        ours: &[u8],
    ) -> Result<Zeroizing<[u8; 32]>, PushError> {
        let auth = decode(&self.0.auth)?;
        let peer = UnparsedPublicKey::new(&ECDH_P256, theirs);
        agree(once, peer, PushError::Key, |agreed| {
            let mixed = Salt::new(HKDF_SHA256, &auth).extract(agreed);
            expand(&mixed, &[b"WebPush: info\0", theirs, ours])
        })
    }
}

/// Our name, as a browser is told it before it subscribes: the key that every request is signed with.
pub fn application_key(key: &SigningKey) -> Result<String, PushError> {
    let point = key.public_jwk().to_uncompressed_point().ok_or(PushError::Key)?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode(point))
}

#[derive(Serialize)]
struct Claims<'a> {
    aud: String,
    exp: i64,
    sub: &'a str,
}

/// The `authorization` of a request to `endpoint`: who sends it, and whom the push service can turn to.
pub fn authorization(
    key: &SigningKey,
    endpoint: &str,
    contact: &str,
    now: Timestamp,
) -> Result<String, PushError> {
    let aud = place::origin(endpoint).ok_or(PushError::Subscription)?;
    let claims = Claims { aud, exp: later(now, NAMED_SECS), sub: contact };
    let token = jws::sign_unnamed(key, "JWT", &claims).map_err(unusable)?;
    Ok(format!("vapid t={token}, k={}", application_key(key)?))
}

/// A length that the compiler knows.
struct Long(usize);

impl KeyType for Long {
    fn len(&self) -> usize {
        self.0
    }
}

fn expand<const N: usize>(from: &Prk, info: &[&[u8]]) -> Result<Zeroizing<[u8; N]>, PushError> {
    let mut made = Zeroizing::new([0; N]);
    from.expand(info, Long(N)).and_then(|long| long.fill(&mut *made)).map_err(unusable)?;
    Ok(made)
}

fn decode(text: &str) -> Result<Vec<u8>, PushError> {
    BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| PushError::Subscription)
}

fn unusable<E>(_: E) -> PushError {
    PushError::Key
}

#[cfg(test)]
mod tests;
