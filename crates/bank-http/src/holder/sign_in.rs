//! Signing in to the portal: with a passkey, the bank's app or a card, and with nothing else.

use axum::{
    extract::{Query, State},
    response::{IntoResponse, Redirect},
};
use http::header::SET_COOKIE;
use kanuki_bank::{BankError, holder::sign_in::SignedIn};
use kanuki_domain::{assurance::SignIn, id::CeremonyId};
use kanuki_passkey::DiscoverableState;
use kanuki_site::{
    Answer, PageMeta, Problem, Subject, Visit,
    csrf::CsrfForm,
    ui::{self, Look, PasskeyForm, PasskeyMode, Tone},
};
use maud::html;
use serde::Deserialize;

use crate::{BankState, card, plain, refusal::problem};

const PURPOSE: &str = "holder_sign_in";

#[derive(Deserialize)]
pub(super) struct Way {
    back: Option<String>,
    again: Option<String>,
    new: Option<String>,
    link: Option<String>,
}

pub(super) async fn show(
    State(state): State<BankState>,
    visit: Visit,
    Query(way): Query<Way>,
) -> Answer {
    if !visit.allow("ceremony", plain::CEREMONIES_MAX, 3_600) {
        return Err(Problem::too_many());
    }
    let (ctx, browser) = (visit.ctx(), visit.device_hash());
    let (options, asked) = state.bank.start_sign_in(&ctx).map_err(problem)?;
    let ceremony = visit.site.ceremonies.open(&ctx, PURPOSE, &browser, &asked).await?;
    let back = visit.back(way.back.as_deref(), "/holder");
    let form = PasskeyForm {
        mode: PasskeyMode::Get,
        action: "/holder/sign-in".to_owned(),
        options,
        ceremony,
        csrf: visit.csrf_field(),
        label: visit.t("sign-in-button"),
        body: ui::hidden("back", &back),
        alternative: Some(("/enrol".to_owned(), visit.t("link-no-passkey"))),
    };
    let page = visit.page(
        &PageMeta::new(visit.t("sign-in-title")).back("/"),
        html! {
            (ui::heading(&visit.t("sign-in-title"), Some(&visit.t("sign-in-lead"))))
            (plain::again(&visit, way.again.is_some()))
            @match way.new.as_deref() {
                None => {}
                Some("card") => (ui::notice(Tone::Success, &visit.t("idcard-new"), html! {
                    p { (visit.t("idcard-new-body")) }
                })),
                Some("app") => (ui::notice(Tone::Success, &visit.t("bankapp-new"), html! {
                    p { (visit.t("bankapp-new-body")) }
                })),
                Some(_) => (ui::notice(Tone::Success, &visit.t("sign-in-new"), html! {
                    p { (visit.t("sign-in-new-body")) }
                })),
            }
            // Made on the way from a wallet, whose request is over.
            @if way.link.is_some() {
                (ui::notice(Tone::Info, &visit.t("sign-in-link-over"), html! {
                    p { (visit.t("sign-in-link-over.what")) }
                }))
            }
            (ui::card(None, html! {
                (ui::passkey_form(&visit.words(), &form))
                (card::sign_in_buttons(&state, &visit, ("portal", None, Some(&back))))
            }))
            (ui::actions(html! {
                (ui::link_button(Look::Quiet, "/holder/look", &visit.t("look-link")))
                (ui::link_button(Look::Quiet, "/delegate/sign-in", &visit.t("delegate-link")))
            }))
        },
    );
    Ok(page.into_response())
}

#[derive(Deserialize)]
pub(super) struct Signed {
    credential: String,
    ceremony: CeremonyId,
    back: Option<String>,
}

pub(super) async fn finish(
    State(state): State<BankState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Signed>,
) -> Answer {
    let (ctx, browser) = (visit.ctx(), visit.device_hash());
    let taken = visit.site.ceremonies.take(&ctx, form.ceremony, PURPOSE, &browser).await?;
    let asked: DiscoverableState = taken.state()?;
    let signed_in = match state.bank.finish_sign_in(&ctx, &form.credential, &asked).await {
        Ok(signed_in) => signed_in,
        Err(BankError::Passkey(_) | BankError::NotAvailable) => {
            return Ok(Redirect::to("/holder/sign-in?again=1").into_response());
        }
        Err(error) => return Err(problem(error)),
    };
    let back = visit.back(form.back.as_deref(), "/holder");
    enter(&state, &visit, &signed_in, &back).await
}

/// Into the portal, in a session of its own. `back` is a place of ours.
pub(crate) async fn enter(
    state: &BankState,
    visit: &Visit,
    signed_in: &SignedIn,
    back: &str,
) -> Answer {
    let (ctx, browser, lang) = (visit.ctx(), visit.device_hash(), visit.lang().tag());
    state.bank.meet_language(&ctx, signed_in.holder_id, lang).await.map_err(problem)?;
    if let Some(earlier) = &visit.session {
        visit.site.sessions.end(earlier).await?;
    }
    let subject = Subject::holder(signed_in.holder_id);
    // A session knows two strengths; a card and the app are of the stronger one.
    let started = visit.site.sessions.start(&ctx, subject, SignIn::Passkey, &browser).await?;
    Ok(([(SET_COOKIE, started.1)], Redirect::to(back)).into_response())
}
