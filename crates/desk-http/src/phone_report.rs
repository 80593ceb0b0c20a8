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

use crate::{Company, Desk, at_desk};

pub(crate) fn routes() -> Router<Desk> {
    Router::new().route("/desk/phone/report", get(form).post(take))
}

/// The companies that a report may be about.
async fn others(desk: &dyn Company) -> Result<Vec<(String, String)>, Problem> {
    Ok(desk.partners().await?.into_iter().map(|other| (other.id, other.name)).collect())
}

async fn form(State(desk): State<Desk>, visit: Visit) -> Answer {
    at_desk(&*desk, &visit).await?;
    let others = others(&*desk).await?;
    Ok(shown(&*desk, &visit, pages::form(&visit, &Typed::default(), (&others, false))))
}

fn shown(desk: &dyn Company, visit: &Visit, body: Markup) -> Response {
    let meta = desk.meta(visit, &visit.t("phone-report-title"), "/desk");
    visit.desk_page(&meta, body).into_response()
}

async fn take(State(desk): State<Desk>, visit: Visit, CsrfForm(typed): CsrfForm<Typed>) -> Answer {
    let by = at_desk(&*desk, &visit).await?;
    let others = others(&*desk).await?;
    let Some((contact, text)) = typed.whole() else {
        let page = shown(&*desk, &visit, pages::form(&visit, &typed, (&others, true)));
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    };
    // One that is not offered is none.
    let about = others.iter().map(|(id, _)| id.as_str()).find(|id| *id == typed.about);
    let what = (contact.as_str(), text.as_str());
    let taken = desk.report_by_phone(&visit.ctx(), by, what, about).await?;
    let code = taken.code.grouped();
    let body = pages::taken(&visit, (taken.case_id, &code), (&taken.clock, taken.shared));
    Ok((StatusCode::CREATED, shown(&*desk, &visit, body)).into_response())
}
