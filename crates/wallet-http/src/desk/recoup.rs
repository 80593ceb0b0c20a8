//! What a frozen wallet still holds after its victim was paid comes back to us: the part of a case's page
//! where it is asked for, and what has become of it.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect},
};
use kanuki_desk::{approval::Approval, case::Case};
use kanuki_domain::Yen;
use kanuki_site::{
    Answer, Problem, Visit,
    csrf::CsrfForm,
    number, show,
    ui::{self, AmountField, Column, Look, Table, Tone},
};
use kanuki_wallet::recoup::{Recoup, RecoupState};
use maud::{Markup, html};
use serde::Deserialize;

use super::{at_desk, cases::id_of, reason, reason_field};
use crate::{WalletState, refusal::problem};

/// What came back, or is to, and the form that asks for more; nothing where nothing can.
pub(super) async fn of_case(
    state: &WalletState,
    visit: &Visit,
    case: &Case,
) -> Result<Markup, Problem> {
    let all = state.wallet.recoups_of(case.case_id).await.map_err(problem)?;
    let left = state.wallet.recoupable(&visit.ctx(), case).await.map_err(problem)?;
    Ok(html! {
        @if !all.is_empty() { (table(visit, &all)) }
        @if !left.is_zero() { (form(visit, case, left)) }
    })
}

fn table(visit: &Visit, all: &[Recoup]) -> Markup {
    let row = |recoup: &Recoup| {
        let tone = match recoup.state {
            RecoupState::Posted { .. } => Tone::Success,
            RecoupState::Proposed | RecoupState::Requested => Tone::Info,
            RecoupState::Declined { .. } => Tone::Neutral,
            RecoupState::Refused { .. } => Tone::Warning,
        };
        let word = visit.t(&format!("desk-recoup-{}", recoup.state_name()));
        vec![
            show::time(visit.lang(), recoup.asked_at),
            ui::money(recoup.amount),
            ui::badge(tone, &word),
        ]
    };
    ui::table(&Table {
        caption: visit.t("desk-recoup"),
        head: vec![
            Column::text(visit.t("desk-refund-at")),
            Column::number(visit.t("desk-line-amount")),
            Column::text(visit.t("desk-link-state")),
        ],
        rows: all.iter().map(row).collect(),
    })
}

fn form(visit: &Visit, case: &Case, left: Yen) -> Markup {
    let amount = AmountField {
        name: "amount".to_owned(),
        label: visit.t("desk-line-amount"),
        hint: Some(visit.t_args("desk-recoup-most", &[("left", left.into())])),
        ..AmountField::default()
    };
    ui::card(
        Some(&visit.t("desk-recoup")),
        html! {
            p { (visit.t("desk-recoup-what")) }
            (ui::form(&format!("/desk/cases/{}/recoup", case.case_id), visit.csrf_field(), html! {
                (ui::amount_field(&amount))
                (ui::field(&reason_field(visit).place("recoup")))
                (ui::actions(ui::button(Look::Primary, &visit.t("desk-recoup-button"))))
            }))
        },
    )
}

/// What an approval about one asks for; nothing where it is about something else.
pub(super) async fn asked_for(
    state: &WalletState,
    visit: &Visit,
    approval: &Approval,
) -> Result<Vec<(String, Markup)>, Problem> {
    let recoup = state.wallet.recoup_for(approval).await.map_err(problem)?;
    let Some(recoup) = recoup else { return Ok(Vec::new()) };
    Ok(vec![
        (visit.t("desk-line-amount"), ui::money(recoup.amount)),
        (visit.t("desk-case-number"), number::link(recoup.case_id)),
    ])
}

#[derive(Deserialize)]
pub(super) struct Proposal {
    amount: String,
    reason: String,
}

pub(super) async fn propose(
    State(state): State<WalletState>,
    visit: Visit,
    Path(text): Path<String>,
    CsrfForm(form): CsrfForm<Proposal>,
) -> Answer {
    let (staff, id) = (at_desk(&state, &visit).await?, id_of(&text)?);
    let why = reason(&form.reason)?;
    let amount = Yen::parse_input(&form.amount).map_err(|_| Problem::unprocessable("amount"))?;
    let what = (id, amount);
    state.wallet.propose_recoup(&visit.ctx(), (staff, &why), what).await.map_err(problem)?;
    Ok(Redirect::to("/desk/approvals").into_response())
}
