//! What is kept how long at the desk, and what was forgotten.

use std::collections::BTreeMap;

use axum::{Router, extract::State, response::IntoResponse, routing::get};
use kanuki_desk::retention::{self, Kept, Line, Progress};
use kanuki_site::{
    Answer, Visit,
    retention::{KindShown, Others, RetentionPage, body},
};

use crate::{Desk, at_desk};

pub(crate) fn routes() -> Router<Desk> {
    Router::new().route("/desk/retention", get(show))
}

async fn show(State(desk): State<Desk>, visit: Visit) -> Answer {
    at_desk(&*desk, &visit).await?;
    let page = page(&desk.schedule(), &retention::progress(desk.book()).await?);
    let title = visit.t("retention-title");
    let body = body(&visit, &page);
    Ok(visit.desk_page(&desk.meta(&visit, &title, "/desk/risk"), body).into_response())
}

fn page(schedule: &[Line], known: &BTreeMap<String, Progress>) -> RetentionPage {
    let of = |is: fn(Kept) -> bool| -> Vec<&'static str> {
        schedule.iter().filter(|line| is(line.kept)).map(|line| line.kind).collect()
    };
    let others = [
        ("soon", of(|kept| kept == Kept::Soon)),
        ("with", of(|kept| matches!(kept, Kept::With(_)))),
        ("person", of(|kept| kept == Kept::Person)),
        ("books", of(|kept| kept == Kept::Books)),
        ("stands", of(|kept| kept == Kept::Stands)),
    ];
    let (mut kinds, mut months) = (Vec::new(), Vec::new());
    for line in schedule {
        let Kept::Years(years, source) = line.kept else { continue };
        let done = known.get(line.kind).cloned().unwrap_or_default();
        months.extend(done.months.iter().map(|(month, rows)| (month.clone(), line.kind, *rows)));
        let with = |other: &&Line| other.kept == Kept::With(line.kind);
        kinds.push(KindShown {
            kind: line.kind,
            years,
            source: source.name(),
            with: schedule.iter().filter(with).map(|other| other.kind).collect(),
            looked_at: done.rested_at,
            forgotten: done.forgotten,
            forgotten_at: done.forgotten_at,
            waits: done.last.needed.iter().map(|(need, rows)| (need.name(), *rows)).collect(),
        });
    }
    months.sort_by(|a, b| (&b.0, a.1).cmp(&(&a.0, b.1)));
    let others = others.into_iter().filter(|(_, kinds)| !kinds.is_empty());
    RetentionPage {
        kinds,
        others: others.map(|(kept, kinds)| Others { kept, kinds }).collect(),
        months,
    }
}
