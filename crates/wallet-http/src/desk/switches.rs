//! Kill switches: everything, one bank, one connected account, one wallet.

use axum::{
    extract::{Query, State},
    response::{IntoResponse, Redirect},
};
use kanuki_desk::{drill, reopen::Refused, risk_record::Unsigned};
use kanuki_desk_http::reopen::refusal;
use kanuki_domain::id::CaseId;
use kanuki_site::{
    Answer, Problem, Visit,
    csrf::CsrfForm,
    incident, risk_record, show,
    ui::{self, Column, Field, Look, Row, Table, Tone},
};
use kanuki_wallet::desk::{SWITCHES, Switch, SwitchedOff};
use kanuki_wire::set::StopReason;
use maud::{Markup, html};
use serde::Deserialize;

use super::{at_desk, cases::id_of, name_of, page, reason, reason_field, subject};
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

/// Which switch was just pulled.
#[derive(Deserialize)]
pub(super) struct Done {
    kind: Option<String>,
    id: Option<String>,
}

pub(super) async fn list(
    State(state): State<WalletState>,
    visit: Visit,
    Query(done): Query<Done>,
) -> Answer {
    at_desk(&state, &visit).await?;
    let pulled = pulled(&state, &visit, &done).await?;
    let off = state.wallet.stopped_now(&visit.ctx()).await.map_err(problem)?;
    let mut names = Vec::new();
    for one in &off {
        names.push(name_of(&state, &one.by.to_string()).await);
    }
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
        @if let Some(what) = &pulled {
            (ui::notice(Tone::Success, &visit.t_args("desk-switch-done", &[("what", what.into())]),
                html! {}))
        }
        @for shown in &all { (one(&visit, shown)) }
        (off_table(&visit, &off, &names))
        (any(&visit))
    };
    Ok(page(&visit, &title, "/desk/switches", body).into_response())
}

/// What was just pulled, in words, if it is closed indeed: an address that somebody made up says nothing.
async fn pulled(
    state: &WalletState,
    visit: &Visit,
    done: &Done,
) -> Result<Option<String>, Problem> {
    let (Some(kind), id) = (&done.kind, done.id.as_deref().unwrap_or_default()) else {
        return Ok(None);
    };
    let Some(switch) = Switch::parse(kind, id) else { return Ok(None) };
    if !state.wallet.is_stopped(&visit.ctx(), switch).await.map_err(problem)? {
        return Ok(None);
    }
    Ok(Some(match switch {
        Switch::Everything => visit.t("desk-switch-everything"),
        Switch::Bank(code) => state.wallet.bank_name(code).await,
        Switch::Link(_) | Switch::Wallet(_) => switch.number(),
    }))
}

/// The connections and wallets that are stopped now, with the way to ask that one go on.
fn off_table(visit: &Visit, off: &[SwitchedOff], names: &[String]) -> Markup {
    let row = |(one, by): (&SwitchedOff, &String)| {
        let number = one.switch.number();
        let kind = if matches!(one.switch, Switch::Link(_)) { "link" } else { "wallet" };
        let form = ui::form(
            "/desk/switches/release",
            visit.csrf_field(),
            html! {
                (ui::hidden("kind", kind))
                (ui::hidden("id", &number))
                (ui::field(&reason_field(visit).place(&number)))
                (ui::actions(ui::button(Look::Secondary, &visit.t("desk-switch-ask"))))
            },
        );
        vec![
            html! { (visit.t(&format!("desk-switch-of-{kind}"))) " " code { (number) } },
            html! { (one.reason) },
            html! { (by) },
            show::time(visit.lang(), one.at),
            ui::details(&visit.t("desk-switch-ask"), form),
        ]
    };
    let title = visit.t("desk-switch-off-title");
    let table = Table {
        caption: title.clone(),
        head: vec![
            Column::text(visit.t("desk-switch-id")),
            Column::text(visit.t("desk-reason")),
            Column::text(visit.t("desk-switch-off-by")),
            Column::text(visit.t("desk-switch-off-at")),
            Column::text(visit.t("desk-switch-ask")),
        ],
        rows: off.iter().zip(names).map(row).collect(),
    };
    ui::section(
        &title,
        html! {
            @if off.is_empty() { p { (visit.t("desk-switch-off-none")) } } @else { (ui::table(&table)) }
            p { (visit.t("desk-switch-off-others")) " " a href="/desk" { (visit.t("desk-cases-title")) } }
        },
    )
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
    /// The case that it is pulled for, if it is for one.
    #[serde(default)]
    case: String,
}

impl Which {
    fn case(&self) -> Result<Option<CaseId>, Problem> {
        if self.case.is_empty() {
            return Ok(None);
        }
        id_of(&self.case).map(Some)
    }

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
    if !state.wallet.has_switch(switch).await.map_err(problem)? {
        return Err(Problem::unprocessable("no_such_switch"));
    }
    if let Some(case_id) = form.case()? {
        let which = (case_id, switch);
        let stopped = state.wallet.stop_for_case(&ctx, staff, which, &reason).await;
        let path = subject::path(case_id, stopped.map_err(problem)?);
        return Ok(Redirect::to(&path).into_response());
    }
    state.wallet.pull_switch_because(&ctx, staff, switch, told).await.map_err(problem)?;
    let which = [("kind", form.kind.as_str()), ("id", form.id.trim())];
    let which = serde_urlencoded::to_string(which).unwrap_or_default();
    Ok(Redirect::to(&format!("/desk/switches?{which}")).into_response())
}

pub(super) async fn release(
    State(state): State<WalletState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Which>,
) -> Answer {
    let staff = at_desk(&state, &visit).await?;
    let (switch, reason) = form.read()?;
    if !state.wallet.has_switch(switch).await.map_err(problem)? {
        return Err(Problem::unprocessable("no_such_switch"));
    }
    match state.wallet.ask_release(&visit.ctx(), staff, switch, (&reason, None)).await {
        Ok(_) => Ok(Redirect::to("/desk/approvals").into_response()),
        // It stops too many for a reason alone.
        Err(Refused::Unsigned(Unsigned::Lacks(_))) => {
            Ok(Redirect::to(&risk_record::reopen_href(&switch.name())).into_response())
        }
        Err(Refused::Known) => Err(Problem::conflict("nothing_to_release")),
        Err(refused) => Err(refusal(refused)),
    }
}
