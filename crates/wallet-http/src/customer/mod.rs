//! The customer's pages.

mod alternative;
mod callback;
mod claim;
mod confirm;
mod freeze;
mod home;
mod identity;
mod link;
mod links;
mod open;
mod outcome;
mod pay;
mod payout;
mod recover;
mod request;
mod scan;
mod security;
mod send;
mod sign_in;
mod statement;
mod topup;

use axum::Router;
use kanuki_site::{NavItem, PageMeta, Visit, ui::Icon};

use crate::WalletState;

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
        .merge(topup::routes())
        .merge(send::routes())
        .merge(request::routes())
        .merge(claim::routes())
        .merge(pay::routes())
        .merge(scan::routes())
        .merge(payout::routes())
        .merge(statement::routes())
        .merge(freeze::routes())
        .merge(security::routes())
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
