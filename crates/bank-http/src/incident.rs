//! What is stopped, for everybody: readable without an account (FT-26 e).

use axum::{Router, extract::State, response::IntoResponse, routing::get};
use kanuki_desk::incident::{Halt, Words};
use kanuki_site::{
    Answer, PageMeta, Problem, Visit,
    incident::{self as drawn, Standing},
};

use crate::{BankState, refusal::problem};

pub(crate) fn routes() -> Router<BankState> {
    Router::new().route("/incident", get(show))
}

/// What everybody is told now.
pub(crate) async fn standing(state: &BankState, visit: &Visit) -> Result<Standing, Problem> {
    let halts = state.bank.halts(&visit.ctx()).await.map_err(problem)?;
    let words = state.bank.public_words().await.map_err(problem)?;
    Ok(Standing { halts: halts.into_iter().map(halt).collect(), words: words.map(said) })
}

/// What is stopped, for a first page, which must open also when the ledger does not answer: then
/// nothing moves, and what is asked for says so.
pub(crate) async fn halts(state: &BankState, visit: &Visit) -> Vec<drawn::Halt> {
    match state.bank.halts(&visit.ctx()).await {
        Ok(halts) => halts.into_iter().map(halt).collect(),
        Err(error) => {
            tracing::warn!(%error, "what is stopped could not be read");
            Vec::new()
        }
    }
}

pub(crate) fn halt(halt: Halt) -> drawn::Halt {
    let services = halt.services.iter().map(|service| service.name()).collect();
    drawn::Halt { with: halt.with, since: halt.since, services }
}

pub(crate) fn said(words: Words) -> drawn::Words {
    drawn::Words { ja: words.ja, en: words.en, since: words.from }
}

async fn show(State(state): State<BankState>, visit: Visit) -> Answer {
    let standing = standing(&state, &visit).await?;
    let body = drawn::public(&visit, &standing, &visit.t("incident-call"));
    let meta = PageMeta::new(visit.t("incident-title")).back("/");
    Ok(visit.page(&meta, body).into_response())
}
