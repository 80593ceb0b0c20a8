//! The office that issued the demo cards, and the cards themselves.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use jiff::Timestamp;
use kanuki_jpki::{
    JpkiError, RevocationEvidence, SignatureResponse, TrustAnchors,
    demo::{DemoCa, DemoCard, DemoCardKey, DemoError},
};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;

use super::{CardRequest, CardRequestError};
use crate::people::{PEOPLE, Person, person};

/// Wrong passwords in a row after which a card's signature certificate is locked.
pub const PASSWORD_TRIES_MAX: u32 = 5;

/// The serial number of the first demo person's certificate.
const FIRST_SERIAL: u64 = 1_001;

/// Why a card did not sign.
#[derive(Debug, thiserror::Error)]
pub enum CardError {
    /// No such card.
    #[error("no such card")]
    UnknownCard,
    /// The password was wrong; so many tries are left.
    #[error("wrong password")]
    WrongPassword {
        /// Tries left before the card locks.
        left: u32,
    },
    /// Too many wrong passwords: the card signs nothing until it is reset.
    #[error("the card is locked")]
    Locked,
    /// There is nothing proper to sign.
    #[error("the request cannot be signed")]
    Request(#[from] CardRequestError),
    /// The card's key or certificate failed.
    #[error("the card failed")]
    Card(#[from] DemoError),
}

/// What the caller keeps between starts. Demo keys protect nothing, but a proof made yesterday
/// should still verify tomorrow.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredOffice {
    /// The demo authority's certificate, PEM.
    pub authority_pem: String,
    /// The demo authority's key, PEM.
    pub authority_key_pem: String,
    /// The key that all demo cards share, PEM.
    pub card_key_pem: String,
    /// When the cards were issued: they are issued again at every start, byte for byte the same.
    pub issued_at: Timestamp,
}

impl std::fmt::Debug for StoredOffice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoredOffice").field("issued_at", &self.issued_at).finish_non_exhaustive()
    }
}

/// The authority, one card for each person, and how often each password was wrong.
#[derive(Debug)]
pub struct CardOffice {
    authority: DemoCa,
    cards: BTreeMap<&'static str, DemoCard>,
    wrong: Mutex<BTreeMap<&'static str, u32>>,
    return_origins: Vec<String>,
}

impl CardOffice {
    /// A new authority and new cards, to be stored. Takes the time of making two RSA keys.
    pub fn found(now: Timestamp) -> Result<StoredOffice, DemoError> {
        let authority = DemoCa::generate(now)?;
        Ok(StoredOffice {
            authority_pem: authority.certificate_pem()?,
            authority_key_pem: authority.key_pem(),
            card_key_pem: DemoCardKey::generate()?.to_pem(),
            issued_at: now,
        })
    }

    /// Opens the office that `stored` describes. Answers go to `return_origins` only
    /// (`http://wallet.localhost:8080`).
    pub fn open(stored: &StoredOffice, return_origins: Vec<String>) -> Result<Self, DemoError> {
        let authority = DemoCa::from_pem(&stored.authority_pem, &stored.authority_key_pem)?;
        let key = DemoCardKey::from_pem(&stored.card_key_pem)?;
        let mut cards = BTreeMap::new();
        for (person, serial) in PEOPLE.iter().zip(FIRST_SERIAL..) {
            let card = authority.issue(&person.on_card(), &key, serial, stored.issued_at)?;
            cards.insert(person.key, card);
        }
        let wrong = Mutex::new(BTreeMap::new());
        Ok(Self { authority, cards, wrong, return_origins })
    }

    /// Trust in this authority and no other: what the demo's wallet pins.
    pub fn trust_anchors(&self) -> Result<TrustAnchors, JpkiError> {
        self.authority.trust_anchors()
    }

    /// The revocation list of the day from `now`. No demo card is revoked.
    pub fn revocation(&self, now: Timestamp) -> Result<RevocationEvidence, DemoError> {
        self.authority.crl(&[], now)
    }

    /// Reads a wallet's request.
    pub fn read(&self, request: &str) -> Result<CardRequest, CardRequestError> {
        CardRequest::parse(request, &self.return_origins)
    }

    /// Signs `request` with the card of the person with `key`, whose password was typed.
    ///
    /// Case does not matter, as on the real card. The fifth wrong password locks the card.
    pub fn sign(
        &self,
        key: &str,
        password: &str,
        request: &CardRequest,
    ) -> Result<SignatureResponse, CardError> {
        let holder: &Person = person(key).ok_or(CardError::UnknownCard)?;
        let card = self.cards.get(holder.key).ok_or(CardError::UnknownCard)?;
        let content = request.to_be_signed()?;
        self.admit(holder, password)?;
        Ok(card.sign(&content)?)
    }

    /// True when the card of the person with `key` signs nothing any more.
    #[must_use]
    pub fn is_locked(&self, key: &str) -> bool {
        let wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        wrong.get(key).is_some_and(|count| *count >= PASSWORD_TRIES_MAX)
    }

    /// Unlocks a card, as the municipal office's counter would.
    pub fn reset(&self, key: &str) {
        self.wrong.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }

    fn admit(&self, holder: &Person, password: &str) -> Result<(), CardError> {
        let mut wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        let count = wrong.get(holder.key).copied().unwrap_or(0);
        if count >= PASSWORD_TRIES_MAX {
            return Err(CardError::Locked);
        }
        let typed = password.trim().to_ascii_uppercase();
        if bool::from(typed.as_bytes().ct_eq(holder.card_password.as_bytes())) {
            wrong.remove(holder.key);
            return Ok(());
        }
        let count = count.saturating_add(1);
        wrong.insert(holder.key, count);
        match PASSWORD_TRIES_MAX.saturating_sub(count) {
            0 => Err(CardError::Locked),
            left => Err(CardError::WrongPassword { left }),
        }
    }
}
