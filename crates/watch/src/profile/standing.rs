//! What a claim is worth on a day: it holds, it is too old, it is history, or others say otherwise.

use jiff::civil::Date;
use serde::Serialize;

use super::{
    Claim, Field, Holds, Profile,
    field::{FIELDS, Shape},
};
use crate::words::Lang;

/// How a claim stands on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It holds.
    Current,
    /// Its day to be looked at again has passed; nothing follows from it any more.
    Expired,
    /// It held once.
    History,
    /// It will hold later.
    Later,
}

impl Claim {
    /// How it stands on `day`.
    #[must_use]
    pub fn standing(&self, day: Date) -> Standing {
        match self.holds {
            _ if day < self.since => Standing::Later,
            Holds::Expires(until) if day > until => Standing::Expired,
            Holds::Until(until) if day > until => Standing::History,
            Holds::Expires(_) | Holds::Until(_) => Standing::Current,
        }
    }
}

/// Evidence that cannot be relied on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "problem")]
pub enum Problem {
    /// A claim is past its day and nothing newer stands in its place.
    Expired {
        /// Of what.
        field: &'static str,
        /// Since when.
        expired: Date,
    },
    /// Two claims that hold say different things.
    Contradiction {
        /// Of what.
        field: &'static str,
        /// What is said, by place in the profile.
        claims: Vec<usize>,
    },
}

impl Profile {
    /// The claims about `field` that hold on `day`, with their place.
    pub(super) fn current(&self, field: &Field, day: Date) -> Vec<(usize, &Claim)> {
        let claims = self.claims.iter().enumerate();
        let of = claims.filter(|(_, claim)| claim.field == field);
        of.filter(|(_, claim)| claim.standing(day) == Standing::Current).collect()
    }

    /// The one thing that is said of `field` on `day`; none where nobody says anything, or where
    /// those who do disagree.
    pub(super) fn said(&self, field: &Field, day: Date) -> Option<(usize, &Claim)> {
        let current = self.current(field, day);
        let first = current.first()?;
        let agree = current.iter().all(|(_, claim)| claim.value == first.1.value);
        agree.then_some(*first)
    }

    /// What cannot be relied on, in the order of the fields.
    #[must_use]
    pub fn problems(&self, day: Date) -> Vec<Problem> {
        let mut problems = Vec::new();
        for field in &FIELDS {
            let current = self.current(field, day);
            if current.is_empty() {
                let of = self.claims.iter().filter(|claim| claim.field == field);
                let expired = of.filter(|claim| claim.standing(day) == Standing::Expired);
                let last = expired.filter_map(|claim| match claim.holds {
                    Holds::Expires(on) => Some(on),
                    Holds::Until(_) => None,
                });
                if let Some(expired) = last.max() {
                    problems.push(Problem::Expired { field: field.name, expired });
                }
            } else if !matches!(field.shape, Shape::Sample) && self.said(field, day).is_none() {
                let claims = current.iter().map(|(place, _)| *place).collect();
                problems.push(Problem::Contradiction { field: field.name, claims });
            }
        }
        problems
    }
}

impl Problem {
    /// What it means for whoever reads, and what follows from it: nothing.
    #[must_use]
    pub fn say(&self, profile: &Profile, lang: Lang) -> String {
        match self {
            Self::Expired { field, expired } => {
                let (label, day) = (label(field, lang), lang.date(*expired));
                match lang {
                    Lang::Ja => format!(
                        "「{label}」の情報は{day}で期限が切れました。確かめ直すまで不明として扱います。"
                    ),
                    Lang::En => format!(
                        "What is said of \"{label}\" expired on {day}. Until somebody looks again it counts as unknown."
                    ),
                }
            }
            Self::Contradiction { field, claims } => {
                let label = label(field, lang);
                let said = claims.iter().filter_map(|place| profile.claims.get(*place));
                let values: Vec<String> = said
                    .map(|c| format!("[{}] {}", c.source.url, c.value.show(c.field, lang)))
                    .collect();
                let values = values.join(lang.pick("、", "; "));
                match lang {
                    Lang::Ja => format!(
                        "「{label}」について食い違う情報があります: {values}。どちらか分かるまで不明として扱います。"
                    ),
                    Lang::En => format!(
                        "Sources disagree about \"{label}\": {values}. Until it is settled it counts as unknown."
                    ),
                }
            }
        }
    }
}

fn label(name: &str, lang: Lang) -> &'static str {
    super::field::find(name).map_or("", |field| field.label.pick(lang))
}
