//! The office that issued the demo cards, and the cards themselves.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use jiff::Timestamp;
use kanuki_jpki::{
    AuthenticationAnchors, JpkiError, RevocationEvidence, SignatureResponse, TrustAnchors,
    demo::{DemoCa, DemoCard, DemoCardKey, DemoError},
};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;

use super::{CardPurpose, CardRequest, CardRequestError};
use crate::people::{PEOPLE, Person, person};

/// Wrong passwords in a row after which a card's signature certificate is locked.
pub const PASSWORD_TRIES_MAX: u32 = 5;

/// Wrong PINs in a row after which a card's certificate for user authentication is locked.
pub const PIN_TRIES_MAX: u32 = 3;

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

/// The authority of the cards' other certificates, kept by itself: cards are older than it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredAuthority {
    /// Its certificate, PEM.
    pub authority_pem: String,
    /// Its key, PEM.
    pub authority_key_pem: String,
    /// When its certificates were issued.
    pub issued_at: Timestamp,
}

impl std::fmt::Debug for StoredAuthority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoredAuthority")
            .field("issued_at", &self.issued_at)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for StoredOffice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoredOffice").field("issued_at", &self.issued_at).finish_non_exhaustive()
    }
}

/// One authority and its certificates on the people's cards.
#[derive(Debug)]
struct Issued {
    authority: DemoCa,
    cards: BTreeMap<&'static str, DemoCard>,
}

/// The authorities, one card for each person, and how often each password was wrong.
#[derive(Debug)]
pub struct CardOffice {
    signing: Issued,
    authentication: Option<Issued>,
    wrong: Mutex<BTreeMap<(CardPurpose, &'static str), u32>>,
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
        let signing = Issued { authority, cards };
        Ok(Self { signing, authentication: None, wrong, return_origins })
    }

    /// A new authority for user authentication, to be stored. Takes the time of making an RSA key.
    pub fn found_authentication(now: Timestamp) -> Result<StoredAuthority, DemoError> {
        let authority = DemoCa::generate(now)?;
        let authority_pem = authority.certificate_pem()?;
        let authority_key_pem = authority.key_pem();
        Ok(StoredAuthority { authority_pem, authority_key_pem, issued_at: now })
    }

    /// The same office, whose cards sign people in too.
    pub fn signing_in(
        mut self,
        office: &StoredOffice,
        stored: &StoredAuthority,
    ) -> Result<Self, DemoError> {
        let authority = DemoCa::from_pem(&stored.authority_pem, &stored.authority_key_pem)?;
        let key = DemoCardKey::from_pem(&office.card_key_pem)?;
        let mut cards = BTreeMap::new();
        for (person, serial) in PEOPLE.iter().zip(FIRST_SERIAL..) {
            let at = stored.issued_at;
            let card = authority.issue_authentication(&person.on_card(), &key, serial, at)?;
            cards.insert(person.key, card);
        }
        self.authentication = Some(Issued { authority, cards });
        Ok(self)
    }

    /// Trust in the authority for user authentication, where there is one.
    pub fn authentication_anchors(&self) -> Option<Result<AuthenticationAnchors, JpkiError>> {
        Some(self.authentication.as_ref()?.authority.authentication_anchors())
    }

    /// That authority's list of the day from `now`.
    pub fn authentication_revocation(
        &self,
        now: Timestamp,
    ) -> Option<Result<RevocationEvidence, DemoError>> {
        Some(self.authentication.as_ref()?.authority.crl(&[], now))
    }

    /// Trust in this authority and no other: what the demo's wallet pins.
    pub fn trust_anchors(&self) -> Result<TrustAnchors, JpkiError> {
        self.signing.authority.trust_anchors()
    }

    /// The revocation list of the day from `now`. No demo card is revoked.
    pub fn revocation(&self, now: Timestamp) -> Result<RevocationEvidence, DemoError> {
        self.signing.authority.crl(&[], now)
    }

    /// Reads a wallet's request.
    pub fn read(&self, request: &str) -> Result<CardRequest, CardRequestError> {
        CardRequest::parse(request, &self.return_origins)
    }

    /// Signs `request` with the card of the person with `key`, whose password was typed.
    ///
    /// Case does not matter, as on the real card. The fifth wrong password locks the signature key, the
    /// third wrong PIN the key for user authentication.
    pub fn sign(
        &self,
        key: &str,
        password: &str,
        request: &CardRequest,
    ) -> Result<SignatureResponse, CardError> {
        let holder: &Person = person(key).ok_or(CardError::UnknownCard)?;
        let issued = match request.purpose {
            CardPurpose::Identity => Some(&self.signing),
            CardPurpose::Authentication => self.authentication.as_ref(),
        };
        let card = issued.and_then(|issued| issued.cards.get(holder.key));
        let card = card.ok_or(CardError::UnknownCard)?;
        let content = request.to_be_signed()?;
        self.admit(holder, request.purpose, password)?;
        Ok(card.sign(&content)?)
    }

    /// True when that key of the person's card signs nothing any more.
    #[must_use]
    pub fn is_locked(&self, key: &str, purpose: CardPurpose) -> bool {
        let wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        let count = person(key).and_then(|holder| wrong.get(&(purpose, holder.key)));
        count.is_some_and(|count| *count >= tries_max(purpose))
    }

    /// Unlocks a card, as the municipal office's counter would.
    pub fn reset(&self, key: &str) {
        let mut wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        wrong.retain(|(_, whose), _| *whose != key);
    }

    fn admit(
        &self,
        holder: &Person,
        purpose: CardPurpose,
        password: &str,
    ) -> Result<(), CardError> {
        let (right, tries) = (holder.card_secret(purpose), tries_max(purpose));
        let place = (purpose, holder.key);
        let mut wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        let count = wrong.get(&place).copied().unwrap_or(0);
        if count >= tries {
            return Err(CardError::Locked);
        }
        let typed = password.trim().to_ascii_uppercase();
        if bool::from(typed.as_bytes().ct_eq(right.as_bytes())) {
            wrong.remove(&place);
            return Ok(());
        }
        let count = count.saturating_add(1);
        wrong.insert(place, count);
        match tries.saturating_sub(count) {
            0 => Err(CardError::Locked),
            left => Err(CardError::WrongPassword { left }),
        }
    }
}

const fn tries_max(purpose: CardPurpose) -> u32 {
    match purpose {
        CardPurpose::Identity => PASSWORD_TRIES_MAX,
        CardPurpose::Authentication => PIN_TRIES_MAX,
    }
}

impl Person {
    /// What the card asks before this key signs.
    #[must_use]
    pub const fn card_secret(&self, purpose: CardPurpose) -> &'static str {
        match purpose {
            CardPurpose::Identity => self.card_password,
            CardPurpose::Authentication => self.card_pin,
        }
    }
}
