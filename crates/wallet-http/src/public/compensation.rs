//! What we make good, for whom and how (FT-24 to FT-27): public, also for people who have no
//! wallet here and lost money from a bank account. Drawn from the policy in force.

use axum::{extract::State, response::IntoResponse};
use kanuki_desk::compensation::in_force;
use kanuki_site::{Answer, PageMeta, Visit, compensation};

use crate::WalletState;

pub(super) async fn policy(State(state): State<WalletState>, visit: Visit) -> Answer {
    let (policy, since) = in_force(&state.wallet.book).await?;
    let meta = PageMeta::new(visit.t("compensation-title")).back("/");
    Ok(visit.page(&meta, compensation::page_body(&visit, &policy, since)).into_response())
}
