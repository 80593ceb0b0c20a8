//! The compensation policy at the desk: the text in force, another one beside it, and what of the one
//! in force it takes away (FT-24 to FT-28, FT-01).

use axum::{
    Router,
    extract::{Query, State},
    response::{IntoResponse, Redirect},
    routing::get,
};
use http::StatusCode;
use kanuki_desk::{
    approval::Approval,
    compensation::{self as policies, LIVE, Refused, in_force},
    risk_record::{self, Unsigned},
};
use kanuki_domain::{agreement::Gap, compensation::Policy, risk_record::RiskRecord};
use kanuki_site::{
    Answer, Problem, Visit,
    compensation::{DeskPage, Fault, Pasted, Wrong, changes, desk_body, fault, read, written},
    csrf::CsrfForm,
    risk::text_of,
    risk_record::{Typed, entered, parse},
};
use maud::Markup;
use serde::Deserialize;

use crate::{Company, Desk, at_desk, refused::problem};

pub(crate) fn routes() -> Router<Desk> {
    Router::new().route("/desk/compensation", get(policy).post(try_policy))
}

#[derive(Deserialize)]
struct Asked {
    version: Option<String>,
}

/// What stands in the page.
#[derive(Default)]
struct Shown<'a> {
    text: &'a str,
    pasted: Option<Pasted>,
    typed: Typed,
    gaps: &'a [Gap],
    record: Option<RiskRecord>,
}

/// The policy in force, or a version that is proposed beside it.
async fn policy(State(desk): State<Desk>, visit: Visit, Query(asked): Query<Asked>) -> Answer {
    at_desk(&*desk, &visit).await?;
    let book = desk.book();
    let Some(version) = &asked.version else {
        let text = written(&in_force(book).await?.0);
        return shown(&*desk, &visit, Shown { text: &text, ..Shown::default() }).await;
    };
    // Whoever came to agree to a version must never look at another.
    let found = policies::find(book, version).await?.ok_or_else(Problem::not_found)?;
    let waiting = risk_record::waiting(book, LIVE, version).await?;
    let page = Shown {
        text: &found.text,
        pasted: Some(Pasted::Whole(Box::new(found.policy))),
        record: waiting.map(|kept| kept.record.clone()),
        ..Shown::default()
    };
    shown(&*desk, &visit, page).await
}

async fn shown(desk: &dyn Company, visit: &Visit, page: Shown<'_>) -> Answer {
    let loosened = match &page.pasted {
        Some(Pasted::Whole(policy)) => policies::loosened(desk.book(), policy).await?,
        Some(Pasted::Wrong(_)) | None => Vec::new(),
    };
    let (live, _) = in_force(desk.book()).await?;
    let body = desk_body(
        visit,
        &DeskPage {
            text: page.text,
            pasted: page.pasted.as_ref(),
            loosened: &loosened,
            partners: &desk.partners().await?,
            typed: &page.typed,
            gaps: page.gaps,
            record: page.record.as_ref(),
            live: &live,
        },
    );
    let title = visit.t("compensation-desk-title");
    Ok(visit.desk_page(&desk.meta(visit, &title, "/desk"), body).into_response())
}

/// What an approval about a policy would change of the one in force; nothing where it is about something
/// else.
pub(crate) async fn asked_for(
    desk: &dyn Company,
    visit: &Visit,
    approval: &Approval,
) -> Result<Vec<(String, Markup)>, Problem> {
    if approval.act != LIVE {
        return Ok(Vec::new());
    }
    let book = desk.book();
    let Some(asked) = policies::find(book, &approval.subject).await? else { return Ok(Vec::new()) };
    let (live, _) = in_force(book).await?;
    Ok(vec![(visit.t("compensation-changes"), changes(visit, &live, &asked.policy))])
}

/// A text as a policy that contradicts nothing that was agreed with a partner.
async fn read_whole(desk: &dyn Company, text: &str) -> Result<Result<Policy, Vec<Fault>>, Problem> {
    let policy = match read(text) {
        Ok(policy) => policy,
        Err(faults) => return Ok(Err(faults)),
    };
    let agreed = desk.agreed_compensation().await?;
    let against = agreed.iter().flat_map(|one| policy.contradicts(one));
    let faults: Vec<Fault> = against.map(|gap| fault(text, &gap)).collect();
    Ok(if faults.is_empty() { Ok(policy) } else { Err(faults) })
}

async fn try_policy(
    State(desk): State<Desk>,
    visit: Visit,
    CsrfForm(typed): CsrfForm<Typed>,
) -> Answer {
    let by = at_desk(&*desk, &visit).await?;
    if !visit.allow("policy", 60, 3_600) {
        return Err(Problem::too_many());
    }
    let text = text_of(entered(&typed, "text"));
    let is_proposed = entered(&typed, "act") == "propose";
    let why = if is_proposed { desk.reason(entered(&typed, "reason"))? } else { String::new() };
    let page = Shown { text: &text, typed, ..Shown::default() };
    let policy = match read_whole(&*desk, &text).await? {
        Ok(policy) => policy,
        Err(faults) => {
            let pasted = Some(Pasted::Wrong(faults));
            return shown(&*desk, &visit, Shown { pasted, ..page }).await;
        }
    };
    let pasted = Some(Pasted::Whole(Box::new(policy.clone())));
    if !is_proposed {
        return shown(&*desk, &visit, Shown { pasted, ..page }).await;
    }
    let record = parse(&page.typed, &desk.partners().await?);
    let about = (why.as_str(), Some(record));
    match desk.propose_compensation(&visit.ctx(), by, (policy, &text), about).await {
        Ok(_) => Ok(Redirect::to("/desk/approvals").into_response()),
        Err(Refused::Known) => {
            let pasted = Some(Pasted::Wrong(vec![Fault { line: 1, what: Wrong::Known }]));
            shown(&*desk, &visit, Shown { pasted, ..page }).await
        }
        Err(Refused::Unsigned(Unsigned::Lacks(gaps))) => {
            let page = shown(&*desk, &visit, Shown { pasted, gaps: &gaps, ..page }).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(Refused::Unsigned(unsigned)) => Err(problem(unsigned.into())),
        Err(Refused::Gaps) => Err(Problem::not_found()),
        Err(Refused::Record(error)) => Err(error.into()),
    }
}
