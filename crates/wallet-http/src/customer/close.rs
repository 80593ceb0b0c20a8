//! Closing one's wallet (退会): what will happen, the signature, how far it is, and taking it back.
//!
//! What people look into is never among what the page waits for: who is held by a list, or looked into
//! without knowing, reads what everybody reads.

use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use jiff::Timestamp;
use kanuki_domain::{Yen, id::CustomerId, limits::CLOSE_WAIT_SECS, mandate::later};
use kanuki_site::{
    Answer, Problem, Visit,
    csrf::CsrfForm,
    show,
    ui::{self, Look, Tone},
};
use kanuki_wallet::{
    WalletError,
    close::{Asking, Closing, Closure, OpenEnd},
    customer::Overview,
};
use maud::{Markup, html};

use super::{
    confirm::{self, Confirm, Confirmed, note_proof},
    inner,
};
use crate::{WalletState, refusal::problem};

/// Where it is.
pub(super) const PAGE: &str = "/close";
const CLOSE: &str = "close_wallet";
const KEEP: &str = "keep_wallet";

pub(super) fn routes() -> Router<WalletState> {
    Router::new()
        .route("/close", get(show_page).post(close))
        .route("/close/confirm", get(show_confirm))
        .route("/close/keep", get(show_keep).post(keep))
}

async fn show_page(State(state): State<WalletState>, visit: Visit) -> Answer {
    let id = visit.require_customer()?;
    let overview = state.wallet.overview(&visit.ctx(), id).await.map_err(problem)?;
    let ends = state.wallet.open_ends(&visit.ctx(), &overview.customer).await.map_err(problem)?;
    let ends = end_list(&visit, &ends);
    let body = match &overview.customer.closure {
        Closure::Open => before(&visit, &overview, &ends),
        Closure::Closing(closing) => waiting(&visit, &overview, closing, &ends),
        Closure::Ending(_) => ending(&state, &visit, id).await?,
        Closure::Closed(_) => return Err(Problem::not_found()),
    };
    Ok(visit.page(&inner(&visit, "close-title", "/security"), body).into_response())
}

/// What is not over yet, in words. What is looked into stays unsaid.
pub(crate) fn end_list(visit: &Visit, ends: &[OpenEnd]) -> Vec<(Markup, Option<&'static str>)> {
    let said = ends.iter().filter_map(|end| {
        let (key, href) = match end {
            OpenEnd::Balance(_) | OpenEnd::Checking => return None,
            OpenEnd::Topup => ("close-end-topup", Some("/statement")),
            OpenEnd::Payout => ("close-end-payout", Some("/")),
            OpenEnd::Payment => ("close-end-payment", Some("/statement")),
            OpenEnd::Held => ("close-end-held", Some("/")),
            OpenEnd::SentByLink => ("close-end-by-link", Some("/")),
            OpenEnd::Refund => ("close-end-refund", None),
            OpenEnd::Recovery => ("close-end-recovery", Some("/security")),
        };
        Some((html! { (visit.t(key)) }, href))
    });
    said.collect()
}

fn ends_card(visit: &Visit, ends: &[(Markup, Option<&'static str>)]) -> Markup {
    ui::card(
        Some(&visit.t("close-ends")),
        html! {
            @if ends.is_empty() { p { (visit.t("close-ends-none")) } } @else {
                p { (visit.t("close-ends-some")) }
                ul.points {
                    @for (text, href) in ends {
                        li {
                            (text)
                            @if let Some(href) = href { " " a href=(*href) { (visit.t("see-more")) } }
                        }
                    }
                }
            }
        },
    )
}

fn money_card(visit: &Visit, overview: &Overview) -> Markup {
    let left = overview.available;
    ui::card(
        Some(&visit.t("close-money")),
        html! {
            (ui::definitions(vec![(visit.t("close-left"), ui::money(left))]))
            @if left.is_zero() { p { (visit.t("close-money-none")) } }
            @else if overview.can_be_emptied() {
                p { (visit.t("close-money-out")) }
                @if overview.is_by_hand() { p { (visit.t("close-money-by-hand")) } }
                @if !overview.payable().is_empty() {
                    (ui::actions(ui::link_button(Look::Primary, "/payout", &visit.t("close-pay-out"))))
                }
            } @else {
                p { (visit.t("close-money-stuck")) }
                @if overview.customer.closure.is_open() {
                    (ui::actions(ui::link_button(Look::Primary, "/link", &visit.t("next-link.button"))))
                }
            }
        },
    )
}

/// What stays, for how long and why, and what can still be done afterwards.
fn stays(visit: &Visit) -> Markup {
    html! {
        (ui::card(Some(&visit.t("close-stays")), html! {
            ul.points {
                li { (visit.t("close-stays-person")) }
                li { (visit.t("close-stays-books")) }
                li { (visit.t("close-stays-code")) }
                li { (visit.t("close-stays-report")) " " a href="/report" { (visit.t("close-report")) } }
                li { (visit.t("close-stays-again")) }
            }
        }))
        p {
            (visit.t("close-before")) " "
            a href="/statement" { (visit.t("close-statement")) } " "
            a href=(super::evidence::PAGE) { (visit.t("evidence-open")) }
        }
    }
}

fn before(visit: &Visit, overview: &Overview, ends: &[(Markup, Option<&'static str>)]) -> Markup {
    let span = show::span(visit.lang(), u64::try_from(CLOSE_WAIT_SECS).unwrap_or(0));
    let is_frozen = overview.customer.frozen.is_some();
    let is_stuck = !overview.available.is_zero() && !overview.can_be_emptied();
    html! {
        (ui::heading(&visit.t("close-title"), Some(&visit.t("close-lead"))))
        @if is_frozen {
            (ui::notice(Tone::Error, &visit.t("home-frozen"), html! {
                p { (visit.t("close-frozen")) }
                (ui::actions(ui::link_button(Look::Secondary, "/freeze", &visit.t("home-frozen.button"))))
            }))
        } @else {
            (money_card(visit, overview))
        }
        (ends_card(visit, ends))
        (ui::card(Some(&visit.t("close-happens")), html! {
            ol.points {
                li { (visit.t("close-happens-now")) }
                li { (visit.t_args("close-happens-wait", &[("span", span.into())])) }
                li { (visit.t_args("close-happens-links", &[("n", overview.links.len().into())])) }
                li { (visit.t("close-happens-passkeys")) }
            }
        }))
        (stays(visit))
        @if !is_frozen && !is_stuck {
            (ui::actions(ui::link_button(Look::Danger, "/close/confirm", &visit.t("close-go"))))
        }
        (ui::actions(ui::link_button(Look::Quiet, "/security", &visit.t("cancel"))))
    }
}

fn waiting(
    visit: &Visit,
    overview: &Overview,
    closing: &Closing,
    ends: &[(Markup, Option<&'static str>)],
) -> Markup {
    let is_over = visit.now() >= closing.effective_at();
    let what = if is_over && ends.is_empty() && overview.available.is_zero() {
        visit.t("close-waiting-last")
    } else {
        let when = show::instant(visit.lang(), closing.effective_at());
        visit.t_args("close-waiting-until", &[("when", when.into())])
    };
    html! {
        (ui::heading(&visit.t("close-title"), None))
        (ui::notice(Tone::Info, &visit.t("close-waiting"), html! {
            p { (what) }
            p { (visit.t("close-waiting-money")) }
        }))
        (money_card(visit, overview))
        (ends_card(visit, ends))
        (ui::card(Some(&visit.t("close-keep")), html! {
            p { (visit.t("close-keep-what")) }
            (ui::actions(ui::link_button(Look::Secondary, "/close/keep", &visit.t("close-keep-go"))))
        }))
        (stays(visit))
    }
}

async fn ending(state: &WalletState, visit: &Visit, id: CustomerId) -> Result<Markup, Problem> {
    let banks = state.wallet.banks_to_hear(id).await.map_err(problem)?;
    let names = state.wallet.bank_names().await.map_err(problem)?;
    Ok(html! {
        (ui::heading(&visit.t("close-title"), None))
        (ui::notice(Tone::Info, &visit.t("close-ending"), html! {
            p { (visit.t("close-ending-what")) }
            @if !banks.is_empty() {
                p { (visit.t("close-ending-banks")) }
                ul.points { @for bank in &banks { li { (names.of(*bank)) } } }
            }
        }))
        (stays(visit))
    })
}

async fn show_confirm(State(state): State<WalletState>, visit: Visit) -> Answer {
    let id = visit.require_customer()?;
    let ctx = visit.ctx();
    let (mut asking, options) = match state.wallet.start_closing(&ctx, id).await {
        Ok(started) => started,
        Err(WalletError::Closing | WalletError::NoAccount | WalletError::Stopped) => {
            return Ok(Redirect::to(PAGE).into_response());
        }
        Err(error) => return Err(problem(error)),
    };
    let overview = state.wallet.overview(&ctx, id).await.map_err(problem)?;
    let from = later(visit.now(), CLOSE_WAIT_SECS);
    let pairs = close_pairs(&visit, &overview, from);
    asking.shown = Some(confirm::shown(&visit, &pairs));
    let note = (!overview.available.is_zero()).then(|| {
        ui::notice(
            Tone::Warning,
            &visit.t("close-note"),
            html! { p { (visit.t("close-money-out")) } },
        )
    });
    let confirm = Confirm {
        name: "close",
        pairs,
        note,
        action: PAGE,
        cancel: PAGE,
        asked: &asking.asked,
        options,
    };
    confirm::page(&visit, CLOSE, &asking, confirm).await
}

fn close_pairs(visit: &Visit, overview: &Overview, from: Timestamp) -> Vec<(String, Markup)> {
    let left = overview.available.plus(overview.reserved).unwrap_or(Yen::ZERO);
    vec![
        (visit.t("close-left"), ui::money(left)),
        (visit.t("close-from"), show::time(visit.lang(), from)),
        (visit.t("close-links"), html! { (overview.links.len()) }),
    ]
}

async fn close(
    State(state): State<WalletState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Confirmed>,
) -> Answer {
    let id = visit.require_customer()?;
    let customer = state.wallet.customer(id).await.map_err(problem)?;
    // A second click: it is asked for already.
    if customer.closure.asked().is_none() {
        let asking = taken(&visit, &form, CLOSE).await?;
        let given = form.given();
        state.wallet.close(&visit.ctx(), id, &asking, &given).await.map_err(problem)?;
        note_proof(&visit, &given).await?;
    }
    Ok(Redirect::to(PAGE).into_response())
}

/// Each asking is good once: what was taken back is signed for anew.
async fn taken(visit: &Visit, form: &Confirmed, purpose: &'static str) -> Result<Asking, Problem> {
    let (ctx, binding) = (visit.ctx(), visit.binding());
    let taken = visit.site.ceremonies.take(&ctx, form.ceremony, purpose, &binding).await?;
    Ok(taken.state()?)
}

async fn show_keep(State(state): State<WalletState>, visit: Visit) -> Answer {
    let id = visit.require_customer()?;
    let (mut asking, options) = match state.wallet.start_keeping(&visit.ctx(), id).await {
        Ok(started) => started,
        Err(WalletError::NotAvailable) => return Ok(Redirect::to(PAGE).into_response()),
        Err(error) => return Err(problem(error)),
    };
    let overview = state.wallet.overview(&visit.ctx(), id).await.map_err(problem)?;
    let pairs = vec![(visit.t("close-left"), ui::money(overview.available))];
    asking.shown = Some(confirm::shown(&visit, &pairs));
    let confirm = Confirm {
        name: "keep",
        pairs,
        note: None,
        action: "/close/keep",
        cancel: PAGE,
        asked: &asking.asked,
        options,
    };
    confirm::page(&visit, KEEP, &asking, confirm).await
}

async fn keep(
    State(state): State<WalletState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Confirmed>,
) -> Answer {
    let id = visit.require_customer()?;
    let asking = taken(&visit, &form, KEEP).await?;
    let given = form.given();
    state.wallet.keep(&visit.ctx(), id, &asking, &given).await.map_err(problem)?;
    note_proof(&visit, &given).await?;
    Ok(Redirect::to("/").into_response())
}

/// Where somebody goes whose wallet is being closed, instead of to a form that would refuse them.
pub(super) fn if_closing(closure: &Closure) -> Option<Response> {
    (!closure.is_open()).then(|| Redirect::to(PAGE).into_response())
}

/// That it is being closed, for the first page.
pub(super) fn notice(visit: &Visit, closure: &Closure) -> Markup {
    html! {
        @if closure.asked().is_some() {
            (ui::notice(Tone::Info, &visit.t("close-waiting"), html! {
                p { (visit.t("close-waiting-money")) }
                (ui::actions(ui::link_button(Look::Secondary, PAGE, &visit.t("see-more"))))
            }))
        }
    }
}
