//! A top-up that goes back to the bank account it came from: the part of a case's page where it is
//! proposed, and what has become of it.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect},
};
use kanuki_desk::case::Case;
use kanuki_domain::{
    Yen,
    id::{CustomerId, TopupId},
};
use kanuki_site::{
    Answer, Problem, Visit,
    csrf::CsrfForm,
    show,
    ui::{self, AmountField, Column, Field, Look, Table, Tone},
};
use kanuki_wallet::{
    refund::{Refund, RefundState},
    topup::Topup,
};
use maud::{Markup, html};
use serde::Deserialize;

use super::{at_desk, cases::id_of, reason, reason_field};
use crate::{WalletState, refusal::problem};

/// The most top-ups to choose from, newest first.
const CHOICES_MAX: usize = 50;

fn customer_of(case: &Case) -> Option<CustomerId> {
    case.person_id.as_deref().and_then(|id| id.parse().ok())
}

/// What went back, or is to; nothing if nothing did.
pub(super) async fn of_case(
    state: &WalletState,
    visit: &Visit,
    case: &Case,
) -> Result<Markup, Problem> {
    let Some(id) = customer_of(case) else { return Ok(html! {}) };
    let refunds = state.wallet.refunds_of(id).await.map_err(problem)?;
    let names = state.wallet.bank_names().await.map_err(problem)?;
    let row = |refund: &Refund| {
        vec![
            html! { code { (refund.refund_id) } },
            show::time(visit.lang(), refund.proposed_at),
            html! { span.whole { (names.of(refund.bank)) } },
            ui::money(refund.amount),
            standing(visit, refund),
        ]
    };
    Ok(html! {
        @if !refunds.is_empty() {
            (ui::table(&Table {
                caption: visit.t("desk-refunds"),
                head: vec![
                    Column::text(visit.t("desk-refund-number")),
                    Column::text(visit.t("desk-refund-at")),
                    Column::text(visit.t("desk-link-bank")),
                    Column::number(visit.t("desk-line-amount")),
                    Column::text(visit.t("desk-link-state")),
                ],
                rows: refunds.iter().map(row).collect(),
            }))
        }
    })
}

fn standing(visit: &Visit, refund: &Refund) -> Markup {
    let tone = match refund.state {
        RefundState::Posted { .. } => Tone::Success,
        RefundState::Proposed
        | RefundState::Requested
        | RefundState::Asking
        | RefundState::GivingUp { .. } => Tone::Info,
        RefundState::Declined { .. } => Tone::Neutral,
        RefundState::Refused { .. } | RefundState::OpenItem { .. } => Tone::Warning,
    };
    let state = visit.t(&format!("desk-refund-{}", refund.state_name().replace('_', "-")));
    html! {
        (ui::badge(tone, &state))
        @if let RefundState::Refused { reason, .. } = refund.state {
            " " (visit.t(&format!("desk-refund-why-{}", reason.name().replace('_', "-"))))
        }
    }
}

/// Where a refund is proposed; nothing where no top-up is left to give back.
pub(super) async fn form(
    state: &WalletState,
    visit: &Visit,
    case: &Case,
) -> Result<Markup, Problem> {
    let Some(id) = customer_of(case).filter(|_| case.closed_at.is_none()) else {
        return Ok(html! {});
    };
    let left = state.wallet.refundable(id).await.map_err(problem)?;
    let names = state.wallet.bank_names().await.map_err(problem)?;
    let option = |(topup, left): &(Topup, Yen)| {
        let label = visit.t_args(
            "desk-refund-choice",
            &[
                ("bank", names.of(topup.bank).into()),
                ("at", show::instant(visit.lang(), topup.requested_at).into()),
                ("amount", topup.amount.into()),
                ("left", (*left).into()),
            ],
        );
        (topup.topup_id.to_string(), label)
    };
    let options: Vec<_> = left.iter().take(CHOICES_MAX).map(option).collect();
    let topup = Field::new("topup", visit.t("desk-refund-topup"));
    let amount = AmountField {
        name: "amount".to_owned(),
        label: visit.t("desk-line-amount"),
        ..AmountField::default()
    };
    Ok(html! {
        @if !options.is_empty() {
            (ui::card(Some(&visit.t("desk-refund")), html! {
                p { (visit.t("desk-refund-what")) }
                (ui::form(&format!("/desk/cases/{}/refund", case.case_id), visit.csrf_field(), html! {
                    (ui::select(&topup, &options))
                    (ui::amount_field(&amount))
                    (ui::field(&reason_field(visit)))
                    (ui::actions(ui::button(Look::Primary, &visit.t("desk-refund-button"))))
                }))
            }))
        }
    })
}

#[derive(Deserialize)]
pub(super) struct Proposal {
    topup: String,
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
    let topup: TopupId = form.topup.parse().map_err(|_| Problem::not_found())?;
    let amount = Yen::parse_input(&form.amount).map_err(|_| Problem::unprocessable("amount"))?;
    let what = (topup, amount);
    state.wallet.propose_refund(&visit.ctx(), (staff, &why), id, what).await.map_err(problem)?;
    Ok(Redirect::to("/desk/approvals").into_response())
}
