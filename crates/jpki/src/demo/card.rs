//! Demo people and their cards.

use std::sync::Arc;

use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp};
use rcgen::{KeyPair, PKCS_RSA_SHA256, RsaKeySize, SigningKey as _};

use super::{DemoError, later};
use crate::{Sex, SignatureResponse};

/// How long a signature certificate lasts, in hours: five years.
const LIFETIME: SignedDuration = SignedDuration::from_hours(5 * 365 * 24);

/// The facts that the demo authority will vouch for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoPerson {
    /// Name.
    pub name: String,
    /// Address.
    pub address: String,
    /// Birth date.
    pub born_on: Date,
    /// Sex.
    pub sex: Sex,
}

impl DemoPerson {
    /// The birth date as the certificate writes it, `EYYYYMMDD`.
    pub(super) fn born_on_text(&self) -> String {
        let eras = [date(1912, 7, 30), date(1926, 12, 25), date(1989, 1, 8), date(2019, 5, 1)];
        let era = eras.iter().filter(|first_day| self.born_on >= **first_day).count();
        let era = era.saturating_add(1);
        format!(
            "{era}{:04}{:02}{:02}",
            self.born_on.year(),
            self.born_on.month(),
            self.born_on.day()
        )
    }

    pub(super) const fn sex_text(&self) -> &'static str {
        match self.sex {
            Sex::Male => "1",
            Sex::Female => "2",
            Sex::NotStated => "9",
        }
    }
}

/// What a certificate is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Signatures, with the four facts (署名用).
    Signing,
    /// User authentication, without facts (利用者証明用).
    Authentication,
    /// Neither: it claims the facts and a policy of its own.
    Unknown,
}

/// One certificate to issue.
#[derive(Clone, Copy, Debug)]
pub struct CardOrder<'a> {
    /// Whose.
    pub person: &'a DemoPerson,
    /// What for.
    pub purpose: Purpose,
    /// Serial number, one for each certificate of an authority.
    pub serial: u64,
    /// First moment of validity.
    pub not_before: Timestamp,
    /// Last moment of validity.
    pub not_after: Timestamp,
}

impl<'a> CardOrder<'a> {
    /// A signature certificate that is valid for five years from `now`.
    pub fn signing(person: &'a DemoPerson, serial: u64, now: Timestamp) -> Result<Self, DemoError> {
        let not_after = later(now, LIFETIME)?;
        Ok(Self { person, purpose: Purpose::Signing, serial, not_before: now, not_after })
    }
}

/// The RSA key of a card.
///
/// Cloning is cheap, and several demo cards may share one key: making a key takes as long as
/// signing a hundred certificates, and no check here depends on keys being different.
#[derive(Clone)]
pub struct DemoCardKey(pub(super) Arc<KeyPair>);

impl std::fmt::Debug for DemoCardKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DemoCardKey(***)")
    }
}

impl DemoCardKey {
    /// A new RSA-2048 key, from the operating system's randomness.
    pub fn generate() -> Result<Self, DemoError> {
        let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048)?;
        Ok(Self(Arc::new(key)))
    }

    /// A key that was stored.
    pub fn from_pem(pem: &str) -> Result<Self, DemoError> {
        Ok(Self(Arc::new(KeyPair::from_pem_and_sign_algo(pem, &PKCS_RSA_SHA256)?)))
    }

    /// The key, to store. Demo keys protect nothing.
    pub fn to_pem(&self) -> String {
        self.0.serialize_pem()
    }
}

/// A card: a certificate and the key that answers for it.
#[derive(Clone, Debug)]
pub struct DemoCard {
    /// The certificate, DER.
    pub certificate_der: Vec<u8>,
    /// The key.
    pub key: DemoCardKey,
}

impl DemoCard {
    /// Signs `content`, as the card does once its holder has typed the PIN.
    pub fn sign(&self, content: &[u8]) -> Result<SignatureResponse, DemoError> {
        let signature = self.key.0.sign(content)?;
        Ok(SignatureResponse { certificate: self.certificate_der.clone(), signature })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_era_begins_on_its_first_day() {
        let table = [
            (date(1912, 7, 29), "119120729"),
            (date(1912, 7, 30), "219120730"),
            (date(1926, 12, 25), "319261225"),
            (date(1989, 1, 7), "319890107"),
            (date(1989, 1, 8), "419890108"),
            (date(2019, 4, 30), "420190430"),
            (date(2019, 5, 1), "520190501"),
        ];
        for (born_on, expected) in table {
            let person =
                DemoPerson { name: String::new(), address: String::new(), born_on, sex: Sex::Male };
            assert_eq!(person.born_on_text(), expected);
        }
    }
}
