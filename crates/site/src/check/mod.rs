//! Is my account at risk? Pages for everybody, with or without an account here: questions about one's
//! banks, an answer in yen, what to do first; and how such crimes go.
//!
//! What is answered is nobody's business. Where scripts run the answer is made in the page, by the
//! same rules ([`exposure::rules`]) and from the same parts; nothing is sent. Elsewhere the form is
//! sent, answered, and forgotten: no handler here has a store, and the log knows only that a page
//! was asked for.

mod answer;
mod bank;
mod crimes;
mod form;
mod given;

use std::collections::BTreeMap;

use axum::response::IntoResponse;
use http::StatusCode;
use kanuki_watch::exposure;
use maud::{Markup, html};

use crate::{
    Answer, Brand, PageMeta, Visit,
    ui::{self, Look},
    web::assets,
};

pub use crimes::{list as crimes, show as crime};
use given::Household;

/// What a company offers beside the page: the way to what it alone can show.
#[derive(Clone, Copy, Debug)]
pub struct Door {
    /// Where it leads.
    pub href: &'static str,
    /// The message with its name.
    pub key: &'static str,
    /// The message that says what is behind it.
    pub body: &'static str,
}

/// What a form sent, by field.
pub type Fields = BTreeMap<String, String>;

/// The questions, with the company's own doors below.
#[must_use]
pub fn form(visit: &Visit, doors: &[Door]) -> Markup {
    asked(visit, doors, &Household::default(), false)
}

fn meta(visit: &Visit, title: &str) -> PageMeta {
    let meta = PageMeta::new(title);
    // On one's own machine this is the first page.
    if visit.site.config.brand == Brand::Own { meta } else { meta.back("/") }
}

/// The questions; with whatever was answered before, which came from the page and goes back to it.
fn asked(visit: &Visit, doors: &[Door], household: &Household, is_empty: bool) -> Markup {
    let title = visit.t("check-title");
    let body = html! {
        (ui::heading(&title, Some(&visit.t("check-lead"))))
        div.stack.no-print {
            (form::privacy(visit))
            (form::draw(visit, household, is_empty))
        }
        div.stack #answer aria-live="polite" tabindex="-1" {}
        template #check-parts { (answer::skeleton(visit)) }
        div.stack.no-print { (more(visit, doors)) }
        script src=(assets::check_js_path()) defer {}
    };
    visit.page(&meta(visit, &title), body)
}

/// The answer, drawn here for a browser without scripts.
pub fn answer(visit: &Visit, doors: &[Door], fields: &Fields) -> Answer {
    let household = Household::read(fields);
    let wants_form = fields.contains_key("edit");
    if wants_form || household.is_empty() {
        let status = if wants_form { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        return Ok((status, asked(visit, doors, &household, !wants_form)).into_response());
    }
    let title = visit.t("check-answer-title");
    let exposure = exposure::Exposure::of(&household.accounts());
    let body = html! {
        (ui::heading(&title, None))
        div.stack #answer { (answer::draw(visit, &household, &exposure)) }
        (ui::form("/check", visit.csrf_field(), html! {
            @for (name, value) in household.fields() { (ui::hidden(&name, &value)) }
            (ui::actions(ui::button_named(Look::Secondary, &visit.t("check-edit"), "edit", "1")))
        }))
        div.stack.no-print { (more(visit, doors)) }
    };
    Ok(visit.page(&meta(visit, &title).back("/check"), body).into_response())
}

/// Where to go from here.
fn more(visit: &Visit, doors: &[Door]) -> Markup {
    html! {
        @for door in doors {
            (ui::card(Some(&visit.t(door.key)), html! {
                p { (visit.t(door.body)) }
                (ui::actions(ui::link_button(Look::Secondary, door.href, &visit.t(door.key))))
            }))
        }
        (ui::card(Some(&visit.t("check-crimes")), html! {
            p { (visit.t("check-crimes.body")) }
            (ui::actions(ui::link_button(Look::Secondary, "/check/crimes", &visit.t("check-crimes"))))
        }))
        (ui::card(Some(&visit.t("check-statement")), html! {
            p { (visit.t("check-statement.body")) }
            p { code { "kanuki watch --page" } }
        }))
    }
}
