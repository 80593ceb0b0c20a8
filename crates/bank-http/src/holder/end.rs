//! Ending a mandate for good: one page that says what will happen, one press.

use axum::{
    extract::{Path, State},
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

pub(super) async fn show(
    State(state): State<BankState>,
    visit: Visit,
    Path(id): Path<String>,
) -> Answer {
    let (_, mandate) = super::seen(&state, &visit, &id).await?;
    let path = super::path(&mandate);
    let title = visit.t_args("end-title", &[("partner", (&mandate.partner_name).into())]);
    let body = html! {
        (ui::heading(&title, None))
        (ui::card(None, html! {
            ul.points {
                li { (visit.t("end-now")) }
                li { (visit.t("end-told")) }
                li { (visit.t("end-again")) }
            }
        }))
        (ui::form(&format!("{path}/stop"), visit.csrf_field(), html! {
            (ui::actions(html! {
                (ui::button(Look::Danger, &visit.t("end-button")))
                (ui::link_button(Look::Quiet, &path, &visit.t("end-keep")))
            }))
        }))
        p.hint { (visit.t("end-not-me")) " " a href="/stop" { (visit.t("nav-stop")) } }
    };
    let meta = PageMeta::new(title).nav(home::nav(&visit, "/holder")).back(path);
    Ok(visit.page(&meta, body).into_response())
}

#[derive(Deserialize)]
pub(super) struct Nothing {}

pub(super) async fn finish(
    State(state): State<BankState>,
    visit: Visit,
    Path(id): Path<String>,
    CsrfForm(Nothing {}): CsrfForm<Nothing>,
) -> Answer {
    let (holder_id, mandate) = super::seen(&state, &visit, &id).await?;
    let id = mandate.mandate_id;
    state.bank.revoke_mandate(&visit.ctx(), holder_id, id).await.map_err(problem)?;
    Ok(Redirect::to(&format!("{}?done=stopped", super::path(&mandate))).into_response())
}
