//! Stopping everything at once: one page that says what will happen, one press.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect},
};
use kanuki_site::{
    Answer, PageMeta, Visit,
    csrf::CsrfForm,
    ui::{self, Look},
};
use maud::html;
use serde::Deserialize;

use crate::{BankState, home, refusal::problem};

pub(super) async fn show(visit: Visit) -> Answer {
    visit.require_looker()?;
    let title = visit.t("stop-all-title");
    let body = html! {
        (ui::heading(&title, Some(&visit.t("stop-all-lead"))))
        (ui::card(None, html! {
            ul.points {
                li { (visit.t("stop-all-mandates")) }
                li { (visit.t("stop-all-contracts")) }
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
    let holder_id = visit.require_looker()?;
    let done = state.bank.stop_everything(&visit.ctx(), holder_id).await.map_err(problem)?;
    Ok(Redirect::to(&format!("/holder?stopped={}", done.case_id)).into_response())
}
