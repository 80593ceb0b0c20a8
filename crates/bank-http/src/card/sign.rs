//! Setting out for the operator's app.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect},
};
use kanuki_bank::BankError;
use kanuki_domain::id::{CeremonyId, ParId};
use kanuki_site::{Answer, Problem, Visit, csrf::CsrfForm};
use serde::Deserialize;

use super::{Resume, SignedPage, TRIPS_MAX, over};
use crate::{BankState, refusal::problem};

#[derive(Deserialize)]
pub(crate) struct Who {
    to: String,
    request: Option<ParId>,
    back: Option<String>,
}

fn require_few(visit: &Visit) -> Result<(), Problem> {
    if visit.allow("idcard-trip", TRIPS_MAX, 3_600) { Ok(()) } else { Err(Problem::too_many()) }
}

/// To sign in, for the portal or for what a wallet sent the browser for.
pub(super) async fn set_out_to_sign_in(
    State(state): State<BankState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Who>,
) -> Answer {
    require_few(&visit)?;
    let resume = resume_of(&state, &visit, form).await.map_err(over)?;
    let (ctx, browser) = (visit.ctx(), visit.device_hash());
    let url = state.bank.start_card_sign_in(&ctx, &browser, resume.kept()?).await;
    Ok(Redirect::to(&url.map_err(over)?).into_response())
}

/// Where somebody goes on who signs in: what a wallet sent this browser for, or the portal.
pub(crate) async fn resume_of(
    state: &BankState,
    visit: &Visit,
    form: Who,
) -> Result<Resume, BankError> {
    let (ctx, browser) = (visit.ctx(), visit.device_hash());
    match (form.to.as_str(), form.request) {
        ("link", Some(request)) => {
            state.bank.visiting(&ctx, request, &browser).await?;
            Ok(Resume::Link { request })
        }
        ("debit", Some(request)) => {
            state.bank.visiting_debit(&ctx, request, &browser).await?;
            Ok(Resume::Debit { request })
        }
        _ => Ok(Resume::Portal { back: visit.back(form.back.as_deref(), "/holder") }),
    }
}

#[derive(Deserialize)]
pub(super) struct What {
    ceremony: CeremonyId,
    page: String,
    request: Option<ParId>,
}

/// The part of every signed page's state that says what is signed.
#[derive(Deserialize)]
struct Text {
    pre_image: String,
}

/// To sign what the page of this ceremony showed. The ceremony stays open: what the card brings back
/// is its answer.
pub(super) async fn set_out_to_sign(
    State(state): State<BankState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<What>,
) -> Answer {
    require_few(&visit)?;
    let page: SignedPage =
        serde_json::from_str(&form.page).map_err(|_| Problem::unprocessable("bad_form"))?;
    let (ctx, binding) = (visit.ctx(), page.binding(&visit));
    let ceremonies = &visit.site.ceremonies;
    let open = ceremonies.find(&ctx, form.ceremony, page.purpose(), &binding).await?;
    let text: Text = open.state()?;
    let resume = Resume::Page { page, ceremony: form.ceremony, request: form.request };
    let what = (visit.device_hash(), text.pre_image);
    let what = (what.0.as_str(), what.1.as_str());
    let url = state.bank.start_card_signature(&ctx, what, resume.kept()?).await.map_err(problem)?;
    // A card has to be found, and a PIN remembered.
    ceremonies.prolong(&ctx, open).await?;
    Ok(Redirect::to(&url).into_response())
}
