//! The draft of what the authority is told of a fraud (FT-30), from a case of the bank's.

use std::collections::{BTreeMap, BTreeSet};

use axum::{
    extract::{Path, Query, State},
    response::IntoResponse,
};
use jiff::Timestamp;
use kanuki_bank::debit::Debit;
use kanuki_desk::{case::Case, matter};
use kanuki_domain::Yen;
use kanuki_site::{
    Answer, Visit,
    authority::{self, Choice, Draft, Ticked},
};

use super::{at_desk, cases::parse};
use crate::{
    BankState,
    desk::{self, cases::words},
    refusal::problem,
};

/// What was taken, each with when, who asked for it and how much, and what there is to choose from: the
/// debits that the claim is about with what of each was claimed; where no claim names any, those that
/// staff ticked, or whose link the case names, with what of each is not back.
fn taken(
    all: Vec<(Debit, String)>,
    (case, claimed): (&Case, &BTreeMap<String, Yen>),
    ticked: &Ticked,
) -> (Vec<(Timestamp, Yen, String)>, Vec<Choice>) {
    let (mut taken, mut choices) = (Vec::new(), Vec::new());
    for (debit, other) in all {
        let (id, at) = (debit.key(), debit.asked_at);
        let left = debit.amount.minus_or_zero(debit.refunded);
        if !claimed.is_empty() {
            taken.extend(claimed.get(&id).map(|amount| (at, *amount, other)));
        } else if !left.is_zero() {
            let is_named = case.about == debit.mandate_id.to_string();
            let is_chosen = authority::is_chosen(ticked, &id, is_named);
            taken.extend(is_chosen.then(|| (at, left, other.clone())));
            choices.push(Choice { id, other, at, left, is_chosen });
        }
    }
    (taken, choices)
}

pub(super) async fn draft(
    State(state): State<BankState>,
    visit: Visit,
    Path(id): Path<String>,
    Query(ticked): Query<Ticked>,
) -> Answer {
    let by = at_desk(&state, &visit).await?;
    let id = parse(&id)?;
    let case = state.bank.read_case(&visit.ctx(), by, id).await.map_err(problem)?;
    let claimed = state.bank.claimed_of_case(&case).await.map_err(problem)?;
    let all = state.bank.booked_debits_of_case(&case).await.map_err(problem)?;
    let (taken, choices) = taken(all, (&case, &claimed.movements), &ticked);
    let wallets: BTreeSet<&String> = taken.iter().map(|(_, _, name)| name).collect();
    let matter = matter::cases(&state.bank.book, &case).await?;
    let done = matter.iter().flat_map(|case| &case.steps).filter_map(|step| {
        let (code, about) = authority::own_note(&step.text)?;
        Some((step.at, words(&visit, &format!("{code}|{about}"))))
    });
    let draft = Draft {
        case_id: case.case_id.to_string(),
        known_at: matter.first().map_or(case.opened_at, |first| first.opened_at),
        taken: taken.iter().map(|(at, amount, _)| (*at, *amount)).collect(),
        choices,
        others_key: "authority-wallets",
        others: wallets.into_iter().cloned().collect(),
        claim: claimed.state,
        done: authority::in_order(done),
    };
    let title = visit.t("authority-title");
    let body = authority::body(&visit, &draft);
    Ok(visit.desk_page(&desk::meta(&visit, &title, "/desk"), body).into_response())
}
