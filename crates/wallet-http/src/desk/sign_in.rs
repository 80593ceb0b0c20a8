//! Signing in at the desk, by passkey and only so; and the first passkey by an activation code.

use axum::{
    extract::{Query, State},
    response::{IntoResponse, Redirect, Response},
};
use http::{StatusCode, header};
use kanuki_domain::{
    assurance::SignIn,
    id::{CeremonyId, StaffId},
};
use kanuki_site::{
    Answer, PageMeta, Problem, Subject, Visit,
    csrf::CsrfForm,
    staff,
    ui::{self, Field, Kind, Look, PasskeyForm, PasskeyMode},
};
use kanuki_wallet::{
    WalletError,
    desk::{Activating, StaffSigningIn},
};
use maud::{Markup, html};
use serde::Deserialize;

use crate::{WalletState, refusal::problem};

const SIGN_IN: &str = "desk_sign_in";
const ACTIVATE: &str = "desk_activate";
/// Codes that one network may try in an hour.
const TRIES_MAX: u32 = 20;

#[derive(Deserialize)]
pub(super) struct Way {
    back: Option<String>,
}

pub(super) async fn form(
    State(state): State<WalletState>,
    visit: Visit,
    Query(way): Query<Way>,
) -> Answer {
    let back = visit.back(way.back.as_deref(), "/desk");
    Ok(sign_in_page(&state, &visit, &back, None).await?.into_response())
}

async fn sign_in_page(
    state: &WalletState,
    visit: &Visit,
    back: &str,
    error: Option<String>,
) -> Result<Markup, Problem> {
    let (options, asked) = state.wallet.start_staff_sign_in(&visit.ctx()).map_err(problem)?;
    let ceremonies = &visit.site.ceremonies;
    let ceremony = ceremonies.open(&visit.ctx(), SIGN_IN, &visit.binding(), &asked).await?;
    let form = PasskeyForm {
        mode: PasskeyMode::Get,
        action: "/desk/sign-in".to_owned(),
        options,
        ceremony,
        csrf: visit.csrf_field(),
        label: visit.t("desk-sign-in-button"),
        body: html! {
            (ui::hidden("back", back))
            @if let Some(error) = &error { p.error role="alert" { (error) } }
        },
        alternative: Some(("/desk/activate".to_owned(), visit.t("desk-sign-in-first"))),
    };
    let title = visit.t("desk-sign-in-title");
    let body = html! {
        (ui::heading(&title, Some(&visit.t("desk-sign-in-lead"))))
        (ui::card(None, ui::passkey_form(&visit.words(), &form)))
    };
    Ok(visit.desk_page(&PageMeta::new(&title), body))
}

#[derive(Deserialize)]
pub(super) struct Asserted {
    credential: String,
    ceremony: CeremonyId,
    back: Option<String>,
}

pub(super) async fn finish(
    State(state): State<WalletState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Asserted>,
) -> Answer {
    let ctx = visit.ctx();
    let taken = visit.site.ceremonies.take(&ctx, form.ceremony, SIGN_IN, &visit.binding()).await?;
    let asked: StaffSigningIn = taken.state()?;
    let back = visit.back(form.back.as_deref(), "/desk");
    match state.wallet.finish_staff_sign_in(&ctx, &form.credential, &asked).await {
        Ok(id) => sign_in(&visit, id, &back).await,
        // Another person's passkey and one of nobody are the same answer.
        Err(WalletError::NotAccepted | WalletError::NotAvailable) => {
            let error = Some(visit.t("desk-sign-in-refused"));
            let page = sign_in_page(&state, &visit, &back, error).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(error) => Err(problem(error)),
    }
}

async fn sign_in(visit: &Visit, id: StaffId, back: &str) -> Answer {
    let sessions = &visit.site.desk_sessions;
    if let Some(old) = &visit.session {
        sessions.end(old).await?;
    }
    let device = visit.device_hash();
    let started =
        sessions.start(&visit.ctx(), Subject::staff(id), SignIn::Passkey, &device).await?;
    Ok(([(header::SET_COOKIE, started.1)], Redirect::to(back)).into_response())
}

pub(super) async fn activation(visit: Visit) -> Markup {
    activation_page(&visit, None)
}

fn activation_page(visit: &Visit, error: Option<String>) -> Markup {
    let title = visit.t("desk-activate-title");
    let code = Field::new("code", visit.t("desk-activate-code"))
        .kind(Kind::Code)
        .autocomplete("off")
        .max_length(64)
        .error(error);
    let body = html! {
        (ui::heading(&title, Some(&visit.t("desk-activate-lead"))))
        (ui::form("/desk/activate", visit.csrf_field(), html! {
            (ui::field(&code))
            (ui::actions(ui::button(Look::Primary, &visit.t("desk-activate-next"))))
        }))
    };
    visit.desk_page(&PageMeta::new(&title).back("/desk/sign-in"), body)
}

fn code_refused(visit: &Visit) -> Response {
    let page = activation_page(visit, Some(visit.t("desk-activate-refused")));
    (StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
}

#[derive(Deserialize)]
pub(super) struct Code {
    code: String,
}

pub(super) async fn activate(
    State(state): State<WalletState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Code>,
) -> Answer {
    if !visit.allow("desk_activate", TRIES_MAX, 3_600) {
        return Err(Problem::too_many());
    }
    let ctx = visit.ctx();
    let (options, activating, invitation) =
        match state.wallet.start_activation(&ctx, &form.code).await {
            Ok(started) => started,
            Err(WalletError::NotAccepted) => return Ok(code_refused(&visit)),
            Err(error) => return Err(problem(error)),
        };
    let ceremonies = &visit.site.ceremonies;
    let ceremony = ceremonies.open(&ctx, ACTIVATE, &visit.binding(), &activating).await?;
    let form = PasskeyForm {
        mode: PasskeyMode::Create,
        action: "/desk/activate/passkey".to_owned(),
        options,
        ceremony,
        csrf: visit.csrf_field(),
        label: visit.t("desk-activate-make"),
        body: staff::welcome(&visit, &invitation.name, invitation.until),
        alternative: None,
    };
    let title = visit.t("desk-activate-title");
    let body = html! {
        (ui::heading(&title, None))
        (ui::card(None, ui::passkey_form(&visit.words(), &form)))
    };
    Ok(visit.desk_page(&PageMeta::new(&title), body).into_response())
}

#[derive(Deserialize)]
pub(super) struct Made {
    credential: String,
    ceremony: CeremonyId,
}

pub(super) async fn register(
    State(state): State<WalletState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Made>,
) -> Answer {
    let ctx = visit.ctx();
    let taken = visit.site.ceremonies.take(&ctx, form.ceremony, ACTIVATE, &visit.binding()).await?;
    let activating: Activating = taken.state()?;
    match state.wallet.finish_activation(&ctx, &activating, &form.credential).await {
        Ok(id) => sign_in(&visit, id, "/desk").await,
        Err(WalletError::NotAccepted | WalletError::NotAvailable) => Ok(code_refused(&visit)),
        Err(error) => Err(problem(error)),
    }
}
