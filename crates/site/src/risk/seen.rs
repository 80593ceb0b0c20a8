//! What a rule saw: the attempts one by one, and whom they have in common.

use kanuki_risk::{Key, Record, Seen, Subject};
use maud::{Markup, html};

use super::{BASE, graph, lists, number, outcome_badge, rule_link, score, why};
use crate::{
    Visit, show,
    ui::{self, Column, Table, Tone},
};

/// The most attempts on one page.
const ROWS_MAX: usize = 100;
/// What stands of a long id.
const SHORT_CHARS: usize = 14;

/// Which decisions are looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Which {
    /// Of one rule.
    pub rule: Option<String>,
    /// In which this one is involved.
    pub key: Option<Key>,
}

impl Which {
    /// From the page's query: a rule's name, and `subject|value`; none where what was asked for is not
    /// the name of anything.
    #[must_use]
    pub fn asked(rule: Option<&str>, key: Option<&str>) -> Option<Self> {
        let which = Self::parse(rule, key);
        (which.key.is_some() || key.is_none_or(str::is_empty)).then_some(which)
    }

    /// The same, of a form.
    #[must_use]
    pub fn parse(rule: Option<&str>, key: Option<&str>) -> Self {
        let key = key.and_then(|text| {
            let (subject, value) = text.split_once('|')?;
            Some(Key::of(Subject::parse(subject)?, value))
        });
        Self { rule: rule.filter(|rule| !rule.is_empty()).map(str::to_owned), key }
    }

    /// What the audit log says was looked at.
    #[must_use]
    pub fn about(&self) -> String {
        match (&self.rule, &self.key) {
            (_, Some(key)) => format!("{}|{}", key.subject().name(), key.value()),
            (Some(rule), None) => rule.clone(),
            (None, None) => "all".to_owned(),
        }
    }

    /// Whether any of these decisions is one that is looked for.
    #[must_use]
    pub fn is_among(&self, records: &[Record]) -> bool {
        records.iter().any(|record| self.holds(record))
    }

    fn holds(&self, record: &Record) -> bool {
        let is_rule = self.rule.as_ref().is_none_or(|rule| {
            record.reasons.iter().chain(&record.shadow).any(|reason| reason.rule == *rule)
        });
        is_rule && self.key.as_ref().is_none_or(|key| record.signal.keys.contains(key))
    }
}

/// Where one version of the rules is shown. Its name has a `+`, which in an address is a space.
#[must_use]
pub fn version_href(version: &str) -> String {
    let query = serde_urlencoded::to_string([("version", version)]).unwrap_or_default();
    format!("{BASE}/policy?{query}")
}

/// The way to everything in which `key` is involved.
pub(super) fn key_href(key: &Key) -> String {
    let about = format!("{}|{}", key.subject().name(), key.value());
    let query = serde_urlencoded::to_string([("key", about)]).unwrap_or_default();
    format!("{BASE}/seen?{query}")
}

/// An id as far as a person tells two apart.
pub(super) fn short(text: &str) -> String {
    let head: String = text.chars().take(SHORT_CHARS).collect();
    if head.len() < text.len() { format!("{head}…") } else { head }
}

pub(super) fn subject_name(visit: &Visit, subject: Subject) -> String {
    visit.t(&format!("risk-subject-{}", subject.name().replace('_', "-")))
}

/// The page: a graph of whom the attempts have in common, how money flowed, and the attempts, newest first;
/// for one who was seen, the way onto `list`.
#[must_use]
pub fn seen_body(
    visit: &Visit,
    (which, list): (&Which, Option<&str>),
    records: &[Record],
    flow: &Markup,
) -> Markup {
    let found: Vec<&Record> = records.iter().filter(|record| which.holds(record)).collect();
    let title = match (&which.rule, &which.key) {
        (_, Some(key)) => visit.t_args(
            "risk-seen-of",
            &[("what", format!("{} {}", subject_name(visit, key.subject()), key.value()).into())],
        ),
        (Some(rule), None) => {
            let mut reasons = found.iter().flat_map(|one| one.reasons.iter().chain(&one.shadow));
            let code = reasons.find(|reason| reason.rule == *rule).map(|reason| &reason.code);
            let words = code.and_then(|code| why(visit, code));
            let what = words.map_or_else(|| rule.clone(), |words| format!("{words} ({rule})"));
            visit.t_args("risk-seen-of", &[("what", what.into())])
        }
        (None, None) => visit.t("risk-seen"),
    };
    html! {
        (ui::heading(&title, Some(&visit.t("risk-seen-lead"))))
        p { a href=(BASE) { (visit.t("risk-title")) } }
        @if let (Some(key), Some(list)) = (&which.key, list) { (lists::watch_card(visit, key, list)) }
        @if found.is_empty() {
            p { (visit.t("risk-seen-none")) }
            (flow)
        } @else {
            (ui::section(&visit.t("risk-graph"), graph::draw(visit, which, &found)))
            (flow)
            (ui::section(&visit.t("risk-timeline"), table(visit, &found)))
        }
    }
}

fn table(visit: &Visit, found: &[&Record]) -> Markup {
    let row = |record: &&Record| {
        vec![
            show::time(visit.lang(), record.at),
            html! { (number::kind_name(visit, record.signal.kind)) },
            html! {
                (outcome_badge(visit, record.outcome)) " "
                @for reason in &record.reasons { (rule_link(visit, (&reason.rule, Some(&reason.code)))) " " }
                @for reason in &record.shadow {
                    (ui::badge(Tone::Neutral, &visit.t("risk-shadow"))) " " (rule_link(visit, (&reason.rule, Some(&reason.code)))) " "
                }
            },
            ui::money(record.signal.amount),
            html! {
                @for key in record.signal.keys.iter().filter(|key| !key.value().is_empty()) {
                    (subject_name(visit, key.subject())) " "
                    a href=(key_href(key)) { code { (short(key.value())) } } br;
                }
            },
            html! {
                @if let Some(said) = &record.said {
                    @let score = visit.t_args("risk-score-is", &[("n", u64::from(said.score).into())]);
                    (ui::details(&score, score::told(visit, said, &record.seen)))
                }
                (ui::details(&visit.t("risk-numbers"), numbers(visit, record)))
            },
        ]
    };
    ui::table(&Table {
        caption: visit.t("risk-timeline"),
        head: vec![
            Column::text(visit.t("risk-at")),
            Column::text(visit.t("risk-attempt")),
            Column::text(visit.t("risk-outcome")),
            Column::number(visit.t("risk-amount")),
            Column::text(visit.t("risk-who")),
            Column::text(visit.t("risk-numbers")),
        ],
        rows: found.iter().take(ROWS_MAX).map(row).collect(),
    })
}

/// Every number that the rules looked at, in words and as it stands in the policy.
fn numbers(visit: &Visit, record: &Record) -> Markup {
    let known = |seen: &&Seen| seen.value.is_some();
    html! {
        ul {
            @for seen in record.seen.iter().filter(known) {
                li { (number::name(visit, &seen.what)) " " strong { (number::value(visit, seen)) } }
            }
        }
        p { code { (record.version) } }
    }
}
