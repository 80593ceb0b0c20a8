//! One hit: the two people side by side, word by word, and what can be said about it.

use jiff::Timestamp;
use kanuki_formats::screening::{Born, Match, Token};
use maud::{Markup, html};

use super::{Asked, HitShown, PAGE, REASON_MAX, hit_href, state};
use crate::{
    Visit, show,
    suspicion::begin_form,
    ui::{self, Column, Field, Look, Table, Tone},
};

/// What was said about a hit.
#[derive(Clone, Debug)]
pub enum Said {
    /// Nothing yet.
    Nothing,
    /// One person says that it is somebody else.
    SomebodyElse(Asked),
    /// It is the one on the list.
    Confirmed(Asked),
    /// Two people said that it is somebody else.
    Cleared {
        /// How they know.
        reason: String,
        /// Who said so first, and who agreed.
        by: [String; 2],
        /// When.
        at: Timestamp,
    },
}

/// What the page is made of.
#[derive(Clone, Debug)]
pub struct HitPage<'a> {
    /// The hit.
    pub hit: HitShown,
    /// What was alike.
    pub what: &'a Match,
    /// Whom: an id.
    pub person: String,
    /// What was said.
    pub said: Said,
}

/// The page's body.
#[must_use]
pub fn hit_body(visit: &Visit, page: &HitPage<'_>) -> Markup {
    html! {
        (ui::heading(&visit.t("screening-hit"), Some(&visit.t("screening-hit-lead"))))
        p { a href=(PAGE) { (visit.t("screening-title")) } }
        (ui::columns(
            html! {
                (ui::card(Some(&visit.t("screening-beside")), beside(visit, page.what)))
                (ui::card(Some(&visit.t("screening-work")), work(visit, page.what)))
            },
            html! {
                (ui::card(Some(&visit.t("screening-about")), about(visit, page)))
                (acts(visit, page))
                (ui::card(Some(&visit.t("suspicion-title")),
                    begin_form(visit, &page.hit.id, "hit")))
            },
        ))
    }
}

fn born(visit: &Visit, born: Born) -> String {
    match born {
        Born::On(day) => show::civil_date(visit.lang(), day),
        Born::In(year) => year.to_string(),
    }
}

/// Ours and the list's.
fn beside(visit: &Visit, what: &Match) -> Markup {
    let theirs: Vec<String> = what.entry.born.iter().map(|one| born(visit, *one)).collect();
    let none = visit.t("screening-not-held");
    let or_none = |text: String| if text.is_empty() { none.clone() } else { text };
    let ours = what.our_born_on.map(|day| show::civil_date(visit.lang(), day));
    let others = what.entry.names.iter().filter(|name| **name != what.their_name);
    let others: Vec<&str> = others.map(String::as_str).collect();
    let name = html! {
        strong { (what.our_name) } " "
        (visit.t(&format!("screening-name-{}", what.ours.name())))
    };
    ui::definitions(vec![
        (visit.t("screening-ours"), name),
        (visit.t("screening-theirs"), html! { strong { (what.their_name) } }),
        (visit.t("screening-their-others"), html! { (or_none(others.join(" / "))) }),
        (visit.t("screening-our-birth"), html! { (ours.unwrap_or_else(|| none.clone())) }),
        (visit.t("screening-their-birth"), html! { (or_none(theirs.join(" / "))) }),
        (visit.t("screening-entry"), html! { code { (what.entry.id) } }),
        (visit.t("screening-note"), html! { (or_none(what.entry.note.clone())) }),
    ])
}

/// How the score came about.
fn work(visit: &Visit, what: &Match) -> Markup {
    let row = |token: &Token| {
        let word = |text: &str| {
            if text.is_empty() {
                html! { "—" }
            } else {
                html! { (text) }
            }
        };
        vec![
            word(&token.ours),
            word(&token.theirs),
            html! { (visit.t(&format!("screening-how-{}", token.how.name()))) },
            html! { (token.score) },
        ]
    };
    let words = Table {
        caption: visit.t("screening-words"),
        head: vec![
            Column::text(visit.t("screening-ours")),
            Column::text(visit.t("screening-theirs")),
            Column::text(visit.t("screening-how")),
            Column::number(visit.t("screening-score")),
        ],
        rows: what.tokens.iter().map(row).collect(),
    };
    html! {
        (ui::definitions(vec![
            (visit.t("screening-rule"),
                html! { (visit.t(&format!("screening-rule-{}", what.rule.name()))) }),
            (visit.t("screening-name-score"), html! { (what.name_score) }),
            (visit.t("screening-birth"),
                html! { (visit.t(&format!("screening-birth-{}", what.birth.name()))) }),
            (visit.t("screening-score"), html! { strong { (what.score) } }),
            (visit.t("screening-threshold"), html! { (what.threshold) }),
        ]))
        (ui::table(&words))
    }
}

fn about(visit: &Visit, page: &HitPage<'_>) -> Markup {
    let hit = &page.hit;
    ui::definitions(vec![
        (visit.t("screening-state"), state(visit, hit.state)),
        (visit.t("screening-list"), html! { (hit.list) }),
        (visit.t("screening-person"), html! { code { (page.person) } }),
        (
            visit.t("screening-when"),
            html! { (visit.t(&format!("screening-when-{}", hit.occasion))) },
        ),
        (visit.t("screening-found"), show::time(visit.lang(), hit.found_at)),
    ])
}

fn acts(visit: &Visit, page: &HitPage<'_>) -> Markup {
    let at = |act: &str| format!("{}/{act}", hit_href(&page.hit.id));
    let form = |act: &str, key: &str, look| {
        let why = Field::new("reason", visit.t("screening-reason"));
        let why = why.hint(visit.t("screening-reason-hint")).place(act).max_length(REASON_MAX);
        let fields = html! {
            (ui::field(&why))
            (ui::actions(ui::button(look, &visit.t(&format!("{key}.button")))))
        };
        ui::card(
            Some(&visit.t(key)),
            html! {
                p { (visit.t(&format!("{key}.body"))) }
                (ui::form(&at(act), visit.csrf_field(), fields))
            },
        )
    };
    let clear = || form("ask", "screening-clear", Look::Primary);
    let confirm = || form("confirm", "screening-confirm", Look::Danger);
    let said = |key: &str, asked: &Asked, buttons: Markup| {
        let title = visit.t_args(key, &[("who", asked.by.as_str().into())]);
        let body = html! {
            p { (asked.reason) }
            p { (show::time(visit.lang(), asked.at)) }
            (buttons)
        };
        ui::notice(Tone::Info, &title, body)
    };
    match &page.said {
        Said::Nothing => html! { (clear()) (confirm()) },
        Said::SomebodyElse(asked) => {
            let buttons = html! {
                @if asked.is_own { p { (visit.t("screening-own")) } }
                (ui::actions(html! {
                    @if !asked.is_own {
                        (ui::post_button(visit.csrf_field(), &at("clear"), Look::Primary,
                            &visit.t("screening-clear-agree")))
                    }
                    (ui::post_button(visit.csrf_field(), &at("keep"), Look::Secondary,
                        &visit.t("screening-clear-keep")))
                }))
            };
            html! { (said("screening-clear-asked", asked, buttons)) (confirm()) }
        }
        Said::Confirmed(asked) => {
            html! { (said("screening-confirmed", asked, html! {})) (clear()) }
        }
        Said::Cleared { reason, by: [first, second], at } => {
            let who = [("first", first.as_str().into()), ("second", second.as_str().into())];
            let title = visit.t_args("screening-cleared", &who);
            let body = html! { p { (reason) } p { (show::time(visit.lang(), *at)) } };
            ui::notice(Tone::Success, &title, body)
        }
    }
}
