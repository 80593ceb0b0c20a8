//! The draft of what the authority is told of a fraud (FT-30), from a case of the wallet's.

use std::collections::{BTreeMap, BTreeSet};

use axum::{
    extract::{Path, Query, State},
    response::IntoResponse,
};
use jiff::Timestamp;
use kanuki_desk::matter;
use kanuki_domain::{Yen, bank_account::BankCode};
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
    claimed: &BTreeMap<String, Yen>,
    ticked: &Ticked,
) -> (Vec<(Timestamp, Yen, String)>, Vec<Choice>) {
    let (mut taken, mut choices) = (Vec::new(), Vec::new());
    for Booked { topup, left, is_named } in all {
        let (id, at) = (topup.topup_id.to_string(), topup.requested_at);
        let other = names.of(topup.bank);
        if !claimed.is_empty() {
            taken.extend(claimed.get(&id).map(|amount| (at, *amount, other)));
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
    let claimed = state.wallet.claimed_of_case(&case).await.map_err(problem)?;
    let all = state.wallet.booked_topups(&case).await.map_err(problem)?;
    let names = state.wallet.bank_names().await.map_err(problem)?;
    let (taken, choices) = taken((all, &names), &claimed.movements, &ticked);
    let banks: BTreeSet<String> = taken.iter().map(|(_, _, bank)| bank.clone()).collect();
    let matter = matter::cases(&state.wallet.book, &case).await?;
    let done = matter.iter().flat_map(|case| &case.steps).filter_map(|step| {
        let (code, about) = authority::own_note(&step.text)?;
        // A bank is told by its name: its number says nothing to whoever reads the report.
        let bank = BankCode::parse(about).map(|bank| names.of(bank));
        let about = bank.unwrap_or_else(|_| about.to_owned());
        Some((step.at, step_text(&visit, &format!("{code}|{about}"))))
    });
    let draft = Draft {
        case_id: case.case_id.to_string(),
        known_at: matter.first().map_or(case.opened_at, |first| first.opened_at),
        taken: taken.iter().map(|(at, amount, _)| (*at, *amount)).collect(),
        choices,
        others_key: "authority-banks",
        others: banks.into_iter().collect(),
        claim: claimed.state,
        done: authority::in_order(done),
    };
    let title = visit.t("authority-title");
    Ok(page(&visit, &title, "/desk", authority::body(&visit, &draft)).into_response())
}
