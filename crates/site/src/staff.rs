//! Who works at the desk, as both companies' desks show it, with the way to end somebody's access.

use jiff::Timestamp;
use maud::{Markup, html};

use crate::{
    Visit, show,
    ui::{self, Field, Look, Tone},
};

/// Where the page is.
pub const PATH: &str = "/desk/staff";

/// Where somebody stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stands {
    /// They sign in here.
    Works,
    /// They hold a code that is good until then.
    Invited(Timestamp),
    /// They hold nothing that is good.
    Lapsed,
    /// They left then.
    Left(Timestamp),
}

/// One line of the list.
#[derive(Clone, Debug)]
pub struct Colleague {
    /// Their id.
    pub id: String,
    /// Their name.
    pub name: String,
    /// Where they stand.
    pub stands: Stands,
    /// They may read hits of lists and drafts of reports.
    pub is_officer: bool,
}

/// The page's body.
#[must_use]
pub fn list(visit: &Visit, title: &str, all: &[Colleague]) -> Markup {
    let cards: Vec<Markup> = all.iter().map(|colleague| one(visit, colleague)).collect();
    html! {
        (ui::heading(title, Some(&visit.t("staff-lead"))))
        (ui::stack(&cards))
    }
}

fn one(visit: &Visit, colleague: &Colleague) -> Markup {
    let at = |key: &str, at: Timestamp| {
        visit.t_args(key, &[("at", show::instant(visit.lang(), at).into())])
    };
    let (tone, words) = match colleague.stands {
        Stands::Works => (Tone::Success, visit.t("staff-works")),
        Stands::Invited(until) => (Tone::Info, at("staff-invited", until)),
        Stands::Lapsed => (Tone::Neutral, visit.t("staff-lapsed")),
        Stands::Left(when) => (Tone::Neutral, at("staff-left", when)),
    };
    let reason = Field::new("reason", visit.t("staff-reason"))
        .place(&colleague.id)
        .hint(visit.t("staff-reason-hint"))
        .max_length(500);
    ui::card(
        Some(&colleague.name),
        html! {
            p {
                (ui::badge(tone, &words))
                @if colleague.is_officer { " " (ui::badge(Tone::Info, &visit.t("officer-is"))) }
            }
            @if !matches!(colleague.stands, Stands::Left(_)) {
                (officer(visit, colleague))
                (ui::details(&visit.t("staff-end"), html! {
                    p { (visit.t("staff-end-what")) }
                    (ui::form(&format!("{PATH}/{}/end", colleague.id), visit.csrf_field(), html! {
                        (ui::field(&reason))
                        (ui::actions(ui::button(Look::Danger, &visit.t("staff-end-button"))))
                    }))
                }))
            }
        },
    )
}

/// What was asked for, for the page of what waits for a second person.
#[must_use]
pub fn officer_words(visit: &Visit, is_given: bool, name: &str) -> Markup {
    let key = if is_given { "officer-give-of" } else { "officer-take-of" };
    html! { (visit.t(key)) " " a href=(PATH) { (name) } }
}

/// The form by which one asks that a colleague has the role of an officer, or has it no more.
fn officer(visit: &Visit, colleague: &Colleague) -> Markup {
    let (title, what, button, wish) = if colleague.is_officer {
        ("officer-take", "officer-take-what", "officer-take-button", "take")
    } else {
        ("officer-give", "officer-give-what", "officer-give-button", "give")
    };
    let reason = Field::new("reason", visit.t("staff-reason"))
        .place(format!("{}-officer", colleague.id))
        .hint(visit.t("officer-reason-hint"))
        .max_length(500);
    let action = format!("{PATH}/{}/officer", colleague.id);
    ui::details(
        &visit.t(title),
        html! {
            p { (visit.t(what)) }
            (ui::form(&action, visit.csrf_field(), html! {
                (ui::hidden("wish", wish))
                (ui::field(&reason))
                (ui::actions(ui::button(Look::Secondary, &visit.t(button))))
            }))
        },
    )
}

/// What somebody who was handed a code is told before they make their passkey: whose desk it will be,
/// until when the code is good, what comes next, and what it will and will not let them do.
#[must_use]
pub fn welcome(visit: &Visit, name: &str, until: Timestamp) -> Markup {
    let hello = visit.t_args("staff-welcome", &[("name", name.into())]);
    let until =
        visit.t_args("staff-welcome-until", &[("at", show::instant(visit.lang(), until).into())]);
    let points = |keys: &[&str]| html! { ul.points { @for key in keys { li { (visit.t(key)) } } } };
    html! {
        p { strong { (hello) } }
        p { (visit.t("staff-welcome-not-you")) }
        h2 { (visit.t("staff-welcome-next")) }
        ol.points {
            li { (visit.t("staff-welcome-make")) }
            li { (visit.t("staff-welcome-then")) }
            li { (visit.t("staff-welcome-later")) }
        }
        p.hint { (until) }
        h2 { (visit.t("staff-welcome-can")) }
        (points(&["staff-welcome-can-see", "staff-welcome-can-stop", "staff-welcome-can-ask"]))
        h2 { (visit.t("staff-welcome-cannot")) }
        (points(&[
            "staff-welcome-cannot-alone",
            "staff-welcome-cannot-money",
            "staff-welcome-cannot-hide",
        ]))
        p.hint { (visit.t("staff-welcome-lost")) }
    }
}

/// The way to the page, for the page of what waits for a second person.
#[must_use]
pub fn link(visit: &Visit) -> Markup {
    ui::actions(ui::link_button(Look::Secondary, PATH, &visit.t("staff-title")))
}
