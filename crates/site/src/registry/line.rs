//! Whether the line of each partner to us lives, for the desk.

use jiff::Timestamp;
use maud::{Markup, html};

use crate::{
    Visit, show,
    ui::{self, Column, Table, Tone},
};

/// One line, as it is shown.
#[derive(Clone, Debug)]
pub struct LineShown {
    /// Whose.
    pub name: String,
    /// When a word last came back.
    pub heard_at: Option<Timestamp>,
    /// Since when none does.
    pub silent_since: Option<Timestamp>,
    /// Words come back, and alarms do not: somebody asked for less in our name.
    pub is_narrowed: bool,
}

/// That a partner's alarms would not arrive; nothing while they would.
#[must_use]
pub fn line_notice(visit: &Visit, line: &LineShown) -> Markup {
    let Some(since) = line.silent_since else { return html! {} };
    let since = show::instant(visit.lang(), since);
    let args = [("name", line.name.as_str().into()), ("since", since.into())];
    let (title, what) = if line.is_narrowed {
        ("line-cut", "line-cut-what")
    } else {
        ("line-silent", "line-silent-what")
    };
    ui::notice(Tone::Error, &visit.t_args(title, &args), html! { p { (visit.t(what)) } })
}

/// Every line with its last word.
#[must_use]
pub fn line_list(visit: &Visit, lines: &[LineShown]) -> Markup {
    let rows = lines.iter().map(|line| {
        let (tone, word) = match (line.silent_since, line.heard_at) {
            (Some(_), _) if line.is_narrowed => (Tone::Error, "line-state-cut"),
            (Some(_), _) => (Tone::Error, "line-state-silent"),
            (None, Some(_)) => (Tone::Success, "line-state-lives"),
            (None, None) => (Tone::Neutral, "line-state-unknown"),
        };
        vec![
            html! { (line.name) },
            ui::badge(tone, &visit.t(word)),
            html! {
                @match line.heard_at {
                    Some(at) => (show::instant(visit.lang(), at)),
                    None => "–",
                }
            },
        ]
    });
    let head = ["reg-company", "reg-state", "line-heard"];
    let table = Table {
        caption: visit.t("line-title"),
        head: head.map(|key| Column::text(visit.t(key))).into(),
        rows: rows.collect(),
    };
    html! {
        @if !lines.is_empty() {
            h2 { (visit.t("line-title")) }
            p { (visit.t("line-lead")) }
            (ui::table(&table))
        }
    }
}
