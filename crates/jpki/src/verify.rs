//! The whole check, in the order in which it can fail.

use jiff::Timestamp;
use x509_cert::Certificate;
use x509_cert::der::Decode as _;
use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::ext::pkix::{BasicConstraints, CertificatePolicies, KeyUsage};

use crate::der::{self, Validity};
use crate::{
    IdentityRequest, JpkiError, Profile, RevocationEvidence, SignatureResponse, TrustAnchors,
    VerifiedPerson, facts,
};

/// Critical extensions that the checks below do process: key usage, alternative name, basic
/// constraints, distribution points, policies.
const PROCESSED: [&str; 5] = ["2.5.29.15", "2.5.29.17", "2.5.29.19", "2.5.29.31", "2.5.29.32"];

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
    let certificate =
        Certificate::from_der(&response.certificate).map_err(|_| JpkiError::Malformed)?;
    let issuer = trust.issuer_of(&certificate, &response.certificate, now)?;
    match der::validity(&certificate, now) {
        Validity::Valid => {}
        Validity::NotYet => return Err(JpkiError::NotYetValid),
        Validity::Over => return Err(JpkiError::Expired),
    }
    require_purpose(&certificate, trust.profile())?;
    revocation.check(&certificate, issuer, now)?;
    if !der::has_signed(&certificate, &request.to_be_signed(), &response.signature) {
        return Err(JpkiError::WrongContent);
    }
    facts::read(&certificate, &response.certificate, trust.profile())
}

/// Refuses a certificate that is not for signatures that bind its holder.
///
/// A user-authentication certificate also signs, and proves that a card and a PIN are there, but
/// it names nobody; taking it for a proof of identity is the mistake that this prevents.
fn require_purpose(certificate: &Certificate, profile: &Profile) -> Result<(), JpkiError> {
    let tbs = certificate.tbs_certificate();
    let is_known = |id: &ObjectIdentifier| PROCESSED.contains(&id.to_string().as_str());
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
    // The authentication certificate has `digitalSignature` alone.
    let binds = usage.is_some_and(|(_, usage)| {
        usage.non_repudiation() && !usage.key_cert_sign() && !usage.crl_sign()
    });
    if !binds {
        return Err(JpkiError::WrongKeyUsage);
    }

    let policies = tbs.get_extension::<CertificatePolicies>().map_err(|_| JpkiError::Malformed)?;
    let (_, policies) = policies.ok_or(JpkiError::WrongPolicy)?;
    let is_for_signing = |id: ObjectIdentifier| profile.signing_policies.contains(&id.to_string());
    if policies.0.is_empty()
        || !policies.0.iter().all(|policy| is_for_signing(policy.policy_identifier))
    {
        return Err(JpkiError::WrongPolicy);
    }
    Ok(())
}
