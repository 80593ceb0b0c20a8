//! Am I exposed, and how do crimes go: the pages that both companies share, for people without an
//! account here too, with the way to the list that only this bank has.

use axum::{Router, routing::get};
use kanuki_site::{
    Answer, Visit,
    check::{self, Door, Fields},
    csrf::CsrfForm,
};
use maud::Markup;

use crate::BankState;

const DOORS: &[Door] = &[Door { href: "/holder", key: "check-portal", body: "check-portal-body" }];

pub(crate) fn routes() -> Router<BankState> {
    Router::new()
        .route("/check", get(form).post(answer))
        .route("/check/crimes", get(check::crimes))
        .route("/check/crimes/{id}", get(check::crime))
}

async fn form(visit: Visit) -> Markup {
    check::form(&visit, DOORS)
}

/// Draws the answer and forgets it.
async fn answer(visit: Visit, CsrfForm(fields): CsrfForm<Fields>) -> Answer {
    check::answer(&visit, DOORS, &fields)
}
