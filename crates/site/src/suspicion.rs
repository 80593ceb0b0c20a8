//! Drafts of reports of suspicious transactions at the desk (疑わしい取引の届出). Nothing else links here.

use jiff::Timestamp;
use maud::{Markup, html};

use crate::{
    Visit, show,
    ui::{self, Column, Field, Icon, Look, Table, Tone},
};

/// Where it is.
pub const PAGE: &str = "/desk/suspicion";
/// The parts of a draft, as its form and its text keys name them.
pub const PARTS: [&str; 4] = ["who", "what", "why", "done"];

/// A draft in the list.
#[derive(Clone, Debug)]
pub struct DraftShown {
    /// Its number.
    pub id: String,
    /// Where it stands, as part of a text key.
    pub standing: &'static str,
    /// Who wrote it last.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// One draft.
#[derive(Clone, Debug)]
pub struct DraftPage {
    /// The draft.
    pub draft: DraftShown,
    /// What it was begun from, if anything.
    pub from: String,
    /// The parts, in the order of [`PARTS`].
    pub parts: [String; 4],
    /// The longest of them, in characters.
    pub most: u16,
    /// Whoever looks wrote it last.
    pub is_own: bool,
    /// Who checked it, or handed it in, and when.
    pub last: Option<(String, Timestamp)>,
    /// The authority's number.
    pub number: Option<String>,
}

/// The list.
#[must_use]
pub fn list_body(visit: &Visit, open: &[DraftShown], over: &[DraftShown]) -> Markup {
    html! {
        (ui::heading(&visit.t("suspicion-title"), Some(&visit.t("suspicion-lead"))))
        (secret(visit))
        (ui::section(&visit.t("suspicion-open"), table(visit, "suspicion-open", open)))
        (ui::card(Some(&visit.t("suspicion-begin")), html! {
            p { (visit.t("suspicion-begin.body")) }
            (begin_form(visit, "", "new"))
        }))
        @if !over.is_empty() {
            (ui::section(&visit.t("suspicion-over"), table(visit, "suspicion-over", over)))
        }
        p { a href="/desk/screening" { (visit.t("screening-title")) } }
    }
}

fn secret(visit: &Visit) -> Markup {
    let body = html! { p { (visit.t("suspicion-secret.body")) } };
    ui::notice(Tone::Warning, &visit.t("suspicion-secret"), body)
}

/// The button that begins a draft; with `from` it is known what about.
#[must_use]
pub fn begin_form(visit: &Visit, from: &str, place: &str) -> Markup {
    let about = Field::new("from", visit.t("suspicion-from")).hint(visit.t("suspicion-from.hint"));
    let about = about.optional(visit.t("field-optional")).place(place).max_length(80);
    ui::form(
        PAGE,
        visit.csrf_field(),
        html! {
            @if from.is_empty() { (ui::field(&about)) } @else { (ui::hidden("from", from)) }
            (ui::actions(ui::button(Look::Secondary, &visit.t("suspicion-begin.button"))))
        },
    )
}

fn badge(visit: &Visit, standing: &str) -> Markup {
    let tone = match standing {
        "checked" => Tone::Info,
        "filed" => Tone::Success,
        "dropped" => Tone::Neutral,
        _ => Tone::Warning,
    };
    ui::badge(tone, &visit.t(&format!("suspicion-is-{standing}")))
}

fn table(visit: &Visit, caption: &str, drafts: &[DraftShown]) -> Markup {
    if drafts.is_empty() {
        let (none, body) = (visit.t("suspicion-none"), visit.t("suspicion-none.body"));
        return ui::empty(Icon::Case, &none, &body, None);
    }
    let row = |draft: &DraftShown| {
        vec![
            html! { a href={ (PAGE) "/" (draft.id) } { code { (draft.id) } } },
            badge(visit, draft.standing),
            html! { (draft.by) },
            show::time(visit.lang(), draft.at),
        ]
    };
    ui::table(&Table {
        caption: visit.t(caption),
        head: ["suspicion-number", "suspicion-state", "suspicion-by", "suspicion-at"]
            .map(|key| Column::text(visit.t(key)))
            .into(),
        rows: drafts.iter().map(row).collect(),
    })
}

/// One draft: to be written on, or to be read.
#[must_use]
pub fn draft_body(visit: &Visit, page: &DraftPage) -> Markup {
    let is_open = matches!(page.draft.standing, "working" | "checked");
    html! {
        (ui::heading(&visit.t("suspicion-draft"), Some(&visit.t("suspicion-draft-lead"))))
        p { a href=(PAGE) { (visit.t("suspicion-title")) } }
        (secret(visit))
        (ui::columns(
            ui::card(Some(&visit.t("suspicion-text")), html! {
                @if is_open { (text_form(visit, page)) } @else { (text(visit, page)) }
            }),
            html! {
                (ui::card(Some(&visit.t("suspicion-about")), about(visit, page)))
                @if is_open { (acts(visit, page)) }
            },
        ))
    }
}

fn about(visit: &Visit, page: &DraftPage) -> Markup {
    let draft = &page.draft;
    let mut facts = vec![
        (visit.t("suspicion-state"), badge(visit, draft.standing)),
        (visit.t("suspicion-by"), html! { (draft.by) " " (show::time(visit.lang(), draft.at)) }),
    ];
    if !page.from.is_empty() {
        facts.push((visit.t("suspicion-from"), html! { code { (page.from) } }));
    }
    if let Some((by, at)) = &page.last {
        let key = format!("suspicion-is-{}", draft.standing);
        facts.push((visit.t(&key), html! { (by) " " (show::time(visit.lang(), *at)) }));
    }
    if let Some(number) = &page.number {
        facts.push((visit.t("suspicion-filed-number"), html! { (number) }));
    }
    ui::definitions(facts)
}

fn text(visit: &Visit, page: &DraftPage) -> Markup {
    let parts = PARTS.iter().zip(&page.parts);
    ui::definitions(
        parts
            .map(|(part, text)| (visit.t(&format!("suspicion-{part}")), html! { (text) }))
            .collect(),
    )
}

fn text_form(visit: &Visit, page: &DraftPage) -> Markup {
    let parts = PARTS.iter().zip(&page.parts).map(|(part, text)| {
        let key = format!("suspicion-{part}");
        let field = Field::new(*part, visit.t(&key)).hint(visit.t(&format!("{key}.hint")));
        let field = field.optional(visit.t("field-optional")).value(text).max_length(page.most);
        ui::text_area(&field)
    });
    ui::form(
        &format!("{PAGE}/{}", page.draft.id),
        visit.csrf_field(),
        html! {
            @for part in parts { (part) }
            (ui::actions(ui::button(Look::Primary, &visit.t("suspicion-keep"))))
        },
    )
}

fn acts(visit: &Visit, page: &DraftPage) -> Markup {
    let at = |act: &str| format!("{PAGE}/{}/{act}", page.draft.id);
    let button = |act: &str, look, key: &str| {
        ui::post_button(visit.csrf_field(), &at(act), look, &visit.t(key))
    };
    let is_checked = page.draft.standing == "checked";
    let number = Field::new("number", visit.t("suspicion-filed-number")).max_length(80);
    html! {
        @if is_checked {
            (ui::card(Some(&visit.t("suspicion-file")), html! {
                p { (visit.t("suspicion-file.body")) }
                (ui::form(&at("file"), visit.csrf_field(), html! {
                    (ui::field(&number))
                    (ui::actions(ui::button(Look::Primary, &visit.t("suspicion-file.button"))))
                }))
            }))
        }
        (ui::card(Some(&visit.t("suspicion-second")), html! {
            @if page.is_own { p { (visit.t("suspicion-own")) } } @else {
                p { (visit.t("suspicion-second.body")) }
                (ui::actions(html! {
                    @if !is_checked { (button("check", Look::Primary, "suspicion-check")) }
                    (button("drop", Look::Secondary, "suspicion-drop"))
                }))
            }
        }))
    }
}
