//! The table as a page that needs nothing from elsewhere.

use maud::{DOCTYPE, PreEscaped, html};

use super::{Ablation, Without};
use crate::report::STYLE;

impl Ablation {
    /// What each control is worth, as one HTML page without external resources.
    #[must_use]
    pub fn to_html(&self) -> String {
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    title { "Kanuki: what each control is worth" }
                    style { (PreEscaped(STYLE)) }
                }
                body {
                    h1 { "What is each control worth?" }
                    p.lead {
                        "The same crimes against Kanuki as it ships, each time without one control, or \
                         without two that stand behind one another. What is stolen then, and was not \
                         before, is what they kept."
                    }
                    div.scroll {
                        table {
                            caption {
                                "Seed " (self.seed) ", " (self.customers) " customers, " (self.days)
                                " days, " (self.answers) " of 100 holders act on a notice"
                            }
                            thead { tr { th { "Without" } th { "Stolen besides" } th { "Where" } } }
                            tbody { @for row in &self.rows { (self.row(row)) } }
                        }
                    }
                    p.small { "Version " (env!("CARGO_PKG_VERSION")) }
                }
            }
        };
        page.into_string()
    }

    fn row(&self, row: &Without) -> maud::Markup {
        let shows = row.shows();
        html! {
            tr {
                td { b { (row.off.join(" + ")) } br; small { (row.about.join("; ")) } }
                td class=(if row.kept().is_zero() { "good" } else { "bad" }) { (row.kept()) }
                td {
                    @if shows.is_empty() { (self.says(row)) } @else {
                        details {
                            summary { (self.says(row)) }
                            @for theft in shows {
                                p.small {
                                    (theft.playbook) ", " (theft.start.name()) ": " (theft.without)
                                    " in place of " (theft.with)
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
