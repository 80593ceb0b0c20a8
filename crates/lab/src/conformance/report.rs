//! The checked rows as JSON for machines, as text for a terminal, and as one page for an auditor.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde_json::json;

use super::{Checked, Conformance, State};

/// In this order in summaries.
const STATES: [State; 6] = [
    State::Fail,
    State::Pass,
    State::NotRun,
    State::Manual,
    State::NotApplicable,
    State::Unverified,
];

const STYLE: &str = "
:root { color-scheme: light dark; --ink: #1a1a1c; --soft: #5c5c62; --paper: #ffffff;
  --panel: #f4f5f7; --rule: #d5d7dc; --bad: #b3261e; --good: #115a36; --ask: #7a4300; }
@media (prefers-color-scheme: dark) { :root { --ink: #ececf0; --soft: #a9abb3; --paper: #16171a;
  --panel: #212329; --rule: #3c3f47; --bad: #ff8f86; --good: #7ad6a3; --ask: #e8b06a; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem 1rem 4rem; max-width: 72rem; background: var(--paper);
  color: var(--ink); font: 1rem/1.6 'BIZ UDPGothic', 'Noto Sans JP', system-ui, sans-serif; }
h1 { font-size: 1.6rem; line-height: 1.3; margin: 0 0 .5rem; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 .5rem; }
.lead, .source { color: var(--soft); }
.source { font-size: .875rem; display: block; }
dl { display: flex; flex-wrap: wrap; gap: .5rem 2rem; padding: 1rem; background: var(--panel);
  border-radius: .5rem; }
dl div { display: flex; gap: .5rem; align-items: baseline; }
dd { margin: 0; font-weight: 700; font-variant-numeric: tabular-nums; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; min-width: 44rem; }
th, td { padding: .5rem .75rem .5rem 0; border-bottom: 1px solid var(--rule); text-align: left;
  vertical-align: top; }
thead th { border-bottom: 2px solid var(--ink); }
td:nth-child(1), td:nth-child(2), td:nth-child(4) { white-space: nowrap; }
.pass { color: var(--good); font-weight: 700; }
.fail { color: var(--bad); font-weight: 700; }
.manual { color: var(--ask); font-weight: 700; }
.na, .unverified, .not_run { color: var(--soft); }
@media screen and (max-width: 44rem) {
  table { min-width: 0; } table, tbody, tr, td { display: block; } thead { display: none; }
  tr { padding: .75rem 0; border-bottom: 1px solid var(--rule); }
  td { padding: 0; border: 0; }
  td:nth-child(1), td:nth-child(2), td:nth-child(4) { display: inline-block; margin-right: .75rem; }
  td:nth-child(1) { font-weight: 700; }
}
@media print { body { max-width: none; padding: 0; } tr { break-inside: avoid; } }
";

impl Conformance {
    /// For machines.
    #[must_use]
    pub fn to_json(&self) -> String {
        let row = |row: &Checked| {
            json!({
                "id": row.id, "force": row.force.name(), "source": row.source, "about": row.about,
                "state": row.state.name(), "evidence": row.evidence, "fails_if": row.fails_if,
            })
        };
        let rows: Vec<_> = self.rows.iter().map(row).collect();
        if self.pages.is_empty() {
            return json!({ "rows": rows }).to_string();
        }
        json!({ "at": self.pages, "named": self.named, "rows": rows }).to_string()
    }

    /// Why pages are not where the pair was named; nothing where they are.
    fn named_there(&self) -> String {
        match &*self.named {
            [] => String::new(),
            named => format!(
                "(you named {}; that is where machines ask, and on this machine people's pages have a \
                 name of their own at the same port)\n",
                named.join(", ")
            ),
        }
    }

    /// For a terminal: a line each, and the sums.
    #[must_use]
    pub fn to_text(&self) -> String {
        let line = |row: &Checked| {
            let (id, force, state) = (row.id, row.force.name(), row.state.name());
            match row.state {
                State::Pass => format!("{state:<10} {id:<7} {force:<9} {}\n", row.about),
                _ => {
                    format!(
                        "{state:<10} {id:<7} {force:<9} {}\n{:20}{}\n",
                        row.about, "", row.evidence
                    )
                }
            }
        };
        let rows: String = self.rows.iter().map(line).collect();
        let sum = |state: State| format!("{} {}", self.count(state), state.name());
        let sums: Vec<String> = self.states().map(sum).collect();
        let at = match &*self.pages {
            [] => String::new(),
            pages => format!("as strangers saw {}\n{}", pages.join(", "), self.named_there()),
        };
        format!("{at}{rows}{}", sums.join(", "))
    }

    /// Those that there are; what was not run is told of a running pair only.
    fn states(&self) -> impl Iterator<Item = State> {
        let is_there = |state: &State| *state != State::NotRun || !self.pages.is_empty();
        STATES.into_iter().filter(is_there)
    }

    /// One page without anything from elsewhere.
    #[must_use]
    pub fn to_html(&self) -> String {
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    title { "Kanuki conformance" }
                    style { (PreEscaped(STYLE)) }
                }
                body {
                    h1 { "What the rules ask, and what this pair was seen to do" }
                    @if !self.pages.is_empty() {
                        p.lead {
                            "This is a pair that was running at " (self.pages.join(", "))
                            @if !self.named.is_empty() { " " (self.named_there().trim_end()) }
                            ". Strangers \
                             looked at it over HTTP, on its own clock. What only a pair of its own \
                             shows is marked not_run and says why: run the same without --wallet."
                        }
                    } @else { p.lead {
                        "Rows that pass were driven: people and thieves used a wallet and its banks over \
                         HTTP on a simulated clock, and the evidence says what they saw. Rows marked \
                         manual name what a person has to show. The wording of each row is a paraphrase; \
                         its source is the authority."
                    } }
                    dl {
                        @for state in self.states() {
                            div { dt { (state.name()) } dd class=(state.name()) { (self.count(state)) } }
                        }
                    }
                    @for state in self.states() { (self.section(state)) }
                }
            }
        };
        page.into_string()
    }

    fn section(&self, state: State) -> Markup {
        let title = match state {
            State::Fail => "Not seen",
            State::Pass => "Seen",
            State::Manual => "A person shows",
            State::NotApplicable => "Asks nothing of this pair",
            State::NotRun => "Not run: it cannot be seen from outside",
            State::Unverified => "Nobody could verify that it is asked",
        };
        html! {
            @if self.count(state) > 0 {
                h2 { (title) }
                div.scroll { table {
                    thead { tr { th { "Row" } th { "Force" } th { "Asks" } th { "State" } th { "Evidence" } } }
                    tbody {
                        @for row in self.rows.iter().filter(|row| row.state == state) { (line(row)) }
                    }
                } }
            }
        }
    }
}

fn line(row: &Checked) -> Markup {
    html! {
        tr id=(row.id) {
            td { (row.id) }
            td { (row.force.name()) }
            td { (row.about) span.source { (row.source) } }
            td class=(row.state.name()) { (row.state.name()) }
            td {
                (row.evidence)
                @if !row.fails_if.is_empty() {
                    span.source { "Fails where " (row.fails_if.join("; or ")) "." }
                }
            }
        }
    }
}
