//! The app's screens: whose telephone this is, what is to be signed, the number, the way back.

use std::sync::Arc;

use axum::{
    extract::{Query, State},
    response::{IntoResponse as _, Redirect, Response},
};
use kanuki_site::{
    Answer, Problem, Visit,
    csrf::CsrfForm,
    ui::{self, Choice, Field, Icon, Kind, Look, Tone},
};
use maud::{Markup, html};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::{
    Phones,
    bank::{Asking, Errand, Return},
};
use crate::pages::{self, Place};

/// The longest reference of an errand.
const ERRAND_LEN_MAX: usize = 40;

#[derive(Deserialize)]
pub(super) struct Opened {
    errand: Option<String>,
    #[serde(rename = "for")]
    purpose: Option<String>,
}

/// The app was opened: by a link of the bank's page, or by somebody who looks around.
pub(super) async fn choose(
    visit: Visit,
    State(phones): State<Arc<Phones>>,
    Query(opened): Query<Opened>,
) -> Response {
    let title = visit.t("app-title");
    let bank = pages::in_lang(&visit, phones.bank.name, phones.bank.roma);
    let lead = visit.t_args("app-lead", &[("bank", bank.into())]);
    let Some(errand) = opened.errand else {
        let body = html! {
            (ui::heading(&title, Some(&lead)))
            (ui::notice(Tone::Info, &visit.t("app-how"), html! { p { (visit.t("app-how-text")) } }))
        };
        return pages::page(&visit, Place::App, &title, body);
    };
    let people: Vec<Choice> = Phones::owners(phones.bank)
        .map(|person| Choice {
            value: person.key.to_owned(),
            label: pages::name(&visit, person),
            detail: None,
        })
        .collect();
    let first = people.first().map(|choice| choice.value.clone()).unwrap_or_default();
    let who = Field::new("who", visit.t("app-whose")).value(first);
    let is_new = opened.purpose.as_deref() == Some("enrol");
    let body = html! {
        (ui::heading(&title, Some(&lead)))
        (ui::form("/demo/app/open", visit.csrf_field(), html! {
            (ui::hidden("errand", &errand))
            @if is_new { (ui::hidden("is_new", "yes")) }
            (ui::choices(&who, &people))
            (ui::actions(ui::button(Look::Primary, &visit.t("app-unlock"))))
        }))
    };
    pages::step(&visit, &title, "/demo", body)
}

#[derive(Deserialize)]
pub(super) struct Which {
    errand: String,
    who: String,
    is_new: Option<String>,
}

/// What is to be signed, as the bank says it.
async fn asked(visit: &Visit, phones: &Phones, which: &Which) -> Result<Option<Errand>, Problem> {
    let asking = asking(phones, which)?;
    let claims = phones.claims(visit, &which.errand);
    Ok(phones.say(visit, "/app/errand", asking, &claims).await)
}

fn asking<'a>(phones: &'a Phones, which: &'a Which) -> Result<Asking<'a>, Problem> {
    let bad = || Problem::unprocessable("bad_form");
    let key = phones.keys.get(which.who.as_str()).ok_or_else(bad)?;
    if which.errand.len() > ERRAND_LEN_MAX {
        return Err(bad());
    }
    Ok(Asking { errand: &which.errand, key, is_new: which.is_new.is_some() })
}

pub(super) async fn open(
    visit: Visit,
    State(phones): State<Arc<Phones>>,
    CsrfForm(which): CsrfForm<Which>,
) -> Answer {
    let Some(errand) = asked(&visit, &phones, &which).await? else {
        return Ok(refused(&visit));
    };
    let title = visit.t("app-sign-title");
    let lead = visit.t_args("app-asked", &[("bank", errand.bank.as_str().into())]);
    let number = Field::new("number", visit.t("app-number"))
        .hint(visit.t("app-number-hint"))
        .kind(Kind::Numeric)
        .autocomplete("off")
        .max_length(2);
    let lines = errand.lines.iter().map(|line| (line.name.clone(), html! { (line.value) }));
    let lines: Vec<(String, Markup)> = lines.collect();
    let what = if which.is_new.is_some() {
        "app-what-enrol"
    } else if lines.is_empty() {
        "app-what-sign-in"
    } else {
        "app-what-sign"
    };
    let about = html! {
        (ui::hidden("errand", &which.errand))
        (ui::hidden("who", &which.who))
        @if which.is_new.is_some() { (ui::hidden("is_new", "yes")) }
    };
    let body = html! {
        (ui::heading(&title, Some(&lead)))
        (ui::card(Some(&visit.t(what)), html! {
            (ui::definitions(lines))
            (ui::details(&visit.t("app-text"), html! { p { code { (errand.text) } } }))
        }))
        (ui::form("/demo/app/answer", visit.csrf_field(), html! {
            (about)
            (ui::hidden("answer", "sign"))
            (ui::field(&number))
            (ui::actions(ui::button(Look::Primary, &visit.t("app-sign"))))
            p.hint { (ui::icon(Icon::Info)) " " (visit.t("app-face")) }
        }))
        (ui::form("/demo/app/answer", visit.csrf_field(), html! {
            (about)
            (ui::hidden("answer", "no"))
            (ui::actions(ui::button(Look::Quiet, &visit.t("app-no"))))
        }))
    };
    Ok(pages::step(&visit, &title, "/demo", body))
}

#[derive(Deserialize)]
pub(super) struct Answered {
    errand: String,
    who: String,
    is_new: Option<String>,
    answer: String,
    number: Option<String>,
}

/// Signs over what the bank says now, or says no to it, and opens the way back.
pub(super) async fn answer(
    visit: Visit,
    State(phones): State<Arc<Phones>>,
    CsrfForm(form): CsrfForm<Answered>,
) -> Answer {
    let Answered { errand, who, is_new, answer, number } = form;
    let which = Which { errand, who, is_new };
    let Some(errand) = asked(&visit, &phones, &which).await? else {
        return Ok(refused(&visit));
    };
    let digest = Sha256::digest(errand.text.as_bytes()).into();
    let claims = phones.claims(&visit, &which.errand);
    let claims = match answer.as_str() {
        "sign" => claims.sign(digest, number.as_deref().unwrap_or_default().trim()),
        _ => claims.refuse(digest),
    };
    let asking = asking(&phones, &which)?;
    let told: Option<Return> = phones.say(&visit, "/app/answer", asking, &claims).await;
    Ok(match told {
        Some(Return { return_url }) => Redirect::to(&return_url).into_response(),
        None => refused(&visit),
    })
}

/// The bank says no; why, it does not say.
fn refused(visit: &Visit) -> Response {
    let title = visit.t("app-refused");
    let body = html! {
        (ui::heading(&title, None))
        (ui::notice(Tone::Error, &visit.t("app-refused-what"), html! {
            p { (visit.t("app-refused-next")) }
        }))
    };
    pages::step(visit, &title, "/demo", body)
}
