//! Private keys: made, kept, signed with, and never shown.

use std::{fmt, sync::Arc};

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rand::SystemRandom,
    rsa::{self, KeySize},
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256},
};
use zeroize::Zeroizing;

use super::{Algorithm, KeyError, PublicJwk, Signer, pem};

/// An ES256 key: a client's, a server's, or the one that `DPoP` binds tokens to.
///
/// A wallet has one per bank and purpose, so that nothing a bank is shown works at another bank.
#[derive(Clone)]
pub struct SigningKey {
    pair: Arc<EcdsaKeyPair>,
    public: PublicJwk,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("kid", &self.kid()).finish_non_exhaustive()
    }
}

impl SigningKey {
    /// A new key from the signature library's randomness.
    pub fn generate() -> Result<Self, KeyError> {
        EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)
            .map_err(|_| KeyError::Signing)
            .and_then(Self::wrap)
    }

    /// Reads PKCS#8 in DER.
    pub fn from_pkcs8_der(der: &[u8]) -> Result<Self, KeyError> {
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der)
            .map_err(|_| KeyError::Unusable)
            .and_then(Self::wrap)
    }

    /// Reads PKCS#8 in PEM.
    pub fn from_pkcs8_pem(text: &str) -> Result<Self, KeyError> {
        Self::from_pkcs8_der(&pem::unarmor(text)?)
    }

    /// The private key as PKCS#8 in DER, for a key store.
    pub fn to_pkcs8_der(&self) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let document = self.pair.to_pkcs8v1().map_err(|_| KeyError::Signing)?;
        Ok(Zeroizing::new(document.as_ref().to_vec()))
    }

    /// The private key as PKCS#8 in PEM, for a key store.
    pub fn to_pkcs8_pem(&self) -> Result<Zeroizing<String>, KeyError> {
        Ok(pem::armor(&self.to_pkcs8_der()?))
    }

    /// The key id: the public half's thumbprint (RFC 7638).
    #[must_use]
    pub fn kid(&self) -> String {
        self.public.thumbprint()
    }

    fn wrap(pair: EcdsaKeyPair) -> Result<Self, KeyError> {
        let public = PublicJwk::from_uncompressed_point(pair.public_key().as_ref())?;
        Ok(Self { pair: Arc::new(pair), public })
    }
}

impl Signer for SigningKey {
    fn algorithm(&self) -> Algorithm {
        Algorithm::Es256
    }

    fn public_jwk(&self) -> &PublicJwk {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let signature =
            self.pair.sign(&SystemRandom::new(), message).map_err(|_| KeyError::Signing)?;
        Ok(signature.as_ref().to_vec())
    }
}

/// An RS256 key for security event tokens and nothing else.
#[derive(Clone)]
pub struct SetSigningKey {
    pair: Arc<rsa::KeyPair>,
    public: PublicJwk,
}

impl fmt::Debug for SetSigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SetSigningKey").field("kid", &self.kid()).finish_non_exhaustive()
    }
}

impl SetSigningKey {
    /// A new 2048-bit key from the signature library's randomness; it takes a moment.
    pub fn generate() -> Result<Self, KeyError> {
        rsa::KeyPair::generate(KeySize::Rsa2048).map_err(|_| KeyError::Signing).and_then(Self::wrap)
    }

    /// Reads PKCS#8 in DER; fewer than 2048 bits are refused.
    pub fn from_pkcs8_der(der: &[u8]) -> Result<Self, KeyError> {
        rsa::KeyPair::from_pkcs8(der).map_err(|_| KeyError::Unusable).and_then(Self::wrap)
    }

    /// Reads PKCS#8 in PEM; fewer than 2048 bits are refused.
    pub fn from_pkcs8_pem(text: &str) -> Result<Self, KeyError> {
        Self::from_pkcs8_der(&pem::unarmor(text)?)
    }

    /// The private key as PKCS#8 in DER, for a key store.
    pub fn to_pkcs8_der(&self) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let der: Pkcs8V1Der<'_> = self.pair.as_der().map_err(|_| KeyError::Signing)?;
        Ok(Zeroizing::new(der.as_ref().to_vec()))
    }

    /// The private key as PKCS#8 in PEM, for a key store.
    pub fn to_pkcs8_pem(&self) -> Result<Zeroizing<String>, KeyError> {
        Ok(pem::armor(&self.to_pkcs8_der()?))
    }

    /// The key id: the public half's thumbprint (RFC 7638).
    #[must_use]
    pub fn kid(&self) -> String {
        self.public.thumbprint()
    }

    fn wrap(pair: rsa::KeyPair) -> Result<Self, KeyError> {
        let key = pair.public_key();
        let public = PublicJwk::from_rsa(
            key.modulus().big_endian_without_leading_zero(),
            key.exponent().big_endian_without_leading_zero(),
        )?
        .for_events()?;
        Ok(Self { pair: Arc::new(pair), public })
    }
}

impl Signer for SetSigningKey {
    fn algorithm(&self) -> Algorithm {
        Algorithm::Rs256
    }

    fn public_jwk(&self) -> &PublicJwk {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
            .map_err(|_| KeyError::Signing)?;
        Ok(signature)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kept_key_is_the_same_key() {
        let key = SigningKey::generate().unwrap();
        let pem = key.to_pkcs8_pem().unwrap();
        let again = SigningKey::from_pkcs8_pem(&pem).unwrap();

        assert_eq!(again.kid(), key.kid());
        assert!(again.public_jwk().verify(key.algorithm(), b"m", &key.sign(b"m").unwrap()));
        assert!(pem.lines().all(|line| line.len() <= 64));

        let key = SetSigningKey::generate().unwrap();
        let again = SetSigningKey::from_pkcs8_pem(&key.to_pkcs8_pem().unwrap()).unwrap();

        assert_eq!(again.kid(), key.kid());
        assert!(again.public_jwk().verify(key.algorithm(), b"m", &key.sign(b"m").unwrap()));
        assert!(!again.public_jwk().verify(key.algorithm(), b"n", &key.sign(b"m").unwrap()));
    }

    #[test]
    fn debug_shows_only_the_key_id() {
        let key = SigningKey::generate().unwrap();

        assert_eq!(format!("{key:?}"), format!("SigningKey {{ kid: {:?}, .. }}", key.kid()));
    }

    #[test]
    fn a_key_of_another_kind_is_refused() {
        let ec = SigningKey::generate().unwrap().to_pkcs8_pem().unwrap();

        assert!(SetSigningKey::from_pkcs8_pem(&ec).is_err());
        for bad in ["", "-----BEGIN PRIVATE KEY-----", &ec.replace("PRIVATE", "PUBLIC")] {
            assert!(SigningKey::from_pkcs8_pem(bad).is_err(), "{bad}");
        }
    }
}
