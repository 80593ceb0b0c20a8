//! Rules as versioned data, and what a decision is made of.

use serde::{Deserialize, Serialize};

use crate::{Kind, window::WINDOW_SECS_MAX};

/// What to do; the harshest wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Go on.
    Approve,
    /// Ask for a fresh passkey.
    Challenge,
    /// Wait for a person or a time.
    Hold,
    /// No.
    Decline,
    /// No, and stop everything of this subject.
    Freeze,
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Feature {
    /// How many signals.
    Count,
    /// How many yen.
    Sum,
    /// How many different things they were about.
    Distinct,
}

/// One rule: a feature of one subject over one window, and what follows above a limit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its stable name, in decisions and the audit log.
    pub id: String,
    /// Which signals it looks at, and at which it is asked.
    pub kind: Kind,
    /// Which kind of key: `account`, `device`, `block`…
    pub subject: String,
    /// What is counted.
    pub feature: Feature,
    /// Over how many seconds.
    pub window_secs: i64,
    /// Above this it fires.
    pub above: u64,
    /// With what outcome.
    pub outcome: Outcome,
}

/// Rules with the version under which decisions are kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleSet {
    /// The version.
    pub version: String,
    /// What holds when no rule fires.
    pub baseline: Outcome,
    /// The rules.
    pub rules: Vec<Rule>,
}

/// A rule set that cannot be meant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// Two rules share a name.
    #[error("two rules are named {0}")]
    SameName(String),
    /// A window that is empty or longer than what is remembered.
    #[error("rule {0}: the window must be between a second and thirty days")]
    Window(String),
}

/// A rule that fired.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// Which.
    pub rule: String,
    /// What it saw.
    pub value: u64,
}

/// What was decided, and why. Reasons are for staff, never for the client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// The harshest outcome.
    pub outcome: Outcome,
    /// Every rule that fired.
    pub reasons: Vec<Reason>,
    /// Under which version.
    pub version: String,
}

impl Decision {
    /// True when it may go on.
    #[must_use]
    pub fn is_approved(&self) -> bool {
        self.outcome == Outcome::Approve
    }
}

fn rule(id: &str, kind: Kind, subject: &str, (feature, above): (Feature, u64), secs: i64) -> Rule {
    Rule {
        id: id.to_owned(),
        kind,
        subject: subject.to_owned(),
        feature,
        window_secs: secs,
        above,
        outcome: Outcome::Decline,
    }
}

impl RuleSet {
    /// The rules that ship. Each names what it is for.
    #[must_use]
    pub fn standard() -> Self {
        use Feature::{Count, Distinct};
        use Kind::{CodeRefused, Debit, EnrolmentStarted, LinkMismatch, StopCodeRefused, Topup};
        let (minute, hour, day) = (60, 3_600, 86_400);
        Self {
            version: "2026-11-1".to_owned(),
            baseline: Outcome::Approve,
            rules: vec![
                // INC-03: one browser or network that walks over account numbers.
                rule("walk-device", EnrolmentStarted, "device", (Distinct, 3), day),
                rule("walk-block", EnrolmentStarted, "block", (Distinct, 20), hour),
                // Never by account alone: a stranger could use up somebody else's tries.
                rule("enrol-device", EnrolmentStarted, "device", (Count, 10), day),
                // INC-04: codes guessed in parallel or across restarts of the flow.
                rule("codes-account", CodeRefused, "account", (Count, 9), day),
                rule("codes-block", CodeRefused, "block", (Count, 30), hour),
                rule("stops-block", StopCodeRefused, "block", (Count, 20), hour),
                // A thief who tries whether anyone else's account would match.
                rule("mismatch-device", LinkMismatch, "device", (Count, 2), day),
                rule("mismatch-person", LinkMismatch, "person", (Count, 4), day),
                // INC-06, as far as caps leave it: a machine that presses the button.
                rule("burst-account", Debit, "account", (Count, 30), minute),
                rule("burst-wallet", Topup, "wallet", (Count, 30), minute),
            ],
        }
    }

    /// Checks that it can be meant. An empty set still has its baseline.
    pub fn validate(&self) -> Result<(), RuleError> {
        for (i, rule) in self.rules.iter().enumerate() {
            if self.rules.iter().take(i).any(|other| other.id == rule.id) {
                return Err(RuleError::SameName(rule.id.clone()));
            }
            if !(1..=WINDOW_SECS_MAX).contains(&rule.window_secs) {
                return Err(RuleError::Window(rule.id.clone()));
            }
        }
        Ok(())
    }
}
