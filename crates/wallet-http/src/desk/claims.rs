//! Reports and claims at the desk: the part of a case's page, the list, and the policy.

use std::collections::BTreeMap;

use axum::{
    Router,
    extract::{Path, State},
    response::{IntoResponse, Redirect},
    routing::{get, post},
};
use kanuki_desk::{
    approval::Approval,
    case::Case,
    claim::{Act, Claim, case_of},
    compensation::in_force,
};
use kanuki_domain::{agreement::Side, compensation::Cause, duty};
use kanuki_site::{
    Answer, Problem, Visit,
    claim::{self, Ask, CaseView, Reported, Seen},
    csrf::CsrfForm,
    show,
};
use maud::Markup;

use super::{at_desk, cases::id_of, page, reason};
use crate::{WalletState, refusal::problem};

/// The most movements to choose from, newest first.
const CHOICES_MAX: usize = 50;

pub(super) fn routes() -> Router<WalletState> {
    Router::new().route("/desk/claims", get(list)).route("/desk/cases/{id}/claim", post(act))
}

async fn seen(state: &WalletState, claim: Claim) -> Result<Seen, Problem> {
    let names = state.wallet.bank_names().await.map_err(problem)?;
    let partner = kanuki_domain::bank_account::BankCode::parse(&claim.partner)
        .map_or_else(|_| claim.partner.clone(), |code| names.of(code));
    Ok(Seen {
        case_id: claim.case_id,
        partner,
        is_payer: claim.is_payer,
        amount: claim.asked(),
        only_paid: claim.only_paid,
        items: claim
            .items
            .iter()
            .map(|item| (item.movement.clone(), item.amount, item.is_paid))
            .collect(),
        parts: Cause::ALL.map(|cause| (cause, claim.parts(cause))).into(),
        clock: claim.clock,
        policy: claim.policy.clone(),
        reference: claim.reference.clone(),
        state: claim.state,
    })
}

/// What an approval about a claim asks for; nothing where it is about something else.
pub(super) async fn asked_for(
    state: &WalletState,
    visit: &Visit,
    approval: &Approval,
) -> Result<Vec<(String, Markup)>, Problem> {
    let Some(case_id) = case_of(approval) else { return Ok(Vec::new()) };
    let claim = state.wallet.claim_of_case(case_id).await.map_err(problem)?;
    let Some(claim) = claim else { return Ok(Vec::new()) };
    Ok(claim::approval_facts(visit, &seen(state, claim).await?))
}

/// What the list of cases says about claims.
pub(super) async fn reminder(state: &WalletState, visit: &Visit) -> Result<Markup, Problem> {
    let open = state.wallet.claims().await.map_err(problem)?;
    let late = open.iter().filter(|claim| claim.is_overdue(visit.now())).count();
    Ok(claim::reminder(visit, open.len(), late))
}

async fn list(State(state): State<WalletState>, visit: Visit) -> Answer {
    at_desk(&state, &visit).await?;
    let mut all = Vec::new();
    for one in state.wallet.claims().await.map_err(problem)? {
        all.push(seen(&state, one).await?);
    }
    let title = visit.t("claim-list");
    Ok(page(&visit, &title, "/desk", claim::list(&visit, &all)).into_response())
}

/// The part of a case's page.
pub(super) async fn of_case(
    state: &WalletState,
    visit: &Visit,
    case: &Case,
) -> Result<Markup, Problem> {
    let wallet = &state.wallet;
    let claim = match wallet.claim_of_case(case.case_id).await.map_err(problem)? {
        Some(claim) => Some(seen(state, claim).await?),
        None => None,
    };
    let report = wallet.report_of(case.case_id).await.map_err(problem)?;
    let (policy, _) = in_force(&wallet.book).await?;
    let mut left = Vec::new();
    if claim.is_none() && case.closed_at.is_none() {
        let names = wallet.bank_names().await.map_err(problem)?;
        for (topup, amount) in wallet.claimable(case).await.map_err(problem)? {
            let at = show::instant(visit.lang(), topup.requested_at);
            let label = format!("{} {at}", names.of(topup.bank));
            left.push((topup.topup_id.to_string(), label, amount));
        }
        left.truncate(CHOICES_MAX);
    }
    let judged = wallet.duties(&visit.ctx(), case).await.map_err(problem)?;
    let advice = duty::advice(Side::Wallet, &judged);
    let duties = (judged, advice);
    let view = CaseView {
        case_id: case.case_id,
        is_open: case.closed_at.is_none(),
        has_person: case.person_id.is_some(),
        report: report.map(|report| Reported {
            clock: report.clock,
            answered_at: report.answered_at,
            ending: report.ending.map(|(_, outcome)| outcome),
        }),
        claim,
        pays_first: policy.split.pays_first == Some(Side::Wallet),
        left,
        told: wallet.is_told_paid(case.case_id).await.map_err(problem)?,
        duties,
    };
    Ok(claim::section(visit, &view))
}

async fn act(
    State(state): State<WalletState>,
    visit: Visit,
    Path(text): Path<String>,
    CsrfForm(form): CsrfForm<BTreeMap<String, String>>,
) -> Answer {
    let (by, id) = (at_desk(&state, &visit).await?, id_of(&text)?);
    let (ask, why) = claim::ask(&form).ok_or_else(|| Problem::unprocessable("bad_form"))?;
    let (ctx, wallet) = (visit.ctx(), &state.wallet);
    let act = match ask {
        Ask::Answered => {
            wallet.answer_report(&ctx, by, id).await.map_err(problem)?;
            None
        }
        Ask::Join(other) => {
            wallet.join_report(&ctx, by, (id, other)).await.map_err(problem)?;
            None
        }
        Ask::Open(chosen) => {
            wallet.open_claim(&ctx, by, id, &chosen).await.map_err(problem)?;
            None
        }
        Ask::End(outcome) => {
            let why = reason(why)?;
            wallet.end_report(&ctx, by, id, (&why, outcome)).await.map_err(problem)?;
            None
        }
        Ask::Investigate => Some(Act::Investigate),
        Ask::Pause(pause) => Some(Act::Pause(pause)),
        Ask::Pay(cause) => Some(Act::Pay(cause)),
        Ask::PayPart(cause) => Some(Act::PayPart(cause)),
        Ask::Refuse(evidence, reference) => Some(Act::Refuse(evidence, reference)),
    };
    let mut next = format!("/desk/cases/{id}");
    if let Some(act) = act {
        let done = wallet.act_on_claim(&ctx, by, id, (act, &reason(why)?)).await;
        if done.map_err(problem)?.is_some() {
            "/desk/approvals".clone_into(&mut next);
        }
    }
    Ok(Redirect::to(&next).into_response())
}
