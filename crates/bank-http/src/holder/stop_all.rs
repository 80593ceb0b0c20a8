//! Stopping everything at once: one page that says what will happen, one press.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect},
};
use kanuki_bank::delegate::DelegateAct;
use kanuki_site::{
    Answer, PageMeta, Visit,
    csrf::CsrfForm,
    ui::{self, Look},
};
use maud::html;
use serde::Deserialize;

use super::seer;
use crate::{BankState, home, refusal::problem};

pub(super) async fn show(State(state): State<BankState>, visit: Visit) -> Answer {
    let seer = seer::require(&state, &visit).await?;
    let contracts =
        if seer.is_delegate() { "stop-all-contracts-held" } else { "stop-all-contracts" };
    let title = visit.t("stop-all-title");
    let body = html! {
        (ui::heading(&title, Some(&visit.t("stop-all-lead"))))
        (ui::card(None, html! {
            ul.points {
                li { (visit.t("stop-all-mandates")) }
                li { (visit.t(contracts)) }
                li { (visit.t("stop-all-locks")) }
                li { (visit.t("stop-all-not")) }
                li { (visit.t("stop-all-back")) }
            }
        }))
        (ui::form("/holder/stop-all", visit.csrf_field(), html! {
            (ui::actions(html! {
                (ui::button(Look::Danger, &visit.t("stop-all-button")))
                (ui::link_button(Look::Quiet, "/holder", &visit.t("end-keep")))
            }))
        }))
    };
    let meta = PageMeta::new(title).nav(home::nav(&visit, "/holder")).back("/holder");
    Ok(visit.page(&meta, body).into_response())
}

#[derive(Deserialize)]
pub(super) struct Nothing {}

pub(super) async fn finish(
    State(state): State<BankState>,
    visit: Visit,
    CsrfForm(Nothing {}): CsrfForm<Nothing>,
) -> Answer {
    let seer = seer::require(&state, &visit).await?;
    let case_id = if let Some(delegate) = seer.delegate {
        seer::act(&state, &visit, (delegate, &DelegateAct::StopAll)).await?
    } else {
        let done = state.bank.stop_everything(&visit.ctx(), seer.holder_id).await;
        Some(done.map_err(problem)?.case_id)
    };
    let stopped = case_id.map(|case_id| format!("?stopped={case_id}")).unwrap_or_default();
    Ok(Redirect::to(&format!("/holder{stopped}")).into_response())
}
