//! A case by its number, for whoever was told one.

use axum::{
    Router,
    extract::{Query, State},
    response::{IntoResponse, Redirect},
    routing::get,
};
use kanuki_desk::case::{self, Case};
use kanuki_domain::case_number::{self, Typed, said};
use kanuki_record::Stored;
use kanuki_site::{
    Answer, Visit,
    keys::find_form,
    show,
    ui::{self, Tone},
};
use maud::{Markup, html};
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
    let found = case::named(desk.book(), typed).await?;
    if let [case] = found.as_slice() {
        return Ok(Redirect::to(&format!("/desk/cases/{}", case.case_id)).into_response());
    }
    let wrong = match case_number::read(typed) {
        Typed::Slip => Some("number-slip"),
        _ if typed.is_empty() || !found.is_empty() => None,
        _ => Some("keys-find-none"),
    };
    let title = visit.t("keys-find");
    let body = html! {
        (ui::heading(&title, None))
        @if !found.is_empty() { (several(&visit, &found)) }
        (find_form(&visit, typed, wrong.map(|key| visit.t(key))))
    };
    Ok(visit.desk_page(&desk.meta(&visit, &title, "/desk"), body).into_response())
}

/// More than one case has the short number that was typed: whoever asks says which.
fn several(visit: &Visit, found: &[Stored<Case>]) -> Markup {
    let one = |case: &Case| {
        let kind = visit.t(&format!("desk-kind-{}", case.kind.name()));
        html! {
            li {
                a href={ "/desk/cases/" (case.case_id) } { (said(case.case_id)) " " (kind) }
                " " (show::time(visit.lang(), case.opened_at)) " " code { (case.case_id) }
            }
        }
    };
    let list = html! { ul.points { @for case in found { (one(case)) } } };
    ui::notice(Tone::Warning, &visit.t("keys-find-several"), list)
}
