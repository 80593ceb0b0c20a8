//! A holder without a passkey registers one: a call from the number on file, a code from the ATM,
//! or a code from a branch.
//!
//! The pages, words and steps are the same whether or not the account exists. No PIN, birth date
//! or balance is asked.

use axum::{
    Router,
    extract::{Query, State},
    response::{IntoResponse, Redirect},
    routing::get,
};
use http::StatusCode;
use kanuki_bank::{
    BankError,
    holder::enrol::{Enrolment, Progress, Proof},
};
use kanuki_domain::{
    bank_account::AccountNumber,
    id::{CeremonyId, EnrolmentId, ParId},
};
use kanuki_passkey::RegistrationState;
use kanuki_site::{
    Answer, PageMeta, Problem, Visit,
    csrf::CsrfForm,
    ui::{self, Choice, Field, Icon, Kind, Look, PasskeyForm, PasskeyMode},
};
use maud::{Markup, html};
use serde::Deserialize;

use crate::{BankState, plain, refusal::problem};

const PURPOSE: &str = "enrol";
/// Enrolments and codes that one network may try in an hour.
const TRIES_MAX: u32 = 20;
/// How often the page looks whether the call came.
const REFRESH_SECS: u32 = 5;

pub(crate) fn routes() -> Router<BankState> {
    Router::new()
        .route("/enrol", get(form).post(start))
        .route("/enrol/wait", get(wait))
        .route("/enrol/code", axum::routing::post(enter_code))
        .route("/enrol/branch", get(branch_form).post(use_branch_code))
        .route("/enrol/passkey", get(passkey_form).post(register))
}

#[derive(Deserialize)]
struct Way {
    request: Option<ParId>,
}

async fn form(visit: Visit, Query(way): Query<Way>) -> Markup {
    account_page(&visit, way.request, None)
}

fn account_page(visit: &Visit, request: Option<ParId>, error: Option<String>) -> Markup {
    let proof = |value: &str| Choice {
        value: value.to_owned(),
        label: visit.t(&format!("enrol-proof-{value}")),
        detail: Some(visit.t(&format!("enrol-proof-{value}.what"))),
    };
    let branch = Field::new("branch", visit.t("enrol-branch")).kind(Kind::Numeric).max_length(3);
    let number = Field::new("number", visit.t("enrol-number"))
        .kind(Kind::Numeric)
        .max_length(7)
        .hint(visit.t("enrol-number-hint"))
        .error(error);
    let how = Field::new("proof", visit.t("enrol-proof")).value("call");
    visit.page(
        &PageMeta::new(visit.t("enrol-title")),
        html! {
            (ui::heading(&visit.t("enrol-title"), Some(&visit.t("enrol-lead"))))
            (ui::form("/enrol", visit.csrf_field(), html! {
                (plain::request_field(request))
                (ui::field(&branch))
                (ui::field(&number))
                (ui::choices(&how, &[proof("call"), proof("atm")]))
                (ui::actions(html! {
                    (ui::button(Look::Primary, &visit.t("enrol-next")))
                    (ui::link_button(
                        Look::Quiet,
                        &plain::with_request("/enrol/branch", request),
                        &visit.t("enrol-has-code"),
                    ))
                }))
            }))
            p.hint { (ui::icon(Icon::Shield)) " " (visit.t("enrol-never")) }
        },
    )
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
    let proof = match form.proof.as_str() {
        "call" => Proof::Call,
        "atm" => Proof::Atm,
        _ => return Err(Problem::unprocessable("bad_form")),
    };
    let Ok(account) = AccountNumber::parse(&form.branch, &form.number) else {
        let page = account_page(&visit, form.request, Some(visit.t("enrol-number-wrong")));
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    };
    let (ctx, browser) = (visit.ctx(), visit.device_hash());
    let started = state.bank.start_enrolment(&ctx, &account, proof, &browser).await;
    let (enrolment_id, _) = started.map_err(problem)?;
    Ok(Redirect::to(&at("/enrol/wait", enrolment_id, form.request)).into_response())
}

fn at(path: &str, enrolment: EnrolmentId, request: Option<ParId>) -> String {
    plain::with_request(&format!("{path}?enrolment={enrolment}"), request)
}

#[derive(Deserialize)]
struct Waiting {
    enrolment: EnrolmentId,
    request: Option<ParId>,
}

async fn wait(State(state): State<BankState>, visit: Visit, Query(way): Query<Waiting>) -> Answer {
    let found = state.bank.enrolment(&visit.ctx(), way.enrolment, &visit.device_hash()).await;
    let enrolment = found.map_err(over)?;
    match (enrolment.progress, enrolment.proof) {
        (Progress::Waiting, Proof::Call) => {
            Ok(call_page(&visit, &enrolment, way.request).into_response())
        }
        (Progress::Waiting, Proof::Atm | Proof::Branch) => {
            Ok(code_page(&visit, &enrolment, way.request, None).into_response())
        }
        (Progress::Proven, _) => {
            Ok(Redirect::to(&at("/enrol/passkey", way.enrolment, way.request)).into_response())
        }
        (Progress::Done, _) => Ok(Redirect::to(&after(way.request)).into_response()),
    }
}

fn over(error: BankError) -> Problem {
    match error {
        BankError::NotAvailable => Problem::new(StatusCode::NOT_FOUND, "enrol_over"),
        other => problem(other),
    }
}

/// Where a person goes who has a passkey now: back to what they were doing.
fn after(request: Option<ParId>) -> String {
    match request {
        Some(_) => plain::with_request("/authorize/sign-in", request),
        None => "/holder/sign-in?new=1".to_owned(),
    }
}

fn call_page(visit: &Visit, enrolment: &Enrolment, request: Option<ParId>) -> Markup {
    let reference = enrolment.reference.clone().unwrap_or_default();
    visit.page(
        &PageMeta::new(visit.t("enrol-call-title")).refresh(REFRESH_SECS),
        html! {
            (ui::heading(&visit.t("enrol-call-title"), Some(&visit.t("enrol-call-lead"))))
            (ui::card(None, html! {
                (ui::stop_code(&visit.t("enrol-call-reference"), &reference))
                ol.points {
                    li { (visit.t("enrol-call-one")) }
                    li { (visit.t("enrol-call-two")) }
                    li { (visit.t("enrol-call-three")) }
                }
            }))
            (ui::actions(ui::link_button(
                Look::Primary,
                &at("/enrol/wait", enrolment.enrolment_id, request),
                &visit.t("enrol-call-done"),
            )))
            p.hint { (visit.t("enrol-call-never")) }
        },
    )
}

fn code_page(
    visit: &Visit,
    enrolment: &Enrolment,
    request: Option<ParId>,
    error: Option<String>,
) -> Markup {
    let reference = enrolment.reference.clone().unwrap_or_default();
    let code = Field::new("code", visit.t("enrol-atm-code"))
        .kind(Kind::Numeric)
        .max_length(16)
        .autocomplete("off")
        .error(error);
    visit.page(
        &PageMeta::new(visit.t("enrol-atm-title")),
        html! {
            (ui::heading(&visit.t("enrol-atm-title"), Some(&visit.t("enrol-atm-lead"))))
            (ui::card(None, html! {
                (ui::stop_code(&visit.t("enrol-call-reference"), &reference))
                ol.points {
                    li { (visit.t("enrol-atm-one")) }
                    li { (visit.t("enrol-atm-two")) }
                    li { (visit.t("enrol-atm-three")) }
                }
            }))
            (ui::form("/enrol/code", visit.csrf_field(), html! {
                (ui::hidden("enrolment", &enrolment.enrolment_id.to_string()))
                (plain::request_field(request))
                (ui::field(&code))
                (ui::actions(ui::button(Look::Primary, &visit.t("enrol-next"))))
            }))
            p.hint { (visit.t("enrol-atm-never")) }
        },
    )
}

#[derive(Deserialize)]
struct Code {
    enrolment: EnrolmentId,
    request: Option<ParId>,
    code: String,
}

async fn enter_code(
    State(state): State<BankState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Code>,
) -> Answer {
    let (ctx, browser) = (visit.ctx(), visit.device_hash());
    match state.bank.enter_atm_code(&ctx, form.enrolment, &browser, &form.code).await {
        Ok(()) => {
            Ok(Redirect::to(&at("/enrol/passkey", form.enrolment, form.request)).into_response())
        }
        Err(BankError::NotAvailable) => {
            // An enrolment ends after five wrong codes, so a right one need not be limited.
            if !visit.allow("enrol_code", TRIES_MAX, 3_600) {
                return Err(Problem::too_many());
            }
            let found = state.bank.enrolment(&ctx, form.enrolment, &browser).await;
            let enrolment = found.map_err(over)?;
            let error = Some(visit.t("enrol-code-wrong"));
            let page = code_page(&visit, &enrolment, form.request, error);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(error) => Err(problem(error)),
    }
}

async fn branch_form(visit: Visit, Query(way): Query<Way>) -> Markup {
    branch_page(&visit, way.request, None)
}

fn branch_page(visit: &Visit, request: Option<ParId>, error: Option<String>) -> Markup {
    let code = Field::new("code", visit.t("enrol-branch-code"))
        .kind(Kind::Code)
        .max_length(40)
        .autocomplete("off")
        .error(error);
    visit.page(
        &PageMeta::new(visit.t("enrol-branch-title")),
        html! {
            (ui::heading(&visit.t("enrol-branch-title"), Some(&visit.t("enrol-branch-lead"))))
            (ui::form("/enrol/branch", visit.csrf_field(), html! {
                (plain::request_field(request))
                (ui::field(&code))
                (ui::actions(ui::button(Look::Primary, &visit.t("enrol-next"))))
            }))
        },
    )
}

#[derive(Deserialize)]
struct BranchCode {
    request: Option<ParId>,
    code: String,
}

async fn use_branch_code(
    State(state): State<BankState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<BranchCode>,
) -> Answer {
    if !visit.allow("enrol_code", TRIES_MAX, 3_600) {
        return Err(Problem::too_many());
    }
    let (ctx, browser) = (visit.ctx(), visit.device_hash());
    match state.bank.use_activation(&ctx, &form.code, &browser).await {
        Ok(id) => Ok(Redirect::to(&at("/enrol/passkey", id, form.request)).into_response()),
        Err(BankError::NotAvailable) => {
            let page = branch_page(&visit, form.request, Some(visit.t("enrol-code-wrong")));
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(error) => Err(problem(error)),
    }
}

async fn passkey_form(
    State(state): State<BankState>,
    visit: Visit,
    Query(way): Query<Waiting>,
) -> Answer {
    let (ctx, browser) = (visit.ctx(), visit.device_hash());
    let started = state.bank.start_registration(&ctx, way.enrolment, &browser).await;
    let (options, asked) = started.map_err(over)?;
    let kept = (way.enrolment, way.request, asked);
    let ceremony = visit.site.ceremonies.open(&ctx, PURPOSE, &browser, &kept).await?;
    let form = PasskeyForm {
        mode: PasskeyMode::Create,
        action: "/enrol/passkey".to_owned(),
        options,
        ceremony,
        csrf: visit.csrf_field(),
        label: visit.t("enrol-passkey-make"),
        body: html! { p { (visit.t("enrol-passkey-what")) } },
        alternative: None,
    };
    let page = visit.page(
        &PageMeta::new(visit.t("enrol-passkey-title")),
        html! {
            (ui::heading(&visit.t("enrol-passkey-title"), Some(&visit.t("enrol-passkey-lead"))))
            (ui::card(None, ui::passkey_form(&visit.words(), &form)))
        },
    );
    Ok(page.into_response())
}

#[derive(Deserialize)]
struct Made {
    credential: String,
    ceremony: CeremonyId,
}

async fn register(
    State(state): State<BankState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Made>,
) -> Answer {
    let (ctx, browser) = (visit.ctx(), visit.device_hash());
    let taken = visit.site.ceremonies.take(&ctx, form.ceremony, PURPOSE, &browser).await?;
    let (id, request, asked): (EnrolmentId, Option<ParId>, RegistrationState) = taken.state()?;
    let made = state.bank.finish_registration(&ctx, id, &browser, &form.credential, &asked).await;
    match made {
        Ok(_) => Ok(Redirect::to(&after(request)).into_response()),
        Err(BankError::Passkey(_)) => {
            Ok(Redirect::to(&at("/enrol/passkey", id, request)).into_response())
        }
        Err(error) => Err(over(error)),
    }
}
