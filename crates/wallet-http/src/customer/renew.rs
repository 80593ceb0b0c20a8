//! Other terms for a connected account, or the same ones for longer.

use axum::{
    Router,
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use http::StatusCode;
use kanuki_domain::{bank_account::BankCode, id::LinkId};
use kanuki_site::{
    Answer, Problem, Visit,
    csrf::CsrfForm,
    ui::{self, Look, Tone},
};
use kanuki_wallet::WalletError;
use maud::{Markup, html};
use serde::Deserialize;

use super::{
    confirm::back_to_form,
    form_error, inner,
    link::{Wish, sent_facts, wish_fields},
};
use crate::{WalletState, refusal::problem};

pub(super) fn routes() -> Router<WalletState> {
    Router::new().route("/links/{id}/renew", get(show).post(start))
}

#[derive(Deserialize)]
struct Way {
    error: Option<String>,
}

fn parse(text: &str) -> Result<LinkId, Problem> {
    text.parse().map_err(|_| Problem::not_found())
}

async fn show(
    State(state): State<WalletState>,
    visit: Visit,
    Path(link_id): Path<String>,
    Query(way): Query<Way>,
) -> Answer {
    let id = visit.require_customer()?;
    let link = state.wallet.link_of(id, parse(&link_id)?).await.map_err(problem)?;
    if !link.is_renewable(visit.now()) {
        return Ok(Redirect::to(&format!("/links/{}", link.link_id)).into_response());
    }
    let kept = state.wallet.facts(id).await.map_err(problem)?;
    let name = state.wallet.bank_name(link.bank).await;
    let here = format!("/links/{}/renew", link.link_id);
    let bank = [("bank", (&name).into())];
    let terms = kanuki_site::terms::lines(&visit.words(), &link.terms);
    let terms = terms.into_iter().map(|(label, value)| (label, html! { (value) })).collect();
    let is_closed = is_closed(&state, &visit, link.bank).await?;
    let body = html! {
        (ui::heading(&visit.t("renew-title"), Some(&visit.t_args("renew-lead", &bank))))
        @if is_closed { (closed(&visit)) }
        (ui::section(&visit.t("renew-now"), ui::definitions(terms)))
        (ui::card(Some(&visit.t("renew-then")), ui::form(&here, visit.csrf_field(), html! {
            (wish_fields(&visit, Some(&link.terms)))
            (ui::section(&visit.t("link-sent"), html! {
                p { (visit.t("link-sent.body")) }
                (ui::definitions(sent_facts(&visit, &kept.facts)))
            }))
            @if let Some(error) = form_error(&visit, way.error.as_deref()) {
                (ui::notice(Tone::Error, &error, html! {}))
            }
            (ui::checkbox("consent", "yes", &visit.t_args("link-consent", &bank), false))
            (ui::actions(ui::button(Look::Primary, &visit.t("link-start-button"))))
        })))
        (ui::notice(Tone::Info, &visit.t("link-next"), html! {
            ul.points {
                li { (visit.t("renew-next-bank")) }
                li { (visit.t("renew-next-year")) }
                li { (visit.t("renew-next-wider")) }
            }
        }))
    };
    let meta = inner(&visit, "renew-title", "").back(format!("/links/{}", link.link_id));
    Ok(visit.page(&meta, body).into_response())
}

/// Whether this bank takes nobody now: it is stopped, or what was agreed with it has lapsed.
async fn is_closed(state: &WalletState, visit: &Visit, bank: BankCode) -> Result<bool, Problem> {
    let open = state.wallet.linkable_banks(&visit.ctx()).await.map_err(problem)?;
    Ok(open.iter().all(|open| open.code != bank))
}

/// Said before anybody fills in a form that leads nowhere.
fn closed(visit: &Visit) -> Markup {
    ui::notice(
        Tone::Warning,
        &visit.t("renew-closed"),
        html! {
            p { (visit.t("renew-closed.body")) }
        },
    )
}

/// Nothing was renewed: the account stays linked as it was, and no money moved.
fn not_taken(visit: &Visit, link_id: LinkId, status: StatusCode) -> Response {
    let here = format!("/links/{link_id}");
    let body = html! {
        (ui::heading(&visit.t("renew-title"), None))
        (ui::notice(Tone::Error, &visit.t("renew-not-taken"), html! {
            p { (visit.t("renew-not-taken.body")) }
            (ui::actions(ui::link_button(Look::Secondary, &here, &visit.t("renew-not-taken.back"))))
        }))
    };
    (status, visit.page(&inner(visit, "renew-title", "").back(here), body)).into_response()
}

#[derive(Deserialize)]
struct Start {
    per_day: String,
    per_month: String,
    #[serde(default)]
    budget: String,
    consent: Option<String>,
}

async fn start(
    State(state): State<WalletState>,
    visit: Visit,
    Path(link_id): Path<String>,
    CsrfForm(form): CsrfForm<Start>,
) -> Answer {
    let id = visit.require_customer()?;
    let link_id = parse(&link_id)?;
    if !visit.allow("link", 20, 3_600) {
        return Err(Problem::too_many());
    }
    let bank = state.wallet.link_of(id, link_id).await.map_err(problem)?.bank;
    let (ctx, binding) = (visit.ctx(), visit.binding());
    let wish = Wish { per_day: &form.per_day, per_month: &form.per_month, budget: &form.budget };
    let terms = wish.terms(ctx.now)?;
    let has_consented = form.consent.as_deref() == Some("yes");
    let who = (id, binding.as_str());
    let seen = super::seen(&visit);
    let agreed = (has_consented, seen.as_ref());
    match state.wallet.start_renewal(&ctx, who, link_id, terms, agreed).await {
        Ok(url) => Ok(Redirect::to(&url).into_response()),
        Err(error @ (WalletError::BankSilent | WalletError::Bank(_))) => {
            tracing::warn!(%error, "a bank did not take a request to renew");
            let is_silent = matches!(error, WalletError::BankSilent);
            let status =
                if is_silent { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::CONFLICT };
            Ok(not_taken(&visit, link_id, status))
        }
        Err(WalletError::Stopped) if is_closed(&state, &visit, bank).await? => {
            Ok(not_taken(&visit, link_id, StatusCode::CONFLICT))
        }
        Err(error) => back_to_form(&format!("/links/{link_id}/renew"), error),
    }
}
