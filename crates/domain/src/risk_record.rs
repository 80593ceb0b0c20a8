//! The record that must be there before anything is loosened (リスク評価記録): FT-01, FT-05, FT-13, INC-17.
//!
//! In 2020 wallets were opened wider and caps were raised, and nobody had written down what that would
//! let happen. Here the record says what is loosened and why, which dangers that brings and what is done
//! about each, what each partner said to it and who said so, and when somebody looks at it again. A
//! partner in the registry has its own, the joint assessment ([`crate::agreement`]); this one is for
//! what a company changes by itself.

use jiff::{ToSpan as _, civil::Date};
use serde::{Deserialize, Serialize};

use crate::agreement::{Gap, Lack, REVIEW_DAYS_MAX};

/// How old a partner's word may be, in days: it must be about the service as it is.
pub const VIEW_DAYS_MAX: i32 = 90;

/// What may happen, and what is done about it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Danger {
    /// What may happen to whom.
    pub finding: String,
    /// What is done about it.
    pub measure: String,
}

/// What a partner said to it (FT-05: the whole linked service is assessed together).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    /// The partner's id in the registry.
    pub partner: String,
    /// Who said it there, and as what.
    pub name: String,
    /// On which day.
    pub on: Option<Date>,
    /// What they said.
    pub says: String,
}

/// The record.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RiskRecord {
    /// What is loosened, by name.
    pub loosens: Vec<String>,
    /// Why.
    pub why: String,
    /// What may happen.
    pub dangers: Vec<Danger>,
    /// What each partner said.
    pub views: Vec<View>,
    /// When it is looked at again, at the latest.
    pub review_by: Option<Date>,
}

impl RiskRecord {
    /// What is missing from it on `today`, where `partners` are concerned.
    #[must_use]
    pub fn gaps(&self, today: Date, partners: &[String]) -> Vec<Gap> {
        let mut gaps = Vec::new();
        missing(&mut gaps, "FT-01", "record.why", &self.why);
        if self.dangers.is_empty() {
            gaps.push(Gap::new("FT-01", "record.dangers", Lack::Missing));
        }
        for danger in &self.dangers {
            missing(&mut gaps, "FT-01", "record.finding", &danger.finding);
            missing(&mut gaps, "FT-01", "record.measure", &danger.measure);
        }
        for partner in partners {
            match self.views.iter().find(|view| view.partner == *partner) {
                None => {
                    gaps.push(Gap::new("FT-05", format!("record.views.{partner}"), Lack::Missing));
                }
                Some(view) => said(&mut gaps, view, today),
            }
        }
        gaps.extend(review_gap(self.review_by, today));
        gaps.dedup();
        gaps
    }
}

/// What is wrong with a day of review: it lies ahead, and not more than a year (FT-13).
#[must_use]
pub fn review_gap(review_by: Option<Date>, today: Date) -> Option<Gap> {
    let last = today.checked_add(REVIEW_DAYS_MAX.days()).unwrap_or(today);
    let lack = match review_by {
        None => Lack::Missing,
        Some(day) if day <= today => Lack::Passed,
        Some(day) if day > last => Lack::TooFar,
        Some(_) => return None,
    };
    Some(Gap::new("FT-13", "record.review_by", lack))
}

fn missing(gaps: &mut Vec<Gap>, requirement: &'static str, path: &str, text: &str) {
    if text.trim().is_empty() {
        gaps.push(Gap::new(requirement, path, Lack::Missing));
    }
}

fn said(gaps: &mut Vec<Gap>, view: &View, today: Date) {
    let at = format!("record.views.{}", view.partner);
    if view.name.trim().is_empty() || view.says.trim().is_empty() {
        gaps.push(Gap::new("FT-05", at.as_str(), Lack::Missing));
    }
    let first = today.checked_sub(VIEW_DAYS_MAX.days()).unwrap_or(today);
    match view.on {
        None => gaps.push(Gap::new("FT-05", format!("{at}.on"), Lack::Missing)),
        Some(on) if on > today => gaps.push(Gap::new("FT-05", format!("{at}.on"), Lack::Ahead)),
        Some(on) if on < first => gaps.push(Gap::new("FT-05", format!("{at}.on"), Lack::Passed)),
        Some(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const TODAY: Date = date(2026, 11, 26);

    fn whole() -> RiskRecord {
        RiskRecord {
            loosens: vec!["rule rapid-drain".to_owned()],
            why: "too many honest people are held".to_owned(),
            dangers: vec![Danger {
                finding: "a thief empties a wallet at night".to_owned(),
                measure: "the day cap stays as it is".to_owned(),
            }],
            views: vec![View {
                partner: "bank-one".to_owned(),
                name: "Saito, head of fraud".to_owned(),
                on: Some(date(2026, 11, 20)),
                says: "agreed, for three months".to_owned(),
            }],
            review_by: Some(date(2027, 2, 20)),
        }
    }

    type Spoil = fn(&mut RiskRecord);

    #[test]
    fn a_whole_record_has_no_gap_and_each_part_that_is_missing_is_one() {
        let partners = ["bank-one".to_owned()];
        assert_eq!(whole().gaps(TODAY, &partners), []);
        let wrong: [(&str, Spoil); 10] = [
            ("FT-01", |r| r.why = " ".to_owned()),
            ("FT-01", |r| r.dangers.clear()),
            ("FT-01", |r| r.dangers.push(Danger::default())),
            ("FT-05", |r| r.views.clear()),
            ("FT-05", |r| r.views.iter_mut().for_each(|view| view.name.clear())),
            ("FT-05", |r| r.views.iter_mut().for_each(|view| view.on = Some(date(2026, 11, 27)))),
            ("FT-05", |r| r.views.iter_mut().for_each(|view| view.on = Some(date(2026, 8, 27)))),
            ("FT-13", |r| r.review_by = None),
            ("FT-13", |r| r.review_by = Some(TODAY)),
            ("FT-13", |r| r.review_by = Some(date(2027, 11, 28))),
        ];
        for (requirement, spoil) in wrong {
            let mut record = whole();
            spoil(&mut record);
            let gaps = record.gaps(TODAY, &partners);
            assert!(gaps.iter().any(|gap| gap.requirement == requirement), "{record:?}");
        }
    }

    #[test]
    fn every_partner_has_a_say() {
        let partners = ["bank-one".to_owned(), "bank-two".to_owned()];
        let gaps = whole().gaps(TODAY, &partners);
        assert_eq!(gaps, [Gap::new("FT-05", "record.views.bank-two", Lack::Missing)]);
    }
}
