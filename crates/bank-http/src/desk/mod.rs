//! The bank's desk: cases, kill switches, approvals. Staff sign in with passkeys; one person is
//! enough to stop, two are needed to release.

mod approvals;
mod cases;
mod gates;
mod sign_in;

use axum::{
    Router,
    routing::{get, post},
};
use kanuki_domain::id::StaffId;
use kanuki_site::{NavItem, PageMeta, Visit, ui::Icon};

use crate::BankState;

pub(crate) fn routes() -> Router<BankState> {
    Router::new()
        .route("/desk", get(cases::list))
        .route("/desk/cases/{id}", get(cases::show))
        .route("/desk/cases/{id}/note", post(cases::note))
        .route("/desk/cases/{id}/release", post(cases::ask_release))
        .route("/desk/gates", get(gates::show))
        .route("/desk/gates/close", post(gates::close))
        .route("/desk/gates/open", post(gates::ask_open))
        .route("/desk/approvals", get(approvals::list))
        .route("/desk/approvals/{id}", post(approvals::decide))
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
        item(Icon::Gate, "desk-nav-gates", "/desk/gates"),
        item(Icon::People, "desk-nav-approvals", "/desk/approvals"),
    ])
}

/// A name where there is one, else the id.
async fn name(state: &BankState, id: &str) -> String {
    let found = match id.parse::<StaffId>() {
        Ok(staff_id) => state.bank.staff_name(staff_id).await.ok().flatten(),
        Err(_) => None,
    };
    found.unwrap_or_else(|| id.to_owned())
}
