//! The rules in force, and another text beside them: its mistakes, or what it would have done.

use jiff::Timestamp;
use kanuki_domain::{Yen, agreement::Gap, risk_record::RiskRecord};
use kanuki_risk::{Change, Outcome, Policy, PolicyError, Range, Report};
use maud::{Markup, html};

use super::{mistake, outcome_badge};
use crate::{
    Visit,
    risk_record::{self, Partner, Typed},
    show,
    ui::{self, Column, Field, Look, Table, Tone},
};

/// How many empty lines stand below a text, for what is added.
const MORE_LINES: usize = 24;

/// What a text that was pasted came to.
#[derive(Debug)]
pub enum Pasted {
    /// It is no policy of this company: why.
    Wrong(String),
    /// It has mistakes, each with its line.
    Mistaken(PolicyError),
    /// What both would have done.
    Compared {
        /// The one in force.
        live: Box<Report>,
        /// The one that was pasted.
        other: Box<Report>,
        /// Since when there were signals.
        since: Option<Timestamp>,
        /// From when on all signals were there, where of before only movements are whole.
        whole_since: Option<Timestamp>,
        /// What would be different, as it is understood and not as it looks.
        changes: Vec<Change>,
        /// What of the one in force it would not do as strictly.
        loosened: Vec<String>,
    },
}

/// The page.
#[derive(Debug)]
pub struct PolicyPage<'a> {
    /// What is in force.
    pub live: &'a Policy,
    /// What stands in the form.
    pub text: &'a str,
    /// What was pasted came to this.
    pub pasted: Option<&'a Pasted>,
    /// The partners that have a say in what is loosened.
    pub partners: &'a [Partner],
    /// What was typed into the record of risks.
    pub typed: &'a Typed,
    /// What is missing from it, if it was sent.
    pub gaps: &'a [Gap],
    /// The record that was proposed with the text.
    pub record: Option<&'a RiskRecord>,
}

/// A text as it was typed: browsers end lines in their own way.
#[must_use]
pub fn text_of(typed: &str) -> String {
    typed.replace("\r\n", "\n")
}

/// The body of the page.
#[must_use]
pub fn policy_body(visit: &Visit, page: &PolicyPage<'_>) -> Markup {
    let can_propose = matches!(page.pasted, Some(Pasted::Compared { .. }));
    let loosened: &[String] = match page.pasted {
        Some(Pasted::Compared { loosened, .. }) => loosened,
        Some(Pasted::Wrong(_) | Pasted::Mistaken(_)) | None => &[],
    };
    html! {
        (ui::heading(&visit.t("risk-policy"), Some(&visit.t("risk-policy-lead"))))
        p { a href=(super::BASE) { (visit.t("risk-title")) } }
        (ui::definitions(vec![
            (visit.t("risk-version"), html! { code { (page.live.version()) } }),
            (visit.t("risk-rule-count"), html! { (page.live.rules().len()) }),
        ]))
        @if !page.live.doubts().is_empty() { (doubted(visit, page.live)) }
        (risk_record::missing(visit, page.gaps, page.partners))
        @if let Some(record) = page.record {
            (ui::card(Some(&visit.t("risk-record")), risk_record::said(visit, record, page.partners)))
        }
        @match page.pasted {
            Some(Pasted::Wrong(words)) => {
                (ui::notice(Tone::Error, &visit.t("risk-policy-wrong"), html! { p { (words) } }))
            }
            Some(Pasted::Mistaken(error)) => {
                @let words = mistake::render(visit, error, (&visit.t("risk-policy-text"), page.text));
                (ui::notice(Tone::Error, &visit.t("risk-policy-wrong"), html! { pre { (words) } }))
            }
            Some(Pasted::Compared { live, other, since, whole_since, changes, .. }) => {
                (changed(visit, changes))
                (compared(visit, (live, other), (*since, *whole_since)))
            }
            None => {}
        }
        (ui::form("/desk/risk/policy", visit.csrf_field(), html! {
            div.field {
                label for="policy-text" { (visit.t("risk-policy-text")) }
                p.hint id="policy-hint" { (visit.t("risk-policy-hint")) }
                (numbered(page.text))
            }
            @if can_propose {
                (ui::field(&Field::new("reason", visit.t("risk-policy-why"))
                    .optional(visit.t("risk-policy-why-when"))
                    .value(page.typed.get("reason").cloned().unwrap_or_default())
                    .max_length(300)))
            }
            @if !loosened.is_empty() && page.record.is_none() {
                (risk_record::fields(visit, loosened, page.partners, page.typed))
            }
            (ui::actions(html! {
                (ui::button_named(Look::Primary, &visit.t("risk-policy-check"), "act", "check"))
                @if can_propose {
                    (ui::button_named(Look::Secondary, &visit.t("risk-policy-propose"), "act", "propose"))
                }
            }))
        }))
    }
}

/// What a new text would be refused for that is in force since before it was looked for.
fn doubted(visit: &Visit, live: &Policy) -> Markup {
    let error = PolicyError(live.doubts().to_vec());
    let words = mistake::render(visit, &error, (live.version(), live.text()));
    ui::notice(
        Tone::Warning,
        &visit.t("risk-policy-doubted"),
        html! {
            p { (visit.t("risk-policy-doubted.body")) }
            pre { (words) }
        },
    )
}

/// A text whose mistakes are told by their lines: with the number of each line before it, and room below
/// for more. It scrolls as one, so that numbers and lines stay beside each other without a script.
fn numbered(text: &str) -> Markup {
    let rows = text.lines().count().saturating_add(MORE_LINES);
    let numbers: Vec<String> = (1..=rows).map(|number| number.to_string()).collect();
    html! {
        div.lines {
            div.line-numbers aria-hidden="true" { (numbers.join("\n")) }
            textarea id="policy-text" name="text" rows=(rows) required spellcheck="false" wrap="off"
                autocapitalize="off" aria-describedby="policy-hint" { (text) }
        }
    }
}

/// What a second person agrees to: what is compiled, without the comments and line ends beside it.
fn changed(visit: &Visit, changes: &[Change]) -> Markup {
    let text = |text: &Option<String>| {
        if let Some(text) = text {
            html! { code { (text) } }
        } else {
            html! { "–" }
        }
    };
    let act = |change: &Change| match (&change.before, &change.after) {
        (None, _) => visit.t("risk-change-added"),
        (_, None) => visit.t("risk-change-removed"),
        (Some(_), Some(_)) => visit.t("risk-change-changed"),
    };
    let row =
        |change: &Change| vec![html! { (act(change)) }, text(&change.before), text(&change.after)];
    html! {
        (ui::section(&visit.t("risk-changes"), html! {
            p { (visit.t("risk-changes-lead")) }
            @if changes.is_empty() {
                p { strong { (visit.t("risk-changes-none")) } }
            } @else {
                (ui::table(&Table {
                    caption: visit.t("risk-changes"),
                    head: vec![
                        Column::text(visit.t("risk-change")),
                        Column::text(visit.t("risk-change-before")),
                        Column::text(visit.t("risk-change-after")),
                    ],
                    rows: changes.iter().map(row).collect(),
                }))
            }
        }))
    }
}

fn compared(
    visit: &Visit,
    (live, other): (&Report, &Report),
    (since, whole_since): (Option<Timestamp>, Option<Timestamp>),
) -> Markup {
    let count = |key: &str, of: fn(&Report) -> u64| {
        vec![html! { (visit.t(key)) }, html! { (of(live)) }, html! { (of(other)) }]
    };
    let yen = |key: &str, of: fn(&Report) -> Yen| {
        vec![html! { (visit.t(key)) }, ui::money(of(live)), ui::money(of(other))]
    };
    let ranged = |key: &str, of: fn(&Report) -> (String, String)| {
        let cell = |report: &Report| {
            let (low, high) = of(report);
            html! { (visit.t_args("risk-range", &[("low", low.into()), ("high", high.into())])) }
        };
        vec![html! { (visit.t(key)) }, cell(live), cell(other)]
    };
    let mut rows = vec![
        yen("risk-yen-stopped", |report| report.yen_stopped),
        ranged("risk-in-95", |report| ends(report.ranges.yen_stopped)),
        yen("risk-yen-by-challenge", |report| report.yen_stopped_by_challenge),
        yen("risk-yen-lost", |report| report.yen_lost),
        ranged("risk-in-95", |report| ends(report.ranges.yen_lost)),
        count("risk-bothered", |report| report.customers_bothered),
        ranged("risk-in-95", |report| ends(report.ranges.customers_bothered)),
    ];
    // Who met two of them is counted in both.
    rows.extend([Outcome::Challenge, Outcome::Hold, Outcome::Decline, Outcome::Freeze].map(
        |one| {
            let of = |report: &Report| report.customers_by_outcome.get(one.name()).copied();
            let cell = |report: &Report| html! { (of(report).unwrap_or_default()) };
            vec![html! { "– " (outcome_badge(visit, one)) }, cell(live), cell(other)]
        },
    ));
    rows.extend([
        count("risk-customers", |report| report.customers),
        count("risk-events", |report| report.events),
    ]);
    let when = |at| [("when", show::instant(visit.lang(), at).into())];
    html! {
        (ui::section(&visit.t("risk-compared"), html! {
            @match since {
                Some(since) => { p { (visit.t_args("risk-compared-since", &when(since))) } },
                None => { p { (visit.t("risk-compared-nothing")) } },
            }
            @if since.is_some() { p { (visit.t("risk-compared-lists")) } }
            @if let Some(whole) = whole_since {
                p { (visit.t_args("risk-compared-whole", &when(whole))) }
            }
            (ui::table(&Table {
                caption: visit.t("risk-compared"),
                head: vec![
                    Column::text(visit.t("risk-measure")),
                    Column::number(live.version.clone()),
                    Column::number(other.version.clone()),
                ],
                rows,
            }))
            (by_rule(visit, live, other))
        }))
    }
}

fn ends<T: ToString>(range: Range<T>) -> (String, String) {
    (range.low.to_string(), range.high.to_string())
}

/// How often each rule would have held, and for what; only those that would have at all.
fn by_rule(visit: &Visit, live: &Report, other: &Report) -> Markup {
    let mut names: Vec<&String> = live.rules.keys().chain(other.rules.keys()).collect();
    names.sort_unstable();
    names.dedup();
    let held = |report: &Report, name: &str| match report.rules.get(name) {
        Some(rule) => {
            let times = rule.held.frauds.saturating_add(rule.held.honest);
            let mark = if rule.is_shadow { visit.t("risk-shadow") } else { String::new() };
            let of = [
                ("frauds", rule.held.frauds.into()),
                ("yen", rule.held.fraud_yen.to_string().into()),
                ("customers", rule.customers.into()),
            ];
            let of = visit.t_args("risk-held-of", &of);
            (times, html! { (times) " " (mark) @if times > 0 { br; small { (of) } } })
        }
        None => (0, html! { "–" }),
    };
    let row = |name: &&String| {
        let ((before, old), (after, new)) = (held(live, name), held(other, name));
        let is_there = before > 0 || after > 0;
        is_there.then(|| vec![html! { code { (name) } }, html! { (old) }, html! { (new) }])
    };
    let rows: Vec<Vec<Markup>> = names.iter().filter_map(row).collect();
    html! {
        @if !rows.is_empty() {
            (ui::table(&Table {
                caption: visit.t("risk-held"),
                head: vec![
                    Column::text(visit.t("risk-rule")),
                    Column::number(live.version.clone()),
                    Column::number(other.version.clone()),
                ],
                rows,
            }))
        }
    }
}
