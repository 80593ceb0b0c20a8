//! Why a proof of identity was refused.

/// Why a proof of identity was refused.
///
/// The customer sees one uniform answer; the variants are for counting and for the operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JpkiError {
    /// The certificate is not DER of the expected shape, or holds an extension twice.
    #[error("the certificate is malformed")]
    Malformed,
    /// A pinned certificate is not a usable signing authority; a mistake in the configuration.
    #[error("a pinned certificate is not a certificate authority")]
    BadAnchor,
    /// An algorithm other than RSA with SHA-256.
    #[error("the algorithm is not RSA with SHA-256")]
    Algorithm,
    /// No pinned authority signed the certificate.
    #[error("the certificate is not from a pinned authority")]
    UnknownIssuer,
    /// The authority's own certificate is not valid now.
    #[error("the authority's certificate is not valid now")]
    IssuerNotValid,
    /// The certificate is not valid yet.
    #[error("the certificate is not valid yet")]
    NotYetValid,
    /// The certificate has expired.
    #[error("the certificate has expired")]
    Expired,
    /// A critical extension that we cannot process (RFC 5280, 4.2: must refuse).
    #[error("the certificate holds an unknown critical extension")]
    UnknownExtension,
    /// The key may not make signatures that bind its holder, or not sign its holder in.
    #[error("the key is not for this purpose")]
    WrongKeyUsage,
    /// The certificate was issued for another purpose: user authentication for signatures, or the
    /// other way round.
    #[error("the certificate is not for this purpose")]
    WrongPolicy,
    /// The signature does not cover this request's nonce and terms.
    #[error("the signature does not cover this request")]
    WrongContent,
    /// There is no revocation list.
    #[error("revocation is unknown")]
    RevocationMissing,
    /// The revocation list is malformed, or holds something that we cannot process.
    #[error("the revocation list is malformed")]
    RevocationMalformed,
    /// The revocation list is not by the authority that issued the certificate.
    #[error("the revocation list is from another authority")]
    RevocationIssuer,
    /// The revocation list covers other certificates than this one.
    #[error("the revocation list does not cover the certificate")]
    RevocationScope,
    /// The revocation list is from the future or out of date.
    #[error("the revocation list is not current")]
    RevocationNotCurrent,
    /// The certificate is revoked: the holder moved, renamed, lost the card or died.
    #[error("the certificate is revoked")]
    Revoked,
    /// One of the facts is missing or not of the published form.
    #[error("a fact in the certificate is missing or malformed: {0}")]
    Fact(&'static str),
}
