//! A holder without a passkey registers one: by their identity card, a code from a branch, a code
//! from the ATM, a call from the number on file, or a letter.
//!
//! The pages, words and steps are the same whether or not the account exists. No PIN, birth date
//! or balance is asked.

pub(crate) mod card;
mod passkey;
pub(crate) mod wait;

use axum::{
    Router,
    extract::{Query, State},
    response::{IntoResponse, Redirect},
    routing::get,
};
use http::StatusCode;
use kanuki_bank::{BankError, holder::enrol::Enrolment};
use kanuki_domain::{
    Yen,
    bank_account::AccountNumber,
    id::{EnrolmentId, ParId},
    limits::DAY_SECS,
    route::{ROUTES, Route, RouteRule},
};
use kanuki_site::{
    Answer, PageMeta, Problem, Visit,
    csrf::CsrfForm,
    show,
    ui::{self, Choice, Field, Icon, Kind, Look, Row},
};
use maud::{Markup, html};
use serde::Deserialize;

use crate::{BankState, plain, refusal::problem};

/// Enrolments and codes that one network may try in an hour.
const TRIES_MAX: u32 = 20;
/// How an address says that a passkey was made.
const MADE: &str = "1";

pub(crate) fn routes() -> Router<BankState> {
    Router::new()
        .route("/enrol", get(form).post(start))
        .route("/enrol/wait", get(wait::show))
        .route("/enrol/code", axum::routing::post(wait::enter_code))
        .route("/enrol/app", axum::routing::post(passkey::use_app))
        .route("/enrol/card", get(card::finish).post(card::receive))
        .route("/enrol/card/keep", axum::routing::post(passkey::keep_card))
        .route("/enrol/passkey", get(passkey::show).post(passkey::register))
}

#[derive(Deserialize)]
struct Way {
    request: Option<ParId>,
}

/// The enrolment that a page is about.
#[derive(Deserialize)]
struct Waiting {
    enrolment: EnrolmentId,
    request: Option<ParId>,
}

/// A code that was typed for it.
#[derive(Deserialize)]
struct Code {
    enrolment: EnrolmentId,
    request: Option<ParId>,
    code: String,
}

async fn form(State(state): State<BankState>, visit: Visit, Query(way): Query<Way>) -> Answer {
    Ok(account_page(&state, &visit, way.request, None).await?.into_response())
}

/// What a route is like, for whoever chooses: what is needed.
fn choice(visit: &Visit, rule: &RouteRule) -> Choice {
    let name = rule.route.name();
    Choice {
        value: name.to_owned(),
        label: visit.t(&format!("enrol-proof-{name}")),
        detail: Some(visit.t(&format!("enrol-proof-{name}.what"))),
    }
}

/// Which routes are slower, why, and what they are worth at first: once, above all of them.
fn slower(visit: &Visit) -> String {
    let slow = ROUTES.into_iter().filter(|rule| rule.rests_on_a_code);
    let longest = slow.clone().map(|rule| rule.cooling_secs).max().unwrap_or(0);
    let span = show::span(visit.lang(), u64::try_from(longest).unwrap_or(0));
    let first = slow.map(|rule| rule.first_cap).max().unwrap_or(Yen::ZERO);
    visit.t_args("enrol-slower", &[("span", span.into()), ("amount", first.into())])
}

/// The routes that this bank has, the strongest first.
fn open_routes(state: &BankState) -> impl Iterator<Item = &'static RouteRule> + use<> {
    let reads_cards = state.bank.cards.is_some();
    ROUTES.into_iter().filter(move |rule| rule.route != Route::Jpki || reads_cards)
}

async fn account_page(
    state: &BankState,
    visit: &Visit,
    request: Option<ParId>,
    error: Option<String>,
) -> Result<Markup, Problem> {
    let here = state.bank.enrolments_here(&visit.ctx(), &visit.device_hash()).await;
    let here = here.map_err(problem)?;
    let branch = Field::new("branch", visit.t("enrol-branch")).kind(Kind::Numeric).max_length(3);
    let number = Field::new("number", visit.t("enrol-number"))
        .kind(Kind::Numeric)
        .max_length(7)
        .hint(visit.t("enrol-number-hint"))
        .error(error);
    let proofs: Vec<Choice> = open_routes(state).map(|rule| choice(visit, rule)).collect();
    let first = proofs.first().map(|choice| choice.value.clone()).unwrap_or_default();
    let how = Field::new("proof", visit.t("enrol-proof")).value(first).hint(slower(visit));
    Ok(visit.page(
        &PageMeta::new(visit.t("enrol-title")),
        html! {
            (ui::heading(&visit.t("enrol-title"), Some(&visit.t("enrol-lead"))))
            (waiting_here(visit, &here, request))
            (ui::form("/enrol", visit.csrf_field(), html! {
                (plain::request_field(request))
                (ui::field(&branch))
                (ui::field(&number))
                (ui::choices(&how, &proofs))
                @if state.bank.cards.is_some() {
                    (ui::details(&visit.t("enrol-card-terms"), html! {
                        p { (visit.t("enrol-card-terms.what")) }
                    }))
                }
                (ui::actions(ui::button(Look::Primary, &visit.t("enrol-next"))))
            }))
            p.hint { (ui::icon(Icon::Shield)) " " (visit.t("enrol-never")) }
        },
    ))
}

/// What this browser waits for: a letter takes days, and so may the way to a branch.
fn waiting_here(visit: &Visit, here: &[Enrolment], request: Option<ParId>) -> Markup {
    let row = |enrolment: &Enrolment| {
        let until = show::instant(visit.lang(), enrolment.expires_at);
        Row::new(visit.t(&format!("enrol-proof-{}", enrolment.proof.name())))
            .icon(if enrolment.proof == Route::Post { Icon::Mail } else { Icon::Bank })
            .detail(visit.t_args("enrol-waits-until", &[("at", until.into())]))
            .href(at("/enrol/wait", enrolment.enrolment_id, request))
    };
    // What waits for longer than a day is left and come back to.
    let slow = here.iter().filter(|e| e.proof.rule().wait_secs > DAY_SECS);
    let rows: Vec<Row> = slow.map(row).collect();
    html! {
        @if !rows.is_empty() { (ui::section(&visit.t("enrol-waits"), ui::rows(rows))) }
    }
}

#[derive(Deserialize)]
struct Start {
    request: Option<ParId>,
    branch: String,
    number: String,
    proof: String,
}

async fn start(
    State(state): State<BankState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Start>,
) -> Answer {
    if !visit.allow("enrol", TRIES_MAX, 3_600) {
        return Err(Problem::too_many());
    }
    let chosen = open_routes(&state).find(|rule| rule.route.name() == form.proof);
    let rule = chosen.ok_or_else(|| Problem::unprocessable("bad_form"))?;
    let Ok(account) = AccountNumber::parse_typed(&form.branch, &form.number) else {
        let wrong = Some(visit.t("enrol-number-wrong"));
        let page = account_page(&state, &visit, form.request, wrong).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    };
    if rule.route == Route::Jpki {
        return card::set_out(&state, &visit, &account, form.request).await;
    }
    let (ctx, browser) = (visit.ctx(), visit.device_hash());
    let started = state.bank.start_enrolment(&ctx, &account, rule.route, &browser).await;
    let (enrolment_id, _) = started.map_err(problem)?;
    Ok(Redirect::to(&at("/enrol/wait", enrolment_id, form.request)).into_response())
}

fn at(path: &str, enrolment: EnrolmentId, request: Option<ParId>) -> String {
    plain::with_request(&format!("{path}?enrolment={enrolment}"), request)
}

fn over(error: BankError) -> Problem {
    match error {
        BankError::NotAvailable => Problem::new(StatusCode::NOT_FOUND, "enrol_over"),
        other => problem(other),
    }
}

/// Where a person goes who has something to sign in with now: back to what they were doing. A request
/// to link is long over when a letter came or somebody went to a counter: then to their own pages,
/// which say so. `made` is what they have.
pub(crate) async fn after(
    state: &BankState,
    visit: &Visit,
    request: Option<ParId>,
    made: &str,
) -> String {
    let Some(id) = request else { return format!("/holder/sign-in?new={made}") };
    match state.bank.visiting(&visit.ctx(), id, &visit.device_hash()).await {
        Ok(_) => plain::with_request(&format!("/authorize/sign-in?new={made}"), request),
        Err(_) => format!("/holder/sign-in?new={made}&link=over"),
    }
}
