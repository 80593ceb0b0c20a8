//! One debit outside of what was agreed (RFC 9470): who are you, and do you want exactly this.
//!
//! Bound to the browser like a link in progress, and over within five minutes. Nothing here changes
//! what was agreed before.

use axum::{
    extract::{Query, State},
    response::{IntoResponse, Redirect},
};
use http::StatusCode;
use kanuki_bank::{
    BankError,
    approval::{ApprovalPage, Signing},
    holder::sign_in::SignedIn,
};
use kanuki_domain::id::{CeremonyId, ParId};
use kanuki_passkey::DiscoverableState;
use kanuki_site::{
    Answer, PageMeta, Problem, Visit,
    ceremony::CeremonyError,
    csrf::CsrfForm,
    show as words,
    ui::{self, Icon, Look, PasskeyForm, PasskeyMode, Tone},
};
use maud::{Markup, html};
use serde::Deserialize;

use crate::{
    BankState,
    card::{self, SignedPage},
    link::InProgress,
    plain,
    refusal::problem,
};

const SIGN_IN: &str = "debit_sign_in";
pub(crate) const SIGN: &str = "debit_sign";

/// Expired, decided, unknown, another browser's: one calm page.
fn over(error: BankError) -> Problem {
    match error {
        BankError::NotAvailable => Problem::new(StatusCode::NOT_FOUND, "debit_over"),
        other => problem(other),
    }
}

fn steps(visit: &Visit, current: usize) -> Markup {
    let names = [visit.t("link-step-who"), visit.t("debit-step-sign")];
    ui::steps(&visit.t("debit-steps"), &names, current)
}

/// Saying no to the page whose ceremony it carries is an answer to exactly that page.
fn decline_button(
    visit: &Visit,
    (request, ceremony): (ParId, Option<CeremonyId>),
    label: &str,
) -> Markup {
    html! {
        form.inline method="post" action="/authorize/debit/decline" {
            (visit.csrf_field())
            (plain::request_field(Some(request)))
            @if let Some(ceremony) = ceremony { (ui::hidden("ceremony", &ceremony.to_string())) }
            (ui::button(Look::Quiet, label))
        }
    }
}

pub(super) async fn show_sign_in(
    State(state): State<BankState>,
    visit: Visit,
    Query(way): Query<InProgress>,
) -> Answer {
    Ok(sign_in_page(&state, &visit, way.request, way.again.is_some()).await?.into_response())
}

/// Nothing of the debit is shown before it is known who looks.
pub(super) async fn sign_in_page(
    state: &BankState,
    visit: &Visit,
    request: ParId,
    is_again: bool,
) -> Result<Markup, Problem> {
    if !visit.allow("ceremony", plain::CEREMONIES_MAX, 3_600) {
        return Err(Problem::too_many());
    }
    let (ctx, browser) = (visit.ctx(), visit.device_hash());
    let pushed = state.bank.visiting_debit(&ctx, request, &browser).await.map_err(over)?;
    let partner = state.bank.partner(&pushed.to.client_id).await.map_err(over)?;
    let (options, asked) = state.bank.start_sign_in(&ctx).map_err(over)?;
    let ceremony = visit.site.ceremonies.open(&ctx, SIGN_IN, &browser, &(request, asked)).await?;
    let form = PasskeyForm {
        mode: PasskeyMode::Get,
        action: "/authorize/debit/sign-in".to_owned(),
        options,
        ceremony,
        csrf: visit.csrf_field(),
        label: visit.t("link-sign-in"),
        body: plain::request_field(Some(request)),
        alternative: None,
    };
    let title = visit.t_args("debit-title", &[("partner", (&partner.name).into())]);
    Ok(visit.page(
        &PageMeta::new(visit.t("debit-page")),
        html! {
            (steps(visit, 0))
            (ui::heading(&title, Some(&visit.t("debit-lead"))))
            (plain::again(visit, is_again))
            (ui::card(None, html! {
                p { (ui::icon(Icon::Shield)) " " (visit.t("link-never")) }
                (ui::passkey_form(&visit.words(), &form))
                (card::sign_in_buttons(state, visit, ("debit", Some(request), None)))
            }))
            (decline_button(visit, (request, None), &visit.t("debit-leave")))
        },
    ))
}

#[derive(Deserialize)]
pub(super) struct Signed {
    credential: String,
    ceremony: CeremonyId,
    request: ParId,
}

pub(super) async fn sign_in(
    State(state): State<BankState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Signed>,
) -> Answer {
    let (ctx, browser) = (visit.ctx(), visit.device_hash());
    let taken = visit.site.ceremonies.take(&ctx, form.ceremony, SIGN_IN, &browser).await?;
    let (request, asked): (ParId, DiscoverableState) = taken.state()?;
    if request != form.request {
        return Err(over(BankError::NotAvailable));
    }
    let signed_in = match state.bank.finish_sign_in(&ctx, &form.credential, &asked).await {
        Ok(signed_in) => signed_in,
        Err(BankError::Passkey(_) | BankError::NotAvailable) => {
            let back = plain::with_request("/authorize/debit/sign-in?again=1", Some(request));
            return Ok(Redirect::to(&back).into_response());
        }
        Err(error) => return Err(over(error)),
    };
    arrived(&state, &visit, request, &signed_in).await
}

/// Somebody signed in for this request: on to the debit, if it is theirs.
pub(crate) async fn arrived(
    state: &BankState,
    visit: &Visit,
    request: ParId,
    signed_in: &SignedIn,
) -> Answer {
    let (ctx, browser) = (visit.ctx(), visit.device_hash());
    match state.bank.arrive_debit(&ctx, request, &browser, signed_in).await {
        Ok(()) => {
            let next = plain::with_request("/authorize/debit", Some(request));
            Ok(Redirect::to(&next).into_response())
        }
        Err(BankError::NotTheSamePerson) => {
            Ok((StatusCode::FORBIDDEN, not_yours(visit, request)).into_response())
        }
        Err(error) => Err(over(error)),
    }
}

/// Somebody else's: what it is about is not told.
fn not_yours(visit: &Visit, request: ParId) -> Markup {
    visit.page(
        &PageMeta::new(visit.t("debit-not-yours")),
        html! {
            (ui::heading(&visit.t("debit-not-yours"), Some(&visit.t("debit-not-yours-lead"))))
            (ui::card(None, html! { p { (visit.t("debit-not-yours-next")) } }))
            (ui::actions(decline_button(visit, (request, None), &visit.t("debit-leave"))))
        },
    )
}

pub(super) async fn show(
    State(state): State<BankState>,
    visit: Visit,
    Query(way): Query<InProgress>,
) -> Answer {
    let (ctx, browser) = (visit.ctx(), visit.device_hash());
    let (page, options, mut signing) =
        state.bank.start_debit_page(&ctx, way.request, &browser).await.map_err(over)?;
    let pairs = what(&visit, &page);
    signing.showing(plain::shown(&visit, &pairs));
    let ceremony = visit.site.ceremonies.open(&ctx, SIGN, &browser, &signing).await?;
    let amount = page.amount.to_string();
    let until = words::instant(visit.lang(), page.expires_at);
    let form = PasskeyForm {
        mode: PasskeyMode::Get,
        action: "/authorize/debit".to_owned(),
        options,
        ceremony,
        csrf: visit.csrf_field(),
        label: visit.t_args("debit-sign", &[("amount", amount.into())]),
        body: html! {
            (plain::request_field(Some(way.request)))
            (ui::definitions(pairs))
        },
        alternative: None,
    };
    let pushed = state.bank.visiting_debit(&ctx, way.request, &browser).await.map_err(over)?;
    let holder_id = pushed.holder.ok_or_else(|| over(BankError::NotAvailable))?;
    let offer = (form, SignedPage::Debit, Some(way.request));
    let form = card::sign_form(&state, &visit, holder_id, offer).await?;
    let title = visit.t_args("debit-title", &[("partner", (&page.partner_name).into())]);
    let body = html! {
        (steps(&visit, 1))
        (ui::heading(&title, Some(&visit.t("debit-sign-lead"))))
        (plain::again(&visit, way.again.is_some()))
        (why(&visit, &page))
        (ui::card(None, html! {
            (form)
            p { small { (visit.t_args("debit-until", &[("at", until.into())])) } }
        }))
        (decline_button(&visit, (way.request, Some(ceremony)), &visit.t("debit-decline")))
        (ui::section(&visit.t("debit-after"), html! {
            ul.points {
                li { (visit.t("debit-after-once")) }
                li { (visit.t("debit-after-terms")) }
                li { (visit.t("debit-after-tell")) }
            }
        }))
    };
    Ok(visit.page(&PageMeta::new(visit.t("debit-page")), body).into_response())
}

/// Exactly what is signed, from the parsed values and from nothing else.
pub(crate) fn what(visit: &Visit, page: &ApprovalPage) -> Vec<(String, Markup)> {
    let mut pairs = vec![
        (visit.t("debit-amount"), html! { strong { (ui::money(page.amount)) } }),
        (visit.t("consent-who"), html! { strong { (page.partner_name) } }),
        (visit.t("consent-from"), html! { (page.account_mask) }),
    ];
    if page.beyond_terms {
        pairs.push((visit.t("debit-limit"), html! { (visit.t("debit-beyond")) }));
    }
    if page.new_device {
        pairs.push((visit.t("debit-where"), html! { (visit.t("debit-device")) }));
    }
    pairs
}

/// In what this is unlike what the holder agreed to.
pub(crate) fn why(visit: &Visit, page: &ApprovalPage) -> Markup {
    let agreed = words::instant(visit.lang(), page.agreed_at);
    html! {
        @if page.beyond_terms {
            (ui::notice(Tone::Warning, &visit.t("debit-beyond"), html! {
                p { (visit.t_args("debit-beyond-body", &[("at", agreed.into())])) }
                (ui::definitions(plain::terms(visit, &page.terms)))
            }))
        }
        @if page.new_device {
            (ui::notice(Tone::Warning, &visit.t("debit-device"), html! {
                p { (visit.t("debit-device-body")) }
            }))
        }
        @if !page.beyond_terms && !page.new_device {
            (ui::notice(Tone::Info, &visit.t("debit-sure"), html! {
                p { (visit.t("debit-sure-body")) }
            }))
        }
    }
}

/// 303, never 307: a form that was posted here must not be posted there (FAPI 2.0 section 5.2.2).
pub(super) async fn sign(
    State(state): State<BankState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Signed>,
) -> Answer {
    let (ctx, browser) = (visit.ctx(), visit.device_hash());
    let taken = visit.site.ceremonies.take(&ctx, form.ceremony, SIGN, &browser).await?;
    let signing: Signing = taken.state()?;
    let way = (form.request, browser.as_str());
    match state.bank.finish_debit_page(&ctx, way, &signing, &form.credential).await {
        Ok(callback) => Ok(Redirect::to(&callback).into_response()),
        Err(BankError::Passkey(_) | BankError::Card | BankError::App) => {
            let back = plain::with_request("/authorize/debit?again=1", Some(form.request));
            Ok(Redirect::to(&back).into_response())
        }
        Err(error) => Err(over(error)),
    }
}

#[derive(Deserialize)]
pub(super) struct Declined {
    request: ParId,
    ceremony: Option<CeremonyId>,
}

pub(super) async fn decline(
    State(state): State<BankState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Declined>,
) -> Answer {
    let (ctx, browser) = (visit.ctx(), visit.device_hash());
    let asked: Option<Signing> = match form.ceremony {
        // A page that lay too long may still be declined; it shows nothing that could be signed.
        Some(id) => match visit.site.ceremonies.take(&ctx, id, SIGN, &browser).await {
            Ok(taken) => Some(taken.state()?),
            Err(CeremonyError::Spent) => None,
            Err(error) => return Err(error.into()),
        },
        None => None,
    };
    let way = (form.request, browser.as_str());
    let declined = state.bank.decline_debit_page(&ctx, way, asked.as_ref()).await;
    Ok(Redirect::to(&declined.map_err(over)?).into_response())
}
