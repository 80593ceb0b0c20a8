//! What a bank's own app says with the key that it keeps in a telephone (ES256), and how its bank
//! reads it.
//!
//! One token for each call, for one errand of one bank: to read what is to be signed, to sign it or to
//! say no. A signature is over the SHA-256 of the canonical text (RFC 8785) that a passkey would sign;
//! its audience is the bank, so that what was signed for one is nothing to another; and it holds the
//! number that stands on the page, so that whoever was sent here by somebody else's page has nothing to
//! type.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;

use crate::{
    clock,
    jws::{self, Accept, JwsError},
    keys::{AllowList, Jwks, PublicJwk, Signer},
};

/// How old a token may be when it arrives, in seconds.
pub const MAX_AGE_SECS: i64 = 120;

const TYPE: &str = "kanuki-app+jwt";
const ACCEPT: Accept = Accept { types: &[Some(TYPE)], algorithms: AllowList::APP };

/// Why a token is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AppTokenError {
    /// Not a token of this kind, or by another key.
    #[error("the token is not good")]
    Token(#[from] JwsError),
    /// For another bank.
    #[error("the token is for another bank")]
    Audience,
    /// For another errand.
    #[error("the token is for another errand")]
    Errand,
    /// Too old, or from the future.
    #[error("the token is not from now")]
    Time,
    /// Over another text.
    #[error("the token is over another text")]
    Text,
}

/// What a token does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Asks what is to be signed.
    Read,
    /// Signs it.
    Sign,
    /// Says no to it.
    Refuse,
}

/// What a token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claims {
    /// The bank's issuer identifier, alone.
    pub aud: String,
    /// When, in seconds since 1970.
    pub iat: i64,
    /// Which errand, as the app was told it.
    pub errand: String,
    /// What it does.
    pub act: Act,
    /// The SHA-256 of the text, in base64url; of what is signed or refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// The number that the person read on the page; of what is signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
}

impl Claims {
    /// To read an errand.
    #[must_use]
    pub fn read(issuer: &str, errand: &str, now: Timestamp) -> Self {
        let (aud, errand) = (issuer.to_owned(), errand.to_owned());
        Self { aud, iat: now.as_second(), errand, act: Act::Read, digest: None, number: None }
    }

    /// To sign the text with this digest, with the number on the page.
    #[must_use]
    pub fn sign(self, digest: [u8; 32], number: &str) -> Self {
        let (digest, number) = (Some(encode(digest)), Some(number.to_owned()));
        Self { act: Act::Sign, digest, number, ..self }
    }

    /// To say no to the text with this digest.
    #[must_use]
    pub fn refuse(self, digest: [u8; 32]) -> Self {
        Self { act: Act::Refuse, digest: Some(encode(digest)), number: None, ..self }
    }

    /// Whether it is about the text with this digest.
    #[must_use]
    pub fn is_over(&self, digest: [u8; 32]) -> bool {
        let said = self.digest.as_deref().unwrap_or_default();
        said.as_bytes().ct_eq(encode(digest).as_bytes()).into()
    }

    /// Whether the person read this number on their page.
    #[must_use]
    pub fn has_number(&self, shown: &str) -> bool {
        let said = self.number.as_deref().unwrap_or_default();
        said.as_bytes().ct_eq(shown.as_bytes()).into()
    }

    fn check(&self, (issuer, errand): (&str, &str), now: Timestamp) -> Result<(), AppTokenError> {
        if self.aud != issuer {
            return Err(AppTokenError::Audience);
        }
        if self.errand != errand {
            return Err(AppTokenError::Errand);
        }
        if clock::is_ahead(self.iat, now) || clock::is_older_than(self.iat, MAX_AGE_SECS, now) {
            return Err(AppTokenError::Time);
        }
        Ok(())
    }
}

fn encode(digest: [u8; 32]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(digest)
}

/// A token by a key that the bank knows, named by its thumbprint.
pub fn make(key: &dyn Signer, claims: &Claims) -> Result<String, JwsError> {
    jws::sign(key, TYPE, claims)
}

/// A token by a key that the bank does not know yet, with the key inside.
pub fn make_new(key: &dyn Signer, claims: &Claims) -> Result<String, JwsError> {
    jws::sign_with_key_inside(key, TYPE, claims)
}

/// The thumbprint of the key that a token says it is by; none where it carries a key of its own.
#[must_use]
pub fn key_named(token: &str) -> Option<String> {
    jws::key_id(token)
}

/// What a token of a key that the bank knows says about this errand.
pub fn verify(
    token: &str,
    key: &PublicJwk,
    about: (&str, &str),
    now: Timestamp,
) -> Result<Claims, AppTokenError> {
    let claims: Claims = jws::verify(token, &Jwks::of([key]), &ACCEPT)?;
    claims.check(about, now)?;
    Ok(claims)
}

/// What a token says that brings a new key, and the key: it proves that its sender holds it.
pub fn verify_new(
    token: &str,
    about: (&str, &str),
    now: Timestamp,
) -> Result<(Claims, PublicJwk), AppTokenError> {
    let (claims, key) = jws::verify_with_key_inside::<Claims>(token, &ACCEPT)?;
    claims.check(about, now)?;
    Ok((claims, key))
}

/// Proves a kept signature again, years later: by this key, for this bank, over this text.
pub fn verify_again(
    token: &str,
    key: &PublicJwk,
    issuer: &str,
    digest: [u8; 32],
) -> Result<Claims, AppTokenError> {
    let claims: Claims = jws::verify(token, &Jwks::of([key]), &ACCEPT)?;
    if claims.aud != issuer {
        return Err(AppTokenError::Audience);
    }
    if claims.act != Act::Sign || !claims.is_over(digest) {
        return Err(AppTokenError::Text);
    }
    Ok(claims)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::keys::{EdSigningKey, SigningKey};

    const BANK: &str = "https://bank.example";

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000_i64.saturating_add(second)).unwrap()
    }

    fn signed(key: &SigningKey) -> String {
        make(key, &Claims::read(BANK, "e", at(0)).sign([7; 32], "42")).unwrap()
    }

    #[test]
    fn a_signature_is_for_one_bank_one_errand_one_text_and_now() {
        let key = SigningKey::generate().unwrap();
        let (token, jwk) = (signed(&key), key.public_jwk());

        let claims = verify(&token, jwk, (BANK, "e"), at(MAX_AGE_SECS)).unwrap();
        assert!(claims.is_over([7; 32]) && !claims.is_over([8; 32]));
        assert!(claims.has_number("42") && !claims.has_number("43") && !claims.has_number(""));
        assert_eq!(key_named(&token), Some(jwk.thumbprint()));
        let refused = |about, now| verify(&token, jwk, about, now).unwrap_err();
        assert_eq!(refused(("https://other.example", "e"), at(0)), AppTokenError::Audience);
        assert_eq!(refused((BANK, "f"), at(0)), AppTokenError::Errand);
        assert_eq!(refused((BANK, "e"), at(MAX_AGE_SECS + 1)), AppTokenError::Time);
        assert_eq!(refused((BANK, "e"), at(-31)), AppTokenError::Time);
        let other = SigningKey::generate().unwrap();
        assert!(verify(&token, other.public_jwk(), (BANK, "e"), at(0)).is_err());
    }

    #[test]
    fn what_was_signed_is_proven_again_and_nothing_else_is() {
        let key = SigningKey::generate().unwrap();
        let (token, jwk) = (signed(&key), key.public_jwk());
        verify_again(&token, jwk, BANK, [7; 32]).unwrap();

        let text = verify_again(&token, jwk, BANK, [8; 32]).unwrap_err();
        assert_eq!(text, AppTokenError::Text);
        let bank = verify_again(&token, jwk, "https://other.example", [7; 32]).unwrap_err();
        assert_eq!(bank, AppTokenError::Audience);
        let no = make(&key, &Claims::read(BANK, "e", at(0)).refuse([7; 32])).unwrap();
        assert_eq!(verify_again(&no, jwk, BANK, [7; 32]).unwrap_err(), AppTokenError::Text);
    }

    #[test]
    fn only_a_token_of_this_kind_and_of_a_telephones_hardware_is_read() {
        let key = SigningKey::generate().unwrap();
        let claims = Claims::read(BANK, "e", at(0));
        let new = make_new(&key, &claims).unwrap();
        assert_eq!(
            verify_new(&new, (BANK, "e"), at(0)).unwrap(),
            (claims.clone(), key.public_jwk().clone())
        );
        assert!(verify(&new, key.public_jwk(), (BANK, "e"), at(0)).is_err(), "a key inside");
        assert!(verify_new(&signed(&key), (BANK, "e"), at(0)).is_err(), "no key inside");

        let ed = EdSigningKey::generate().unwrap();
        let soft = make(&ed, &claims).unwrap();
        assert!(verify(&soft, ed.public_jwk(), (BANK, "e"), at(0)).is_err());
        let untyped = jws::sign(&key, "JWT", &claims).unwrap();
        assert!(verify(&untyped, key.public_jwk(), (BANK, "e"), at(0)).is_err());
        let mut many = serde_json::to_value(&claims).unwrap();
        many["aud"] = json!([BANK, "https://other.example"]);
        let many = jws::sign(&key, TYPE, &many).unwrap();
        assert!(verify(&many, key.public_jwk(), (BANK, "e"), at(0)).is_err());
    }
}
