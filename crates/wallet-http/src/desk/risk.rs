//! The risk engine at the desk: what its rules decided, and which rules are in force.

use axum::{
    Router,
    extract::{Query, State},
    response::{IntoResponse, Redirect},
    routing::{get, post},
};
use http::StatusCode;
use kanuki_desk::{
    case::CaseKind,
    policy::{LIVE, Refused},
    risk_record::Unsigned,
    rule,
    watch::lists_for,
};
use kanuki_desk_http::Company as _;
use kanuki_domain::{agreement::Gap, id::StaffId};
use kanuki_risk::{Key, Policy};
use kanuki_site::{
    Answer, Problem, Visit,
    csrf::CsrfForm,
    risk::{
        Listed, Member, Pasted, PolicyPage, Queued, Which, lists_body, overview_body, policy_body,
        seen_body, text_of,
    },
    risk_record::{Typed, entered, parse},
};
use serde::Deserialize;

use super::{at_desk, name_of, page, reason};
use crate::{WalletState, refusal::problem};

pub(super) fn routes() -> Router<WalletState> {
    Router::new()
        .route("/desk/risk", get(overview))
        .route("/desk/risk/seen", get(seen))
        .route("/desk/risk/policy", get(policy).post(try_policy))
        .route("/desk/risk/lists", get(lists))
        .route("/desk/risk/watch", post(watch))
        .route("/desk/risk/unwatch", post(unwatch))
}

async fn overview(State(state): State<WalletState>, visit: Visit) -> Answer {
    let by = at_desk(&state, &visit).await?;
    let read = state.wallet.read_decisions(&visit.ctx(), by, "all").await;
    let decisions = read.map_err(problem)?;
    let cases = state.wallet.cases(true).await.map_err(problem)?;
    let mut queue = Vec::new();
    for case in cases.iter().filter(|case| case.kind == CaseKind::Rule) {
        let owner = match case.owner {
            Some(id) => Some(name_of(&state, &id.to_string()).await),
            None => None,
        };
        queue.push(Queued {
            case: case.case_id.to_string(),
            rule: rule::of_case(case).unwrap_or_default().to_owned(),
            opened_at: case.opened_at,
            owner,
        });
    }
    let live = state.wallet.risk.policy();
    let title = visit.t("risk-title");
    let body = overview_body(&visit, &live, (&queue, &decisions));
    Ok(page(&visit, &title, "/desk/risk", body).into_response())
}

#[derive(Deserialize)]
struct Looked {
    rule: Option<String>,
    key: Option<String>,
}

async fn seen(
    State(state): State<WalletState>,
    visit: Visit,
    Query(looked): Query<Looked>,
) -> Answer {
    let by = at_desk(&state, &visit).await?;
    let which = Which::asked(looked.rule.as_deref(), looked.key.as_deref());
    let which = which.ok_or_else(Problem::not_found)?;
    let (ctx, wallet) = (visit.ctx(), &state.wallet);
    let read = match (&which.rule, &which.key) {
        (Some(rule), None) => wallet.read_decisions_of(&ctx, by, rule).await,
        _ => wallet.read_decisions(&ctx, by, &which.about()).await,
    };
    let decisions = read.map_err(problem)?;
    if !which.is_among(&decisions) && !is_known(&state, &visit, by, &which).await? {
        return Err(Problem::not_found());
    }
    let title = visit.t("risk-seen");
    let lists = which.key.as_ref().map(|key| lists_for(&state.wallet.risk, key));
    let list = lists.filter(|all| !all.is_empty()).map(|all| all.join("、"));
    let body = seen_body(&visit, (&which, list.as_deref()), &decisions);
    Ok(page(&visit, &title, "/desk/risk", body).into_response())
}

/// Whether there is such a rule, or somebody is watched under this key, although no decision is kept.
async fn is_known(
    state: &WalletState,
    visit: &Visit,
    by: StaffId,
    which: &Which,
) -> Result<bool, Problem> {
    let Some(key) = &which.key else {
        let policy = state.wallet.risk.policy();
        let is_rule = |rule: &String| policy.rules().iter().any(|one| one.name == *rule);
        return Ok(which.rule.as_ref().is_none_or(is_rule));
    };
    let lists = state.wallet.watched(&visit.ctx(), by).await.map_err(problem)?;
    let mut of_subject = lists.iter().filter(|(_, subject, _)| *subject == key.subject());
    Ok(of_subject.any(|(_, _, members)| members.iter().any(|one| one.value == key.value())))
}

async fn lists(State(state): State<WalletState>, visit: Visit) -> Answer {
    let by = at_desk(&state, &visit).await?;
    let mut shown = Vec::new();
    for (list, holds, watched) in state.wallet.watched(&visit.ctx(), by).await.map_err(problem)? {
        let mut members = Vec::new();
        for one in watched {
            let by = name_of(&state, &one.by.to_string()).await;
            let (name, key) = (one.name(), Key::of(holds, one.value));
            members.push(Member { name, key, by, at: one.at, reason: one.reason });
        }
        shown.push(Listed { name: list, holds, members });
    }
    let title = visit.t("risk-lists");
    let body = lists_body(&visit, &shown);
    Ok(page(&visit, &title, "/desk/risk", body).into_response())
}

#[derive(Deserialize)]
struct Watching {
    key: String,
    reason: String,
}

async fn watch(
    State(state): State<WalletState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Watching>,
) -> Answer {
    let by = at_desk(&state, &visit).await?;
    let why = reason(&form.reason)?;
    let key = Which::parse(None, Some(&form.key)).key;
    let key = key.ok_or_else(|| Problem::unprocessable("bad_form"))?;
    state.wallet.watch(&visit.ctx(), by, (&key, &why)).await.map_err(problem)?;
    Ok(Redirect::to("/desk/risk/lists").into_response())
}

#[derive(Deserialize)]
struct Unwatching {
    name: String,
    reason: String,
}

async fn unwatch(
    State(state): State<WalletState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Unwatching>,
) -> Answer {
    let by = at_desk(&state, &visit).await?;
    let why = reason(&form.reason)?;
    let asked = state.wallet.ask_unwatch(&visit.ctx(), by, (&form.name, &why)).await;
    asked.map_err(problem)?;
    Ok(Redirect::to("/desk/approvals").into_response())
}

#[derive(Deserialize)]
struct Version {
    version: Option<String>,
}

/// The rules in force, or a version that was proposed beside them.
async fn policy(
    State(state): State<WalletState>,
    visit: Visit,
    Query(asked): Query<Version>,
) -> Answer {
    let by = at_desk(&state, &visit).await?;
    let live = state.wallet.risk.policy();
    let proposed = match &asked.version {
        Some(version) => {
            let found = state.wallet.policy_version(version).await.map_err(problem)?;
            // Whoever came to agree to a version must never look at another.
            Some(found.ok_or_else(Problem::not_found)?)
        }
        None => None,
    };
    let mut record = None;
    let (text, pasted) = match proposed {
        Some(proposed) => {
            let waiting = state.wallet.waiting_risk_record(LIVE, &proposed.version).await;
            record = waiting.map_err(problem)?.map(|kept| kept.record);
            let compared = state.wallet.compare_policy(&visit.ctx(), by, &proposed.text).await;
            let pasted = pasted(&visit, &proposed.text, compared)?;
            (proposed.text, Some(pasted))
        }
        None => (in_force(&state, &live).await?, None),
    };
    let title = visit.t("risk-policy");
    let shown = PolicyPage {
        live: &live,
        text: &text,
        pasted: pasted.as_ref(),
        partners: &state.partners().await?,
        typed: &Typed::new(),
        gaps: &[],
        record: record.as_ref(),
    };
    let body = policy_body(&visit, &shown);
    Ok(page(&visit, &title, "/desk/risk", body).into_response())
}

/// The text in force: what ships, unless two people put another in its place.
async fn in_force(state: &WalletState, live: &Policy) -> Result<String, Problem> {
    let kept = state.wallet.policy_version(live.version()).await.map_err(problem)?;
    Ok(kept.map_or_else(|| Policy::wallet_text().to_owned(), |version| version.text))
}

async fn try_policy(
    State(state): State<WalletState>,
    visit: Visit,
    CsrfForm(typed): CsrfForm<Typed>,
) -> Answer {
    let by = at_desk(&state, &visit).await?;
    if !visit.allow("policy", 60, 3_600) {
        return Err(Problem::too_many());
    }
    let text = text_of(entered(&typed, "text"));
    if entered(&typed, "act") != "propose" {
        return tried(&state, (&visit, by), (&text, &typed), &[]).await;
    }
    let why = reason(entered(&typed, "reason"))?;
    let record = parse(&typed, &state.partners().await?);
    match state.wallet.propose_policy(&visit.ctx(), by, (&text, &why), Some(record)).await {
        Ok(_) => Ok(Redirect::to("/desk/approvals").into_response()),
        Err(Refused::Unsigned(Unsigned::Lacks(gaps))) => {
            let page = tried(&state, (&visit, by), (&text, &typed), &gaps).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(refused) => Err(refusal(refused)),
    }
}

/// A text beside the one in force, with what was typed about its risks and what is missing of that.
async fn tried(
    state: &WalletState,
    (visit, by): (&Visit, StaffId),
    (text, typed): (&str, &Typed),
    gaps: &[Gap],
) -> Answer {
    let compared = state.wallet.compare_policy(&visit.ctx(), by, text).await;
    let pasted = pasted(visit, text, compared)?;
    let live = state.wallet.risk.policy();
    let title = visit.t("risk-policy");
    let shown = PolicyPage {
        live: &live,
        text,
        pasted: Some(&pasted),
        partners: &state.partners().await?,
        typed,
        gaps,
        record: None,
    };
    let body = policy_body(visit, &shown);
    Ok(page(visit, &title, "/desk/risk", body).into_response())
}

/// What a text came to: its mistakes are for whoever wrote it, and no error.
fn pasted(
    visit: &Visit,
    text: &str,
    compared: Result<kanuki_desk::policy::Comparison, Refused>,
) -> Result<Pasted, Problem> {
    match compared {
        Ok(compared) => Ok(Pasted::Compared {
            live: Box::new(compared.live),
            other: Box::new(compared.other),
            since: compared.since,
            changes: compared.changes,
            loosened: compared.loosened,
        }),
        Err(Refused::Mistakes(mistakes)) => {
            Ok(Pasted::Wrong(mistakes.render(&visit.t("risk-policy-text"), text)))
        }
        Err(
            wrong @ (Refused::TooLong
            | Refused::OtherName { .. }
            | Refused::SameName
            | Refused::Known),
        ) => Ok(Pasted::Wrong(wrong.to_string())),
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
        Refused::Desk(error) => problem(error.into()),
        Refused::Record(error) | Refused::Unsigned(Unsigned::Record(error)) => {
            problem(error.into())
        }
    }
}
