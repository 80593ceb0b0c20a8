//! Public keys as JWK (RFC 7517): P-256, Ed25519 and RSA, and nothing private among them.

use std::sync::Arc;

use aws_lc_rs::{
    rsa::PublicKeyComponents,
    signature::{
        ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256,
        RSA_PSS_2048_8192_SHA256, VerificationAlgorithm,
    },
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Algorithm, KeyError};

/// A public key and the name its owner gave it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Value", into = "Value")]
pub struct PublicJwk {
    kid: Option<String>,
    material: Material,
    ready: Ready,
}

/// The library's form of a point, which reading a key has checked anyway; none for RSA. It follows
/// from the material, so it makes no two keys differ.
#[derive(Clone, Debug)]
struct Ready(Option<Arc<ParsedPublicKey>>);

impl PartialEq for Ready {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Ready {}

impl Ready {
    fn point(
        algorithm: &'static dyn VerificationAlgorithm,
        bytes: impl AsRef<[u8]>,
    ) -> Result<Self, KeyError> {
        let key = ParsedPublicKey::new(algorithm, bytes).map_err(|_| KeyError::Unusable)?;
        Ok(Self(Some(Arc::new(key))))
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Material {
    /// A point on P-256.
    P256 { x: [u8; 32], y: [u8; 32] },
    /// A point on Edwards' curve (RFC 8037 section 2).
    Ed25519 { x: [u8; 32] },
    /// Modulus and exponent, big endian without leading zeros, and the one algorithm that the key
    /// is for, if its owner said so.
    Rsa { n: Vec<u8>, e: Vec<u8>, only: Option<Algorithm> },
}

/// What a JWK may hold; members that are none of these are ignored (RFC 7517 section 4).
#[derive(Deserialize)]
struct Members {
    kty: String,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
    n: Option<String>,
    e: Option<String>,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    usage: Option<String>,
}

/// Members that only a private or symmetric key has (RFC 7518 sections 6.2.2, 6.3.2, 6.4).
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

fn decode(text: Option<&str>) -> Result<Vec<u8>, KeyError> {
    BASE64_URL_SAFE_NO_PAD.decode(text.unwrap_or_default()).map_err(|_| KeyError::Unusable)
}

fn coordinate(text: Option<&str>) -> Result<[u8; 32], KeyError> {
    decode(text)?.try_into().map_err(|_| KeyError::Unusable)
}

impl PublicJwk {
    /// Reads a JWK. Anything private in it is an error of its own: someone has leaked a key.
    pub fn parse(value: &Value) -> Result<Self, KeyError> {
        let object = value.as_object().ok_or(KeyError::Unusable)?;
        if PRIVATE.iter().any(|name| object.contains_key(*name)) {
            return Err(KeyError::Private);
        }
        let members = Members::deserialize(value).map_err(|_| KeyError::Unusable)?;
        let mut key = match (members.kty.as_str(), members.crv.as_deref()) {
            ("EC", Some("P-256")) => Self::from_point(
                coordinate(members.x.as_deref())?,
                coordinate(members.y.as_deref())?,
            )?,
            ("OKP", Some("Ed25519")) => Self::from_ed25519(coordinate(members.x.as_deref())?)?,
            ("RSA", _) => {
                Self::from_rsa(&decode(members.n.as_deref())?, &decode(members.e.as_deref())?)?
            }
            _ => return Err(KeyError::Unusable),
        };
        if members.usage.is_some_and(|u| u != "sig") {
            return Err(KeyError::Unusable);
        }
        if let Some(name) = members.alg {
            key = key.only_for(&name)?;
        }
        key.kid = members.kid;
        Ok(key)
    }

    /// A point on P-256; one that is not on the curve is refused.
    pub fn from_point(x: [u8; 32], y: [u8; 32]) -> Result<Self, KeyError> {
        let ready = Ready::point(&ECDSA_P256_SHA256_FIXED, uncompressed(&x, &y))?;
        Ok(Self { kid: None, material: Material::P256 { x, y }, ready })
    }

    /// A point on Ed25519's curve; 32 bytes that are none are refused.
    pub fn from_ed25519(x: [u8; 32]) -> Result<Self, KeyError> {
        let ready = Ready::point(&ED25519, x)?;
        Ok(Self { kid: None, material: Material::Ed25519 { x }, ready })
    }

    /// The same key for the algorithm of this name alone (RFC 7517 section 4.4).
    fn only_for(mut self, name: &str) -> Result<Self, KeyError> {
        let found = self.algorithms().iter().copied().find(|a| a.name() == name);
        let algorithm = found.ok_or(KeyError::Unusable)?;
        if let Material::Rsa { only, .. } = &mut self.material {
            *only = Some(algorithm);
        }
        Ok(self)
    }

    /// The same key for event tokens alone.
    pub(super) fn for_events(self) -> Result<Self, KeyError> {
        self.only_for(Algorithm::Rs256.name())
    }

    /// The same key for PS256 alone.
    pub(super) fn for_pss(self) -> Result<Self, KeyError> {
        self.only_for(Algorithm::Ps256.name())
    }

    /// A point as `0x04 || x || y`.
    pub fn from_uncompressed_point(bytes: &[u8]) -> Result<Self, KeyError> {
        let (x, y) = bytes
            .strip_prefix(&[4])
            .and_then(|rest| rest.split_at_checked(32))
            .ok_or(KeyError::Unusable)?;
        let whole = |half: &[u8]| half.try_into().map_err(|_| KeyError::Unusable);
        Self::from_point(whole(x)?, whole(y)?)
    }

    /// The inverse; none where it is no point on P-256.
    #[must_use]
    pub(crate) fn to_uncompressed_point(&self) -> Option<Vec<u8>> {
        match &self.material {
            Material::P256 { x, y } => Some(uncompressed(x, y)),
            Material::Ed25519 { .. } | Material::Rsa { .. } => None,
        }
    }

    /// Modulus and exponent without leading zeros; under 2048 or over 4096 bits is refused.
    pub fn from_rsa(n: &[u8], e: &[u8]) -> Result<Self, KeyError> {
        // A modulus of 256 bytes whose top bit is not set has 2047 bits or fewer.
        let strong = n.len() > 256 || (n.len() == 256 && n.first().is_some_and(|b| *b >= 0x80));
        let canonical = n.first().is_some_and(|b| *b != 0) && e.first().is_some_and(|b| *b != 0);
        // aws-lc accepts up to 33 bits; 65537 is what everyone uses, 3 is refused.
        let sane = (3..=4).contains(&e.len()) && e.last().is_some_and(|b| b % 2 == 1);
        if !strong || !canonical || !sane || n.len() > 512 {
            return Err(KeyError::Unusable);
        }
        let material = Material::Rsa { n: n.to_vec(), e: e.to_vec(), only: None };
        Ok(Self { kid: None, material, ready: Ready(None) })
    }

    /// The algorithms that this key may be used with: one, unless it is an RSA key whose owner did
    /// not say for which of the two it is.
    #[must_use]
    pub const fn algorithms(&self) -> &'static [Algorithm] {
        match &self.material {
            Material::P256 { .. } => &[Algorithm::Es256],
            Material::Ed25519 { .. } => &[Algorithm::EdDsa],
            Material::Rsa { only: Some(Algorithm::Rs256), .. } => &[Algorithm::Rs256],
            Material::Rsa { only: Some(_), .. } => &[Algorithm::Ps256],
            Material::Rsa { only: None, .. } => &[Algorithm::Ps256, Algorithm::Rs256],
        }
    }

    /// True when `signature` over `message` was made by this key's other half with `algorithm`.
    #[must_use]
    pub fn verify(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        if !self.algorithms().contains(&algorithm) {
            return false;
        }
        match &self.material {
            Material::P256 { .. } | Material::Ed25519 { .. } => {
                self.ready.0.as_ref().is_some_and(|key| key.verify_sig(message, signature).is_ok())
            }
            Material::Rsa { n, e, .. } => {
                let padding = match algorithm {
                    Algorithm::Rs256 => &RSA_PKCS1_2048_8192_SHA256,
                    Algorithm::Ps256 | Algorithm::Es256 | Algorithm::EdDsa => {
                        &RSA_PSS_2048_8192_SHA256
                    }
                };
                PublicKeyComponents { n, e }.verify(padding, message, signature).is_ok()
            }
        }
    }

    /// Base64url SHA-256 over the required members (RFC 7638): `jkt` and our key ids.
    #[must_use]
    pub fn thumbprint(&self) -> String {
        let b64 = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        let required = match &self.material {
            Material::P256 { x, y } => {
                format!(r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}}"#, b64(x), b64(y))
            }
            Material::Ed25519 { x } => {
                format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, b64(x))
            }
            Material::Rsa { n, e, .. } => {
                format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, b64(e), b64(n))
            }
        };
        b64(&Sha256::digest(required))
    }

    /// True when a header's `kid` means this key: the name its owner gave it, or its thumbprint.
    #[must_use]
    pub fn is_named(&self, kid: &str) -> bool {
        self.kid.as_deref() == Some(kid) || self.thumbprint() == kid
    }

    /// True when one name could mean this key or `other`.
    fn shares_name_with(&self, other: &Self) -> bool {
        let name = |key: &Self| key.kid.clone().unwrap_or_else(|| key.thumbprint());
        self.is_named(&name(other)) || other.is_named(&name(self))
    }

    /// The required members alone, for a `DPoP` proof's header.
    #[must_use]
    pub fn to_bare_json(&self) -> Value {
        let b64 = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        match &self.material {
            Material::P256 { x, y } => {
                json!({"kty": "EC", "crv": "P-256", "x": b64(x), "y": b64(y)})
            }
            Material::Ed25519 { x } => json!({"kty": "OKP", "crv": "Ed25519", "x": b64(x)}),
            Material::Rsa { n, e, .. } => json!({"kty": "RSA", "n": b64(n), "e": b64(e)}),
        }
    }

    /// The JWK for a key set: required members, `kid`, `alg` and `use`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut value = self.to_bare_json();
        if let Some(object) = value.as_object_mut() {
            let kid = self.kid.clone().unwrap_or_else(|| self.thumbprint());
            object.insert("kid".into(), kid.into());
            if let [only] = self.algorithms() {
                object.insert("alg".into(), only.name().into());
            }
            object.insert("use".into(), "sig".into());
        }
        value
    }
}

fn uncompressed(x: &[u8; 32], y: &[u8; 32]) -> Vec<u8> {
    [&[4], x.as_slice(), y].concat()
}

impl TryFrom<Value> for PublicJwk {
    type Error = KeyError;

    fn try_from(value: Value) -> Result<Self, KeyError> {
        Self::parse(&value)
    }
}

impl From<PublicJwk> for Value {
    fn from(key: PublicJwk) -> Self {
        key.to_json()
    }
}

/// A key set, as served at `jwks_uri` (RFC 7517 section 5).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "RawJwks")]
pub struct Jwks {
    /// The keys, in the order of the set.
    pub keys: Vec<PublicJwk>,
}

#[derive(Deserialize)]
struct RawJwks {
    keys: Vec<Value>,
}

/// More keys than any honest set has; each costs a verification when a token names none.
const MAX_KEYS: usize = 16;

impl TryFrom<RawJwks> for Jwks {
    type Error = KeyError;

    /// Kinds of key that we do not use are skipped; a private key is an error, and so are two keys
    /// of one name (RFC 7517 section 4.5): whoever looks at a set by its names would see one of
    /// them, and a token would be good under both. The same key twice is that key.
    fn try_from(raw: RawJwks) -> Result<Self, KeyError> {
        let mut keys = Vec::new();
        for value in raw.keys.iter().take(MAX_KEYS) {
            match PublicJwk::parse(value) {
                Ok(key) if keys.contains(&key) => {}
                Ok(key) if keys.iter().any(|other| key.shares_name_with(other)) => {
                    return Err(KeyError::Doubled);
                }
                Ok(key) => keys.push(key),
                Err(KeyError::Private) => return Err(KeyError::Private),
                Err(KeyError::Unusable | KeyError::Signing | KeyError::Doubled) => {}
            }
        }
        Ok(Self { keys })
    }
}

impl Jwks {
    /// Whether `token` says that it was signed by a key that is not here: a reason to look whether
    /// its owner has a new one.
    #[must_use]
    pub fn lacks_key_of(&self, token: &str) -> bool {
        crate::jws::key_id(token).is_some_and(|kid| !self.keys.iter().any(|key| key.is_named(&kid)))
    }

    /// A set of these keys.
    pub fn of<'a>(keys: impl IntoIterator<Item = &'a PublicJwk>) -> Self {
        Self { keys: keys.into_iter().cloned().collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn p256() -> Value {
        json!({
            "kty": "EC", "crv": "P-256",
            "x": "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs",
            "y": "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA",
        })
    }

    fn with(mut jwk: Value, name: &str, value: &str) -> Value {
        jwk[name] = value.into();
        jwk
    }

    /// The samples of RFC 7638 section 3.1 and RFC 9449 section 6.1.
    #[test]
    fn thumbprints_agree_with_the_standards_samples() {
        let rsa = json!({
            "kty": "RSA", "e": "AQAB", "alg": "RS256", "kid": "2011-04-29",
            "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1\
                  L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4Qy\
                  Q5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbIS\
                  D08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kE\
                  gU8awapJzKnqDKgw",
        });

        let rsa = PublicJwk::parse(&rsa).unwrap();
        assert_eq!(rsa.thumbprint(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
        assert!(rsa.is_named("2011-04-29") && !rsa.is_named("2011-04-30"));
        assert_eq!(PublicJwk::parse(&rsa.to_json()).unwrap(), rsa);
        // RFC 8037 appendix A.3.
        let ed = json!({
            "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        });
        let ed = PublicJwk::parse(&ed).unwrap();
        assert_eq!(ed.thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
        assert_eq!(ed.to_json()["alg"], "EdDSA");
        let p256 = PublicJwk::parse(&p256()).unwrap();
        assert_eq!(p256.thumbprint(), "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
    }

    #[test]
    fn keys_that_must_not_be_used_are_refused() {
        let short = BASE64_URL_SAFE_NO_PAD.encode([0x81; 128]);
        let off_curve = BASE64_URL_SAFE_NO_PAD.encode([1; 32]);
        for (bad, why) in [
            (with(p256(), "d", "AA"), KeyError::Private),
            (with(json!({"kty": "oct"}), "k", "AA"), KeyError::Private),
            (with(p256(), "y", &off_curve), KeyError::Unusable),
            (with(p256(), "x", "AA"), KeyError::Unusable),
            (with(p256(), "crv", "P-384"), KeyError::Unusable),
            (with(p256(), "alg", "RS256"), KeyError::Unusable),
            (with(p256(), "use", "enc"), KeyError::Unusable),
            (json!({"kty": "RSA", "e": "AQAB", "n": short}), KeyError::Unusable),
            (json!({"kty": "OKP", "crv": "X25519", "x": off_curve}), KeyError::Unusable),
            (json!({"kty": "OKP", "crv": "Ed448", "x": off_curve}), KeyError::Unusable),
            (json!({"kty": "OKP", "crv": "Ed25519", "x": "AA"}), KeyError::Unusable),
            (json!([]), KeyError::Unusable),
        ] {
            assert_eq!(PublicJwk::parse(&bad), Err(why), "{bad}");
        }
    }

    #[test]
    fn a_name_in_a_set_means_one_key() {
        let read = |keys: Value| serde_json::from_value::<Jwks>(json!({"keys": keys}));
        let other = json!({
            "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        });
        let named = |jwk: &Value, kid: &str| with(jwk.clone(), "kid", kid);
        let thumbprint = PublicJwk::parse(&p256()).unwrap().thumbprint();

        for doubled in [
            json!([named(&other, "k"), named(&p256(), "k")]),
            json!([named(&other, &thumbprint), p256()]),
            json!([named(&other, &thumbprint), named(&p256(), "k")]),
            json!([named(&p256(), "k"), named(&other, &thumbprint)]),
        ] {
            assert!(read(doubled.clone()).is_err(), "{doubled}");
        }
        let apart = read(json!([named(&other, "a"), named(&p256(), "b")])).unwrap();
        assert_eq!(apart.keys.len(), 2);
        let twice = read(json!([named(&other, "a"), named(&other, "a")])).unwrap();
        assert_eq!(twice.keys.len(), 1, "the same key twice is that key");
    }

    #[test]
    fn a_set_skips_kinds_it_does_not_know_but_not_leaked_keys() {
        let set = json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "AA"}, p256()]});
        let leaked = json!({"keys": [with(p256(), "d", "AA")]});

        assert_eq!(serde_json::from_value::<Jwks>(set).unwrap().keys.len(), 1);
        assert!(serde_json::from_value::<Jwks>(leaked).is_err());
    }
}
