//! Records of risks at the desk: reading them, and looking at them again in time (FT-01, FT-13).

use axum::{
    Router,
    extract::{Path, State},
    response::{IntoResponse, Redirect},
    routing::{get, post},
};
use http::StatusCode;
use jiff::{Timestamp, civil::Date};
use kanuki_desk::{
    approval::Approval,
    case::{Case, CaseKind},
    risk_record::{
        self, Kept, Review, Standing,
        review::{self, Looked, Refused},
    },
};
use kanuki_domain::{
    agreement::{Gap, Lack, today},
    id::{RiskRecordId, StaffId},
};
use kanuki_site::{
    Answer, Problem, Visit,
    csrf::CsrfForm,
    risk_record::{self as pages, Entry, Partner, Reviewed, Typed, entered},
    ui::{self, Tone},
};
use maud::{Markup, html};

use crate::{Company, Desk, at_desk, name, refused::problem, settings};

pub(crate) fn routes() -> Router<Desk> {
    Router::new()
        .route("/desk/risk/records", get(list))
        .route("/desk/risk/records/{id}", get(show))
        .route("/desk/risk/records/{id}/review", post(look_again))
}

/// On the first page: records whose day has come, or comes soon.
pub async fn notices(desk: &dyn Company, visit: &Visit) -> Result<Markup, Problem> {
    let (due, partners) = (review::due(desk.book(), visit.now()).await?, desk.partners().await?);
    let what = |kept: &Kept| {
        let what = pages::in_a_line(visit, &kept.record.loosens, &partners);
        (kept.record_id.to_string(), kept.review_by, what)
    };
    let due: Vec<_> = due.iter().map(|kept| what(kept)).collect();
    let due = pages::notices(visit, &due, today(visit.now()));
    Ok(html! { (settings::reminder(desk, visit).await?) (due) })
}

/// On the page of a case about a review: nobody closes it alone, and where what ends it is done. Nothing on
/// another one's.
#[must_use]
pub fn of_case(visit: &Visit, case: &Case) -> Markup {
    if case.kind != CaseKind::ReviewDue || case.closed_at.is_some() {
        return html! {};
    }
    let of = case.about.strip_prefix("review|").unwrap_or(&case.about);
    let (href, word) = match of.parse::<RiskRecordId>() {
        Ok(id) => (format!("{}/{id}", pages::BASE), "review-case-record"),
        Err(_) => (format!("/desk/partners/{of}"), "review-case-partner"),
    };
    let what = html! {
        p { (visit.t("review-case-what")) }
        p { a href=(href) { (visit.t(word)) } }
    };
    ui::notice(Tone::Info, &visit.t("review-case"), what)
}

async fn list(State(desk): State<Desk>, visit: Visit) -> Answer {
    at_desk(&*desk, &visit).await?;
    let mut all = Vec::new();
    for kept in risk_record::all(desk.book()).await? {
        all.push(entry(&*desk, kept.into_inner()).await);
    }
    let (visit, title) = (&visit, visit.t("risk-records"));
    let body = pages::list_body(visit, (&all, &desk.partners().await?), today(visit.now()));
    Ok(visit.desk_page(&desk.meta(visit, &title, "/desk/risk"), body).into_response())
}

async fn show(State(desk): State<Desk>, visit: Visit, Path(id): Path<String>) -> Answer {
    let by = at_desk(&*desk, &visit).await?;
    one(&*desk, &visit, (by, id_of(&id)?), (&Typed::new(), &[])).await
}

fn id_of(text: &str) -> Result<RiskRecordId, Problem> {
    text.parse().map_err(|_| Problem::not_found())
}

async fn one(
    desk: &dyn Company,
    visit: &Visit,
    (by, id): (StaffId, RiskRecordId),
    missing: (&Typed, &[Gap]),
) -> Answer {
    let read = risk_record::read(desk.book(), &visit.ctx(), by, id).await?;
    let kept = read.ok_or_else(Problem::not_found)?;
    let partners = concerned(desk, &kept).await?;
    let entry = entry(desk, kept).await;
    let title = visit.t("risk-record");
    let body = pages::body(visit, (&entry, &partners), today(visit.now()), missing);
    Ok(visit.desk_page(&desk.meta(visit, &title, "/desk/risk"), body).into_response())
}

/// A record with the names of who stands for it.
async fn entry(desk: &dyn Company, kept: Kept) -> Entry {
    let (decided, ended) = match kept.standing {
        Standing::Waiting => (None, None),
        Standing::InForce { .. } => (kept.agreed(), None),
        Standing::Declined { by, at } => (Some((by, at)), None),
        Standing::Over { by, at } => (kept.agreed(), Some((by, at))),
    };
    let decided = named(desk, decided).await;
    let ended = named(desk, ended).await;
    let mut reviews = Vec::new();
    for Review { found, next, views, by, at, agreed } in
        kept.reviews.iter().chain(&kept.asked).cloned()
    {
        let agreed = match agreed {
            Some((by, _)) => Some(who(desk, by).await),
            None => None,
        };
        reviews.push(Reviewed { by: (who(desk, by).await, at), agreed, found, next, views });
    }
    Entry {
        id: kept.record_id.to_string(),
        standing: kept.standing.name(),
        can_review: matches!(kept.standing, Standing::InForce { .. }),
        subject: kept.subject,
        record: kept.record,
        sha256: kept.sha256,
        written: (who(desk, kept.written_by).await, kept.written_at),
        decided,
        ended,
        review_by: kept.review_by,
        reviews,
    }
}

async fn named(
    desk: &dyn Company,
    one: Option<(StaffId, Timestamp)>,
) -> Option<(String, Timestamp)> {
    let (by, at) = one?;
    Some((who(desk, by).await, at))
}

async fn who(desk: &dyn Company, by: StaffId) -> String {
    name(desk, &by.to_string()).await
}

async fn look_again(
    State(desk): State<Desk>,
    visit: Visit,
    Path(id): Path<String>,
    CsrfForm(typed): CsrfForm<Typed>,
) -> Answer {
    let by = at_desk(&*desk, &visit).await?;
    let (id, found) = (id_of(&id)?, desk.reason(entered(&typed, "found"))?);
    let refused = async |gaps: &[Gap]| {
        let page = one(&*desk, &visit, (by, id), (&typed, gaps)).await?;
        Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
    };
    let looked = match entered(&typed, "act") {
        "back" => Looked { found, ..Looked::default() },
        "keeps" => {
            let Ok(day) = entered(&typed, "next").parse::<Date>() else {
                return refused(&[Gap::new("FT-13", "record.review_by", Lack::Missing)]).await;
            };
            let kept = desk.book().find::<Kept>(id).await?.ok_or_else(Problem::not_found)?;
            let views = pages::views(&typed, &concerned(&*desk, &kept).await?);
            Looked { found, next: Some(day), views }
        }
        _ => return Err(Problem::unprocessable("bad_form")),
    };
    match desk.ask_review(&visit.ctx(), by, id, looked).await {
        Ok(_) => Ok(Redirect::to("/desk/approvals").into_response()),
        Err(Refused::Lacks(gaps)) => refused(&gaps).await,
        Err(Refused::StillLooser) => Err(Problem::conflict("still_looser")),
        Err(Refused::Known) => Err(Problem::conflict("already_asked")),
        Err(Refused::Desk(error)) => Err(problem(error)),
        Err(Refused::Record(error)) => Err(error.into()),
    }
}

/// Beside something that waits for a second person: the record of risks that goes with it, if one does.
pub async fn asked_with(
    desk: &dyn Company,
    visit: &Visit,
    approval: &Approval,
) -> Result<Option<(String, Markup)>, Problem> {
    let waiting = risk_record::waiting(desk.book(), &approval.act, &approval.subject).await?;
    Ok(waiting.map(|kept| pages::beside(visit, &kept.record_id.to_string())))
}

/// The partners that have a say in a record.
async fn concerned(desk: &dyn Company, kept: &Kept) -> Result<Vec<Partner>, Problem> {
    let mut partners = desk.partners().await?;
    partners.retain(|one| kept.partner.as_ref().is_none_or(|only| *only == one.id));
    Ok(partners)
}
