//! On the page of a case: the others that it may belong together with.

use jiff::Timestamp;
use kanuki_domain::case_number::said_of;
use maud::{Markup, html};

use crate::{
    Visit, show,
    ui::{self, Column, Table, Tone},
};

/// Another case.
#[derive(Clone, Debug)]
pub struct Other {
    /// Its number.
    pub case: String,
    /// Of which kind it is, as part of a text key.
    pub kind: &'static str,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
    /// What it has in common, as part of a text key.
    pub common: &'static str,
}

/// The others; nothing where there are none.
#[must_use]
pub fn section(visit: &Visit, others: &[Other]) -> Markup {
    if others.is_empty() {
        return html! {};
    }
    let row = |other: &Other| {
        let state = match other.closed_at {
            Some(_) => ui::badge(Tone::Neutral, &visit.t("related-closed")),
            None => ui::badge(Tone::Warning, &visit.t("related-open")),
        };
        vec![
            html! { a href={ "/desk/cases/" (other.case) } { (said_of(&other.case)) } },
            html! { (visit.t(&format!("desk-kind-{}", other.kind))) },
            html! { (visit.t(&format!("related-{}", other.common))) },
            state,
            show::time(visit.lang(), other.opened_at),
        ]
    };
    let head = ["case", "kind", "common", "state", "opened"];
    let table = Table {
        caption: visit.t("related-title"),
        head: head.map(|name| Column::text(visit.t(&format!("related-head-{name}")))).into(),
        rows: others.iter().map(row).collect(),
    };
    ui::section(&visit.t("related-title"), ui::table(&table))
}
