//! Who is on the lists that the desk keeps.

use jiff::Timestamp;
use kanuki_domain::agreement::Side;
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

/// What was typed of somebody who is nobody, or not written as the form says.
#[derive(Clone, Debug)]
pub struct WatchTyped {
    /// What kind of one.
    pub subject: String,
    /// Which.
    pub value: String,
    /// Why they should be watched.
    pub reason: String,
}

/// The page, of this company; with what was typed before, where that was wrong.
#[must_use]
pub fn lists_body(
    visit: &Visit,
    lists: &[Listed],
    (company, typed): (Side, Option<&WatchTyped>),
) -> Markup {
    html! {
        (ui::heading(&visit.t("risk-lists"), Some(&visit.t("risk-lists-lead"))))
        p { a href=(BASE) { (visit.t("risk-title")) } }
        @if lists.is_empty() { p { (visit.t("risk-lists-none")) } }
        @if !lists.is_empty() { (watch_any(visit, lists, (company, typed))) }
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

/// How the number of such a one is written. Of an account or a wallet that is not the same everywhere.
fn how(visit: &Visit, company: Side, holds: Subject) -> String {
    let key = match (company, holds) {
        (Side::Bank, Subject::Account) => "bank-account",
        (Side::Wallet, Subject::Account) => "wallet-account",
        (Side::Bank, Subject::Wallet) => "bank-wallet",
        (_, Subject::Wallet | Subject::Payee) => "wal",
        (_, Subject::Address) => "address",
        (_, Subject::Block) => "block",
        (_, Subject::Merchant) => "merchant",
        (_, Subject::Partner) => "partner",
        _ => "seen",
    };
    visit.t(&format!("risk-watch-how-{key}"))
}

/// Anybody by their number, as the police or another company names them: also whom no rule has seen.
fn watch_any(
    visit: &Visit,
    lists: &[Listed],
    (company, typed): (Side, Option<&WatchTyped>),
) -> Markup {
    let mut holds: Vec<Subject> = Vec::new();
    for list in lists {
        if !holds.contains(&list.holds) {
            holds.push(list.holds);
        }
    }
    let option = |holds: &Subject| (holds.name().to_owned(), subject_name(visit, *holds));
    let kinds: Vec<(String, String)> = holds.iter().map(option).collect();
    let wrong = typed.map(|typed| {
        let how = Subject::parse(&typed.subject).map(|holds| how(visit, company, holds));
        format!("{} {}", visit.t("risk-watch-wrong"), how.unwrap_or_default())
    });
    let before = |part: fn(&WatchTyped) -> &String| typed.map(part).cloned().unwrap_or_default();
    let kind = Field::new("subject", visit.t("risk-watch-kind")).place("any");
    let kind = kind.value(before(|typed| &typed.subject));
    let value = Field::new("value", visit.t("risk-watch-value"))
        .error(wrong)
        .value(before(|typed| &typed.value))
        .max_length(VALUE_MAX)
        .autocomplete("off")
        .place("any");
    let why = Field::new("reason", visit.t("risk-watch-why")).max_length(REASON_MAX).place("any");
    let why = why.value(before(|typed| &typed.reason));
    ui::card(
        Some(&visit.t("risk-watch")),
        html! {
            p { (visit.t("risk-watch-any")) }
            ul {
                @for (holds, (_, name)) in holds.iter().zip(&kinds) {
                    li { strong { (name) } " " (how(visit, company, *holds)) }
                }
            }
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
