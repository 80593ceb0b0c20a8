//! Asking to open a switch again that stops everybody, or everybody who came by one partner: with a
//! record of the risks (FT-01, FT-05, INC-17).

use axum::{
    Router,
    extract::{Query, State},
    response::{IntoResponse, Redirect},
    routing::get,
};
use http::StatusCode;
use kanuki_desk::{reopen::Refused, risk_record::Unsigned};
use kanuki_domain::agreement::Gap;
use kanuki_site::{
    Answer, Problem, Visit,
    csrf::CsrfForm,
    risk_record::{Typed, Wide, entered, parse, reopen_body},
};
use serde::Deserialize;

use crate::{Company, Desk, at_desk, refused::problem};

pub(crate) fn routes() -> Router<Desk> {
    Router::new().route("/desk/reopen", get(show).post(ask))
}

#[derive(Deserialize)]
struct Which {
    #[serde(default)]
    gate: String,
}

async fn show(State(desk): State<Desk>, visit: Visit, Query(which): Query<Which>) -> Answer {
    at_desk(&*desk, &visit).await?;
    // Typed as it is written in the handbook: the switches say what is closed, and lead here.
    if which.gate.is_empty() {
        return Ok(Redirect::to(desk.switches()).into_response());
    }
    let wide = desk.wide_switch(&visit, &which.gate).await?;
    Ok(page(&*desk, &visit, &wide, (&Typed::new(), &[])))
}

fn page(
    desk: &dyn Company,
    visit: &Visit,
    wide: &Wide,
    given: (&Typed, &[Gap]),
) -> axum::response::Response {
    let title = visit.t("reopen-title");
    let body = reopen_body(visit, wide, given);
    visit.desk_page(&desk.meta(visit, &title, desk.switches()), body).into_response()
}

async fn ask(State(desk): State<Desk>, visit: Visit, CsrfForm(typed): CsrfForm<Typed>) -> Answer {
    let by = at_desk(&*desk, &visit).await?;
    let gate = entered(&typed, "gate");
    let wide = desk.wide_switch(&visit, gate).await?;
    // Somebody was faster: the page says that there is nothing to open.
    if !wide.is_closed {
        return Ok(page(&*desk, &visit, &wide, (&typed, &[])));
    }
    let why = desk.reason(entered(&typed, "reason"))?;
    let record = parse(&typed, &wide.partners);
    match desk.ask_reopen(&visit.ctx(), by, gate, (&why, Some(record))).await {
        Ok(_) => Ok(Redirect::to("/desk/approvals").into_response()),
        Err(Refused::Unsigned(Unsigned::Lacks(gaps))) => {
            let page = page(&*desk, &visit, &wide, (&typed, &gaps));
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(refused) => Err(refusal(refused)),
    }
}

/// A refusal as a browser gets it.
#[must_use]
pub fn refusal(refused: Refused) -> Problem {
    match refused {
        Refused::Known => Problem::conflict("already_asked"),
        Refused::Unsigned(unsigned) => problem(unsigned.into()),
        Refused::Desk(error) => problem(error),
        Refused::Record(error) => error.into(),
    }
}
