//! What a customer does who was told that somebody else knows their details: confirming with a passkey.
//! The page tells nothing of any list, and nothing to whoever is not signed in.

use axum::{
    Router,
    extract::{Query, State},
    response::{IntoResponse, Redirect},
    routing::get,
};
use kanuki_domain::{
    assurance::SignIn,
    id::{CeremonyId, CustomerId},
    limits::UNLOCK_WAIT_SECS,
};
use kanuki_site::{
    Answer, Problem, Visit,
    csrf::CsrfForm,
    show,
    ui::{self, PasskeyForm, PasskeyMode, Tone},
};
use kanuki_wallet::customer::ProvingPasskey;
use maud::{Markup, html};
use serde::Deserialize;

use super::inner;
use crate::{WalletState, refusal::problem};

/// Where it is.
pub(super) const PAGE: &str = "/security/safety";
const PURPOSE: &str = "prove_leak";

pub(super) fn routes() -> Router<WalletState> {
    Router::new().route("/security/safety", get(show_page).post(prove))
}

#[derive(Deserialize)]
struct Way {
    done: Option<String>,
}

/// The same for everybody, on a list or not: whoever holds a session that is not theirs learns nothing.
async fn show_page(
    State(state): State<WalletState>,
    visit: Visit,
    Query(way): Query<Way>,
) -> Answer {
    let id = visit.require_customer()?;
    let customer = state.wallet.customer(id).await.map_err(problem)?;
    let way_on = if way.done.is_some() {
        ui::notice(
            Tone::Success,
            &visit.t("safety-proving"),
            html! {
                p { (visit.t("safety-proving.body")) }
            },
        )
    } else if customer.sign_in == SignIn::Alternative {
        ui::card(Some(&visit.t("safety-prove")), html! { p { (visit.t("safety-alternative")) } })
    } else {
        ui::card(Some(&visit.t("safety-prove")), prove_form(&state, &visit, id).await?)
    };
    let body = html! {
        (ui::heading(&visit.t("safety-title"), Some(&visit.t("safety-lead"))))
        (way_on)
    };
    Ok(visit.page(&inner(&visit, "safety-title", "/security"), body).into_response())
}

async fn prove_form(state: &WalletState, visit: &Visit, id: CustomerId) -> Result<Markup, Problem> {
    let ctx = visit.ctx();
    let (options, proving) = state.wallet.start_proving(&ctx, id).await.map_err(problem)?;
    let ceremony = visit.site.ceremonies.open(&ctx, PURPOSE, &visit.binding(), &proving).await?;
    let span = show::span(visit.lang(), u64::try_from(UNLOCK_WAIT_SECS).unwrap_or(0));
    let words = visit.t_args("safety-prove.body", &[("span", span.into())]);
    let form = PasskeyForm {
        mode: PasskeyMode::Get,
        action: PAGE.to_owned(),
        options,
        ceremony,
        csrf: visit.csrf_field(),
        label: visit.t("safety-prove"),
        body: html! { p { (words) } },
        alternative: None,
    };
    Ok(ui::passkey_form(&visit.words(), &form))
}

#[derive(Deserialize)]
struct Proof {
    ceremony: CeremonyId,
    credential: String,
}

async fn prove(
    State(state): State<WalletState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Proof>,
) -> Answer {
    let id = visit.require_customer()?;
    let (ctx, binding) = (visit.ctx(), visit.binding());
    let taken = visit.site.ceremonies.take(&ctx, form.ceremony, PURPOSE, &binding).await?;
    let proving: ProvingPasskey = taken.state()?;
    let answer = (form.credential.as_str(), &proving);
    state.wallet.prove_leak(&ctx, id, answer).await.map_err(problem)?;
    Ok(Redirect::to("/security/safety?done=confirmed").into_response())
}
