//! Signed tokens (RFC 7515, compact form) with the checks that general libraries leave to others.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{
    json,
    keys::{Algorithm, AllowList, Jwks, KeyError, PublicJwk, Signer},
};

/// The longest token that is looked at, in bytes.
pub const MAX_BYTES: usize = 16_384;

/// Why a token was refused or could not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwsError {
    /// Longer than [`MAX_BYTES`].
    #[error("the token is too large")]
    TooLarge,
    /// Not three parts of base64url, or a part is not JSON with unique keys.
    #[error("the token is malformed")]
    Malformed,
    /// Made for another purpose.
    #[error("the token is of another type")]
    Type,
    /// Not an algorithm of the allow-list.
    #[error("the algorithm is not allowed")]
    Algorithm,
    /// It demands an extension (`crit`); we know none.
    #[error("the token demands an extension")]
    Critical,
    /// No usable key, or a key where none belongs.
    #[error("no usable key")]
    Key(#[source] KeyError),
    /// It names a key that its owner did not publish.
    #[error("the key is not known")]
    UnknownKey,
    /// Signed by another key, or changed since.
    #[error("the signature does not match")]
    Signature,
    /// The claims are not of the expected shape.
    #[error("the claims are not of the expected shape")]
    Claims,
}

/// What a verifier takes.
#[derive(Clone, Copy, Debug)]
pub struct Accept {
    /// The types that are right here. `None` stands for a token without `typ`.
    pub types: &'static [Option<&'static str>],
    /// The algorithms that are right here.
    pub algorithms: AllowList,
}

#[derive(Serialize)]
struct MadeHeader<'a> {
    typ: &'a str,
    alg: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jwk: Option<Value>,
}

/// The members we act upon; others say nothing to us (RFC 7515 section 4).
#[derive(Deserialize)]
struct Header {
    alg: String,
    typ: Option<String>,
    kid: Option<String>,
    crit: Option<Value>,
    jwk: Option<Value>,
}

/// A token of type `typ` whose header names the key.
pub fn sign(key: &dyn Signer, typ: &str, claims: &impl Serialize) -> Result<String, JwsError> {
    let kid = Some(key.public_jwk().thumbprint());
    seal(key, &MadeHeader { typ, alg: key.algorithm().name(), kid, jwk: None }, claims)
}

/// A token of type `typ` whose header does not name the key: whoever reads it is given the key beside it.
pub(crate) fn sign_unnamed(
    key: &dyn Signer,
    typ: &str,
    claims: &impl Serialize,
) -> Result<String, JwsError> {
    seal(key, &MadeHeader { typ, alg: key.algorithm().name(), kid: None, jwk: None }, claims)
}

/// A token of type `typ` whose header carries the public key itself, as `DPoP` wants it.
pub fn sign_with_key_inside(
    key: &dyn Signer,
    typ: &str,
    claims: &impl Serialize,
) -> Result<String, JwsError> {
    let jwk = Some(key.public_jwk().to_bare_json());
    seal(key, &MadeHeader { typ, alg: key.algorithm().name(), kid: None, jwk }, claims)
}

/// Claims whose signature was found good, and of which nothing has been read yet.
///
/// What they say is judged by the module of their kind, which takes nothing but this: whoever has one
/// has been through [`prove`] or [`prove_with_key_inside`].
#[derive(Clone)]
pub struct Proven(Vec<u8>);

impl std::fmt::Debug for Proven {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Proven").field("bytes", &self.0.len()).finish()
    }
}

impl Proven {
    /// Claims that nobody signed, for a fuzzer, which must reach what judges them millions of times.
    #[must_use]
    pub fn danger_unsigned(claims: &[u8]) -> Self {
        Self(claims.to_vec())
    }

    /// The claims, if they have the shape that belongs to their kind.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, JwsError> {
        json::read(&self.0).map_err(|e| match e {
            json::JsonError::Malformed => JwsError::Malformed,
            json::JsonError::Shape => JwsError::Claims,
        })
    }
}

/// The claims of a token that one of `keys` signed.
///
/// The signature is checked before the claims are read.
pub fn verify<T: DeserializeOwned>(
    token: &str,
    keys: &Jwks,
    accept: &Accept,
) -> Result<T, JwsError> {
    prove(token, keys, accept)?.read()
}

/// Checks that one of `keys` signed the token. A header `jwk` is refused: which keys count is not for
/// the token to say.
pub fn prove(token: &str, keys: &Jwks, accept: &Accept) -> Result<Proven, JwsError> {
    let parts = Parts::split(token)?;
    let (header, algorithm) = parts.header(accept)?;
    if header.jwk.is_some() {
        return Err(JwsError::Key(KeyError::Unusable));
    }
    let mut named = keys
        .keys
        .iter()
        .filter(|key| header.kid.as_deref().is_none_or(|kid| key.is_named(kid)))
        .filter(|key| key.algorithms().contains(&algorithm))
        .peekable();
    if named.peek().is_none() {
        return Err(JwsError::UnknownKey);
    }
    let signature = parts.signature()?;
    if !named.any(|key| key.verify(algorithm, parts.signed.as_bytes(), &signature)) {
        return Err(JwsError::Signature);
    }
    parts.claims()
}

/// The claims of a token that carries its own key, and that key.
pub fn verify_with_key_inside<T: DeserializeOwned>(
    token: &str,
    accept: &Accept,
) -> Result<(T, PublicJwk), JwsError> {
    let (proven, key) = prove_with_key_inside(token, accept)?;
    Ok((proven.read()?, key))
}

/// Checks that the key in the token signed it.
///
/// It proves only that the sender holds the key; whose key it is, the caller has to know.
pub fn prove_with_key_inside(
    token: &str,
    accept: &Accept,
) -> Result<(Proven, PublicJwk), JwsError> {
    let parts = Parts::split(token)?;
    let (header, algorithm) = parts.header(accept)?;
    let jwk = header.jwk.ok_or(JwsError::Key(KeyError::Unusable))?;
    let key = PublicJwk::parse(&jwk).map_err(JwsError::Key)?;
    if !key.algorithms().contains(&algorithm) {
        return Err(JwsError::Algorithm);
    }
    if !key.verify(algorithm, parts.signed.as_bytes(), &parts.signature()?) {
        return Err(JwsError::Signature);
    }
    Ok((parts.claims()?, key))
}

/// The key that a token says it was signed with.
#[must_use]
pub fn key_id(token: &str) -> Option<String> {
    let parts = Parts::split(token).ok()?;
    let header: Header = json::read(&decode(parts.header).ok()?).ok()?;
    header.kid
}

/// The claims as anyone could have written them, only to find out whose key to verify with.
pub(crate) fn unverified<T: DeserializeOwned>(token: &str) -> Result<T, JwsError> {
    Parts::split(token)?.claims()?.read()
}

fn seal(
    key: &dyn Signer,
    header: &MadeHeader<'_>,
    claims: &impl Serialize,
) -> Result<String, JwsError> {
    let part = |json: serde_json::Result<Vec<u8>>| {
        json.map(|bytes| BASE64_URL_SAFE_NO_PAD.encode(bytes)).map_err(|_| JwsError::Claims)
    };
    let signed =
        format!("{}.{}", part(serde_json::to_vec(header))?, part(serde_json::to_vec(claims))?);
    let signature = key.sign(signed.as_bytes()).map_err(JwsError::Key)?;
    Ok(format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature)))
}

struct Parts<'a> {
    header: &'a str,
    claims: &'a str,
    signature: &'a str,
    /// Header, dot and claims: what the signature is over.
    signed: &'a str,
}

impl<'a> Parts<'a> {
    fn split(token: &'a str) -> Result<Self, JwsError> {
        if token.len() > MAX_BYTES {
            return Err(JwsError::TooLarge);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(JwsError::Malformed)?;
        let (header, claims) = signed.split_once('.').ok_or(JwsError::Malformed)?;
        if claims.contains('.') {
            return Err(JwsError::Malformed);
        }
        Ok(Self { header, claims, signature, signed })
    }

    fn header(&self, accept: &Accept) -> Result<(Header, Algorithm), JwsError> {
        let header: Header = json::read(&decode(self.header)?).map_err(|_| JwsError::Malformed)?;
        let algorithm = accept.algorithms.find(&header.alg).ok_or(JwsError::Algorithm)?;
        if !accept.types.contains(&header.typ.as_deref()) {
            return Err(JwsError::Type);
        }
        if header.crit.is_some() {
            return Err(JwsError::Critical);
        }
        Ok((header, algorithm))
    }

    fn signature(&self) -> Result<Vec<u8>, JwsError> {
        decode(self.signature)
    }

    /// The claims as bytes; only for whoever has looked at the signature, or says that nobody has.
    fn claims(&self) -> Result<Proven, JwsError> {
        decode(self.claims).map(Proven)
    }
}

/// Strict base64url: no padding and no stray bits, so one signature has one text.
fn decode(part: &str) -> Result<Vec<u8>, JwsError> {
    BASE64_URL_SAFE_NO_PAD.decode(part).map_err(|_| JwsError::Malformed)
}

#[cfg(test)]
mod tests;
