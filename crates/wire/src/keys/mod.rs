//! Keys: who signs what, and the public halves that the other company is given.
//!
//! OAuth and everything around it is signed with ES256, PS256 or `EdDSA` (FAPI 2.0 section 5.4.1);
//! what we sign ourselves, with ES256. Event tokens are signed with RS256, because the CAEP
//! interoperability profile demands it and FAPI forbids it: so they have a key of their own.

pub mod fetched;
mod other;
mod pem;
mod public;
mod signing;

pub use fetched::FetchedKeys;
pub use other::{EdSigningKey, PssSigningKey};
pub use public::{Jwks, PublicJwk};
pub use signing::{SetSigningKey, SigningKey};

/// A signature algorithm (RFC 7518 section 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// RSASSA-PSS with SHA-256.
    Ps256,
    /// `EdDSA` on Ed25519 (RFC 8037 section 3.1).
    EdDsa,
    /// RSA PKCS#1 v1.5 with SHA-256.
    Rs256,
}

impl Algorithm {
    /// As it is written in a header.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Ps256 => "PS256",
            Self::EdDsa => "EdDSA",
            Self::Rs256 => "RS256",
        }
    }
}

/// The algorithms that one place accepts; `none` and symmetric ones cannot even be written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AllowList(&'static [Algorithm]);

impl AllowList {
    /// For OAuth: client assertions, `DPoP` proofs, request objects, holder facts (FAPI 2.0 section
    /// 5.4.1).
    pub const OAUTH: Self = Self(&[Algorithm::Es256, Algorithm::Ps256, Algorithm::EdDsa]);
    /// For what a server that runs this software signs: responses, introspection.
    pub const SERVER: Self = Self(&[Algorithm::Es256]);
    /// For what the bank's own app signs: what the hardware of a telephone can keep.
    pub const APP: Self = Self(&[Algorithm::Es256]);
    /// For security event tokens (CAEP Interoperability Profile 1.0).
    pub const EVENTS: Self = Self(&[Algorithm::Rs256]);

    /// The allowed algorithm of this name, if there is one.
    #[must_use]
    pub fn find(self, name: &str) -> Option<Algorithm> {
        self.0.iter().copied().find(|a| a.name() == name)
    }

    /// The names, for metadata.
    #[must_use]
    pub fn names(self) -> Vec<String> {
        self.0.iter().map(|a| a.name().to_owned()).collect()
    }
}

/// Whatever can sign: a key in memory here, a key store or an HSM elsewhere.
pub trait Signer: Send + Sync {
    /// The algorithm it signs with.
    fn algorithm(&self) -> Algorithm;
    /// Its public half; the key id is its thumbprint.
    fn public_jwk(&self) -> &PublicJwk;
    /// The signature over `message`, in the form a JWS carries.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError>;
}

/// Why a key cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The bytes are not a key of the kind that is needed, or a weaker one.
    #[error("not a key of the needed kind and strength")]
    Unusable,
    /// A private or symmetric part where only a public key may be.
    #[error("the key holds a private part")]
    Private,
    /// Two keys of one set answer to the same name: a token that names it could be either's.
    #[error("two keys of the set answer to one name")]
    Doubled,
    /// The library could not make a key or a signature.
    #[error("signing failed")]
    Signing,
}
