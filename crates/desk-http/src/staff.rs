//! Who works here, and ending somebody's access.

use axum::{
    Router,
    extract::{Path, State},
    response::{IntoResponse, Redirect},
    routing::{get, post},
};
use kanuki_desk::{
    leaving::{self, Member, Presence},
    staff::Staff,
};
use kanuki_domain::id::StaffId;
use kanuki_record::{RecordError, Unit};
use kanuki_site::{
    Answer, Problem, Visit,
    csrf::CsrfForm,
    staff::{self, Colleague, PATH, Stands},
};
use serde::Deserialize;

use crate::{Desk, at_desk, refused::problem};

pub(crate) fn routes() -> Router<Desk> {
    Router::new().route("/desk/staff", get(list)).route("/desk/staff/{id}/end", post(ask_end))
}

fn colleague(member: &Member) -> Colleague {
    let stands = match member.presence {
        Presence::Works => Stands::Works,
        Presence::Invited { until } => Stands::Invited(until),
        Presence::Lapsed => Stands::Lapsed,
        Presence::Left { at } => Stands::Left(at),
    };
    let (id, name) = (member.staff_id.to_string(), member.name.clone());
    Colleague { id, name, stands, is_officer: member.is_officer }
}

async fn list(State(desk): State<Desk>, visit: Visit) -> Answer {
    at_desk(&*desk, &visit).await?;
    let members = leaving::members(desk.book(), visit.now()).await?;
    let all: Vec<Colleague> = members.iter().map(colleague).collect();
    let title = visit.t("staff-title");
    let body = staff::list(&visit, &title, &all);
    Ok(visit.desk_page(&desk.meta(&visit, &title, PATH), body).into_response())
}

#[derive(Deserialize)]
struct Why {
    reason: String,
}

async fn ask_end(
    State(desk): State<Desk>,
    visit: Visit,
    Path(id): Path<String>,
    CsrfForm(form): CsrfForm<Why>,
) -> Answer {
    let by = at_desk(&*desk, &visit).await?;
    let id: StaffId = id.parse().map_err(|_| Problem::not_found())?;
    let why = desk.reason(&form.reason)?;
    let works = desk.book().find::<Staff>(id).await?.filter(|staff| staff.left_at.is_none());
    works.ok_or_else(Problem::not_found)?;
    let (ctx, mut unit) = (visit.ctx(), Unit::new());
    leaving::ask((desk.book(), &ctx), &mut unit, by, id, &why).await.map_err(problem)?;
    match desk.book().commit(unit).await {
        Ok(()) => Ok(Redirect::to("/desk/approvals").into_response()),
        Err(RecordError::Duplicate { .. }) => Err(Problem::conflict("already_asked")),
        Err(error) => Err(error.into()),
    }
}
