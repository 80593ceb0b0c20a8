//! What one company requires of the other's institution profile before links open, and what was
//! found when somebody looked (FT-10, FT-16, ZG-01).
//!
//! A company that requires nothing says nothing here. One that does says how far an attacker must
//! be kept on which way, and keeps the profile itself, word for word, beside what it came to on the
//! day it was looked at: what was found is computed from it and never typed, and can be computed
//! again by whoever doubts it. What was found expires, as the claims behind it do: new links stop
//! then, and existing ones go on, as with a review that nobody made.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::REVIEW_DAYS_MAX;
use crate::barrier::{AttackPath, Barrier};

/// What is required of one company, and what was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Standard {
    /// The least that an attacker must meet, by way.
    pub required: BTreeMap<AttackPath, Barrier>,
    /// What the profile came to; a way that is not here is unknown (不明).
    pub found: BTreeMap<AttackPath, Barrier>,
    /// Which profile: whose, and of which day.
    pub profile: String,
    /// The SHA-256 of the profile's file, in hexadecimal.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub sha256: String,
    /// The profile's file, word for word.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub file: String,
    /// When it was looked at.
    pub looked_on: Option<Date>,
    /// Until when that holds: the last day before a claim behind it ends.
    pub expires: Option<Date>,
}

/// What each requires of the other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Standards {
    /// What the wallet requires of the bank (FT-10, FT-16).
    pub of_bank: Standard,
    /// What the bank requires of the wallet (ZG-01).
    pub of_wallet: Standard,
}

impl Standard {
    /// Whether anything is required.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        !self.required.is_empty()
    }

    /// The ways on which less was found than is required.
    pub fn missed(&self) -> impl Iterator<Item = AttackPath> {
        let is_missed = move |(path, least): &(&AttackPath, &Barrier)| {
            let found = self.found.get(*path).copied().unwrap_or(Barrier::Unknown);
            !found.meets(**least)
        };
        self.required.iter().filter(is_missed).map(|(path, _)| *path)
    }

    /// Whether something is required, and what was found does not hold on `today`. What somebody
    /// typed, with no profile beside it, was never found.
    #[must_use]
    pub fn has_lapsed(&self, today: Date) -> bool {
        let is_past = self.expires.is_none_or(|expires| expires < today);
        self.is_asked() && (is_past || self.file.is_empty() || self.missed().next().is_some())
    }

    /// Whether it is believed for longer than any claim may be.
    #[must_use]
    pub(super) fn is_too_long(&self) -> bool {
        self.looked_on.zip(self.expires).is_some_and(|(looked, expires)| {
            looked.until(expires).is_ok_and(|span| i64::from(span.get_days()) > REVIEW_DAYS_MAX)
        })
    }
}

impl Standards {
    /// Whether nobody says anything here. Such a part is left out where an agreement is written, so
    /// that what was signed before there were standards reads as it was signed.
    #[must_use]
    pub fn are_none(&self) -> bool {
        *self == Self::default()
    }

    /// Whether what either requires does not hold any more on `today`.
    #[must_use]
    pub fn have_lapsed(&self, today: Date) -> bool {
        self.of_bank.has_lapsed(today) || self.of_wallet.has_lapsed(today)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::{
        super::{Effect, Lack, effect, example},
        *,
    };

    const TODAY: Date = date(2026, 11, 26);

    fn required(least: Barrier, found: Option<Barrier>) -> Standard {
        Standard {
            required: [(AttackPath::Link, least)].into(),
            found: found.map(|barrier| (AttackPath::Link, barrier)).into_iter().collect(),
            profile: "9901 2026-11-20".to_owned(),
            sha256: "00".repeat(32),
            file: "{}".to_owned(),
            looked_on: Some(TODAY),
            expires: Some(date(2027, 5, 1)),
        }
    }

    #[test]
    fn nothing_is_required_until_somebody_requires_it() {
        let agreement = example(TODAY);
        let written = serde_json::to_string(&agreement).unwrap();
        assert!(!written.contains("standards"), "what was signed before reads as it was signed");
        assert!(!agreement.standards.have_lapsed(date(2099, 1, 1)));
        assert_eq!(agreement.gaps(TODAY), []);
    }

    #[test]
    fn a_partner_below_the_standard_keeps_the_version_from_going_live() {
        use Barrier::{Bound, Code, Device, Unknown};
        for (least, found, is_met) in [
            (Device, Some(Device), true),
            (Device, Some(Bound), true),
            (Device, Some(Code), false),
            (Device, Some(Unknown), false),
            (Device, None, false),
        ] {
            let mut agreement = example(TODAY);
            agreement.standards.of_bank = required(least, found);
            let gaps = agreement.gaps(TODAY);
            assert_eq!(gaps.is_empty(), is_met, "{least:?} {found:?}: {gaps:?}");
            if let Some(gap) = gaps.first() {
                assert_eq!(gap.to_string(), "FT-10: standards.of_bank.found.link is not safe");
            }
        }
        let mut agreement = example(TODAY);
        agreement.standards.of_wallet = required(Device, None);
        assert_eq!(agreement.gaps(TODAY)[0].requirement, "ZG-01");
    }

    #[test]
    fn what_was_found_must_say_when_and_until_when() {
        type Break = fn(&mut Standard);
        let table: [(&str, Lack, Break); 5] = [
            ("file", Lack::Missing, |s| s.file.clear()),
            ("looked_on", Lack::Ahead, |s| s.looked_on = Some(date(2026, 11, 27))),
            ("expires", Lack::Missing, |s| s.expires = None),
            ("expires", Lack::Passed, |s| s.expires = Some(date(2026, 11, 25))),
            ("expires", Lack::TooFar, |s| s.expires = Some(date(2028, 1, 1))),
        ];
        for (field, lack, breaks) in table {
            let mut agreement = example(TODAY);
            let mut standard = required(Barrier::Code, Some(Barrier::Bound));
            breaks(&mut standard);
            agreement.standards.of_bank = standard;
            let path = format!("standards.of_bank.{field}");
            let gaps = agreement.gaps(TODAY);
            assert!(gaps.iter().any(|g| g.path == path && g.lack == lack), "{path}: {gaps:?}");
        }
    }

    #[test]
    fn new_links_stop_on_the_day_after_what_was_found_expires() {
        let mut agreement = example(TODAY);
        agreement.standards.of_wallet = required(Barrier::Device, Some(Barrier::Device));

        assert!(!agreement.is_overdue(date(2027, 5, 1)));
        assert!(agreement.is_overdue(date(2027, 5, 2)));
    }

    #[test]
    fn what_was_typed_with_no_profile_beside_it_opens_no_new_links() {
        let mut agreement = example(TODAY);
        agreement.standards.of_bank = required(Barrier::Device, Some(Barrier::Bound));
        assert!(!agreement.is_overdue(TODAY));

        agreement.standards.of_bank.file.clear();
        assert!(agreement.is_overdue(TODAY));
        let gaps = agreement.gaps(TODAY);
        assert!(gaps.iter().any(|gap| gap.path == "standards.of_bank.file"), "{gaps:?}");
    }

    #[test]
    fn requiring_less_loosens_and_requiring_more_tightens() {
        let path = "standards.of_bank.required.link";
        for (before, after, expected) in [
            (None, Some("code"), Effect::Tightens),
            (Some("code"), Some("bound"), Effect::Tightens),
            (Some("bound"), Some("device"), Effect::Loosens),
            (Some("device"), None, Effect::Loosens),
            (Some("device"), Some("device"), Effect::Neutral),
        ] {
            assert_eq!(effect(path, before, after), expected, "{before:?} → {after:?}");
        }
        let found = effect("standards.of_bank.found.link", Some("code"), Some("bound"));
        assert_eq!(found, Effect::Neutral, "two people look at what was found");
    }
}
