//! The demo authority: certificates and revocation lists.

use std::slice;

use jiff::{SignedDuration, Timestamp};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CrlDistributionPoint,
    CrlIssuingDistributionPoint, CrlScope, CustomExtension, DistinguishedName, DnType, IsCa,
    Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose, OtherNameValue, PKCS_RSA_SHA256,
    RevokedCertParams, RsaKeySize, SanType, SerialNumber, date_time_ymd,
};
use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::der::{Document, Encode as _, pem::LineEnding};
use x509_cert::ext::pkix::CertificatePolicies;
use x509_cert::ext::pkix::certpolicy::PolicyInformation;

use super::{CardOrder, DEMO_CRL_URI, DemoCard, DemoCardKey, DemoError, DemoPerson, Purpose};
use super::{later, since_1970};
use crate::profile::{AUTHENTICATION_POLICY, TEST_SIGNING_POLICY};
use crate::{AuthenticationAnchors, JpkiError, Profile, RevocationEvidence, TrustAnchors};

/// How long the authority itself lasts: twenty years.
const LIFETIME: SignedDuration = SignedDuration::from_hours(20 * 365 * 24);
/// How long a revocation list is current: JPKI publishes one a day.
const CRL_LIFETIME: SignedDuration = SignedDuration::from_hours(24);

/// `certificatePolicies` (RFC 5280, 4.2.1.4).
const CERTIFICATE_POLICIES: [u64; 4] = [2, 5, 29, 32];

/// A certificate authority that vouches for demo people.
pub struct DemoCa {
    certificate_der: Vec<u8>,
    issuer: Issuer<'static, KeyPair>,
}

impl std::fmt::Debug for DemoCa {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DemoCa(***)")
    }
}

/// One revocation list to issue.
#[derive(Clone, Copy, Debug)]
pub struct CrlOrder<'a> {
    /// Serial numbers of the revoked certificates.
    pub revoked: &'a [u64],
    /// First moment at which the list is current.
    pub this_update: Timestamp,
    /// Last moment at which the list is current.
    pub next_update: Timestamp,
    /// Which part of the certificates it covers; [`DEMO_CRL_URI`] covers all of the demo's.
    pub uri: &'a str,
}

impl DemoCa {
    /// A new authority, valid from `now`, with a key from the operating system's randomness.
    pub fn generate(now: Timestamp) -> Result<Self, DemoError> {
        let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048)?;
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::OrganizationName, "Kanuki demo");
        params.distinguished_name.push(DnType::CommonName, "Demo signatures, not JPKI");
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.not_before = date_time_ymd(1970, 1, 1) + since_1970(now)?;
        params.not_after = date_time_ymd(1970, 1, 1) + since_1970(later(now, LIFETIME)?)?;
        params.serial_number = Some(SerialNumber::from(1));
        let certificate_der = params.self_signed(&key)?.der().to_vec();
        Ok(Self { certificate_der, issuer: Issuer::new(params, key) })
    }

    /// An authority that was stored.
    pub fn from_pem(certificate_pem: &str, key_pem: &str) -> Result<Self, DemoError> {
        let (_, document) = Document::from_pem(certificate_pem).map_err(|_| DemoError::Pem)?;
        let key = KeyPair::from_pem_and_sign_algo(key_pem, &PKCS_RSA_SHA256)?;
        let issuer = Issuer::from_ca_cert_pem(certificate_pem, key)?;
        Ok(Self { certificate_der: document.as_bytes().to_vec(), issuer })
    }

    /// The authority's certificate, to store and to pin.
    pub fn certificate_pem(&self) -> Result<String, DemoError> {
        Document::try_from(self.certificate_der.as_slice())
            .and_then(|document| document.to_pem("CERTIFICATE", LineEnding::LF))
            .map_err(|_| DemoError::Pem)
    }

    /// The authority's key, to store. Demo keys protect nothing.
    pub fn key_pem(&self) -> String {
        self.issuer.key().serialize_pem()
    }

    /// Trust in this authority and in no other.
    pub fn trust_anchors(&self) -> Result<TrustAnchors, JpkiError> {
        TrustAnchors::from_der(slice::from_ref(&self.certificate_der), Profile::test_environment())
    }

    /// Trust in this authority, and in no other, to sign people in.
    pub fn authentication_anchors(&self) -> Result<AuthenticationAnchors, JpkiError> {
        let certificate = slice::from_ref(&self.certificate_der);
        AuthenticationAnchors::from_der(certificate, Profile::test_environment())
    }

    /// Issues `person` a signature certificate that is valid for five years from `now`.
    pub fn issue(
        &self,
        person: &DemoPerson,
        key: &DemoCardKey,
        serial: u64,
        now: Timestamp,
    ) -> Result<DemoCard, DemoError> {
        self.issue_order(&CardOrder::signing(person, serial, now)?, key)
    }

    /// Issues `person` a user-authentication certificate that is valid for five years from `now`.
    pub fn issue_authentication(
        &self,
        person: &DemoPerson,
        key: &DemoCardKey,
        serial: u64,
        now: Timestamp,
    ) -> Result<DemoCard, DemoError> {
        let order = CardOrder::signing(person, serial, now)?;
        self.issue_order(&CardOrder { purpose: Purpose::Authentication, ..order }, key)
    }

    /// Issues any certificate, also those that must be refused.
    pub fn issue_order(
        &self,
        order: &CardOrder<'_>,
        key: &DemoCardKey,
    ) -> Result<DemoCard, DemoError> {
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::OrganizationName, "Kanuki demo");
        params.distinguished_name.push(DnType::CommonName, format!("demo-{}", order.serial));
        params.not_before = date_time_ymd(1970, 1, 1) + since_1970(order.not_before)?;
        params.not_after = date_time_ymd(1970, 1, 1) + since_1970(order.not_after)?;
        params.serial_number = Some(SerialNumber::from(order.serial));
        params.crl_distribution_points =
            vec![CrlDistributionPoint { uris: vec![DEMO_CRL_URI.to_owned()] }];
        params.key_usages.push(KeyUsagePurpose::DigitalSignature);
        if order.purpose != Purpose::Authentication {
            params.key_usages.push(KeyUsagePurpose::ContentCommitment);
            params.subject_alt_names = alternative_names(order.person)?;
        }
        params.custom_extensions.push(policy(match order.purpose {
            Purpose::Signing => TEST_SIGNING_POLICY,
            Purpose::Authentication => AUTHENTICATION_POLICY,
            Purpose::Unknown => "1.2.392.200149.8.5.1.0.99",
        })?);
        let certificate = params.signed_by(key.0.as_ref(), &self.issuer)?;
        Ok(DemoCard { certificate_der: certificate.der().to_vec(), key: key.clone() })
    }

    /// The revocation list of the day from `now`.
    pub fn crl(&self, revoked: &[u64], now: Timestamp) -> Result<RevocationEvidence, DemoError> {
        let next_update = later(now, CRL_LIFETIME)?;
        self.crl_order(&CrlOrder { revoked, this_update: now, next_update, uri: DEMO_CRL_URI })
    }

    /// Issues any revocation list, also those that must be refused.
    pub fn crl_order(&self, order: &CrlOrder<'_>) -> Result<RevocationEvidence, DemoError> {
        let revocation_time = date_time_ymd(1970, 1, 1) + since_1970(order.this_update)?;
        let revoked = |serial: &u64| RevokedCertParams {
            serial_number: SerialNumber::from(*serial),
            revocation_time,
            reason_code: None,
            invalidity_date: None,
        };
        let list = CertificateRevocationListParams {
            this_update: revocation_time,
            next_update: date_time_ymd(1970, 1, 1) + since_1970(order.next_update)?,
            // Rising with time, as the standard asks, without a count to keep.
            crl_number: SerialNumber::from(since_1970(order.this_update)?.as_secs()),
            issuing_distribution_point: Some(CrlIssuingDistributionPoint {
                distribution_point: CrlDistributionPoint { uris: vec![order.uri.to_owned()] },
                scope: Some(CrlScope::UserCertsOnly),
            }),
            revoked_certs: order.revoked.iter().map(revoked).collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        Ok(RevocationEvidence::from_crl(list.signed_by(&self.issuer)?.der().to_vec()))
    }
}

/// The four facts and the two strings that say which characters are substitutes: none are.
fn alternative_names(person: &DemoPerson) -> Result<Vec<SanType>, DemoError> {
    let profile = Profile::test_environment();
    let none = |text: &str| "0".repeat(text.chars().count());
    let facts = [
        (&profile.name, person.name.clone()),
        (&profile.born_on, person.born_on_text()),
        (&profile.sex, person.sex_text().to_owned()),
        (&profile.address, person.address.clone()),
        (&profile.name_substitutes, none(&person.name)),
        (&profile.address_substitutes, none(&person.address)),
    ];
    facts
        .into_iter()
        .map(|(oid, text)| {
            let arcs = object_identifier(oid)?.arcs().map(u64::from).collect();
            Ok(SanType::OtherName((arcs, OtherNameValue::Utf8String(text))))
        })
        .collect()
}

fn policy(oid: &str) -> Result<CustomExtension, DemoError> {
    let policy_identifier = object_identifier(oid)?;
    let policies =
        CertificatePolicies(vec![PolicyInformation { policy_identifier, policy_qualifiers: None }]);
    let content = policies.to_der().map_err(|_| DemoError::Pem)?;
    let mut extension = CustomExtension::from_oid_content(&CERTIFICATE_POLICIES, content);
    extension.set_criticality(true);
    Ok(extension)
}

fn object_identifier(text: &str) -> Result<ObjectIdentifier, DemoError> {
    ObjectIdentifier::new(text).map_err(|_| DemoError::Pem)
}
