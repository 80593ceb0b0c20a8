//! Who has proven themself makes a passkey in this browser.

use axum::{
    extract::{Query, State},
    response::{IntoResponse, Redirect},
};
use kanuki_bank::BankError;
use kanuki_domain::id::{CeremonyId, EnrolmentId, ParId};
use kanuki_passkey::RegistrationState;
use kanuki_site::{
    Answer, PageMeta, Visit,
    csrf::CsrfForm,
    ui::{self, PasskeyForm, PasskeyMode},
};
use maud::html;
use serde::Deserialize;

use super::{Waiting, after, at, over};
use crate::BankState;

const PURPOSE: &str = "enrol";

pub(super) async fn show(
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
        Ok(_) => Ok(Redirect::to(&after(request)).into_response()),
        Err(BankError::Passkey(_)) => {
            Ok(Redirect::to(&at("/enrol/passkey", id, request)).into_response())
        }
        Err(error) => Err(over(error)),
    }
}
