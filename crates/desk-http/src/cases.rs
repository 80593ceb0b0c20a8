//! All open cases from the oldest, page by page: the first page of a desk has the newest, and strangers can
//! fill that with reports.

use axum::{
    Router,
    extract::{Query, State},
    response::IntoResponse,
    routing::get,
};
use kanuki_desk::case::Case;
use kanuki_domain::{case_number::said, id::CaseId};
use kanuki_site::{
    Answer, Problem, Visit, show,
    ui::{self, Column, Table},
};
use maud::{Markup, html};
use serde::Deserialize;

use crate::{Desk, at_desk, history};

/// The most of them on one page.
const PAGE: usize = 100;
const PLACE: &str = "/desk/cases";

pub(crate) fn routes() -> Router<Desk> {
    Router::new().route("/desk/cases", get(list))
}

/// The way there, on the first page.
#[must_use]
pub fn link(visit: &Visit) -> Markup {
    html! { p { a href=(PLACE) { (visit.t("all-cases")) } } }
}

#[derive(Deserialize)]
struct Paged {
    after: Option<String>,
}

async fn list(State(desk): State<Desk>, visit: Visit, Query(paged): Query<Paged>) -> Answer {
    at_desk(&*desk, &visit).await?;
    let after = match paged.after.as_deref().map(str::parse::<CaseId>) {
        None => String::new(),
        Some(Ok(id)) => id.to_string(),
        Some(Err(_)) => return Err(Problem::not_found()),
    };
    // One more than is shown: whether there is another page.
    let most = PAGE.saturating_add(1);
    let mut cases = desk.book().page_after::<Case>(("state", "open"), &after, most).await?;
    let has_more = cases.len() > PAGE;
    cases.truncate(PAGE);
    let next = cases.last().filter(|_| has_more).map(|case| case.case_id);
    let mut rows = Vec::new();
    for case in &cases {
        rows.push(vec![
            html! { a href={ (PLACE) "/" (case.case_id) } { (said(case.case_id)) } },
            html! { (visit.t(&format!("desk-kind-{}", case.kind.name()))) },
            history::about(&*desk, &visit, case).await,
            show::time(visit.lang(), case.opened_at),
        ]);
    }
    let title = visit.t("all-cases");
    let heads = ["all-cases-number", "all-cases-kind", "all-cases-about", "all-cases-opened"];
    let table = Table {
        caption: title.clone(),
        head: heads.map(|key| Column::text(visit.t(key))).into(),
        rows,
    };
    let body = html! {
        (ui::heading(&title, Some(&visit.t("all-cases-lead"))))
        @if cases.is_empty() { p { (visit.t("all-cases-none")) } } @else { (ui::table(&table)) }
        @if let Some(next) = next {
            p { a href={ (PLACE) "?after=" (next) } { (visit.t("all-cases-next")) } }
        }
        @if !after.is_empty() { p { a href=(PLACE) { (visit.t("all-cases-first")) } } }
    };
    Ok(visit.desk_page(&desk.meta(&visit, &title, "/desk"), body).into_response())
}
