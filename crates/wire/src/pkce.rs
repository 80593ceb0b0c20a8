//! PKCE (RFC 7636), method S256 only: `plain` protects nothing that is logged on the way.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::error::{ErrorCode, OAuthError};

/// The only `code_challenge_method`.
pub const METHOD: &str = "S256";

/// Why a verifier or a challenge was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PkceError {
    /// Not 43 to 128 unreserved characters (RFC 7636 section 4.1).
    #[error("a code verifier has 43 to 128 unreserved characters")]
    Verifier,
    /// Not base64url of 32 bytes.
    #[error("an S256 code challenge is base64url of 32 bytes")]
    Challenge,
    /// Good in form, but not what the challenge was made from.
    #[error("the code verifier does not match")]
    Mismatch,
}

impl From<PkceError> for OAuthError {
    fn from(error: PkceError) -> Self {
        let code = match error {
            PkceError::Challenge => ErrorCode::InvalidRequest,
            PkceError::Verifier | PkceError::Mismatch => ErrorCode::InvalidGrant,
        };
        Self::new(code, error.to_string())
    }
}

/// A verifier of 43 characters that carries all of `random`.
#[must_use]
pub fn verifier(random: [u8; 32]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(random)
}

/// The S256 challenge of `verifier`.
pub fn challenge(verifier: &str) -> Result<String, PkceError> {
    let unreserved = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    if !(43..=128).contains(&verifier.len()) || !verifier.bytes().all(unreserved) {
        return Err(PkceError::Verifier);
    }
    Ok(BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)))
}

/// Checks the form of a challenge when it is pushed, before anything rests on it.
pub fn check_challenge(challenge: &str) -> Result<(), PkceError> {
    match BASE64_URL_SAFE_NO_PAD.decode(challenge) {
        Ok(bytes) if bytes.len() == 32 => Ok(()),
        Ok(_) | Err(_) => Err(PkceError::Challenge),
    }
}

/// Checks at the token endpoint that `verifier` is what `expected` was made from, in constant time.
pub fn verify(verifier: &str, expected: &str) -> Result<(), PkceError> {
    let made = challenge(verifier)?;
    if bool::from(made.as_bytes().ct_eq(expected.as_bytes())) {
        Ok(())
    } else {
        Err(PkceError::Mismatch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7636 appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn the_standards_sample_matches() {
        assert_eq!(challenge(VERIFIER).as_deref(), Ok(CHALLENGE));
        assert_eq!(verify(VERIFIER, CHALLENGE), Ok(()));
        assert_eq!(check_challenge(CHALLENGE), Ok(()));
        assert!(challenge(&verifier([7; 32])).is_ok());
    }

    #[test]
    fn wrong_or_malformed_verifiers_are_refused() {
        for (bad, why) in [
            (verifier([0; 32]), PkceError::Mismatch),
            (CHALLENGE.to_owned(), PkceError::Mismatch), // as `plain` would have it
            ("a".repeat(42), PkceError::Verifier),
            ("a".repeat(129), PkceError::Verifier),
            (format!("{VERIFIER}="), PkceError::Verifier),
            (format!("{VERIFIER} "), PkceError::Verifier),
            ("閂".repeat(20), PkceError::Verifier),
        ] {
            assert_eq!(verify(&bad, CHALLENGE), Err(why), "{bad}");
        }
        assert_eq!(verify(VERIFIER, VERIFIER), Err(PkceError::Mismatch));
        for bad in ["", "abc", &format!("{CHALLENGE}="), &"a".repeat(44)] {
            assert_eq!(check_challenge(bad), Err(PkceError::Challenge), "{bad}");
        }
    }
}
