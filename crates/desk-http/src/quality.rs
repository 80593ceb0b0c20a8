//! What the rules are worth, at the desk: figures over time and by rule, and what cases turned out to be.

use axum::{
    Router,
    extract::{Path, State},
    response::{IntoResponse, Redirect},
    routing::{get, post},
};
use kanuki_desk::{
    DeskError,
    quality::{self, Figures, Found, Judged, OfRule, Span},
};
use kanuki_domain::id::CaseId;
use kanuki_site::{
    Answer, Problem, Visit,
    csrf::CsrfForm,
    risk::quality::{CaseShown, PAGE, QualityPage, RuleShown, SpanShown, quality_body},
};
use serde::Deserialize;

use crate::{Desk, at_desk, name, refused::problem};

pub(crate) fn routes() -> Router<Desk> {
    Router::new()
        .route("/desk/risk/quality", get(show))
        .route("/desk/risk/quality/{id}", post(judge))
}

fn span(span: &Span) -> SpanShown {
    let followed = span.followed;
    SpanShown {
        from: span.from,
        challenged: followed.challenged,
        held: followed.held,
        declined: followed.declined,
    }
}

fn rule(of: &OfRule) -> RuleShown {
    let share = |part: u64| part.saturating_mul(100).checked_div(of.times).unwrap_or(0);
    let followed = of.followed;
    RuleShown {
        times: of.times,
        day: of.day,
        moved: of.moved(),
        shares: [followed.challenged, followed.held, followed.declined].map(share),
        yen: of.yen,
        found: [of.fraud, of.honest],
        false_positives: of.false_positive_percent(),
    }
}

async fn show(State(desk): State<Desk>, visit: Visit) -> Answer {
    let by = at_desk(&*desk, &visit).await?;
    let decisions = desk.read_decisions(&visit.ctx(), by, "quality").await?;
    let cases = quality::cases(desk.book()).await?;
    let Figures { hours, days, rules, since } = quality::figures(visit.now(), &decisions, &cases);
    let mut shown = Vec::new();
    for Judged { case_id, rule, opened_at, finding } in cases {
        let found = match finding {
            Some(one) => Some((one.found.name(), name(&*desk, &one.by.to_string()).await)),
            None => None,
        };
        shown.push(CaseShown { case: case_id.to_string(), rule, opened_at, found });
    }
    let page = QualityPage {
        policy: &desk.engine().policy(),
        hours: &hours.iter().map(span).collect::<Vec<_>>(),
        days: &days.iter().map(span).collect::<Vec<_>>(),
        rules: &rules.iter().map(|(name, of)| (name.clone(), rule(of))).collect(),
        cases: &shown,
        kept: (u64::try_from(decisions.len()).unwrap_or(u64::MAX), since),
    };
    let title = visit.t("quality-title");
    let body = quality_body(&visit, &page);
    Ok(visit.desk_page(&desk.meta(&visit, &title, "/desk/risk"), body).into_response())
}

#[derive(Deserialize)]
struct Said {
    #[serde(default)]
    found: String,
}

async fn judge(
    State(desk): State<Desk>,
    visit: Visit,
    Path(text): Path<String>,
    CsrfForm(form): CsrfForm<Said>,
) -> Answer {
    let by = at_desk(&*desk, &visit).await?;
    let case_id: CaseId = text.parse().map_err(|_| Problem::not_found())?;
    let found = Found::parse(&form.found).ok_or_else(|| Problem::unprocessable("bad_form"))?;
    let noted = quality::note(desk.book(), &visit.ctx(), by, (case_id, found)).await;
    noted.map_err(|error| match error {
        DeskError::NotAccepted => Problem::not_found(),
        other => problem(other),
    })?;
    Ok(Redirect::to(PAGE).into_response())
}
