//! At the desk: whether attempts still look like those that the model in force was grown from, and
//! whether its score means what it says.

use axum::{Router, extract::State, response::IntoResponse, routing::get};
use kanuki_desk::{
    calibration::{self, Tenth},
    drift::{self, Compared, DAYS, Day, Moved, ROWS_MIN, Standing},
};
use kanuki_risk::model::Level;
use kanuki_site::{
    Answer, Problem, Visit,
    risk::drift::{DayShown, DriftPage, MovedShown, Shown, TenthShown, body},
};
use maud::{Markup, html};

use crate::{Company, Desk, at_desk, refused::problem};

pub(crate) fn routes() -> Router<Desk> {
    Router::new().route("/desk/risk/drift", get(show))
}

fn moved<'a>(what: Option<&'a str>, moved: &'a Moved) -> MovedShown<'a> {
    MovedShown { what, index: moved.index, level: moved.level, bins: &moved.bins }
}

fn page<'a>(of: &'a Compared, tenths: &[Tenth]) -> DriftPage<'a> {
    let day =
        |one: &Day| DayShown { day: one.day, rows: one.rows, score: one.score, most: one.most };
    let tenth = |one: &Tenth| TenthShown {
        from: one.from,
        found: [one.fraud, one.honest, one.unlabelled],
        said: one.said(),
        was: one.found(),
    };
    let features = of.features.iter().map(|(what, one)| moved(Some(what.as_str()), one));
    DriftPage {
        model: &of.model,
        origin: &of.origin,
        rows: (of.rows, ROWS_MIN),
        span_days: DAYS.unsigned_abs(),
        level: of.level(),
        score: moved(None, &of.score),
        features: features.collect(),
        days: of.days.iter().map(day).collect(),
        tenths: tenths.iter().map(tenth).collect(),
    }
}

async fn show(State(desk): State<Desk>, visit: Visit) -> Answer {
    let by = at_desk(&*desk, &visit).await?;
    let known = drift::read((desk.book(), desk.engine()), &visit.ctx(), by).await;
    let body = match known.map_err(problem)? {
        Standing::NoModel => body(&visit, &Shown::NoModel),
        Standing::NoReference { model } => body(&visit, &Shown::NoReference(&model)),
        Standing::Compared(of) => {
            let tenths = calibration::of_model(desk.book(), &of.model).await?;
            body(&visit, &Shown::Compared(Box::new(page(&of, &tenths))))
        }
    };
    let title = visit.t("drift-title");
    Ok(visit.desk_page(&desk.meta(&visit, &title, "/desk/risk"), body).into_response())
}

/// What the desk's first page says: nothing, unless attempts look unlike those of the training.
pub async fn reminder(desk: &dyn Company, visit: &Visit) -> Result<Markup, Problem> {
    let known = drift::standing((desk.book(), desk.engine()), visit.now()).await?;
    Ok(match known {
        Standing::Compared(of) if of.level() == Level::Apart => {
            kanuki_site::risk::drift::reminder(visit, &of.model)
        }
        Standing::Compared(_) | Standing::NoModel | Standing::NoReference { .. } => html! {},
    })
}
