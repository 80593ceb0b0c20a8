//! For a holder without a passkey: look, stop, lock and lower, by a call from the number on file, a
//! code from the machine or a letter.
//!
//! The pages are the same whether or not the account exists. What follows is a session of its own
//! kind, for an hour: pages that loosen anything do not know it and ask for a passkey.

use axum::{
    extract::{Query, State},
    response::{IntoResponse, Redirect},
};
use http::{StatusCode, header::SET_COOKIE};
use kanuki_bank::{
    BankError,
    holder::enrol::{Enrolment, Progress, Purpose},
};
use kanuki_domain::{
    assurance::SignIn,
    bank_account::AccountNumber,
    id::EnrolmentId,
    route::{ROUTES, Route, RouteRule},
};
use kanuki_site::{
    Answer, PageMeta, Problem, Subject, Visit,
    csrf::CsrfForm,
    ui::{self, Choice, Field, Icon, Kind, Look, Tone},
};
use maud::{Markup, html};
use serde::Deserialize;

use crate::{
    BankState,
    enrol::wait::{tries_over, wrong},
    refusal::problem,
};

/// Looks and codes that one network may try in an hour.
const TRIES_MAX: u32 = 20;
/// Looks at one account that are begun in one network within an hour, whatever else it tries.
const TRIES_AT_ACCOUNT_MAX: u32 = 10;
/// Where even that ends for one network, so that nobody floods the core.
const FLOOD_MAX: u32 = 2_000;
const HOUR: i64 = 3_600;
/// How often the page looks whether the call came.
const REFRESH_SECS: u32 = 5;

fn routes() -> impl Iterator<Item = &'static RouteRule> {
    ROUTES.into_iter().filter(|rule| rule.rests_on_a_code)
}

pub(super) async fn form(visit: Visit) -> Answer {
    Ok(account_page(&visit, None).into_response())
}

fn account_page(visit: &Visit, error: Option<String>) -> Markup {
    let branch = Field::new("branch", visit.t("enrol-branch")).kind(Kind::Numeric).max_length(3);
    let number = Field::new("number", visit.t("enrol-number"))
        .kind(Kind::Numeric)
        .max_length(7)
        .hint(visit.t("enrol-number-hint"))
        .error(error);
    let choice = |rule: &RouteRule| Choice {
        value: rule.route.name().to_owned(),
        label: visit.t(&format!("look-proof-{}", rule.route.name())),
        detail: Some(visit.t(&format!("look-proof-{}.what", rule.route.name()))),
    };
    let proofs: Vec<Choice> = routes().map(choice).collect();
    let first = proofs.first().map(|choice| choice.value.clone()).unwrap_or_default();
    let how = Field::new("proof", visit.t("look-how")).value(first);
    let title = visit.t("look-title");
    visit.page(
        &PageMeta::new(title.clone()).back("/holder/sign-in"),
        html! {
            (ui::heading(&title, Some(&visit.t("look-lead"))))
            (ui::card(Some(&visit.t("look-can")), html! {
                ul.points {
                    li { (visit.t("look-can-see")) }
                    li { (visit.t("look-can-stop")) }
                    li { (visit.t("look-cannot")) }
                }
            }))
            (ui::form("/holder/look", visit.csrf_field(), html! {
                (ui::field(&branch))
                (ui::field(&number))
                (ui::choices(&how, &proofs))
                (ui::actions(ui::button(Look::Primary, &visit.t("enrol-next"))))
            }))
            p.hint { (ui::icon(Icon::Shield)) " " (visit.t("enrol-never")) }
        },
    )
}

#[derive(Deserialize)]
pub(super) struct Start {
    branch: String,
    number: String,
    proof: String,
}

pub(super) async fn start(
    State(state): State<BankState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Start>,
) -> Answer {
    let chosen = routes().find(|rule| rule.route.name() == form.proof);
    let rule = chosen.ok_or_else(|| Problem::unprocessable("bad_form"))?;
    let Ok(account) = AccountNumber::parse_typed(&form.branch, &form.number) else {
        let page = account_page(&visit, Some(visit.t("enrol-number-wrong")));
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    };
    if !may_begin(&state, &visit, (&account, rule.route)) {
        return Err(Problem::too_many());
    }
    let (ctx, browser) = (visit.ctx(), visit.device_hash());
    let started = state.bank.start_looking(&ctx, &account, rule.route, &browser).await;
    let (enrolment_id, _) = started.map_err(problem)?;
    Ok(Redirect::to(&waiting_at(enrolment_id)).into_response())
}

/// Whether another look may begin here.
///
/// Beginning proves nothing and tells nothing, so what is limited is only what it costs. A letter
/// costs one, and frightens whom it reaches: its tries are the network's. A call or a machine costs
/// nobody anything, and is the way of somebody who must stop now: once strangers have used up the
/// network's tries, an account that they did not name still has its own.
fn may_begin(state: &BankState, visit: &Visit, (account, route): (&AccountNumber, Route)) -> bool {
    let at_account = format!("look|{}", state.bank.account_id(account));
    // All are counted, whichever lets it through.
    let network = visit.allow("look", TRIES_MAX, HOUR);
    let own = visit.allow(&at_account, TRIES_AT_ACCOUNT_MAX, HOUR);
    let is_no_flood = visit.allow("looks", FLOOD_MAX, HOUR);
    network || (route != Route::Post && own && is_no_flood)
}

fn waiting_at(enrolment: EnrolmentId) -> String {
    format!("/holder/look/wait?enrolment={enrolment}")
}

#[derive(Deserialize)]
pub(super) struct Waiting {
    enrolment: EnrolmentId,
}

/// A look of this browser that still waits; any other is over.
async fn look(state: &BankState, visit: &Visit, id: EnrolmentId) -> Result<Enrolment, Problem> {
    let over = || Problem::new(StatusCode::NOT_FOUND, "enrol_over");
    let found = state.bank.enrolment(&visit.ctx(), id, &visit.device_hash()).await;
    let enrolment = found.map_err(|error| match error {
        BankError::NotAvailable => over(),
        other => problem(other),
    })?;
    let is_look = enrolment.purpose == Purpose::Look && enrolment.progress != Progress::Done;
    if is_look { Ok(enrolment.into_inner()) } else { Err(over()) }
}

pub(super) async fn wait(
    State(state): State<BankState>,
    visit: Visit,
    Query(way): Query<Waiting>,
) -> Answer {
    let enrolment = look(&state, &visit, way.enrolment).await?;
    if enrolment.progress == Progress::Waiting && !enrolment.has_tries_left() {
        return Err(tries_over());
    }
    Ok(wait_page(&visit, &enrolment, None).into_response())
}

fn wait_page(visit: &Visit, enrolment: &Enrolment, error: Option<String>) -> Markup {
    let is_proven = enrolment.progress == Progress::Proven;
    let is_call = enrolment.proof == Route::Call;
    let title = visit.t("look-title");
    let meta = PageMeta::new(title.clone()).back("/holder/look");
    let meta = if is_call && !is_proven { meta.refresh(REFRESH_SECS) } else { meta };
    let body = html! {
        (ui::heading(&title, None))
        @if is_proven {
            (ui::notice(Tone::Success, &visit.t("look-proven"), html! { p { (visit.t("look-told")) } }))
            (ui::form("/holder/look/enter", visit.csrf_field(), html! {
                (ui::hidden("enrolment", &enrolment.enrolment_id.to_string()))
                (ui::actions(ui::button(Look::Primary, &visit.t("look-enter"))))
            }))
        } @else {
            (steps(visit, enrolment))
            @if is_call {
                (ui::actions(ui::link_button(
                    Look::Primary,
                    &waiting_at(enrolment.enrolment_id),
                    &visit.t("enrol-call-done"),
                )))
            } @else {
                (code_form(visit, enrolment, error))
            }
            p.hint { (visit.t("look-nobody-asks")) }
            p.hint { (visit.t("enrol-new-contact")) }
        }
    };
    visit.page(&meta, body)
}

fn steps(visit: &Visit, enrolment: &Enrolment) -> Markup {
    let name = enrolment.proof.name();
    let reference = enrolment.reference.clone().unwrap_or_default();
    ui::card(
        None,
        html! {
            @if enrolment.proof != Route::Post {
                (ui::stop_code(&visit.t("enrol-reference"), &reference))
            }
            ol.points {
                li { (visit.t(&format!("look-{name}-one"))) }
                li { (visit.t(&format!("look-{name}-two"))) }
            }
        },
    )
}

fn code_form(visit: &Visit, enrolment: &Enrolment, error: Option<String>) -> Markup {
    let code = Field::new("code", visit.t("enrol-code"))
        .kind(Kind::Numeric)
        .max_length(16)
        .autocomplete("off")
        .error(error);
    ui::form(
        "/holder/look/code",
        visit.csrf_field(),
        html! {
            (ui::hidden("enrolment", &enrolment.enrolment_id.to_string()))
            (ui::field(&code))
            (ui::actions(ui::button(Look::Primary, &visit.t("enrol-next"))))
        },
    )
}

#[derive(Deserialize)]
pub(super) struct Code {
    enrolment: EnrolmentId,
    code: String,
}

pub(super) async fn enter_code(
    State(state): State<BankState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Code>,
) -> Answer {
    look(&state, &visit, form.enrolment).await?;
    let (ctx, browser) = (visit.ctx(), visit.device_hash());
    match state.bank.enter_code(&ctx, form.enrolment, &browser, &form.code).await {
        Ok(()) => Ok(Redirect::to(&waiting_at(form.enrolment)).into_response()),
        Err(error @ (BankError::NotAvailable | BankError::TooMany)) => {
            let enrolment = look(&state, &visit, form.enrolment).await?;
            let (status, word) = wrong(&visit, &enrolment, &error)?;
            let page = wait_page(&visit, &enrolment, Some(visit.t(word)));
            Ok((status, page).into_response())
        }
        Err(error) => Err(problem(error)),
    }
}

/// The proof is spent, and this browser looks for an hour.
pub(super) async fn enter(
    State(state): State<BankState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Waiting>,
) -> Answer {
    look(&state, &visit, form.enrolment).await?;
    let (ctx, browser) = (visit.ctx(), visit.device_hash());
    let found = state.bank.finish_looking(&ctx, form.enrolment, &browser).await;
    let holder_id = found.map_err(problem)?;
    if let Some(earlier) = &visit.session {
        visit.site.sessions.end(earlier).await?;
    }
    let subject = Subject::looker(holder_id);
    let started = visit.site.sessions.start(&ctx, subject, SignIn::Alternative, &browser).await?;
    Ok(([(SET_COOKIE, started.1)], Redirect::to("/holder")).into_response())
}
