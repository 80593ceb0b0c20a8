//! The wallet's desk: cases, kill switches, and what two people must agree on.
//!
//! One person may stop anything at once; letting it go on takes two. A customer is only ever
//! looked at through a case, and that it was looked at is written down.

mod approvals;
mod authority;
mod banks;
mod books;
mod by_hand;
mod cases;
mod claims;
mod closing;
mod company;
mod contact;
mod incident;
mod leak;
pub(crate) mod pack;
mod partners;
mod person;
mod recoup;
mod refunds;
mod risk;
mod sign_in;
mod subject;
mod switches;

use std::sync::Arc;

use axum::{
    Router,
    routing::{get, post},
};
use kanuki_desk_http::{at_desk, name as name_of};
use kanuki_formats::text::safe_line;
use kanuki_site::{
    NavItem, PageMeta, Problem, Visit,
    ui::{Field, Icon},
};
use maud::Markup;

use crate::WalletState;

pub(crate) fn routes(state: &WalletState) -> Router<WalletState> {
    Router::new()
        .route("/desk", get(cases::open))
        .route("/desk/sign-in", get(sign_in::form).post(sign_in::finish))
        .route("/desk/activate", get(sign_in::activation).post(sign_in::activate))
        .route("/desk/activate/passkey", post(sign_in::register))
        .route("/desk/closed", get(cases::closed))
        .route("/desk/cases/{id}", get(cases::show))
        .route("/desk/cases/{id}/note", post(cases::note))
        .route("/desk/cases/{id}/close", post(cases::close))
        .route("/desk/cases/{id}/freeze", post(cases::freeze))
        .route("/desk/cases/{id}/contact", post(contact::mark))
        .route("/desk/cases/{id}/by-hand", post(by_hand::say))
        .route("/desk/cases/{id}/ask-bank", post(cases::ask_bank))
        .route("/desk/cases/{id}/unfreeze", post(cases::propose_unfreeze))
        .route("/desk/cases/{id}/refund", post(refunds::propose))
        .route("/desk/cases/{id}/recoup", post(recoup::propose))
        .route("/desk/cases/{id}/authority", get(authority::draft))
        .route("/desk/cases/{id}/wallets/{wallet}", get(subject::look))
        .route("/desk/cases/{id}/wallets/{wallet}/write", post(subject::write))
        .route("/desk/cases/{id}/held", post(subject::held))
        .route("/desk/switches", get(switches::list))
        .route("/desk/switches/stop", post(switches::stop))
        .route("/desk/switches/release", post(switches::release))
        .route("/desk/banks", get(banks::show))
        .route("/desk/approvals", get(approvals::list))
        .route("/desk/approvals/{id}/approve", post(approvals::approve))
        .route("/desk/approvals/{id}/decline", post(approvals::decline))
        .merge(pack::routes())
        .merge(kanuki_desk_http::partners::routes())
        .merge(kanuki_desk_http::routes(Arc::new(state.clone())))
}

/// The longest reason or note, in characters.
const TEXT_MAX: u16 = 500;

fn page(visit: &Visit, title: &str, current: &str, body: Markup) -> Markup {
    visit.desk_page(&meta(visit, title, current), body)
}

fn meta(visit: &Visit, title: &str, current: &str) -> PageMeta {
    let item = |icon, key: &str, href: &str| {
        NavItem::new(icon, visit.t(key), href).current(href == current)
    };
    let nav = vec![
        item(Icon::Case, "desk-nav-cases", "/desk"),
        item(Icon::Warning, "risk-title", "/desk/risk"),
        item(Icon::Gate, "desk-nav-switches", "/desk/switches"),
        item(Icon::Mail, "incident-desk", "/desk/incident"),
        item(Icon::People, "desk-nav-approvals", "/desk/approvals"),
        item(Icon::Bank, "desk-nav-banks", "/desk/banks"),
        item(Icon::Shield, "desk-nav-partners", "/desk/partners"),
        item(Icon::Check, "desk-nav-closed", "/desk/closed"),
    ];
    PageMeta::new(title).nav(nav).wide()
}

/// A line of a case's history in the reader's language. What Kanuki itself noted is a key, with
/// what it is about behind `|`; what people wrote stays as it is.
fn step_text(visit: &Visit, text: &str) -> String {
    if let Some(words) = kanuki_site::claim::step_words(visit, text) {
        return words;
    }
    if let Some(words) = kanuki_site::risk::step_words(visit, text) {
        return words;
    }
    let Some(noted) = text.strip_prefix('=') else { return text.to_owned() };
    let (key, about) = noted.split_once('|').unwrap_or((noted, ""));
    visit.t_args(&format!("desk-note-{}", key.replace('_', "-")), &[("about", about.into())])
}

/// A line that says why; it is kept for ever, so it must name nobody.
fn reason_field(visit: &Visit) -> Field {
    Field::new("reason", visit.t("desk-reason"))
        .hint(visit.t("desk-reason-hint"))
        .max_length(TEXT_MAX)
}

/// What was typed as a reason; nothing is none.
fn reason(typed: &str) -> Result<String, Problem> {
    let reason = safe_line(typed, usize::from(TEXT_MAX));
    if reason.is_empty() { Err(Problem::unprocessable("reason_needed")) } else { Ok(reason) }
}
