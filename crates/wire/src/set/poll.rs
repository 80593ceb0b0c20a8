//! Fetching event tokens where pushing them does not reach (RFC 8936).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The most tokens in one answer.
const SETS_MAX: u32 = 100;

/// What a receiver asks for, and what became of the tokens it had before.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PollRequest {
    /// The most tokens it wants; none at all where it only acknowledges.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_events: Option<u32>,
    /// Whether it would rather not wait. The answer comes at once in any case: a transmitter chooses
    /// how long it lets a receiver hang (section 2.4), and an answer without tokens is a good one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub return_immediately: Option<bool>,
    /// The names (`jti`) of tokens that it took.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ack: Vec<String>,
    /// Tokens that it refuses, and why.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub set_errs: BTreeMap<String, SetRefusal>,
}

impl PollRequest {
    /// How many tokens the answer may hold.
    #[must_use]
    pub fn room(&self) -> usize {
        let wanted = self.max_events.unwrap_or(SETS_MAX).min(SETS_MAX);
        usize::try_from(wanted).unwrap_or(0)
    }
}

/// Why a receiver refuses a token (RFC 8935 section 2.4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetRefusal {
    /// One of the registered codes.
    pub err: String,
    /// For people; nothing is decided by it.
    #[serde(default)]
    pub description: String,
}

/// Tokens by name, and whether there are more.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PollAnswer {
    /// Signed tokens under their `jti`.
    pub sets: BTreeMap<String, String>,
    /// Asking again at once brings more.
    #[serde(default)]
    pub more_available: bool,
}
