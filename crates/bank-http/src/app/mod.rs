//! The bank's own app instead of a passkey: a page sends it on an errand on the same telephone, to sign
//! in, to sign what the page shows, or to be let in.
//!
//! Nothing here needs JavaScript. The page shows a number and a link that opens the app; the app speaks
//! to [`api`] and opens the way back in the browser. What the person was doing is kept with the trip.

pub(crate) mod api;
mod back;
mod offer;
mod trip;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{get, post},
};
use kanuki_bank::BankError;
use kanuki_site::{Problem, Visit};

use crate::BankState;

pub(crate) use offer::{sign_button, sign_in_button};
pub(crate) use trip::to_app;

/// Trips that one network may set out on in an hour.
const TRIPS_MAX: u32 = 120;
/// A token of the app and its envelope.
const ASKED_BYTES_MAX: usize = 8 * 1024;

pub(crate) fn routes() -> Router<BankState> {
    let api = Router::new()
        .route("/app/errand", post(api::ask))
        .route("/app/answer", post(api::answer))
        .layer(DefaultBodyLimit::max(ASKED_BYTES_MAX));
    Router::new()
        .route("/app/sign-in", post(trip::set_out_to_sign_in))
        .route("/app/sign", post(trip::set_out_to_sign))
        .route("/app/trip", get(trip::show))
        .route("/app/return", get(back::finish))
        .merge(api)
}

fn require_few(visit: &Visit) -> Result<(), Problem> {
    if visit.allow("app-trip", TRIPS_MAX, 3_600) { Ok(()) } else { Err(Problem::too_many()) }
}

/// Over, another browser's, unknown: one calm page.
fn over(error: BankError) -> Problem {
    match error {
        BankError::NotAvailable => Problem::new(http::StatusCode::NOT_FOUND, "app_over"),
        other => crate::refusal::problem(other),
    }
}
