//! The parts of X.509 that certificates and revocation lists share: raw bytes, time, signature.

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use jiff::Timestamp;
use x509_cert::Certificate;
use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::der::{self, Reader as _, SliceReader};
use x509_cert::spki::AlgorithmIdentifierOwned;
use x509_cert::time::Time;

/// `rsaEncryption` (RFC 8017, A.1).
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
/// `sha256WithRSAEncryption` (RFC 8017, A.2.4).
const RSA_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11");

/// The signed part of a certificate or a revocation list, as the very bytes that arrived.
///
/// Encoding the parsed structure again could differ from what was signed.
pub(crate) fn signed_part(document: &[u8]) -> der::Result<&[u8]> {
    let mut reader = SliceReader::new(document)?;
    let signed = reader.sequence(|parts| {
        let signed = parts.tlv_bytes()?;
        let _algorithm = parts.tlv_bytes()?;
        let _signature = parts.tlv_bytes()?;
        Ok::<_, der::Error>(signed)
    })?;
    reader.finish()?;
    Ok(signed)
}

/// Whether an algorithm is the one that JPKI uses.
pub(crate) fn is_rsa_sha256(algorithm: &AlgorithmIdentifierOwned) -> bool {
    algorithm.oid == RSA_SHA256
}

/// Who says whether a certificate's key made a signature over a message: [`has_signed`], for whoever
/// believes anything.
pub(crate) type Signed = fn(&Certificate, &[u8], &[u8]) -> bool;

/// Whether `holder`'s key, RSA of 2048 bits or more, made `signature` over `message`.
pub(crate) fn has_signed(holder: &Certificate, message: &[u8], signature: &[u8]) -> bool {
    let key = holder.tbs_certificate().subject_public_key_info();
    key.algorithm.oid == RSA
        && UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.subject_public_key.raw_bytes())
            .verify(message, signature)
            .is_ok()
}

/// Seconds since 1970, as the certificate says; far futures saturate.
pub(crate) fn seconds(time: Time) -> i64 {
    i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX)
}

/// Whether `now` is before, within or after the certificate's validity, both ends included.
pub(crate) fn validity(certificate: &Certificate, now: Timestamp) -> Validity {
    let period = certificate.tbs_certificate().validity();
    if now.as_second() < seconds(period.not_before) {
        Validity::NotYet
    } else if now.as_second() > seconds(period.not_after) {
        Validity::Over
    } else {
        Validity::Valid
    }
}

/// Where a moment lies in a period of validity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Validity {
    /// Before it begins.
    NotYet,
    /// Within.
    Valid,
    /// After its end.
    Over,
}
