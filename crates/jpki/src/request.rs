//! What the customer is asked to sign, and what comes back.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest as _, Sha256};

/// Keeps this signature from meaning anything in another protocol, and the other way round.
const CONTEXT: &[u8] = b"kanuki identity proof v1\0";

/// What one customer is asked to sign: the server's nonce, and the terms that were shown.
///
/// Kept on the server and used once, so that an old signature cannot be replayed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentityRequest {
    nonce: [u8; 32],
    terms: [u8; 32],
}

impl IdentityRequest {
    /// A request over `terms` exactly as they were shown; `nonce` is fresh randomness.
    pub fn new(nonce: [u8; 32], terms: &[u8]) -> Self {
        Self { nonce, terms: Sha256::digest(terms).into() }
    }

    /// The bytes that the card signs (RSASSA-PKCS1-v1_5 with SHA-256 over them).
    pub fn to_be_signed(&self) -> Vec<u8> {
        [CONTEXT, &self.nonce, &self.terms].concat()
    }
}

/// What the customer's card, or the platform operator, answers.
///
/// Kept whole, with the revocation list, as evidence for as long as the law asks.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignatureResponse {
    /// The signature certificate, DER; base64url in JSON.
    #[serde(serialize_with = "to_base64", deserialize_with = "from_base64")]
    pub certificate: Vec<u8>,
    /// The signature over [`IdentityRequest::to_be_signed`]; base64url in JSON.
    #[serde(serialize_with = "to_base64", deserialize_with = "from_base64")]
    pub signature: Vec<u8>,
}

impl std::fmt::Debug for SignatureResponse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The certificate is a name and an address.
        f.debug_struct("SignatureResponse").finish_non_exhaustive()
    }
}

fn to_base64<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&URL_SAFE_NO_PAD.encode(bytes))
}

fn from_base64<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    let text = String::deserialize(deserializer)?;
    URL_SAFE_NO_PAD.decode(text).map_err(|_| de::Error::custom("not base64url"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonce_and_terms_both_change_what_is_signed() {
        let base = IdentityRequest::new([1; 32], b"terms");
        assert_ne!(base.to_be_signed(), IdentityRequest::new([2; 32], b"terms").to_be_signed());
        assert_ne!(base.to_be_signed(), IdentityRequest::new([1; 32], b"other").to_be_signed());
        assert_eq!(base.to_be_signed().len(), CONTEXT.len() + 64);
    }

    #[test]
    fn a_response_crosses_as_base64url_and_never_shows_in_a_log() {
        let response = SignatureResponse { certificate: vec![0xfb, 0xff], signature: vec![1] };
        let json = serde_json::to_string(&response).unwrap();
        assert_eq!(json, r#"{"certificate":"-_8","signature":"AQ"}"#);
        assert_eq!(serde_json::from_str::<SignatureResponse>(&json).unwrap(), response);
        assert_eq!(format!("{response:?}"), "SignatureResponse { .. }");
    }
}
