//! Drafts of reports of suspicious transactions at the desk. Whatever is looked at is written down.

use axum::{
    Router,
    extract::{Path, State},
    response::{IntoResponse, Redirect},
    routing::{get, post},
};
use kanuki_desk::{
    DeskError,
    case::the_one,
    suspicion::{Drafts, Standing, Suspicion, TEXT_MAX, Text},
};
use kanuki_domain::id::{ScreeningHitId, SuspicionId};
use kanuki_site::{
    Answer, Problem, Visit,
    csrf::CsrfForm,
    suspicion::{DraftPage, DraftShown, PAGE, draft_body, list_body},
};
use serde::Deserialize;

use crate::{Company, Desk, name, officer::officer, refused::problem};

pub(crate) fn routes() -> Router<Desk> {
    Router::new()
        .route("/desk/suspicion", get(list).post(begin))
        .route("/desk/suspicion/{id}", get(draft).post(write))
        .route("/desk/suspicion/{id}/{act}", post(act))
}

fn drafts(desk: &dyn Company) -> Drafts<'_> {
    Drafts { book: desk.book(), vault: desk.vault() }
}

/// Whatever is not there is not found.
fn refusal(error: DeskError) -> Problem {
    match error {
        DeskError::NotAccepted => Problem::not_found(),
        DeskError::NeedsOutcome => Problem::unprocessable("reason_needed"),
        other => problem(other),
    }
}

async fn shown(desk: &dyn Company, draft: &Suspicion) -> DraftShown {
    DraftShown {
        id: draft.suspicion_id.to_string(),
        standing: draft.standing.name(),
        by: name(desk, &draft.written_by.to_string()).await,
        at: draft.written_at,
    }
}

async fn list(State(desk): State<Desk>, visit: Visit) -> Answer {
    let by = officer(&*desk, &visit).await?;
    let mut both = [Vec::new(), Vec::new()];
    for (is_over, into) in [false, true].into_iter().zip(&mut both) {
        for one in drafts(&*desk).list(&visit.ctx(), by, is_over).await.map_err(refusal)? {
            into.push(shown(&*desk, &one).await);
        }
    }
    let [open, over] = both;
    let body = list_body(&visit, &open, &over);
    let title = visit.t("suspicion-title");
    Ok(visit.desk_page(&desk.meta(&visit, &title, "/desk/screening"), body).into_response())
}

#[derive(Deserialize)]
struct Begun {
    #[serde(default)]
    from: String,
}

async fn begin(State(desk): State<Desk>, visit: Visit, CsrfForm(form): CsrfForm<Begun>) -> Answer {
    let by = officer(&*desk, &visit).await?;
    let from = form.from.trim();
    let from = if from.is_empty() || from.parse::<ScreeningHitId>().is_ok() {
        from.to_owned()
    } else {
        let meant = the_one(desk.book(), from).await?;
        meant.ok_or_else(|| Problem::unprocessable("bad_form"))?.to_string()
    };
    let text = Text { from, ..Text::default() };
    let id = drafts(&*desk).begin(&visit.ctx(), by, &text).await.map_err(refusal)?;
    Ok(Redirect::to(&format!("{PAGE}/{id}")).into_response())
}

fn id_of(text: &str) -> Result<SuspicionId, Problem> {
    text.parse().map_err(|_| Problem::not_found())
}

async fn draft(State(desk): State<Desk>, visit: Visit, Path(id): Path<String>) -> Answer {
    let by = officer(&*desk, &visit).await?;
    let read = drafts(&*desk).read(&visit.ctx(), by, id_of(&id)?).await;
    let (draft, text) = read.map_err(refusal)?;
    let (last, number) = match draft.standing.clone() {
        Standing::Working => (None, None),
        Standing::Checked { by, at } | Standing::Dropped { by, at } => (Some((by, at)), None),
        Standing::Filed { by, at, number } => (Some((by, at)), Some(number)),
    };
    let last = match last {
        Some((by, at)) => Some((name(&*desk, &by.to_string()).await, at)),
        None => None,
    };
    let is_own = draft.written_by == by.id();
    let draft = shown(&*desk, &draft).await;
    let parts = [text.who, text.what, text.why, text.done];
    let shown = DraftPage { draft, from: text.from, parts, most: TEXT_MAX, is_own, last, number };
    let body = draft_body(&visit, &shown);
    let title = visit.t("suspicion-draft");
    Ok(visit.desk_page(&desk.meta(&visit, &title, "/desk/screening"), body).into_response())
}

async fn write(
    State(desk): State<Desk>,
    visit: Visit,
    Path(id): Path<String>,
    CsrfForm(text): CsrfForm<Text>,
) -> Answer {
    let by = officer(&*desk, &visit).await?;
    drafts(&*desk).write(&visit.ctx(), by, (id_of(&id)?, text)).await.map_err(refusal)?;
    Ok(Redirect::to(&format!("{PAGE}/{id}")).into_response())
}

#[derive(Deserialize)]
struct Act {
    #[serde(default)]
    number: String,
}

async fn act(
    State(desk): State<Desk>,
    visit: Visit,
    Path((text, act)): Path<(String, String)>,
    CsrfForm(form): CsrfForm<Act>,
) -> Answer {
    let by = officer(&*desk, &visit).await?;
    let (id, ctx, drafts) = (id_of(&text)?, visit.ctx(), drafts(&*desk));
    let done = match act.as_str() {
        "check" => drafts.check(&ctx, by, id).await,
        "drop" => drafts.drop(&ctx, by, id).await,
        "file" => drafts.file(&ctx, by, (id, &form.number)).await,
        _ => return Err(Problem::not_found()),
    };
    done.map_err(refusal)?;
    Ok(Redirect::to(&format!("{PAGE}/{text}")).into_response())
}
