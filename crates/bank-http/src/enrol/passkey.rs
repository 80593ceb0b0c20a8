//! Who has proven themself makes a passkey in this browser.

use axum::{
    extract::{Query, State},
    response::{IntoResponse, Redirect},
};
use kanuki_bank::BankError;
use kanuki_domain::{
    id::{CeremonyId, EnrolmentId, ParId},
    route::Route,
};
use kanuki_passkey::RegistrationState;
use kanuki_site::{
    Answer, PageMeta, Visit,
    csrf::CsrfForm,
    ui::{self, Look, PasskeyForm, PasskeyMode},
};
use maud::{Markup, html};
use serde::Deserialize;

use super::{MADE, Waiting, after, at, over};
use crate::{BankState, app, card::Resume, plain};

const PURPOSE: &str = "enrol";

pub(super) async fn show(
    State(state): State<BankState>,
    visit: Visit,
    Query(way): Query<Waiting>,
) -> Answer {
    let (ctx, browser) = (visit.ctx(), visit.device_hash());
    let started = state.bank.start_registration(&ctx, way.enrolment, &browser).await;
    let (options, asked) = started.map_err(over)?;
    let enrolment = state.bank.enrolment(&ctx, way.enrolment, &browser).await.map_err(over)?;
    let may_keep = enrolment.proof == Route::Jpki && state.bank.takes_cards();
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
            @if state.bank.takes_app() { (app_instead(&visit, &way)) }
            @if may_keep { (card_instead(&visit, &way)) }
        },
    );
    Ok(page.into_response())
}

/// Whose card has just been read can go on with the card itself.
fn card_instead(visit: &Visit, way: &Waiting) -> Markup {
    ui::card(
        Some(&visit.t("idcard-instead")),
        ui::form(
            "/enrol/card/keep",
            visit.csrf_field(),
            html! {
                p { (visit.t("idcard-instead.what")) }
                (ui::hidden("enrolment", &way.enrolment.to_string()))
                (plain::request_field(way.request))
                (ui::actions(ui::button(Look::Secondary, &visit.t("idcard-instead-button"))))
            },
        ),
    )
}

/// Whoever has the bank's app on this telephone can go on with that.
fn app_instead(visit: &Visit, way: &Waiting) -> Markup {
    ui::card(
        Some(&visit.t("bankapp-instead")),
        ui::form(
            "/enrol/app",
            visit.csrf_field(),
            html! {
                p { (visit.t("bankapp-instead.what")) }
                (ui::hidden("enrolment", &way.enrolment.to_string()))
                (plain::request_field(way.request))
                (ui::actions(ui::button(Look::Secondary, &visit.t("bankapp-instead-button"))))
            },
        ),
    )
}

/// Sends the browser to the bank's app, whose key is let in instead of a passkey.
pub(super) async fn use_app(
    State(state): State<BankState>,
    visit: Visit,
    CsrfForm(way): CsrfForm<Waiting>,
) -> Answer {
    let (ctx, browser) = (visit.ctx(), visit.device_hash());
    let resume = Resume::Enrolled { request: way.request }.kept()?;
    let who = (way.enrolment, browser.as_str());
    let reference = state.bank.start_app_after_proof(&ctx, who, resume).await.map_err(over)?;
    Ok(app::to_app(&reference).into_response())
}

/// Sends the browser to the operator's app once more, for the card's other certificate.
pub(super) async fn keep_card(
    State(state): State<BankState>,
    visit: Visit,
    CsrfForm(way): CsrfForm<Waiting>,
) -> Answer {
    let (ctx, browser) = (visit.ctx(), visit.device_hash());
    let resume = Resume::Enrolled { request: way.request }.kept()?;
    let who = (way.enrolment, browser.as_str());
    let url = state.bank.start_card_after_proof(&ctx, who, resume).await.map_err(over)?;
    Ok(Redirect::to(&url).into_response())
}

#[derive(Deserialize)]
pub(super) struct Made {
    credential: String,
    ceremony: CeremonyId,
}

pub(super) async fn register(
    State(state): State<BankState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Made>,
) -> Answer {
    let (ctx, browser) = (visit.ctx(), visit.device_hash());
    let taken = visit.site.ceremonies.take(&ctx, form.ceremony, PURPOSE, &browser).await?;
    let (id, request, asked): (EnrolmentId, Option<ParId>, RegistrationState) = taken.state()?;
    let made = state.bank.finish_registration(&ctx, id, &browser, &form.credential, &asked).await;
    match made {
        Ok(_) => Ok(Redirect::to(&after(&state, &visit, request, MADE).await).into_response()),
        Err(BankError::Passkey(_)) => {
            Ok(Redirect::to(&at("/enrol/passkey", id, request)).into_response())
        }
        Err(error) => Err(over(error)),
    }
}
