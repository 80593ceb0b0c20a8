//! The customer's pages.

mod alternative;
mod callback;
mod claim;
pub(crate) mod close;
mod confirm;
mod evidence;
mod freeze;
mod home;
mod identity;
mod link;
mod links;
mod open;
mod outcome;
mod pay;
mod payout;
mod push;
mod recover;
mod renew;
mod request;
mod room;
mod safety;
mod scan;
mod security;
mod send;
mod sign_in;
mod statement;
mod topup;

use axum::{
    Router,
    response::{IntoResponse, Redirect, Response},
};
use kanuki_site::{NavItem, PageMeta, Problem, Visit, ui::Icon};
use kanuki_wallet::Seen;

use crate::{WalletState, refusal::problem};

/// Every customer page.
pub(crate) fn routes() -> Router<WalletState> {
    Router::new()
        .merge(home::routes())
        .merge(open::routes())
        .merge(sign_in::routes())
        .merge(alternative::routes())
        .merge(recover::routes())
        .merge(identity::routes())
        .merge(link::routes())
        .merge(callback::routes())
        .merge(links::routes())
        .merge(renew::routes())
        .merge(topup::routes())
        .merge(send::routes())
        .merge(request::routes())
        .merge(claim::routes())
        .merge(pay::routes())
        .merge(scan::routes())
        .merge(payout::routes())
        .merge(statement::routes())
        .merge(freeze::routes())
        .merge(close::routes())
        .merge(security::routes())
        .merge(safety::routes())
        .merge(push::routes())
        .merge(evidence::routes())
}

/// The places of the wallet.
pub(crate) fn nav(visit: &Visit, current: &str) -> Vec<NavItem> {
    let item = |icon, key: &str, href: &str| {
        NavItem::new(icon, visit.t(key), href).current(href == current)
    };
    vec![
        item(Icon::Home, "nav-home", "/"),
        item(Icon::Pay, "nav-pay", "/pay"),
        item(Icon::Send, "nav-send", "/send"),
        item(Icon::Statement, "nav-statement", "/statement"),
        item(Icon::Shield, "nav-security", "/security"),
    ]
}

/// Where somebody goes whose wallet is frozen, instead of to a form that would refuse them.
async fn if_frozen(state: &WalletState, visit: &Visit) -> Result<Option<Response>, Problem> {
    let id = visit.require_customer()?;
    let customer = state.wallet.customer(id).await.map_err(problem)?;
    Ok(customer.frozen.is_some().then(|| Redirect::to("/freeze").into_response()))
}

/// The same for what only a wallet in use may start.
async fn if_not_open(state: &WalletState, visit: &Visit) -> Result<Option<Response>, Problem> {
    if let Some(away) = if_frozen(state, visit).await? {
        return Ok(Some(away));
    }
    let id = visit.require_customer()?;
    let customer = state.wallet.customer(id).await.map_err(problem)?;
    Ok(close::if_closing(&customer.closure))
}

/// How the customer of this request is signed in, for the bank to judge.
pub(crate) fn seen(visit: &Visit) -> Option<Seen> {
    let session = visit.session.as_ref()?;
    let device_hash = visit.device_hash();
    let (signed_in_by, signed_in_at) = (session.sign_in, session.created_at);
    Some(Seen { device_hash, signed_in_by, signed_in_at })
}

/// Whoever else is signed in to this wallet is out, and its notices show on no other screen: a thief's
/// browser must not outlive the press that is meant to stop the thief.
async fn end_other_sessions(state: &WalletState, visit: &Visit) -> Result<(), Problem> {
    if let Some(session) = &visit.session {
        visit.site.sessions.end_others(session).await?;
    }
    if let Some(id) = visit.customer_id() {
        let (ctx, device) = (visit.ctx(), visit.device_hash());
        state.wallet.end_other_screens(&ctx, id, &device).await.map_err(problem)?;
    }
    Ok(())
}

/// A page with the navigation and an arrow back to the first page.
pub(crate) fn inner(visit: &Visit, title_key: &str, current: &str) -> PageMeta {
    PageMeta::new(visit.t(title_key)).nav(nav(visit, current)).back("/")
}

/// What was wrong with a form, by the code that a redirect brought back. Codes that we do not know
/// say nothing.
pub(crate) fn form_error(visit: &Visit, code: Option<&str>) -> Option<String> {
    let known = [
        "amount",
        "balance_full",
        "nickname",
        "mail",
        "phone",
        "kana",
        "consent",
        "unreadable",
        "unknown_code",
    ];
    let code = code.filter(|code| known.contains(code))?;
    Some(visit.t(&format!("form-error-{code}")))
}
