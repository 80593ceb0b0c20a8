//! Who works here, and ending somebody's access.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect},
};
use kanuki_desk::leaving::{Member, Presence};
use kanuki_domain::id::StaffId;
use kanuki_site::{
    Answer, Problem, Visit,
    csrf::CsrfForm,
    staff::{self, Colleague, PATH, Stands},
};
use kanuki_wallet::WalletError;
use serde::Deserialize;

use super::{at_desk, page, reason};
use crate::{WalletState, refusal::problem};

fn colleague(member: &Member) -> Colleague {
    let stands = match member.presence {
        Presence::Works => Stands::Works,
        Presence::Invited { until } => Stands::Invited(until),
        Presence::Lapsed => Stands::Lapsed,
        Presence::Left { at } => Stands::Left(at),
    };
    let (id, name) = (member.staff_id.to_string(), member.name.clone());
    Colleague { id, name, stands, is_officer: member.is_officer }
}

pub(super) async fn list(State(state): State<WalletState>, visit: Visit) -> Answer {
    at_desk(&state, &visit).await?;
    let members = state.wallet.members(&visit.ctx()).await.map_err(problem)?;
    let all: Vec<Colleague> = members.iter().map(colleague).collect();
    let title = visit.t("staff-title");
    let body = staff::list(&visit, &title, &all);
    Ok(page(&visit, &title, PATH, body).into_response())
}

#[derive(Deserialize)]
pub(super) struct Why {
    reason: String,
}

pub(super) async fn ask_end(
    State(state): State<WalletState>,
    visit: Visit,
    Path(id): Path<String>,
    CsrfForm(form): CsrfForm<Why>,
) -> Answer {
    let by = at_desk(&state, &visit).await?;
    let id: StaffId = id.parse().map_err(|_| Problem::not_found())?;
    let why = reason(&form.reason)?;
    state.wallet.staff(id).await.map_err(problem)?;
    match state.wallet.ask_end_staff(&visit.ctx(), by, id, &why).await {
        Ok(_) => Ok(Redirect::to("/desk/approvals").into_response()),
        Err(WalletError::NotAvailable) => Err(Problem::conflict("already_asked")),
        Err(error) => Err(problem(error)),
    }
}
