//! Whether a certificate is revoked, with "unknown" always meaning no.

use jiff::Timestamp;
use x509_cert::Certificate;
use x509_cert::crl::{CertificateList, TbsCertList};
use x509_cert::der::Decode as _;
use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::ext::pkix::CrlDistributionPoints;
use x509_cert::ext::pkix::crl::IssuingDistributionPoint;

use crate::der;
use crate::{JpkiError, TrustAnchors};

/// `issuingDistributionPoint` (RFC 5280, 5.2.5), named here because `x509-cert` 0.3.0 gives its
/// type another extension's number.
const ISSUING_DISTRIBUTION_POINT: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.28");

/// What is known about revocation at the moment of the proof; stored with the evidence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RevocationEvidence {
    crl: Option<Vec<u8>>,
}

impl RevocationEvidence {
    /// A certificate revocation list, DER, from the authority or the platform operator.
    pub const fn from_crl(der: Vec<u8>) -> Self {
        Self { crl: Some(der) }
    }

    /// Nothing is known, so every proof will be refused.
    pub const fn missing() -> Self {
        Self { crl: None }
    }

    /// The revocation list to store with the evidence.
    pub fn crl(&self) -> Option<&[u8]> {
        self.crl.as_deref()
    }

    /// When the authority will have said more, by the list's own word, which nobody has checked yet.
    fn next_update(&self) -> Option<i64> {
        let list: CertificateList = CertificateList::from_der(self.crl()?).ok()?;
        list.tbs_cert_list.next_update.map(der::seconds)
    }

    /// Refuses unless a current list of `issuer` covers `certificate` and does not name it
    /// (RFC 5280, 6.3.3, for complete and direct lists).
    pub(crate) fn check(
        &self,
        certificate: &Certificate,
        (trust, issuer): (&TrustAnchors, &Certificate),
        now: Timestamp,
    ) -> Result<(), JpkiError> {
        let der = self.crl().ok_or(JpkiError::RevocationMissing)?;
        let list = CertificateList::from_der(der).map_err(|_| JpkiError::RevocationMalformed)?;
        let tbs: &TbsCertList = &list.tbs_cert_list;
        if !der::is_rsa_sha256(&list.signature_algorithm)
            || tbs.signature != list.signature_algorithm
        {
            return Err(JpkiError::Algorithm);
        }
        let signed = der::signed_part(der).map_err(|_| JpkiError::RevocationMalformed)?;
        let signature = list.signature.as_bytes().ok_or(JpkiError::RevocationMalformed)?;
        if tbs.issuer != *issuer.tbs_certificate().subject()
            || !trust.has_signed(issuer, signed, signature)
        {
            return Err(JpkiError::RevocationIssuer);
        }

        // A list that does not say when it ends could be years old, so it counts as out of date.
        let next_update = tbs.next_update.ok_or(JpkiError::RevocationNotCurrent)?;
        let is_current = der::seconds(tbs.this_update) <= now.as_second()
            && now.as_second() <= der::seconds(next_update);
        if !is_current {
            return Err(JpkiError::RevocationNotCurrent);
        }
        require_scope(tbs, certificate)?;
        require_unlisted(tbs, certificate)
    }
}

/// The longest that one list is believed without looking for a newer one: a card that was lost is
/// stopped within this.
const HELD_SECS_MAX: i64 = 600;
/// The shortest, also where no list came or one that is out of date: however many cards come, the
/// authority is asked no oftener.
const HELD_SECS_MIN: i64 = 30;

/// A list, or that there was none, held for a short while, so that not every card fetches it.
#[derive(Clone, Debug)]
pub struct HeldList {
    evidence: RevocationEvidence,
    since: Timestamp,
    until: i64,
}

impl HeldList {
    /// `evidence` as it came at `now`: held until the list says that there will be a newer one, but
    /// neither longer nor shorter than the limits.
    #[must_use]
    pub fn new(evidence: RevocationEvidence, now: Timestamp) -> Self {
        let from = |secs: i64| now.as_second().saturating_add(secs);
        let (least, most) = (from(HELD_SECS_MIN), from(HELD_SECS_MAX));
        let until = evidence.next_update().unwrap_or(least).clamp(least, most);
        Self { evidence, since: now, until }
    }

    /// What is held, while it is.
    #[must_use]
    pub fn at(&self, now: Timestamp) -> Option<&RevocationEvidence> {
        let is_held = self.since <= now && now.as_second() < self.until;
        is_held.then_some(&self.evidence)
    }
}

/// Refuses a list that covers only part of the authority's certificates, unless it is the part
/// that the certificate points to. Other critical extensions, such as that of a delta list, refuse.
fn require_scope(tbs: &TbsCertList, certificate: &Certificate) -> Result<(), JpkiError> {
    for extension in tbs.crl_extensions.as_deref().unwrap_or_default() {
        if extension.extn_id == ISSUING_DISTRIBUTION_POINT {
            let scope = IssuingDistributionPoint::from_der(extension.extn_value.as_bytes())
                .map_err(|_| JpkiError::RevocationMalformed)?;
            if !covers(&scope, certificate)? {
                return Err(JpkiError::RevocationScope);
            }
        } else if extension.critical {
            return Err(JpkiError::RevocationMalformed);
        }
    }
    Ok(())
}

fn covers(scope: &IssuingDistributionPoint, certificate: &Certificate) -> Result<bool, JpkiError> {
    if scope.only_contains_ca_certs
        || scope.only_contains_attribute_certs
        || scope.only_some_reasons.is_some()
        || scope.indirect_crl
    {
        return Ok(false);
    }
    let Some(part) = &scope.distribution_point else { return Ok(true) };
    let points = certificate
        .tbs_certificate()
        .get_extension::<CrlDistributionPoints>()
        .map_err(|_| JpkiError::Malformed)?;
    Ok(points.is_some_and(|(_, points)| {
        points.0.iter().any(|point| {
            point.distribution_point.as_ref() == Some(part)
                && point.reasons.is_none()
                && point.crl_issuer.is_none()
        })
    }))
}

fn require_unlisted(tbs: &TbsCertList, certificate: &Certificate) -> Result<(), JpkiError> {
    let serial = certificate.tbs_certificate().serial_number();
    for entry in tbs.revoked_certificates.as_deref().unwrap_or_default() {
        let extensions = entry.crl_entry_extensions.as_deref().unwrap_or_default();
        // RFC 5280, 5.3: an entry that we cannot process makes the whole list unusable.
        if extensions.iter().any(|extension| extension.critical) {
            return Err(JpkiError::RevocationMalformed);
        }
        if entry.serial_number == *serial {
            return Err(JpkiError::Revoked);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_is_held_for_the_shortest_time_and_no_longer() {
        let at = |secs: i64| Timestamp::from_second(secs).unwrap_or_default();
        for evidence in [RevocationEvidence::missing(), RevocationEvidence::from_crl(vec![1])] {
            let held = HeldList::new(evidence.clone(), at(1_000));

            assert_eq!(held.at(at(1_029)), Some(&evidence));
            assert_eq!(held.at(at(1_030)), None);
            assert_eq!(held.at(at(999)), None, "a clock that was set back holds nothing");
        }
    }
}
