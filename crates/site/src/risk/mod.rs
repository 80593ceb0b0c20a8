//! The pages of both desks about the risk engine: what its rules decided, whom that links, and which
//! rules are in force. Drawn here once; what may be read and decided is each company's own.

mod act;
pub mod drift;
mod flow;
mod graph;
mod lists;
mod mistake;
mod number;
mod picture;
mod policy;
pub mod quality;
pub mod room;
mod score;
mod seen;

use std::collections::BTreeMap;

use jiff::Timestamp;
use kanuki_domain::{Yen, case_number::said_of};
use kanuki_risk::{Outcome, Policy, Record, Room};
use maud::{Markup, html};

pub use act::{Whom, owner_card, step_words, suspicion_card, whom_section};
pub use flow::flow_section;
pub use lists::{Listed, Member, WatchTyped, lists_body, watch_card};
pub use mistake::render as mistakes;
pub use policy::{Pasted, PolicyPage, policy_body, text_of};
pub use score::case_score;
pub use seen::{Which, seen_body, version_href};

use crate::{
    Visit, show,
    ui::{self, Column, Look, Table, Tone},
};

/// Where all of this is, at both companies.
pub const BASE: &str = "/desk/risk";

const DAY_SECS: i64 = 86_400;

/// An open case about a rule.
#[derive(Clone, Debug)]
pub struct Queued {
    /// The case's number.
    pub case: String,
    /// Its rule.
    pub rule: String,
    /// Since when it is open.
    pub opened_at: Timestamp,
    /// Who sees to it.
    pub owner: Option<String>,
    /// What its rule's decisions may still cost, by how likely each is a fraud.
    pub expected: Yen,
}

/// What one rule did lately.
#[derive(Clone, Copy, Debug, Default)]
struct Lately {
    day: u64,
    all: u64,
    /// Yen of attempts that were not refused, and did not go back.
    open: Yen,
    last: Option<Timestamp>,
}

/// What a kind of outcome is called, and how it looks.
pub(crate) fn outcome_badge(visit: &Visit, outcome: Outcome) -> Markup {
    let tone = match outcome {
        Outcome::Approve => Tone::Neutral,
        Outcome::Challenge => Tone::Info,
        Outcome::Hold => Tone::Warning,
        Outcome::Decline | Outcome::Freeze => Tone::Error,
    };
    ui::badge(tone, &visit.t(&format!("risk-outcome-{}", outcome.name())))
}

/// What a reason code means to a person, where the reader's language has words for it: codes of a
/// company's own rules have none.
fn why(visit: &Visit, code: &str) -> Option<String> {
    visit.site.texts.find(visit.lang(), &format!("risk-why-{code}"), &[])
}

/// The way to what a rule saw: in words, with its name as the policy has it.
fn rule_link(visit: &Visit, (rule, code): (&str, Option<&str>)) -> Markup {
    let words = code.and_then(|code| why(visit, code));
    html! {
        a href={ (BASE) "/seen?rule=" (rule) } {
            @if let Some(words) = &words { (words) }
            @else { code { (rule) } }
        }
        @if words.is_some() { small.rule-name { code { (rule) } } }
    }
}

/// The reason code of a rule in force.
fn code_of<'a>(policy: &'a Policy, rule: &str) -> Option<&'a str> {
    policy.rules().iter().find(|one| one.name == rule).map(|one| one.code.as_str())
}

fn lately<'a>(
    (records, open): (&'a [Record], &[Yen]),
    now: Timestamp,
) -> BTreeMap<&'a str, Lately> {
    let mut rules: BTreeMap<&str, Lately> = BTreeMap::new();
    for (record, open) in records.iter().zip(open) {
        let is_today = now.duration_since(record.at).as_secs() < DAY_SECS;
        for reason in record.reasons.iter().chain(&record.shadow) {
            let of = rules.entry(reason.rule.as_str()).or_default();
            of.all = of.all.saturating_add(1);
            of.day = of.day.saturating_add(u64::from(is_today));
            of.open = of.open.plus(*open).unwrap_or(Yen::MAX);
            of.last = of.last.max(Some(record.at));
        }
    }
    rules
}

/// The first page: open cases, the largest expected loss first, and what each rule did. `records` are the newest
/// decisions for which a rule held, with
/// how much of each may be lost, and `rooms` is how much is remembered.
#[must_use]
pub fn overview_body(
    visit: &Visit,
    (policy, rooms): (&Policy, &[Room]),
    (queue, records, open): (&[Queued], &[Record], &[Yen]),
) -> Markup {
    let rules = lately((records, open), visit.now());
    let mut queue: Vec<(&Queued, Lately)> = queue
        .iter()
        .map(|queued| (queued, rules.get(queued.rule.as_str()).copied().unwrap_or_default()))
        .collect();
    let first = |queued: &Queued, of: &Lately| {
        (std::cmp::Reverse((queued.expected, of.open)), queued.opened_at)
    };
    queue.sort_by_key(|(queued, of)| first(queued, of));
    html! {
        (ui::heading(&visit.t("risk-title"), Some(&visit.t("risk-lead"))))
        (room::warning(visit, rooms))
        (ui::section(&visit.t("risk-queue"), html! {
            @if queue.is_empty() { p { (visit.t("risk-queue-none")) } }
            @else { (queue_table(visit, policy, &queue)) }
        }))
        (ui::section(&visit.t("risk-rules"), html! {
            @if rules.is_empty() { p { (visit.t("risk-rules-none")) } }
            @else { (rule_table(visit, policy, &rules)) }
        }))
        (ui::card(Some(&visit.t("risk-policy")), html! {
            (ui::definitions(vec![
                (visit.t("risk-version"), html! { code { (policy.version()) } }),
                (visit.t("risk-rule-count"), html! { (policy.rules().len()) }),
                (visit.t("risk-decisions-kept"), html! { (records.len()) }),
            ]))
            (ui::actions(html! {
                (ui::link_button(Look::Secondary, "/desk/risk/policy", &visit.t("risk-policy-open")))
                (ui::link_button(Look::Secondary, "/desk/risk/lists", &visit.t("risk-lists")))
                (ui::link_button(Look::Secondary, crate::leak::PAGE, &visit.t("leak-title")))
                (ui::link_button(Look::Secondary, crate::lookback::PAGE, &visit.t("lookback-title")))
                (ui::link_button(Look::Secondary, crate::exchange::PAGE, &visit.t("exchange-title")))
                (ui::link_button(Look::Secondary, crate::risk_record::BASE, &visit.t("risk-records")))
                (ui::link_button(Look::Secondary, crate::monthly::PAGE, &visit.t("monthly-link")))
                (ui::link_button(Look::Secondary, quality::PAGE, &visit.t("quality-title")))
                (ui::link_button(Look::Secondary, drift::PAGE, &visit.t("drift-title")))
                (ui::link_button(Look::Secondary, crate::retention::PAGE, &visit.t("retention-title")))
            }))
        }))
    }
}

fn queue_table(visit: &Visit, policy: &Policy, queue: &[(&Queued, Lately)]) -> Markup {
    let row = |(queued, of): &(&Queued, Lately)| {
        vec![
            html! { a href={ "/desk/cases/" (queued.case) } { (said_of(&queued.case)) } },
            rule_link(visit, (&queued.rule, code_of(policy, &queued.rule))),
            ui::money(queued.expected),
            ui::money(of.open),
            html! { (of.day) },
            show::time(visit.lang(), queued.opened_at),
            html! { (queued.owner.as_deref().unwrap_or("–")) },
        ]
    };
    ui::table(&Table {
        caption: visit.t("risk-queue-caption"),
        head: vec![
            Column::text(visit.t("risk-case")),
            Column::text(visit.t("risk-rule")),
            Column::number(visit.t("risk-expected")),
            Column::number(visit.t("risk-open-yen")),
            Column::number(visit.t("risk-day")),
            Column::text(visit.t("risk-opened")),
            Column::text(visit.t("risk-owner")),
        ],
        rows: queue.iter().map(row).collect(),
    })
}

fn rule_table(visit: &Visit, policy: &Policy, rules: &BTreeMap<&str, Lately>) -> Markup {
    let row = |(name, of): (&&str, &Lately)| {
        let rule = policy.rules().iter().find(|rule| rule.name == **name);
        let outcome = match rule {
            Some(rule) if rule.is_shadow => ui::badge(Tone::Neutral, &visit.t("risk-shadow")),
            Some(rule) => outcome_badge(visit, rule.outcome),
            None => ui::badge(Tone::Neutral, &visit.t("risk-rule-gone")),
        };
        vec![
            rule_link(visit, (name, rule.map(|rule| rule.code.as_str()))),
            outcome,
            html! { (of.day) },
            html! { (of.all) },
            ui::money(of.open),
            of.last.map_or_else(|| html! {}, |at| show::time(visit.lang(), at)),
        ]
    };
    ui::table(&Table {
        caption: visit.t("risk-rules-caption"),
        head: vec![
            Column::text(visit.t("risk-rule")),
            Column::text(visit.t("risk-outcome")),
            Column::number(visit.t("risk-day")),
            Column::number(visit.t("risk-all")),
            Column::number(visit.t("risk-open-yen")),
            Column::text(visit.t("risk-last")),
        ],
        rows: rules.iter().map(row).collect(),
    })
}

/// On the page of a case about a rule: the way to what the rule saw.
#[must_use]
pub fn case_part(visit: &Visit, rule: &str) -> Markup {
    ui::card(
        Some(&visit.t("risk-case-part")),
        html! {
            p { (visit.t("risk-case-part.body")) }
            (ui::actions(ui::link_button(
                Look::Primary,
                &format!("{BASE}/seen?rule={rule}"),
                &visit.t("risk-case-part.button"),
            )))
        },
    )
}
