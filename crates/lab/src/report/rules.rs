//! Which rule held when: for the terminal and for the page.

use std::fmt::Write as _;

use jiff::Timestamp;
use maud::{Markup, html};

use super::{RuleFired, Run};
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

/// One line for each, below the table.
pub(super) fn to_text(run: &Run) -> String {
    let mut text = String::new();
    for fired in &run.rules {
        let _infallible = writeln!(text, "  rule {}", line(fired));
    }
    text
}

pub(super) fn to_html(run: &Run) -> Markup {
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
