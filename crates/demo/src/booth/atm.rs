//! `/demo/atm`: put a cash card into the bank's machine.

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
use crate::{
    pages::{self, Place},
    people::DemoAccount,
};

/// Cards that one network may insert in ten minutes.
const INSERTS_MAX: u32 = 30;

/// The longest reference that the machine takes.
const REFERENCE_LEN_MAX: u16 = 40;

/// What the machine does next.
enum Screen {
    Idle,
    WrongPin,
    NothingToPrint,
    Printed(HandedOut),
}

pub(super) async fn show(visit: Visit, State(booth): State<Arc<Booth>>) -> Response {
    render(&visit, &booth, "", &Screen::Idle)
}

#[derive(Deserialize)]
pub(super) struct Insert {
    card: String,
    pin: String,
    reference: String,
}

pub(super) async fn insert(
    visit: Visit,
    State(booth): State<Arc<Booth>>,
    CsrfForm(form): CsrfForm<Insert>,
) -> Answer {
    let unknown = || Problem::unprocessable("bad_form");
    let account = cards(&booth).find(|a| name_of(a) == form.card).ok_or_else(unknown)?;
    let at = AccountNumber::parse(account.branch, account.number).map_err(|_| unknown())?;
    if form.reference.len() > usize::from(REFERENCE_LEN_MAX) {
        return Err(unknown());
    }
    if !visit.allow("demo-atm", INSERTS_MAX, 600) {
        return Err(Problem::too_many());
    }
    let screen = if booth.pins.admit(&at, form.pin.trim() == account.pin, visit.now()) {
        let reference = form.reference.trim();
        let code = booth.hooks.atm_code(account.branch, account.number, reference).await;
        code.map_or(Screen::NothingToPrint, Screen::Printed)
    } else {
        Screen::WrongPin
    };
    Ok(render(&visit, &booth, &form.card, &screen))
}

fn cards(booth: &Booth) -> impl Iterator<Item = &'static DemoAccount> + use<> {
    let code = booth.bank.code;
    booth.customers().flat_map(move |person| person.accounts_at(code))
}

/// What a form calls a card.
fn name_of(account: &DemoAccount) -> String {
    format!("{}-{}", account.branch, account.number)
}

fn choices(visit: &Visit, booth: &Booth) -> Vec<Choice> {
    let mut choices = Vec::new();
    for person in booth.customers() {
        for account in person.accounts_at(booth.bank.code) {
            let (ja, en) = booth.bank.branch(account.branch);
            let branch = pages::in_lang(visit, ja, en);
            let args = [
                ("branch", branch.into()),
                ("number", account.number.into()),
                ("pin", account.pin.into()),
            ];
            choices.push(Choice {
                value: name_of(account),
                label: pages::name(visit, person),
                detail: Some(visit.t_args("atm-card", &args)),
            });
        }
    }
    choices
}

fn render(visit: &Visit, booth: &Booth, chosen: &str, screen: &Screen) -> Response {
    let bank = pages::in_lang(visit, booth.bank.name, booth.bank.roma);
    let cards = choices(visit, booth);
    let first = cards.first().map(|choice| choice.value.clone()).unwrap_or_default();
    let chosen = if chosen.is_empty() { first } else { chosen.to_owned() };
    let card = Field::new("card", visit.t("atm-which")).value(chosen);
    let pin = Field::new("pin", visit.t("atm-pin"))
        .kind(Kind::Numeric)
        .autocomplete("off")
        .max_length(4)
        .hint(visit.t("atm-pin-hint"));
    let reference = Field::new("reference", visit.t("atm-reference"))
        .kind(Kind::Numeric)
        .autocomplete("off")
        .max_length(REFERENCE_LEN_MAX)
        .hint(visit.t("atm-reference-hint"));
    let body = html! {
        (ui::heading(
            &visit.t("atm-title"),
            Some(&visit.t_args("atm-lead", &[("bank", bank.into())])),
        ))
        (shown(visit, screen))
        (ui::form("/demo/atm", visit.csrf_field(), html! {
            (ui::choices(&card, &cards))
            (ui::field(&pin))
            (ui::field(&reference))
            (ui::actions(ui::button(Look::Primary, &visit.t("atm-insert"))))
        }))
    };
    pages::page(visit, Place::Atm, &visit.t("atm-title"), body)
}

fn shown(visit: &Visit, screen: &Screen) -> Markup {
    let notice =
        |tone, title: String, text: String| ui::notice(tone, &title, html! { p { (text) } });
    match screen {
        Screen::Idle => html! {},
        Screen::WrongPin => notice(Tone::Error, visit.t("atm-wrong"), visit.t("atm-wrong-text")),
        Screen::NothingToPrint => {
            notice(Tone::Info, visit.t("atm-nothing"), visit.t("atm-nothing-text"))
        }
        Screen::Printed(slip) => ui::card(
            Some(&visit.t("atm-printed")),
            html! {
                @match &slip.confirms {
                    Some(whose) => p { strong { (whose.say(visit, "atm-confirms")) } }
                    None => p { (visit.t("atm-passkey")) }
                }
                (ui::stop_code(&visit.t("atm-code"), &slip.code))
                p { (visit.t("atm-printed-text")) }
            },
        ),
    }
}
