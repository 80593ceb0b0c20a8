//! Records of risks at the desk: reading them, and looking at them again in time (FT-01, FT-13).

use axum::{
    Router,
    extract::{Path, State},
    response::{IntoResponse, Redirect},
    routing::{get, post},
};
use http::StatusCode;
use jiff::civil::Date;
use kanuki_desk::risk_record::{
    Kept, Review, Standing,
    review::{Looked, Refused},
};
use kanuki_domain::{
    agreement::{Gap, Lack, today},
    id::{RiskRecordId, StaffId},
};
use kanuki_site::{
    Answer, Problem, Visit,
    csrf::CsrfForm,
    risk_record::{self as pages, Entry, Partner, Reviewed, Typed, entered},
};
use maud::Markup;

use super::{at_desk, name_of, page, reason};
use crate::{WalletState, refusal::problem};

pub(super) fn routes() -> Router<WalletState> {
    Router::new()
        .route("/desk/risk/records", get(list))
        .route("/desk/risk/records/{id}", get(show))
        .route("/desk/risk/records/{id}/review", post(review))
}

/// The partners that have a say, by name.
pub(super) async fn partners(state: &WalletState) -> Result<Vec<Partner>, Problem> {
    let all = state.wallet.partners().await.map_err(problem)?;
    let named = all
        .iter()
        .map(|partner| Partner { id: partner.code.to_string(), name: partner.name.clone() });
    Ok(named.collect())
}

/// On the first page: records whose day has come, or comes soon.
pub(super) async fn notices(state: &WalletState, visit: &Visit) -> Result<Markup, Problem> {
    let due = state.wallet.due_risk_records(&visit.ctx()).await.map_err(problem)?;
    let what =
        |kept: &Kept| (kept.record_id.to_string(), kept.review_by, kept.record.loosens.join("、"));
    let due: Vec<_> = due.iter().map(what).collect();
    Ok(pages::notices(visit, &due, today(visit.now())))
}

async fn list(State(state): State<WalletState>, visit: Visit) -> Answer {
    at_desk(&state, &visit).await?;
    let mut all = Vec::new();
    for kept in state.wallet.risk_records().await.map_err(problem)? {
        all.push(entry(&state, kept).await);
    }
    let (visit, title) = (&visit, visit.t("risk-records"));
    let body = pages::list_body(visit, &all, today(visit.now()));
    Ok(page(visit, &title, "/desk/risk", body).into_response())
}

async fn show(State(state): State<WalletState>, visit: Visit, Path(id): Path<String>) -> Answer {
    let by = at_desk(&state, &visit).await?;
    one(&state, &visit, (by, id_of(&id)?), (&Typed::new(), &[])).await
}

fn id_of(text: &str) -> Result<RiskRecordId, Problem> {
    text.parse().map_err(|_| Problem::not_found())
}

async fn one(
    state: &WalletState,
    visit: &Visit,
    (by, id): (StaffId, RiskRecordId),
    missing: (&Typed, &[Gap]),
) -> Answer {
    let read = state.wallet.read_risk_record(&visit.ctx(), by, id).await.map_err(problem)?;
    let entry = entry(state, read.ok_or_else(Problem::not_found)?).await;
    let partners = partners(state).await?;
    let title = visit.t("risk-record");
    let body = pages::body(visit, (&entry, &partners), today(visit.now()), missing);
    Ok(page(visit, &title, "/desk/risk", body).into_response())
}

/// A record with the names of who stands for it.
async fn entry(state: &WalletState, kept: Kept) -> Entry {
    let decided = match kept.standing {
        Standing::Waiting => None,
        Standing::InForce { by, at }
        | Standing::Declined { by, at }
        | Standing::Over { by, at } => Some((who(state, by).await, at)),
    };
    let mut reviews = Vec::new();
    for Review { found, next, views, by, at, agreed } in
        kept.reviews.iter().chain(&kept.asked).cloned()
    {
        let agreed = match agreed {
            Some((by, _)) => Some(who(state, by).await),
            None => None,
        };
        reviews.push(Reviewed { by: (who(state, by).await, at), agreed, found, next, views });
    }
    Entry {
        id: kept.record_id.to_string(),
        standing: kept.standing.name(),
        can_review: matches!(kept.standing, Standing::InForce { .. }),
        subject: kept.subject,
        record: kept.record,
        sha256: kept.sha256,
        written: (who(state, kept.written_by).await, kept.written_at),
        decided,
        review_by: kept.review_by,
        reviews,
    }
}

async fn who(state: &WalletState, by: StaffId) -> String {
    name_of(state, &by.to_string()).await
}

async fn review(
    State(state): State<WalletState>,
    visit: Visit,
    Path(id): Path<String>,
    CsrfForm(typed): CsrfForm<Typed>,
) -> Answer {
    let by = at_desk(&state, &visit).await?;
    let (id, found) = (id_of(&id)?, reason(entered(&typed, "found"))?);
    let refused = async |gaps: &[Gap]| {
        let page = one(&state, &visit, (by, id), (&typed, gaps)).await?;
        Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
    };
    let looked = match entered(&typed, "act") {
        "back" => Looked { found, ..Looked::default() },
        "keeps" => {
            let Ok(day) = entered(&typed, "next").parse::<Date>() else {
                return refused(&[Gap::new("FT-13", "record.review_by", Lack::Missing)]).await;
            };
            let views = pages::views(&typed, &partners(&state).await?);
            Looked { found, next: Some(day), views }
        }
        _ => return Err(Problem::unprocessable("bad_form")),
    };
    match state.wallet.ask_review(&visit.ctx(), by, id, looked).await {
        Ok(_) => Ok(Redirect::to("/desk/approvals").into_response()),
        Err(Refused::Lacks(gaps)) => refused(&gaps).await,
        Err(Refused::StillLooser) => Err(Problem::conflict("still_looser")),
        Err(Refused::Known) => Err(Problem::conflict("already_asked")),
        Err(Refused::Record(error)) => Err(error.into()),
    }
}
