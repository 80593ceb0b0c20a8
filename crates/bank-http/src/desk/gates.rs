//! Kill switches: everything, a partner, a person, an account, a mandate. Old links included.

use axum::{
    extract::{Query, State},
    response::{IntoResponse, Redirect},
};
use kanuki_bank::desk::Scope;
use kanuki_desk::{drill, reopen::Refused, risk_record::Unsigned};
use kanuki_desk_http::reopen::refusal;
use kanuki_domain::id::{BankAccountId, CaseId, HolderId, MandateId};
use kanuki_site::{
    Answer, Problem, Visit,
    csrf::CsrfForm,
    incident, risk_record,
    ui::{self, Field, Look, Tone},
};
use kanuki_wire::set::StopReason;
use maud::{Markup, html};
use serde::Deserialize;

use crate::{
    BankState,
    desk::{self, cases::parse as parse_case, cases::reason},
    refusal::problem,
};

#[derive(Deserialize)]
pub(super) struct Which {
    kind: Option<String>,
    id: Option<String>,
    /// The case that it is looked at for.
    case: Option<String>,
}

/// One switch, as it is shown.
struct Switch {
    scope: String,
    label: String,
    is_closed: bool,
}

pub(super) async fn show(
    State(state): State<BankState>,
    visit: Visit,
    Query(which): Query<Which>,
) -> Answer {
    desk::at_desk(&state, &visit).await?;
    let case = match which.case.as_deref().filter(|case| !case.is_empty()) {
        Some(case) => Some(parse_case(case)?.to_string()),
        None => None,
    };
    let mut switches =
        vec![switch(&state, &visit, "everything", visit.t("gate-everything")).await?];
    for partner in state.bank.partners().await.map_err(problem)? {
        let label = visit.t_args("gate-partner", &[("name", (&partner.name).into())]);
        let scope = format!("partner|{}", partner.client_id);
        switches.push(switch(&state, &visit, &scope, label).await?);
    }
    let asked = match (&which.kind, &which.id) {
        (Some(kind), Some(id)) => {
            let scope = format!("{kind}|{}", id.trim());
            match parse(&state, &scope).await {
                Ok(_) => {
                    let label = format!("{} {}", visit.t(&format!("gate-kind-{kind}")), id.trim());
                    Some(switch(&state, &visit, &scope, label).await?)
                }
                Err(_) => return Err(Problem::not_found()),
            }
        }
        _ => None,
    };
    let kinds = ["mandate", "account", "person"];
    let options: Vec<(String, String)> = kinds
        .iter()
        .map(|kind| ((*kind).to_owned(), visit.t(&format!("gate-kind-{kind}"))))
        .collect();
    let is_drill = drill::running(&state.bank.book).await?.is_some();
    let breakers = desk::compared::breakers(&state, &visit).await?;
    let title = visit.t("gate-title");
    let body = html! {
        (ui::heading(&title, Some(&visit.t("gate-lead"))))
        (incident::drill_banner(&visit, is_drill))
        (breakers)
        @if let Some(case) = &case {
            p { a href={ "/desk/cases/" (case) } { (visit.t("gate-case")) " " (case) } }
        }
        @if let Some(asked) = &asked { (card(&visit, asked, case.as_deref())) }
        @for switch in &switches { (card(&visit, switch, None)) }
        (ui::section(&visit.t("gate-find"), ui::get_form("/desk/gates", html! {
            (ui::select(&Field::new("kind", visit.t("gate-kind")), &options))
            (ui::field(&Field::new("id", visit.t("gate-id")).max_length(60)))
            (ui::actions(ui::button(Look::Secondary, &visit.t("gate-find-button"))))
        })))
    };
    Ok(visit.desk_page(&desk::meta(&visit, &title, "/desk/gates"), body).into_response())
}

async fn switch(
    state: &BankState,
    visit: &Visit,
    scope: &str,
    label: String,
) -> Result<Switch, Problem> {
    let parsed = Scope::parse(scope).ok_or_else(Problem::not_found)?;
    let is_closed = state.bank.is_gate_closed(&visit.ctx(), &parsed).await.map_err(problem)?;
    Ok(Switch { scope: scope.to_owned(), label, is_closed })
}

/// A scope that names something of the right kind: a typing error must not close nothing.
async fn parse(state: &BankState, text: &str) -> Result<Scope, Problem> {
    let scope = Scope::parse(text).ok_or_else(Problem::not_found)?;
    let is_known = match &scope {
        Scope::Everything => true,
        Scope::Partner(id) => state.bank.partner(id).await.is_ok(),
        Scope::Person(id) => id.parse::<HolderId>().is_ok(),
        Scope::Account(id) => id.parse::<BankAccountId>().is_ok(),
        Scope::Mandate(id) => match id.parse::<MandateId>() {
            Ok(id) => state.bank.book.find::<kanuki_bank::mandate::Mandate>(id).await?.is_some(),
            Err(_) => false,
        },
    };
    if is_known { Ok(scope) } else { Err(Problem::not_found()) }
}

fn card(visit: &Visit, switch: &Switch, case: Option<&str>) -> Markup {
    let (tone, word) = if switch.is_closed {
        (Tone::Error, visit.t("gate-closed"))
    } else {
        (Tone::Success, visit.t("gate-open"))
    };
    let (action, look, label) = if switch.is_closed {
        ("/desk/gates/open", Look::Secondary, visit.t("gate-ask-open"))
    } else {
        ("/desk/gates/close", Look::Danger, visit.t("gate-close"))
    };
    let is_wide = Scope::parse(&switch.scope).is_some_and(|scope| scope.opening().is_wide());
    if switch.is_closed && is_wide {
        let href = risk_record::reopen_href(&switch.scope);
        return ui::card(
            Some(&switch.label),
            html! {
                p { (ui::badge(tone, &word)) }
                p { (visit.t("reopen-needs")) }
                (ui::actions(ui::link_button(look, &href, &label)))
            },
        );
    }
    ui::card(
        Some(&switch.label),
        html! {
            p { (ui::badge(tone, &word)) }
            (ui::form(action, visit.csrf_field(), html! {
                (ui::hidden("scope", &switch.scope))
                @if let Some(case) = case { (ui::hidden("case", case)) }
                label.field {
                    (visit.t("desk-reason"))
                    input type="text" name="reason" required maxlength="300" class="input";
                }
                @if is_wide { (incident::why(visit, &switch.scope, &StopReason::NAMES)) }
                (ui::actions(ui::button(look, &label)))
            }))
        },
    )
}

#[derive(Deserialize)]
pub(super) struct Act {
    scope: String,
    reason: String,
    /// What the wallets whom it touches are told.
    #[serde(default)]
    word: String,
    /// The case that it is closed for, if it is for one.
    #[serde(default)]
    case: String,
}

/// The way to one switch, from a case or from nowhere.
pub(super) fn href(kind: &str, id: &str, case_id: Option<CaseId>) -> String {
    let case_id = case_id.map(|case_id| case_id.to_string());
    let mut query = vec![("kind", kind), ("id", id)];
    query.extend(case_id.as_deref().map(|case_id| ("case", case_id)));
    format!("/desk/gates?{}", serde_urlencoded::to_string(query).unwrap_or_default())
}

fn back(scope: &str, case_id: Option<CaseId>) -> Redirect {
    let one = scope.split_once('|').filter(|(kind, _)| *kind != "partner");
    let to = one.map_or_else(|| "/desk/gates?".to_owned(), |(kind, id)| href(kind, id, case_id));
    Redirect::to(&to)
}

pub(super) async fn close(
    State(state): State<BankState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Act>,
) -> Answer {
    let staff_id = desk::at_desk(&state, &visit).await?;
    let scope = parse(&state, &form.scope).await?;
    let why = reason(&form.reason)?;
    let told = (&*why, StopReason::from(&*form.word));
    let case_id = match form.case.as_str() {
        "" => None,
        case => Some(parse_case(case)?),
    };
    let ctx = visit.ctx();
    if let Some(case_id) = case_id {
        state.bank.read_case(&ctx, staff_id, case_id).await.map_err(problem)?;
    }
    state.bank.close_gate_because(&ctx, staff_id, &scope, told).await.map_err(problem)?;
    if let Some(case_id) = case_id {
        let number = form.scope.split_once('|').map_or(form.scope.as_str(), |(_, id)| id);
        let note = format!("=stopped_for_case|{number}");
        let noted = state.bank.note_case(&ctx, staff_id, case_id, (&note, false)).await;
        noted.map_err(problem)?;
    }
    Ok(back(&form.scope, case_id).into_response())
}

pub(super) async fn ask_open(
    State(state): State<BankState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Act>,
) -> Answer {
    let staff_id = desk::at_desk(&state, &visit).await?;
    let scope = parse(&state, &form.scope).await?;
    let why = reason(&form.reason)?;
    match state.bank.ask_open_gate(&visit.ctx(), staff_id, &scope, (&why, None)).await {
        Ok(_) => Ok(Redirect::to("/desk/approvals").into_response()),
        // It stops too many for a reason alone.
        Err(Refused::Unsigned(Unsigned::Lacks(_))) => {
            Ok(Redirect::to(&risk_record::reopen_href(&form.scope)).into_response())
        }
        Err(refused) => Err(refusal(refused)),
    }
}
