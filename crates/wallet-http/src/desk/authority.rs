//! The draft of what the authority is told of a fraud (FT-30), from a case of the wallet's.

use std::collections::{BTreeMap, BTreeSet};

use axum::{
    extract::{Path, Query, State},
    response::IntoResponse,
};
use jiff::Timestamp;
use kanuki_desk::claim::Claim;
use kanuki_domain::Yen;
use kanuki_site::{
    Answer, Visit,
    authority::{self, Choice, Draft, Ticked},
};
use kanuki_wallet::{claim::Booked, partner::BankNames};

use super::{at_desk, cases::id_of, page, step_text};
use crate::{WalletState, refusal::problem};

/// What was taken, each with when, from which bank and how much, and what there is to choose from: the
/// top-ups that the claim is about with what of each was claimed; where no claim names any, those that
/// staff ticked, or that the case names, with what of each is not back.
fn taken(
    (all, names): (Vec<Booked>, &BankNames),
    claim: Option<&Claim>,
    ticked: &Ticked,
) -> (Vec<(Timestamp, Yen, String)>, Vec<Choice>) {
    let items = claim.map(|claim| claim.items.as_slice()).unwrap_or_default();
    let claimed: BTreeMap<&str, Yen> =
        items.iter().map(|item| (item.movement.as_str(), item.amount)).collect();
    let (mut taken, mut choices) = (Vec::new(), Vec::new());
    for Booked { topup, left, is_named } in all {
        let (id, at) = (topup.topup_id.to_string(), topup.requested_at);
        let other = names.of(topup.bank);
        if !claimed.is_empty() {
            taken.extend(claimed.get(id.as_str()).map(|amount| (at, *amount, other)));
        } else if !left.is_zero() {
            let is_chosen = authority::is_chosen(ticked, &id, is_named);
            taken.extend(is_chosen.then(|| (at, left, other.clone())));
            choices.push(Choice { id, other, at, left, is_chosen });
        }
    }
    (taken, choices)
}

pub(super) async fn draft(
    State(state): State<WalletState>,
    visit: Visit,
    Path(text): Path<String>,
    Query(ticked): Query<Ticked>,
) -> Answer {
    let staff = at_desk(&state, &visit).await?;
    let id = id_of(&text)?;
    let case = state.wallet.read_case(&visit.ctx(), staff, id).await.map_err(problem)?;
    let claim = state.wallet.claim_of_case(id).await.map_err(problem)?;
    let all = state.wallet.booked_topups(&case).await.map_err(problem)?;
    let names = state.wallet.bank_names().await.map_err(problem)?;
    let (taken, choices) = taken((all, &names), claim.as_ref(), &ticked);
    let banks: BTreeSet<String> = taken.iter().map(|(_, _, bank)| bank.clone()).collect();
    let done = case.steps.iter().filter_map(|step| {
        let code = authority::own_note(&step.text)?;
        Some((step.at, step_text(&visit, &format!("{code}|"))))
    });
    let draft = Draft {
        case_id: case.case_id.to_string(),
        known_at: case.opened_at,
        taken: taken.iter().map(|(at, amount, _)| (*at, *amount)).collect(),
        choices,
        others_key: "authority-banks",
        others: banks.into_iter().collect(),
        claim: claim.map(|claim| claim.state),
        done: done.collect(),
    };
    let title = visit.t("authority-title");
    Ok(page(&visit, &title, "/desk", authority::body(&visit, &draft)).into_response())
}
