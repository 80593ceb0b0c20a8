//! Lists of leaked credentials at the desk: loading, letting go on, withdrawing, and letting one go.

use axum::{
    Router,
    extract::{DefaultBodyLimit, Path, Query, State},
    response::{IntoResponse, Redirect},
    routing::{get, post},
};
use http::StatusCode;
use kanuki_desk::{
    DeskError,
    leak::{self, Hit, HitState, Loaded, Refused, Standing},
};
use kanuki_domain::{id::StaffId, limits::STAFF_PROOF_SECS};
use kanuki_site::{
    Answer, Problem, Visit,
    csrf::CsrfForm,
    leak::{Asked, HitShown, ListShown, PAGE, found, loaded, overview_body, refused},
    signed_in::StaffOnly,
    upload::{CsrfUpload, UPLOAD_BYTES_MAX},
};
use maud::Markup;
use serde::Deserialize;

use super::{at_desk, cases::reason, meta, name};
use crate::{BankState, refusal::problem};

/// Lists that one office may load in an hour.
const LOADS_MAX: u32 = 60;
/// Look-ups from one office in an hour.
const FINDS_MAX: u32 = 300;

pub(super) fn routes() -> Router<BankState> {
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

async fn overview(
    State(state): State<BankState>,
    visit: Visit,
    Query(shown): Query<Shown>,
) -> Answer {
    let by = at_desk(&state, &visit).await?;
    let all = state.bank.leak_lists().await.map_err(problem)?;
    let list = all.iter().find(|list| shown.loaded.as_ref() == Some(&list.version));
    let said = list.map(|list| loaded(&visit, list.entries, list.others)).unwrap_or_default();
    drawn(&state, &visit, by, said).await
}

#[derive(Deserialize)]
struct Sought {
    number: String,
}

/// Whether one account or customer is on a list: sent, because a number belongs in no address.
async fn find(
    State(state): State<BankState>,
    visit: Visit,
    CsrfForm(sought): CsrfForm<Sought>,
) -> Answer {
    let by = at_desk(&state, &visit).await?;
    if !visit.allow("leaks-find", FINDS_MAX, 3_600) {
        return Err(Problem::too_many());
    }
    let hits = state.bank.find_leaks(&visit.ctx(), by, &sought.number).await.map_err(problem)?;
    let all = state.bank.leak_lists().await.map_err(problem)?;
    let mut shown = hits.is_some().then(Vec::new);
    for hit in hits.unwrap_or_default() {
        if let Some(shown) = &mut shown {
            shown.push(hit_shown(&state, by, &all, hit).await);
        }
    }
    drawn(&state, &visit, by, found(&visit, shown.as_deref())).await
}

/// What the desk's first page says: how many lists wait, and never who is on them.
pub(super) async fn reminder(state: &BankState, visit: &Visit) -> Result<Markup, Problem> {
    let lists = state.bank.leak_lists().await.map_err(problem)?;
    let paused = lists.iter().filter(|list| list.round.paused_at.is_some()).count();
    let failed = lists.iter().map(|list| list.round.failed.len()).fold(0, usize::saturating_add);
    Ok(kanuki_site::leak::reminder(visit, count(paused), count(failed)))
}

fn count(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

async fn drawn(state: &BankState, visit: &Visit, by: StaffId, said: Markup) -> Answer {
    let hits = state.bank.leak_hits(&visit.ctx(), by).await.map_err(problem)?;
    let all = state.bank.leak_lists().await.map_err(problem)?;
    let mut shown = Vec::new();
    for hit in hits {
        shown.push(hit_shown(state, by, &all, hit).await);
    }
    let mut lists = Vec::new();
    for list in all {
        lists.push(list_shown(state, by, list).await);
    }
    let body = overview_body(visit, &lists, &shown, &said);
    let title = visit.t("leak-title");
    Ok(visit.desk_page(&meta(visit, &title, "/desk/risk"), body).into_response())
}

async fn asked(
    state: &BankState,
    looks: StaffId,
    (by, at, reason): (StaffId, jiff::Timestamp, String),
) -> Asked {
    Asked { by: name(state, &by.to_string()).await, at, reason, is_own: by == looks }
}

async fn hit_shown(state: &BankState, looks: StaffId, lists: &[Loaded], hit: Hit) -> HitShown {
    let known = |version: &String| {
        let list = lists.iter().find(|list| list.version == *version);
        list.map_or_else(|| version.clone(), |list| list.name.clone())
    };
    let (state_name, lists) = (hit.state.name(), hit.lists.iter().map(known).collect());
    let (asked, until) = match hit.state {
        HitState::Asked { by, at, reason } => {
            (Some(asked(state, looks, (by, at, reason)).await), None)
        }
        HitState::Proving { until } => (None, Some(until)),
        HitState::Over { at, .. } => (None, Some(at)),
        HitState::Standing => (None, None),
    };
    HitShown {
        href: Some(format!("/desk/gates?kind=account&id={}", hit.about)),
        about: hit.about,
        lists,
        seen_on: hit.seen_on,
        found_at: hit.found_at,
        state: state_name,
        until,
        asked,
    }
}

async fn list_shown(state: &BankState, looks: StaffId, list: Loaded) -> ListShown {
    let withdraw = match list.standing {
        Standing::WithdrawAsked { by, at, reason } => {
            Some(asked(state, looks, (by, at, reason)).await)
        }
        Standing::Loading | Standing::Live | Standing::Withdrawn { .. } => None,
    };
    ListShown {
        by: name(state, &list.by.to_string()).await,
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
    State(state): State<BankState>,
    visit: Visit,
    StaffOnly(_): StaffOnly,
    upload: CsrfUpload,
) -> Answer {
    let by = at_desk(&state, &visit).await?;
    if !visit.allow("leaks", LOADS_MAX, 3_600) {
        return Err(Problem::too_many());
    }
    match state.bank.load_leaks(&visit.ctx(), by, &upload.file).await {
        // Looked at anew, so that a page that is read again sends no file again.
        Ok(list) => Ok(Redirect::to(&format!("{PAGE}?loaded={}", list.version)).into_response()),
        Err(Refused::Record(error)) => Err(problem(error.into())),
        Err(why @ (Refused::Mistake(_) | Refused::NotOurs | Refused::Known | Refused::TooMany)) => {
            let page = drawn(&state, &visit, by, refused(&visit, &why.to_string())).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

/// Whatever is not there is not found.
fn refusal(error: DeskError) -> Problem {
    match error {
        DeskError::NotAccepted => Problem::not_found(),
        other => problem(other.into()),
    }
}

/// What lets go, or lets a list go on, needs a passkey of a moment ago, as every approval does.
fn require_proof(visit: &Visit) -> Result<(), Problem> {
    let session = visit.session.as_ref();
    if session.is_some_and(|session| session.is_proven_within(visit.now(), STAFF_PROOF_SECS)) {
        return Ok(());
    }
    Err(Problem::see_other("/desk/sign-in?back=/desk/leaks"))
}

#[derive(Deserialize)]
struct Given {
    #[serde(default)]
    reason: String,
}

async fn decide_list(
    State(state): State<BankState>,
    visit: Visit,
    Path((version, act)): Path<(String, String)>,
    CsrfForm(form): CsrfForm<Given>,
) -> Answer {
    let by = at_desk(&state, &visit).await?;
    let (book, ctx) = (&state.bank.book, visit.ctx());
    let done = match act.as_str() {
        "withdraw" => leak::ask_withdraw(book, &ctx, by, (&version, &reason(&form.reason)?)).await,
        "agree" => {
            require_proof(&visit)?;
            leak::withdraw(book, &ctx, by, &version).await
        }
        "go-on" => {
            require_proof(&visit)?;
            leak::go_on(book, &ctx, by, &version).await
        }
        "keep" => leak::keep(book, &ctx, by, &version).await,
        _ => return Err(Problem::not_found()),
    };
    done.map_err(refusal)?;
    Ok(Redirect::to(PAGE).into_response())
}

async fn decide_hit(
    State(state): State<BankState>,
    visit: Visit,
    Path((about, act)): Path<(String, String)>,
    CsrfForm(form): CsrfForm<Given>,
) -> Answer {
    let by = at_desk(&state, &visit).await?;
    let (book, ctx) = (&state.bank.book, visit.ctx());
    match act.as_str() {
        "ask" => {
            let why = reason(&form.reason)?;
            leak::ask(book, &ctx, by, (&about, &why)).await.map_err(refusal)?;
        }
        "keep" => leak::keep_locked(book, &ctx, by, &about).await.map_err(refusal)?,
        "agree" => {
            require_proof(&visit)?;
            state.bank.agree_leak(&ctx, by, &about).await.map_err(|error| match error {
                kanuki_bank::BankError::Desk(error) => refusal(error),
                other => problem(other),
            })?;
        }
        _ => return Err(Problem::not_found()),
    }
    Ok(Redirect::to(PAGE).into_response())
}
