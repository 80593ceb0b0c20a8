//! What is done here on what a partner tells, in words, and the links that go on with care.

use axum::{
    Router,
    extract::{Query, State},
    response::{IntoResponse, Redirect},
    routing::{get, post},
};
use kanuki_desk::signal::{self, Delivery, SignalError, StreamStatus, caution, policy::Row};
use kanuki_site::{
    Answer, Problem, Visit,
    csrf::CsrfForm,
    registry::{ActionShown, CareShown, LessShown, SIGNALS, signals_body},
    risk_record::Partner,
};
use serde::Deserialize;

use crate::{Desk, at_desk, refused::hidden};

pub(crate) fn routes() -> Router<Desk> {
    Router::new()
        .route("/desk/signals/policy", get(show))
        .route("/desk/signals/ease", post(ask_ease))
        .route("/desk/signals/restore", post(restore))
}

#[derive(Deserialize)]
struct Shown {
    #[serde(default)]
    after: String,
}

async fn show(State(desk): State<Desk>, visit: Visit, Query(shown): Query<Shown>) -> Answer {
    at_desk(&*desk, &visit).await?;
    let table = desk.signals();
    let action = |row: Row| ActionShown {
        event: row.event,
        level: row.level.name(),
        measure: row.actions.measure.name(),
        notifies: row.actions.notifies,
        is_least: row.has_floor(),
    };
    let rows: Vec<ActionShown> = table.rows().into_iter().map(action).collect();
    let names = desk.partners().await?;
    let (cautions, more) = caution::page(desk.book(), visit.now(), &shown.after).await?;
    let cautions: Vec<CareShown> = cautions
        .into_iter()
        .map(|one| {
            let known = names.iter().find(|partner| partner.id == one.partner);
            CareShown {
                partner: known.map_or(one.partner, |partner| partner.name.clone()),
                link: one.link,
                event: one.event,
                heard_at: one.heard_at,
                lowered_until: one.lowered_until,
                held_until: one.held_until.filter(|until| visit.now() < *until),
            }
        })
        .collect();
    let title = visit.t("signals-title");
    let less = hears_less(&desk, &names).await?;
    let care = (cautions.as_slice(), more.as_deref());
    let body = signals_body(&visit, (&rows, table.is_shipped()), care, &less);
    Ok(visit.desk_page(&desk.meta(&visit, &title, "/desk/partners"), body).into_response())
}

async fn hears_less(desk: &Desk, names: &[Partner]) -> Result<Vec<LessShown>, Problem> {
    let ids: Vec<String> = names.iter().map(|partner| partner.id.clone()).collect();
    let less = signal::hears_less(desk.book(), &ids).await.map_err(unrestored)?;
    let name = |id: &str| names.iter().find(|partner| partner.id == id).map(|one| one.name.clone());
    Ok(less
        .into_iter()
        .map(|one| LessShown {
            partner: name(&one.receiver).unwrap_or_default(),
            status: match one.status {
                StreamStatus::Enabled => None,
                StreamStatus::Paused => Some("paused"),
                StreamStatus::Disabled => Some("disabled"),
            },
            is_fetched: one.delivery == Delivery::Poll,
            unwanted: one.unwanted,
            muted: one.muted,
            reason: one.reason,
            receiver: one.receiver,
        })
        .collect())
}

fn unrestored(error: SignalError) -> Problem {
    match error {
        SignalError::Record(error) => error.into(),
        SignalError::Malformed(_)
        | SignalError::Unknown
        | SignalError::Exists
        | SignalError::TooSoon => Problem::not_found(),
    }
}

#[derive(Deserialize)]
struct Restoring {
    receiver: String,
    reason: String,
}

async fn restore(
    State(desk): State<Desk>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Restoring>,
) -> Answer {
    let by = at_desk(&*desk, &visit).await?;
    let why = desk.reason(&form.reason)?;
    let about = (form.receiver.as_str(), why.as_str());
    desk.restore_stream(&visit.ctx(), by, about).await.map_err(unrestored)?;
    Ok(Redirect::to(SIGNALS).into_response())
}

#[derive(Deserialize)]
struct Easing {
    link: String,
    reason: String,
}

async fn ask_ease(
    State(desk): State<Desk>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Easing>,
) -> Answer {
    let by = at_desk(&*desk, &visit).await?;
    let why = desk.reason(&form.reason)?;
    let about = (form.link.as_str(), why.as_str());
    caution::ask_end(desk.book(), &visit.ctx(), by, about).await.map_err(hidden)?;
    Ok(Redirect::to("/desk/approvals").into_response())
}
