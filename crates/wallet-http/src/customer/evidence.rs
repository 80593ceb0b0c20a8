//! The evidence of a customer's own cases, to keep and to take to the police or a bank.

use axum::{
    Router,
    extract::{Path, Query, State},
    response::{IntoResponse, Response},
    routing::get,
};
use jiff::Timestamp;
use kanuki_domain::{
    case_number::said,
    id::{CaseId, CustomerId},
};
use kanuki_site::{
    Answer, Problem, Visit,
    pack::require_few,
    show,
    ui::{self, Icon, Look, Tone},
};
use kanuki_wallet::{WalletError, pack::Packing};
use maud::{Markup, html};
use serde::Deserialize;

use super::inner;
use crate::{
    WalletState,
    desk::pack::{catalog, file},
    refusal::problem,
};

/// Where it is.
pub(super) const PAGE: &str = "/evidence";

pub(super) fn routes() -> Router<WalletState> {
    Router::new().route("/evidence", get(show_page)).route("/evidence/{id}", get(own))
}

async fn show_page(State(state): State<WalletState>, visit: Visit) -> Answer {
    let id = visit.require_customer()?;
    let cases = cases_of(&state, id).await?;
    let body = html! {
        (ui::heading(&visit.t("evidence-title"), Some(&visit.t("evidence-lead"))))
        @if cases.is_empty() {
            (ui::empty(
                Icon::Shield,
                &visit.t("evidence-none"),
                &visit.t("evidence-none.body"),
                Some(ui::link_button(Look::Secondary, "/freeze", &visit.t("freeze-title"))),
            ))
        } @else {
            (ui::notice(Tone::Warning, &visit.t("evidence-careful"), html! {
                p { (visit.t("evidence-careful.body")) }
            }))
            @for case in &cases { (part(&visit, *case)) }
        }
    };
    Ok(visit.page(&inner(&visit, "evidence-title", "/security"), body).into_response())
}

/// The cases that a pack is had for, each with when it began: the customer's own, and the stop that their
/// wallet is under, whoever stopped it. Its number stands on the page of the stop too.
async fn cases_of(
    state: &WalletState,
    id: CustomerId,
) -> Result<Vec<(CaseId, Timestamp)>, Problem> {
    let own = state.wallet.own_cases(id).await.map_err(problem)?;
    let mut all: Vec<_> = own.iter().map(|case| (case.case_id, case.opened_at)).collect();
    let frozen = state.wallet.customer(id).await.map_err(problem)?.frozen.clone();
    let stop = frozen.map(|frozen| (frozen.case_id, frozen.at));
    all.extend(stop.filter(|(stop, _)| own.iter().all(|case| case.case_id != *stop)));
    Ok(all)
}

fn part(visit: &Visit, (case_id, since): (CaseId, Timestamp)) -> Markup {
    let number = said(case_id);
    let path = |form: &str| format!("{PAGE}/{case_id}?form={form}");
    ui::card(
        Some(&visit.t_args("frozen-case", &[("case", number.as_str().into())])),
        html! {
            p { (visit.t("evidence-opened")) " " (show::time(visit.lang(), since)) }
            (ui::actions(html! {
                (ui::link_button(Look::Primary, &path("pdf"), &visit.t("pack-pdf")))
                (ui::link_button(Look::Secondary, &path("json"), &visit.t("pack-json")))
            }))
        },
    )
}

#[derive(Deserialize)]
struct Wanted {
    form: String,
}

async fn own(
    State(state): State<WalletState>,
    visit: Visit,
    Path(id): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let customer_id = visit.require_customer()?;
    require_few(&visit)?;
    // Before anything is made: what was never handed over is not in the audit log.
    if !matches!(wanted.form.as_str(), "pdf" | "json") {
        return Err(Problem::unprocessable("bad_form"));
    }
    let case_id: CaseId = id.parse().map_err(|_| problem(WalletError::NotAvailable))?;
    let (ctx, catalog) = (visit.ctx(), catalog(&state));
    let packing = Packing { ctx: &ctx, wording: &catalog };
    let signed = state.wallet.own_evidence_pack(packing, customer_id, case_id).await;
    file(&signed.map_err(problem)?, &wanted.form)
}
