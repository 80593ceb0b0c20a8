//! The holder's browser on its way from the wallet and back: who are you, which account, do you
//! agree to exactly this.
//!
//! Every step is bound to the browser's device name, which stays the same before and after
//! sign-in. Nothing here needs, or makes, a session at the bank.

mod account;
mod consent;
pub(crate) mod debit;
mod sign_in;

use axum::{Router, routing::get, routing::post};
use http::StatusCode;
use kanuki_bank::BankError;
use kanuki_domain::id::ParId;
use kanuki_site::{Problem, Visit, ui};
use maud::Markup;
use serde::Deserialize;

use crate::{BankState, refusal::problem};

pub(crate) use consent::PURPOSE as CONSENT;
pub(crate) use sign_in::arrived;

pub(crate) fn routes() -> Router<BankState> {
    Router::new()
        .route("/authorize", get(sign_in::arrive).head(sign_in::look))
        .route("/authorize/sign-in", get(sign_in::show).post(sign_in::finish))
        .route("/authorize/account", get(account::show).post(account::choose))
        .route("/authorize/consent", get(consent::show).post(consent::sign))
        .route("/authorize/refuse", post(consent::refuse))
        .route("/authorize/debit/sign-in", get(debit::show_sign_in).post(debit::sign_in))
        .route("/authorize/debit", get(debit::show).post(debit::sign))
        .route("/authorize/debit/decline", post(debit::decline))
}

/// Which authorization, and whether the last try failed.
#[derive(Debug, Deserialize)]
pub(crate) struct InProgress {
    pub(crate) request: ParId,
    pub(crate) again: Option<String>,
    /// A passkey was just made on the way.
    pub(crate) new: Option<String>,
}

/// Expired, finished, unknown, another browser's: one calm page.
fn over(error: BankError) -> Problem {
    match error {
        BankError::NotAvailable => Problem::new(StatusCode::NOT_FOUND, "link_over"),
        other => problem(other),
    }
}

/// The same for a page of this request, which whoever signed it may have come back to: they are told
/// that there is a link.
async fn over_here(state: &BankState, visit: &Visit, request: ParId, error: BankError) -> Problem {
    let is_over = matches!(error, BankError::NotAvailable);
    if is_over && matches!(state.bank.was_signed(request, &visit.device_hash()).await, Ok(true)) {
        return Problem::conflict("link_signed");
    }
    over(error)
}

fn steps(visit: &Visit, current: usize) -> Markup {
    let names =
        [visit.t("link-step-who"), visit.t("link-step-account"), visit.t("link-step-agree")];
    ui::steps(&visit.t("link-steps"), &names, current)
}
