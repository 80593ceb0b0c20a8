//! The draft of what the authority is told of a fraud (FT-30), from a case of the bank's.

use std::collections::BTreeSet;

use axum::{
    extract::{Path, State},
    response::IntoResponse,
};
use kanuki_bank::debit::Debit;
use kanuki_desk::{case::Case, claim::Claim};
use kanuki_site::{
    Answer, Problem, Visit,
    authority::{self, Draft},
};

use super::{at_desk, cases::parse};
use crate::{
    BankState,
    desk::{self, cases::words},
    refusal::problem,
};

/// What was taken: the debits of the case's links that were booked, or those that its claim is about,
/// each with the name of the company that asked for it.
async fn taken(
    state: &BankState,
    case: &Case,
    claim: Option<&Claim>,
) -> Result<Vec<(Debit, String)>, Problem> {
    let claimed: Option<BTreeSet<&str>> = claim
        .filter(|claim| !claim.items.is_empty())
        .map(|claim| claim.items.iter().map(|item| item.movement.as_str()).collect());
    let mut all = Vec::new();
    for (debit, name) in state.bank.booked_debits_of_case(case).await.map_err(problem)? {
        if claimed.as_ref().is_none_or(|claimed| claimed.contains(debit.key().as_str())) {
            all.push((debit, name));
        }
    }
    Ok(all)
}

pub(super) async fn draft(
    State(state): State<BankState>,
    visit: Visit,
    Path(id): Path<String>,
) -> Answer {
    let by = at_desk(&state, &visit).await?;
    let id = parse(&id)?;
    let case = state.bank.read_case(&visit.ctx(), by, id).await.map_err(problem)?;
    let claim = state.bank.claim_of_case(id).await.map_err(problem)?;
    let taken = taken(&state, &case, claim.as_ref()).await?;
    let wallets: BTreeSet<&String> = taken.iter().map(|(_, name)| name).collect();
    let done = case.steps.iter().filter_map(|step| {
        let code = authority::own_note(&step.text)?;
        Some((step.at, words(&visit, &format!("{code}|"))))
    });
    let draft = Draft {
        case_id: case.case_id.to_string(),
        known_at: case.opened_at,
        taken: taken.iter().map(|(debit, _)| (debit.asked_at, debit.amount)).collect(),
        others_key: "authority-wallets",
        others: wallets.into_iter().cloned().collect(),
        claim: claim.map(|claim| claim.state),
        done: done.collect(),
    };
    let title = visit.t("authority-title");
    let body = authority::body(&visit, &draft);
    Ok(visit.desk_page(&desk::meta(&visit, &title, "/desk"), body).into_response())
}
