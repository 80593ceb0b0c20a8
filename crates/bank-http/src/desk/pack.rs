//! The evidence pack of a case, as a file to hand over: to the police, the partner, the person.

use axum::{
    Router,
    extract::{Path, State},
    response::{IntoResponse, Response},
    routing::post,
};
use http::{HeaderValue, header};
use kanuki_bank::{mandate::Mandate, pack::is_of_a_person};
use kanuki_desk::{
    case::Case,
    pack::{Reader, Signed},
};
use kanuki_site::{
    Problem, Visit,
    csrf::CsrfForm,
    ui::{self, Field, Look},
};
use maud::{Markup, html};
use serde::Deserialize;

use super::{
    at_desk,
    cases::{parse, reason},
};
use crate::{BankState, refusal::problem};

/// Packs that one network may ask for in an hour: each proves every signature again.
const PACKS_MAX: u32 = 60;

pub(super) fn routes() -> Router<BankState> {
    Router::new().route("/desk/cases/{id}/pack", post(make))
}

/// The form on a case's page.
pub(super) fn form(visit: &Visit, case: &Case, mandates: &[Mandate]) -> Markup {
    if !is_of_a_person(case.kind) {
        return html! {};
    }
    let mut readers = vec![
        ("police".to_owned(), visit.t("pack-for-police")),
        ("person".to_owned(), visit.t("pack-for-person")),
    ];
    for mandate in mandates {
        let reader = format!("partner|{}", mandate.client_id);
        if readers.iter().all(|(known, _)| *known != reader) {
            let name = [("name", (&mandate.partner_name).into())];
            readers.push((reader, visit.t_args("pack-for-partner", &name)));
        }
    }
    let why = Field::new("reason", visit.t("desk-reason"))
        .hint(visit.t("pack-reason-hint"))
        .max_length(300)
        .place("pack");
    ui::details(
        &visit.t("pack-title"),
        html! {
            p { (visit.t("pack-what")) }
            (ui::form(&format!("/desk/cases/{}/pack", case.case_id), visit.csrf_field(), html! {
                (ui::select(&Field::new("reader", visit.t("pack-for")).place("pack"), &readers))
                (ui::field(&why))
                (ui::actions(html! {
                    (ui::button_named(Look::Primary, &visit.t("pack-pdf"), "form", "pdf"))
                    (ui::button_named(Look::Secondary, &visit.t("pack-json"), "form", "json"))
                }))
            }))
        },
    )
}

#[derive(Deserialize)]
struct Wanted {
    reader: String,
    reason: String,
    form: String,
}

async fn make(
    State(state): State<BankState>,
    visit: Visit,
    Path(id): Path<String>,
    CsrfForm(wanted): CsrfForm<Wanted>,
) -> Result<Response, Problem> {
    let by = at_desk(&state, &visit).await?;
    let case_id = parse(&id)?;
    let why = reason(&wanted.reason)?;
    let reader = match wanted.reader.split_once('|') {
        None if wanted.reader == "police" => Reader::Police,
        None if wanted.reader == "person" => Reader::Person,
        Some(("partner", id)) => Reader::Partner { id: id.to_owned() },
        Some(_) | None => return Err(Problem::unprocessable("bad_form")),
    };
    require_few(&visit)?;
    let signed = state.bank.evidence_pack(&visit.ctx(), by, (case_id, reader), &why).await;
    file(&signed.map_err(problem)?, &wanted.form)
}

pub(crate) fn require_few(visit: &Visit) -> Result<(), Problem> {
    if visit.allow("pack", PACKS_MAX, 3_600) { Ok(()) } else { Err(Problem::too_many()) }
}

/// A pack as a file to keep: never to be shown or kept by a browser.
pub(crate) fn file(signed: &Signed, form: &str) -> Result<Response, Problem> {
    let (bytes, kind) = match form {
        "pdf" => (signed.to_pdf(), "application/pdf"),
        "json" => (signed.to_json(), "application/json"),
        _ => return Err(Problem::unprocessable("bad_form")),
    };
    let bytes = bytes.map_err(|error| {
        tracing::error!(%error, "an evidence pack could not be written");
        Problem::internal()
    })?;
    let name = format!("attachment; filename=\"{}.{form}\"", signed.pack.case.number);
    let name = HeaderValue::from_str(&name).map_err(|_| Problem::internal())?;
    let heads = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CONTENT_DISPOSITION, name),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((heads, bytes).into_response())
}
