//! The bank's desk: cases, kill switches, approvals. Staff sign in with passkeys; one person is
//! enough to stop, two are needed to release.

mod approvals;
mod authority;
mod books;
mod cases;
mod claims;
mod company;
mod compared;
mod contracts;
mod doubt;
mod evidence;
mod gates;
mod held;
mod incident;
mod items;
mod leak;
pub(crate) mod pack;
mod partners;
mod phone;
mod phone_alerts;
mod risk;
mod sign_in;

use std::sync::Arc;

use axum::{
    Router,
    routing::{get, post},
};
use kanuki_desk_http::{at_desk, name};
use kanuki_site::{NavItem, PageMeta, Visit, ui::Icon};
use maud::{Markup, html};

use crate::BankState;

pub(crate) fn routes(state: &BankState) -> Router<BankState> {
    Router::new()
        .route("/desk", get(cases::list))
        .route("/desk/cases/{id}", get(cases::show))
        .route("/desk/cases/{id}/evidence", get(evidence::read))
        .route("/desk/cases/{id}/authority", get(authority::draft))
        .route("/desk/cases/{id}/note", post(cases::note))
        .route("/desk/cases/{id}/release", post(cases::ask_release))
        .route("/desk/cases/{id}/resume", post(held::ask))
        .route("/desk/cases/{id}/believe", post(doubt::ask))
        .route("/desk/cases/{id}/phone", post(phone::act))
        .route("/desk/phone", get(phone::show).post(phone::take))
        .route("/desk/gates", get(gates::show))
        .route("/desk/gates/close", post(gates::close))
        .route("/desk/gates/open", post(gates::ask_open))
        .route("/desk/approvals", get(approvals::list))
        .route("/desk/approvals/{id}", post(approvals::decide))
        .route("/desk/items", get(items::list))
        .route("/desk/items/{id}", get(items::show))
        .route("/desk/items/{id}/take", post(items::take))
        .route("/desk/items/{id}/ask", post(items::ask))
        .route("/desk/items/{id}/settle", post(items::settle))
        .route("/desk/contracts", get(contracts::show))
        .route("/desk/contracts/imports/{id}", post(contracts::decide))
        .route("/desk/contracts/mailing", post(contracts::mail))
        .route("/desk/contracts/returned", post(contracts::returned))
        .merge(contracts::upload_route())
        .merge(pack::routes())
        .merge(kanuki_desk_http::partners::routes())
        .merge(kanuki_desk_http::routes(Arc::new(state.clone())))
        .route("/desk/sign-in", get(sign_in::show).post(sign_in::finish))
        .route("/desk/activate", get(sign_in::code_form).post(sign_in::start_activation))
        .route("/desk/activate/passkey", post(sign_in::activate))
}

fn meta(visit: &Visit, title: &str, current: &str) -> PageMeta {
    let item = |icon, key: &str, href: &str| {
        NavItem::new(icon, visit.t(key), href).current(href == current)
    };
    PageMeta::new(title).nav(vec![
        item(Icon::Case, "desk-nav-cases", "/desk"),
        item(Icon::Warning, "risk-title", "/desk/risk"),
        item(Icon::Gate, "desk-nav-gates", "/desk/gates"),
        item(Icon::Mail, "incident-desk", "/desk/incident"),
        item(Icon::People, "desk-nav-approvals", "/desk/approvals"),
        item(Icon::Statement, "desk-nav-contracts", "/desk/contracts"),
        item(Icon::Shield, "desk-nav-partners", "/desk/partners"),
    ])
}

/// What a switch is for, in words, with the way to it.
async fn scope(state: &BankState, visit: &Visit, subject: &str) -> Markup {
    let Some((kind, id)) = subject.split_once('|') else {
        return html! { a href="/desk/gates" { (visit.t("gate-everything")) } };
    };
    if kind == "partner" {
        let name = state.bank.partner(id).await.map_or_else(|_| id.to_owned(), |p| p.name);
        let words = visit.t_args("gate-partner", &[("name", name.into())]);
        return html! { a href="/desk/gates" { (words) } };
    }
    html! { (visit.t(&format!("gate-kind-{kind}"))) " " (switch_link(kind, id, id)) }
}

/// The way to the switch of one mandate, account or person.
fn switch_link(kind: &str, id: &str, words: &str) -> Markup {
    html! { a href={ "/desk/gates?kind=" (kind) "&id=" (id) } { code { (words) } } }
}
