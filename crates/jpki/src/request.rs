//! What the customer is asked to sign, and what comes back.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest as _, Sha256};
use url::Url;

/// Keeps this signature from meaning anything in another protocol, and the other way round.
const CONTEXT: &[u8] = b"kanuki identity proof v2\0";
/// Before a signature said for whom it is; kept to prove old evidence again.
const CONTEXT_V1: &[u8] = b"kanuki identity proof v1\0";
/// The same for user authentication: it proves no identity, and an identity proof signs nobody in.
const AUTHENTICATION_CONTEXT: &[u8] = b"kanuki card authentication v1\0";

/// What one customer is asked to sign: the server's nonce, the terms that were shown, and for whom.
///
/// Kept on the server and used once, so that an old signature cannot be replayed. Whoever asks is
/// named by the origin that the answer goes to: the app takes it from the address that it will post
/// to, the server from its own. So nobody can have another company's request signed as if it were
/// theirs (as RFC 9449 and WebAuthn bind a proof to its audience).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentityRequest {
    nonce: [u8; 32],
    terms: [u8; 32],
    /// SHA-256 of the origin; none in requests from before there was one.
    #[serde(default)]
    audience: Option<[u8; 32]>,
}

impl IdentityRequest {
    /// A request over `terms` exactly as they were shown, whose answer goes to `return_url`; `nonce`
    /// is fresh randomness.
    pub fn new(nonce: [u8; 32], terms: &[u8], return_url: &Url) -> Self {
        Self::of_digest(nonce, Sha256::digest(terms).into(), return_url)
    }

    /// The same over the SHA-256 of the terms.
    pub fn of_digest(nonce: [u8; 32], terms: [u8; 32], return_url: &Url) -> Self {
        let origin = return_url.origin().ascii_serialization();
        Self { nonce, terms, audience: Some(Sha256::digest(origin).into()) }
    }

    /// The bytes that the card signs (RSASSA-PKCS1-v1_5 with SHA-256 over them).
    pub fn to_be_signed(&self) -> Vec<u8> {
        match &self.audience {
            Some(audience) => [CONTEXT, &self.nonce, &self.terms, audience].concat(),
            None => [CONTEXT_V1, &self.nonce, &self.terms].concat(),
        }
    }
}

/// What a card signs with its user-authentication key: a text that was shown, by its digest, and for
/// whom.
///
/// The text holds a nonce, so that no two are the same and an old signature cannot be replayed. It is
/// the same digest that a passkey would sign, so that one text has one challenge whoever answers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthenticationRequest {
    digest: [u8; 32],
    /// SHA-256 of the origin that the answer goes to, as for an [`IdentityRequest`].
    audience: [u8; 32],
}

impl AuthenticationRequest {
    /// A request over the text whose SHA-256 is `digest`, whose answer goes to `return_url`.
    pub fn over(digest: [u8; 32], return_url: &Url) -> Self {
        let origin = return_url.origin().ascii_serialization();
        Self { digest, audience: Sha256::digest(origin).into() }
    }

    /// The digest of the text.
    pub const fn digest(&self) -> [u8; 32] {
        self.digest
    }

    /// The bytes that the card signs (RSASSA-PKCS1-v1_5 with SHA-256 over them).
    pub fn to_be_signed(&self) -> Vec<u8> {
        [AUTHENTICATION_CONTEXT, &self.digest, &self.audience].concat()
    }
}

/// What the customer's card, or the platform operator, answers.
///
/// Kept whole, with the revocation list, as evidence for as long as the law asks.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignatureResponse {
    /// The certificate of the key that signed, DER; base64url in JSON.
    #[serde(serialize_with = "to_base64", deserialize_with = "from_base64")]
    pub certificate: Vec<u8>,
    /// The signature over the request's `to_be_signed`; base64url in JSON.
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

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn nonce_terms_and_origin_all_change_what_is_signed() {
        let here = url("https://wallet.example/identity/callback");
        let base = IdentityRequest::new([1; 32], b"terms", &here);
        for other in [
            IdentityRequest::new([2; 32], b"terms", &here),
            IdentityRequest::new([1; 32], b"other", &here),
            IdentityRequest::new([1; 32], b"terms", &url("https://bank.example/identity/callback")),
            IdentityRequest::new([1; 32], b"terms", &url("https://wallet.example:8443/")),
            IdentityRequest::new([1; 32], b"terms", &url("http://wallet.example/")),
        ] {
            assert_ne!(base.to_be_signed(), other.to_be_signed());
        }
        let elsewhere_there =
            IdentityRequest::new([1; 32], b"terms", &url("https://WALLET.example:443/x"));
        assert_eq!(base, elsewhere_there, "the path is the server's own affair");
        assert_eq!(base.to_be_signed().len(), CONTEXT.len() + 96);
    }

    #[test]
    fn what_was_signed_before_audiences_can_still_be_proven() {
        let kept = serde_json::json!({"nonce": vec![1; 32], "terms": vec![2; 32]});
        let kept: IdentityRequest = serde_json::from_value(kept).unwrap();
        assert_eq!(kept.to_be_signed(), [CONTEXT_V1, &[1; 32], &[2; 32]].concat());
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
