//! The whole check, in the order in which it can fail.

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use x509_cert::Certificate;
use x509_cert::der::Decode as _;
use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::ext::pkix::{BasicConstraints, CertificatePolicies, ExtendedKeyUsage, KeyUsage};

use crate::der::{self, Validity};
use crate::{
    AuthenticationAnchors, AuthenticationRequest, IdentityRequest, JpkiError, RevocationEvidence,
    SignatureResponse, TrustAnchors, VerifiedPerson, facts,
};

/// Critical extensions that the checks below do process: key usage, alternative name, basic
/// constraints, distribution points, policies.
const PROCESSED: [ObjectIdentifier; 5] = [
    ObjectIdentifier::new_unwrap("2.5.29.15"),
    ObjectIdentifier::new_unwrap("2.5.29.17"),
    ObjectIdentifier::new_unwrap("2.5.29.19"),
    ObjectIdentifier::new_unwrap("2.5.29.31"),
    ObjectIdentifier::new_unwrap("2.5.29.32"),
];
/// Extended key usage, which is processed for user authentication alone.
const EXTENDED_KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37");
/// `id-kp-clientAuth` (RFC 5280, 4.2.1.12).
const CLIENT_AUTH: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.2");

/// What a certificate must be for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Signing,
    Authentication,
}

/// A card that is there, with its PIN. It names nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerifiedCard {
    /// SHA-256 of the certificate: what the card was linked to its holder by. It changes with every
    /// renewal.
    pub certificate_fingerprint: [u8; 32],
}

/// Believes a card's answer to `request`, or says why not.
///
/// Pure, and therefore repeatable from stored evidence by giving the `now` of that day. Each
/// request must be accepted once only, which is the caller's to keep.
///
/// # Errors
///
/// The first check that fails, in this order: form, pinned issuer, validity at `now`, purpose (key
/// usage, policy, critical extensions), revocation, signature over exactly this request, facts.
pub fn verify(
    response: &SignatureResponse,
    request: &IdentityRequest,
    trust: &TrustAnchors,
    revocation: &RevocationEvidence,
    now: Timestamp,
) -> Result<VerifiedPerson, JpkiError> {
    let certificate = believe(response, (trust, Purpose::Signing), revocation, now)?;
    require_signed(trust, &certificate, &request.to_be_signed(), response)?;
    facts::read(&certificate, &response.certificate, trust.profile())
}

/// Everything of [`verify`] that needs no revocation list: to be asked before one is fetched, so that
/// junk costs nobody a list.
///
/// # Errors
///
/// The first check that fails.
pub fn verify_without_list(
    response: &SignatureResponse,
    request: &IdentityRequest,
    trust: &TrustAnchors,
    now: Timestamp,
) -> Result<(), JpkiError> {
    Unlisted::of(response, request, trust, now).map(drop)
}

/// A person who is believed but for a revocation list: for whoever asks about one certificate and many
/// lists.
#[derive(Clone, Debug)]
pub struct Unlisted<'t> {
    trust: &'t TrustAnchors,
    issuer: &'t Certificate,
    certificate: Certificate,
    person: VerifiedPerson,
}

impl<'t> Unlisted<'t> {
    /// Believes a card's answer to `request` as far as that goes without a list.
    ///
    /// # Errors
    ///
    /// The first check that fails, as [`verify_without_list`].
    pub fn of(
        response: &SignatureResponse,
        request: &IdentityRequest,
        trust: &'t TrustAnchors,
        now: Timestamp,
    ) -> Result<Self, JpkiError> {
        let (certificate, issuer) = believe_form(response, (trust, Purpose::Signing), now)?;
        require_signed(trust, &certificate, &request.to_be_signed(), response)?;
        let person = facts::read(&certificate, &response.certificate, trust.profile())?;
        Ok(Self { trust, issuer, certificate, person })
    }

    /// The person, if `revocation` is a good list that does not name the certificate.
    ///
    /// # Errors
    ///
    /// What is wrong with the list, or that it names the certificate.
    pub fn by_list(
        &self,
        revocation: &RevocationEvidence,
        now: Timestamp,
    ) -> Result<&VerifiedPerson, JpkiError> {
        revocation.check(&self.certificate, (self.trust, self.issuer), now)?;
        Ok(&self.person)
    }
}

/// Everything of [`verify_card`] that needs no revocation list.
///
/// # Errors
///
/// The first check that fails.
pub fn verify_card_without_list(
    response: &SignatureResponse,
    request: &AuthenticationRequest,
    trust: &AuthenticationAnchors,
    now: Timestamp,
) -> Result<(), JpkiError> {
    let (certificate, _) = believe_form(response, (&trust.0, Purpose::Authentication), now)?;
    require_signed(&trust.0, &certificate, &request.to_be_signed(), response)
}

fn require_signed(
    trust: &TrustAnchors,
    certificate: &Certificate,
    content: &[u8],
    response: &SignatureResponse,
) -> Result<(), JpkiError> {
    if trust.has_signed(certificate, content, &response.signature) {
        Ok(())
    } else {
        Err(JpkiError::WrongContent)
    }
}

/// Believes that the card with this user-authentication certificate answered `request`, or says why
/// not. Pure and repeatable like [`verify`]; whose card it is, the caller knows or does not.
///
/// # Errors
///
/// The first check that fails, in the order of [`verify`].
pub fn verify_card(
    response: &SignatureResponse,
    request: &AuthenticationRequest,
    trust: &AuthenticationAnchors,
    revocation: &RevocationEvidence,
    now: Timestamp,
) -> Result<VerifiedCard, JpkiError> {
    let certificate = believe(response, (&trust.0, Purpose::Authentication), revocation, now)?;
    require_signed(&trust.0, &certificate, &request.to_be_signed(), response)?;
    Ok(VerifiedCard { certificate_fingerprint: Sha256::digest(&response.certificate).into() })
}

/// Everything but the signature: form, issuer, validity, purpose, revocation.
fn believe(
    response: &SignatureResponse,
    whose: (&TrustAnchors, Purpose),
    revocation: &RevocationEvidence,
    now: Timestamp,
) -> Result<Certificate, JpkiError> {
    let (certificate, issuer) = believe_form(response, whose, now)?;
    revocation.check(&certificate, (whose.0, issuer), now)?;
    Ok(certificate)
}

/// Form, issuer, validity, purpose; and who issued it.
fn believe_form<'t>(
    response: &SignatureResponse,
    (trust, purpose): (&'t TrustAnchors, Purpose),
    now: Timestamp,
) -> Result<(Certificate, &'t Certificate), JpkiError> {
    let certificate =
        Certificate::from_der(&response.certificate).map_err(|_| JpkiError::Malformed)?;
    let issuer = trust.issuer_of(&certificate, &response.certificate, now)?;
    match der::validity(&certificate, now) {
        Validity::Valid => {}
        Validity::NotYet => return Err(JpkiError::NotYetValid),
        Validity::Over => return Err(JpkiError::Expired),
    }
    let policies = match purpose {
        Purpose::Signing => &trust.profile().signing_policies,
        Purpose::Authentication => &trust.profile().authentication_policies,
    };
    require_purpose(&certificate, purpose, policies)?;
    Ok((certificate, issuer))
}

/// Refuses a certificate that is not for exactly this purpose.
///
/// A user-authentication certificate also signs, and proves that a card and a PIN are there, but
/// it names nobody; taking it for a proof of identity is the mistake that this prevents. Nor does a
/// signature certificate sign anybody in: its holder was asked for another password, to say who they
/// are.
fn require_purpose(
    certificate: &Certificate,
    purpose: Purpose,
    allowed: &[String],
) -> Result<(), JpkiError> {
    let tbs = certificate.tbs_certificate();
    let is_known = |id: &ObjectIdentifier| {
        let is_extended = purpose == Purpose::Authentication && *id == EXTENDED_KEY_USAGE;
        is_extended || PROCESSED.contains(id)
    };
    for extension in tbs.extensions().into_iter().flatten() {
        if extension.critical && !is_known(&extension.extn_id) {
            return Err(JpkiError::UnknownExtension);
        }
    }

    let basic = tbs.get_extension::<BasicConstraints>().map_err(|_| JpkiError::Malformed)?;
    if basic.is_some_and(|(_, basic)| basic.ca) {
        return Err(JpkiError::WrongKeyUsage);
    }
    let usage = tbs.get_extension::<KeyUsage>().map_err(|_| JpkiError::Malformed)?;
    let is_for_this = usage.is_some_and(|(_, usage)| {
        let is_plain = !usage.key_cert_sign() && !usage.crl_sign();
        // The authentication certificate has `digitalSignature` alone.
        is_plain
            && match purpose {
                Purpose::Signing => usage.non_repudiation(),
                Purpose::Authentication => usage.digital_signature() && !usage.non_repudiation(),
            }
    });
    if !is_for_this || (purpose == Purpose::Authentication && !signs_in(certificate)?) {
        return Err(JpkiError::WrongKeyUsage);
    }

    let policies = tbs.get_extension::<CertificatePolicies>().map_err(|_| JpkiError::Malformed)?;
    let (_, policies) = policies.ok_or(JpkiError::WrongPolicy)?;
    let is_allowed =
        |id: ObjectIdentifier| allowed.iter().any(|one| ObjectIdentifier::new(one) == Ok(id));
    if policies.0.is_empty()
        || !policies.0.iter().all(|policy| is_allowed(policy.policy_identifier))
    {
        return Err(JpkiError::WrongPolicy);
    }
    Ok(())
}

/// RFC 5280, 4.2.1.12: where a certificate says what its key is for, signing people in is part of it.
fn signs_in(certificate: &Certificate) -> Result<bool, JpkiError> {
    let extended = certificate.tbs_certificate().get_extension::<ExtendedKeyUsage>();
    let extended = extended.map_err(|_| JpkiError::Malformed)?;
    Ok(extended.is_none_or(|(_, usage)| usage.0.contains(&CLIENT_AUTH)))
}
