//! Which rule held when: for the terminal and for the page.

use std::{cmp::Reverse, collections::BTreeSet, fmt::Write as _};

use jiff::Timestamp;
use kanuki_risk::Policy;
use maud::{Markup, html};
use serde::Serialize;

use super::{Report, RuleFired, Run};
use crate::sim::clock::japan;

/// `2026-08-16 09:30` in Japan.
pub(super) fn minute(at: Timestamp) -> String {
    japan(at).strftime("%Y-%m-%d %H:%M").to_string()
}

fn line(fired: &RuleFired) -> String {
    let RuleFired { company, rule, on, outcome, times, .. } = fired;
    let (first, last) = (minute(fired.first_at), minute(fired.last_at));
    format!("{first}  {company}: {rule} on {on} ({outcome}), {times} times until {last}")
}

/// What is said where no rule held.
const NONE_HELD: &str = "no rule of a risk engine held";
/// So many of the thief's answers are told then.
const ANSWERS_MAX: usize = 6;

/// One line for each, below the table; where none held, what answered the thief before any rule could.
pub(super) fn to_text(run: &Run) -> String {
    let mut text = String::new();
    if run.rules.is_empty() {
        let _infallible = writeln!(text, "  {}", none_held(run));
        for (what, times) in most_met(run) {
            let _infallible = writeln!(text, "    {what}, {times} times");
        }
    }
    for fired in &run.rules {
        let _infallible = writeln!(text, "  rule {}", line(fired));
    }
    text
}

/// That none held, and why the thief went no further, as far as he met anything.
fn none_held(run: &Run) -> String {
    if run.refusals.is_empty() {
        return format!("{NONE_HELD}, and the thief was refused nothing");
    }
    format!("{NONE_HELD}: what the thief met stands before them")
}

/// What the thief met most often.
fn most_met(run: &Run) -> impl Iterator<Item = &(String, u64)> {
    let mut met: Vec<&(String, u64)> = run.refusals.iter().collect();
    met.sort_by_key(|(what, times)| (Reverse(*times), what.clone()));
    met.into_iter().take(ANSWERS_MAX)
}

pub(super) fn to_html(run: &Run) -> Markup {
    if run.rules.is_empty() {
        return html! { p { (none_held(run)) "." } };
    }
    html! {
        table {
            caption { "Rules of the risk engines that held, in Japan's time" }
            thead {
                tr {
                    th { "Company and rule" } th { "On" } th { "Outcome" } th { "First" } th { "Last" }
                    th { "Times" } th { "Yen" }
                }
            }
            tbody {
                @for fired in &run.rules {
                    tr {
                        td { (fired.company) ": " code { (fired.rule) } }
                        td { (fired.on) }
                        td { (fired.outcome) }
                        td { (minute(fired.first_at)) }
                        td { (minute(fired.last_at)) }
                        td { (fired.times) }
                        td { (fired.yen) }
                    }
                }
            }
        }
    }
}

/// Rules of one side that ship and held in no run.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct NeverHeld {
    /// `bank` or `wallet`.
    pub(super) company: &'static str,
    /// Their names, as they stand in the policy.
    pub(super) rules: Vec<String>,
}

impl Report {
    /// Which rules that ship held in no run, obeyed or not. Something before them stopped the thief, or
    /// no thief did what they look for: no run shows that they would.
    pub(super) fn never_held(&self) -> Vec<NeverHeld> {
        let all = self.runs.iter().flat_map(|run| &run.rules);
        let held: BTreeSet<(bool, &str)> =
            all.map(|fired| (fired.company == "wallet", fired.rule.as_str())).collect();
        let of = |(company, policy): (&'static str, Option<Policy>)| {
            let rules = policy.iter().flat_map(Policy::rules).map(|rule| rule.name.to_string());
            let rules = rules.filter(|rule| !held.contains(&(company == "wallet", rule.as_str())));
            NeverHeld { company, rules: rules.collect() }
        };
        [("bank", Policy::bank().ok()), ("wallet", Policy::wallet().ok())].map(of).into()
    }
}

/// A line for each side, below everything.
pub(super) fn never_to_text(report: &Report) -> String {
    let mut text = String::from("\nrules that ship and held in no run\n");
    for NeverHeld { company, rules } in report.never_held() {
        let names = if rules.is_empty() { "none".to_owned() } else { rules.join(", ") };
        let _infallible = writeln!(text, "  {company} ({}): {names}", rules.len());
    }
    text
}

/// The same on the page.
pub(super) fn never_to_html(report: &Report) -> Markup {
    html! {
        h2 id="rules-never-held" { "Rules that ship and held in no run" }
        p { "Something before them stopped the thief, or no thief did what they look for." }
        @for NeverHeld { company, rules } in report.never_held() {
            p {
                (company) " (" (rules.len()) "): "
                @for (at, rule) in rules.iter().enumerate() {
                    @if at > 0 { ", " }
                    code { (rule) }
                }
            }
        }
    }
}
