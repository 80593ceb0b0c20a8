//! A customer who closes their wallet: how far it is, what it waits for, and the wallets that they had
//! before. What people look into is not among it: not all staff may know of it.

use kanuki_site::{
    Problem, Visit, show,
    ui::{self},
};
use kanuki_wallet::{close::Closure, customer::Overview};
use maud::{Markup, html};

use crate::{WalletState, customer::close::end_list, refusal::problem};

/// What is to be said of it; nothing of a wallet in use that is its owner's first.
pub(super) async fn of(
    state: &WalletState,
    visit: &Visit,
    overview: &Overview,
) -> Result<Markup, Problem> {
    let customer = &overview.customer;
    let earlier = state.wallet.earlier_wallets(customer).await.map_err(problem)?;
    let mut pairs: Vec<(String, Markup)> = earlier
        .iter()
        .map(|one| (visit.t("desk-earlier"), html! { code { (one.wallet_id) } }))
        .collect();
    match &customer.closure {
        Closure::Open => {}
        Closure::Closed(closed) => {
            pairs.push((visit.t("desk-closed-at"), show::time(visit.lang(), closed.at())));
        }
        Closure::Closing(_) | Closure::Ending(_) => {
            pairs.extend(under_way(state, visit, overview).await?);
        }
    }
    Ok(if pairs.is_empty() {
        html! {}
    } else {
        ui::card(Some(&visit.t("desk-closing-title")), ui::definitions(pairs))
    })
}

async fn under_way(
    state: &WalletState,
    visit: &Visit,
    overview: &Overview,
) -> Result<Vec<(String, Markup)>, Problem> {
    let customer = &overview.customer;
    let ends = state.wallet.open_ends(&visit.ctx(), customer).await.map_err(problem)?;
    let banks = state.wallet.banks_to_hear(customer.customer_id).await.map_err(problem)?;
    let names = state.wallet.bank_names().await.map_err(problem)?;
    let mut pairs = Vec::new();
    if let Some(closing) = customer.closure.asked() {
        pairs.push((visit.t("desk-closing-asked"), show::time(visit.lang(), closing.asked_at())));
        pairs.push((visit.t("close-from"), show::time(visit.lang(), closing.effective_at())));
    }
    for (text, _) in end_list(visit, &ends) {
        pairs.push((visit.t("desk-closing-waits"), text));
    }
    for bank in banks {
        pairs.push((visit.t("desk-closing-bank"), html! { (names.of(bank)) }));
    }
    Ok(pairs)
}
