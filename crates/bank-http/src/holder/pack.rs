//! The evidence of a holder's own case, to keep and to take to the police.

use axum::{
    extract::{Path, Query, State},
    response::Response,
};
use kanuki_bank::{BankError, mandate::Mandate, pack::Packing};
use kanuki_domain::id::{CaseId, HolderId};
use kanuki_site::{
    Problem, Visit, number,
    pack::require_few,
    ui::{self, Look},
};
use maud::{Markup, html};
use serde::Deserialize;

use crate::{BankState, desk::pack::file, refusal::problem, workers::Catalog};

/// On the page of a link: the evidence of each case about it.
pub(super) async fn part(
    state: &BankState,
    visit: &Visit,
    (holder_id, mandate): (HolderId, &Mandate),
) -> Result<Markup, Problem> {
    let cases = state.bank.cases_of_link(holder_id, mandate).await.map_err(problem)?;
    Ok(html! {
        @if !cases.is_empty() {
            (ui::section(&visit.t("pack-own"), html! {
                p { (visit.t("pack-own-what")) }
                @for case in &cases {
                    p { (number::both(*case)) }
                    (ui::actions(html! {
                        (ui::link_button(Look::Secondary, &path(*case, "pdf"), &visit.t("pack-pdf")))
                        (ui::link_button(Look::Secondary, &path(*case, "json"), &visit.t("pack-json")))
                    }))
                }
            }))
        }
    })
}

fn path(case_id: CaseId, form: &str) -> String {
    format!("/holder/evidence/{case_id}?form={form}")
}

#[derive(Deserialize)]
pub(super) struct Wanted {
    form: String,
}

pub(super) async fn own(
    State(state): State<BankState>,
    visit: Visit,
    Path(id): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let holder_id = visit.require_holder()?;
    require_few(&visit)?;
    let case_id: CaseId = id.parse().map_err(|_| problem(BankError::NotAvailable))?;
    let (ctx, catalog) = (visit.ctx(), Catalog(&state.site.texts));
    let packing = Packing { ctx: &ctx, wording: &catalog };
    let signed = state.bank.own_evidence_pack(packing, holder_id, case_id).await;
    file(&signed.map_err(problem)?, &wanted.form)
}
