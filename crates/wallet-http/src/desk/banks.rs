//! The banks of this wallet: what each declares, what may be taken, and what another would have to do.

use axum::{
    extract::{Query, State},
    response::IntoResponse,
};
use kanuki_domain::connector::{Assurance, HolderProof};
use kanuki_site::{
    Answer, Visit,
    ui::{self, Field, Look, Tone},
};
use maud::{Markup, html};
use serde::Deserialize;

use super::{at_desk, page};
use crate::{WalletState, refusal::problem};

/// A bank that is being thought about.
#[derive(Deserialize)]
pub(super) struct Asked {
    proof: Option<String>,
    matches: Option<String>,
    tells: Option<String>,
    revocable: Option<String>,
    reports: Option<String>,
    bearer: Option<String>,
}

impl Asked {
    fn assurance(&self) -> Option<Assurance> {
        let is_yes = |answer: &Option<String>| answer.as_deref() == Some("yes");
        Some(Assurance {
            proof: HolderProof::parse(self.proof.as_deref()?)?,
            matches_facts: is_yes(&self.matches),
            tells_customer: is_yes(&self.tells),
            is_revocable: is_yes(&self.revocable),
            reports_stops: is_yes(&self.reports),
            bearer_tokens: is_yes(&self.bearer),
        })
    }
}

pub(super) async fn show(
    State(state): State<WalletState>,
    visit: Visit,
    Query(asked): Query<Asked>,
) -> Answer {
    at_desk(&state, &visit).await?;
    let title = visit.t("desk-banks-title");
    let asked = asked.assurance();
    let banks = state.wallet.partners().await.map_err(problem)?;
    let body = html! {
        (ui::heading(&title, Some(&visit.t("desk-banks-lead"))))
        @for bank in &banks {
            (ui::card(Some(&bank.name), html! {
                p { (visit.t(&format!("desk-banks-protocol-{}", bank.protocol.name()))) }
                (declared(&visit, state.wallet.banks.assurance(bank)))
            }))
        }
        (ui::section(&visit.t("desk-banks-other"), html! {
            p { (visit.t("desk-banks-other-lead")) }
            @if let Some(asked) = asked { (ui::card(None, declared(&visit, asked))) }
            (form(&visit, asked))
        }))
    };
    Ok(page(&visit, &title, "/desk/banks", body).into_response())
}

fn yes_no(visit: &Visit, is_yes: bool) -> Markup {
    html! { (visit.t(if is_yes { "desk-banks-yes" } else { "desk-banks-no" })) }
}

/// What was declared, and what follows from it.
fn declared(visit: &Visit, assurance: Assurance) -> Markup {
    let proof = visit.t(&format!("desk-banks-proof-{}", assurance.proof.name()));
    let facts = vec![
        (visit.t("desk-banks-proof"), html! { (proof) }),
        (visit.t("desk-banks-matches"), yes_no(visit, assurance.matches_facts)),
        (visit.t("desk-banks-tells"), yes_no(visit, assurance.tells_customer)),
        (visit.t("desk-banks-revocable"), yes_no(visit, assurance.is_revocable)),
        (visit.t("desk-banks-reports"), yes_no(visit, assurance.reports_stops)),
        (visit.t("desk-banks-bearer"), yes_no(visit, assurance.bearer_tokens)),
    ];
    let follows = match assurance.caps() {
        Ok(caps) => {
            let args = [("per_day", caps.per_day.into()), ("per_month", caps.per_month.into())];
            ui::notice(Tone::Success, &visit.t_args("desk-banks-caps", &args), html! {})
        }
        Err(refused) => {
            let key = match refused {
                kanuki_domain::connector::AssuranceError::KnowledgeAlone => "desk-banks-knowledge",
                kanuki_domain::connector::AssuranceError::NoMatch => "desk-banks-no-match",
                kanuki_domain::connector::AssuranceError::NotRevocable => "desk-banks-endless",
            };
            ui::notice(
                Tone::Error,
                &visit.t("desk-banks-refused"),
                html! {
                    p { (visit.t(key)) }
                    p { (visit.t_args(
                        "desk-banks-requirement",
                        &[("rows", refused.requirement().into())],
                    )) }
                },
            )
        }
    };
    html! { (ui::definitions(facts)) (follows) }
}

fn form(visit: &Visit, asked: Option<Assurance>) -> Markup {
    let proofs: Vec<(String, String)> = HolderProof::ALL
        .iter()
        .map(|proof| {
            let name = proof.name();
            (name.to_owned(), visit.t(&format!("desk-banks-proof-{name}")))
        })
        .collect();
    let answers =
        ["yes", "no"].map(|word| (word.to_owned(), visit.t(&format!("desk-banks-{word}"))));
    let chosen = asked.unwrap_or_else(Assurance::fapi);
    let pick = |name: &str, key: &str, is_yes: bool| {
        let field = Field::new(name, visit.t(key)).value(if is_yes { "yes" } else { "no" });
        ui::select(&field, &answers)
    };
    let proof = Field::new("proof", visit.t("desk-banks-proof")).value(chosen.proof.name());
    ui::get_form(
        "/desk/banks",
        html! {
            (ui::select(&proof, &proofs))
            (pick("matches", "desk-banks-matches", chosen.matches_facts))
            (pick("tells", "desk-banks-tells", chosen.tells_customer))
            (pick("revocable", "desk-banks-revocable", chosen.is_revocable))
            (pick("reports", "desk-banks-reports", chosen.reports_stops))
            (pick("bearer", "desk-banks-bearer", chosen.bearer_tokens))
            (ui::actions(ui::button(Look::Secondary, &visit.t("desk-banks-judge"))))
        },
    )
}
