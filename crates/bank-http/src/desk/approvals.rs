//! What one person asked for and another must agree to.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect},
};
use kanuki_bank::BankError;
use kanuki_domain::id::ApprovalId;
use kanuki_site::{
    Answer, Problem, Visit,
    csrf::CsrfForm,
    show,
    ui::{self, Look},
};
use maud::html;
use serde::Deserialize;

use crate::{BankState, desk, refusal::problem};

pub(super) async fn list(State(state): State<BankState>, visit: Visit) -> Answer {
    let staff_id = visit.require_staff()?;
    let waiting = state.bank.approvals().await.map_err(problem)?;
    let mut cards = Vec::new();
    for approval in &waiting {
        let asked_by = desk::name(&state, &approval.asked_by.to_string()).await;
        let facts = vec![
            (
                visit.t("approval-act"),
                html! { (visit.t("approval-open")) (desk::scope(&state, &visit, &approval.subject).await) },
            ),
            (visit.t("approval-by"), html! { (asked_by) }),
            (visit.t("approval-at"), show::time(visit.lang(), approval.asked_at)),
            (visit.t("desk-reason"), html! { (approval.reason) }),
        ];
        let is_own = approval.asked_by == staff_id;
        let action = format!("/desk/approvals/{}", approval.approval_id);
        cards.push(ui::card(
            None,
            html! {
                (ui::definitions(facts))
                @if is_own { p.hint { (visit.t("approval-own")) } }
                (ui::form(&action, visit.csrf_field(), ui::actions(html! {
                    @if !is_own {
                        (ui::button_named(Look::Primary, &visit.t("approval-agree"), "answer", "agree"))
                    }
                    (ui::button_named(Look::Secondary, &visit.t("approval-decline"), "answer", "decline"))
                })))
            },
        ));
    }
    let title = visit.t("approval-title");
    let body = html! {
        (ui::heading(&title, Some(&visit.t("approval-lead"))))
        @if cards.is_empty() { p { (visit.t("approval-none")) } }
        (ui::stack(&cards))
    };
    Ok(visit.desk_page(&desk::meta(&visit, &title, "/desk/approvals"), body).into_response())
}

#[derive(Deserialize)]
pub(super) struct Decision {
    answer: String,
}

pub(super) async fn decide(
    State(state): State<BankState>,
    visit: Visit,
    Path(id): Path<String>,
    CsrfForm(form): CsrfForm<Decision>,
) -> Answer {
    let staff_id = visit.require_staff()?;
    let id: ApprovalId = id.parse().map_err(|_| problem(BankError::NotAvailable))?;
    let agrees = match form.answer.as_str() {
        "agree" => true,
        "decline" => false,
        _ => return Err(Problem::unprocessable("bad_form")),
    };
    state.bank.decide(&visit.ctx(), staff_id, id, agrees).await.map_err(problem)?;
    Ok(Redirect::to("/desk/approvals").into_response())
}
