//! The holder's portal: every mandate on every account, and what can be done about it.

pub(crate) mod alerts;
mod app;
mod approvals;
mod asked;
mod caps;
mod card;
mod confirm;
mod contacts;
mod contract;
mod delegates;
mod end;
mod ended;
mod lock;
mod look;
mod mandate;
mod pack;
mod permit;
mod portal;
mod security;
mod seer;
mod sign_in;
mod stop_all;

use axum::{Router, routing::get, routing::post};
use kanuki_bank::{BankError, mandate::Mandate};
use kanuki_domain::id::{HolderId, MandateId};
use kanuki_record::Stored;
use kanuki_site::{Problem, Visit};

use crate::{BankState, refusal::problem};

use seer::Seer;

pub(crate) use approvals::PURPOSE as APPROVAL;
pub(crate) use caps::PURPOSE as RAISE;
pub(crate) use contract::kind_key;
pub(crate) use delegates::PURPOSE as DELEGATE;
pub(crate) use lock::PURPOSE as OPENING;
pub(crate) use sign_in::enter;

pub(crate) fn routes() -> Router<BankState> {
    Router::new()
        .route("/holder", get(portal::show))
        .route("/holder/sign-in", get(sign_in::show).post(sign_in::finish))
        .route("/holder/contacts", get(contacts::show).post(contacts::start))
        .route("/holder/contacts/sign", post(contacts::finish))
        .route("/holder/contracts/{id}", get(contract::show))
        .route("/holder/contracts/{id}/keep", post(contract::keep))
        .route("/holder/contracts/{id}/stop", get(contract::stop_form).post(contract::stop))
        .route("/holder/alerts", get(alerts::show).post(alerts::choose))
        .route("/holder/alerts/sign", post(alerts::finish))
        .route("/holder/approvals", get(approvals::show))
        .route("/holder/approvals/sign", post(approvals::sign))
        .route("/holder/approvals/decline", post(approvals::decline))
        .route("/holder/delegates", get(delegates::show).post(delegates::start))
        .route("/holder/delegates/sign", post(delegates::finish))
        .route("/holder/delegates/{id}/renew", post(delegates::renew))
        .route("/holder/delegates/{id}/end", post(delegates::end))
        .route("/holder/evidence/{id}", get(pack::own))
        .route("/holder/security", get(security::show))
        .route("/holder/security/{id}/end", get(ended::show).post(ended::finish))
        .route("/holder/card", get(card::show).post(card::permit))
        .route("/holder/app", get(app::show).post(app::permit))
        .route("/holder/lock", get(lock::show).post(lock::close))
        .route("/holder/lock/open", post(lock::start_opening))
        .route("/holder/lock/open/sign", post(lock::finish_opening))
        .route("/holder/look", get(look::form).post(look::start))
        .route("/holder/look/wait", get(look::wait))
        .route("/holder/look/code", post(look::enter_code))
        .route("/holder/look/enter", post(look::enter))
        .route("/holder/stop-all", get(stop_all::show).post(stop_all::finish))
        .route("/holder/mandates/{id}", get(mandate::show))
        .route("/holder/mandates/{id}/confirm", post(confirm::enter))
        .route("/holder/mandates/{id}/second", post(confirm::start))
        .route("/holder/mandates/{id}/stop", get(end::show).post(end::finish))
        .route("/holder/mandates/{id}/lower", get(caps::lower_form).post(caps::lower))
        .route("/holder/mandates/{id}/raise", get(caps::raise_form).post(caps::start_raise))
        .route("/holder/mandates/{id}/raise/sign", post(caps::finish_raise))
}

/// The signed-in holder and their mandate; another person's looks like none.
async fn own(
    state: &BankState,
    visit: &Visit,
    id: &str,
) -> Result<(HolderId, Stored<Mandate>), Problem> {
    of(state, visit.require_holder()?, id).await
}

/// The same for what shows or tightens: a weak proof is enough, or being a delegate.
async fn seen(
    state: &BankState,
    visit: &Visit,
    id: &str,
) -> Result<(Seer, Stored<Mandate>), Problem> {
    let seer = seer::require(state, visit).await?;
    let (_, mandate) = of(state, seer.holder_id, id).await?;
    Ok((seer, mandate))
}

async fn of(
    state: &BankState,
    holder_id: HolderId,
    id: &str,
) -> Result<(HolderId, Stored<Mandate>), Problem> {
    let mandate_id: MandateId = id.parse().map_err(|_| problem(BankError::NotAvailable))?;
    let mandate = state.bank.mandate_of(holder_id, mandate_id).await.map_err(problem)?;
    Ok((holder_id, mandate))
}

fn path(mandate: &Mandate) -> String {
    format!("/holder/mandates/{}", mandate.mandate_id)
}
