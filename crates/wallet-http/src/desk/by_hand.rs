//! A payout that our own people make: what they are to pay, and the two who say what came of it.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect},
};
use kanuki_desk::{approval::Approval, case::Case};
use kanuki_site::{
    Answer, Problem, Visit,
    csrf::CsrfForm,
    ui::{self, Look, Tone},
};
use kanuki_wallet::payout::{
    Payout,
    by_hand::{NOT_PAID, PAID},
};
use maud::{Markup, html};
use serde::Deserialize;

use super::{at_desk, cases::id_of, reason, reason_field};
use crate::{WalletState, refusal::problem};

/// The payout of a case's page, and whether there is one.
pub(super) async fn of_case(
    state: &WalletState,
    visit: &Visit,
    case: &Case,
) -> Result<Option<Markup>, Problem> {
    let payout = state.wallet.by_hand_of(case).await.map_err(problem)?;
    let Some(payout) = payout.filter(|_| case.closed_at.is_none()) else { return Ok(None) };
    let link = state.wallet.link_of(payout.customer_id, payout.link_id).await.map_err(problem)?;
    let bank = state.wallet.bank_name(payout.bank).await;
    let is_stopped =
        state.wallet.is_payout_stopped(&visit.ctx(), &payout).await.map_err(problem)?;
    let form = |act: &str| {
        let title = visit.t(&format!("desk-by-hand-{act}"));
        ui::details(
            &title,
            ui::form(
                &format!("/desk/cases/{}/by-hand", case.case_id),
                visit.csrf_field(),
                html! {
                    p { (visit.t(&format!("desk-by-hand-{act}-what"))) }
                    (ui::hidden("act", act))
                    (ui::field(&reason_field(visit).place(act)))
                    (ui::actions(ui::button(Look::Secondary, &title)))
                },
            ),
        )
    };
    Ok(Some(ui::card(
        Some(&visit.t("desk-by-hand-title")),
        html! {
            p { (visit.t("desk-by-hand-what")) }
            @if is_stopped {
                (ui::notice(Tone::Error, &visit.t("desk-by-hand-stopped"), html! {}))
            }
            (ui::definitions(vec![
                (visit.t("desk-line-amount"), ui::money(payout.amount)),
                (visit.t("desk-link-account"), html! { (bank) " " (link.account_mask) }),
                (visit.t("desk-by-hand-mandate"), html! { code { (link.mandate_id) } }),
            ]))
            (form("paid"))
            (form("not-paid"))
        },
    )))
}

/// What an approval about such a payout asks for; nothing where it is about something else.
pub(super) async fn asked_for(
    state: &WalletState,
    visit: &Visit,
    approval: &Approval,
) -> Result<Vec<(String, Markup)>, Problem> {
    if approval.act != PAID && approval.act != NOT_PAID {
        return Ok(Vec::new());
    }
    let id = approval.subject.parse().map_err(|_| Problem::not_found())?;
    let Some(payout): Option<Payout> = state.wallet.payout_by_id(id).await.map_err(problem)? else {
        return Ok(Vec::new());
    };
    let bank = state.wallet.bank_name(payout.bank).await;
    let mut lines = vec![
        (visit.t("desk-line-amount"), ui::money(payout.amount)),
        (visit.t("desk-link-bank"), html! { (bank) }),
    ];
    if state.wallet.is_payout_stopped(&visit.ctx(), &payout).await.map_err(problem)? {
        lines.push((visit.t("desk-by-hand-now"), html! { (visit.t("desk-by-hand-stopped")) }));
    }
    Ok(lines)
}

#[derive(Deserialize)]
pub(super) struct Said {
    act: String,
    reason: String,
}

pub(super) async fn say(
    State(state): State<WalletState>,
    visit: Visit,
    Path(text): Path<String>,
    CsrfForm(form): CsrfForm<Said>,
) -> Answer {
    let (staff, id) = (at_desk(&state, &visit).await?, id_of(&text)?);
    let why = reason(&form.reason)?;
    let is_paid = match form.act.as_str() {
        "paid" => true,
        "not-paid" => false,
        _ => return Err(Problem::not_found()),
    };
    let asked = state.wallet.ask_by_hand(&visit.ctx(), staff, (id, is_paid), &why).await;
    asked.map_err(problem)?;
    Ok(Redirect::to("/desk/approvals").into_response())
}
