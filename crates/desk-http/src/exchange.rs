//! The exchange of hashed identifiers at the desk (CL-01): by which right, how much was asked, who is answered
//! about, and confirming and removing by two people.

use axum::{
    Json, Router,
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use http::header;
use kanuki_desk::{
    DeskError,
    case::the_one,
    exchange::{
        self, Confirmed, ExchangeError, Kind, PER_DAY, PartnerLine, Ports, Refused, SET_MAX,
        Standing,
    },
};
use kanuki_domain::id::{CaseId, StaffId};
use kanuki_site::{
    Answer, Problem, Visit,
    csrf::CsrfForm,
    exchange::{ConfirmedShown, LineShown, MonthShown, PAGE, PageShown, body},
};
use serde::{Deserialize, Serialize};

use crate::{Company, Desk, at_desk, name, proof, refused::problem};

/// What one office may ask for in an hour.
const ASKED_MAX: u32 = 60;

/// The largest question, in bytes: it has sixteen hashes at most.
pub const QUESTION_BYTES_MAX: usize = 4_096;

/// Whether anybody may ask at all, looked at before anything else of a question.
///
/// # Errors
///
/// The answer of an address that there is not, or that nobody knows.
pub async fn require_any_open(ports: Ports<'_>, visit: &Visit) -> Result<(), Problem> {
    match exchange::is_any_open(ports, &visit.ctx()).await {
        Ok(true) => Ok(()),
        Ok(false) => Err(Problem::not_found()),
        Err(error) => {
            tracing::warn!(%error, "it is not known whether anybody may ask");
            Err(Problem::unavailable())
        }
    }
}

/// What a partner is told that asked.
pub fn told(answer: Result<impl Serialize, Refused>) -> Response {
    let refused = match answer {
        Ok(answer) => return ([(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response(),
        Err(Refused::Off) => Problem::not_found(),
        Err(Refused::Malformed) => Problem::bad_request("bad_request"),
        Err(Refused::TooMany) => Problem::too_many(),
        Err(Refused::Failed(error)) => {
            tracing::warn!(%error, "a question was not answered");
            Problem::unavailable()
        }
    };
    refused.into_response()
}

pub(crate) fn routes() -> Router<Desk> {
    Router::new()
        .route("/desk/exchange", get(show))
        .route("/desk/exchange/{act}", post(begin))
        .route("/desk/exchange/{id}/{act}", post(act))
}

fn refusal(error: ExchangeError) -> Problem {
    match error {
        ExchangeError::Desk(DeskError::NotAccepted) => Problem::not_found(),
        ExchangeError::Desk(other) => problem(other),
        ExchangeError::Record(error) => error.into(),
        ExchangeError::Nobody => Problem::unprocessable("exchange_nobody"),
        ExchangeError::Unclear => Problem::unprocessable("exchange_unclear"),
        ExchangeError::Full => Problem::conflict("exchange_full"),
        ExchangeError::Company(error) => {
            tracing::error!(%error, "what is known of a person could not be read");
            Problem::unavailable()
        }
    }
}

async fn show(State(desk): State<Desk>, visit: Visit) -> Answer {
    let by = at_desk(&*desk, &visit).await?;
    let view = exchange::view(desk.exchanges(), &visit.ctx(), by).await.map_err(refusal)?;
    let mut confirmed = Vec::new();
    for (row, names) in &view.confirmed {
        confirmed.push(shown(&*desk, by, (row, names)).await);
    }
    let page = PageShown {
        lines: view.partners.into_iter().map(line).collect(),
        confirmed,
        live: view.live,
        most: SET_MAX,
        per_day: PER_DAY,
    };
    let title = visit.t("exchange-title");
    let meta = desk.meta(&visit, &title, "/desk/risk");
    Ok(visit.desk_page(&meta, body(&visit, &page)).into_response())
}

fn line(partner: PartnerLine) -> LineShown {
    let terms = partner.terms;
    let state = match (partner.is_open, partner.is_in_force) {
        (true, _) => "open",
        (false, true) => "keys",
        (false, false) if terms.is_none() => "none",
        (false, false) => "over",
    };
    let months = partner.months.into_iter().map(|(month, row)| MonthShown {
        month,
        asked: [row.asked.0, row.asked.1],
        answered: [row.answered.0, row.answered.1],
        refused: row.refused,
    });
    LineShown {
        name: partner.name,
        state,
        basis: terms.basis,
        decided_by: terms.decided_by,
        review_by: terms.review_by,
        kinds: terms.kinds.iter().map(|kind| kind.name()).collect(),
        our_key: partner.our_key,
        months: months.collect(),
        is_over: partner.is_over,
    }
}

async fn shown(
    desk: &dyn Company,
    looks: StaffId,
    (row, names): (&Confirmed, &[(Kind, String)]),
) -> ConfirmedShown {
    let asked_by = match row.standing {
        Standing::Asked => Some(row.asked_by),
        Standing::Doubted { by, .. } => Some(by),
        Standing::Live { .. } => None,
    };
    let reason = match &row.standing {
        Standing::Doubted { reason, .. } => reason,
        Standing::Asked | Standing::Live { .. } => &row.reason,
    };
    ConfirmedShown {
        case: row.case_id.to_string(),
        kinds: row.kinds.iter().map(|kind| kind.name()).collect(),
        names: names.iter().map(|(_, text)| text.clone()).collect(),
        state: row.standing.name(),
        said: row.said.name(),
        at: row.confirmed_at(),
        by: name(desk, &asked_by.unwrap_or(row.asked_by).to_string()).await,
        reason: reason.clone(),
        is_own: asked_by == Some(looks),
    }
}

#[derive(Deserialize)]
struct Given {
    #[serde(default)]
    case: String,
    #[serde(default)]
    reason: String,
}

fn case_of(text: &str) -> Result<CaseId, Problem> {
    text.trim().parse().map_err(|_| Problem::not_found())
}

/// What one person asks for under a case: that it be confirmed that its person did it, or that partners be
/// asked.
async fn begin(
    State(desk): State<Desk>,
    visit: Visit,
    Path(act): Path<String>,
    CsrfForm(form): CsrfForm<Given>,
) -> Answer {
    let by = at_desk(&*desk, &visit).await?;
    if !visit.allow("exchange", ASKED_MAX, 3_600) {
        return Err(Problem::too_many());
    }
    let (ports, ctx) = (desk.exchanges(), visit.ctx());
    let meant = the_one(desk.book(), &form.case).await?;
    let asked = (meant.ok_or_else(Problem::not_found)?, desk.reason(&form.reason)?);
    let (case, why) = (asked.0, asked.1.as_str());
    let done = match act.as_str() {
        "did_it" => exchange::ask_confirm(ports, &ctx, by, (case, why)).await,
        "ask" => exchange::inquire_of_case(ports, &ctx, by, (case, why)).await,
        _ => return Err(Problem::not_found()),
    };
    done.map_err(refusal)?;
    Ok(Redirect::to(PAGE).into_response())
}

async fn act(
    State(desk): State<Desk>,
    visit: Visit,
    Path((text, act)): Path<(String, String)>,
    CsrfForm(form): CsrfForm<Given>,
) -> Answer {
    let by = at_desk(&*desk, &visit).await?;
    let (id, ctx, ports) = (case_of(&text)?, visit.ctx(), desk.exchanges());
    let done = match act.as_str() {
        "decline" => exchange::decline(ports, &ctx, by, id).await,
        "doubt" => {
            let reason = desk.reason(&form.reason)?;
            exchange::ask_remove(ports, &ctx, by, (id, &reason)).await
        }
        "agree" => {
            proof::require(&visit, PAGE)?;
            exchange::agree(ports, &ctx, by, id).await
        }
        "remove" => {
            proof::require(&visit, PAGE)?;
            exchange::remove(ports, &ctx, by, id).await
        }
        _ => return Err(Problem::not_found()),
    };
    done.map_err(refusal)?;
    Ok(Redirect::to(PAGE).into_response())
}
