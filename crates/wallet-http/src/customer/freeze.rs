//! Stopping one's own wallet with one press, and asking to be let back.

use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Redirect},
    routing::{get, post},
};
use kanuki_domain::{
    assurance::SignIn, case_number::said, id::CeremonyId, limits::UNFREEZE_WAIT_SECS,
};
use kanuki_site::{
    Answer, Visit,
    csrf::CsrfForm,
    show,
    ui::{self, Look, PasskeyForm, PasskeyMode, Tone},
};
use kanuki_wallet::customer::{Frozen, ProvingPasskey};
use maud::{Markup, html};
use serde::Deserialize;

use super::inner;
use crate::{WalletState, refusal::problem};

const PURPOSE: &str = "unfreeze";

pub(super) fn routes() -> Router<WalletState> {
    Router::new()
        .route("/freeze", get(show_page).post(freeze))
        .route("/freeze/release", post(release))
}

async fn show_page(State(state): State<WalletState>, visit: Visit) -> Answer {
    let id = visit.require_customer()?;
    let customer = state.wallet.customer(id).await.map_err(problem)?;
    let body = match &customer.frozen {
        None => html! {
            (ui::heading(&visit.t("freeze-title"), Some(&visit.t("freeze-lead"))))
            // Above what it does: whoever hurries finds it without scrolling on the smallest phone.
            (ui::post_button(visit.csrf_field(), "/freeze", Look::Danger, &visit.t("home-stop.button")))
            (ui::card(Some(&visit.t("freeze-does")), html! {
                ul.points {
                    li { (visit.t("freeze-does-money")) }
                    li { (visit.t("freeze-does-bank")) }
                    li { (visit.t("freeze-does-case")) }
                    li { (visit.t("freeze-does-back")) }
                }
            }))
        },
        Some(frozen) => frozen_page(&state, &visit, id, frozen, customer.sign_in).await?,
    };
    Ok(visit.page(&inner(&visit, "freeze-title", ""), body).into_response())
}

async fn frozen_page(
    state: &WalletState,
    visit: &Visit,
    id: kanuki_domain::id::CustomerId,
    frozen: &Frozen,
    sign_in: SignIn,
) -> Result<Markup, kanuki_site::Problem> {
    let case = visit.t_args("frozen-case", &[("case", said(frozen.case_id).into())]);
    let asked = state.wallet.unfreeze_case(id).await.map_err(problem)?;
    let way_back = if let Some(case) = asked {
        let wait = u64::try_from(UNFREEZE_WAIT_SECS).unwrap_or(0);
        let span = show::span(visit.lang(), wait);
        let number = said(case.case_id);
        html! {
            p { (visit.t_args("unfreeze-asked", &[("case", number.into()), ("span", span.into())])) }
        }
    } else if sign_in == SignIn::Alternative {
        html! { p { (visit.t("unfreeze-alternative")) } }
    } else {
        let ctx = visit.ctx();
        let (options, proving) = state.wallet.start_proving(&ctx, id).await.map_err(problem)?;
        let binding = visit.binding();
        let ceremony = visit.site.ceremonies.open(&ctx, PURPOSE, &binding, &proving).await?;
        let form = PasskeyForm {
            mode: PasskeyMode::Get,
            action: "/freeze/release".to_owned(),
            options,
            ceremony,
            csrf: visit.csrf_field(),
            label: visit.t("unfreeze-button"),
            body: html! { p { (visit.t("unfreeze-body")) } },
            alternative: None,
        };
        ui::passkey_form(&visit.words(), &form)
    };
    Ok(html! {
        (ui::heading(&visit.t("home-frozen"), None))
        (ui::notice(Tone::Error, &visit.t("home-frozen.body"), html! {
            p { (case) }
            p { (visit.t("frozen-since")) " " (show::time(visit.lang(), frozen.at)) }
            (ui::actions(ui::link_button(
                Look::Secondary, super::evidence::PAGE, &visit.t("evidence-open"))))
        }))
        (ui::card(Some(&visit.t("unfreeze-title")), way_back))
    })
}

#[derive(Deserialize)]
struct Nothing {}

async fn freeze(
    State(state): State<WalletState>,
    visit: Visit,
    CsrfForm(Nothing {}): CsrfForm<Nothing>,
) -> Answer {
    let id = visit.require_customer()?;
    let device = visit.device_hash();
    state.wallet.freeze_from(&visit.ctx(), id, Some(&device)).await.map_err(problem)?;
    super::end_other_sessions(&state, &visit).await?;
    Ok(Redirect::to("/freeze").into_response())
}

#[derive(Deserialize)]
struct Release {
    ceremony: CeremonyId,
    credential: String,
}

async fn release(
    State(state): State<WalletState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Release>,
) -> Answer {
    let id = visit.require_customer()?;
    let (ctx, binding) = (visit.ctx(), visit.binding());
    let taken = visit.site.ceremonies.take(&ctx, form.ceremony, PURPOSE, &binding).await?;
    let proving: ProvingPasskey = taken.state()?;
    let answer = (form.credential.as_str(), &proving);
    state.wallet.ask_unfreeze(&ctx, id, answer).await.map_err(problem)?;
    Ok(Redirect::to("/freeze").into_response())
}
