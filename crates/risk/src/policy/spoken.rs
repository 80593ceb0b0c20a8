//! A number's name, as records keep it, taken apart again: for whoever puts it into words.
//!
//! A record outlives the policy that it was made under, so this reads the name and asks no policy.

use super::{
    Day, Unit,
    input::{Input, SCORE},
};
use crate::{Feature, Kind, Measure, Subject};

/// What a number in a record is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named<'a> {
    /// A fact of the signal, the time of day or the score, by its name.
    Fact(&'a str, Unit),
    /// Whether it is such a day.
    Day(Day),
    /// Whether the signal's key of this subject is in the list with this name.
    InList(Subject, &'a str),
    /// A feature.
    Feature(Feature),
    /// What went out within so many seconds, as a share of what would be there without.
    Drained(Subject, i64),
    /// A fact that a policy declared, of which only the name is known.
    Given(&'a str),
}

impl<'a> Named<'a> {
    /// Of a number as it is written in a policy. Whatever is not known is somebody's own name.
    #[must_use]
    pub fn read(text: &'a str) -> Self {
        Self::known(text).unwrap_or(Self::Given(text))
    }

    fn known(text: &'a str) -> Option<Self> {
        if let Some((name, input)) = Input::FACTS.iter().find(|(name, _)| *name == text) {
            return Some(Self::Fact(name, input.unit()));
        }
        let words: Vec<&str> = text.split(' ').collect();
        Some(match *words.as_slice() {
            ["time"] => Self::Fact("time", Unit::Time),
            [SCORE] => Self::Fact(SCORE, Unit::Count),
            ["day", "is", "business"] => Self::Day(Day::Business),
            ["day", "is", "holiday"] => Self::Day(Day::Holiday),
            ["day", "is", "month_edge"] => Self::Day(Day::MonthEdge),
            [subject, "in", list] => Self::InList(Subject::parse(subject)?, list),
            ["drained", "per", subject, "within", span] => {
                Self::Drained(Subject::parse(subject)?, secs(span)?)
            }
            _ => Self::Feature(feature(&words)?),
        })
    }

    /// In what it is counted; nothing where only its policy knows.
    #[must_use]
    pub const fn unit(&self) -> Option<Unit> {
        Some(match self {
            Self::Fact(_, unit) => *unit,
            Self::Day(_) | Self::InList(..) => Unit::Flag,
            Self::Drained(..) => Unit::Percent,
            Self::Feature(feature) => feature.unit(),
            Self::Given(_) => return None,
        })
    }
}

fn feature(words: &[&str]) -> Option<Feature> {
    let (measure, rest) = match words {
        ["count", "of", rest @ ..] => (Measure::Count, rest),
        ["sum", "of", rest @ ..] => (Measure::Sum, rest),
        ["age", "of", rest @ ..] => (Measure::Age, rest),
        ["idle", "of", rest @ ..] => (Measure::Idle, rest),
        ["distinct", what, "of", rest @ ..] => (Measure::Distinct(Subject::parse(what)?), rest),
        ["ratio", "count", "of", rest @ .., "over", over] => {
            (Measure::RatioOfCount { over_secs: secs(over)? }, rest)
        }
        ["ratio", "sum", "of", rest @ .., "over", over] => {
            (Measure::RatioOfSum { over_secs: secs(over)? }, rest)
        }
        _ => return None,
    };
    let (kind, subject, window_secs) = match *rest {
        [kind, "per", subject, "within", span] => (kind, subject, secs(span)?),
        // Since the first one, whenever that was.
        [kind, "per", subject] => (kind, subject, 0),
        _ => return None,
    };
    let (kind, subject) = (Kind::parse(kind)?, Subject::parse(subject)?);
    Some(Feature { measure, kind, subject, window_secs })
}

/// A length of time as a policy writes it.
fn secs(text: &str) -> Option<i64> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let of_unit: i64 = match unit {
        "d" => 86_400,
        "h" => 3_600,
        "m" => 60,
        "s" => 1,
        _ => return None,
    };
    number.parse::<i64>().ok().filter(|number| *number > 0)?.checked_mul(of_unit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Policy;

    #[test]
    fn every_number_of_the_policies_that_ship_is_taken_apart_and_means_the_same() {
        let policies = [Policy::bank().unwrap(), Policy::wallet().unwrap()];
        let each = policies.iter().flat_map(|policy| Kind::ALL.iter().map(move |k| (policy, k)));
        let inputs = each.flat_map(|(policy, kind)| {
            policy.inputs(*kind).map(|(slot, input)| (policy.text_of(slot), input))
        });
        for (text, input) in inputs {
            let named = Named::read(text);
            assert_eq!(named.unit(), Some(input.unit()), "{text}");
            if let (Named::Feature(read), Input::Feature(meant)) = (&named, input) {
                assert_eq!(read.to_string(), meant.to_string());
            }
            assert!(!matches!(named, Named::Given(_)), "{text}");
        }
    }

    #[test]
    fn what_is_no_number_of_ours_stays_a_name() {
        for text in ["kyc_level", "", "count of debit", "sum of nothing per account within 1h"] {
            assert_eq!(Named::read(text), Named::Given(text));
        }
        assert_eq!(Named::read("count of debit per account within 0h").unit(), None);
        let ratio = "ratio sum of payout per wallet within 24h over 30d";
        let Named::Feature(feature) = Named::read(ratio) else { panic!("{ratio}") };
        assert_eq!(feature.to_string(), ratio);
    }
}
