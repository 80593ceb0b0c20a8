//! Who is on the lists that the desk keeps.

use jiff::Timestamp;
use kanuki_risk::{Key, Subject};
use maud::{Markup, html};

use super::{
    BASE,
    seen::{key_href, short, subject_name},
};
use crate::{
    Visit, show,
    ui::{self, Column, Field, Look, Table},
};

/// The longest reason, in characters.
const REASON_MAX: u16 = 300;
/// The longest number of somebody, in characters.
const VALUE_MAX: u16 = 256;

/// Somebody on a list.
#[derive(Clone, Debug)]
pub struct Member {
    /// Which list and who, as one name.
    pub name: String,
    /// Who.
    pub key: Key,
    /// Who put them there.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
}

/// One list.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Its name in the policy.
    pub name: String,
    /// What it holds.
    pub holds: Subject,
    /// Newest first.
    pub members: Vec<Member>,
}

/// The page.
#[must_use]
pub fn lists_body(visit: &Visit, lists: &[Listed]) -> Markup {
    html! {
        (ui::heading(&visit.t("risk-lists"), Some(&visit.t("risk-lists-lead"))))
        p { a href=(BASE) { (visit.t("risk-title")) } }
        @if lists.is_empty() { p { (visit.t("risk-lists-none")) } }
        @if !lists.is_empty() { (watch_any(visit, lists)) }
        @for list in lists {
            (ui::section(&title(visit, list.holds), html! {
                p { (visit.t("risk-list-name")) " " code { (list.name) } }
                @if list.members.is_empty() { p { (visit.t("risk-list-empty")) } }
                @else { (table(visit, list)) }
            }))
        }
    }
}

fn title(visit: &Visit, holds: Subject) -> String {
    visit.t_args("risk-list-of", &[("what", subject_name(visit, holds).into())])
}

fn table(visit: &Visit, list: &Listed) -> Markup {
    let row = |member: &Member| {
        vec![
            html! { a href=(key_href(&member.key)) { code { (short(member.key.value())) } } },
            html! { (member.reason) },
            html! { (member.by) },
            show::time(visit.lang(), member.at),
            ui::details(&visit.t("risk-unwatch"), unwatch(visit, member)),
        ]
    };
    ui::table(&Table {
        caption: title(visit, list.holds),
        head: vec![
            Column::text(visit.t("risk-who")),
            Column::text(visit.t("risk-watch-why")),
            Column::text(visit.t("risk-watch-by")),
            Column::text(visit.t("risk-at")),
            Column::text(visit.t("risk-unwatch")),
        ],
        rows: list.members.iter().map(row).collect(),
    })
}

fn unwatch(visit: &Visit, member: &Member) -> Markup {
    let why = Field::new("reason", visit.t("risk-watch-why"));
    ui::form(
        "/desk/risk/unwatch",
        visit.csrf_field(),
        html! {
            (ui::hidden("name", &member.name))
            (ui::field(&why.place(&member.name).max_length(REASON_MAX)))
            (ui::actions(ui::button(Look::Secondary, &visit.t("risk-unwatch-ask"))))
        },
    )
}

/// Anybody by their number, as the police or another company names them: also whom no rule has seen.
fn watch_any(visit: &Visit, lists: &[Listed]) -> Markup {
    let mut kinds: Vec<(String, String)> = Vec::new();
    for list in lists {
        let kind = list.holds.name().to_owned();
        if !kinds.iter().any(|(known, _)| *known == kind) {
            kinds.push((kind, subject_name(visit, list.holds)));
        }
    }
    let kind = Field::new("subject", visit.t("risk-watch-kind")).place("any");
    let value = Field::new("value", visit.t("risk-watch-value"))
        .hint(visit.t("risk-watch-value-hint"))
        .max_length(VALUE_MAX)
        .autocomplete("off")
        .place("any");
    let why = Field::new("reason", visit.t("risk-watch-why")).max_length(REASON_MAX).place("any");
    ui::card(
        Some(&visit.t("risk-watch")),
        html! {
            p { (visit.t("risk-watch-any")) }
            (ui::form("/desk/risk/watch", visit.csrf_field(), html! {
                (ui::select(&kind, &kinds))
                (ui::field(&value))
                (ui::field(&why))
                (ui::actions(ui::button(Look::Danger, &visit.t("risk-watch-button"))))
            }))
        },
    )
}

/// On the page of one who was seen, or of a customer: the way onto the list that holds such.
#[must_use]
pub fn watch_card(visit: &Visit, key: &Key, list: &str) -> Markup {
    let why = Field::new("reason", visit.t("risk-watch-why"));
    let why = why.max_length(REASON_MAX).place(key.subject().name());
    let about = format!("{}|{}", key.subject().name(), key.value());
    ui::card(
        Some(&visit.t("risk-watch")),
        html! {
            p { (visit.t_args("risk-watch.body", &[("list", title(visit, key.subject()).into())])) " (" code { (list) } ")" }
            (ui::form("/desk/risk/watch", visit.csrf_field(), html! {
                (ui::hidden("key", &about))
                (ui::field(&why))
                (ui::actions(ui::button(Look::Danger, &visit.t("risk-watch-button"))))
            }))
        },
    )
}
