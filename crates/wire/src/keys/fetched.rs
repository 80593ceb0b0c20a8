//! Key sets that the other company serves: how much of an answer is believed, and how often to ask.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Jwks, KeyError};
use crate::{clock, json};

/// The longest answer that is read, in bytes.
pub const BYTES_MAX: usize = 32_768;
/// More keys than any honest set has.
pub const KEYS_MAX: usize = 16;
/// How old a set may get before it is asked for again, in seconds.
pub const FRESH_SECS: i64 = 600;
/// How long to wait after asking before asking again, whatever anybody sends, in seconds.
pub const PAUSE_SECS: i64 = 60;

/// A set as it was fetched, and when it was asked for last.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FetchedKeys {
    /// The last good set; an answer that is none leaves it as it is.
    pub keys: Jwks,
    /// When that came.
    pub fetched_at: Option<Timestamp>,
    /// When it was asked for last, whatever came of it.
    pub asked_at: Option<Timestamp>,
}

impl FetchedKeys {
    /// Whether to ask now: for a set that is old or missing, or because somebody named a key that
    /// is not in it; and never twice within [`PAUSE_SECS`].
    #[must_use]
    pub fn is_due(&self, unknown_key: bool, now: Timestamp) -> bool {
        let passed = |at: Option<Timestamp>, secs| {
            at.is_none_or(|at| clock::is_older_than(at.as_second(), secs, now))
        };
        passed(self.asked_at, PAUSE_SECS) && (unknown_key || passed(self.fetched_at, FRESH_SECS))
    }

    /// Takes an answer in. A bad one changes nothing but the error that is returned.
    pub fn take(&mut self, body: &[u8], now: Timestamp) -> Result<(), KeyError> {
        self.keys = read(body)?;
        self.fetched_at = Some(now);
        Ok(())
    }
}

/// A key set as it was served: not too long, not too many keys, none private, one or more of use.
pub fn read(body: &[u8]) -> Result<Jwks, KeyError> {
    if body.len() > BYTES_MAX {
        return Err(KeyError::Unusable);
    }
    let raw: serde_json::Value = json::read(body).map_err(|_| KeyError::Unusable)?;
    let count = raw.get("keys").and_then(serde_json::Value::as_array).map_or(0, Vec::len);
    if count > KEYS_MAX {
        return Err(KeyError::Unusable);
    }
    let keys: Jwks = serde_json::from_value(raw).map_err(|_| KeyError::Unusable)?;
    if keys.keys.is_empty() { Err(KeyError::Unusable) } else { Ok(keys) }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::keys::{Signer as _, SigningKey};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn body(keys: Vec<Value>) -> Vec<u8> {
        json!({ "keys": keys }).to_string().into_bytes()
    }

    #[test]
    fn an_answer_that_is_no_key_set_leaves_the_last_good_one() {
        let key = SigningKey::generate().unwrap();
        let jwk = key.public_jwk().to_json();
        let mut fetched = FetchedKeys::default();
        fetched.take(&body(vec![jwk.clone()]), at(1)).unwrap();
        let good = fetched.clone();

        let mut private = jwk.clone();
        private["d"] = "AA".into();
        for bad in [
            b"<html>".to_vec(),
            b"{}".to_vec(),
            body(vec![]),
            body(vec![json!({"kty": "oct"})]),
            body(vec![jwk.clone(), private]),
            body(vec![jwk.clone(); KEYS_MAX + 1]),
            [body(vec![jwk]), vec![b' '; BYTES_MAX]].concat(),
        ] {
            assert!(fetched.take(&bad, at(2)).is_err());
            assert_eq!(fetched, good);
        }
    }

    #[test]
    fn a_set_is_asked_for_when_it_is_old_or_a_key_is_new_and_never_too_often() {
        let mut fetched = FetchedKeys::default();
        assert!(fetched.is_due(false, at(0)), "there is none");
        fetched.asked_at = Some(at(0));
        assert!(!fetched.is_due(true, at(60)), "asked a moment ago");
        assert!(fetched.is_due(false, at(61)), "there is still none");
        fetched.fetched_at = Some(at(0));
        assert!(!fetched.is_due(false, at(600)));
        assert!(fetched.is_due(true, at(600)), "a key is new");
        assert!(fetched.is_due(false, at(601)), "it is old");
    }
}
