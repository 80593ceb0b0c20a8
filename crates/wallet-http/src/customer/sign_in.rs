//! Signing in with a passkey.

use axum::{
    Router,
    extract::{Query, State},
    response::{IntoResponse, Redirect},
    routing::get,
};
use http::header::SET_COOKIE;
use kanuki_domain::id::CeremonyId;
use kanuki_site::{
    Answer, PageMeta, Subject, Visit,
    csrf::CsrfForm,
    ui::{self, PasskeyForm, PasskeyMode, Tone},
};
use kanuki_wallet::{
    Browser, WalletError,
    customer::{SignedIn, SigningIn},
};
use maud::html;
use serde::Deserialize;

use crate::{WalletState, refusal::problem};

const PURPOSE: &str = "sign_in";

pub(super) fn routes() -> Router<WalletState> {
    Router::new().route("/sign-in", get(show).post(finish))
}

#[derive(Deserialize)]
struct Way {
    back: Option<String>,
    again: Option<String>,
}

async fn show(State(state): State<WalletState>, visit: Visit, Query(way): Query<Way>) -> Answer {
    let ctx = visit.ctx();
    let (options, signing) = state.wallet.start_sign_in(&ctx).map_err(problem)?;
    let device = visit.device_hash();
    let ceremony = visit.site.ceremonies.open(&ctx, PURPOSE, &device, &signing).await?;
    let form = PasskeyForm {
        mode: PasskeyMode::Get,
        action: "/sign-in".to_owned(),
        options,
        ceremony,
        csrf: visit.csrf_field(),
        label: visit.t("sign-in-button"),
        body: ui::hidden("back", &visit.back(way.back.as_deref(), "/")),
        alternative: Some(("/alternative".to_owned(), visit.t("sign-in-alternative"))),
    };
    let body = html! {
        (ui::heading(&visit.t("sign-in-title"), Some(&visit.t("sign-in-lead"))))
        @if way.again.is_some() {
            (ui::notice(Tone::Error, &visit.t("sign-in-again"), html! {
                p { (visit.t("sign-in-again.body")) }
            }))
        }
        (ui::card(None, ui::passkey_form(&visit.words(), &form)))
        p { a href="/open" { (visit.t("sign-in-new")) } }
        p { a href="/recover" { (visit.t("sign-in-lost")) } }
    };
    Ok(visit.page(&PageMeta::new(visit.t("sign-in-title")).back("/"), body).into_response())
}

#[derive(Deserialize)]
struct Signed {
    credential: String,
    ceremony: CeremonyId,
    back: Option<String>,
}

async fn finish(
    State(state): State<WalletState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Signed>,
) -> Answer {
    let (ctx, device) = (visit.ctx(), visit.device_hash());
    let taken = visit.site.ceremonies.take(&ctx, form.ceremony, PURPOSE, &device).await?;
    let signing: SigningIn = taken.state()?;
    let browser = Browser { device_hash: &device, is_new: visit.caller.is_new_device };
    let signed_in =
        match state.wallet.finish_sign_in(&ctx, &form.credential, &signing, browser).await {
            Ok(signed_in) => signed_in,
            Err(WalletError::NotAccepted | WalletError::NotAvailable) => {
                return Ok(Redirect::to("/sign-in?again=1").into_response());
            }
            Err(error) => return Err(problem(error)),
        };
    let back = visit.back(form.back.as_deref(), "/");
    start_session(&state, &visit, signed_in, &back).await
}

/// A new session in place of any old one, and the way on.
pub(super) async fn start_session(
    state: &WalletState,
    visit: &Visit,
    signed_in: SignedIn,
    to: &str,
) -> Answer {
    let (ctx, device, lang) = (visit.ctx(), visit.device_hash(), visit.lang().tag());
    let met = state.wallet.meet_language(&ctx, signed_in.customer_id, lang).await;
    met.map_err(problem)?;
    if let Some(earlier) = &visit.session {
        visit.site.sessions.end(earlier).await?;
    }
    let subject = Subject::customer(signed_in.customer_id);
    let started = visit.site.sessions.start(&ctx, subject, signed_in.sign_in, &device).await?;
    Ok(([(SET_COOKIE, started.1)], Redirect::to(to)).into_response())
}
