//! What was decided, and why.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Policy, Signal, Text, model::Said};

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

impl Outcome {
    /// All of them, the mildest first.
    pub const ALL: [Self; 5] =
        [Self::Approve, Self::Challenge, Self::Hold, Self::Decline, Self::Freeze];

    /// Its name in a policy.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Challenge => "challenge",
            Self::Hold => "hold",
            Self::Decline => "decline",
            Self::Freeze => "freeze",
        }
    }
}

/// Who hears of it when a rule holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    /// Staff.
    Desk,
    /// Whoever's money it is.
    Customer,
    /// The other company.
    Partner,
}

impl Who {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Desk, Self::Customer, Self::Partner];

    /// Its name in a policy.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Desk => "desk",
            Self::Customer => "customer",
            Self::Partner => "partner",
        }
    }
}

/// A rule that held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// Which.
    pub rule: Text,
    /// Its reason code.
    pub code: Text,
    /// What it saw first.
    pub value: u64,
}

/// A number that the rules looked at; nothing where it was not known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// As it is written in the policy.
    pub what: Text,
    /// The number.
    pub value: Option<i64>,
}

/// What was decided, and why. Reasons are for staff, never for the client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// The harshest outcome.
    pub outcome: Outcome,
    /// Every rule that held.
    pub reasons: Vec<Reason>,
    /// Every rule that would have held, had it been in force.
    pub shadow: Vec<Reason>,
    /// How long a hold lasts, in seconds; the longest.
    pub hold_secs: Option<i64>,
    /// Who hears of it.
    pub tell: Vec<Who>,
    /// Under which version of which policy.
    pub version: Text,
    /// At which moment.
    pub at: Timestamp,
    /// The numbers of this decision, in the policy's order.
    pub(crate) values: Vec<i64>,
}

/// The rule that stands for having no basis for a decision.
pub const CANNOT_DECIDE: &str = "cannot-decide";

impl Decision {
    /// True when it may go on.
    #[must_use]
    pub fn is_approved(&self) -> bool {
        self.outcome == Outcome::Approve
    }

    /// True when no rule held, and none would have.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.reasons.is_empty() && self.shadow.is_empty()
    }

    /// The numbers of this decision in the policy's order; `i64::MIN` where one was not known.
    #[must_use]
    pub fn values(&self) -> &[i64] {
        &self.values
    }

    /// What cannot be decided is declined.
    pub(crate) fn failed(version: &Text, at: Timestamp, code: &str) -> Self {
        let reason = Reason { rule: CANNOT_DECIDE.into(), code: code.into(), value: 0 };
        Self {
            outcome: Outcome::Decline,
            reasons: vec![reason],
            shadow: Vec::new(),
            hold_secs: None,
            tell: vec![Who::Desk],
            version: version.clone(),
            at,
            values: Vec::new(),
        }
    }
}

/// A decision with everything that it was made of: whoever has this and the policy of its version
/// comes to the same, byte for byte.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// What was judged.
    pub signal: Signal,
    /// The numbers that the rules looked at.
    #[serde(with = "in_turn")]
    pub seen: Vec<Seen>,
    /// The harshest outcome.
    pub outcome: Outcome,
    /// Every rule that held.
    pub reasons: Vec<Reason>,
    /// Every rule that would have held, had it been in force.
    pub shadow: Vec<Reason>,
    /// How long a hold lasts, in seconds.
    pub hold_secs: Option<i64>,
    /// Who hears of it.
    pub tell: Vec<Who>,
    /// Under which version of which policy.
    pub version: Text,
    /// At which moment.
    pub at: Timestamp,
    /// What the policy's model said, where a rule looked at it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said: Option<Said>,
}

/// What was seen as it is kept: each name before its number, in one list. Names are most of a record,
/// and so they stand there without a word about what they are. A list of objects is what was written
/// before, and is read as well.
mod in_turn {
    use std::fmt;

    use serde::{
        Deserialize, Deserializer, Serializer,
        de::{Error, MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer},
        ser::SerializeSeq as _,
    };

    use super::Seen;
    use crate::Text;

    pub(super) fn serialize<S: Serializer>(seen: &[Seen], to: S) -> Result<S::Ok, S::Error> {
        let mut list = to.serialize_seq(Some(seen.len().saturating_mul(2)))?;
        for Seen { what, value } in seen {
            list.serialize_element(what)?;
            list.serialize_element(value)?;
        }
        list.end()
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Seen>, D::Error> {
        from.deserialize_seq(List)
    }

    struct List;

    impl<'de> Visitor<'de> for List {
        type Value = Vec<Seen>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("names, each with its number behind it")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            let mut seen = Vec::new();
            while let Some(first) = list.next_element()? {
                seen.push(match first {
                    First::Name(what) => {
                        let value = list.next_element()?.ok_or_else(|| no_number(&what))?;
                        Seen { what, value }
                    }
                    First::Whole(seen) => seen,
                });
            }
            Ok(seen)
        }
    }

    fn no_number<E: Error>(what: &Text) -> E {
        E::custom(format_args!("there is no number behind `{what}`"))
    }

    /// What begins a number that was seen.
    enum First {
        Name(Text),
        Whole(Seen),
    }

    impl<'de> Deserialize<'de> for First {
        fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
            from.deserialize_any(Begin)
        }
    }

    struct Begin;

    impl<'de> Visitor<'de> for Begin {
        type Value = First;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("the name of a number")
        }

        fn visit_str<E: Error>(self, name: &str) -> Result<First, E> {
            Ok(First::Name(name.into()))
        }

        fn visit_map<A: MapAccess<'de>>(self, whole: A) -> Result<First, A::Error> {
            Seen::deserialize(MapAccessDeserializer::new(whole)).map(First::Whole)
        }
    }
}

/// Why a record cannot be replayed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    /// It was made by other rules.
    #[error("the decision was made under {made}, this policy is {have}: load the text of {made}")]
    OtherVersion {
        /// The version of the decision.
        made: String,
        /// The version of the policy at hand.
        have: String,
    },
    /// A number that the policy looks at is missing.
    #[error("the decision does not say what it saw of `{0}`")]
    Missing(String),
}

impl Record {
    /// The rule by which it is found again: the first that held, or would have.
    #[must_use]
    pub fn first_rule(&self) -> Option<&str> {
        self.reasons.iter().chain(&self.shadow).map(|reason| reason.rule.as_str()).next()
    }

    /// Of one decision.
    #[must_use]
    pub fn new(policy: &Policy, signal: &Signal, decision: &Decision) -> Self {
        Self {
            signal: signal.clone(),
            seen: policy.seen(signal.kind, &decision.values),
            outcome: decision.outcome,
            reasons: decision.reasons.clone(),
            shadow: decision.shadow.clone(),
            hold_secs: decision.hold_secs,
            tell: decision.tell.clone(),
            version: decision.version.clone(),
            at: decision.at,
            said: policy.said(signal.kind, &decision.values),
        }
    }

    /// Decides again by what was seen then.
    pub fn replay(&self, policy: &Policy) -> Result<Self, ReplayError> {
        if self.version != policy.version() {
            let (made, have) = (self.version.to_string(), policy.version().to_owned());
            return Err(ReplayError::OtherVersion { made, have });
        }
        let mut values =
            policy.values_of(self.signal.kind, &self.seen).map_err(ReplayError::Missing)?;
        policy.rate(self.signal.kind, &mut values);
        let decision = policy.conclude(&self.signal, self.at, values);
        Ok(Self::new(policy, &self.signal, &decision))
    }
}
