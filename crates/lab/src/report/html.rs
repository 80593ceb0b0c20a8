//! One page that a board can read and an engineer can use. It needs nothing from elsewhere.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{
    Report, Run, basis_points,
    chart::{Words, chart},
    percent, rules, story,
    text::{self, span},
};

/// How every page of the lab looks.
pub(crate) const STYLE: &str = "
:root { color-scheme: light dark; --ink: #1a1a1c; --soft: #5c5c62; --paper: #ffffff;
  --panel: #f4f5f7; --rule: #d5d7dc; --bad: #b3261e; --good: #115a36;
  --c0: #b3261e; --c1: #0017c1; --c2: #00705a; --c3: #7a4300; }
@media (prefers-color-scheme: dark) { :root { --ink: #ececf0; --soft: #a9abb3; --paper: #16171a;
  --panel: #212329; --rule: #3c3f47; --bad: #ff8f86; --good: #7ad6a3;
  --c0: #ff8f86; --c1: #9db2ff; --c2: #6fdcc0; --c3: #e8b06a; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem 1rem 4rem; max-width: 68rem; background: var(--paper);
  color: var(--ink); font: 1rem/1.6 'BIZ UDPGothic', 'Noto Sans JP', system-ui, sans-serif; }
h1 { font-size: 1.6rem; line-height: 1.3; margin: 0 0 .5rem; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 .5rem; }
h3 { font-size: 1rem; margin: 1.5rem 0 .25rem; }
.lead, caption, .small { color: var(--soft); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: .4rem .75rem; border-bottom: 1px solid var(--rule); text-align: right;
  vertical-align: top; }
th:first-child, td:first-child { text-align: left; }
thead th { border-bottom: 2px solid var(--ink); }
caption { text-align: left; padding: .25rem 0; }
.big td { font-size: 1.25rem; font-weight: 700; }
.good { color: var(--good); font-weight: 700; }
.bad { color: var(--bad); font-weight: 700; }
.chart { margin: 1rem 0; padding: 1rem; background: var(--panel); border-radius: .5rem; }
.chart .key { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: .75rem 0 0; padding: 0;
  list-style: none; }
.chart svg.swatch { display: inline-block; width: 36px; min-width: 0; height: 10px;
  margin-right: .5rem; }
.answer { font-size: 1.125rem; }
.chart svg { display: block; width: 100%; min-width: 40rem; height: auto; }
.chart text { fill: var(--soft); font-size: 13px; }
.chart .title, .chart .name { fill: var(--ink); font-size: 14px; font-weight: 700; }
.chart .grid { stroke: var(--rule); }
.chart .tick { stroke: var(--soft); }
.chart .mark { stroke: var(--soft); stroke-dasharray: 2 4; }
.chart .mark-name { font-size: 12px; paint-order: stroke; stroke: var(--panel);
  stroke-width: 5px; }
.bars { margin: 1.5rem 0; padding: 1rem; background: var(--panel); border-radius: .5rem; }
.bars .crime { padding: .5rem 0; border-top: 1px solid var(--rule); }
.bars .name { font-weight: 700; }
.bars .row { display: grid; grid-template: 'column track yen' auto / 10rem 1fr 7rem;
  gap: 0 .75rem; align-items: center; }
.bars .column { grid-area: column; } .bars .track { grid-area: track; }
.bars .yen { grid-area: yen; }
.bars .column, .bars .yen { font-size: .875rem; font-variant-numeric: tabular-nums; }
.bars .yen { text-align: right; }
.bars .track { display: block; height: .75rem; }
.bars .fill { display: block; height: 100%; min-width: 2px; background: var(--bad);
  border-radius: 2px; }
figcaption { color: var(--soft); font-size: .875rem; padding-bottom: .5rem; }
.story { max-width: 44rem; }
.chart.story svg { min-width: 0; }
.chart.story text { font-size: 13px; }
.lane-0, .lane-1, .lane-2 { fill: var(--c0); } .lane-3 { fill: var(--c1); }
.lane-4 { fill: var(--c2); }
td.words, th.words { text-align: left; }
a { color: var(--c1); }
@media (max-width: 30rem) { body { padding: 1rem .75rem 3rem; }
  th, td { padding: .35rem .4rem; font-size: .875rem; }
  td small, td:first-child > br { display: none; } td.good, td.bad { white-space: nowrap; }
  .bars .row { grid-template: 'column yen' auto 'track track' auto / 1fr auto; } }
@media (forced-colors: active) { .bars .fill { background: CanvasText; } }
.chart .line { fill: none; stroke-width: 2.5; }
.line-0 { stroke: var(--c0); } .line-1 { stroke: var(--c1); }
.line-2 { stroke: var(--c2); } .line-3 { stroke: var(--c3); }
code { font-size: .875rem; overflow-wrap: anywhere; }
details summary { cursor: pointer; padding: .5rem 0; }
";

impl Report {
    /// The report as one HTML page without external resources.
    #[must_use]
    pub fn to_html(&self) -> String {
        let losses = self.table();
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    title { "Kanuki attack lab" }
                    style { (PreEscaped(STYLE)) }
                }
                body { main {
                    h1 { "Would we have survived it?" }
                    (self.answer())
                    p.lead {
                        "Crimes replayed against the running wallet and banks on a simulated clock, \
                         among honest customers. Every figure is yen or people of the simulation."
                    }
                    @if losses.rows.len() > 1 {
                        (losses.picture())
                        div.scroll tabindex="0" { (losses.to_html()) }
                    }
                    @for row in &losses.rows {
                        (section(row.playbook, &self.of(row.playbook)))
                    }
                    @if losses.rows.len() > 1 { (rules::never_to_html(self)) }
                } }
            }
        };
        page.into_string()
    }

    fn of(&self, playbook: &str) -> Vec<&Run> {
        self.runs.iter().filter(|run| run.playbook == playbook).collect()
    }
}

fn section(playbook: &str, runs: &[&Run]) -> Markup {
    let named: Vec<(String, &Run)> = runs.iter().map(|run| (run.title(), *run)).collect();
    html! {
        h2 id=(playbook) { (playbook) }
        @if let Some(run) = runs.first() { p { (run.about) } }
        div.scroll tabindex="0" { (losses(runs)) }
        (chart(&named, Words::English))
        h3 { "What it cost honest people" }
        div.scroll tabindex="0" { (friction(runs)) }
        @for run in runs { (details(run)) }
    }
}

fn head(runs: &[&Run], first: &str) -> Markup {
    html! { thead { tr { th { (first) } @for run in runs { th { (run.title()) } } } } }
}

fn row(runs: &[&Run], name: &str, cell: impl Fn(&Run) -> String) -> Markup {
    html! { tr { td { (name) } @for run in runs { td { (cell(run)) } } } }
}

fn losses(runs: &[&Run]) -> Markup {
    html! {
        table {
            caption { "What the thief got, 30 days after the attack ended" }
            (head(runs, "Policy"))
            tbody {
                tr.big {
                    td { "Yen lost" }
                    @for run in runs {
                        td class=(if run.loss.yen_lost.is_zero() { "good" } else { "bad" }) {
                            (run.loss.yen_lost)
                        }
                    }
                }
                (row(runs, "Per victim", |run| {
                    let (least, most) = run.loss.per_victim;
                    if least == most { most.to_string() } else { format!("{least} – {most}") }
                }))
                (row(runs, "Most missing at a time", |run| run.loss.peak_missing.to_string()))
                (row(runs, "Compensated", |run| run.loss.compensated.to_string()))
                @if runs.iter().any(|run| !run.loss.unbacked.is_zero()) {
                    (row(runs, "Lost by the wallet on a bank's word", |run| run.loss.unbacked.to_string()))
                }
                (row(runs, "Victims", |run| run.loss.victims.to_string()))
                (row(runs, "Accounts linked by the thief", |run| run.loss.links.to_string()))
                (row(runs, "Attempts", |run| run.loss.attempts.to_string()))
                (row(runs, "Notices to victims", |run| run.loss.notices.to_string()))
                (row(runs, "Debits after new links were halted", |run| {
                    run.loss.debits_after_halt.to_string()
                }))
                (row(runs, "Reported after", |run| span(run.loss.detected_after_s)))
                (row(runs, "Contained after: reported, and no yen left any more", |run| span(run.loss.contained_after_s)))
                tr {
                    td { "Verdict" }
                    @for run in runs {
                        td class=(if run.is_ok() { "good" } else { "bad" }) { (verdict(run)) }
                    }
                }
            }
        }
    }
}

/// The old policy is right when it loses as it did.
fn verdict(run: &Run) -> &'static str {
    match (run.policy.as_str(), run.is_ok()) {
        ("2020", true) => "as in the incident",
        ("2020", false) => "not as in the incident",
        (_, true) => "every bar met",
        (_, false) => "missed",
    }
}

fn friction(runs: &[&Run]) -> Markup {
    let share = |part: u64, whole: u64| match whole {
        0 => "–".to_owned(),
        _ => format!("{part} ({})", percent(basis_points(part, whole))),
    };
    html! {
        table {
            caption { "Requests about money and trust; page views do not count" }
            (head(runs, "Policy"))
            tbody {
                (row(runs, "Requests", |run| run.honest.requests.to_string()))
                (row(runs, "Declined", |run| share(run.honest.declined, run.honest.requests)))
                (row(runs, "Challenged", |run| share(run.honest.challenged, run.honest.requests)))
                (row(runs, "Held", |run| share(run.honest.held, run.honest.requests)))
                (row(runs, "Held for, median", |run| span(run.honest.held_s_p50)))
                (row(runs, "Made to wait as the page had said", |run| {
                    share(run.honest.waited, run.honest.requests)
                }))
                (row(runs, "People who were ever hindered", |run| {
                    share(run.honest.people_hindered, run.honest.people)
                }))
                (row(runs, "Links completed", |run| {
                    share(run.honest.links_made, run.honest.links_begun)
                }))
                (row(runs, "First page to first top-up, median", |run| {
                    span(run.honest.first_topup_s_p50)
                }))
                (row(runs, "The same, 99th percentile", |run| span(run.honest.first_topup_s_p99)))
            }
        }
    }
}

fn details(run: &Run) -> Markup {
    html! {
        details {
            summary { (run.title()) ": what happened when, bars, refusals, day by day" }
            p {
                "Seed " (run.seed) ", " (run.customers) " customers, " (run.days) " days from "
                (run.first_day) "; " (run.variant) "."
                @if !run.loss.bounded_by.is_empty() { " Bounded by: " (run.loss.bounded_by) "." }
            }
            @if let Some(file) = &run.policy_file { p { (file.line()) "." } }
            @for finding in &run.findings { p.bad { "Found: " (finding) } }
            @if !run.faults.is_empty() { p { "Machines failed meanwhile: " (text::struck(run)) "." } }
            (story::to_html(run))
            div.scroll tabindex="0" { (bars(run)) }
            @if !run.honest.by_kind.is_empty() {
                div.scroll tabindex="0" { (super::friction::by_kind(&run.honest)) }
                div.scroll tabindex="0" { (super::friction::by_route(&run.honest)) }
            }
            @if !run.refusals.is_empty() { div.scroll tabindex="0" { (refusals(run)) } }
            div.scroll tabindex="0" { (rules::to_html(run)) }
            @if !run.met.is_empty() { div.scroll tabindex="0" { (met(run)) } }
            div.scroll tabindex="0" { (timeline(run)) }
            p.small { "Version " (env!("CARGO_PKG_VERSION")) ", trace " code { (run.trace_sha256) } }
        }
    }
}

fn bars(run: &Run) -> Markup {
    html! {
        table {
            caption { "Bars of this policy" }
            thead { tr { th { "Wanted" } th { "Measured" } th { "Met" } } }
            tbody {
                @for bar in &run.bars {
                    tr {
                        td { (bar.wanted) }
                        td { (bar.measured) }
                        @if bar.is_met { td.good { "yes" } } @else { td.bad { "no" } }
                    }
                }
            }
        }
    }
}

fn refusals(run: &Run) -> Markup {
    html! {
        table {
            caption { "What the thief met" }
            thead { tr { th { "Attempt and answer" } th { "Times" } } }
            tbody {
                @for (what, times) in &run.refusals { tr { td { (what) } td { (times) } } }
            }
        }
    }
}

fn met(run: &Run) -> Markup {
    html! {
        table {
            caption { "Where the thief was answered" }
            thead { tr { th { "Route and status" } th { "Times" } } }
            tbody { @for (route, times) in &run.met { tr { td { (route) } td { (times) } } } }
        }
    }
}

fn timeline(run: &Run) -> Markup {
    let days = run.timeline.iter().enumerate();
    let eventful = days.filter(|(_, day)| day.attempts > 0 || day.debits > 0 || day.notices > 0);
    html! {
        table {
            caption { "Days on which the thief or a victim's account moved" }
            thead {
                tr {
                    th { "Day" } th { "Missing" } th { "Attempts" } th { "Links" } th { "Debits" } th { "Notices" }
                    th { "Honest requests" }
                }
            }
            tbody {
                @for (number, day) in eventful {
                    tr {
                        td { (number) }
                        td { (day.missing) }
                        td { (day.attempts) }
                        td { (day.links) }
                        td { (day.debits) }
                        td { (day.notices) }
                        td { (day.honest) }
                    }
                }
            }
        }
    }
}
