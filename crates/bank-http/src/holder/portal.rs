//! Who debits my accounts? Every mandate, past ones too.

use std::collections::BTreeMap;

use axum::{
    extract::{Query, State},
    response::IntoResponse,
};
use jiff::Timestamp;
use kanuki_bank::{BankError, Verified, debit::DebitState, mandate::Mandate};
use kanuki_domain::{Yen, case_number, id::CaseId, mandate::MandateState};
use kanuki_site::{
    Answer, PageMeta, Visit, show,
    ui::{self, Icon, Look, Row, Tone},
};
use kanuki_wire::transaction::Signed;
use maud::{Markup, html};
use serde::Deserialize;

use crate::{BankState, home, plain, refusal::problem};

#[derive(Deserialize)]
pub(super) struct Way {
    stopped: Option<CaseId>,
}

pub(super) async fn show(
    State(state): State<BankState>,
    visit: Visit,
    Query(way): Query<Way>,
) -> Answer {
    let seer = super::seer::require(&state, &visit).await?;
    let holder_id = seer.holder_id;
    let mandates = state.bank.mandates_of(holder_id).await.map_err(problem)?;
    let mut taken = BTreeMap::new();
    for mandate in &mandates {
        let sum = booked(&state, mandate).await.map_err(problem)?;
        taken.insert(mandate.mandate_id, sum);
    }
    let refused = state.bank.refusals_of(holder_id).await.map_err(problem)?;
    // A core that does not answer must not keep anybody from stopping what they signed here.
    let contracts = match state.bank.contracts_of(holder_id).await {
        Ok(contracts) => Some(contracts),
        Err(BankError::Core(_)) => None,
        Err(error) => return Err(problem(error)),
    };
    // A link that somebody sent must not make this page say so: the case is theirs or it is silent.
    let stopped = match way.stopped {
        Some(case) => state.bank.own_case(holder_id, case).await.map_err(problem)?,
        None => None,
    };
    let now = visit.now();
    let alive = |m: &&Mandate| m.state.aged(now).is_alive();
    let (live, past): (Vec<&Mandate>, Vec<&Mandate>) = mandates.iter().partition(alive);
    let list = |mandates: &[&Mandate]| {
        let row = |m: &&Mandate| row(&visit, m, taken.get(&m.mandate_id).copied());
        ui::rows(mandates.iter().map(row).collect())
    };
    let body = html! {
        (ui::heading(&visit.t("portal-title"), Some(&visit.t("portal-lead"))))
        (super::seer::banner(&visit))
        @if let Some(case) = stopped {
            (ui::notice(Tone::Success, &visit.t("stop-all-done"), html! {
                p { (visit.t_args("stop-all-done-what", &[("case", case_number::said(case).into())])) }
            }))
        }
        @if !seer.is_delegate() && !visit.is_looking() {
            @for mandate in live.iter().filter(|m| waits(m, now)) { (to_confirm(&visit, mandate)) }
        }
        @if live.is_empty() {
            (ui::card(None, ui::empty(
                Icon::Shield,
                &visit.t("portal-none"),
                &visit.t("portal-none-body"),
                None,
            )))
        } @else {
            (ui::section(&visit.t("portal-live"), list(&live)))
        }
        // Whoever came to stop something finds it above whatever is over.
        (ui::card(Some(&visit.t("stop-all")), html! {
            p { (visit.t("stop-all-body")) }
            (ui::actions(ui::link_button(Look::Danger, "/holder/stop-all", &visit.t("stop-all"))))
        }))
        @if !past.is_empty() { (ui::section(&visit.t("portal-past"), list(&past))) }
        @if !refused.is_empty() {
            (ui::section(&visit.t("portal-refused"), refusals(&visit, &refused)))
        }
        (super::contract::list(&visit, contracts.as_deref()))
        (ui::card(Some(&visit.t("portal-lock")), html! {
            p { (visit.t("portal-lock-body")) }
            (ui::actions(ui::link_button(Look::Secondary, "/holder/lock", &visit.t("portal-lock-button"))))
        }))
        @if !seer.is_delegate() {
            (super::delegates::card(&visit))
            (super::alerts::card(&visit))
        }
    };
    let meta = PageMeta::new(visit.t("portal-title")).nav(home::nav(&visit, "/holder"));
    Ok(visit.page(&meta, body).into_response())
}

/// Whether its holder has something left to do before it can be used.
fn waits(mandate: &Mandate, now: Timestamp) -> bool {
    matches!(mandate.state.aged(now), MandateState::Unconfirmed { .. })
}

/// The way to what is left to do: a line of a list does not say that there is anything.
fn to_confirm(visit: &Visit, mandate: &Mandate) -> Markup {
    let what = visit.t_args("portal-confirm.what", &[("partner", (&mandate.partner_name).into())]);
    let label = visit.t("portal-confirm.button");
    ui::notice(
        Tone::Warning,
        &visit.t("portal-confirm"),
        html! {
            p { (what) }
            (ui::actions(ui::link_button(Look::Primary, &super::path(mandate), &label)))
        },
    )
}

async fn booked(state: &BankState, mandate: &Mandate) -> Result<Yen, BankError> {
    let debits = state.bank.debits_of(mandate.mandate_id).await?;
    let booked = debits.iter().filter(|d| matches!(d.state, DebitState::Booked { .. }));
    Ok(booked.fold(Yen::ZERO, |sum, debit| sum.plus(debit.amount).unwrap_or(Yen::MAX)))
}

fn row(visit: &Visit, mandate: &Mandate, taken: Option<Yen>) -> Row {
    let state = plain::state(visit, mandate, visit.now());
    let signed = show::date(visit.lang(), mandate.signed_at);
    let detail = visit.t_args(
        "portal-row",
        &[
            ("account", (&mandate.account_mask).into()),
            ("signed", signed.into()),
            ("taken", taken.unwrap_or(Yen::ZERO).into()),
        ],
    );
    Row::new(&mandate.partner_name)
        .icon(Icon::Link)
        .badge(state.tone, state.word)
        .detail(detail)
        .href(super::path(mandate))
        .extra(meaning(&state.meaning))
}

/// What was said no to, from the text that was on the page and nothing else.
fn refusals(visit: &Visit, refused: &[Verified]) -> Markup {
    let row = |one: &Verified| {
        let text = one.content.as_ref().map(|content| content.pre_image.as_str());
        let signed: Option<Signed> = text.and_then(|text| serde_json::from_str(text).ok());
        let Some(Signed::Mandate { wallet_name, account_mask, .. }) = signed else { return None };
        let at = show::instant(visit.lang(), one.kept.at);
        let args = [("account", account_mask.into()), ("at", at.into())];
        let row = Row::new(wallet_name).icon(Icon::Shield);
        let row = row.detail(visit.t_args("portal-refused-row", &args));
        Some(row.extra(meaning(&visit.t("portal-refused-what"))))
    };
    ui::rows(refused.iter().filter_map(row).collect())
}

fn meaning(text: &str) -> Markup {
    html! { p.hint { (text) } }
}
