//! Clients that prove themselves by TLS (RFC 8705), with the certificate as the proxy that ended the
//! connection passes it on (RFC 9440).
//!
//! Whether such a header may be believed is not for this module to say: anyone can write one.

use std::fmt;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey, VerificationAlgorithm,
};
use base64::{
    Engine as _,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use x509_cert::{
    Certificate,
    der::{
        self, Decode as _, DecodePem as _, Reader as _, SliceReader, asn1::ObjectIdentifier,
        oid::AssociatedOid,
    },
    ext::pkix::{ExtendedKeyUsage, SubjectAltName, name::GeneralName},
};

/// The header with the certificate that the client showed (RFC 9440 section 2.2).
pub const HEADER: &str = "client-cert";
/// RFC 8705 section 2.2.1: a certificate that the registry names by its hash.
pub const SELF_SIGNED: &str = "self_signed_tls_client_auth";
/// RFC 8705 section 2.1.1: a certificate of a registered authority on a registered name.
pub const BY_AUTHORITY: &str = "tls_client_auth";

/// The longest header that is looked at, in bytes.
const MAX_BYTES: usize = 16_384;

const CLIENT_AUTH: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.2");
const ECDSA_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");
const RSA_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11");

/// Why a certificate was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// Not a byte sequence with one certificate.
    #[error("the client certificate header is malformed")]
    Malformed,
    /// Not yet, or no longer, valid.
    #[error("the client certificate is not valid now")]
    Time,
    /// Made for something else than proving a client.
    #[error("the client certificate is for another use")]
    Usage,
    /// Not the registered one, not of the registered authority or not on the registered name.
    #[error("the client certificate is not the registered one")]
    Unregistered,
}

/// The certificates that prove one client, as registered with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "method", deny_unknown_fields)]
pub enum TlsClient {
    /// These and no other.
    #[serde(rename = "self_signed_tls_client_auth")]
    SelfSigned {
        /// Base64url SHA-256 of each, as in `x5t#S256`.
        thumbprints: Vec<String>,
    },
    /// Those that one authority issued itself on a name. Every name that is given must match, and
    /// one must be given.
    #[serde(rename = "tls_client_auth")]
    Authority {
        /// The authority's certificate, PEM. The proxy may let any certificate through, so what it
        /// thinks of the chain is not relied on.
        authority: String,
        /// The subject (RFC 4514).
        #[serde(default)]
        subject_dn: Option<String>,
        /// A DNS name.
        #[serde(default)]
        san_dns: Option<String>,
        /// A URI.
        #[serde(default)]
        san_uri: Option<String>,
    },
}

/// The certificate that a client showed in its connection to the proxy.
#[derive(Clone, PartialEq, Eq)]
pub struct ClientCertificate {
    der: Vec<u8>,
    parsed: Certificate,
}

impl fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let x5t = self.thumbprint();
        f.debug_struct("ClientCertificate").field("x5t#S256", &x5t).finish_non_exhaustive()
    }
}

impl ClientCertificate {
    /// Reads the header's value: `:` base64 `:` (RFC 8941 section 3.3.5).
    pub fn from_header(value: &str) -> Result<Self, CertificateError> {
        let malformed = CertificateError::Malformed;
        if value.len() > MAX_BYTES {
            return Err(malformed);
        }
        let inner = value.trim().strip_prefix(':').and_then(|v| v.strip_suffix(':'));
        let der = BASE64_STANDARD.decode(inner.ok_or(malformed)?).map_err(|_| malformed)?;
        Self::from_der(der)
    }

    /// Reads a certificate.
    pub fn from_der(der: Vec<u8>) -> Result<Self, CertificateError> {
        let parsed = Certificate::from_der(&der).map_err(|_| CertificateError::Malformed)?;
        Ok(Self { der, parsed })
    }

    /// The value of the header that a proxy sends.
    #[must_use]
    pub fn to_header(&self) -> String {
        format!(":{}:", BASE64_STANDARD.encode(&self.der))
    }

    /// `x5t#S256`: what tokens are bound to (RFC 8705 section 3.1).
    #[must_use]
    pub fn thumbprint(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(&self.der))
    }

    /// Checks that this is a certificate that proves `client` now.
    pub fn check(&self, client: &TlsClient, now: Timestamp) -> Result<(), CertificateError> {
        self.check_time(now)?;
        self.check_usage()?;
        let is_registered = match client {
            TlsClient::SelfSigned { thumbprints } => thumbprints.contains(&self.thumbprint()),
            TlsClient::Authority { authority, subject_dn, san_dns, san_uri } => {
                self.has_names([subject_dn, san_dns, san_uri])? && self.is_issued_by(authority)
            }
        };
        if is_registered { Ok(()) } else { Err(CertificateError::Unregistered) }
    }

    fn check_time(&self, now: Timestamp) -> Result<(), CertificateError> {
        let seconds = |time: x509_cert::time::Time| {
            i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX)
        };
        let validity = self.parsed.tbs_certificate().validity();
        let within = seconds(validity.not_before) <= now.as_second()
            && now.as_second() <= seconds(validity.not_after);
        if within { Ok(()) } else { Err(CertificateError::Time) }
    }

    /// A certificate that says what it is for must be for this (RFC 5280 section 4.2.1.12).
    fn check_usage(&self) -> Result<(), CertificateError> {
        match self.extension::<ExtendedKeyUsage>()? {
            Some(usage) if !usage.0.contains(&CLIENT_AUTH) => Err(CertificateError::Usage),
            Some(_) | None => Ok(()),
        }
    }

    fn extension<'a, T>(&'a self) -> Result<Option<T>, CertificateError>
    where
        T: der::Decode<'a> + AssociatedOid,
    {
        let found = self.parsed.tbs_certificate().get_extension::<T>();
        Ok(found.map_err(|_| CertificateError::Malformed)?.map(|(_, value)| value))
    }

    fn has_names(
        &self,
        [subject_dn, san_dns, san_uri]: [&Option<String>; 3],
    ) -> Result<bool, CertificateError> {
        let others = self.extension::<SubjectAltName>()?.map(|san| san.0).unwrap_or_default();
        let subject = self.parsed.tbs_certificate().subject().to_string();
        let dns = |name: &GeneralName, wanted: &str| matches!(name, GeneralName::DnsName(dns) if dns.as_str() == wanted);
        let uri = |name: &GeneralName, wanted: &str| matches!(name, GeneralName::UniformResourceIdentifier(uri) if uri.as_str() == wanted);
        let given = [
            subject_dn.as_ref().map(|wanted| *wanted == subject),
            san_dns.as_ref().map(|wanted| others.iter().any(|name| dns(name, wanted))),
            san_uri.as_ref().map(|wanted| others.iter().any(|name| uri(name, wanted))),
        ];
        let mut given = given.into_iter().flatten().peekable();
        Ok(given.peek().is_some() && given.all(|matches| matches))
    }

    /// Whether the key of `authority` (PEM) signed this certificate.
    fn is_issued_by(&self, authority: &str) -> bool {
        let Ok(authority) = Certificate::from_pem(authority.trim()) else { return false };
        let oid = self.parsed.signature_algorithm().oid;
        let algorithm: &dyn VerificationAlgorithm = if oid == ECDSA_SHA256 {
            &ECDSA_P256_SHA256_ASN1
        } else if oid == RSA_SHA256 {
            &RSA_PKCS1_2048_8192_SHA256
        } else {
            return false;
        };
        let issuer = authority.tbs_certificate();
        let key = issuer.subject_public_key_info().subject_public_key.raw_bytes();
        let named = self.parsed.tbs_certificate().issuer() == issuer.subject();
        let Ok(signed) = signed_part(&self.der) else { return false };
        let signature = self.parsed.signature().raw_bytes();
        named && UnparsedPublicKey::new(algorithm, key).verify(signed, signature).is_ok()
    }
}

/// The bytes that the signature is over, as they came.
fn signed_part(certificate: &[u8]) -> der::Result<&[u8]> {
    let mut reader = SliceReader::new(certificate)?;
    let signed = reader.sequence(|parts| {
        let signed = parts.tlv_bytes()?;
        let _algorithm = parts.tlv_bytes()?;
        let _signature = parts.tlv_bytes()?;
        Ok::<_, der::Error>(signed)
    })?;
    reader.finish()?;
    Ok(signed)
}

#[cfg(test)]
mod tests;
