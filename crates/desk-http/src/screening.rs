//! Sanctions and watch lists at the desk. Whatever is looked at is written down, and nothing of it is
//! shown anywhere else.

use axum::{
    Router,
    extract::{DefaultBodyLimit, Path, State},
    response::{IntoResponse, Redirect},
    routing::{get, post},
};
use http::StatusCode;
use kanuki_desk::{
    officer::Officer,
    screening::{self, Hit, HitState, Loaded, Refused, Standing},
};
use kanuki_domain::id::{ScreeningHitId, StaffId};
use kanuki_site::{
    Answer, Problem, Visit,
    csrf::CsrfForm,
    screening::{
        Asked, HitPage, HitShown, ListShown, PAGE, Said, WaitingShown, hit_body, hit_href, loaded,
        overview_body, refused,
    },
    signed_in::StaffOnly,
    upload::{CsrfUpload, UPLOAD_BYTES_MAX},
};
use maud::{Markup, html};
use serde::Deserialize;

use crate::{Company, Desk, at_desk, name, officer::officer, proof, refused::hidden};

/// Lists that one office may load in an hour.
const LOADS_MAX: u32 = 60;

pub(crate) fn routes() -> Router<Desk> {
    Router::new()
        .route("/desk/screening", get(overview).post(load))
        .layer(DefaultBodyLimit::max(UPLOAD_BYTES_MAX))
        .route("/desk/screening/lists/{id}/{act}", post(decide_list))
        .route("/desk/screening/hits/{id}", get(hit))
        .route("/desk/screening/hits/{id}/{act}", post(decide_hit))
}

async fn overview(State(desk): State<Desk>, visit: Visit) -> Answer {
    let by = officer(&*desk, &visit).await?;
    drawn(&*desk, &visit, by, html! {}).await
}

/// What the desk's first page says to officers: the way to the lists, how many wait and since when, and
/// never who. To everybody else, nothing.
pub async fn reminder(desk: &dyn Company, visit: &Visit) -> Result<Markup, Problem> {
    let by = at_desk(desk, visit).await?;
    let Some(officer) = Officer::find(desk.book(), by).await? else { return Ok(html! {}) };
    let waiting = screening::waiting(desk.screening(), officer).await?;
    let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    let shown = WaitingShown {
        hits: count(waiting.hits),
        since: waiting.since,
        paused: count(waiting.paused),
        failed: count(waiting.failed),
    };
    Ok(kanuki_site::screening::reminder(visit, &shown))
}

async fn drawn(desk: &dyn Company, visit: &Visit, by: Officer, said: Markup) -> Answer {
    let hits = screening::hits(desk.screening(), &visit.ctx(), by).await.map_err(hidden)?;
    let hits: Vec<HitShown> = hits.iter().map(hit_shown).collect();
    let mut lists = Vec::new();
    for list in screening::live(desk.book()).await? {
        lists.push(list_shown(desk, by.id(), list.into_inner()).await);
    }
    let body = overview_body(visit, &lists, &hits, &said);
    let title = visit.t("screening-title");
    Ok(visit.desk_page(&desk.meta(visit, &title, PAGE), body).into_response())
}

fn hit_shown(hit: &Hit) -> HitShown {
    HitShown {
        id: hit.hit_id.to_string(),
        list: hit.list.clone(),
        score: hit.score,
        occasion: hit.occasion.name(),
        found_at: hit.found_at,
        state: hit.state.name(),
    }
}

async fn asked(
    desk: &dyn Company,
    looks: StaffId,
    (by, at, reason): (StaffId, jiff::Timestamp, String),
) -> Asked {
    Asked { by: name(desk, &by.to_string()).await, at, reason, is_own: by == looks }
}

async fn list_shown(desk: &dyn Company, looks: StaffId, list: Loaded) -> ListShown {
    let end = match list.standing {
        Standing::EndAsked { by, at, reason } => Some(asked(desk, looks, (by, at, reason)).await),
        Standing::Live | Standing::Ended { .. } => None,
    };
    ListShown {
        by: name(desk, &list.by.to_string()).await,
        version: list.version,
        name: list.name,
        source: list.source,
        dated: list.dated,
        entries: u64::try_from(list.entries).unwrap_or(u64::MAX),
        at: list.at,
        seen: list.round.seen,
        held: list.round.held,
        done_at: list.round.done_at,
        failed: u64::try_from(list.round.failed.len()).unwrap_or(u64::MAX),
        paused: list.round.paused_at.map(|_| list.by == looks),
        end,
    }
}

async fn load(
    State(desk): State<Desk>,
    visit: Visit,
    StaffOnly(_): StaffOnly,
    upload: CsrfUpload,
) -> Answer {
    let by = officer(&*desk, &visit).await?;
    if !visit.allow("screening", LOADS_MAX, 3_600) {
        return Err(Problem::too_many());
    }
    match screening::load(desk.book(), &visit.ctx(), by, &upload.file).await {
        Ok(list) => {
            let said = loaded(&visit, u64::try_from(list.entries).unwrap_or(u64::MAX));
            drawn(&*desk, &visit, by, said).await
        }
        Err(Refused::Record(error)) => Err(error.into()),
        Err(why @ (Refused::Mistake(_) | Refused::Known | Refused::TooMany)) => {
            let said = refused(&visit, &fault(&visit, &why));
            let page = drawn(&*desk, &visit, by, said).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

/// Why a file is not in force, in words.
fn fault(visit: &Visit, why: &Refused) -> String {
    match why {
        Refused::Mistake(mistake) => {
            let what = visit.t(&format!("screening-fault-{}", mistake.fault.name()));
            let args = [("line", mistake.line.into()), ("what", what.into())];
            visit.t_args("screening-fault-at", &args)
        }
        Refused::Known => visit.t("screening-fault-known"),
        Refused::TooMany | Refused::Record(_) => visit.t("screening-fault-full"),
    }
}

#[derive(Deserialize)]
struct Given {
    #[serde(default)]
    reason: String,
}

async fn decide_list(
    State(desk): State<Desk>,
    visit: Visit,
    Path((version, act)): Path<(String, String)>,
    CsrfForm(form): CsrfForm<Given>,
) -> Answer {
    let by = officer(&*desk, &visit).await?;
    let (book, ctx) = (desk.book(), visit.ctx());
    let done = match act.as_str() {
        "end" => {
            let why = desk.reason(&form.reason)?;
            screening::ask_end(book, &ctx, by, (&version, &why)).await
        }
        "agree" => {
            proof::require(&visit, PAGE)?;
            screening::end(book, &ctx, by, &version).await
        }
        "go-on" => {
            proof::require(&visit, PAGE)?;
            screening::go_on(book, &ctx, by, &version).await
        }
        "keep" => screening::keep(book, &ctx, by, &version).await,
        _ => return Err(Problem::not_found()),
    };
    done.map_err(hidden)?;
    Ok(Redirect::to(PAGE).into_response())
}

fn id_of(text: &str) -> Result<ScreeningHitId, Problem> {
    text.parse().map_err(|_| Problem::not_found())
}

async fn hit(State(desk): State<Desk>, visit: Visit, Path(text): Path<String>) -> Answer {
    let by = officer(&*desk, &visit).await?;
    let read = screening::read(desk.screening(), &visit.ctx(), by, id_of(&text)?).await;
    let found = read.map_err(hidden)?;
    let said = match found.hit.state.clone() {
        HitState::Open => Said::Nothing,
        HitState::Asked { by: asker, at, reason } => {
            Said::SomebodyElse(asked(&*desk, by.id(), (asker, at, reason)).await)
        }
        HitState::Confirmed { by: sayer, at, reason } => {
            Said::Confirmed(asked(&*desk, by.id(), (sayer, at, reason)).await)
        }
        HitState::Cleared { asked_by, by: second, at, reason } => {
            let first = name(&*desk, &asked_by.to_string()).await;
            let second = name(&*desk, &second.to_string()).await;
            Said::Cleared { reason, by: [first, second], at }
        }
    };
    let hit = hit_shown(&found.hit);
    let shown = HitPage { hit, what: &found.what, person: found.hit.person_id.clone(), said };
    let body = hit_body(&visit, &shown);
    let title = visit.t("screening-hit");
    Ok(visit.desk_page(&desk.meta(&visit, &title, PAGE), body).into_response())
}

async fn decide_hit(
    State(desk): State<Desk>,
    visit: Visit,
    Path((text, act)): Path<(String, String)>,
    CsrfForm(form): CsrfForm<Given>,
) -> Answer {
    let by = officer(&*desk, &visit).await?;
    let (id, ctx, ports) = (id_of(&text)?, visit.ctx(), desk.screening());
    let done = match act.as_str() {
        "ask" => ports.ask_clear(&ctx, by, (id, &desk.reason(&form.reason)?)).await,
        "confirm" => ports.confirm(&ctx, by, (id, &desk.reason(&form.reason)?)).await,
        "keep" => ports.keep_held(&ctx, by, id).await,
        "clear" => {
            proof::require(&visit, PAGE)?;
            ports.clear(&ctx, by, id).await
        }
        _ => return Err(Problem::not_found()),
    };
    done.map_err(hidden)?;
    Ok(Redirect::to(&hit_href(&text)).into_response())
}
