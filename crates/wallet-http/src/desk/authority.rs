//! The draft of what the authority is told of a fraud (不正取引発生報告書, FT-30), from a case.
//!
//! It holds what the records know: when, through which banks, how much, what was done and what became
//! of the victim's claim. It names no person, and what people must add has its place. The authority's
//! own form is filled in from it by staff.

use std::collections::BTreeSet;

use axum::{
    extract::{Path, State},
    response::IntoResponse,
};
use kanuki_desk::{case::Case, claim::Claim};
use kanuki_domain::{Yen, claim::ClaimState};
use kanuki_site::{
    Answer, Problem, Visit, show,
    ui::{self, Column, Table, Tone},
};
use kanuki_wallet::topup::Topup;
use maud::{Markup, html};

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
    let mut banks = BTreeSet::new();
    let mut sum = Yen::ZERO;
    for topup in &taken {
        banks.insert(names.of(topup.bank));
        sum = sum.plus(topup.amount).map_err(|_| Problem::internal())?;
    }
    let banks: Vec<String> = banks.into_iter().collect();
    let when = |topup: Option<&Topup>| {
        topup.map_or_else(|| html! { "–" }, |topup| show::time(visit.lang(), topup.requested_at))
    };
    let title = visit.t("authority-title");
    let facts = vec![
        (visit.t("authority-company"), html! { (visit.site.config.company) }),
        (visit.t("authority-number"), html! { code { (case.case_id) } }),
        (visit.t("authority-known"), show::time(visit.lang(), case.opened_at)),
        (visit.t("authority-first"), when(taken.iter().min_by_key(|topup| topup.requested_at))),
        (visit.t("authority-last"), when(taken.iter().max_by_key(|topup| topup.requested_at))),
        (visit.t("authority-banks"), html! { (banks.join("、")) }),
        (visit.t("authority-count"), html! { (taken.len()) }),
        (visit.t("authority-sum"), ui::money(sum)),
        (visit.t("authority-claim"), html! { (standing(&visit, claim.as_ref())) }),
    ];
    let body = html! {
        (ui::heading(&title, Some(&visit.t("authority-lead"))))
        (ui::notice(Tone::Info, &visit.t("authority-draft"), html! { p { (visit.t("authority-add")) } }))
        (ui::card(None, ui::definitions(facts)))
        (ui::section(&visit.t("authority-done"), measures(&visit, &case)))
        p { a href={ "/desk/cases/" (case.case_id) } { (visit.t("authority-back")) } }
    };
    Ok(page(&visit, &title, "/desk", body).into_response())
}

fn standing(visit: &Visit, claim: Option<&Claim>) -> String {
    let Some(claim) = claim else { return visit.t("authority-no-claim") };
    let word = visit.t(&format!("claim-is-{}", claim.state.name().replace('_', "-")));
    match claim.state {
        ClaimState::Paid { at, .. } => format!("{word} {}", show::instant(visit.lang(), at)),
        ClaimState::Received
        | ClaimState::Investigating
        | ClaimState::Paused { .. }
        | ClaimState::PayProposed { .. }
        | ClaimState::RefusalProposed { .. }
        | ClaimState::Paying { .. }
        | ClaimState::Refused { .. } => word,
    }
}

/// What was done, from the case's history: only what Kanuki itself noted, because what people wrote
/// may name somebody.
fn measures(visit: &Visit, case: &Case) -> Markup {
    let own = case.steps.iter().filter(|step| step.text.starts_with('='));
    let rows: Vec<Vec<Markup>> = own
        .map(|step| {
            // Behind the bar stands what people typed, or an id.
            let known = step.text.split_once('|').map_or(step.text.as_str(), |(code, _)| code);
            let text = step_text(visit, &format!("{known}|"));
            vec![show::time(visit.lang(), step.at), html! { (text) }]
        })
        .collect();
    html! {
        @if rows.is_empty() { p { (visit.t("authority-nothing")) } } @else {
            (ui::table(&Table {
                caption: visit.t("authority-done"),
                head: vec![
                    Column::text(visit.t("desk-step-at")),
                    Column::text(visit.t("desk-step-text")),
                ],
                rows,
            }))
        }
    }
}
