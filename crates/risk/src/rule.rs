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

const MINUTE: i64 = 60;
const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;

/// INC-03, INC-04: walking over accounts, guessing codes. Never by account alone where that would
/// keep anyone out: a stranger could use up somebody else's tries.
fn guessing() -> Vec<Rule> {
    use Feature::{Count, Distinct};
    use Kind::{CodeRefused, EnrolmentStarted, SignInRefused, StopCodeRefused};
    vec![
        // One browser or network that walks over account numbers.
        rule("walk-device", EnrolmentStarted, "device", (Distinct, 3), DAY),
        rule("walk-block", EnrolmentStarted, "block", (Distinct, 20), HOUR),
        rule("enrol-device", EnrolmentStarted, "device", (Count, 10), DAY),
        // Codes guessed in parallel or across restarts of the flow.
        rule("codes-account", CodeRefused, "account", (Count, 9), DAY),
        rule("codes-device", CodeRefused, "device", (Count, 10), DAY),
        rule("codes-block", CodeRefused, "block", (Count, 30), HOUR),
        rule("stops-block", StopCodeRefused, "block", (Count, 20), HOUR),
        rule("sign-ins-block", SignInRefused, "block", (Count, 100), HOUR),
    ]
}

/// A thief who tries whether anyone else's account would match, and a partner who lets him.
fn people() -> Vec<Rule> {
    use Feature::{Count, Distinct};
    use Kind::{CardOfAnother, LinkCompared, LinkMismatch, PartnerMismatch};
    vec![
        rule("mismatch-device", LinkMismatch, "device", (Count, 2), DAY),
        rule("mismatch-person", LinkMismatch, "person", (Count, 4), DAY),
        rule("mismatch-block", LinkMismatch, "block", (Count, 10), HOUR),
        // By card and browser, never by network: a neighbour with a card of his own would keep the
        // others of it from linking.
        rule("strange-card", CardOfAnother, "secret", (Count, 2), DAY),
        rule("strange-card-device", CardOfAnother, "device", (Count, 4), DAY),
        // Holders, not attempts: each of them signed in at the bank.
        rule("mismatch-partner", PartnerMismatch, "partner", (Distinct, 20), HOUR),
        // How often a throttled partner's customers are still compared.
        rule("compared-partner", LinkCompared, "partner", (Count, 10), HOUR),
    ]
}

/// What pauses the routes that rest on codes: one network first, then the whole bank.
fn breakers() -> Vec<Rule> {
    use Feature::{Count, Distinct};
    vec![
        rule("failed-block", Kind::Failed, "block", (Count, 15), HOUR),
        // No network counts here more than a few times an hour, so this is many networks.
        rule("breaker-hour", Kind::Failed, "everyone", (Count, 200), HOUR),
        rule("breaker-secret", Kind::Failed, "secret", (Distinct, 20), DAY),
    ]
}

/// INC-06, as far as caps leave it: a machine that presses the button.
fn bursts() -> Vec<Rule> {
    vec![
        rule("burst-account", Kind::Debit, "account", (Feature::Count, 30), MINUTE),
        rule("burst-wallet", Kind::Topup, "wallet", (Feature::Count, 30), MINUTE),
    ]
}

impl RuleSet {
    /// The rules that ship. Each names what it is for.
    #[must_use]
    pub fn standard() -> Self {
        Self {
            version: "2026-11-3".to_owned(),
            baseline: Outcome::Approve,
            rules: [guessing(), people(), breakers(), bursts()].concat(),
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
