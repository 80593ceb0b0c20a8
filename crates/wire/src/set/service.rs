//! A company's word on what it does with the other at all: stopped, or opened again.
//!
//! It is about nobody. Its subject is the stop's own name, the same when it is lifted and another at each
//! partner. A drill is a status of its own and no mark beside one: a receiver that has no word for drills
//! refuses it, in place of taking it in earnest.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServiceStatus {
    /// It stands still.
    Stopped,
    /// It goes on.
    Reopened,
    /// People practise: it would stand still.
    Drill,
    /// That drill is over.
    DrillOver,
}

/// What stands still.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServiceScope {
    /// Connecting an account.
    NewLinks,
    /// Whatever moves by a link that exists.
    OldLinks,
    /// Money from bank accounts to wallets.
    TopUps,
    /// Money from wallets to bank accounts.
    Payouts,
    /// All of it.
    Everything,
}

/// For whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServiceReach {
    /// For whoever came by the company that is told.
    You,
    /// For everybody of the company that tells.
    Everybody,
}

/// Why, in one word. Nothing is decided by it, so a word that is not known is not said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", from = "String")]
pub enum StopReason {
    /// Whoever pressed had no time to say.
    #[default]
    NotSaid,
    /// Money may be taken from people.
    SuspectedFraud,
    /// Money is being taken from people.
    ConfirmedFraud,
    /// A key of either company is in other hands.
    StolenKey,
    /// Something does not work.
    Failure,
}

impl StopReason {
    /// Every word, as it is offered.
    pub const ALL: [Self; 5] =
        [Self::NotSaid, Self::SuspectedFraud, Self::ConfirmedFraud, Self::StolenKey, Self::Failure];

    /// How they are written.
    pub const NAMES: [&'static str; 5] = [
        Self::NotSaid.name(),
        Self::SuspectedFraud.name(),
        Self::ConfirmedFraud.name(),
        Self::StolenKey.name(),
        Self::Failure.name(),
    ];

    /// As on the wire, in forms and as part of a text key.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotSaid => "not_said",
            Self::SuspectedFraud => "suspected_fraud",
            Self::ConfirmedFraud => "confirmed_fraud",
            Self::StolenKey => "stolen_key",
            Self::Failure => "failure",
        }
    }
}

impl From<&str> for StopReason {
    fn from(word: &str) -> Self {
        Self::ALL.into_iter().find(|one| one.name() == word).unwrap_or_default()
    }
}

impl From<String> for StopReason {
    fn from(word: String) -> Self {
        Self::from(word.as_str())
    }
}

impl ServiceScope {
    /// As on the wire and as part of a text key.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NewLinks => "new_links",
            Self::OldLinks => "old_links",
            Self::TopUps => "top_ups",
            Self::Payouts => "payouts",
            Self::Everything => "everything",
        }
    }
}

/// The whole word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceWord {
    /// What became of it.
    pub status: ServiceStatus,
    /// What it is about.
    pub scope: ServiceScope,
    /// For whom.
    pub reach: ServiceReach,
    /// Since when it stands still.
    pub since: Timestamp,
    /// Why.
    #[serde(default)]
    pub reason: StopReason,
    /// The telephone number of the desk to call. Whoever stole a key says one too: the agreement's counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<String>,
}
