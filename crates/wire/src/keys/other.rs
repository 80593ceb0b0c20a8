//! PS256 and `EdDSA` keys, for clients whose key store has no P-256 and for trying servers out.

use std::{fmt, sync::Arc};

use aws_lc_rs::{
    rand::SystemRandom,
    rsa::{self, KeySize},
    signature::{Ed25519KeyPair, KeyPair as _, RSA_PSS_SHA256},
};

use super::{Algorithm, KeyError, PublicJwk, Signer};

/// A PS256 key.
#[derive(Clone)]
pub struct PssSigningKey {
    pair: Arc<rsa::KeyPair>,
    public: PublicJwk,
}

/// An `EdDSA` key on Ed25519.
#[derive(Clone)]
pub struct EdSigningKey {
    pair: Arc<Ed25519KeyPair>,
    public: PublicJwk,
}

impl fmt::Debug for PssSigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kid = self.public.thumbprint();
        f.debug_struct("PssSigningKey").field("kid", &kid).finish_non_exhaustive()
    }
}

impl fmt::Debug for EdSigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kid = self.public.thumbprint();
        f.debug_struct("EdSigningKey").field("kid", &kid).finish_non_exhaustive()
    }
}

impl PssSigningKey {
    /// A new 2048-bit key from the signature library's randomness; it takes a moment.
    pub fn generate() -> Result<Self, KeyError> {
        let pair = rsa::KeyPair::generate(KeySize::Rsa2048).map_err(|_| KeyError::Signing)?;
        let key = pair.public_key();
        let public = PublicJwk::from_rsa(
            key.modulus().big_endian_without_leading_zero(),
            key.exponent().big_endian_without_leading_zero(),
        )?
        .for_pss()?;
        Ok(Self { pair: Arc::new(pair), public })
    }
}

impl EdSigningKey {
    /// A new key from the signature library's randomness.
    pub fn generate() -> Result<Self, KeyError> {
        let pair = Ed25519KeyPair::generate().map_err(|_| KeyError::Signing)?;
        let point = pair.public_key().as_ref().try_into().map_err(|_| KeyError::Unusable)?;
        let public = PublicJwk::from_ed25519(point)?;
        Ok(Self { pair: Arc::new(pair), public })
    }
}

impl Signer for PssSigningKey {
    fn algorithm(&self) -> Algorithm {
        Algorithm::Ps256
    }

    fn public_jwk(&self) -> &PublicJwk {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(&RSA_PSS_SHA256, &SystemRandom::new(), message, &mut signature)
            .map_err(|_| KeyError::Signing)?;
        Ok(signature)
    }
}

impl Signer for EdSigningKey {
    fn algorithm(&self) -> Algorithm {
        Algorithm::EdDsa
    }

    fn public_jwk(&self) -> &PublicJwk {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        Ok(self.pair.sign(message).as_ref().to_vec())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::{
        jws::{self, Accept, JwsError},
        keys::{AllowList, Jwks, SetSigningKey, SigningKey},
    };

    const ACCEPT: Accept = Accept { types: &[Some("t")], algorithms: AllowList::OAUTH };

    #[test]
    fn every_advertised_algorithm_signs_and_no_other() {
        let keys: [&dyn Signer; 3] = [
            &SigningKey::generate().unwrap(),
            &PssSigningKey::generate().unwrap(),
            &EdSigningKey::generate().unwrap(),
        ];
        let names: Vec<&str> = keys.iter().map(|key| key.algorithm().name()).collect();
        assert_eq!(names, AllowList::OAUTH.names());
        for key in keys {
            let token = jws::sign(key, "t", &7).unwrap();
            let known = Jwks::of([key.public_jwk()]);
            assert_eq!(jws::verify::<u8>(&token, &known, &ACCEPT), Ok(7));
            let inside = jws::sign_with_key_inside(key, "t", &7).unwrap();
            let (_, jwk) = jws::verify_with_key_inside::<u8>(&inside, &ACCEPT).unwrap();
            assert_eq!(jwk.thumbprint(), key.public_jwk().thumbprint());
        }
        let events = SetSigningKey::generate().unwrap();
        let token = jws::sign(&events, "t", &7).unwrap();
        let known = Jwks::of([events.public_jwk()]);
        assert_eq!(jws::verify::<u8>(&token, &known, &ACCEPT), Err(JwsError::Algorithm));
    }

    /// RFC 8725 section 3.1: a key that was published for one algorithm is good for no other.
    #[test]
    fn an_rsa_key_is_good_for_what_its_owner_said() {
        let pss = PssSigningKey::generate().unwrap();
        let token = jws::sign(&pss, "t", &7).unwrap();
        let mut jwk: Value = pss.public_jwk().clone().into();
        assert_eq!(jwk["alg"], "PS256");
        jwk["alg"] = "RS256".into();
        let wrong = PublicJwk::parse(&jwk).unwrap();
        let refused = jws::verify::<u8>(&token, &Jwks::of([&wrong]), &ACCEPT);
        assert_eq!(refused, Err(JwsError::UnknownKey));

        jwk.as_object_mut().unwrap().remove("alg");
        let unsaid = PublicJwk::parse(&jwk).unwrap();
        assert_eq!(jws::verify::<u8>(&token, &Jwks::of([&unsaid]), &ACCEPT), Ok(7));
        assert!(unsaid.to_json().get("alg").is_none());
        let message = b"m";
        let signature = pss.sign(message).unwrap();
        assert!(!unsaid.verify(Algorithm::Rs256, message, &signature), "another padding");
        assert!(!unsaid.verify(Algorithm::Es256, message, &signature));
    }
}
