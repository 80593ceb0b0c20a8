//! What a holder was shown and answered, proven again before the reader's eyes.

use axum::{
    extract::{Path, Query, State},
    response::IntoResponse,
};
use kanuki_bank::{BankError, Verified, link::SignedDebit};
use kanuki_desk::evidence::Proven;
use kanuki_site::{
    Answer, Visit, show,
    ui::{self, Tone},
};
use maud::{Markup, html};
use serde::Deserialize;

use crate::{BankState, desk, refusal::problem};

#[derive(Deserialize)]
pub(super) struct Which {
    mandate: String,
}

pub(super) async fn read(
    State(state): State<BankState>,
    visit: Visit,
    Path(id): Path<String>,
    Query(which): Query<Which>,
) -> Answer {
    let staff_id = desk::at_desk(&state, &visit).await?;
    let case_id = super::cases::parse(&id)?;
    let mandate_id = which.mandate.parse().map_err(|_| problem(BankError::NotAvailable))?;
    let read = state.bank.evidence_of_case(&visit.ctx(), staff_id, (case_id, mandate_id)).await;
    let answers = read.map_err(problem)?;
    let which = (case_id, mandate_id);
    let asked = state.bank.debit_requests_of_case(&visit.ctx(), staff_id, which).await;
    let asked = asked.map_err(problem)?;
    let title = visit.t("evidence-title");
    let body = html! {
        (ui::heading(&title, Some(&visit.t("evidence-lead"))))
        @if answers.is_empty() { p { (visit.t("evidence-none")) } }
        @for answer in &answers { (sheet(&visit, answer)) }
        @if !asked.is_empty() {
            (ui::section(&visit.t("debitask-title"), html! {
                p { (visit.t("debitask-lead")) }
                @for (kept, token) in &asked { (request(&visit, kept, token.as_deref())) }
            }))
        }
        p { a href={ "/desk/cases/" (case_id) } { (visit.t("evidence-back")) } }
    };
    Ok(visit.desk_page(&desk::meta(&visit, &title, "/desk"), body).into_response())
}

fn sheet(visit: &Visit, answer: &Verified) -> Markup {
    let kept = &answer.kept;
    let shown = answer.content.as_ref().and_then(|content| content.shown.as_ref());
    let mut facts = vec![
        (visit.t("evidence-when"), show::time(visit.lang(), kept.at)),
        (visit.t("evidence-hash"), html! { code { (kept.hash) } }),
    ];
    if let Ok(Some(proven)) = &answer.verdict {
        let key = match proven {
            Proven::Passkey(asserted) if asserted.backup_eligible => "evidence-synced",
            Proven::Passkey(_) => "evidence-bound",
            Proven::Card(_) => "evidence-card",
            Proven::App(_) => "evidence-app",
        };
        facts.push((visit.t("evidence-key"), html! { (visit.t(key)) }));
    }
    let title = visit.t(&format!("evidence-{}", kept.answer.name()));
    ui::card(
        Some(&title),
        html! {
            (verdict(visit, answer))
            (ui::definitions(facts))
            @if let Some(shown) = shown {
                h3 { (visit.t("evidence-shown")) " (" (shown.lang) ")" }
                (ui::definitions(lines(&shown.lines)))
            }
            @if let Some(content) = &answer.content {
                (ui::details(&visit.t("evidence-text"), html! {
                    p { code { (content.pre_image) } }
                }))
            }
        },
    )
}

/// What a wallet signed to ask for one debit.
fn request(visit: &Visit, kept: &SignedDebit, token: Option<&str>) -> Markup {
    let became = visit.t(&format!("debitask-{}", kept.became.name()));
    let facts = vec![
        (visit.t("evidence-when"), show::time(visit.lang(), kept.kept_at)),
        (visit.t("debitask-by"), html! { (kept.client_id) }),
        (visit.t("debitask-about"), html! { code { (kept.approval_id) } }),
    ];
    ui::card(
        Some(&became),
        html! {
            (ui::definitions(facts))
            @match token {
                Some(token) => (ui::details(&visit.t("debitask-token"), html! {
                    p { code { (token) } }
                })),
                None => p { (visit.t("debitask-unreadable")) },
            }
        },
    )
}

fn lines(lines: &[(String, String)]) -> Vec<(String, Markup)> {
    lines.iter().map(|(name, value)| (name.clone(), html! { (value) })).collect()
}

fn verdict(visit: &Visit, answer: &Verified) -> Markup {
    match &answer.verdict {
        Ok(_) => ui::notice(Tone::Success, &visit.t("evidence-holds"), html! {}),
        Err(fault) => ui::notice(
            Tone::Error,
            &visit.t("evidence-broken"),
            html! { p { (visit.t("evidence-broken.what")) } p { code { (fault) } } },
        ),
    }
}
