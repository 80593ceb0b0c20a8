//! The draft of what the authority is told of a fraud (FT-30), from a case of the wallet's.

use std::collections::BTreeSet;

use axum::{
    extract::{Path, State},
    response::IntoResponse,
};
use kanuki_desk::{case::Case, claim::Claim};
use kanuki_site::{
    Answer, Problem, Visit,
    authority::{self, Draft},
};
use kanuki_wallet::topup::Topup;

use super::{at_desk, cases::id_of, page, step_text};
use crate::{WalletState, refusal::problem};

/// What was taken: the top-ups of the case's wallet that are still missing at their accounts, or
/// those that its claim is about.
async fn taken(
    state: &WalletState,
    case: &Case,
    claim: Option<&Claim>,
) -> Result<Vec<Topup>, Problem> {
    let all = state.wallet.posted_topups(case).await.map_err(problem)?;
    let Some(claim) = claim.filter(|claim| !claim.items.is_empty()) else { return Ok(all) };
    let claimed: BTreeSet<&str> = claim.items.iter().map(|item| item.movement.as_str()).collect();
    let is_claimed = |topup: &Topup| claimed.contains(topup.topup_id.to_string().as_str());
    Ok(all.into_iter().filter(is_claimed).collect())
}

pub(super) async fn draft(
    State(state): State<WalletState>,
    visit: Visit,
    Path(text): Path<String>,
) -> Answer {
    let staff = at_desk(&state, &visit).await?;
    let id = id_of(&text)?;
    let case = state.wallet.read_case(&visit.ctx(), staff, id).await.map_err(problem)?;
    let claim = state.wallet.claim_of_case(id).await.map_err(problem)?;
    let taken = taken(&state, &case, claim.as_ref()).await?;
    let names = state.wallet.bank_names().await.map_err(problem)?;
    let banks: BTreeSet<String> = taken.iter().map(|topup| names.of(topup.bank)).collect();
    let done = case.steps.iter().filter_map(|step| {
        let code = authority::own_note(&step.text)?;
        Some((step.at, step_text(&visit, &format!("{code}|"))))
    });
    let draft = Draft {
        case_id: case.case_id.to_string(),
        known_at: case.opened_at,
        taken: taken.iter().map(|topup| (topup.requested_at, topup.amount)).collect(),
        others_key: "authority-banks",
        others: banks.into_iter().collect(),
        claim: claim.map(|claim| claim.state),
        done: done.collect(),
    };
    let title = visit.t("authority-title");
    Ok(page(&visit, &title, "/desk", authority::body(&visit, &draft)).into_response())
}
