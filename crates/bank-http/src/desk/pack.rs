//! The evidence pack of a case, as a file to hand over: to the police, the partner, the person.

use axum::{
    Router,
    extract::{Path, State},
    response::Response,
    routing::post,
};
use kanuki_bank::{mandate::Mandate, pack::Packing};
use kanuki_desk::{
    case::Case,
    pack::{Reader, Signed, is_of_a_person},
};
use kanuki_site::{
    Problem, Visit,
    csrf::CsrfForm,
    pack::{self, Wanted, Whose, require_few},
};
use maud::{Markup, html};

use super::{
    at_desk,
    cases::{parse, reason},
};
use crate::{BankState, refusal::problem, workers::Catalog};

pub(super) fn routes() -> Router<BankState> {
    Router::new().route("/desk/cases/{id}/pack", post(make))
}

/// The form on a case's page.
pub(super) fn form(visit: &Visit, case: &Case, mandates: &[Mandate]) -> Markup {
    if !is_of_a_person(case.kind) {
        return html! {};
    }
    let partners: Vec<(String, String)> = mandates
        .iter()
        .map(|mandate| (mandate.client_id.clone(), mandate.partner_name.clone()))
        .collect();
    // A report comes to a holder only by proof of the holder's own (`report::join`).
    let whose = Whose { id: case.person_id.as_deref().unwrap_or("–"), may_have_it: true };
    pack::form(visit, (&case.case_id.to_string(), whose), &partners)
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
    let reader = Reader::parse(&wanted.reader);
    let reader = reader.ok_or_else(|| Problem::unprocessable("bad_form"))?;
    require_few(&visit)?;
    let (ctx, catalog) = (visit.ctx(), Catalog(&state.site.texts));
    let packing = Packing { ctx: &ctx, wording: &catalog };
    let signed = state.bank.evidence_pack(packing, by, (case_id, reader), &why).await;
    file(&signed.map_err(problem)?, &wanted.form)
}

/// A pack as a file to keep.
pub(crate) fn file(signed: &Signed, form: &str) -> Result<Response, Problem> {
    let bytes = if form == "pdf" { signed.to_pdf() } else { signed.to_json() };
    let bytes = bytes.map_err(|error| {
        tracing::error!(%error, "an evidence pack could not be written");
        Problem::internal()
    })?;
    pack::file(bytes, form, &signed.pack.case.number)
}
