//! Kill switches: everything, one bank, one connected account, one wallet.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect},
};
use kanuki_desk::{drill, reopen::Refused, risk_record::Unsigned};
use kanuki_desk_http::reopen::refusal;
use kanuki_site::{
    Answer, Problem, Visit,
    csrf::CsrfForm,
    incident, risk_record,
    ui::{self, Field, Look, Row, Tone},
};
use kanuki_wallet::{
    WalletError,
    desk::{SWITCHES, Switch},
};
use kanuki_wire::set::StopReason;
use maud::{Markup, html};
use serde::Deserialize;

use super::{at_desk, page, reason, reason_field};
use crate::{WalletState, refusal::problem};

/// A switch that every desk shows: it stops everybody, or everybody at one bank.
struct Shown {
    kind: &'static str,
    id: String,
    /// The name of its gate.
    gate: String,
    label: String,
    is_stopped: bool,
}

pub(super) async fn list(State(state): State<WalletState>, visit: Visit) -> Answer {
    at_desk(&state, &visit).await?;
    let mut switches = vec![("everything", String::new(), visit.t("desk-switch-everything"))];
    for bank in state.wallet.partners().await.map_err(problem)? {
        switches.push(("bank", bank.code.to_string(), bank.name.clone()));
    }
    let mut all = Vec::new();
    for (kind, id, label) in switches {
        let switch = Switch::parse(kind, &id).ok_or_else(Problem::internal)?;
        let is_stopped = state.wallet.is_stopped(&visit.ctx(), switch).await.map_err(problem)?;
        all.push(Shown { kind, id, gate: switch.name(), label, is_stopped });
    }
    let is_drill = drill::running(&state.wallet.book).await?.is_some();
    let title = visit.t("desk-switches-title");
    let body = html! {
        (ui::heading(&title, Some(&visit.t("desk-switches-lead"))))
        (incident::drill_banner(&visit, is_drill))
        @for shown in &all { (one(&visit, shown)) }
        (any(&visit))
    };
    Ok(page(&visit, &title, "/desk/switches", body).into_response())
}

/// One switch, with the one thing that can be done about it.
fn one(visit: &Visit, shown: &Shown) -> Markup {
    let (tone, word) = if shown.is_stopped {
        (Tone::Error, "desk-switch-stopped")
    } else {
        (Tone::Success, "desk-switch-running")
    };
    let (look, label) = if shown.is_stopped {
        (Look::Secondary, "desk-switch-ask")
    } else {
        (Look::Danger, "desk-switch-stop")
    };
    let row = Row::new(&shown.label).badge(tone, visit.t(word));
    let form = ui::form(
        "/desk/switches/stop",
        visit.csrf_field(),
        html! {
            (ui::hidden("kind", shown.kind))
            (ui::hidden("id", &shown.id))
            (ui::field(&reason_field(visit).place(format_args!("{}{}", shown.kind, shown.id))))
            @if !shown.is_stopped {
                (incident::why(visit, &format!("{}{}", shown.kind, shown.id), &StopReason::NAMES))
            }
            (ui::actions(ui::button(look, &visit.t(label))))
        },
    );
    if shown.is_stopped {
        let href = risk_record::reopen_href(shown.gate.as_str());
        return ui::card(
            None,
            html! {
                (ui::rows(vec![row]))
                p { (visit.t("reopen-needs")) }
                (ui::actions(ui::link_button(look, &href, &visit.t(label))))
            },
        );
    }
    ui::card(
        None,
        html! {
            (ui::rows(vec![row]))
            (ui::details(&visit.t(label), form))
        },
    )
}

/// Any other switch, by its id.
fn any(visit: &Visit) -> Markup {
    let kind =
        |place: &str| Field::new("kind", visit.t("desk-switch-kind")).value("wallet").place(place);
    let kinds: Vec<(String, String)> = SWITCHES
        .iter()
        // Everything has no number, and its own card above.
        .filter(|kind| **kind != "everything")
        .map(|kind| ((*kind).to_owned(), visit.t(&format!("desk-switch-of-{kind}"))))
        .collect();
    let id = Field::new("id", visit.t("desk-switch-id")).max_length(40).autocomplete("off");
    let fields = |place: &str| {
        html! {
            (ui::select(&kind(place), &kinds))
            (ui::field(&id.clone().place(place)))
            (ui::field(&reason_field(visit).place(place)))
        }
    };
    ui::section(
        &visit.t("desk-switch-one"),
        html! {
            (ui::card(Some(&visit.t("desk-switch-stop")), ui::form(
                "/desk/switches/stop", visit.csrf_field(), html! {
                    (fields("stop"))
                    (ui::actions(ui::button(Look::Danger, &visit.t("desk-switch-stop"))))
                })))
            (ui::card(Some(&visit.t("desk-switch-ask")), html! {
                p { (visit.t("desk-switch-ask-what")) }
                (ui::form("/desk/switches/release", visit.csrf_field(), html! {
                    (fields("release"))
                    (ui::actions(ui::button(Look::Secondary, &visit.t("desk-switch-ask"))))
                }))
            }))
        },
    )
}

#[derive(Deserialize)]
pub(super) struct Which {
    kind: String,
    #[serde(default)]
    id: String,
    reason: String,
    /// What the banks whom it touches are told.
    #[serde(default)]
    word: String,
}

impl Which {
    fn read(&self) -> Result<(Switch, String), Problem> {
        let switch = Switch::parse(&self.kind, self.id.trim());
        let switch = switch.ok_or_else(|| Problem::unprocessable("no_such_switch"))?;
        Ok((switch, reason(&self.reason)?))
    }
}

pub(super) async fn stop(
    State(state): State<WalletState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Which>,
) -> Answer {
    let staff = at_desk(&state, &visit).await?;
    let (switch, reason) = form.read()?;
    let told = (&*reason, StopReason::from(&*form.word));
    let ctx = visit.ctx();
    state.wallet.pull_switch_because(&ctx, staff, switch, told).await.map_err(problem)?;
    Ok(Redirect::to("/desk/switches").into_response())
}

pub(super) async fn release(
    State(state): State<WalletState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Which>,
) -> Answer {
    let staff = at_desk(&state, &visit).await?;
    let (switch, reason) = form.read()?;
    match state.wallet.ask_release(&visit.ctx(), staff, switch, (&reason, None)).await {
        Ok(_) => Ok(Redirect::to("/desk/approvals").into_response()),
        // It stops too many for a reason alone.
        Err(Refused::Unsigned(Unsigned::Lacks(_))) => {
            Ok(Redirect::to(&risk_record::reopen_href(&switch.name())).into_response())
        }
        Err(Refused::Known) => Err(problem(WalletError::NotAvailable)),
        Err(refused) => Err(refusal(refused)),
    }
}
