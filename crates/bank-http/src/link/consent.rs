//! Third step: who, how much, how often, until when; signed with a passkey or a card, or not.

use axum::{
    extract::{Query, State},
    response::{IntoResponse, Redirect},
};
use http::StatusCode;
use kanuki_bank::{
    BankError,
    link::{
        Replaced,
        consent::{ConsentPage, ConsentState},
    },
};
use kanuki_domain::{
    id::{CeremonyId, ParId},
    limits::COOLING_LINK,
    route::SecondChannel,
};
use kanuki_site::{
    Answer, PageMeta, Visit,
    ceremony::CeremonyError,
    csrf::CsrfForm,
    show,
    ui::{self, Look, PasskeyForm, PasskeyMode, Tone},
};
use maud::{Markup, html};
use serde::Deserialize;

use crate::{
    BankState,
    card::{self, SignedPage},
    link::{InProgress, over, over_here, steps},
    plain,
};

pub(crate) const PURPOSE: &str = "consent";

pub(super) async fn show(
    State(state): State<BankState>,
    visit: Visit,
    Query(way): Query<InProgress>,
) -> Answer {
    let (ctx, browser) = (visit.ctx(), visit.device_hash());
    let (page, options, mut asked) =
        match state.bank.start_consent(&ctx, way.request, &browser).await {
            Ok(started) => started,
            Err(BankError::NotTheSamePerson) => {
                visit.site.metrics.count("link_mismatches", "Links of two different people", &[]);
                return Ok((StatusCode::FORBIDDEN, mismatch(&visit, way.request)).into_response());
            }
            Err(BankError::Locked) => {
                return Ok((StatusCode::FORBIDDEN, locked(&visit, way.request)).into_response());
            }
            Err(BankError::Paused) => {
                return Ok((StatusCode::FORBIDDEN, paused(&visit, way.request)).into_response());
            }
            Err(error) => return Err(over_here(&state, &visit, way.request, error).await),
        };
    let pairs = what(&visit, &page);
    asked.showing(plain::shown(&visit, &pairs));
    let ceremony = visit.site.ceremonies.open(&ctx, PURPOSE, &browser, &asked).await?;
    let form = PasskeyForm {
        mode: PasskeyMode::Get,
        action: "/authorize/consent".to_owned(),
        options,
        ceremony,
        csrf: visit.csrf_field(),
        label: visit.t("consent-sign"),
        body: html! {
            (plain::request_field(Some(way.request)))
            (ui::definitions(pairs))
        },
        alternative: None,
    };
    let pushed = state.bank.visiting(&ctx, way.request, &browser).await.map_err(over)?;
    let (holder_id, _) = pushed.holder.ok_or_else(|| over(BankError::NotAvailable))?;
    let offer = (form, SignedPage::Consent, Some(way.request));
    let form = card::sign_form(&state, &visit, holder_id, offer).await?;
    let key = if page.replaced.is_some() { "consent-renew-title" } else { "consent-title" };
    let title = visit.t_args(key, &[("partner", (&page.partner_name).into())]);
    let body = html! {
        (steps(&visit, 2))
        (ui::heading(&title, Some(&visit.t("consent-lead"))))
        (plain::again(&visit, way.again.is_some()))
        (ui::card(None, form))
        (refuse_button(&visit, (way.request, Some(ceremony)), Look::Quiet, "consent-refuse"))
        (after(&state, &visit, &page))
    };
    Ok(visit.page(&PageMeta::new(visit.t("link-page")), body).into_response())
}

/// Exactly what is signed, from the parsed values and from nothing else.
///
/// Taken apart field by field: one that is added to the consent and has no line here does not
/// compile, so nothing is ever signed that was not shown.
fn what(visit: &Visit, page: &ConsentPage) -> Vec<(String, Markup)> {
    let ConsentPage {
        partner_name,
        account_mask,
        actions,
        terms,
        binding,
        route: _,
        other_waits: _,
        replaced,
    } = page;
    let mut pairs = vec![
        (visit.t("consent-who"), html! { strong { (partner_name) } }),
        (visit.t("consent-from"), html! { (account_mask) }),
        (visit.t("consent-actions"), plain::actions(visit, actions)),
    ];
    pairs.extend(match replaced {
        None => plain::terms(visit, terms),
        Some(Replaced { terms: before, is_wider: _ }) => plain::compared(visit, before, terms),
    });
    pairs.push((visit.t("consent-binding"), html! { (plain::binding(visit, *binding)) }));
    pairs
}

/// What happens once it is signed.
fn after(state: &BankState, visit: &Visit, page: &ConsentPage) -> Markup {
    let cooling = state.bank.rules.cooling();
    let span = |secs: i64| show::span(visit.lang(), u64::try_from(secs).unwrap_or(0));
    let cooled =
        if page.route.rests_on_a_code() { cooling.code_secs } else { cooling.passkey_secs };
    let args = [
        ("span", span(cooled).into()),
        ("amount", COOLING_LINK.into()),
        ("lapse", span(cooling.lapse_secs).into()),
    ];
    let wait = span(state.bank.rules.raise_wait_secs());
    html! {
        @if let Some(replaced) = &page.replaced {
            @if replaced.is_wider {
                (ui::notice(Tone::Warning, &visit.t_args("consent-wider", &[("span", wait.into())]), html! {
                    p { (visit.t("consent-wider-body")) }
                }))
            } @else {
                (ui::notice(Tone::Info, &visit.t("consent-narrower"), html! {
                    p { (visit.t("consent-narrower-body")) }
                }))
            }
        } @else if page.route.rests_on_a_code() {
            (ui::notice(Tone::Warning, &visit.t("consent-second"), html! {
                p { (visit.t_args("consent-second-body", &args)) }
                @if page.route.is_confirmed_by(SecondChannel::Letter) {
                    p { (visit.t("consent-second-letter")) }
                }
            }))
        } @else {
            (ui::notice(Tone::Info, &visit.t_args("consent-cooling", &args), html! {
                p { (visit.t_args("consent-cooling-body", &args)) }
                @if page.other_waits { p { (visit.t("consent-other-waits")) } }
            }))
        }
        (ui::section(&visit.t("consent-after"), html! {
            ul.points {
                li { (visit.t("consent-tell")) }
                li { (visit.t("consent-stop")) }
                li { (visit.t("consent-facts")) }
            }
        }))
    }
}

/// Saying no to the page whose ceremony it carries is an answer to exactly that page.
fn refuse_button(
    visit: &Visit,
    (request, ceremony): (ParId, Option<CeremonyId>),
    look: Look,
    label: &str,
) -> Markup {
    html! {
        form.inline method="post" action="/authorize/refuse" {
            (visit.csrf_field())
            (plain::request_field(Some(request)))
            @if let Some(ceremony) = ceremony { (ui::hidden("ceremony", &ceremony.to_string())) }
            (ui::button(look, &visit.t(label)))
        }
    }
}

/// Which field differed, or whether one is missing, is not told: neither to the holder nor to the
/// wallet.
fn mismatch(visit: &Visit, request: ParId) -> Markup {
    visit.page(
        &PageMeta::new(visit.t("mismatch-title")),
        html! {
            (ui::heading(&visit.t("mismatch-title"), Some(&visit.t("mismatch-lead"))))
            (ui::card(None, html! {
                p { (visit.t("mismatch-money")) }
                p { (visit.t("mismatch-next")) }
            }))
            (ui::actions(refuse_button(visit, (request, None), Look::Primary, "mismatch-back")))
        },
    )
}

/// The holder is signed in, so they may know that their own lock did this; the wallet may not.
fn locked(visit: &Visit, request: ParId) -> Markup {
    visit.page(
        &PageMeta::new(visit.t("locked-title")),
        html! {
            (ui::heading(&visit.t("locked-title"), Some(&visit.t("locked-lead"))))
            (ui::card(None, html! {
                p { (visit.t("mismatch-money")) }
                p { (visit.t("locked-next")) }
                p { a href="/holder/lock" { (visit.t("lock-title")) } }
            }))
            (ui::actions(refuse_button(visit, (request, None), Look::Primary, "mismatch-back")))
        },
    )
}

/// A breaker is open, and this would be a first link that rests on a code.
fn paused(visit: &Visit, request: ParId) -> Markup {
    visit.page(
        &PageMeta::new(visit.t("paused-title")),
        html! {
            (ui::heading(&visit.t("paused-title"), Some(&visit.t("paused-lead"))))
            (ui::card(None, html! {
                p { (visit.t("mismatch-money")) }
                p { (visit.t("paused-next")) }
            }))
            (ui::actions(refuse_button(visit, (request, None), Look::Primary, "mismatch-back")))
        },
    )
}

#[derive(Deserialize)]
pub(super) struct Signed {
    credential: String,
    ceremony: CeremonyId,
    request: ParId,
}

/// 303, never 307: a form that was posted here must not be posted there (FAPI 2.0 section 5.2.2).
pub(super) async fn sign(
    State(state): State<BankState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Signed>,
) -> Answer {
    let (ctx, browser) = (visit.ctx(), visit.device_hash());
    let taken = visit.site.ceremonies.take(&ctx, form.ceremony, PURPOSE, &browser).await?;
    let asked: ConsentState = taken.state()?;
    match state.bank.finish_consent(&ctx, &browser, &asked, &form.credential).await {
        Ok(callback) => Ok(Redirect::to(&callback).into_response()),
        Err(BankError::Passkey(_) | BankError::Card | BankError::App) => {
            let back = plain::with_request("/authorize/consent?again=1", Some(form.request));
            Ok(Redirect::to(&back).into_response())
        }
        // Locked in another window while this page was open.
        Err(BankError::Locked) => {
            Ok((StatusCode::FORBIDDEN, locked(&visit, form.request)).into_response())
        }
        Err(error) => Err(over(error)),
    }
}

#[derive(Deserialize)]
pub(super) struct Refused {
    request: ParId,
    ceremony: Option<CeremonyId>,
}

pub(super) async fn refuse(
    State(state): State<BankState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Refused>,
) -> Answer {
    let (ctx, browser) = (visit.ctx(), visit.device_hash());
    let asked: Option<ConsentState> = match form.ceremony {
        // A page that lay too long may still be refused; it shows nothing that could be signed.
        Some(id) => match visit.site.ceremonies.take(&ctx, id, PURPOSE, &browser).await {
            Ok(taken) => Some(taken.state()?),
            Err(CeremonyError::Spent) => None,
            Err(error) => return Err(error.into()),
        },
        None => None,
    };
    let way = (form.request, browser.as_str());
    let refused = state.bank.refuse_consent(&ctx, way, asked.as_ref()).await;
    Ok(Redirect::to(&refused.map_err(over)?).into_response())
}
