//! What a change does: tighten, loosen, or neither.
//!
//! Whatever is not known to tighten needs two people; what is known to loosen needs a new joint
//! assessment besides (FT-01, INC-17: what went wrong in 2020 was loosened without anybody looking
//! at the risks anew).

use serde::{Deserialize, Serialize};

use crate::barrier::Barrier;

/// What one change does to the safety of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Less is possible than before: one person may.
    Tightens,
    /// Neither more nor less, as far as can be told: two people.
    Neutral,
    /// More is possible than before: two people, a reason and a new assessment.
    Loosens,
}

impl Effect {
    /// As part of a text key.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tightens => "tightens",
            Self::Neutral => "neutral",
            Self::Loosens => "loosens",
        }
    }

    /// Of a permission that is there, is not, or is replaced by another.
    #[must_use]
    pub const fn of_permission(before: Option<&str>, after: Option<&str>) -> Self {
        match (before, after) {
            (Some(_), None) => Self::Tightens,
            (_, Some(_)) => Self::Loosens,
            (None, None) => Self::Neutral,
        }
    }

    /// Of a safeguard that is there, is not, or is replaced by another.
    #[must_use]
    pub const fn of_safeguard(before: Option<&str>, after: Option<&str>) -> Self {
        match (before, after) {
            (None, Some(_)) => Self::Tightens,
            (Some(_), _) => Self::Loosens,
            (None, None) => Self::Neutral,
        }
    }

    /// Of a switch whose `true` is the safe side.
    #[must_use]
    pub fn of_switch(before: Option<&str>, after: Option<&str>) -> Self {
        match (before == Some("true"), after == Some("true")) {
            (false, true) => Self::Tightens,
            (true, false) => Self::Loosens,
            (true, true) | (false, false) => Self::Neutral,
        }
    }

    /// Of something that is safer the smaller it is; nothing at all is the safest.
    #[must_use]
    pub fn of_less<T: Ord>(before: Option<T>, after: Option<T>) -> Self {
        match after.cmp(&before) {
            std::cmp::Ordering::Less => Self::Tightens,
            std::cmp::Ordering::Equal => Self::Neutral,
            std::cmp::Ordering::Greater => Self::Loosens,
        }
    }
}

/// What the change of one field of an agreement does; paths as in [`super::Gap::path`].
#[must_use]
pub fn effect(path: &str, before: Option<&str>, after: Option<&str>) -> Effect {
    let number = |text: Option<&str>| text.and_then(|text| text.parse::<u64>().ok());
    let strength = |text: Option<&str>| match text {
        Some("jpki") => 3_u8,
        Some("ic_chip") => 2,
        Some(_) => 1,
        None => 0,
    };
    // What a document claims to be stronger is a claim: it guards nobody by itself and it fills
    // gaps, so that two people look at it. Claiming less is a loosening all the same.
    let claim = |effect| match effect {
        Effect::Tightens | Effect::Neutral => Effect::Neutral,
        Effect::Loosens => Effect::Loosens,
    };
    match path {
        // A control, unlike the rest: after it no new link is made. ISO dates sort as days do.
        "assessment.review_by" => match (before, after) {
            (Some(_), None) => Effect::Loosens,
            // One that names no day was overdue, and is not any more.
            (None, _) => Effect::Neutral,
            (before, after) => Effect::of_less(before, after),
        },
        "safeguards.identity" => {
            claim(Effect::of_less(strength(after).into(), strength(before).into()))
        }
        "safeguards.contact_change_days" => claim(Effect::of_less(number(after), number(before))),
        "safeguards.bank_verified" | "safeguards.same_person" | "compensation.non_customers" => {
            claim(Effect::of_switch(before, after))
        }
        // Who may learn what of whom: whatever is added or put in another's place is a permission.
        path if path.starts_with("exchange.") => Effect::of_permission(before, after),
        path if path.starts_with("standards.") && path.contains(".required.") => {
            let least = |text: Option<&str>| text.and_then(Barrier::parse);
            Effect::of_less(least(after), least(before))
        }
        path if path.starts_with("safeguards.matched.")
            || path.starts_with("safeguards.factors.") =>
        {
            claim(Effect::of_safeguard(before, after))
        }
        _ => Effect::Neutral,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stronger_claim_takes_two_people_and_a_weaker_one_an_assessment() {
        for (path, weak, strong) in [
            ("safeguards.identity", Some("ic_chip"), Some("jpki")),
            ("safeguards.identity", None, Some("other")),
            ("safeguards.contact_change_days", Some("7"), Some("30")),
            ("safeguards.bank_verified", Some("false"), Some("true")),
            ("safeguards.matched.address", None, Some("address")),
            ("compensation.non_customers", Some("false"), Some("true")),
        ] {
            assert_eq!(effect(path, weak, strong), Effect::Neutral, "{path}");
            assert_eq!(effect(path, strong, weak), Effect::Loosens, "{path}");
        }
        let (early, late) = (Some("2026-01-01"), Some("2026-06-01"));
        assert_eq!(effect("assessment.review_by", late, early), Effect::Tightens);
        assert_eq!(effect("assessment.review_by", early, late), Effect::Loosens);
        assert_eq!(effect("assessment.review_by", None, early), Effect::Neutral);
    }
}
