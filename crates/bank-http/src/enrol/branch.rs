//! A code from the counter is typed in any browser, which may then register a passkey.

use axum::{
    extract::{Query, State},
    response::{IntoResponse, Redirect},
};
use http::StatusCode;
use kanuki_bank::BankError;
use kanuki_domain::id::ParId;
use kanuki_site::{
    Answer, PageMeta, Problem, Visit,
    csrf::CsrfForm,
    ui::{self, Field, Kind, Look},
};
use maud::{Markup, html};
use serde::Deserialize;

use super::{TRIES_MAX, Way, at};
use crate::{BankState, plain, refusal::problem};

pub(super) async fn show(visit: Visit, Query(way): Query<Way>) -> Markup {
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
pub(super) struct BranchCode {
    request: Option<ParId>,
    code: String,
}

pub(super) async fn enter(
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
