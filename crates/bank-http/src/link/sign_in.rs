//! First step: the holder proves who they are, with a passkey or a card and with nothing else.

use axum::{
    extract::{Query, RawQuery, State},
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use kanuki_bank::{BankError, approval::redirect::Arrival, holder::sign_in::SignedIn};
use kanuki_domain::id::{CeremonyId, ParId};
use kanuki_passkey::DiscoverableState;
use kanuki_site::{
    Answer, PageMeta, Problem, Visit,
    csrf::CsrfForm,
    ui::{self, Icon, PasskeyForm, PasskeyMode, Tone},
};
use kanuki_wire::par::AuthorizeQuery;
use maud::{Markup, html};
use serde::Deserialize;

use crate::{
    BankState, card,
    link::{InProgress, debit, over, over_here, steps},
    plain,
};

const PURPOSE: &str = "link_sign_in";

/// The wallet sent the browser. Only `client_id` and `request_uri` count (RFC 9126 section 4).
///
/// Answers with a page and never a redirect: the page's cookie is what binds the request to the
/// browser.
pub(super) async fn arrive(
    State(state): State<BankState>,
    visit: Visit,
    RawQuery(query): RawQuery,
) -> Answer {
    let query = AuthorizeQuery::parse(query.as_deref().unwrap_or_default());
    let query = query.map_err(|_| over(BankError::NotAvailable))?;
    let (ctx, browser) = (visit.ctx(), visit.device_hash());
    let arrived =
        state.bank.arrive_with(&ctx, &query.client_id, &query.request_uri, &browser).await;
    let page = match arrived.map_err(over)? {
        Arrival::Link(request) => page(&state, &visit, request, html! {}).await?,
        Arrival::Debit(request) => debit::sign_in_page(&state, &visit, request, false).await?,
    };
    Ok(page.into_response())
}

/// Whoever only looks whether the page is there (a preview, a proxy) binds no request to itself.
pub(super) async fn look() -> StatusCode {
    StatusCode::METHOD_NOT_ALLOWED
}

pub(super) async fn show(
    State(state): State<BankState>,
    visit: Visit,
    Query(way): Query<InProgress>,
) -> Answer {
    // Without a word, whoever made a passkey on the way sees the same page as before, and thinks it failed.
    let made = way.new.as_deref().filter(|_| way.again.is_none()).map(|made| match made {
        "card" => ("idcard-new", "idcard-new-body"),
        "app" => ("bankapp-new", "bankapp-new-body"),
        _ => ("sign-in-new", "link-new-passkey"),
    });
    let came = html! {
        @if let Some((title, what)) = made {
            (ui::notice(Tone::Success, &visit.t(title), html! { p { (visit.t(what)) } }))
        }
        (plain::again(&visit, way.again.is_some()))
    };
    Ok(page(&state, &visit, way.request, came).await?.into_response())
}

async fn page(
    state: &BankState,
    visit: &Visit,
    request: ParId,
    came: Markup,
) -> Result<Markup, Problem> {
    if !visit.allow("ceremony", plain::CEREMONIES_MAX, 3_600) {
        return Err(Problem::too_many());
    }
    let (ctx, browser) = (visit.ctx(), visit.device_hash());
    let pushed = match state.bank.visiting(&ctx, request, &browser).await {
        Ok(pushed) => pushed,
        Err(error) => return Err(over_here(state, visit, request, error).await),
    };
    let partner = state.bank.partner(&pushed.client_id).await.map_err(over)?;
    let (options, asked) = state.bank.start_sign_in(&ctx).map_err(over)?;
    let ceremony = visit.site.ceremonies.open(&ctx, PURPOSE, &browser, &(request, asked)).await?;
    let form = PasskeyForm {
        mode: PasskeyMode::Get,
        action: "/authorize/sign-in".to_owned(),
        options,
        ceremony,
        csrf: visit.csrf_field(),
        label: visit.t("link-sign-in"),
        body: plain::request_field(Some(request)),
        alternative: Some((
            plain::with_request("/enrol", Some(request)),
            visit.t("link-no-passkey"),
        )),
    };
    let title = visit.t_args("link-title", &[("partner", (&partner.name).into())]);
    Ok(visit.page(
        &PageMeta::new(visit.t("link-page")),
        html! {
            (steps(visit, 0))
            (ui::heading(&title, Some(&visit.t("link-lead"))))
            (came)
            (ui::card(None, html! {
                p { (ui::icon(Icon::Shield)) " " (visit.t("link-never")) }
                (ui::passkey_form(&visit.words(), &form))
                (card::sign_in_buttons(state, visit, ("link", Some(request), None)))
            }))
            form.inline method="post" action="/authorize/refuse" {
                (visit.csrf_field())
                (plain::request_field(Some(request)))
                (ui::button(ui::Look::Quiet, &visit.t("link-leave")))
            }
        },
    ))
}

#[derive(Deserialize)]
pub(super) struct Signed {
    credential: String,
    ceremony: CeremonyId,
    request: ParId,
}

pub(super) async fn finish(
    State(state): State<BankState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Signed>,
) -> Answer {
    let (ctx, browser) = (visit.ctx(), visit.device_hash());
    let taken = visit.site.ceremonies.take(&ctx, form.ceremony, PURPOSE, &browser).await?;
    let (request, asked): (ParId, DiscoverableState) = taken.state()?;
    if request != form.request {
        return Err(over(BankError::NotAvailable));
    }
    let signed_in = match state.bank.finish_sign_in(&ctx, &form.credential, &asked).await {
        Ok(signed_in) => signed_in,
        Err(BankError::Passkey(_) | BankError::NotAvailable) => {
            let back = plain::with_request("/authorize/sign-in?again=1", Some(request));
            return Ok(Redirect::to(&back).into_response());
        }
        Err(error) => return Err(over(error)),
    };
    arrived(&state, &visit, request, &signed_in).await
}

/// Somebody signed in for this request: on to their accounts.
pub(crate) async fn arrived(
    state: &BankState,
    visit: &Visit,
    request: ParId,
    signed_in: &SignedIn,
) -> Answer {
    let (ctx, browser) = (visit.ctx(), visit.device_hash());
    state.bank.arrive(&ctx, request, &browser, signed_in).await.map_err(over)?;
    let met = state.bank.meet_language(&ctx, signed_in.holder_id, visit.lang().tag()).await;
    met.map_err(over)?;
    let next = plain::with_request("/authorize/account", Some(request));
    Ok(Redirect::to(&next).into_response())
}
