//! What this company was started with, and a start from a looser file that was refused and waits for two
//! people (FT-01, INC-17).

use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use http::StatusCode;
use kanuki_desk::{
    risk_record::Unsigned,
    settings::{self, Coming, NotAsked},
};
use kanuki_domain::agreement::Gap;
use kanuki_site::{
    Answer, Problem, Visit,
    csrf::CsrfForm,
    risk_record::{Typed, entered, parse},
    settings::{self as pages, Refused, SettingsPage},
};
use maud::Markup;

use crate::{Company, Desk, at_desk, refused::problem};

pub(crate) fn routes() -> Router<Desk> {
    Router::new().route("/desk/settings", get(show).post(ask))
}

/// What was refused and still would be, each with whether it is signed.
async fn coming(desk: &dyn Company, visit: &Visit) -> Result<Vec<(Coming, bool)>, Problem> {
    let partners = desk.partners().await?.into_iter().map(|one| one.id);
    let partners: Vec<String> = partners.collect();
    Ok(settings::coming(desk.book(), visit.now(), &partners).await?)
}

/// On the first page: that a start was refused and that nobody has signed what it would loosen.
pub(crate) async fn reminder(desk: &dyn Company, visit: &Visit) -> Result<Markup, Problem> {
    let coming = coming(desk, visit).await?;
    Ok(pages::reminder(visit, coming.iter().any(|(_, is_signed)| !is_signed)))
}

async fn show(State(desk): State<Desk>, visit: Visit) -> Answer {
    at_desk(&*desk, &visit).await?;
    page(&*desk, &visit, (&Typed::new(), &[])).await
}

async fn page(desk: &dyn Company, visit: &Visit, missing: (&Typed, &[Gap])) -> Answer {
    let known = settings::in_force(desk.book()).await?;
    let coming = coming(desk, visit).await?;
    let refused = coming.into_iter().map(|(coming, is_signed)| Refused {
        loosened: settings::loosened(&coming.changes),
        id: coming.coming_id,
        changes: coming.changes,
        at: coming.refused_at,
        is_signed,
    });
    let body = pages::body(
        visit,
        &SettingsPage {
            in_force: known.map(|known| (known.settings, known.since)),
            refused: refused.collect(),
            partners: desk.partners().await?,
        },
        missing,
    );
    let title = visit.t("settings-title");
    Ok(visit.desk_page(&desk.meta(visit, &title, "/desk/risk"), body).into_response())
}

async fn ask(State(desk): State<Desk>, visit: Visit, CsrfForm(typed): CsrfForm<Typed>) -> Answer {
    let by = at_desk(&*desk, &visit).await?;
    let why = desk.reason(entered(&typed, "reason"))?;
    let record = parse(&typed, &desk.partners().await?);
    let about = (entered(&typed, "coming"), why.as_str());
    match desk.ask_settings(&visit.ctx(), by, about, Some(record)).await {
        Ok(_) => Ok(Redirect::to("/desk/approvals").into_response()),
        Err(NotAsked::Unsigned(Unsigned::Lacks(gaps))) => {
            let page: Response = page(&*desk, &visit, (&typed, &gaps)).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(NotAsked::Unsigned(unsigned)) => Err(problem(unsigned.into())),
        Err(NotAsked::Known) => Err(Problem::conflict("already_asked")),
        Err(NotAsked::Record(error)) => Err(error.into()),
    }
}
