//! Claiming money that was sent by link.

use axum::{
    Router,
    extract::{Path, State},
    response::{IntoResponse, Redirect},
    routing::get,
};
use kanuki_site::{
    Answer, PageMeta, Problem, Visit,
    csrf::CsrfForm,
    show,
    ui::{self, Direction, Look},
};
use maud::html;
use serde::Deserialize;

use crate::{WalletState, refusal::problem};

pub(super) fn routes() -> Router<WalletState> {
    Router::new().route("/claim/{code}", get(show_claim).post(claim))
}

fn may_try(visit: &Visit) -> Result<(), Problem> {
    if visit.allow("claim", 60, 3_600) { Ok(()) } else { Err(Problem::too_many()) }
}

async fn show_claim(
    State(state): State<WalletState>,
    visit: Visit,
    Path(code): Path<String>,
) -> Answer {
    visit.require_customer()?;
    may_try(&visit)?;
    let view = state.wallet.claim_view(&visit.ctx(), &code).await.map_err(problem)?;
    let title = visit.t_args("claim-title", &[("name", (&view.from_name).into())]);
    let when = show::instant(visit.lang(), view.until);
    let body = html! {
        (ui::heading(&title, None))
        (ui::card(None, html! {
            p.balance-amount { (ui::money_signed(Direction::In, view.amount)) }
            @if !view.message.is_empty() { p { (view.message) } }
            p { (visit.t_args("claim-until", &[("when", when.into())])) }
            (ui::post_button(visit.csrf_field(), &format!("/claim/{code}"), Look::Primary, &visit.t("claim-button")))
        }))
    };
    Ok(visit.page(&PageMeta::new(title).back("/"), body).into_response())
}

#[derive(Deserialize)]
struct Nothing {}

async fn claim(
    State(state): State<WalletState>,
    visit: Visit,
    Path(code): Path<String>,
    CsrfForm(Nothing {}): CsrfForm<Nothing>,
) -> Answer {
    let id = visit.require_customer()?;
    may_try(&visit)?;
    let remittance = state.wallet.claim(&visit.ctx(), id, &code).await.map_err(problem)?;
    Ok(Redirect::to(&format!("/send/{}", remittance.remittance_id)).into_response())
}
