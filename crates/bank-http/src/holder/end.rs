//! Ending a mandate for good: one page that says what will happen, one press.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect},
};
use kanuki_bank::delegate::DelegateAct;
use kanuki_domain::mandate::MandateState;
use kanuki_site::{
    Answer, PageMeta, Visit,
    csrf::CsrfForm,
    ui::{self, Look},
};
use maud::html;
use serde::Deserialize;

use super::seer;
use crate::{BankState, home, refusal::problem};

pub(super) async fn show(
    State(state): State<BankState>,
    visit: Visit,
    Path(id): Path<String>,
) -> Answer {
    let (seer, mandate) = super::seen(&state, &visit, &id).await?;
    // A delegate stops for the time being; the holder alone ends for good.
    let is_stopped = matches!(mandate.state, MandateState::Suspended { .. });
    let points = match (seer.is_delegate(), is_stopped) {
        (true, _) => ["delegate-stop-now", "delegate-stop-told", "delegate-stop-back"],
        (false, true) => ["end-stopped", "end-told", "end-again"],
        (false, false) => ["end-now", "end-told", "end-again"],
    };
    let ends = is_stopped && !seer.is_delegate();
    let (title, button) =
        if ends { ("end-title-stopped", "mandate-end") } else { ("end-title", "end-button") };
    let path = super::path(&mandate);
    let title = visit.t_args(title, &[("partner", (&mandate.partner_name).into())]);
    let body = html! {
        (ui::heading(&title, None))
        (ui::card(None, html! {
            ul.points {
                @for point in points { li { (visit.t(point)) } }
            }
        }))
        (ui::form(&format!("{path}/stop"), visit.csrf_field(), html! {
            (ui::actions(html! {
                (ui::button(Look::Danger, &visit.t(button)))
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
    let (seer, mandate) = super::seen(&state, &visit, &id).await?;
    let (id, holder_id) = (mandate.mandate_id, seer.holder_id);
    if let Some(delegate) = seer.delegate {
        seer::act(&state, &visit, (delegate, &DelegateAct::Stop(id))).await?;
        return Ok(Redirect::to(&format!("{}?done=paused", super::path(&mandate))).into_response());
    }
    state.bank.revoke_mandate(&visit.ctx(), holder_id, id).await.map_err(problem)?;
    Ok(Redirect::to(&format!("{}?done=stopped", super::path(&mandate))).into_response())
}
