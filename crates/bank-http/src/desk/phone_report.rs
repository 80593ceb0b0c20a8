//! Somebody reports on the telephone: staff write it down and read number and code to them.

use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::get,
};
use http::StatusCode;
use kanuki_site::{
    Answer, Problem, Visit,
    csrf::CsrfForm,
    phone_report::{self as pages, Typed},
};
use maud::Markup;

use super::at_desk;
use crate::{BankState, desk, refusal::problem};

pub(super) fn routes() -> Router<BankState> {
    Router::new().route("/desk/phone/report", get(form).post(take))
}

/// The companies that a report may be about.
async fn others(state: &BankState) -> Result<Vec<(String, String)>, Problem> {
    let all = state.bank.partners().await.map_err(problem)?;
    Ok(all.iter().map(|other| (other.client_id.clone(), other.name.clone())).collect())
}

async fn form(State(state): State<BankState>, visit: Visit) -> Answer {
    at_desk(&state, &visit).await?;
    let others = others(&state).await?;
    Ok(shown(&visit, pages::form(&visit, &Typed::default(), (&others, false))))
}

fn shown(visit: &Visit, body: Markup) -> Response {
    visit
        .desk_page(&desk::meta(visit, &visit.t("phone-report-title"), "/desk"), body)
        .into_response()
}

async fn take(
    State(state): State<BankState>,
    visit: Visit,
    CsrfForm(typed): CsrfForm<Typed>,
) -> Answer {
    let by = at_desk(&state, &visit).await?;
    let others = others(&state).await?;
    let Some((contact, text)) = typed.whole() else {
        let page = shown(&visit, pages::form(&visit, &typed, (&others, true)));
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    };
    // One that is not offered is none.
    let about = others.iter().map(|(id, _)| id.as_str()).find(|id| *id == typed.about);
    let what = (contact.as_str(), text.as_str());
    let taken = state.bank.report_by_phone(&visit.ctx(), by, what, about).await.map_err(problem)?;
    let (number, code) = (taken.case_id.to_string(), taken.code.grouped());
    let body = pages::taken(&visit, (&number, &code), &taken.clock);
    Ok((StatusCode::CREATED, shown(&visit, body)).into_response())
}
