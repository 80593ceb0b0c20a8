//! Looking back over past movements at the desk (RQ-04): what was looked for, how far it is, whom it hit,
//! and telling them by two people.

mod form;
mod one;

use jiff::Timestamp;
use maud::{Markup, html};

pub use form::{FormShown, Typed};
pub use one::{HitShown, LookPage, TellShown, look_body};

use crate::{
    Visit, show,
    ui::{self, Column, Icon, Table, Tone},
};

/// Where it is.
pub const PAGE: &str = "/desk/lookback";
/// The longest reason, in characters.
const REASON_MAX: u16 = 500;

/// What was looked for.
#[derive(Clone, Debug)]
pub enum What {
    /// One rule.
    Rule {
        /// Its name.
        name: String,
        /// As it was typed.
        text: String,
    },
    /// A typed list.
    Keys {
        /// What it holds, as the language of the rules calls it.
        subject: &'static str,
        /// Its entries.
        values: Vec<String>,
    },
    /// A list of leaks.
    Leaked(String),
}

/// One look-back.
#[derive(Clone, Debug)]
pub struct LookShown {
    /// Its number.
    pub id: String,
    /// What was looked for.
    pub what: What,
    /// How many days back.
    pub days: u32,
    /// Who asked.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
    /// Where it stands, as part of a text key.
    pub state: &'static str,
    /// How far it has come.
    pub percent: u64,
    /// How many movements were looked at.
    pub seen: u64,
    /// How many of them it hit.
    pub hits: u64,
}

/// Where one is.
#[must_use]
pub fn href(id: &str) -> String {
    format!("{PAGE}/{id}")
}

/// The page of all of them.
#[must_use]
pub fn list_body(visit: &Visit, looks: &[LookShown], form: &FormShown<'_>) -> Markup {
    html! {
        (ui::heading(&visit.t("lookback-title"), Some(&visit.t("lookback-lead"))))
        p { a href=(crate::risk::BASE) { (visit.t("risk-title")) } }
        (form::refused(visit, form))
        (ui::section(&visit.t("lookback-all"), table(visit, looks)))
        (form::section(visit, form))
    }
}

fn table(visit: &Visit, looks: &[LookShown]) -> Markup {
    if looks.is_empty() {
        let (none, body) = (visit.t("lookback-none"), visit.t("lookback-none.body"));
        return ui::empty(Icon::Check, &none, &body, None);
    }
    let row = |look: &LookShown| {
        vec![
            html! { a href=(href(&look.id)) { (in_short(visit, &look.what)) } },
            state(visit, look.state),
            html! { (look.percent) "%" },
            html! { (look.seen) },
            html! { (look.hits) },
            html! { (look.by) },
            show::time(visit.lang(), look.at),
        ]
    };
    ui::table(&Table {
        caption: visit.t("lookback-all"),
        head: vec![
            Column::text(visit.t("lookback-what")),
            Column::text(visit.t("lookback-state")),
            Column::number(visit.t("lookback-progress")),
            Column::number(visit.t("lookback-seen")),
            Column::number(visit.t("lookback-hits")),
            Column::text(visit.t("lookback-by")),
            Column::text(visit.t("lookback-at")),
        ],
        rows: looks.iter().map(row).collect(),
    })
}

fn subject_name(visit: &Visit, subject: &str) -> String {
    visit.t(&format!("risk-subject-{}", subject.replace('_', "-")))
}

fn in_short(visit: &Visit, what: &What) -> String {
    match what {
        What::Rule { name, .. } => {
            visit.t_args("lookback-of-rule", &[("name", name.as_str().into())])
        }
        What::Keys { subject, values } => {
            let n = u64::try_from(values.len()).unwrap_or(u64::MAX);
            let held = subject_name(visit, subject);
            visit.t_args("lookback-of-keys", &[("what", held.as_str().into()), ("n", n.into())])
        }
        What::Leaked(list) => visit.t_args("lookback-of-leaked", &[("list", list.as_str().into())]),
    }
}

fn state(visit: &Visit, state: &str) -> Markup {
    let tone = match state {
        "looking" | "telling" => Tone::Info,
        "asked" | "too_wide" => Tone::Warning,
        "broken" => Tone::Error,
        "told" => Tone::Success,
        _ => Tone::Neutral,
    };
    ui::badge(tone, &visit.t(&format!("lookback-state-{}", state.replace('_', "-"))))
}
