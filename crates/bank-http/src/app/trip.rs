//! Setting out: a page with a number, and a link that opens the app on this telephone.

use axum::{
    extract::{Query, State},
    response::{IntoResponse, Redirect},
};
use kanuki_bank::holder::app::Asked;
use kanuki_desk::evidence::Shown;
use kanuki_domain::id::{CeremonyId, ParId};
use kanuki_site::{
    Answer, PageMeta, Problem, Visit,
    csrf::CsrfForm,
    ui::{self, Look, Tone},
};
use maud::html;
use serde::Deserialize;

use super::{over, require_few};
use crate::{
    BankState,
    card::{self, Resume, SignedPage},
    refusal::problem,
};

/// To the page that opens the app.
pub(crate) fn to_app(reference: &str) -> Redirect {
    Redirect::to(&format!("/app/trip?errand={reference}"))
}

/// To sign in, for the portal or for what a wallet sent the browser for.
pub(super) async fn set_out_to_sign_in(
    State(state): State<BankState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<card::Who>,
) -> Answer {
    require_few(&visit)?;
    let resume = card::resume_of(&state, &visit, form).await.map_err(over)?;
    let browser = visit.device_hash();
    let started = state.bank.start_app_sign_in(&visit.ctx(), &browser, resume.kept()?).await;
    Ok(to_app(&started.map_err(over)?).into_response())
}

#[derive(Deserialize)]
pub(super) struct What {
    ceremony: CeremonyId,
    page: String,
    request: Option<ParId>,
}

/// The part of every signed page's state that says what is signed, and what it showed.
#[derive(Deserialize)]
struct Text {
    pre_image: String,
    shown: Option<Shown>,
}

/// To sign what the page of this ceremony showed. The ceremony stays open: what the app answers is its
/// answer.
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
    let Text { pre_image: text, shown } = open.state()?;
    let resume = Resume::Page { page, ceremony: form.ceremony, request: form.request };
    let (browser, asked) = (visit.device_hash(), Asked { text, shown });
    let what = (browser.as_str(), &asked);
    let started = state.bank.start_app_signature(&ctx, what, resume.kept()?).await;
    let reference = started.map_err(problem)?;
    // An app has to be opened, and what it shows be read.
    ceremonies.prolong(&ctx, open).await?;
    Ok(to_app(&reference).into_response())
}

#[derive(Deserialize)]
pub(super) struct Trip {
    errand: String,
}

/// The number, and the link. Only the browser that set out sees them.
pub(super) async fn show(
    State(state): State<BankState>,
    visit: Visit,
    Query(trip): Query<Trip>,
) -> Answer {
    let (ctx, browser) = (visit.ctx(), visit.device_hash());
    let shown = state.bank.show_app_errand(&ctx, &browser, &trip.errand).await;
    let (number, place) = shown.map_err(over)?;
    let title = visit.t("bankapp-trip-title");
    let body = html! {
        (ui::heading(&title, Some(&visit.t("bankapp-trip-lead"))))
        (ui::card(None, html! {
            (ui::stop_code(&visit.t("bankapp-number"), &number))
            p { (visit.t("bankapp-number-what")) }
            (ui::actions(ui::link_button(Look::Primary, &place, &visit.t("bankapp-open"))))
            p.hint { (visit.t("bankapp-here")) }
        }))
        (ui::notice(Tone::Warning, &visit.t("bankapp-careful"), html! {
            p { (visit.t("bankapp-careful.what")) }
        }))
        p { (visit.t("bankapp-leave")) }
    };
    Ok(visit.page(&PageMeta::new(title).back("/"), body).into_response())
}
