//! A policy as it is written.

use super::{
    change::Statement,
    error::{Mistake, Span},
};

/// A word with where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) text: String,
    pub(super) span: Span,
}

/// A value with its unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Number(i64),
    Yen(i64),
    Secs(i64),
    Percent(i64),
    Text(String),
}

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compare {
    Above,
    AtLeast,
    Below,
    AtMost,
    Equal,
    Unequal,
}

/// A number that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Quantity {
    /// A fact of the signal, or one that is declared.
    Fact(Name),
    Count {
        of: Name,
        per: Name,
        within: Length,
    },
    Sum {
        of: Name,
        per: Name,
        within: Length,
    },
    Distinct {
        what: Name,
        of: Name,
        per: Name,
        within: Length,
    },
    Age {
        of: Name,
        per: Name,
    },
    Idle {
        of: Name,
        per: Name,
    },
    Ratio {
        is_sum: bool,
        of: Name,
        per: Name,
        within: Length,
        over: Length,
    },
    Drained {
        per: Name,
        within: Length,
    },
}

/// A length of time with where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Length {
    pub(super) secs: i64,
    pub(super) span: Span,
}

/// When a rule holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Condition {
    Test { quantity: Quantity, compare: Compare, value: Value, value_span: Span, span: Span },
    Flag(Name),
    InList { subject: Name, list: Name, span: Span },
    TimeBetween { from: i64, until: i64, span: Span },
    DayIs { day: Name, span: Span },
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>, Span),
    SomeOf { needed: i64, stated: i64, of: Vec<Self>, span: Span },
}

/// A rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RuleText {
    pub(super) name: Name,
    pub(super) on: Vec<Name>,
    pub(super) when: Condition,
    pub(super) when_span: Span,
    pub(super) then: Name,
    pub(super) hold: Option<Length>,
    pub(super) code: Name,
    pub(super) tell: Vec<Name>,
    pub(super) is_shadow: bool,
    pub(super) rollout: Option<(i64, Name, Span)>,
}

/// A list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ListText {
    pub(super) name: Name,
    pub(super) subject: Name,
    pub(super) members: Vec<Name>,
}

/// A whole file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct File {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) head: Span,
    pub(super) baselines: Vec<Name>,
    pub(super) models: Vec<Name>,
    pub(super) lists: Vec<ListText>,
    pub(super) givens: Vec<(Name, Name)>,
    pub(super) rules: Vec<RuleText>,
    /// All of these again, each as it was understood, in order.
    pub(super) statements: Vec<Statement>,
    /// What could not be read.
    pub(super) mistakes: Vec<Mistake>,
    /// More than rules could not be read: which names there are is not known.
    pub(super) is_cut: bool,
}
