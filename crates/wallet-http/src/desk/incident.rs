//! The playbook: what each switch stops, what everybody is told, who lets it go on; and drills.

use axum::{
    Router,
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use http::StatusCode;
use jiff::Timestamp;
use kanuki_desk::{
    approval::Approval,
    drill::{self, Stage, Step},
    incident::Refused,
};
use kanuki_domain::id::StaffId;
use kanuki_site::{
    Answer, Problem, Visit,
    csrf::CsrfForm,
    incident::{self as drawn, PAGE, Switch, Words},
    ui,
};
use kanuki_wallet::desk::Switch as Pulled;
use maud::{Markup, html};
use serde::Deserialize;

use super::{at_desk, name_of, reason};
use crate::{
    WalletState,
    public::incident::{halt, said, standing},
    refusal::problem,
};

pub(super) fn routes() -> Router<WalletState> {
    Router::new()
        .route("/desk/incident", get(show))
        .route("/desk/incident/words", post(propose))
        .route("/desk/incident/drill", post(start))
        .route("/desk/incident/drill/{id}", post(step))
}

/// The switches of this desk, in the playbook's order.
const KINDS: &[&str] = &["wallet-everything", "bank", "link", "wallet"];

#[derive(Deserialize)]
struct Way {
    missed: Option<String>,
}

async fn show(State(state): State<WalletState>, visit: Visit, Query(way): Query<Way>) -> Answer {
    let by = at_desk(&state, &visit).await?;
    page(&state, &visit, by, (way.missed.is_some(), None)).await
}

async fn page(
    state: &WalletState,
    visit: &Visit,
    by: StaffId,
    (has_missed, refused): (bool, Option<(Words, &'static str)>),
) -> Answer {
    let switches = switches(state, visit, visit.now()).await?;
    let running = state.wallet.running_drill().await.map_err(problem)?;
    let drill = match &running {
        Some(drill) => Some(seen(state, visit, by, drill).await?),
        None => None,
    };
    let all = state.wallet.drills().await.map_err(problem)?;
    let past = all.iter().filter(|drill| !drill.is_running()).map(|drill| past(drill, &switches));
    let shown = drawn::Desk {
        standing: standing(state, visit).await?,
        kinds: KINDS,
        switches_path: "/desk/switches",
        refused,
        drill,
        has_missed,
        past: past.collect(),
        switches,
    };
    let title = visit.t("incident-desk");
    let body = drawn::desk(visit, &shown);
    Ok(super::page(visit, &title, PAGE, body).into_response())
}

/// The switches that a drill can be about, and what everybody would be told from `since` on.
async fn switches(
    state: &WalletState,
    visit: &Visit,
    since: Timestamp,
) -> Result<Vec<Switch>, Problem> {
    let all = state.wallet.public_switches(since).await.map_err(problem)?;
    let switch = |(pulled, told): (Pulled, kanuki_desk::incident::Halt)| {
        let label = told.with.clone().unwrap_or_else(|| visit.t("desk-switch-everything"));
        Switch { scope: pulled.name(), label, halt: halt(told) }
    };
    Ok(all.into_iter().map(switch).collect())
}

fn label(scope: &str, switches: &[Switch]) -> String {
    let known = switches.iter().find(|switch| switch.scope == scope);
    known.map_or_else(|| scope.to_owned(), |switch| switch.label.clone())
}

/// The drill that runs, as `by` sees it.
async fn seen(
    state: &WalletState,
    visit: &Visit,
    by: StaffId,
    drill: &drill::Drill,
) -> Result<drawn::Drill, Problem> {
    let (step, is_theirs) = match drill.stage {
        Stage::Asked { asked, .. } => (drawn::Step::Asked, asked.by != by),
        Stage::Stopped { .. } => (drawn::Step::Stopped, true),
        Stage::Running | Stage::Over { .. } | Stage::CalledOff { .. } => {
            (drawn::Step::Running, drill.started.by != by)
        }
    };
    let pressed = match drill.stopped() {
        Some(act) => {
            let mut all = switches(state, visit, act.at).await?.into_iter();
            all.find(|switch| switch.scope == drill.scope)
        }
        None => None,
    };
    Ok(drawn::Drill {
        id: drill.drill_id.clone(),
        story: drill.story.clone(),
        by: name_of(state, &drill.started.by.to_string()).await,
        at: drill.started.at,
        step,
        misses: drill.misses,
        secs: drill.secs_to_stop(),
        pressed,
        is_theirs,
    })
}

fn past(drill: &drill::Drill, switches: &[Switch]) -> drawn::Past {
    drawn::Past {
        at: drill.started.at,
        label: label(&drill.scope, switches),
        secs: drill.secs_to_stop(),
        misses: drill.misses,
        is_called_off: matches!(drill.stage, Stage::CalledOff { .. }),
    }
}

/// A request to say something, with what is to be said below it.
pub(super) async fn asked(
    state: &WalletState,
    visit: &Visit,
    approval: &Approval,
    card: &Markup,
) -> Markup {
    let words = state.wallet.proposed_words(approval.approval_id).await.ok().flatten();
    html! {
        (card)
        @if let Some(words) = words {
            (ui::card(Some(&visit.t("incident-act")), drawn::proposed(visit, &said(words))))
        }
    }
}

#[derive(Deserialize)]
struct Say {
    ja: String,
    en: String,
    reason: String,
}

async fn propose(
    State(state): State<WalletState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Say>,
) -> Answer {
    let by = at_desk(&state, &visit).await?;
    let why = reason(&form.reason)?;
    let (ja, en) = (drawn::typed(&form.ja), drawn::typed(&form.en));
    match state.wallet.propose_words(&visit.ctx(), by, (&ja, &en), &why).await {
        Ok(_) => Ok(Redirect::to("/desk/approvals").into_response()),
        Err(Refused::Words(fault)) => {
            let typed = Words { ja, en, since: None };
            let page = page(&state, &visit, by, (false, Some((typed, fault.name())))).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(Refused::Waiting) => Err(Problem::conflict("already_asked")),
        Err(Refused::Record(error)) => Err(error.into()),
    }
}

#[derive(Deserialize)]
struct Task {
    scope: String,
    story: String,
}

async fn start(
    State(state): State<WalletState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Task>,
) -> Answer {
    let by = at_desk(&state, &visit).await?;
    let story = reason(&form.story)?;
    let all = state.wallet.public_switches(visit.now()).await.map_err(problem)?;
    let switch = all.into_iter().map(|(pulled, _)| pulled).find(|one| one.name() == form.scope);
    let switch = switch.ok_or_else(|| Problem::unprocessable("no_such_switch"))?;
    state.wallet.start_drill(&visit.ctx(), by, (switch, &story)).await.map_err(problem)?;
    Ok(back(true))
}

fn back(was_right: bool) -> Response {
    let to = if was_right { PAGE.to_owned() } else { format!("{PAGE}?missed=1") };
    Redirect::to(&to).into_response()
}

#[derive(Deserialize)]
struct Pressed {
    act: String,
    #[serde(default)]
    scope: String,
}

async fn step(
    State(state): State<WalletState>,
    visit: Visit,
    Path(id): Path<String>,
    CsrfForm(form): CsrfForm<Pressed>,
) -> Answer {
    let by = at_desk(&state, &visit).await?;
    let step = match form.act.as_str() {
        "press" => Step::Press(&form.scope),
        "ask" => Step::Ask,
        "agree" => Step::Agree,
        "off" => Step::CallOff,
        _ => return Err(Problem::unprocessable("bad_form")),
    };
    let was_right =
        state.wallet.drill_step(&visit.ctx(), by, (&id, step)).await.map_err(problem)?;
    Ok(back(was_right))
}
