//! Who may read hits of lists and drafts of reports, and asking that somebody may or may no more.

use axum::{
    Router,
    extract::{Path, State},
    response::{IntoResponse, Redirect},
    routing::post,
};
use kanuki_desk::officer::{Officer, Wish, ask};
use kanuki_domain::id::StaffId;
use kanuki_record::{RecordError, Unit};
use kanuki_site::{Answer, Problem, Visit, csrf::CsrfForm};
use serde::Deserialize;

use crate::{Company, Desk, at_desk, refused::problem};

pub(crate) fn routes() -> Router<Desk> {
    Router::new().route("/desk/staff/{id}/officer", post(wish))
}

/// Who is at the desk and has the role. To everybody else at the desk there is no such page.
pub(crate) async fn officer(desk: &dyn Company, visit: &Visit) -> Result<Officer, Problem> {
    let by = at_desk(desk, visit).await?;
    Officer::find(desk.book(), by).await?.ok_or_else(Problem::not_found)
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    reason: String,
    #[serde(default)]
    wish: String,
}

async fn wish(
    State(desk): State<Desk>,
    visit: Visit,
    Path(id): Path<String>,
    CsrfForm(form): CsrfForm<Asked>,
) -> Answer {
    let by = at_desk(&*desk, &visit).await?;
    let staff_id: StaffId = id.parse().map_err(|_| Problem::not_found())?;
    let wish = match form.wish.as_str() {
        "give" => Wish::Give,
        "take" => Wish::Take,
        _ => return Err(Problem::unprocessable("bad_form")),
    };
    let (why, ctx, mut unit) = (desk.reason(&form.reason)?, visit.ctx(), Unit::new());
    let about = (desk.book(), &ctx);
    ask(about, &mut unit, by, (staff_id, wish), &why).await.map_err(problem)?;
    match desk.book().commit(unit).await {
        Ok(()) => Ok(Redirect::to("/desk/approvals").into_response()),
        Err(RecordError::Duplicate { .. }) => Err(Problem::conflict("already_asked")),
        Err(error) => Err(error.into()),
    }
}
