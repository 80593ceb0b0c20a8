//! The playbook: what each switch stops, what everybody is told, who lets it go on; and drills. And the
//! page of what is stopped, readable without an account (FT-26 e).

use async_trait::async_trait;
use axum::{
    Router,
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use http::StatusCode;
use jiff::Timestamp;
use kanuki_desk::{
    compensation::in_force,
    drill::{self, Stage, Step},
    incident::{self, By, Halt, Refused},
    signal::halt,
};
use kanuki_domain::{
    Ctx,
    id::{ApprovalId, StaffId},
};
use kanuki_record::Unit;
use kanuki_site::{
    Answer, PageMeta, Problem, Visit,
    csrf::CsrfForm,
    incident::{self as drawn, PAGE, Standing, Switch, Words},
};
use kanuki_wire::set::ServiceReach;
use maud::Markup;
use serde::Deserialize;

use crate::{
    Company, Desk, at_desk, name,
    refused::{hidden, problem},
};

/// What of switches, and of what is told about them, is the company's own.
#[async_trait]
pub trait Incidents {
    /// The switches of this desk, in the playbook's order.
    fn switch_kinds(&self) -> &'static [&'static str];

    /// Its switches that everybody is told of, each by the name of its gate, with what they would be told
    /// from `since` on.
    async fn public_switches(&self, since: Timestamp) -> Result<Vec<(String, Halt)>, Problem>;

    /// What each partner, by the name that people know, says now that it stopped.
    async fn partners_halts(
        &self,
        ctx: &Ctx<'_>,
    ) -> Result<Vec<(String, Vec<halt::Halt>)>, Problem>;

    /// Adds to `unit` that the partners whom a drill would touch are told of it, as a drill.
    async fn tell_drill(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        told: &drill::Told,
    ) -> Result<(), Problem>;

    /// What stands still for everybody, or between us and one partner, since when.
    async fn halts(&self, ctx: &Ctx<'_>) -> Result<Vec<Halt>, Problem>;

    /// A public switch as people know it: that of a partner by this name, or that of everything.
    fn switch_label(&self, visit: &Visit, partner: Option<&str>) -> String;

    /// What is said of a switch that there is not.
    fn no_such_switch(&self) -> Problem;
}

pub(crate) fn routes() -> Router<Desk> {
    Router::new()
        .route("/incident", get(public))
        .route("/desk/incident", get(show))
        .route("/desk/incident/words", post(propose))
        .route("/desk/incident/told", post(ask_end))
        .route("/desk/incident/drill", post(start))
        .route("/desk/incident/drill/{id}", post(step))
}

/// What everybody is told now.
async fn standing(desk: &dyn Company, visit: &Visit) -> Result<Standing, Problem> {
    let halts = desk.halts(&visit.ctx()).await?.into_iter().map(halt).collect();
    let words = incident::live(desk.book()).await?;
    Ok(Standing { halts, words: words.map(|words| said(words.into_inner())) })
}

/// What is stopped, for a first page, which must open also when the ledger does not answer: then
/// nothing moves, and what is asked for says so.
pub async fn halts(desk: &dyn Company, visit: &Visit) -> Vec<drawn::Halt> {
    match desk.halts(&visit.ctx()).await {
        Ok(halts) => halts.into_iter().map(halt).collect(),
        Err(refused) => {
            tracing::warn!(code = refused.code(), "what is stopped could not be read");
            Vec::new()
        }
    }
}

fn halt(halt: Halt) -> drawn::Halt {
    let services = halt.services.iter().map(|service| service.name()).collect();
    drawn::Halt { with: halt.with, is_theirs: halt.by == By::Them, since: halt.since, services }
}

fn said(words: incident::Words) -> Words {
    Words { ja: words.ja, en: words.en, since: words.from }
}

async fn public(State(desk): State<Desk>, visit: Visit) -> Answer {
    let standing = standing(&*desk, &visit).await?;
    let (policy, _) = in_force(desk.book()).await?;
    let body = drawn::public(&visit, &standing, (&visit.t("incident-call"), &policy));
    let meta = PageMeta::new(visit.t("incident-title")).back("/");
    Ok(visit.page(&meta, body).into_response())
}

#[derive(Deserialize)]
struct Way {
    missed: Option<String>,
}

async fn show(State(desk): State<Desk>, visit: Visit, Query(way): Query<Way>) -> Answer {
    let by = at_desk(&*desk, &visit).await?;
    page(&*desk, &visit, by, (way.missed.is_some(), None)).await
}

async fn page(
    desk: &dyn Company,
    visit: &Visit,
    by: StaffId,
    (has_missed, refused): (bool, Option<(Words, &'static str)>),
) -> Answer {
    let switches = switches(desk, visit, visit.now()).await?;
    let running = drill::running(desk.book()).await?;
    let drill = match &running {
        Some(drill) => Some(seen(desk, visit, by, drill).await?),
        None => None,
    };
    let all = drill::all(desk.book()).await?;
    let past = all.iter().filter(|drill| !drill.is_running()).map(|drill| past(drill, &switches));
    let shown = drawn::Desk {
        standing: standing(desk, visit).await?,
        kinds: desk.switch_kinds(),
        switches_path: desk.switches(),
        refused,
        drill,
        has_missed,
        past: past.collect(),
        told: told(desk, visit).await?,
        switches,
    };
    let title = visit.t("incident-desk");
    let body = drawn::desk(visit, &shown);
    Ok(visit.desk_page(&desk.meta(visit, &title, PAGE), body).into_response())
}

/// What other companies say that they stopped.
async fn told(desk: &dyn Company, visit: &Visit) -> Result<Vec<drawn::Told>, Problem> {
    let mut told = Vec::new();
    for (name, halts) in desk.partners_halts(&visit.ctx()).await? {
        told.extend(halts.into_iter().map(|halt| drawn::Told {
            name: name.clone(),
            scope: halt.word.scope.name(),
            is_everybody: halt.word.reach == ServiceReach::Everybody,
            reason: halt.word.reason.name(),
            since: halt.word.since,
            heard_at: halt.heard_at,
            is_drill: halt.is_drill(),
            is_held: halt.is_held,
            call: halt.word.call,
            id: halt.halt_id,
        }));
    }
    Ok(told)
}

/// The switches that a drill can be about, and what everybody would be told from `since` on.
async fn switches(
    desk: &dyn Company,
    visit: &Visit,
    since: Timestamp,
) -> Result<Vec<Switch>, Problem> {
    let all = desk.public_switches(since).await?;
    let switch = |(scope, told): (String, Halt)| {
        let label = desk.switch_label(visit, told.with.as_deref());
        Switch { scope, label, halt: halt(told) }
    };
    Ok(all.into_iter().map(switch).collect())
}

fn label(scope: &str, switches: &[Switch]) -> String {
    let known = switches.iter().find(|switch| switch.scope == scope);
    known.map_or_else(|| scope.to_owned(), |switch| switch.label.clone())
}

/// The drill that runs, as `by` sees it.
async fn seen(
    desk: &dyn Company,
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
            let mut all = switches(desk, visit, act.at).await?.into_iter();
            all.find(|switch| switch.scope == drill.scope)
        }
        None => None,
    };
    Ok(drawn::Drill {
        id: drill.drill_id.clone(),
        story: drill.story.clone(),
        by: name(desk, &drill.started.by.to_string()).await,
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
pub async fn proposed(desk: &dyn Company, visit: &Visit, id: ApprovalId) -> Option<Markup> {
    let words = incident::proposed(desk.book(), id).await.ok().flatten()?;
    Some(drawn::proposed(visit, &said(words.into_inner())))
}

#[derive(Deserialize)]
struct Say {
    ja: String,
    en: String,
    reason: String,
}

async fn propose(State(desk): State<Desk>, visit: Visit, CsrfForm(form): CsrfForm<Say>) -> Answer {
    let by = at_desk(&*desk, &visit).await?;
    let why = desk.reason(&form.reason)?;
    let (ja, en) = (drawn::typed(&form.ja), drawn::typed(&form.en));
    match incident::propose(desk.book(), &visit.ctx(), by, (&ja, &en), &why).await {
        Ok(_) => Ok(Redirect::to("/desk/approvals").into_response()),
        Err(Refused::Words(fault)) => {
            let typed = Words { ja, en, since: None };
            let page = page(&*desk, &visit, by, (false, Some((typed, fault.name())))).await?;
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

async fn start(State(desk): State<Desk>, visit: Visit, CsrfForm(form): CsrfForm<Task>) -> Answer {
    let by = at_desk(&*desk, &visit).await?;
    let story = desk.reason(&form.story)?;
    let all = desk.public_switches(visit.now()).await?;
    let scope = all.into_iter().map(|(scope, _)| scope).find(|scope| *scope == form.scope);
    let scope = scope.ok_or_else(|| desk.no_such_switch())?;
    drill::start(desk.book(), &visit.ctx(), by, (&scope, &story)).await.map_err(problem)?;
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
    State(desk): State<Desk>,
    visit: Visit,
    Path(id): Path<String>,
    CsrfForm(form): CsrfForm<Pressed>,
) -> Answer {
    let by = at_desk(&*desk, &visit).await?;
    let step = match form.act.as_str() {
        "press" => Step::Press(&form.scope),
        "ask" => Step::Ask,
        "agree" => Step::Agree,
        "off" => Step::CallOff,
        _ => return Err(Problem::unprocessable("bad_form")),
    };
    let ctx = visit.ctx();
    let mut stepped = drill::prepare(desk.book(), &ctx, by, (&id, step)).await.map_err(problem)?;
    if let Some(told) = &stepped.told {
        desk.tell_drill(&ctx, &mut stepped.unit, told).await?;
    }
    desk.book().commit(stepped.unit).await?;
    Ok(back(stepped.was_right))
}

#[derive(Deserialize)]
struct Ending {
    halt: String,
    reason: String,
}

async fn ask_end(
    State(desk): State<Desk>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Ending>,
) -> Answer {
    let by = at_desk(&*desk, &visit).await?;
    let why = desk.reason(&form.reason)?;
    let about = (form.halt.as_str(), why.as_str());
    halt::ask_end(desk.book(), &visit.ctx(), by, about).await.map_err(hidden)?;
    Ok(Redirect::to("/desk/approvals").into_response())
}
