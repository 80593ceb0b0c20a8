//! What the rules are worth: what followed over time, each rule with what it did and what its cases
//! were found to be, and the cases that somebody still has to judge.

use std::collections::BTreeMap;

use jiff::Timestamp;
use kanuki_domain::{Yen, case_number::said_of};
use kanuki_risk::Policy;
use maud::{Markup, html};

use super::{BASE, code_of, rule_link};
use crate::{
    Visit, show,
    ui::{self, Chart, ChartKind, Column, Look, Series, Table, Tone, Unit},
};

/// Where it is.
pub const PAGE: &str = "/desk/risk/quality";
/// The most cases on one page.
const CASES_MAX: usize = 50;

/// What followed within an hour or a day.
#[derive(Clone, Copy, Debug)]
pub struct SpanShown {
    /// Its beginning.
    pub from: Timestamp,
    /// A passkey was asked for.
    pub challenged: u64,
    /// It waited.
    pub held: u64,
    /// It was a no.
    pub declined: u64,
}

/// What one rule did.
#[derive(Clone, Copy, Debug)]
pub struct RuleShown {
    /// How often it held.
    pub times: u64,
    /// Within the last day.
    pub day: u64,
    /// That beside a day before, in hundredths.
    pub moved: Option<u64>,
    /// What followed, in hundredths of how often it held: challenged, held, declined.
    pub shares: [u64; 3],
    /// Yen of what it held for.
    pub yen: Yen,
    /// Cases found to be a fraud, and somebody honest.
    pub found: [u64; 2],
    /// Of these, how many in a hundred were somebody honest.
    pub false_positives: Option<u64>,
}

/// A rule's case, and what it was found to be.
#[derive(Clone, Debug)]
pub struct CaseShown {
    /// Its number.
    pub case: String,
    /// Its rule.
    pub rule: String,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// What it was, as part of a text key, and who says so.
    pub found: Option<(&'static str, String)>,
}

/// The page.
#[derive(Debug)]
pub struct QualityPage<'a> {
    /// The rules in force.
    pub policy: &'a Policy,
    /// The last hours.
    pub hours: &'a [SpanShown],
    /// The last days.
    pub days: &'a [SpanShown],
    /// By rule.
    pub rules: &'a BTreeMap<String, RuleShown>,
    /// Cases of rules.
    pub cases: &'a [CaseShown],
    /// How many decisions these are, and since when.
    pub kept: (u64, Option<Timestamp>),
}

/// The page's body.
#[must_use]
pub fn quality_body(visit: &Visit, page: &QualityPage<'_>) -> Markup {
    let since = page.kept.1.map(|at| show::instant(visit.lang(), at)).unwrap_or_default();
    let kept = [("n", page.kept.0.into()), ("when", since.into())];
    html! {
        (ui::heading(&visit.t("quality-title"), Some(&visit.t("quality-lead"))))
        p { a href=(BASE) { (visit.t("risk-title")) } }
        @if page.kept.0 == 0 {
            p { (visit.t("quality-none")) }
        } @else {
            p { (visit.t_args("quality-kept", &kept)) }
            (ui::section(&visit.t("quality-hours"), drawn(visit, "quality-hours-what", page.hours, true)))
            (ui::section(&visit.t("quality-days"), drawn(visit, "quality-days-what", page.days, false)))
        }
        @if !page.rules.is_empty() {
            (ui::section(&visit.t("quality-rules"), rules(visit, page)))
        }
        (ui::section(&visit.t("quality-cases"), cases(visit, page)))
    }
}

fn drawn(visit: &Visit, what: &str, spans: &[SpanShown], is_hours: bool) -> Markup {
    let label = |span: &SpanShown| {
        if is_hours { show::clock(span.from) } else { show::month_day(span.from) }
    };
    let series = |key: &str, of: fn(&SpanShown) -> u64| Series {
        name: visit.t(key),
        values: spans.iter().map(of).collect(),
    };
    ui::chart(&Chart {
        title: visit.t(what),
        kind: ChartKind::Bars,
        unit: Unit::Count,
        labels: spans.iter().map(label).collect(),
        series: vec![
            series("risk-outcome-challenge", |span| span.challenged),
            series("risk-outcome-hold", |span| span.held),
            series("risk-outcome-decline", |span| span.declined),
        ],
        table_summary: visit.t("quality-figures"),
    })
}

fn percent(of: u64) -> Markup {
    html! { (of) "%" }
}

fn rules(visit: &Visit, page: &QualityPage<'_>) -> Markup {
    let row = |(name, of): (&String, &RuleShown)| {
        let [challenged, held, declined] = of.shares;
        let [fraud, honest] = of.found;
        let moved = of.moved.map(|moved| {
            let (whole, rest) = (moved.div_euclid(100), moved.rem_euclid(100).div_euclid(10));
            format!("×{whole}.{rest}")
        });
        vec![
            rule_link(visit, (name, code_of(page.policy, name))),
            html! { (of.times) },
            html! { (of.day) },
            html! { (moved.unwrap_or_else(|| "–".to_owned())) },
            percent(challenged),
            percent(held),
            percent(declined),
            ui::money(of.yen),
            html! { (fraud) " / " (honest) },
            of.false_positives.map_or_else(|| html! { "–" }, percent),
        ]
    };
    html! {
        p { (visit.t("quality-rules-what")) }
        (ui::table(&Table {
            caption: visit.t("quality-rules"),
            head: vec![
                Column::text(visit.t("risk-rule")),
                Column::number(visit.t("risk-all")),
                Column::number(visit.t("risk-day")),
                Column::number(visit.t("quality-moved")),
                Column::number(visit.t("risk-outcome-challenge")),
                Column::number(visit.t("risk-outcome-hold")),
                Column::number(visit.t("risk-outcome-decline")),
                Column::number(visit.t("quality-yen")),
                Column::number(visit.t("quality-found")),
                Column::number(visit.t("quality-false")),
            ],
            rows: page.rules.iter().map(row).collect(),
        }))
    }
}

fn cases(visit: &Visit, page: &QualityPage<'_>) -> Markup {
    let row = |one: &CaseShown| {
        let said = one.found.as_ref().map(|(found, by)| {
            let tone = if *found == "fraud" { Tone::Error } else { Tone::Success };
            html! { (ui::badge(tone, &visit.t(&format!("quality-found-{found}")))) " " (by) }
        });
        vec![
            html! { a href={ "/desk/cases/" (one.case) } { (said_of(&one.case)) } },
            rule_link(visit, (&one.rule, code_of(page.policy, &one.rule))),
            show::time(visit.lang(), one.opened_at),
            said.unwrap_or_else(|| html! { (visit.t("quality-found-none")) }),
            judge(visit, one),
        ]
    };
    html! {
        p { (visit.t("quality-cases-what")) }
        @if page.cases.is_empty() { p { (visit.t("quality-cases-none")) } }
        @else {
            (ui::table(&Table {
                caption: visit.t("quality-cases"),
                head: vec![
                    Column::text(visit.t("risk-case")),
                    Column::text(visit.t("risk-rule")),
                    Column::text(visit.t("risk-opened")),
                    Column::text(visit.t("quality-found-what")),
                    Column::text(visit.t("quality-judge")),
                ],
                rows: page.cases.iter().take(CASES_MAX).map(row).collect(),
            }))
        }
    }
}

fn judge(visit: &Visit, one: &CaseShown) -> Markup {
    let is = |found: &str| one.found.as_ref().is_some_and(|(known, _)| *known == found);
    let action = format!("{PAGE}/{}", one.case);
    let button = |found: &'static str| {
        let label = visit.t(&format!("quality-say-{found}"));
        html! { @if !is(found) { (ui::button_named(Look::Secondary, &label, "found", found)) } }
    };
    ui::form(
        &action,
        visit.csrf_field(),
        ui::actions(html! { (button("fraud")) (button("honest")) }),
    )
}
