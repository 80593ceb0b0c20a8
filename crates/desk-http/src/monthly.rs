//! The report to management of a month, as a page and as JSON (FT-02).

use axum::{
    Json, Router,
    extract::{Query, State},
    response::IntoResponse,
    routing::get,
};
use jiff::{ToSpan as _, civil::Date};
use kanuki_desk::{
    drill::Drill,
    registry::every,
    risk_record::{Kept, Standing, review},
    tally::{self, LINES, PASS_MAX, Tally, month_of, of_month},
};
use kanuki_domain::agreement::today;
use kanuki_site::{
    Answer, Problem, Visit,
    monthly::{Drilled, Line, Loosened, Overdue, Report, body},
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{Company, Desk, at_desk, name};

/// So many months are in the picture.
const MONTHS: usize = 6;

pub(crate) fn routes() -> Router<Desk> {
    Router::new().route("/desk/monthly", get(show)).route("/desk/monthly/json", get(as_json))
}

#[derive(Deserialize)]
struct Which {
    month: Option<String>,
}

/// The first day of the month that was asked for, or of this one. What has not begun is not there.
fn first_of(which: &Which, today: Date) -> Result<Date, Problem> {
    let Some(month) = &which.month else { return Ok(today.first_of_month()) };
    let first: Date = format!("{month}-01").parse().map_err(|_| Problem::not_found())?;
    if month_of(first) == *month && first <= today { Ok(first) } else { Err(Problem::not_found()) }
}

/// The month before the one that begins on this day.
fn before(first: Date) -> Date {
    first.saturating_sub(1.day()).first_of_month()
}

async fn show(State(desk): State<Desk>, visit: Visit, Query(which): Query<Which>) -> Answer {
    at_desk(&*desk, &visit).await?;
    let first = first_of(&which, today(visit.now()))?;
    let report = report(&*desk, &visit, first).await?;
    let title = visit.t("monthly-link");
    let body = body(&visit, &report);
    Ok(visit.desk_page(&desk.meta(&visit, &title, "/desk/risk"), body).into_response())
}

async fn as_json(State(desk): State<Desk>, visit: Visit, Query(which): Query<Which>) -> Answer {
    at_desk(&*desk, &visit).await?;
    let first = first_of(&which, today(visit.now()))?;
    let report = report(&*desk, &visit, first).await?;
    Ok(Json(written(&visit.site.config.company, &report)).into_response())
}

async fn report(desk: &dyn Company, visit: &Visit, first: Date) -> Result<Report, Problem> {
    let (book, today) = (desk.book(), today(visit.now()));
    // What happened a moment ago is in it: the worker may not have come by.
    let counted = tally::step(book).await?;
    let (mut rows, mut day) = (Vec::new(), first);
    for _ in 0..MONTHS {
        rows.push(of_month(book, &month_of(day)).await?);
        day = before(day);
    }
    let month = month_of(first);
    let (now, past) = (rows.first().cloned(), rows.get(1).cloned());
    let (now, past) = (now.unwrap_or_default(), past.unwrap_or_default());
    rows.reverse();
    let next = first.last_of_month().tomorrow().ok().filter(|next| *next <= today);
    Ok(Report {
        is_over: next.is_some(),
        is_counting: counted >= PASS_MAX,
        beside: (month_of(before(first)), next.map(month_of)),
        lines: LINES.iter().map(|(name, acts)| line(name, &now, &past, acts)).collect(),
        months: rows.iter().map(|row| (row.key.clone(), pictured(row))).collect(),
        loosened: loosened(desk, &month).await?,
        overdue: overdue(desk, visit).await?,
        drills: drills(desk, &month).await?,
        partners: desk.partners().await?,
        last: now.last,
        month,
    })
}

fn line(name: &'static str, now: &Tally, past: &Tally, acts: &[&str]) -> Line {
    let counted = now.sum(acts);
    Line { name, times: counted.times, yen: counted.money(), before: past.sum(acts).times }
}

fn pictured(row: &Tally) -> [u64; 3] {
    let of = |wanted: &str| {
        let found = LINES.iter().find(|(name, _)| *name == wanted);
        found.map_or(0, |(_, acts)| row.sum(acts).times)
    };
    ["cases", "claims", "debits-refused"].map(of)
}

/// What two people loosened in the month, by when the second one agreed and whatever became of it since.
/// A record that was over before it was kept who agreed counts where it was written.
async fn loosened(desk: &dyn Company, month: &str) -> Result<Vec<Loosened>, Problem> {
    let is_in = |kept: &Kept| match (kept.agreed(), kept.standing) {
        (Some((_, at)), _) => tally::is_in(month, at),
        (None, Standing::Over { .. }) => tally::is_in(month, kept.written_at),
        (None, _) => false,
    };
    let mut found = Vec::new();
    for kept in every::<Kept>(desk.book(), is_in).await? {
        let wrote = name(desk, &kept.written_by.to_string()).await;
        let agreed = match kept.agreed() {
            Some((by, _)) => Some(name(desk, &by.to_string()).await),
            None => None,
        };
        found.push(Loosened {
            id: kept.record_id.to_string(),
            what: kept.record.loosens.clone(),
            why: kept.record.why.clone(),
            by: std::iter::once(wrote).chain(agreed).collect(),
        });
    }
    Ok(found)
}

async fn overdue(desk: &dyn Company, visit: &Visit) -> Result<Vec<Overdue>, Problem> {
    let today = today(visit.now());
    let due = review::due(desk.book(), visit.now()).await?;
    let late = due.iter().filter(|kept| kept.review_by.is_none_or(|day| day < today));
    let one = |kept: &kanuki_record::Stored<Kept>| Overdue {
        id: kept.record_id.to_string(),
        what: kept.record.loosens.clone(),
        day: kept.review_by.map(|day| day.to_string()).unwrap_or_default(),
    };
    Ok(late.map(one).collect())
}

async fn drills(desk: &dyn Company, month: &str) -> Result<Vec<Drilled>, Problem> {
    let all = every::<Drill>(desk.book(), |drill| tally::is_in(month, drill.started.at)).await?;
    let one = |drill: &kanuki_record::Stored<Drill>| Drilled {
        scope: drill.scope.clone(),
        secs: drill.secs_to_stop(),
        misses: drill.misses,
    };
    Ok(all.iter().map(one).collect())
}

/// The report as a file: whole numbers of yen, and the entry of the audit log that it was counted up to.
fn written(company: &str, report: &Report) -> Value {
    let lines = report.lines.iter().map(|line| {
        let figures = json!({
            "times": line.times,
            "yen": line.yen.amount(),
            "times_in_month_before": line.before,
        });
        (line.name.replace('-', "_"), figures)
    });
    let loosened = report
        .loosened
        .iter()
        .map(|one| json!({ "record": one.id, "loosens": one.what, "why": one.why, "by": one.by }));
    let overdue = report.overdue.iter();
    let overdue =
        overdue.map(|one| json!({ "record": one.id, "loosens": one.what, "day": one.day }));
    let drills = report.drills.iter().map(|one| {
        json!({ "switch": one.scope, "seconds_until_pressed": one.secs, "wrong_before": one.misses })
    });
    json!({
        "company": company,
        "month": report.month,
        "is_over": report.is_over,
        "is_counting": report.is_counting,
        "figures": lines.collect::<serde_json::Map<String, Value>>(),
        "loosened": loosened.collect::<Vec<_>>(),
        "overdue_reviews": overdue.collect::<Vec<_>>(),
        "drills": drills.collect::<Vec<_>>(),
        "counted_to": report.last.as_ref().map(|(number, hash)| json!({ "entry": number, "hash": hash })),
    })
}
