//! What a wallet asks of the app.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use kanuki_jpki::{AuthenticationRequest, IdentityRequest};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use url::Url;

/// The longest request, in characters: it travels in a URL.
const LEN_MAX: usize = 6_000;

/// Not a request that the app serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CardRequestError {
    /// Not base64url JSON of the expected members, or a member is not of its form.
    #[error("not a request for a signature")]
    Malformed,
    /// The answer would go to an origin that this app was not set up for.
    #[error("the return address is not registered")]
    ReturnUrl,
    /// The text of the terms is not what the digest stands for.
    #[error("the terms do not match their digest")]
    Terms,
}

/// Which of the card's two keys is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CardPurpose {
    /// The signature key, which says who somebody is (署名用).
    #[default]
    Identity,
    /// The key for user authentication, which says that the card is there (利用者証明用).
    Authentication,
}

/// A request for one signature, as `?request=<base64url of this as JSON>`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardRequest {
    /// Which key signs.
    #[serde(default)]
    pub purpose: CardPurpose,
    /// The wallet's nonce: 32 bytes, base64url without padding. None for user authentication, where
    /// the text itself holds one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub nonce: String,
    /// SHA-256 of the terms that the wallet showed: 32 bytes, base64url without padding.
    pub terms_digest: String,
    /// Where the answer is posted.
    pub return_url: Url,
    /// The wallet's own reference, sent back unchanged.
    pub state: String,
    /// Who asks, as the person reads it.
    pub wallet_name: String,
    /// The terms themselves, so that the app can show what is signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms: Option<String>,
}

impl CardRequest {
    /// The value of the query parameter.
    #[must_use]
    pub fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    /// Reads the query parameter, and refuses what must not be served.
    pub fn parse(text: &str, return_origins: &[String]) -> Result<Self, CardRequestError> {
        if text.len() > LEN_MAX {
            return Err(CardRequestError::Malformed);
        }
        let json = URL_SAFE_NO_PAD.decode(text).map_err(|_| CardRequestError::Malformed)?;
        let request: Self =
            serde_json::from_slice(&json).map_err(|_| CardRequestError::Malformed)?;
        request.to_be_signed()?;
        let origin = request.return_url.origin().ascii_serialization();
        if !return_origins.contains(&origin) {
            return Err(CardRequestError::ReturnUrl);
        }
        if let Some(terms) = &request.terms
            && Sha256::digest(terms.as_bytes()).as_slice() != bytes(&request.terms_digest)?
        {
            return Err(CardRequestError::Terms);
        }
        Ok(request)
    }

    /// The bytes that the card signs: also for whom, which is where the answer will be posted and
    /// nothing that the request could say otherwise.
    pub fn to_be_signed(&self) -> Result<Vec<u8>, CardRequestError> {
        let terms = bytes(&self.terms_digest)?;
        match self.purpose {
            CardPurpose::Identity => {
                let nonce = bytes(&self.nonce)?;
                Ok(IdentityRequest::of_digest(nonce, terms, &self.return_url).to_be_signed())
            }
            // Nobody signs here what they were not given to read.
            CardPurpose::Authentication if self.nonce.is_empty() && self.terms.is_some() => {
                Ok(AuthenticationRequest::over(terms, &self.return_url).to_be_signed())
            }
            CardPurpose::Authentication => Err(CardRequestError::Malformed),
        }
    }

    /// The first half of the terms' digest in groups of four hexadecimal digits, for people to
    /// compare.
    #[must_use]
    pub fn digest_text(&self) -> String {
        let digest = bytes(&self.terms_digest).unwrap_or_default();
        let mut text = String::new();
        for (index, byte) in digest.iter().take(16).enumerate() {
            if index > 0 && index.is_multiple_of(2) {
                text.push(' ');
            }
            text.push_str(&hex(*byte));
        }
        text
    }
}

/// Two hexadecimal digits.
fn hex(byte: u8) -> String {
    format!("{byte:02x}")
}

fn bytes(text: &str) -> Result<[u8; 32], CardRequestError> {
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| CardRequestError::Malformed)?;
    bytes.try_into().map_err(|_| CardRequestError::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> CardRequest {
        CardRequest {
            purpose: CardPurpose::Identity,
            nonce: URL_SAFE_NO_PAD.encode([7; 32]),
            terms_digest: URL_SAFE_NO_PAD.encode(Sha256::digest("terms")),
            return_url: Url::parse("http://wallet.localhost:8080/identity/return").unwrap(),
            state: "st".to_owned(),
            wallet_name: "Wallet".to_owned(),
            terms: Some("terms".to_owned()),
        }
    }

    fn parse(request: &CardRequest) -> Result<CardRequest, CardRequestError> {
        CardRequest::parse(&request.encode(), &["http://wallet.localhost:8080".to_owned()])
    }

    #[test]
    fn what_is_signed_is_what_the_wallet_will_check() {
        let signed = parse(&request()).unwrap().to_be_signed().unwrap();

        assert_eq!(request().digest_text().len(), 8 * 4 + 7);
        let wallet = Url::parse("http://wallet.localhost:8080/").unwrap();
        assert_eq!(signed, IdentityRequest::new([7; 32], b"terms", &wallet).to_be_signed());
    }

    #[test]
    fn another_companys_nonce_is_signed_for_whoever_is_answered() {
        let bank = Url::parse("http://bank.localhost:8081/enrol/card").unwrap();
        let banks = CardRequest { return_url: bank.clone(), ..request() };
        let origins =
            ["http://wallet.localhost:8080", "http://bank.localhost:8081"].map(str::to_owned);
        let at_wallet = CardRequest::parse(&request().encode(), &origins).unwrap();
        let at_bank = CardRequest::parse(&banks.encode(), &origins).unwrap();
        let wanted = IdentityRequest::new([7; 32], b"terms", &bank).to_be_signed();

        assert_ne!(at_wallet.to_be_signed().unwrap(), wanted, "a wallet relays the bank's nonce");
        assert_eq!(at_bank.to_be_signed().unwrap(), wanted);
    }

    #[test]
    fn answers_go_to_registered_origins_only() {
        for elsewhere in [
            "http://wallet.localhost:8081/identity/return",
            "https://wallet.localhost:8080/identity/return",
            "http://wallet.localhost.evil.test:8080/",
            "http://wallet.localhost:8080@evil.test/",
            "javascript:alert(1)",
        ] {
            let return_url = Url::parse(elsewhere).unwrap();
            let refused = parse(&CardRequest { return_url, ..request() });
            assert_eq!(refused, Err(CardRequestError::ReturnUrl), "{elsewhere}");
        }
    }

    #[test]
    fn shown_terms_are_the_signed_ones() {
        let other = CardRequest { terms: Some("other".to_owned()), ..request() };

        assert_eq!(parse(&other), Err(CardRequestError::Terms));
    }

    #[test]
    fn user_authentication_signs_the_text_that_is_shown_and_none_that_is_not() {
        let asked =
            CardRequest { purpose: CardPurpose::Authentication, nonce: String::new(), ..request() };

        let digest = Sha256::digest("terms").into();
        let signed = AuthenticationRequest::over(digest, &asked.return_url).to_be_signed();
        assert_eq!(parse(&asked).unwrap().to_be_signed(), Ok(signed));
        let hidden = CardRequest { terms: None, ..asked.clone() };
        let both = CardRequest { nonce: request().nonce, ..asked };
        for bent in [hidden, both] {
            assert_eq!(parse(&bent), Err(CardRequestError::Malformed));
        }
    }

    #[test]
    fn bent_requests_are_refused() {
        let origins = ["http://wallet.localhost:8080".to_owned()];
        let short = CardRequest { nonce: URL_SAFE_NO_PAD.encode([7; 31]), ..request() };
        for text in ["", "e30", "%%%", &short.encode(), &"A".repeat(LEN_MAX + 1)] {
            assert_eq!(CardRequest::parse(text, &origins), Err(CardRequestError::Malformed));
        }
    }
}
