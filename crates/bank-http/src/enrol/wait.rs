//! The page that waits: it shows the reference, says what to do, and takes the code.

use axum::{
    extract::{Query, State},
    response::{IntoResponse, Redirect},
};
use http::StatusCode;
use kanuki_bank::{
    BankError,
    holder::enrol::{Enrolment, Progress},
};
use kanuki_domain::{id::ParId, route::Route};
use kanuki_site::{
    Answer, PageMeta, Problem, Visit,
    csrf::CsrfForm,
    show,
    ui::{self, Field, Kind, Look},
};
use maud::{Markup, html};

use super::{Code, MADE, TRIES_MAX, Waiting, after, at, over};
use crate::{BankState, plain, refusal::problem};

/// How often the page looks whether the call came.
const REFRESH_SECS: u32 = 5;

pub(super) async fn show(
    State(state): State<BankState>,
    visit: Visit,
    Query(way): Query<Waiting>,
) -> Answer {
    let found = state.bank.enrolment(&visit.ctx(), way.enrolment, &visit.device_hash()).await;
    let enrolment = found.map_err(over)?;
    match (enrolment.progress, enrolment.proof) {
        (Progress::Waiting, Route::Call) => {
            Ok(call_page(&visit, &enrolment, way.request).into_response())
        }
        (Progress::Waiting, Route::Atm | Route::Branch | Route::Post)
            if !enrolment.has_tries_left() =>
        {
            Err(tries_over())
        }
        (Progress::Waiting, Route::Atm | Route::Branch | Route::Post) => {
            Ok(code_page(&visit, &enrolment, way.request, None).into_response())
        }
        // A card is read on another page, and a passkey needs no proof: nothing waits here.
        (Progress::Waiting, Route::Passkey | Route::Jpki) => Err(over(BankError::NotAvailable)),
        (Progress::Proven, _) => {
            Ok(Redirect::to(&at("/enrol/passkey", way.enrolment, way.request)).into_response())
        }
        (Progress::Done, _) => {
            Ok(Redirect::to(&after(&state, &visit, way.request, MADE).await).into_response())
        }
    }
}

/// The reference, where somebody is to be told it, and three steps of a route.
fn steps(visit: &Visit, enrolment: &Enrolment) -> Markup {
    let reference = enrolment.reference.clone().unwrap_or_default();
    let name = enrolment.proof.name();
    ui::card(
        None,
        html! {
            @if enrolment.proof != Route::Post {
                (ui::stop_code(&visit.t("enrol-reference"), &reference))
            }
            ol.points {
                li { (visit.t(&format!("enrol-{name}-one"))) }
                li { (visit.t(&format!("enrol-{name}-two"))) }
                li { (visit.t(&format!("enrol-{name}-three"))) }
            }
        },
    )
}

fn heading(visit: &Visit, enrolment: &Enrolment) -> (String, Markup) {
    let name = enrolment.proof.name();
    let wait = u64::try_from(enrolment.proof.rule().wait_secs).unwrap_or(0);
    let span = show::span(visit.lang(), wait);
    let title = visit.t(&format!("enrol-{name}-title"));
    let lead = visit.t_args(&format!("enrol-{name}-lead"), &[("span", span.into())]);
    let heading = ui::heading(&title, Some(&lead));
    (title, heading)
}

/// For whoever gets no further: it may be that the contact is newer than thirty days, and nobody
/// but its owner should learn so.
fn other_ways(visit: &Visit, enrolment: &Enrolment, request: Option<ParId>) -> Markup {
    html! {
        p.hint { (visit.t(&format!("enrol-{}-never", enrolment.proof.name()))) }
        @if enrolment.proof.rule().on_file_secs > 0 {
            p.hint { (visit.t("enrol-new-contact")) }
        }
        (ui::actions(ui::link_button(
            Look::Quiet,
            &plain::with_request("/enrol", request),
            &visit.t("enrol-other-way"),
        )))
    }
}

fn call_page(visit: &Visit, enrolment: &Enrolment, request: Option<ParId>) -> Markup {
    let (title, heading) = heading(visit, enrolment);
    visit.page(
        &PageMeta::new(title).refresh(REFRESH_SECS),
        html! {
            (heading)
            (steps(visit, enrolment))
            (ui::actions(ui::link_button(
                Look::Primary,
                &at("/enrol/wait", enrolment.enrolment_id, request),
                &visit.t("enrol-call-done"),
            )))
            (other_ways(visit, enrolment, request))
        },
    )
}

fn code_page(
    visit: &Visit,
    enrolment: &Enrolment,
    request: Option<ParId>,
    error: Option<String>,
) -> Markup {
    let (title, heading) = heading(visit, enrolment);
    let code = Field::new("code", visit.t("enrol-code"))
        .kind(Kind::Numeric)
        .max_length(16)
        .autocomplete("off")
        .error(error);
    visit.page(
        &PageMeta::new(title),
        html! {
            (heading)
            (steps(visit, enrolment))
            (ui::form("/enrol/code", visit.csrf_field(), html! {
                (ui::hidden("enrolment", &enrolment.enrolment_id.to_string()))
                (plain::request_field(request))
                (ui::field(&code))
                (ui::actions(ui::button(Look::Primary, &visit.t("enrol-next"))))
            }))
            (other_ways(visit, enrolment, request))
        },
    )
}

pub(super) async fn enter_code(
    State(state): State<BankState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Code>,
) -> Answer {
    let (ctx, browser) = (visit.ctx(), visit.device_hash());
    match state.bank.enter_code(&ctx, form.enrolment, &browser, &form.code).await {
        Ok(()) => {
            Ok(Redirect::to(&at("/enrol/passkey", form.enrolment, form.request)).into_response())
        }
        Err(error @ (BankError::NotAvailable | BankError::TooMany)) => {
            let found = state.bank.enrolment(&ctx, form.enrolment, &browser).await;
            let enrolment = found.map_err(over)?;
            let (status, word) = wrong(&visit, &enrolment, &error)?;
            let page = code_page(&visit, &enrolment, form.request, Some(visit.t(word)));
            Ok((status, page).into_response())
        }
        Err(error) => Err(problem(error)),
    }
}

/// Five wrong codes end an enrolment: waiting does not help, beginning anew does at once.
pub(crate) const fn tries_over() -> Problem {
    Problem::new(StatusCode::GONE, "enrol_tries_over")
}

/// How a wrong code is answered. An enrolment ends after five of them, so a right one need not be
/// limited: as long as it has not ended there is a field for it, however many strangers typed wrong
/// ones for the same account or from the same network.
pub(crate) fn wrong(
    visit: &Visit,
    enrolment: &Enrolment,
    error: &BankError,
) -> Result<(StatusCode, &'static str), Problem> {
    let is_many =
        matches!(error, BankError::TooMany) || !visit.allow("enrol_code", TRIES_MAX, 3_600);
    match (enrolment.has_tries_left(), is_many) {
        (false, _) => Err(tries_over()),
        (true, true) => Ok((StatusCode::TOO_MANY_REQUESTS, "enrol-code-wrong-many")),
        (true, false) => Ok((StatusCode::UNPROCESSABLE_ENTITY, "enrol-code-wrong")),
    }
}
