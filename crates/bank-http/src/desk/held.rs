//! Contracts that whoever looks after the accounts stopped: the holder asks that one go on, two people
//! let it.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect},
};
use kanuki_bank::{BankError, contract::Contract};
use kanuki_desk::{approval::Approval, case::Case};
use kanuki_domain::id::ContractId;
use kanuki_site::{
    Answer, Problem, Visit,
    csrf::CsrfForm,
    ui::{self, Field, Look, Tone},
};
use maud::{Markup, html};
use serde::Deserialize;

use super::cases::{parse, reason};
use crate::{BankState, desk, refusal::problem};

/// What is held for the holder of this case; nothing where nothing is. While the core is silent nobody
/// can say whose accounts they are on.
pub(super) async fn section(
    state: &BankState,
    visit: &Visit,
    (case, waiting): (&Case, &[String]),
) -> Result<Markup, Problem> {
    let held = match state.bank.held_contracts(case).await {
        Ok(held) => held,
        Err(BankError::Core(_) | BankError::NotAvailable) => Vec::new(),
        Err(error) => return Err(problem(error)),
    };
    if case.closed_at.is_some() || held.is_empty() {
        return Ok(html! {});
    }
    let cards: Vec<Markup> = held.iter().map(|one| card(visit, case, one, waiting)).collect();
    Ok(ui::section(
        &visit.t("held-title"),
        html! {
            p { (visit.t("held-lead")) }
            (ui::stack(&cards))
        },
    ))
}

fn card(visit: &Visit, case: &Case, contract: &Contract, waiting: &[String]) -> Markup {
    let id = contract.contract_id.to_string();
    let why = Field::new("reason", visit.t("held-reason"))
        .place(&id)
        .hint(visit.t("held-reason-hint"))
        .max_length(500);
    ui::card(
        Some(&contract.collector_name),
        html! {
            p { (contract.account_mask) }
            @if waiting.contains(&id) {
                p { a href="/desk/approvals" { (ui::badge(Tone::Info, &visit.t("desk-waits"))) } }
            } @else {
                (ui::form(&format!("/desk/cases/{}/resume", case.case_id), visit.csrf_field(), html! {
                    (ui::hidden("contract", &id))
                    (ui::field(&why))
                    (ui::actions(ui::button(Look::Secondary, &visit.t("held-ask"))))
                }))
            }
        },
    )
}

/// What a second person is asked to agree to.
pub(super) async fn asked(state: &BankState, visit: &Visit, approval: &Approval) -> Markup {
    let id: Result<ContractId, _> = approval.subject.parse();
    let found = match id {
        Ok(id) => state.bank.held_contract(id).await.ok(),
        Err(_) => None,
    };
    html! {
        (visit.t("held-approval")) " "
        @match &found {
            Some(contract) => { strong { (contract.collector_name) } " " (contract.account_mask) }
            None => { code { (approval.subject) } }
        }
    }
}

#[derive(Deserialize)]
pub(super) struct Asking {
    contract: String,
    reason: String,
}

pub(super) async fn ask(
    State(state): State<BankState>,
    visit: Visit,
    Path(id): Path<String>,
    CsrfForm(form): CsrfForm<Asking>,
) -> Answer {
    let by = desk::at_desk(&state, &visit).await?;
    let case_id = parse(&id)?;
    let contract: ContractId =
        form.contract.parse().map_err(|_| problem(BankError::NotAvailable))?;
    let why = reason(&form.reason)?;
    let which = (case_id, contract);
    match state.bank.ask_resume_contract(&visit.ctx(), by, which, &why).await {
        Ok(_) => Ok(Redirect::to("/desk/approvals").into_response()),
        // Somebody asked for the same before: it waits there. What is not held looks the same.
        Err(BankError::NotAvailable) => Err(Problem::conflict("already_asked")),
        Err(error) => Err(problem(error)),
    }
}
