//! The app's pages: choose a card, read what is signed, type the password.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Query, State},
    response::{IntoResponse as _, Redirect},
    routing::{get, post},
};
use http::{StatusCode, header};
use kanuki_jpki::{RevocationEvidence, Sex};
use kanuki_site::{
    Answer, Problem, Visit,
    csrf::CsrfForm,
    show,
    ui::{self, Choice, Field, Icon, Kind, Look, Tone},
};
use maud::{Markup, html};
use serde::Deserialize;

use super::{
    CardError, CardOffice, CardPurpose, CardRequest, CardRequestError, answer, face::face,
};
use crate::{
    pages::{self, Place},
    people::{PEOPLE, Person, person},
};

/// `/demo/card` and what lies below it, for the wallet's server in the demo.
pub fn router(office: Arc<CardOffice>) -> Router {
    Router::new()
        .route("/demo/card", get(choose))
        .route("/demo/card/read", get(read))
        .route("/demo/card/sign", post(sign))
        .route("/demo/card/reset", post(reset))
        .route("/demo/card/crl", get(crl))
        .route("/demo/card/authentication-crl", get(authentication_crl))
        .with_state(office)
}

impl From<CardRequestError> for Problem {
    fn from(error: CardRequestError) -> Self {
        match error {
            CardRequestError::Malformed => Self::bad_request("card_request"),
            CardRequestError::ReturnUrl => Self::bad_request("card_return"),
            CardRequestError::Terms => Self::bad_request("card_terms"),
        }
    }
}

#[derive(Deserialize)]
struct Asked {
    request: Option<String>,
    card: Option<String>,
}

async fn choose(
    visit: Visit,
    State(office): State<Arc<CardOffice>>,
    Query(asked): Query<Asked>,
) -> Answer {
    let Some(text) = asked.request else {
        return Ok(pages::page(
            &visit,
            Place::Card,
            &visit.t("card-title"),
            wallet_of_cards(&visit, &office),
        ));
    };
    let request = office.read(&text)?;
    let name = request.wallet_name.as_str();
    let asked = match request.purpose {
        CardPurpose::Identity => "card-asked",
        CardPurpose::Authentication => "card-asked-pin",
    };
    let card = |person: &Person| Choice {
        value: person.key.to_owned(),
        label: pages::name(&visit, person),
        detail: Some(show::civil_date(visit.lang(), person.born_on)),
    };
    let field = Field::new("card", visit.t("card-which")).value(first_card());
    let body = html! {
        (ui::steps(&visit.t("card-steps"), &steps(&visit), 0))
        (ui::heading(&visit.t("card-title"), Some(&visit.t_args(asked, &[("name", name.into())]))))
        (ui::get_form("/demo/card/read", html! {
            (ui::hidden("request", &text))
            (ui::choices(&field, &PEOPLE.iter().map(card).collect::<Vec<_>>()))
            (ui::actions(ui::button(Look::Primary, &visit.t("card-hold"))))
        }))
        (answer::give_up(&visit, &request))
    };
    Ok(pages::step(&visit, &visit.t("card-title"), "/demo", body))
}

fn first_card() -> &'static str {
    PEOPLE.first().map_or("", |person| person.key)
}

fn steps(visit: &Visit) -> Vec<String> {
    ["card-step-choose", "card-step-sign", "card-step-return"].map(|key| visit.t(key)).to_vec()
}

async fn read(
    visit: Visit,
    State(office): State<Arc<CardOffice>>,
    Query(asked): Query<Asked>,
) -> Answer {
    let text = asked.request.unwrap_or_default();
    let request = office.read(&text)?;
    let holder = asked.card.as_deref().and_then(person).ok_or_else(Problem::not_found)?;
    let locked = visit.t(locked_text(request.purpose));
    let error = office.is_locked(holder.key, request.purpose).then_some(locked);
    Ok(sign_page(&visit, holder, (&text, &request), error))
}

#[derive(Deserialize)]
struct SignForm {
    request: String,
    card: String,
    password: String,
}

async fn sign(
    visit: Visit,
    State(office): State<Arc<CardOffice>>,
    CsrfForm(form): CsrfForm<SignForm>,
) -> Answer {
    let request = office.read(&form.request)?;
    let holder = person(&form.card).ok_or_else(Problem::not_found)?;
    let error = match office.sign(holder.key, &form.password, &request) {
        Ok(signed) => {
            let names = steps(&visit);
            return Ok(answer::page(&visit, (holder, &names), &request, &signed));
        }
        Err(CardError::WrongPassword { left }) => {
            visit.t_args("card-wrong", &[("left", left.into())])
        }
        Err(CardError::Locked) => visit.t(locked_text(request.purpose)),
        Err(CardError::UnknownCard) => return Err(Problem::not_found()),
        Err(CardError::Request(error)) => return Err(error.into()),
        Err(CardError::Card(error)) => {
            tracing::error!(error = %error, "a demo card did not sign");
            return Err(Problem::internal());
        }
    };
    let page = sign_page(&visit, holder, (&form.request, &request), Some(error));
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

const fn locked_text(purpose: CardPurpose) -> &'static str {
    match purpose {
        CardPurpose::Identity => "card-locked",
        CardPurpose::Authentication => "card-locked-pin",
    }
}

/// The password or the PIN, by the key that signs.
fn secret_field(visit: &Visit, holder: &Person, purpose: CardPurpose) -> Field {
    let (name, hint, kind, most) = match purpose {
        CardPurpose::Identity => ("card-password", "card-password-hint", Kind::Code, 16),
        CardPurpose::Authentication => ("card-pin", "card-pin-hint", Kind::Numeric, 4),
    };
    let secret = holder.card_secret(purpose);
    Field::new("password", visit.t(name))
        .kind(kind)
        .autocomplete("off")
        .max_length(most)
        .hint(visit.t_args(hint, &[("password", secret.into())]))
}

/// What is signed, what the wallet will learn, and the password.
fn sign_page(
    visit: &Visit,
    holder: &Person,
    (text, request): (&str, &CardRequest),
    error: Option<String>,
) -> axum::response::Response {
    let query = serde_urlencoded::to_string([("request", text)]).unwrap_or_default();
    let password = secret_field(visit, holder, request.purpose).error(error);
    let is_identity = request.purpose == CardPurpose::Identity;
    let lead = if is_identity { "card-sign-lead" } else { "card-sign-lead-pin" };
    let body = html! {
        (ui::steps(&visit.t("card-steps"), &steps(visit), 1))
        (ui::heading(&visit.t("card-sign-title"), Some(&visit.t(lead))))
        (face(visit, holder))
        (ui::card(Some(&visit.t("card-signed-what")), ui::definitions(signed(visit, request))))
        @if is_identity {
            (ui::card(Some(&visit.t("card-handed-over")), ui::definitions(facts(visit, holder))))
        }
        @if let Some(terms) = &request.terms {
            @let what = if is_identity { "card-terms" } else { "card-text" };
            (ui::details(&visit.t(what), html! { p { code { (terms) } } }))
        }
        (ui::form("/demo/card/sign", visit.csrf_field(), html! {
            (ui::hidden("request", text))
            (ui::hidden("card", holder.key))
            (ui::field(&password))
            (ui::actions(ui::button(Look::Primary, &visit.t("card-sign"))))
        }))
        (answer::give_up(visit, request))
    };
    pages::step(visit, &visit.t("card-sign-title"), &format!("/demo/card?{query}"), body)
}

fn signed(visit: &Visit, request: &CardRequest) -> Vec<(String, Markup)> {
    let host = request.return_url.origin().ascii_serialization();
    let purpose = match request.purpose {
        CardPurpose::Identity => "card-purpose-identity",
        CardPurpose::Authentication => "card-purpose-authentication",
    };
    vec![
        (visit.t("card-asked-by"), html! { (request.wallet_name) }),
        (visit.t("card-sent-to"), html! { (host) }),
        (visit.t("card-purpose"), html! { (visit.t(purpose)) }),
        (visit.t("card-digest"), html! { code { (request.digest_text()) } }),
    ]
}

fn facts(visit: &Visit, holder: &Person) -> Vec<(String, Markup)> {
    let sex = match holder.sex {
        Sex::Female => "card-sex-female",
        Sex::Male => "card-sex-male",
        Sex::NotStated => "card-sex-none",
    };
    vec![
        (visit.t("card-fact-name"), html! { (holder.name) }),
        (visit.t("card-fact-address"), html! { (holder.address) }),
        (visit.t("card-fact-born-on"), html! { (show::civil_date(visit.lang(), holder.born_on)) }),
        (visit.t("card-fact-sex"), html! { (visit.t(sex)) }),
    ]
}

/// Without a request: the cards, for whoever comes here from the guide.
fn wallet_of_cards(visit: &Visit, office: &CardOffice) -> Markup {
    html! {
        (ui::heading(&visit.t("card-title"), Some(&visit.t("card-lead"))))
        (ui::notice(Tone::Info, &visit.t("card-how"), html! { p { (visit.t("card-how-text")) } }))
        @for holder in PEOPLE {
            (ui::card(Some(&pages::name(visit, holder)), html! {
                (face(visit, holder))
                p { (visit.t("card-password-is")) " " code { (holder.card_password) } }
                p { (visit.t("card-pin-is")) " " code { (holder.card_pin) } }
                @let purposes = [CardPurpose::Identity, CardPurpose::Authentication];
                @if purposes.into_iter().any(|purpose| office.is_locked(holder.key, purpose)) {
                    p { (ui::badge(Tone::Error, &visit.t("card-locked-badge"))) }
                    (ui::form("/demo/card/reset", visit.csrf_field(), html! {
                        (ui::hidden("card", holder.key))
                        (ui::actions(ui::button(Look::Secondary, &visit.t("card-reset"))))
                    }))
                }
            }))
        }
        p { (ui::icon(Icon::Info)) " " (visit.t("card-real")) }
    }
}

#[derive(Deserialize)]
struct ResetForm {
    card: String,
}

async fn reset(
    State(office): State<Arc<CardOffice>>,
    CsrfForm(form): CsrfForm<ResetForm>,
) -> Redirect {
    office.reset(&form.card);
    Redirect::to("/demo/card")
}

async fn crl(visit: Visit, State(office): State<Arc<CardOffice>>) -> Answer {
    let revocation = office.revocation(visit.now()).map_err(|_| Problem::internal())?;
    list(&revocation)
}

async fn authentication_crl(visit: Visit, State(office): State<Arc<CardOffice>>) -> Answer {
    let revocation =
        office.authentication_revocation(visit.now()).ok_or_else(Problem::not_found)?;
    list(&revocation.map_err(|_| Problem::internal())?)
}

fn list(revocation: &RevocationEvidence) -> Answer {
    let der = revocation.crl().map(<[u8]>::to_vec).ok_or_else(Problem::internal)?;
    Ok(([(header::CONTENT_TYPE, "application/pkix-crl")], der).into_response())
}
