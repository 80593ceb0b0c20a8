//! How an institution met what happened to it: what it did, when, and who says so.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::SourceKind;

/// One answer to one question about an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answered {
    /// The day, when there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<Date>,
    /// What was done, or left undone.
    pub text: String,
    /// The same in English.
    pub text_en: String,
    /// Where it is said.
    pub source_url: String,
    /// Who says it.
    pub source_kind: SourceKind,
}

/// Something that went wrong, and the six questions that tell how a company met it. A question
/// without an answer is 不明.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Incident {
    /// A short name, the same in every profile that the incident touches.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// The same in English.
    pub title_en: String,
    /// When it began, as far as is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub began_on: Option<Date>,
    /// What happened, in numbers where there are some.
    pub harm: Answered,
    /// When they noticed, and by whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noticed: Option<Answered>,
    /// When they stopped new links.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped_new_links: Option<Answered>,
    /// When they stopped links that were there already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped_existing_links: Option<Answered>,
    /// When they told the other companies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told_partners: Option<Answered>,
    /// Whom they paid, and when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compensated: Option<Answered>,
    /// What they changed.
    #[serde(default)]
    pub changed: Vec<Answered>,
}

/// The questions in order, with what they are called.
const QUESTIONS: [(&str, &str); 5] = [
    ("いつ気づいたか", "Noticed"),
    ("新しい連携を止めたのは", "Stopped new links"),
    ("以前からの連携を止めたのは", "Stopped existing links"),
    ("ほかの会社に知らせたのは", "Told the other companies"),
    ("補償", "Compensated"),
];

impl Answered {
    /// Whether it had been done by `day`, as far as its day is known.
    #[must_use]
    pub fn is_done_on(&self, day: Date) -> bool {
        self.on.is_none_or(|on| on <= day)
    }
}

impl Incident {
    /// Every question with its answer, if there is one.
    #[must_use]
    pub fn answers(&self) -> Vec<((&'static str, &'static str), Option<&Answered>)> {
        let answers = [
            &self.noticed,
            &self.stopped_new_links,
            &self.stopped_existing_links,
            &self.told_partners,
            &self.compensated,
        ];
        QUESTIONS.into_iter().zip(answers.map(Option::as_ref)).collect()
    }

    /// Whether anybody could know of it on `day`: something was said of it by then, or, where no answer has
    /// a day, it had begun.
    #[must_use]
    pub fn is_known_on(&self, day: Date) -> bool {
        let first = self.said().filter_map(|said| said.on).min();
        first.or(self.began_on).is_none_or(|first| first <= day)
    }

    /// Whether somebody noticed or answered it before it began.
    pub(super) fn is_answered_too_soon(&self) -> bool {
        let Some(began) = self.began_on else { return false };
        let answers = self.answers().into_iter().filter_map(|(_, answer)| answer);
        answers.chain(&self.changed).any(|said| said.on.is_some_and(|on| on < began))
    }

    /// Everything that needs a source.
    pub(super) fn said(&self) -> impl Iterator<Item = &Answered> {
        let answers = self.answers().into_iter().filter_map(|(_, answer)| answer);
        std::iter::once(&self.harm).chain(answers).chain(&self.changed)
    }
}
