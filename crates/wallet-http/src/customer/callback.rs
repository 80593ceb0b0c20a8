//! Coming back from a bank.

use axum::{
    Router,
    extract::{Path, RawQuery, State},
    response::{IntoResponse, Redirect},
    routing::get,
};
use kanuki_domain::bank_account::BankCode;
use kanuki_site::{
    Answer, PageMeta, Problem, Visit,
    ui::{self, Look, Tone},
};
use kanuki_wallet::{WalletError, topup::Returned};
use kanuki_wire::ErrorCode;
use maud::html;

use crate::{WalletState, refusal::problem};

pub(super) fn routes() -> Router<WalletState> {
    Router::new().route("/callback/{bank}", get(finish))
}

async fn finish(
    State(state): State<WalletState>,
    visit: Visit,
    Path(bank): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer {
    let id = visit.require_customer()?;
    let bank = BankCode::parse(&bank).map_err(|_| Problem::not_found())?;
    let binding = visit.binding();
    let query = query.unwrap_or_default();
    let ctx = visit.ctx();
    match state.wallet.return_from_bank(&ctx, (id, &binding), bank, &query).await {
        Ok(Returned::Linked(link_id)) => {
            let link = state.wallet.link_of(id, link_id).await.map_err(problem)?;
            let what = if link.renewed_at.is_some() { "renewed" } else { "new" };
            Ok(Redirect::to(&format!("/links/{link_id}?{what}=1")).into_response())
        }
        Ok(Returned::Topup(topup_id)) => {
            Ok(Redirect::to(&format!("/topup/{topup_id}")).into_response())
        }
        Err(WalletError::Bank(refusal)) => {
            let is_denied = refusal.code == ErrorCode::AccessDenied;
            Ok(not_linked(&visit, if is_denied { "callback-denied" } else { "callback-refused" }))
        }
        Err(WalletError::BankSilent) => Ok(not_linked(&visit, "callback-silent")),
        Err(WalletError::NotAvailable) => Ok(not_linked(&visit, "callback-refused")),
        Err(error) => Err(problem(error)),
    }
}

/// A calm page: nothing was connected, nothing has changed, this is how to go on.
fn not_linked(visit: &Visit, key: &str) -> axum::response::Response {
    let title = visit.t(key);
    let body = html! {
        (ui::heading(&title, None))
        (ui::notice(Tone::Info, &visit.t(&format!("{key}.what")), html! {
            p { (visit.t(&format!("{key}.next"))) }
        }))
        (ui::actions(html! {
            (ui::link_button(Look::Primary, "/link", &visit.t("try-again")))
            @if key == "callback-denied" {
                (ui::link_button(Look::Secondary, "/identity", &visit.t("identity-again")))
            }
            (ui::link_button(Look::Quiet, "/", &visit.t("to-home")))
        }))
    };
    visit.page(&PageMeta::new(title), body).into_response()
}
