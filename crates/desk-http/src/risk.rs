//! The risk engine at the desk: what its rules decided, and whom the desk watches. Looking is written down.

use axum::{
    Router,
    extract::{Query, State},
    response::{IntoResponse, Redirect},
    routing::{get, post},
};
use http::StatusCode;
use kanuki_desk::{
    case::{Case, CaseKind},
    quality::{self, expected_losses},
    rule,
    watch::{self, lists_for},
};
use kanuki_domain::id::StaffId;
use kanuki_risk::{Key, Subject};
use kanuki_site::{
    Answer, Problem, Visit,
    csrf::CsrfForm,
    risk::{Listed, Member, Queued, WatchTyped, Which, lists_body, overview_body, seen_body},
};
use serde::Deserialize;

use crate::{Company, Desk, Named, at_desk, flow, name, refused::problem};

pub(crate) fn routes() -> Router<Desk> {
    Router::new()
        .route("/desk/risk", get(overview))
        .route("/desk/risk/seen", get(seen))
        .route("/desk/risk/lists", get(lists))
        .route("/desk/risk/watch", post(begin))
        .route("/desk/risk/unwatch", post(end))
}

async fn overview(State(desk): State<Desk>, visit: Visit) -> Answer {
    let by = at_desk(&*desk, &visit).await?;
    let decisions = desk.read_decisions(&visit.ctx(), by, "all").await?;
    let cases = desk.book().list::<Case>("state", "open").await?;
    let open = desk.open_yen(&decisions).await?;
    let expected = expected_losses((&decisions, &open), &quality::cases(desk.book()).await?);
    let mut queue = Vec::new();
    for case in cases.iter().filter(|case| case.kind == CaseKind::Rule) {
        let owner = match case.owner {
            Some(id) => Some(name(&*desk, &id.to_string()).await),
            None => None,
        };
        let rule = rule::of_case(case).unwrap_or_default().to_owned();
        let expected = expected.get(&rule).copied().unwrap_or_default();
        let (case_id, opened_at) = (case.case_id.to_string(), case.opened_at);
        queue.push(Queued { case: case_id, rule, opened_at, owner, expected });
    }
    let live = desk.engine().policy();
    let title = visit.t("risk-title");
    let body = overview_body(&visit, (&live, &desk.engine().rooms()), (&queue, &decisions, &open));
    Ok(visit.desk_page(&desk.meta(&visit, &title, "/desk/risk"), body).into_response())
}

#[derive(Deserialize)]
struct Looked {
    rule: Option<String>,
    key: Option<String>,
}

async fn seen(State(desk): State<Desk>, visit: Visit, Query(looked): Query<Looked>) -> Answer {
    let by = at_desk(&*desk, &visit).await?;
    let which = Which::asked(looked.rule.as_deref(), looked.key.as_deref());
    let which = which.ok_or_else(Problem::not_found)?;
    let ctx = visit.ctx();
    let decisions = match (&which.rule, &which.key) {
        (Some(rule), None) => desk.read_decisions_of(&ctx, by, rule).await?,
        _ => desk.read_decisions(&ctx, by, &which.about()).await?,
    };
    let is_shown = which.is_among(&decisions) || is_known(&*desk, &visit, by, &which).await?;
    if !is_shown {
        return Err(Problem::not_found());
    }
    let title = visit.t("risk-seen");
    let lists = which.key.as_ref().map(|key| lists_for(desk.engine(), key));
    let list = lists.filter(|all| !all.is_empty()).map(|all| all.join("、"));
    let flow = flow::of_seen(&*desk, &visit, by, (&which, &decisions)).await?;
    let body = seen_body(&visit, (&which, list.as_deref()), &decisions, &flow);
    Ok(visit.desk_page(&desk.meta(&visit, &title, "/desk/risk"), body).into_response())
}

/// Whether there is such a rule, such a wallet or account, or somebody is watched under this key, although no
/// decision is kept.
async fn is_known(
    desk: &dyn Company,
    visit: &Visit,
    by: StaffId,
    which: &Which,
) -> Result<bool, Problem> {
    let Some(key) = &which.key else {
        let policy = desk.engine().policy();
        let is_rule = |rule: &String| policy.rules().iter().any(|one| one.name == *rule);
        return Ok(which.rule.as_ref().is_none_or(is_rule));
    };
    if desk.named(key).await? == Named::Known {
        return Ok(true);
    }
    let lists = watch::read(desk.book(), &visit.ctx(), by, desk.engine()).await?;
    let mut of_subject = lists.iter().filter(|(_, subject, _)| *subject == key.subject());
    Ok(of_subject.any(|(_, _, members)| members.iter().any(|one| one.value == key.value())))
}

async fn lists(State(desk): State<Desk>, visit: Visit) -> Answer {
    let by = at_desk(&*desk, &visit).await?;
    lists_drawn(&*desk, &visit, by, None).await
}

/// The lists; with what was typed before, where that was nobody's number.
async fn lists_drawn(
    desk: &dyn Company,
    visit: &Visit,
    by: StaffId,
    typed: Option<&WatchTyped>,
) -> Answer {
    let mut shown = Vec::new();
    for (list, holds, watched) in watch::read(desk.book(), &visit.ctx(), by, desk.engine()).await? {
        let mut members = Vec::new();
        for one in watched {
            let by = name(desk, &one.by.to_string()).await;
            let (name, key) = (one.name(), Key::of(holds, one.value));
            members.push(Member { name, key, by, at: one.at, reason: one.reason });
        }
        shown.push(Listed { name: list, holds, members });
    }
    let title = visit.t("risk-lists");
    let body = lists_body(visit, &shown, (desk.side(), typed));
    Ok(visit.desk_page(&desk.meta(visit, &title, "/desk/risk"), body).into_response())
}

#[derive(Deserialize)]
struct Watching {
    /// Who: as the page of whoever was seen names them,
    #[serde(default)]
    key: String,
    /// or what kind of one, and which, as somebody typed it.
    #[serde(default)]
    subject: String,
    #[serde(default)]
    value: String,
    reason: String,
}

impl Watching {
    /// Whom it names, as it was typed. Whoever copies the whole key of another page types the kind before
    /// the number.
    fn typed(&self) -> Option<Key> {
        let subject = Subject::parse(&self.subject)?;
        let value = self.value.trim();
        let prefix = format!("{}|", subject.name());
        Some(Key::of(subject, value.strip_prefix(&prefix).unwrap_or(value)))
    }
}

async fn begin(
    State(desk): State<Desk>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Watching>,
) -> Answer {
    let by = at_desk(&*desk, &visit).await?;
    let why = desk.reason(&form.reason)?;
    let bad = || Problem::unprocessable("bad_form");
    let key = if form.key.is_empty() {
        let typed = form.typed().ok_or_else(bad)?;
        let Some(meant) = meant(&*desk, &visit, by, typed).await? else {
            let (subject, value) = (form.subject, form.value);
            let typed = WatchTyped { subject, value, reason: form.reason };
            let page = lists_drawn(&*desk, &visit, by, Some(&typed)).await?;
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
        };
        meant
    } else {
        let key = Which::parse(None, Some(&form.key)).key.ok_or_else(bad)?;
        if desk.named(&key).await? == Named::Wrong {
            return Err(Problem::unprocessable("nobody_to_watch"));
        }
        key
    };
    let (book, ctx) = (desk.book(), visit.ctx());
    watch::add(book, &ctx, by, desk.engine(), (&key, &why)).await.map_err(problem)?;
    Ok(Redirect::to("/desk/risk/lists").into_response())
}

/// Whom somebody means: by a number as other people write it, or by a key that a page of what the rules saw shows.
async fn meant(
    desk: &dyn Company,
    visit: &Visit,
    by: StaffId,
    typed: Key,
) -> Result<Option<Key>, Problem> {
    if let Some(meant) = desk.meant(typed.subject(), typed.value()).await? {
        return Ok(Some(meant));
    }
    let which = Which { rule: None, key: Some(typed) };
    let decisions = desk.read_decisions(&visit.ctx(), by, &which.about()).await?;
    Ok(if which.is_among(&decisions) { which.key } else { None })
}

#[derive(Deserialize)]
struct Unwatching {
    name: String,
    reason: String,
}

async fn end(
    State(desk): State<Desk>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Unwatching>,
) -> Answer {
    let by = at_desk(&*desk, &visit).await?;
    let why = desk.reason(&form.reason)?;
    let asked = watch::ask_end(desk.book(), &visit.ctx(), by, (&form.name, &why)).await;
    asked.map_err(problem)?;
    Ok(Redirect::to("/desk/approvals").into_response())
}
