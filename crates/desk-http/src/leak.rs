//! Lists of leaked credentials at the desk: loading, letting go on, withdrawing, and letting one go.

use async_trait::async_trait;
use axum::{
    Router,
    extract::{DefaultBodyLimit, Path, Query, State},
    response::{IntoResponse, Redirect},
    routing::{get, post},
};
use http::StatusCode;
use kanuki_desk::leak::{self, Hit, HitState, Loaded, Refused, Standing};
use kanuki_domain::{Ctx, id::StaffId};
use kanuki_record::Stored;
use kanuki_site::{
    Answer, Problem, Visit,
    csrf::CsrfForm,
    leak::{Asked, HitShown, ListShown, PAGE, found, loaded, overview_body, refused},
    signed_in::StaffOnly,
    upload::{CsrfUpload, UPLOAD_BYTES_MAX},
};
use maud::Markup;
use serde::Deserialize;

use crate::{Company, Desk, at_desk, name, proof, refused::hidden};

/// Lists that one office may load in an hour.
const LOADS_MAX: u32 = 60;
/// Look-ups from one office in an hour.
const FINDS_MAX: u32 = 300;

/// What of lists of leaks is the company's own.
#[async_trait]
pub trait Leaks {
    /// Puts a list in force.
    async fn load_leaks(&self, ctx: &Ctx<'_>, by: StaffId, file: &[u8]) -> Result<Loaded, Refused>;

    /// The hits of whoever has this number or address; none where it is no such. That somebody looked is
    /// written down.
    async fn find_leaks(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        number: &str,
    ) -> Result<Option<Vec<Hit>>, Problem>;

    /// A second person agrees to let one go, who is told.
    async fn agree_leak(&self, ctx: &Ctx<'_>, by: StaffId, about: &str) -> Result<(), Problem>;

    /// The page at which what a hit is about is stopped and opened, where there is one.
    fn stop_page(&self, about: &str) -> Option<String>;
}

pub(crate) fn routes() -> Router<Desk> {
    Router::new()
        .route("/desk/leaks", get(overview).post(load))
        .layer(DefaultBodyLimit::max(UPLOAD_BYTES_MAX))
        .route("/desk/leaks/find", post(find))
        .route("/desk/leaks/lists/{id}/{act}", post(decide_list))
        .route("/desk/leaks/hits/{id}/{act}", post(decide_hit))
}

#[derive(Deserialize)]
struct Shown {
    /// The list that was loaded a moment ago.
    loaded: Option<String>,
}

/// The lists in force, newest first.
async fn lists_of(desk: &dyn Company) -> Result<Vec<Loaded>, Problem> {
    let all = leak::live(desk.book()).await?;
    Ok(all.into_iter().map(Stored::into_inner).collect())
}

async fn overview(State(desk): State<Desk>, visit: Visit, Query(shown): Query<Shown>) -> Answer {
    let by = at_desk(&*desk, &visit).await?;
    let all = lists_of(&*desk).await?;
    let list = all.iter().find(|list| shown.loaded.as_ref() == Some(&list.version));
    let said = list.map(|list| loaded(&visit, list.entries, list.others)).unwrap_or_default();
    drawn(&*desk, &visit, by, said).await
}

#[derive(Deserialize)]
struct Sought {
    number: String,
}

/// Whether one account or customer is on a list: sent, because a number belongs in no address.
async fn find(
    State(desk): State<Desk>,
    visit: Visit,
    CsrfForm(sought): CsrfForm<Sought>,
) -> Answer {
    let by = at_desk(&*desk, &visit).await?;
    if !visit.allow("leaks-find", FINDS_MAX, 3_600) {
        return Err(Problem::too_many());
    }
    let hits = desk.find_leaks(&visit.ctx(), by, &sought.number).await?;
    let all = lists_of(&*desk).await?;
    let mut shown = hits.is_some().then(Vec::new);
    for hit in hits.unwrap_or_default() {
        if let Some(shown) = &mut shown {
            shown.push(hit_shown(&*desk, by, &all, hit).await);
        }
    }
    drawn(&*desk, &visit, by, found(&visit, shown.as_deref())).await
}

/// What the desk's first page says: how many lists wait, and never who is on them.
pub async fn reminder(desk: &dyn Company, visit: &Visit) -> Result<Markup, Problem> {
    let lists = lists_of(desk).await?;
    let paused = lists.iter().filter(|list| list.round.paused_at.is_some()).count();
    let failed = lists.iter().map(|list| list.round.failed.len()).fold(0, usize::saturating_add);
    Ok(kanuki_site::leak::reminder(visit, count(paused), count(failed)))
}

fn count(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

async fn drawn(desk: &dyn Company, visit: &Visit, by: StaffId, said: Markup) -> Answer {
    let hits = leak::standing(desk.book(), &visit.ctx(), by).await.map_err(hidden)?;
    let all = lists_of(desk).await?;
    let mut shown = Vec::new();
    for hit in hits {
        shown.push(hit_shown(desk, by, &all, hit).await);
    }
    let mut lists = Vec::new();
    for list in all {
        lists.push(list_shown(desk, by, list).await);
    }
    let body = overview_body(visit, &lists, &shown, &said);
    let title = visit.t("leak-title");
    Ok(visit.desk_page(&desk.meta(visit, &title, "/desk/risk"), body).into_response())
}

async fn asked(
    desk: &dyn Company,
    looks: StaffId,
    (by, at, reason): (StaffId, jiff::Timestamp, String),
) -> Asked {
    Asked { by: name(desk, &by.to_string()).await, at, reason, is_own: by == looks }
}

async fn hit_shown(desk: &dyn Company, looks: StaffId, lists: &[Loaded], hit: Hit) -> HitShown {
    let known = |version: &String| {
        let list = lists.iter().find(|list| list.version == *version);
        list.map_or_else(|| version.clone(), |list| list.name.clone())
    };
    let (state_name, lists) = (hit.state.name(), hit.lists.iter().map(known).collect());
    let (asked, until) = match hit.state {
        HitState::Asked { by, at, reason } => {
            (Some(asked(desk, looks, (by, at, reason)).await), None)
        }
        HitState::Proving { until } => (None, Some(until)),
        HitState::Over { at, .. } => (None, Some(at)),
        HitState::Standing => (None, None),
    };
    HitShown {
        href: desk.stop_page(&hit.about),
        about: hit.about,
        lists,
        seen_on: hit.seen_on,
        found_at: hit.found_at,
        state: state_name,
        until,
        asked,
    }
}

async fn list_shown(desk: &dyn Company, looks: StaffId, list: Loaded) -> ListShown {
    let withdraw = match list.standing {
        Standing::WithdrawAsked { by, at, reason } => {
            Some(asked(desk, looks, (by, at, reason)).await)
        }
        Standing::Loading | Standing::Live | Standing::Withdrawn { .. } => None,
    };
    ListShown {
        by: name(desk, &list.by.to_string()).await,
        version: list.version,
        name: list.name,
        source: list.source,
        dated: list.dated,
        entries: list.entries,
        others: list.others,
        at: list.at,
        seen: list.round.seen,
        unknown: list.round.unknown,
        held: list.round.held,
        done_at: list.round.done_at,
        failed: count(list.round.failed.len()),
        paused: list.round.paused_at.map(|_| list.by == looks),
        withdraw,
    }
}

async fn load(
    State(desk): State<Desk>,
    visit: Visit,
    StaffOnly(_): StaffOnly,
    upload: CsrfUpload,
) -> Answer {
    let by = at_desk(&*desk, &visit).await?;
    if !visit.allow("leaks", LOADS_MAX, 3_600) {
        return Err(Problem::too_many());
    }
    match desk.load_leaks(&visit.ctx(), by, &upload.file).await {
        // Looked at anew, so that a page that is read again sends no file again.
        Ok(list) => Ok(Redirect::to(&format!("{PAGE}?loaded={}", list.version)).into_response()),
        Err(Refused::Record(error)) => Err(error.into()),
        Err(why @ (Refused::Mistake(_) | Refused::NotOurs | Refused::Known | Refused::TooMany)) => {
            let page = drawn(&*desk, &visit, by, refused(&visit, &fault(&visit, &why))).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

/// Why a file is not in force, in words.
fn fault(visit: &Visit, why: &Refused) -> String {
    match why {
        Refused::Mistake(mistake) => {
            let what = visit.t(&format!("leak-fault-{}", mistake.fault.name()));
            let args = [("line", mistake.line.into()), ("what", what.into())];
            visit.t_args("leak-fault-at", &args)
        }
        Refused::NotOurs => visit.t("leak-fault-not-ours"),
        Refused::Known => visit.t("leak-fault-known"),
        Refused::TooMany | Refused::Record(_) => visit.t("leak-fault-full"),
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
    let by = at_desk(&*desk, &visit).await?;
    let (book, ctx) = (desk.book(), visit.ctx());
    let done = match act.as_str() {
        "withdraw" => {
            leak::ask_withdraw(book, &ctx, by, (&version, &desk.reason(&form.reason)?)).await
        }
        "agree" => {
            proof::require(&visit, PAGE)?;
            leak::withdraw(book, &ctx, by, &version).await
        }
        "go-on" => {
            proof::require(&visit, PAGE)?;
            leak::go_on(book, &ctx, by, &version).await
        }
        "keep" => leak::keep(book, &ctx, by, &version).await,
        _ => return Err(Problem::not_found()),
    };
    done.map_err(hidden)?;
    Ok(Redirect::to(PAGE).into_response())
}

async fn decide_hit(
    State(desk): State<Desk>,
    visit: Visit,
    Path((about, act)): Path<(String, String)>,
    CsrfForm(form): CsrfForm<Given>,
) -> Answer {
    let by = at_desk(&*desk, &visit).await?;
    let (book, ctx) = (desk.book(), visit.ctx());
    match act.as_str() {
        "ask" => {
            let why = desk.reason(&form.reason)?;
            leak::ask(book, &ctx, by, (&about, &why)).await.map_err(hidden)?;
        }
        "keep" => leak::keep_locked(book, &ctx, by, &about).await.map_err(hidden)?,
        "agree" => {
            proof::require(&visit, PAGE)?;
            desk.agree_leak(&ctx, by, &about).await?;
        }
        _ => return Err(Problem::not_found()),
    }
    Ok(Redirect::to(PAGE).into_response())
}
