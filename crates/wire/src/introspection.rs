//! Signed answers about tokens (RFC 9701): evidence of what a bank said a token was worth.

use jiff::Timestamp;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    clock,
    jws::{self, Accept, JwsError, Proven},
    keys::{AllowList, Jwks, Signer},
};

/// What to accept to get one.
pub const MEDIA_TYPE: &str = "application/token-introspection+jwt";

const TYPE: &str = "token-introspection+jwt";
const ACCEPT: Accept = Accept { types: &[Some(TYPE)], algorithms: AllowList::OAUTH };

// RFC 9701 section 5: no `sub` and no `exp`, so that it never passes for an access token.
#[derive(Serialize, Deserialize)]
struct Claims<T> {
    iss: String,
    aud: String,
    iat: i64,
    token_introspection: T,
}

/// `answer` to `client_id` as a token of `issuer`.
pub fn make(
    key: &dyn Signer,
    (issuer, client_id): (&str, &str),
    answer: &impl Serialize,
    now: Timestamp,
) -> Result<String, JwsError> {
    let (iss, aud) = (issuer.to_owned(), client_id.to_owned());
    jws::sign(key, TYPE, &Claims { iss, aud, iat: now.as_second(), token_introspection: answer })
}

/// The answer in a token of `issuer` for `client_id`.
pub fn verify<T: DeserializeOwned>(
    token: &str,
    (issuer, client_id): (&str, &str),
    keys: &Jwks,
    now: Timestamp,
) -> Result<T, JwsError> {
    judge(&jws::prove(token, keys, &ACCEPT)?, (issuer, client_id), now)
}

/// The answer in claims whose signature was found good.
pub fn judge<T: DeserializeOwned>(
    proven: &Proven,
    (issuer, client_id): (&str, &str),
    now: Timestamp,
) -> Result<T, JwsError> {
    let claims: Claims<T> = proven.read()?;
    let is_ours = claims.iss == issuer && claims.aud == client_id;
    if is_ours && !clock::is_ahead(claims.iat, now) {
        Ok(claims.token_introspection)
    } else {
        Err(JwsError::Claims)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::SigningKey;

    #[test]
    fn an_answer_is_good_for_who_asked() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let key = SigningKey::generate().unwrap();
        let keys = Jwks::of([key.public_jwk()]);
        let token = make(&key, ("https://b", "wallet"), &7, now).unwrap();

        assert_eq!(verify::<u8>(&token, ("https://b", "wallet"), &keys, now), Ok(7));
        for who in [("https://c", "wallet"), ("https://b", "other")] {
            assert_eq!(verify::<u8>(&token, who, &keys, now), Err(JwsError::Claims));
        }
        let before = Timestamp::from_second(1_799_999_900).unwrap();
        let early = verify::<u8>(&token, ("https://b", "wallet"), &keys, before);
        assert_eq!(early, Err(JwsError::Claims));
    }
}
