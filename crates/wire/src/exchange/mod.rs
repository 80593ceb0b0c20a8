//! Asking a partner whether an identifier is known from a confirmed fraud, without saying it: keyed
//! hashes out, match or no match back (CL-01, CP-15).
//!
//! ```text
//! X25519(ours, theirs) ─ HKDF-SHA-256(both public keys, who asks, month) ─▶ key of the month
//! HMAC-SHA-256(key of the month, kind | 0 | identifier) ─▶ hash
//! ```
//!
//! The key is one per pair, asker and month, so that hashes of one pair, direction or month say
//! nothing beside another's, and nobody outside the pair can make one. **It hides nothing between
//! the two**: a telephone number is one of a few hundred million, and whoever has the key can hash
//! them all. What protects people from a partner is how often it may ask, and that it is seen.

mod key;
mod month;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

pub use kanuki_domain::agreement::Identifier as Kind;
pub use key::{Asker, ExchangeKey, MonthKey, Pair, PairError, is_public_key};
pub use month::{GRACE_DAYS, Month};

/// The most hashes of one question.
pub const HASHES_MAX: usize = 16;

/// One hash, and of what kind of identifier it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hashed {
    /// Of what.
    pub kind: Kind,
    /// The hash, in base64url.
    pub hash: String,
}

/// What is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// The month of the key that the hashes were made with.
    pub month: Month,
    /// The hashes, each once.
    pub identifiers: Vec<Hashed>,
}

/// What is wrong with a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QuestionError {
    /// It asks nothing, or more than [`HASHES_MAX`] at once.
    #[error("1 to {HASHES_MAX} identifiers may be asked about at once")]
    Count,
    /// A hash is none, or stands there twice.
    #[error("each hash is 32 bytes in base64url, and stands there once")]
    Hash,
}

impl Question {
    /// Whether it can be answered at all.
    pub fn check(&self) -> Result<(), QuestionError> {
        if self.identifiers.is_empty() || self.identifiers.len() > HASHES_MAX {
            return Err(QuestionError::Count);
        }
        let different: BTreeSet<&Hashed> = self.identifiers.iter().collect();
        let are_hashes = self.identifiers.iter().all(|one| key::is_32_bytes(&one.hash));
        let are_good = are_hashes && different.len() == self.identifiers.len();
        if are_good { Ok(()) } else { Err(QuestionError::Hash) }
    }
}

/// What is said of one hash, and nothing more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It belongs to a fraud that two people confirmed.
    Match,
    /// It does not, as far as is known.
    NoMatch,
}

/// What comes back: one verdict for each hash, in the order in which they were asked about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The verdicts.
    pub verdicts: Vec<Verdict>,
}

#[cfg(test)]
mod tests;
