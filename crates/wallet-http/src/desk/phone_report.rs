//! Somebody reports on the telephone: staff write it down and read number and code to them.

use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::get,
};
use http::StatusCode;
use kanuki_domain::bank_account::BankCode;
use kanuki_site::{
    Answer, Problem, Visit,
    csrf::CsrfForm,
    phone_report::{self as pages, Typed},
};
use maud::Markup;

use super::{at_desk, page};
use crate::{WalletState, refusal::problem};

pub(super) fn routes() -> Router<WalletState> {
    Router::new().route("/desk/phone/report", get(form).post(take))
}

/// The companies that a report may be about.
async fn others(state: &WalletState) -> Result<Vec<(String, String)>, Problem> {
    let all = state.wallet.partners().await.map_err(problem)?;
    Ok(all.iter().map(|other| (other.code.to_string(), other.name.clone())).collect())
}

async fn form(State(state): State<WalletState>, visit: Visit) -> Answer {
    at_desk(&state, &visit).await?;
    let others = others(&state).await?;
    Ok(shown(&visit, pages::form(&visit, &Typed::default(), (&others, false))))
}

fn shown(visit: &Visit, body: Markup) -> Response {
    page(visit, &visit.t("phone-report-title"), "/desk", body).into_response()
}

async fn take(
    State(state): State<WalletState>,
    visit: Visit,
    CsrfForm(typed): CsrfForm<Typed>,
) -> Answer {
    let by = at_desk(&state, &visit).await?;
    let others = others(&state).await?;
    let Some((contact, text)) = typed.whole() else {
        let page = shown(&visit, pages::form(&visit, &typed, (&others, true)));
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    };
    let about = BankCode::parse(&typed.about).ok();
    let what = (contact.as_str(), text.as_str());
    let taken =
        state.wallet.report_by_phone(&visit.ctx(), by, what, about).await.map_err(problem)?;
    let (number, code) = (taken.case_id.to_string(), taken.code.grouped());
    let body = pages::taken(&visit, (&number, &code), &taken.clock);
    Ok((StatusCode::CREATED, shown(&visit, body)).into_response())
}
