//! A case by its number, for whoever was told one.

use axum::{
    Router,
    extract::{Query, State},
    response::{IntoResponse, Redirect},
    routing::get,
};
use kanuki_desk::case::Case;
use kanuki_domain::id::CaseId;
use kanuki_site::{Answer, Visit, keys::find_form, ui};
use maud::html;
use serde::Deserialize;

use crate::{Desk, at_desk};

pub(crate) fn routes() -> Router<Desk> {
    Router::new().route("/desk/find", get(find))
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    number: String,
}

/// Leads to the case; that it is there is no secret to staff, and reading it is written down there.
async fn find(State(desk): State<Desk>, visit: Visit, Query(asked): Query<Asked>) -> Answer {
    at_desk(&*desk, &visit).await?;
    let typed = asked.number.trim();
    let found = match typed.parse::<CaseId>() {
        Ok(id) => desk.book().find::<Case>(id).await?,
        Err(_) => None,
    };
    if let Some(case) = found {
        return Ok(Redirect::to(&format!("/desk/cases/{}", case.case_id)).into_response());
    }
    let error = (!typed.is_empty()).then(|| visit.t("keys-find-none"));
    let title = visit.t("keys-find");
    let body = html! {
        (ui::heading(&title, None))
        (find_form(&visit, typed, error))
    };
    Ok(visit.desk_page(&desk.meta(&visit, &title, "/desk"), body).into_response())
}
