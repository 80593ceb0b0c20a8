//! `/demo/counter`: stand at the bank's counter with one's papers.

use std::sync::Arc;

use axum::{extract::State, response::Response};
use kanuki_domain::bank_account::AccountNumber;
use kanuki_site::{
    Answer, Problem, Visit,
    csrf::CsrfForm,
    ui::{self, Choice, Field, Kind, Look, Tone},
};
use maud::{Markup, html};
use serde::Deserialize;

use super::{Booth, HandedOut};
use crate::pages::{self, Place};

/// Visits of one network in ten minutes.
const VISITS_MAX: u32 = 30;

/// The longest reference that staff type.
const REFERENCE_LEN_MAX: u16 = 40;

/// What staff say.
enum Said {
    Welcome,
    Nothing,
    Handed(HandedOut),
}

pub(super) async fn show(visit: Visit, State(booth): State<Arc<Booth>>) -> Response {
    render(&visit, &booth, "", &Said::Welcome)
}

#[derive(Deserialize)]
pub(super) struct Come {
    who: String,
    reference: String,
}

pub(super) async fn come(
    visit: Visit,
    State(booth): State<Arc<Booth>>,
    CsrfForm(form): CsrfForm<Come>,
) -> Answer {
    let unknown = || Problem::unprocessable("bad_form");
    let person = booth.customers().find(|p| p.key == form.who).ok_or_else(unknown)?;
    let first = person.accounts_at(booth.bank.code).next().ok_or_else(unknown)?;
    AccountNumber::parse(first.branch, first.number).map_err(|_| unknown())?;
    if form.reference.len() > usize::from(REFERENCE_LEN_MAX) {
        return Err(unknown());
    }
    if !visit.allow("demo-counter", VISITS_MAX, 600) {
        return Err(Problem::too_many());
    }
    let handed = booth.hooks.at_counter(first.branch, first.number, form.reference.trim()).await;
    let said = handed.map_or(Said::Nothing, Said::Handed);
    Ok(render(&visit, &booth, &form.who, &said))
}

fn render(visit: &Visit, booth: &Booth, chosen: &str, said: &Said) -> Response {
    let bank = pages::in_lang(visit, booth.bank.name, booth.bank.roma);
    let people: Vec<Choice> = booth
        .customers()
        .map(|person| Choice {
            value: person.key.to_owned(),
            label: pages::name(visit, person),
            detail: None,
        })
        .collect();
    let first = people.first().map(|choice| choice.value.clone()).unwrap_or_default();
    let chosen = if chosen.is_empty() { first } else { chosen.to_owned() };
    let who = Field::new("who", visit.t("counter-who")).value(chosen);
    let reference = Field::new("reference", visit.t("counter-reference"))
        .kind(Kind::Numeric)
        .autocomplete("off")
        .max_length(REFERENCE_LEN_MAX)
        .hint(visit.t("counter-reference-hint"));
    let body = html! {
        (ui::heading(
            &visit.t("counter-title"),
            Some(&visit.t_args("counter-lead", &[("bank", bank.into())])),
        ))
        (heard(visit, said))
        (ui::form("/demo/counter", visit.csrf_field(), html! {
            (ui::choices(&who, &people))
            (ui::field(&reference))
            (ui::actions(ui::button(Look::Primary, &visit.t("counter-ask"))))
        }))
    };
    pages::page(visit, Place::Counter, &visit.t("counter-title"), body)
}

fn heard(visit: &Visit, said: &Said) -> Markup {
    match said {
        Said::Welcome => html! {},
        Said::Nothing => ui::notice(
            Tone::Info,
            &visit.t("counter-nothing"),
            html! { p { (visit.t("counter-nothing-text")) } },
        ),
        Said::Handed(handed) => ui::card(
            Some(&visit.t("counter-handed")),
            html! {
                (ui::stop_code(&visit.t("counter-code"), &handed.code))
                @match &handed.confirms {
                    Some(whose) => p { (whose.say(visit, "counter-confirms")) }
                    None => p { (visit.t("counter-passkey")) }
                }
            },
        ),
    }
}
