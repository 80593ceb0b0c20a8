//! Which rules of risk are in force, and trying others beside them.

use async_trait::async_trait;
use axum::{
    Router,
    extract::{Query, State},
    response::{IntoResponse, Redirect},
    routing::get,
};
use http::StatusCode;
use kanuki_desk::{
    policy::{self, Comparison, LIVE, Refused},
    risk_record::{self, Unsigned},
};
use kanuki_domain::{
    Ctx,
    agreement::Gap,
    id::{ApprovalId, StaffId},
    risk_record::RiskRecord,
};
use kanuki_risk::{Policy, TEXT_MAX};
use kanuki_site::{
    Answer, Problem, Visit,
    csrf::CsrfForm,
    risk::{Pasted, PolicyPage, policy_body, text_of},
    risk_record::{Typed, entered, parse},
};
use serde::Deserialize;

use crate::{Company, Desk, at_desk, refused::problem};

/// What of the rules is the company's own.
#[async_trait]
pub trait Rules {
    /// The text that is in force until two people put another in its place.
    fn shipped_policy(&self) -> &'static str;

    /// What a text would have done with what was recorded, beside the policy in force.
    async fn compare_policy(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        text: &str,
    ) -> Result<Comparison, Refused>;

    /// Asks that a text be put in force; a second person must agree.
    async fn propose_policy(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        what: (&str, &str),
        record: Option<RiskRecord>,
    ) -> Result<ApprovalId, Refused>;
}

pub(crate) fn routes() -> Router<Desk> {
    Router::new().route("/desk/risk/policy", get(show).post(try_one))
}

#[derive(Deserialize)]
struct Version {
    version: Option<String>,
}

/// The rules in force, or a version that was proposed beside them.
async fn show(State(desk): State<Desk>, visit: Visit, Query(asked): Query<Version>) -> Answer {
    let by = at_desk(&*desk, &visit).await?;
    let live = desk.engine().policy();
    let proposed = match &asked.version {
        Some(version) => {
            let found = policy::find(desk.book(), version).await?;
            // Whoever came to agree to a version must never look at another.
            Some(found.ok_or_else(Problem::not_found)?)
        }
        None => None,
    };
    let mut record = None;
    let (text, pasted) = match proposed {
        Some(proposed) => {
            let waiting = risk_record::waiting(desk.book(), LIVE, &proposed.version).await?;
            record = waiting.map(|kept| kept.record.clone());
            let compared = desk.compare_policy(&visit.ctx(), by, &proposed.text).await;
            let pasted = pasted(&visit, compared)?;
            (proposed.text, Some(pasted))
        }
        None => (in_force(&*desk, &live).await?, None),
    };
    let title = visit.t("risk-policy");
    let shown = PolicyPage {
        live: &live,
        text: &text,
        pasted: pasted.as_ref(),
        partners: &desk.partners().await?,
        typed: &Typed::new(),
        gaps: &[],
        record: record.as_ref(),
    };
    let body = policy_body(&visit, &shown);
    Ok(visit.desk_page(&desk.meta(&visit, &title, "/desk/risk"), body).into_response())
}

/// The text in force: what ships, unless two people put another in its place.
async fn in_force(desk: &dyn Company, live: &Policy) -> Result<String, Problem> {
    let kept = policy::find(desk.book(), live.version()).await?;
    Ok(kept.map_or_else(|| desk.shipped_policy().to_owned(), |version| version.text))
}

async fn try_one(
    State(desk): State<Desk>,
    visit: Visit,
    CsrfForm(typed): CsrfForm<Typed>,
) -> Answer {
    let by = at_desk(&*desk, &visit).await?;
    if !visit.allow("policy", 60, 3_600) {
        return Err(Problem::too_many());
    }
    let text = text_of(entered(&typed, "text"));
    if entered(&typed, "act") != "propose" {
        return tried(&*desk, (&visit, by), (&text, &typed), &[]).await;
    }
    let why = desk.reason(entered(&typed, "reason"))?;
    let record = parse(&typed, &desk.partners().await?);
    match desk.propose_policy(&visit.ctx(), by, (&text, &why), Some(record)).await {
        Ok(_) => Ok(Redirect::to("/desk/approvals").into_response()),
        Err(Refused::Unsigned(Unsigned::Lacks(gaps))) => {
            let page = tried(&*desk, (&visit, by), (&text, &typed), &gaps).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(refused) => Err(refusal(refused)),
    }
}

/// A text beside the one in force, with what was typed about its risks and what is missing of that.
async fn tried(
    desk: &dyn Company,
    (visit, by): (&Visit, StaffId),
    (text, typed): (&str, &Typed),
    gaps: &[Gap],
) -> Answer {
    let compared = desk.compare_policy(&visit.ctx(), by, text).await;
    let pasted = pasted(visit, compared)?;
    let live = desk.engine().policy();
    let title = visit.t("risk-policy");
    let shown = PolicyPage {
        live: &live,
        text,
        pasted: Some(&pasted),
        partners: &desk.partners().await?,
        typed,
        gaps,
        record: None,
    };
    let body = policy_body(visit, &shown);
    Ok(visit.desk_page(&desk.meta(visit, &title, "/desk/risk"), body).into_response())
}

/// What a text came to: its mistakes are for whoever wrote it, and no error.
fn pasted(visit: &Visit, compared: Result<Comparison, Refused>) -> Result<Pasted, Problem> {
    match compared {
        Ok(compared) => Ok(Pasted::Compared {
            live: Box::new(compared.live),
            other: Box::new(compared.other),
            since: compared.since,
            whole_since: compared.whole_since,
            changes: compared.changes,
            loosened: compared.loosened,
        }),
        Err(Refused::Mistakes(mistakes)) => Ok(Pasted::Mistaken(mistakes)),
        Err(Refused::TooLong) => {
            let most = u64::try_from(TEXT_MAX.div_euclid(1_024)).unwrap_or_default();
            Ok(Pasted::Wrong(visit.t_args("risk-policy-too-long", &[("kb", most.into())])))
        }
        Err(Refused::OtherName { found, wanted }) => {
            let names = [("found", found.into()), ("wanted", wanted.into())];
            Ok(Pasted::Wrong(visit.t_args("risk-policy-of-another", &names)))
        }
        Err(Refused::SameName) => Ok(Pasted::Wrong(visit.t("risk-policy-same-name"))),
        Err(Refused::Known) => Ok(Pasted::Wrong(visit.t("risk-policy-known"))),
        Err(refused @ (Refused::Unsigned(_) | Refused::Desk(_) | Refused::Record(_))) => {
            Err(refusal(refused))
        }
    }
}

fn refusal(refused: Refused) -> Problem {
    match refused {
        Refused::TooLong | Refused::Mistakes(_) | Refused::OtherName { .. } | Refused::SameName => {
            Problem::unprocessable("policy_wrong")
        }
        Refused::Known => Problem::conflict("already_asked"),
        Refused::Unsigned(Unsigned::Lacks(_) | Unsigned::Uncovered(_)) => {
            Problem::conflict("risk_record_needed")
        }
        Refused::Desk(error) => problem(error),
        Refused::Record(error) | Refused::Unsigned(Unsigned::Record(error)) => error.into(),
    }
}
