//! The authorities that we believe, pinned by the operator for signatures and nothing else.

use jiff::Timestamp;
use x509_cert::Certificate;
use x509_cert::der::Decode as _;
use x509_cert::ext::pkix::{BasicConstraints, KeyUsage};

use crate::der::{self, Validity};
use crate::{JpkiError, Profile};

/// The pinned certificate authorities for *signature* certificates, and their profile.
///
/// JPKI runs another authority for user authentication; it must not be pinned here. Several may be
/// pinned while one replaces the other.
#[derive(Clone, Debug)]
pub struct TrustAnchors {
    authorities: Vec<Certificate>,
    profile: Profile,
    signed: der::Signed,
}

impl TrustAnchors {
    /// Pins authorities, each a DER certificate.
    ///
    /// # Errors
    ///
    /// [`JpkiError::BadAnchor`] if one of them may not issue certificates and revocation lists, or
    /// if there is none.
    pub fn from_der(certificates: &[Vec<u8>], profile: Profile) -> Result<Self, JpkiError> {
        let authorities = certificates
            .iter()
            .map(|der| Certificate::from_der(der).map_err(|_| JpkiError::BadAnchor))
            .collect::<Result<_, _>>()?;
        Self::new(authorities, profile)
    }

    /// Pins the authorities of a PEM file with one or more certificates.
    ///
    /// # Errors
    ///
    /// As [`from_der`](Self::from_der).
    pub fn from_pem(pem: &str, profile: Profile) -> Result<Self, JpkiError> {
        let authorities =
            Certificate::load_pem_chain(pem.as_bytes()).map_err(|_| JpkiError::BadAnchor)?;
        Self::new(authorities, profile)
    }

    fn new(authorities: Vec<Certificate>, profile: Profile) -> Result<Self, JpkiError> {
        if authorities.is_empty() || !authorities.iter().all(is_authority) {
            return Err(JpkiError::BadAnchor);
        }
        Ok(Self { authorities, profile, signed: der::has_signed })
    }

    /// The same authorities, with any signature taken for a good one, for a fuzzer: it must reach what
    /// is read behind signatures millions of times, and bytes by chance are never signed.
    #[must_use]
    pub fn danger_unsigned(self) -> Self {
        Self { signed: |_, _, _| true, ..self }
    }

    /// Whether `holder`'s key made `signature` over `message`.
    pub(crate) fn has_signed(
        &self,
        holder: &Certificate,
        message: &[u8],
        signature: &[u8],
    ) -> bool {
        (self.signed)(holder, message, signature)
    }

    /// The profile that certificates of these authorities follow.
    pub const fn profile(&self) -> &Profile {
        &self.profile
    }

    /// The pinned authority that signed `certificate`, which arrived as `der`.
    ///
    /// The chain is one step long by construction: JPKI has no intermediates.
    pub(crate) fn issuer_of(
        &self,
        certificate: &Certificate,
        der: &[u8],
        now: Timestamp,
    ) -> Result<&Certificate, JpkiError> {
        let tbs = certificate.tbs_certificate();
        // RFC 5280, 4.1.1.2: the algorithm inside and outside the signature must be the same.
        if !der::is_rsa_sha256(certificate.signature_algorithm())
            || tbs.signature() != certificate.signature_algorithm()
        {
            return Err(JpkiError::Algorithm);
        }
        let signed = der::signed_part(der).map_err(|_| JpkiError::Malformed)?;
        // Whole bytes: with bits left out, one certificate could be written in eight ways.
        let signature = certificate.signature().as_bytes().ok_or(JpkiError::Malformed)?;
        let issuer = self
            .authorities
            .iter()
            .filter(|authority| authority.tbs_certificate().subject() == tbs.issuer())
            .find(|authority| self.has_signed(authority, signed, signature))
            .ok_or(JpkiError::UnknownIssuer)?;
        match der::validity(issuer, now) {
            Validity::Valid => Ok(issuer),
            Validity::NotYet | Validity::Over => Err(JpkiError::IssuerNotValid),
        }
    }
}

/// The pinned certificate authorities for *user-authentication* certificates (利用者証明用).
///
/// A type of its own, because JPKI's two authorities vouch for different things: this one says that a
/// card and its PIN are there, and names nobody.
#[derive(Clone, Debug)]
pub struct AuthenticationAnchors(pub(crate) TrustAnchors);

impl AuthenticationAnchors {
    /// Pins authorities, each a DER certificate.
    ///
    /// # Errors
    ///
    /// As [`TrustAnchors::from_der`].
    pub fn from_der(certificates: &[Vec<u8>], profile: Profile) -> Result<Self, JpkiError> {
        Ok(Self(TrustAnchors::from_der(certificates, profile)?))
    }

    /// Pins the authorities of a PEM file with one or more certificates.
    ///
    /// # Errors
    ///
    /// As [`TrustAnchors::from_der`].
    pub fn from_pem(pem: &str, profile: Profile) -> Result<Self, JpkiError> {
        Ok(Self(TrustAnchors::from_pem(pem, profile)?))
    }

    /// As [`TrustAnchors::danger_unsigned`].
    #[must_use]
    pub fn danger_unsigned(self) -> Self {
        Self(self.0.danger_unsigned())
    }
}

/// Whether a pinned certificate may issue both certificates and revocation lists.
fn is_authority(certificate: &Certificate) -> bool {
    let tbs = certificate.tbs_certificate();
    let is_ca = matches!(tbs.get_extension::<BasicConstraints>(), Ok(Some((_, basic))) if basic.ca);
    let may_issue = matches!(
        tbs.get_extension::<KeyUsage>(),
        Ok(Some((_, usage))) if usage.key_cert_sign() && usage.crl_sign()
    );
    is_ca && may_issue
}
