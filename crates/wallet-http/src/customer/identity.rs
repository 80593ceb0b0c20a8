//! Proving who one is with the identity card.

use axum::{
    Form, Router,
    extract::{Query, State},
    response::{IntoResponse, Redirect},
    routing::get,
};
use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use kanuki_domain::assurance::Identity;
use kanuki_jpki::SignatureResponse;
use kanuki_site::{
    Answer, PageMeta, Problem, Visit,
    csrf::CsrfForm,
    ui::{self, Field, Kind, Look, Tone},
};
use kanuki_wallet::{WalletError, identity::Proven};
use maud::{Markup, html};
use serde::Deserialize;

use super::{confirm::back_to_form, form_error, inner, open::Way};
use crate::{WalletState, refusal::problem};

pub(super) fn routes() -> Router<WalletState> {
    Router::new()
        .route("/identity", get(show).post(start))
        .route("/identity/callback", get(finish).post(receive))
}

async fn show(State(state): State<WalletState>, visit: Visit, Query(way): Query<Way>) -> Answer {
    let id = visit.require_customer()?;
    let customer = state.wallet.customer(id).await.map_err(problem)?;
    let title = visit.t("identity-title");
    let meta = inner(&visit, "identity-title", "");
    if customer.identity == Identity::Jpki {
        let kept = state.wallet.facts(id).await.map_err(problem)?;
        let declared = kept.facts.declared_kana.expose();
        let body = html! {
            (ui::heading(&title, None))
            (ui::notice(Tone::Success, &visit.t("identity-done"), html! {
                p { (visit.t("identity-done.body")) }
                p { (visit.t_args("identity-declared", &[("kana", declared.into())])) }
            }))
            (ui::actions(ui::link_button(Look::Primary, "/link", &visit.t("next-link.button"))))
            (ui::section(&visit.t("identity-again"), html! {
                p { (visit.t("identity-again.body")) }
                (form(&visit, &way, (declared, Look::Secondary)))
            }))
        };
        return Ok(visit.page(&meta, body).into_response());
    }
    let body = html! {
        (ui::heading(&title, Some(&visit.t("identity-lead"))))
        (form(&visit, &way, ("", Look::Primary)))
        (ui::notice(Tone::Info, &visit.t("identity-why"), html! {
            p { (visit.t("identity-why.body")) }
        }))
    };
    Ok(visit.page(&meta, body).into_response())
}

/// What is declared, and the way to the operator's app; `declared` is what was declared before.
fn form(visit: &Visit, way: &Way, (declared, look): (&str, Look)) -> Markup {
    let kana = Field::new("kana", visit.t("identity-kana"))
        .hint(visit.t("identity-kana.hint"))
        .error(form_error(visit, way.error.as_deref()))
        .kind(Kind::Kana)
        .value(declared)
        .max_length(60);
    ui::card(
        None,
        ui::form(
            "/identity",
            visit.csrf_field(),
            html! {
                (ui::field(&kana))
                (ui::details(&visit.t("identity-terms"), html! { p { (visit.t("identity-terms.body")) } }))
                (ui::actions(ui::button(look, &visit.t("identity-button"))))
            },
        ),
    )
}

#[derive(Deserialize)]
struct Start {
    kana: String,
}

async fn start(
    State(state): State<WalletState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Start>,
) -> Answer {
    let id = visit.require_customer()?;
    if !visit.allow("identity", 30, 3_600) {
        return Err(Problem::too_many());
    }
    let ctx = visit.ctx();
    match state.wallet.start_identity(&ctx, id, &visit.binding(), &form.kana).await {
        Ok(url) => Ok(Redirect::to(&url).into_response()),
        Err(error) => back_to_form("/identity", error),
    }
}

/// What the operator's app posts, from its own page.
#[derive(Deserialize)]
struct Posted {
    state: String,
    certificate: String,
    signature: String,
}

/// Either alphabet, with padding or without: the operator's choice.
fn decode(text: &str) -> Option<Vec<u8>> {
    let config =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let plain = text.replace('-', "+").replace('_', "/");
    GeneralPurpose::new(&alphabet::STANDARD, config).decode(plain.trim()).ok()
}

/// Comes from another site and so without our cookies and token; `state` is what binds it. It is
/// only kept here; the browser's own next request, with its session, is what looks at it.
async fn receive(
    State(state): State<WalletState>,
    visit: Visit,
    Form(form): Form<Posted>,
) -> Answer {
    if !visit.allow("identity-answer", 60, 3_600) {
        return Err(Problem::too_many());
    }
    let bad = || Problem::bad_request("bad_form");
    let answer = SignatureResponse {
        certificate: decode(&form.certificate).ok_or_else(bad)?,
        signature: decode(&form.signature).ok_or_else(bad)?,
    };
    let received = state.wallet.receive_identity(&visit.ctx(), &form.state, &answer).await;
    let handle = received.map_err(problem)?;
    let pairs = [("state", &form.state), ("handle", &handle)];
    let query = serde_urlencoded::to_string(pairs).unwrap_or_default();
    Ok(Redirect::to(&format!("/identity/callback?{query}")).into_response())
}

#[derive(Deserialize)]
struct Back {
    state: String,
    #[serde(default)]
    handle: String,
}

/// Whoever sees this signed for a trip that began elsewhere: nothing was proven for anybody.
fn elsewhere_page(visit: &Visit) -> Markup {
    let title = visit.t("identity-elsewhere");
    let body = html! {
        (ui::heading(&title, None))
        (ui::notice(Tone::Warning, &visit.t("identity-elsewhere.what"), html! {
            p { (visit.t("identity-elsewhere.next")) }
        }))
        (ui::actions(html! {
            (ui::link_button(Look::Primary, "/identity", &visit.t("try-again")))
            (ui::link_button(Look::Quiet, "/report", &visit.t("ask-us")))
        }))
    };
    visit.page(&PageMeta::new(title), body)
}

async fn finish(
    State(state): State<WalletState>,
    visit: Visit,
    Query(back): Query<Back>,
) -> Answer {
    let ctx = visit.ctx();
    let came_with = (back.state.as_str(), back.handle.as_str());
    match state.wallet.finish_identity(&ctx, &visit.binding(), came_with).await {
        Ok(Proven::Customer(_)) => Ok(Redirect::to("/identity").into_response()),
        Err(WalletError::OtherBrowser) => Ok(elsewhere_page(&visit).into_response()),
        Ok(Proven::Recovery) => Ok(Redirect::to("/recover/passkey").into_response()),
        Err(WalletError::Identity(_) | WalletError::SecondWallet) => {
            let title = visit.t("identity-refused");
            let body = html! {
                (ui::heading(&title, None))
                (ui::notice(Tone::Error, &visit.t("identity-refused.what"), html! {
                    p { (visit.t("identity-refused.next")) }
                }))
                (ui::actions(html! {
                    (ui::link_button(Look::Primary, "/identity", &visit.t("try-again")))
                    (ui::link_button(Look::Quiet, "/report", &visit.t("ask-us")))
                }))
            };
            Ok(visit.page(&PageMeta::new(title), body).into_response())
        }
        Err(error) => Err(problem(error)),
    }
}
