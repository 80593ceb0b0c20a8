//! The bank's app on this telephone beside the passkey: signed by the passkey, then the app makes a key.

use axum::extract::State;
use kanuki_bank::holder::let_in::Newcomer;
use kanuki_site::{Answer, Visit, csrf::CsrfForm};

use super::permit::{self, Signed};
use crate::BankState;

/// Shows what will be signed.
pub(super) async fn show(State(state): State<BankState>, visit: Visit) -> Answer {
    permit::page(&state, &visit, Newcomer::App).await
}

/// Signed: on to the app.
pub(super) async fn permit(
    State(state): State<BankState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Signed>,
) -> Answer {
    permit::signed(&state, &visit, Newcomer::App, form).await
}
