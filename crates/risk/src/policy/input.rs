//! What a condition can look at, each with its unit.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Feature, Kind, Measure, Subject};

/// What a number counts. Two of different units are never compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Things.
    Count,
    /// Yen.
    Yen,
    /// Seconds.
    Time,
    /// Hundredths of a percent.
    Percent,
    /// Yes or no.
    Flag,
    /// A word out of those that the policy names.
    Word,
}

impl Unit {
    pub(super) const ALL: [Self; 6] =
        [Self::Count, Self::Yen, Self::Time, Self::Percent, Self::Flag, Self::Word];

    /// Its name in a policy.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Yen => "yen",
            Self::Time => "time",
            Self::Percent => "percent",
            Self::Flag => "flag",
            Self::Word => "word",
        }
    }

    pub(super) const fn example(self) -> &'static str {
        match self {
            Self::Count => "a number such as 3",
            Self::Yen => "an amount such as ¥30,000",
            Self::Time => "a length of time such as 24h",
            Self::Percent => "a percentage such as 50%",
            Self::Flag => "nothing: the name alone, or `not` before it",
            Self::Word => "a word in quotes",
        }
    }
}

/// A kind of day in Tokyo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Day {
    /// Banks are open.
    Business,
    /// They are not.
    Holiday,
    /// The last or the first day of a month.
    MonthEdge,
}

/// The name of the score in a policy.
pub(super) const SCORE: &str = "score";

/// One thing that a condition looks at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Input {
    /// The signal's amount.
    Amount,
    /// What is there before it.
    Balance,
    /// How long the account is linked.
    LinkAge,
    /// How long the wallet is open.
    WalletAge,
    /// The device is another than at the link.
    NewDevice,
    /// The network is another than at the link.
    NewPlace,
    /// Nothing went to this payee before.
    NewPayee,
    /// What would be there had nothing left within a day.
    DayBalance,
    /// A passkey signed for it.
    Signed,
    /// Its credentials are on a list of what leaked.
    Leaked,
    /// A partner knows its person from a fraud that it confirmed.
    KnownElsewhere,
    /// Seconds after midnight in Tokyo.
    TimeOfDay,
    /// Whether it is such a day.
    Day(Day),
    /// Whether the signal's key of this subject is in the list with this number.
    InList(Subject, usize),
    /// A feature.
    Feature(Feature),
    /// What went out within so many seconds, as a share of what would be there without.
    Drained(Subject, i64),
    /// What the model says, 0 to 1,000.
    Score,
    /// A fact that the policy declares and whoever asks gives, by its number.
    Given(usize, Unit),
}

impl Input {
    /// The facts that every signal may have, by name.
    pub(super) const FACTS: [(&'static str, Self); 11] = [
        ("amount", Self::Amount),
        ("balance", Self::Balance),
        ("link_age", Self::LinkAge),
        ("wallet_age", Self::WalletAge),
        ("new_device", Self::NewDevice),
        ("new_place", Self::NewPlace),
        ("new_payee", Self::NewPayee),
        ("day_balance", Self::DayBalance),
        ("signed", Self::Signed),
        ("leaked", Self::Leaked),
        ("known_elsewhere", Self::KnownElsewhere),
    ];

    /// In what it is counted.
    #[must_use]
    pub const fn unit(&self) -> Unit {
        match self {
            Self::Amount | Self::Balance | Self::DayBalance => Unit::Yen,
            Self::LinkAge | Self::WalletAge | Self::TimeOfDay => Unit::Time,
            Self::NewDevice
            | Self::NewPlace
            | Self::NewPayee
            | Self::Signed
            | Self::Leaked
            | Self::KnownElsewhere
            | Self::Day(_)
            | Self::InList(..) => Unit::Flag,
            Self::Score => Unit::Count,
            Self::Drained(..) => Unit::Percent,
            Self::Given(_, unit) => *unit,
            Self::Feature(feature) => feature.unit(),
        }
    }

    /// The smallest value it can have where the rule is asked of signals of `on`: a signal that counts how many
    /// of its own kind there are counts itself.
    pub(super) fn least(&self, on: &[Kind]) -> i64 {
        let Self::Feature(Feature { measure: Measure::Count, kind, .. }) = self else { return 0 };
        i64::from(on.iter().all(|one| one == kind))
    }

    /// The largest value it can have.
    pub(super) const fn most(&self) -> i64 {
        match self.unit() {
            Unit::Flag => 1,
            Unit::Count if matches!(self, Self::Score) => 1_000,
            // The last second before midnight.
            Unit::Time if matches!(self, Self::TimeOfDay) => 86_399,
            Unit::Count | Unit::Yen | Unit::Time | Unit::Percent | Unit::Word => i64::MAX,
        }
    }
}

/// A length of time as it is written in a policy.
struct Length(i64);

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A day is written as 24h.
        let units = [(172_800, 86_400, "d"), (3_600, 3_600, "h"), (60, 60, "m")];
        let is_whole = |secs| self.0.rem_euclid(secs) == 0;
        let unit = units.into_iter().find(|(from, secs, _)| self.0 >= *from && is_whole(*secs));
        let (_, secs, unit) = unit.unwrap_or((1, 1, "s"));
        write!(f, "{}{unit}", self.0.div_euclid(secs))
    }
}

impl Feature {
    /// In what it is counted.
    #[must_use]
    pub const fn unit(&self) -> Unit {
        match self.measure {
            Measure::Count | Measure::Distinct(_) => Unit::Count,
            Measure::Sum => Unit::Yen,
            Measure::Age | Measure::Idle => Unit::Time,
            Measure::RatioOfCount { .. } | Measure::RatioOfSum { .. } => Unit::Percent,
        }
    }
}

impl fmt::Display for Feature {
    /// As it is written in a policy.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (of, per, within) = (self.kind.name(), self.subject.name(), Length(self.window_secs));
        match self.measure {
            Measure::Count => write!(f, "count of {of} per {per} within {within}"),
            Measure::Sum => write!(f, "sum of {of} per {per} within {within}"),
            Measure::Distinct(what) => {
                write!(f, "distinct {} of {of} per {per} within {within}", what.name())
            }
            Measure::Age => write!(f, "age of {of} per {per}"),
            Measure::Idle => write!(f, "idle of {of} per {per}"),
            Measure::RatioOfCount { over_secs } => {
                let over = Length(over_secs);
                write!(f, "ratio count of {of} per {per} within {within} over {over}")
            }
            Measure::RatioOfSum { over_secs } => {
                let over = Length(over_secs);
                write!(f, "ratio sum of {of} per {per} within {within} over {over}")
            }
        }
    }
}

impl Input {
    /// As it is written in a policy, with the names that the policy gave.
    pub(super) fn text(&self, lists: &[String], givens: &[String]) -> String {
        let name = |names: &[String], at: usize| names.get(at).cloned().unwrap_or_default();
        match self {
            Self::TimeOfDay => "time".to_owned(),
            Self::Score => SCORE.to_owned(),
            Self::Day(Day::Business) => "day is business".to_owned(),
            Self::Day(Day::Holiday) => "day is holiday".to_owned(),
            Self::Day(Day::MonthEdge) => "day is month_edge".to_owned(),
            Self::InList(subject, list) => format!("{} in {}", subject.name(), name(lists, *list)),
            Self::Feature(feature) => feature.to_string(),
            Self::Drained(per, secs) => {
                format!("drained per {} within {}", per.name(), Length(*secs))
            }
            Self::Given(at, _) => name(givens, *at),
            Self::Amount
            | Self::Balance
            | Self::LinkAge
            | Self::WalletAge
            | Self::NewDevice
            | Self::NewPlace
            | Self::NewPayee
            | Self::DayBalance
            | Self::Signed
            | Self::Leaked
            | Self::KnownElsewhere => {
                let known = Self::FACTS.iter().find(|(_, one)| one == self);
                known.map_or(String::new(), |(name, _)| (*name).to_owned())
            }
        }
    }
}
