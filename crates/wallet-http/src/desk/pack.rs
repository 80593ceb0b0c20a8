//! The evidence pack of a case, as a file to hand over: to the police, a bank, the person.

use axum::{
    Router,
    extract::{Path, State},
    response::Response,
    routing::post,
};
use kanuki_desk::{
    case::Case,
    pack::{Reader, Signed, is_of_a_person},
};
use kanuki_site::{
    Problem, Visit,
    csrf::CsrfForm,
    pack::{self, Wanted, Whose, require_few},
};
use kanuki_wallet::pack::Packing;
use maud::{Markup, html};

use super::{at_desk, cases::id_of, reason};
use crate::{WalletState, refusal::problem, workers::Catalog};

pub(super) fn routes() -> Router<WalletState> {
    Router::new().route("/desk/cases/{id}/pack", post(make))
}

/// The form on a case's page; none where the case is no customer's.
pub(super) async fn form(
    state: &WalletState,
    visit: &Visit,
    case: &Case,
) -> Result<Markup, Problem> {
    let Some(id) = case.person_id.as_deref().filter(|_| is_of_a_person(case.kind)) else {
        return Ok(html! {});
    };
    let may_have_it = state.wallet.is_persons_own(case).await.map_err(problem)?;
    let names = state.wallet.bank_names().await.map_err(problem)?;
    let banks = state.wallet.banks_of_case(case).await.map_err(problem)?;
    let banks: Vec<(String, String)> =
        banks.into_iter().map(|bank| (bank.to_string(), names.of(bank))).collect();
    let whose = Whose { id, may_have_it };
    Ok(pack::form(visit, (&case.case_id.to_string(), whose), &banks))
}

async fn make(
    State(state): State<WalletState>,
    visit: Visit,
    Path(id): Path<String>,
    CsrfForm(wanted): CsrfForm<Wanted>,
) -> Result<Response, Problem> {
    let by = at_desk(&state, &visit).await?;
    let case_id = id_of(&id)?;
    let why = reason(&wanted.reason)?;
    let reader = Reader::parse(&wanted.reader);
    let reader = reader.ok_or_else(|| Problem::unprocessable("bad_form"))?;
    require_few(&visit)?;
    let (ctx, catalog) = (visit.ctx(), catalog(&state));
    let packing = Packing { ctx: &ctx, wording: &catalog };
    let signed = state.wallet.evidence_pack(packing, by, (case_id, reader), &why).await;
    file(&signed.map_err(problem)?, &wanted.form)
}

/// The words that customers are written to.
pub(crate) fn catalog(state: &WalletState) -> Catalog<'_> {
    Catalog { texts: &state.site.texts, company: &state.wallet.config.name }
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
