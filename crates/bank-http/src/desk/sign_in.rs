//! Staff: the first passkey with the code they were handed, then sign-in with it.

use axum::{
    extract::{Query, State},
    response::{IntoResponse, Redirect},
};
use http::{StatusCode, header::SET_COOKIE};
use kanuki_bank::BankError;
use kanuki_domain::{
    assurance::SignIn,
    id::{CeremonyId, StaffId},
};
use kanuki_passkey::{DiscoverableState, RegistrationState};
use kanuki_site::{
    Answer, PageMeta, Problem, Subject, Visit,
    csrf::CsrfForm,
    staff,
    ui::{self, Field, Kind, Look, PasskeyForm, PasskeyMode},
};
use maud::{Markup, html};
use serde::Deserialize;

use crate::{BankState, plain, refusal::problem};

const SIGN_IN: &str = "desk_sign_in";
const ACTIVATE: &str = "desk_activate";

#[derive(Deserialize)]
pub(super) struct Way {
    back: Option<String>,
    again: Option<String>,
}

pub(super) async fn show(
    State(state): State<BankState>,
    visit: Visit,
    Query(way): Query<Way>,
) -> Answer {
    if !visit.allow("ceremony", plain::CEREMONIES_MAX, 3_600) {
        return Err(Problem::too_many());
    }
    let (ctx, browser) = (visit.ctx(), visit.device_hash());
    let (options, asked) = state.bank.start_sign_in(&ctx).map_err(problem)?;
    let ceremony = visit.site.ceremonies.open(&ctx, SIGN_IN, &browser, &asked).await?;
    let form = PasskeyForm {
        mode: PasskeyMode::Get,
        action: "/desk/sign-in".to_owned(),
        options,
        ceremony,
        csrf: visit.csrf_field(),
        label: visit.t("sign-in-button"),
        body: ui::hidden("back", &visit.back(way.back.as_deref(), "/desk")),
        alternative: Some(("/desk/activate".to_owned(), visit.t("desk-activate-link"))),
    };
    let page = visit.desk_page(
        &PageMeta::new(visit.t("desk-sign-in")),
        html! {
            (ui::heading(&visit.t("desk-sign-in"), Some(&visit.t("desk-sign-in-lead"))))
            (plain::again(&visit, way.again.is_some()))
            (ui::card(None, ui::passkey_form(&visit.words(), &form)))
        },
    );
    Ok(page.into_response())
}

#[derive(Deserialize)]
pub(super) struct Signed {
    credential: String,
    ceremony: CeremonyId,
    back: Option<String>,
}

pub(super) async fn finish(
    State(state): State<BankState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Signed>,
) -> Answer {
    let (ctx, browser) = (visit.ctx(), visit.device_hash());
    let taken = visit.site.ceremonies.take(&ctx, form.ceremony, SIGN_IN, &browser).await?;
    let asked: DiscoverableState = taken.state()?;
    match state.bank.finish_staff_sign_in(&ctx, &form.credential, &asked).await {
        Ok(member) => {
            let back = visit.back(form.back.as_deref(), "/desk");
            enter(&visit, member.staff_id, &back).await
        }
        Err(BankError::Passkey(_) | BankError::NotAvailable) => {
            Ok(Redirect::to("/desk/sign-in?again=1").into_response())
        }
        Err(error) => Err(problem(error)),
    }
}

async fn enter(visit: &Visit, staff_id: StaffId, back: &str) -> Answer {
    let (ctx, browser) = (visit.ctx(), visit.device_hash());
    let sessions = &visit.site.desk_sessions;
    if let Some(earlier) = &visit.session {
        sessions.end(earlier).await?;
    }
    let subject = Subject::staff(staff_id);
    let (_, cookie) = sessions.start(&ctx, subject, SignIn::Passkey, &browser).await?;
    Ok(([(SET_COOKIE, cookie)], Redirect::to(back)).into_response())
}

pub(super) async fn code_form(visit: Visit) -> Markup {
    code_page(&visit, None)
}

fn code_page(visit: &Visit, error: Option<String>) -> Markup {
    let code = Field::new("code", visit.t("desk-activate-code"))
        .kind(Kind::Code)
        .autocomplete("off")
        .max_length(60)
        .error(error);
    visit.desk_page(
        &PageMeta::new(visit.t("desk-activate")),
        html! {
            (ui::heading(&visit.t("desk-activate"), Some(&visit.t("desk-activate-lead"))))
            (ui::form("/desk/activate", visit.csrf_field(), html! {
                (ui::field(&code))
                (ui::actions(ui::button(Look::Primary, &visit.t("enrol-next"))))
            }))
        },
    )
}

#[derive(Deserialize)]
pub(super) struct Code {
    code: String,
}

pub(super) async fn start_activation(
    State(state): State<BankState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Code>,
) -> Answer {
    if !visit.allow("desk_activate", 20, 3_600) {
        return Err(Problem::too_many());
    }
    let (ctx, browser) = (visit.ctx(), visit.device_hash());
    let (options, asked, invitation) =
        match state.bank.start_staff_activation(&ctx, &form.code).await {
            Ok(started) => started,
            Err(BankError::NotAvailable) => {
                let page = code_page(&visit, Some(visit.t("enrol-code-wrong")));
                return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
            }
            Err(error) => return Err(problem(error)),
        };
    let kept = (&form.code, asked);
    let ceremony = visit.site.ceremonies.open(&ctx, ACTIVATE, &browser, &kept).await?;
    let form = PasskeyForm {
        mode: PasskeyMode::Create,
        action: "/desk/activate/passkey".to_owned(),
        options,
        ceremony,
        csrf: visit.csrf_field(),
        label: visit.t("enrol-passkey-make"),
        body: staff::welcome(&visit, &invitation.name, invitation.until),
        alternative: None,
    };
    let page = visit.desk_page(
        &PageMeta::new(visit.t("desk-activate")),
        html! {
            (ui::heading(&visit.t("desk-activate"), None))
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

pub(super) async fn activate(
    State(state): State<BankState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Made>,
) -> Answer {
    let (ctx, browser) = (visit.ctx(), visit.device_hash());
    let taken = visit.site.ceremonies.take(&ctx, form.ceremony, ACTIVATE, &browser).await?;
    let (code, asked): (String, RegistrationState) = taken.state()?;
    let made = state.bank.finish_staff_activation(&ctx, &code, &form.credential, &asked).await;
    match made {
        Ok(staff_id) => enter(&visit, staff_id, "/desk").await,
        Err(BankError::Passkey(_)) => Ok(Redirect::to("/desk/activate").into_response()),
        Err(error) => Err(problem(error)),
    }
}
