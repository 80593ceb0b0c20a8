//! `/demo/phone`: pick up somebody's telephone and call the bank.

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse as _, Response},
};
use kanuki_site::{
    Answer, Problem, Visit,
    csrf::CsrfForm,
    ui::{self, Choice, Field, Kind, Look, Tone},
};
use maud::{Markup, html};
use serde::Deserialize;

use super::{Booth, CallOutcome};
use crate::pages::{self, Place};

/// A telephone that is on nobody's file.
const STRANGER: &str = "09000009999";

/// The longest reference that the line takes.
const REFERENCE_LEN_MAX: u16 = 40;

/// Calls that one network may make in ten minutes.
const CALLS_MAX: u32 = 30;

pub(super) async fn show(visit: Visit, State(booth): State<Arc<Booth>>) -> Response {
    render(&visit, &booth, "", &html! {})
}

#[derive(Deserialize)]
pub(super) struct Call {
    phone: String,
    reference: String,
    /// The key that says yes.
    #[serde(default)]
    agreed: String,
}

pub(super) async fn call(
    visit: Visit,
    State(booth): State<Arc<Booth>>,
    CsrfForm(form): CsrfForm<Call>,
) -> Answer {
    let is_known = form.phone == STRANGER || booth.customers().any(|p| p.phone == form.phone);
    let reference = form.reference.trim();
    if !is_known || reference.is_empty() || reference.len() > usize::from(REFERENCE_LEN_MAX) {
        return Err(Problem::unprocessable("bad_form"));
    }
    if !visit.allow("demo-phone", CALLS_MAX, 600) {
        return Err(Problem::too_many());
    }
    let has_agreed = form.agreed == "1";
    let outcome = booth.hooks.call_received(&form.phone, reference, has_agreed).await;
    let said = heard(&visit, (&form.phone, reference), &outcome);
    Ok(render(&visit, &booth, &form.phone, &said).into_response())
}

fn render(visit: &Visit, booth: &Booth, chosen: &str, said: &Markup) -> Response {
    let bank = pages::in_lang(visit, booth.bank.name, booth.bank.roma);
    let mut phones: Vec<Choice> = booth
        .customers()
        .map(|person| Choice {
            value: person.phone.to_owned(),
            label: pages::name(visit, person),
            detail: Some(grouped(person.phone)),
        })
        .collect();
    phones.push(Choice {
        value: STRANGER.to_owned(),
        label: visit.t("phone-stranger"),
        detail: Some(grouped(STRANGER)),
    });
    let first = phones.first().map(|choice| choice.value.clone()).unwrap_or_default();
    let chosen = if chosen.is_empty() { first } else { chosen.to_owned() };
    let whose = Field::new("phone", visit.t("phone-whose")).value(chosen);
    let reference = Field::new("reference", visit.t("phone-reference"))
        .kind(Kind::Code)
        .autocomplete("off")
        .max_length(REFERENCE_LEN_MAX)
        .hint(visit.t("phone-reference-hint"));
    let body = html! {
        (ui::heading(
            &visit.t("phone-title"),
            Some(&visit.t_args("phone-lead", &[("bank", bank.into())])),
        ))
        (said)
        (ui::form("/demo/phone", visit.csrf_field(), html! {
            (ui::choices(&whose, &phones))
            (ui::field(&reference))
            (ui::actions(ui::button(Look::Primary, &visit.t("phone-call"))))
        }))
    };
    pages::page(visit, Place::Phone, &visit.t("phone-title"), body)
}

/// What the voice at the other end says.
fn heard(visit: &Visit, (phone, reference): (&str, &str), outcome: &CallOutcome) -> Markup {
    let (tone, title, text) = match outcome {
        CallOutcome::Asks(whose) => {
            return ui::card(
                Some(&whose.say(visit, "phone-asks")),
                html! {
                    p { (visit.t("phone-asks-text")) }
                    (ui::form("/demo/phone", visit.csrf_field(), html! {
                        (ui::hidden("phone", phone))
                        (ui::hidden("reference", reference))
                        (ui::hidden("agreed", "1"))
                        (ui::actions(ui::button(Look::Primary, &visit.t("phone-agree"))))
                    }))
                },
            );
        }
        CallOutcome::Accepted => (Tone::Success, "phone-accepted", "phone-accepted-text"),
        CallOutcome::Refused => (Tone::Error, "phone-refused", "phone-refused-text"),
        CallOutcome::TooMany => (Tone::Warning, "phone-too-many", "phone-too-many-text"),
    };
    ui::notice(tone, &visit.t(title), html! { p { (visit.t(text)) } })
}

/// `090-0000-1001`, as people write it.
fn grouped(phone: &str) -> String {
    match (phone.get(..3), phone.get(3..7), phone.get(7..)) {
        (Some(a), Some(b), Some(c)) => format!("{a}-{b}-{c}"),
        _ => phone.to_owned(),
    }
}
