//! Whether the two may ask each other about identifiers of confirmed frauds, and by which right
//! (CL-01, CP-15).
//!
//! Nothing here means no: the law asks for a basis before one company tells another anything about
//! a person, and only people can say which it is. So the switch is the basis itself, who decided it,
//! and the day on which somebody looks at it again; after that day it is off without anybody's act.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Identifier, REVIEW_DAYS_MAX};

/// What was decided about asking each other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Exchange {
    /// The legal basis, in words.
    pub basis: String,
    /// Who decided that it holds: name and office.
    pub decided_by: String,
    /// When.
    pub decided_on: Option<Date>,
    /// The last day on which it holds without being looked at again.
    pub review_by: Option<Date>,
    /// What may be asked about.
    pub kinds: BTreeSet<Identifier>,
    /// The wallet's public key (X25519, base64url).
    pub wallet_key: String,
    /// The bank's.
    pub bank_key: String,
}

impl Exchange {
    /// Whether nothing was decided. It is left out then where an agreement is written, so that what
    /// was signed before there was such a thing reads as it was signed.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// Whether they may ask each other on `today`: everything is said, and its day has not passed.
    #[must_use]
    pub fn is_in_force(&self, today: Date) -> bool {
        let words = [&self.basis, &self.decided_by, &self.wallet_key, &self.bank_key];
        let is_said = words.iter().all(|word| !word.trim().is_empty()) && !self.kinds.is_empty();
        let is_now = self.decided_on.is_some_and(|on| on <= today)
            && self.review_by.is_some_and(|by| today <= by);
        is_said && is_now && !self.is_too_long()
    }

    /// Whether nobody would look at it again for more than a year.
    #[must_use]
    pub(super) fn is_too_long(&self) -> bool {
        self.decided_on.zip(self.review_by).is_some_and(|(on, by)| {
            on.until(by).is_ok_and(|span| i64::from(span.get_days()) > REVIEW_DAYS_MAX)
        })
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

    /// Leaves something out, or says it wrong.
    type Break = fn(&mut Exchange);

    fn decided() -> Exchange {
        Exchange {
            basis: "個人情報保護法27条1項2号".to_owned(),
            decided_by: "法務部長".to_owned(),
            decided_on: Some(date(2026, 11, 1)),
            review_by: Some(date(2027, 5, 1)),
            kinds: [Identifier::Phone].into(),
            wallet_key: "w".repeat(43),
            bank_key: "b".repeat(43),
        }
    }

    #[test]
    fn it_is_off_until_everything_is_said_and_again_after_its_day() {
        assert!(!Exchange::default().is_in_force(TODAY));
        assert!(decided().is_in_force(TODAY));
        assert!(decided().is_in_force(date(2027, 5, 1)));
        assert!(!decided().is_in_force(date(2027, 5, 2)), "nobody looked at it again");
        assert!(!decided().is_in_force(date(2026, 10, 31)), "not decided yet");
        let breaks: [Break; 7] = [
            |e| e.basis = " ".to_owned(),
            |e| e.decided_by.clear(),
            |e| e.decided_on = None,
            |e| e.review_by = None,
            |e| e.kinds.clear(),
            |e| e.wallet_key.clear(),
            |e| e.review_by = Some(date(2030, 1, 1)),
        ];
        for (which, breaks) in breaks.into_iter().enumerate() {
            let mut exchange = decided();
            breaks(&mut exchange);
            assert!(!exchange.is_in_force(TODAY), "{which}");
        }
    }

    #[test]
    fn half_a_decision_keeps_a_version_from_going_live() {
        let mut agreement = example(TODAY);
        let written = serde_json::to_string(&agreement).unwrap();
        assert!(!written.contains("exchange"), "what was signed before reads as it was signed");
        agreement.exchange = decided();
        assert_eq!(agreement.gaps(TODAY), []);

        let table: [(&str, Lack, Break); 6] = [
            ("basis", Lack::Missing, |e| e.basis.clear()),
            ("decided_on", Lack::Ahead, |e| e.decided_on = Some(date(2026, 11, 27))),
            ("review_by", Lack::Passed, |e| e.review_by = Some(date(2026, 11, 25))),
            ("review_by", Lack::TooFar, |e| e.review_by = Some(date(2030, 1, 1))),
            ("kinds", Lack::TooFew, |e| e.kinds.clear()),
            ("bank_key", Lack::Same, |e| e.bank_key = e.wallet_key.clone()),
        ];
        for (field, lack, breaks) in table {
            let mut agreement = example(TODAY);
            agreement.exchange = decided();
            breaks(&mut agreement.exchange);
            let path = format!("exchange.{field}");
            let gaps = agreement.gaps(TODAY);
            assert!(gaps.iter().any(|g| g.path == path && g.lack == lack), "{path}: {gaps:?}");
        }
    }

    #[test]
    fn switching_it_on_loosens_and_switching_it_off_tightens() {
        for (path, before, after, expected) in [
            ("exchange.basis", None, Some("law"), Effect::Loosens),
            ("exchange.basis", Some("law"), None, Effect::Tightens),
            ("exchange.kinds.mail", None, Some("mail"), Effect::Loosens),
            ("exchange.kinds.mail", Some("mail"), None, Effect::Tightens),
            ("exchange.bank_key", Some("one"), Some("another"), Effect::Loosens),
        ] {
            assert_eq!(effect(path, before, after), expected, "{path} {before:?} {after:?}");
        }
    }
}
