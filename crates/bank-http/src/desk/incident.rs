//! The playbook: what each switch stops, what everybody is told, who lets it go on; and drills.

use axum::{
    Router,
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use http::StatusCode;
use jiff::Timestamp;
use kanuki_bank::desk::Scope;
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
};
use maud::{Markup, html};
use serde::Deserialize;

use super::{at_desk, cases::reason};
use crate::{
    BankState, desk,
    incident::{halt, said, standing},
    refusal::problem,
};

pub(super) fn routes() -> Router<BankState> {
    Router::new()
        .route("/desk/incident", get(show))
        .route("/desk/incident/words", post(propose))
        .route("/desk/incident/drill", post(start))
        .route("/desk/incident/drill/{id}", post(step))
}

/// The switches of this desk, in the playbook's order.
const KINDS: &[&str] = &["bank-everything", "partner", "person", "account", "mandate"];

#[derive(Deserialize)]
struct Way {
    missed: Option<String>,
}

async fn show(State(state): State<BankState>, visit: Visit, Query(way): Query<Way>) -> Answer {
    let by = at_desk(&state, &visit).await?;
    page(&state, &visit, by, (way.missed.is_some(), None)).await
}

async fn page(
    state: &BankState,
    visit: &Visit,
    by: StaffId,
    (has_missed, refused): (bool, Option<(Words, &'static str)>),
) -> Answer {
    let switches = switches(state, visit, visit.now()).await?;
    let running = state.bank.running_drill().await.map_err(problem)?;
    let drill = match &running {
        Some(drill) => Some(seen(state, visit, by, drill).await?),
        None => None,
    };
    let all = state.bank.drills().await.map_err(problem)?;
    let past = all.iter().filter(|drill| !drill.is_running()).map(|drill| past(drill, &switches));
    let shown = drawn::Desk {
        standing: standing(state, visit).await?,
        kinds: KINDS,
        switches_path: "/desk/gates",
        refused,
        drill,
        has_missed,
        past: past.collect(),
        switches,
    };
    let title = visit.t("incident-desk");
    let body = drawn::desk(visit, &shown);
    Ok(visit.desk_page(&desk::meta(visit, &title, PAGE), body).into_response())
}

/// The switches that a drill can be about, and what everybody would be told from `since` on.
async fn switches(
    state: &BankState,
    visit: &Visit,
    since: Timestamp,
) -> Result<Vec<Switch>, Problem> {
    let all = state.bank.public_switches(since).await.map_err(problem)?;
    let switch = |(scope, told): (Scope, kanuki_desk::incident::Halt)| {
        let label = match &told.with {
            Some(name) => visit.t_args("gate-partner", &[("name", name.into())]),
            None => visit.t("gate-everything"),
        };
        Switch { scope: scope.name(), label, halt: halt(told) }
    };
    Ok(all.into_iter().map(switch).collect())
}

fn label(scope: &str, switches: &[Switch]) -> String {
    let known = switches.iter().find(|switch| switch.scope == scope);
    known.map_or_else(|| scope.to_owned(), |switch| switch.label.clone())
}

/// The drill that runs, as `by` sees it.
async fn seen(
    state: &BankState,
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
        by: desk::name(state, &drill.started.by.to_string()).await,
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

/// What somebody asks to be said, for the page of what waits for a second person.
pub(super) async fn asked(state: &BankState, visit: &Visit, approval: &Approval) -> Markup {
    let words = state.bank.proposed_words(approval.approval_id).await.ok().flatten();
    html! {
        (visit.t("incident-act"))
        @if let Some(words) = words { (drawn::proposed(visit, &said(words))) }
    }
}

#[derive(Deserialize)]
struct Say {
    ja: String,
    en: String,
    reason: String,
}

async fn propose(
    State(state): State<BankState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Say>,
) -> Answer {
    let by = at_desk(&state, &visit).await?;
    let why = reason(&form.reason)?;
    let (ja, en) = (drawn::typed(&form.ja), drawn::typed(&form.en));
    match state.bank.propose_words(&visit.ctx(), by, (&ja, &en), &why).await {
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
    State(state): State<BankState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Task>,
) -> Answer {
    let by = at_desk(&state, &visit).await?;
    let story = reason(&form.story)?;
    let all = state.bank.public_switches(visit.now()).await.map_err(problem)?;
    let scope = all.into_iter().map(|(scope, _)| scope).find(|scope| scope.name() == form.scope);
    let scope = scope.ok_or_else(Problem::not_found)?;
    state.bank.start_drill(&visit.ctx(), by, (&scope, &story)).await.map_err(problem)?;
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
    State(state): State<BankState>,
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
    let was_right = state.bank.drill_step(&visit.ctx(), by, (&id, step)).await.map_err(problem)?;
    Ok(back(was_right))
}
