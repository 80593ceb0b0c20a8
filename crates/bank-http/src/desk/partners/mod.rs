//! The registry of partners at the desk: the list, one partner, its versions.

mod propose;
mod version;

use axum::{
    Router,
    extract::{Path, State},
    response::{IntoResponse, Redirect},
    routing::{get, post},
};
use kanuki_bank::{desk::Scope, partner::Partner};
use kanuki_desk::{
    registry::{self, Origin, Step, Version},
    signal::line::{self, LineWatch},
};
use kanuki_domain::agreement::today;
use kanuki_site::{
    Answer, Problem, Visit,
    csrf::CsrfForm,
    registry::{self as pages, Changed, Def, Entered, LineShown, Listed, Shown},
    ui::{self, Field, Look, Tone},
};
use maud::{Markup, html};
use serde::Deserialize;

use crate::{
    BankState,
    desk::{self, cases::reason},
    refusal::problem,
};

/// Where the registry is.
const BASE: &str = "/desk/partners";
/// Where a version is proposed.
const PROPOSE: &str = "/desk/propose";

pub(super) fn routes() -> Router<BankState> {
    Router::new()
        .route("/desk/partners", get(list))
        .route("/desk/partners/{id}", get(show))
        .route("/desk/partners/{id}/remove", post(ask_remove))
        .route("/desk/partners/{id}/{number}", get(version::show))
        .route("/desk/partners/{id}/{number}/sign", post(version::sign))
        .route("/desk/partners/{id}/{number}/decline", post(version::decline))
        .route("/desk/propose", get(propose::form).post(propose::propose))
        .route("/desk/propose/file", post(propose::file))
}

/// Every field of a partner, in the order of the form.
fn defs() -> Vec<Def> {
    let mut all: Vec<Def> = [
        ("client_id", Entered::Line),
        ("name", Entered::Line),
        ("redirect_uris", Entered::Lines),
        ("issuer", Entered::Line),
        ("events_url", Entered::Line),
        ("jwks", Entered::Keys),
        ("profile.jwks_uri", Entered::Optional),
        ("set_jwks", Entered::Keys),
        ("profile.dpop_nonce", Entered::Flag),
        ("profile.message_signing", Entered::Flag),
        ("profile.decoupled", Entered::Flag),
        ("profile.notification_endpoint", Entered::Optional),
        ("profile.tls", Entered::Json),
        ("profile.collector_codes", Entered::Lines),
        ("profile.descriptor", Entered::Optional),
        ("caps.per_day", Entered::Optional),
        ("caps.per_month", Entered::Optional),
        ("caps.payouts_per_day", Entered::Optional),
    ]
    .into_iter()
    .map(|(path, entered)| Def::new(path, entered))
    .collect();
    all.extend(pages::within(pages::defs()));
    all
}

/// Partners whose assessment is to be looked at again, for the first page of the desk too.
pub(super) async fn reviews(state: &BankState, visit: &Visit) -> Result<Markup, Problem> {
    let today = today(visit.now());
    let all = state.bank.partners().await.map_err(problem)?;
    Ok(html! {
        @for line in lines(state).await? { (pages::line_notice(visit, &line)) }
        @for partner in &all {
            (pages::review_notice(visit, &partner.name, &partner.agreement, today))
        }
    })
}

/// What is known of each line to us.
async fn lines(state: &BankState) -> Result<Vec<LineShown>, Problem> {
    let mut lines = Vec::new();
    for partner in state.bank.partners().await.map_err(problem)? {
        let known = line::all(&state.bank.book, std::slice::from_ref(&partner.client_id)).await?;
        let of_it = |line: LineWatch| LineShown {
            name: partner.name.clone(),
            heard_at: line.heard_at,
            silent_since: line.silent_since,
        };
        lines.extend(known.into_iter().map(of_it));
    }
    Ok(lines)
}

async fn list(State(state): State<BankState>, visit: Visit) -> Answer {
    desk::at_desk(&state, &visit).await?;
    let today = today(visit.now());
    let versions = registry::everyone::<Partner>(&state.bank.book).await?;
    let mut all: Vec<Listed> = Vec::new();
    for version in &versions {
        let subject = version.subject.clone();
        if all.last().is_none_or(|one| one.subject != subject) {
            let scope = Scope::Partner(subject.clone());
            let is_stopped =
                state.bank.is_gate_closed(&visit.ctx(), &scope).await.map_err(problem)?;
            let name = version.content.name.clone();
            let (live, waiting, review_by) = (None, None, None);
            all.push(Listed { subject, name, live, waiting, is_stopped, review_by });
        }
        let Some(one) = all.last_mut() else { continue };
        match version.step {
            Step::Live => {
                one.live = Some(version.number);
                one.name.clone_from(&version.content.name);
                one.review_by = pages::open_until(&version.content.agreement);
            }
            Step::Waiting => one.waiting = Some(version.number),
            Step::Past | Step::Declined | Step::Removed => {}
        }
    }
    let title = visit.t("reg-title");
    let body = html! {
        (ui::heading(&title, Some(&visit.t("reg-lead"))))
        (reviews(&state, &visit).await?)
        @if all.is_empty() { (pages::empty_list(&visit, PROPOSE)) } @else {
            (pages::list_table(&visit, BASE, &all, today))
            (pages::line_list(&visit, &lines(&state).await?))
            (ui::actions(ui::link_button(Look::Primary, PROPOSE, &visit.t("reg-propose"))))
        }
    };
    Ok(visit.desk_page(&desk::meta(&visit, &title, BASE), body).into_response())
}

/// A version as it is shown.
async fn shown(state: &BankState, visit: &Visit, version: &Version<Partner>) -> Shown {
    let (proposed_by, signers) = match &version.origin {
        Origin::Configuration { signers } => (None, signers.clone()),
        Origin::Staff { by } => (Some(desk::name(state, &by.to_string()).await), Vec::new()),
    };
    let signed = match &version.signature {
        Some(signed) => Some((desk::name(state, &signed.by.to_string()).await, signed.at)),
        None => None,
    };
    let ended = match &version.ended {
        Some((by, at)) => Some((desk::name(state, by).await, *at)),
        None => None,
    };
    let changes = version.changes.iter().map(|change| Changed {
        path: change.path.clone(),
        before: change.before.clone(),
        after: change.after.clone(),
        effect: change.effect,
    });
    Shown {
        subject: version.subject.clone(),
        name: version.content.name.clone(),
        number: version.number,
        step: version.step.name(),
        base: version.base,
        reason: version.reason.clone(),
        proposed_by,
        signers,
        proposed_at: version.proposed_at,
        signed,
        live_since: version.live_since,
        ended,
        changes: changes.collect(),
        gaps: version.gaps(today(visit.now())),
        values: pages::values(&version.content, &defs()),
        fingerprint: registry::fingerprint(&version.content.agreement),
    }
}

async fn show(State(state): State<BankState>, visit: Visit, Path(id): Path<String>) -> Answer {
    desk::at_desk(&state, &visit).await?;
    let history = registry::history::<Partner>(&state.bank.book, &id).await?;
    let newest = history.first().ok_or_else(Problem::not_found)?;
    let name = newest.content.name.clone();
    let live = history.iter().find(|version| version.step == Step::Live);
    let scope = Scope::Partner(id.clone());
    let is_stopped = state.bank.is_gate_closed(&visit.ctx(), &scope).await.map_err(problem)?;
    let mut versions = Vec::new();
    for version in &history {
        versions.push(shown(&state, &visit, version).await);
    }
    let notices = html! {
        @if is_stopped { (ui::notice(Tone::Error, &visit.t("reg-stopped"), html! {})) }
        @if let Some(live) = live {
            (pages::review_notice(&visit, &name, &live.content.agreement, today(visit.now())))
        }
    };
    let acts = acts(&visit, &id, live.is_some(), is_stopped);
    let body = pages::page_body(&visit, BASE, (&name, &id), &versions, (notices, acts));
    Ok(visit.desk_page(&desk::meta(&visit, &name, BASE), body).into_response())
}

fn acts(visit: &Visit, id: &str, is_live: bool, is_stopped: bool) -> Markup {
    let query = serde_urlencoded::to_string([("subject", id)]).unwrap_or_default();
    let why = Field::new("reason", visit.t("reg-reason")).max_length(300);
    html! {
        (ui::actions(ui::link_button(
            Look::Primary, &format!("{PROPOSE}?{query}"), &visit.t("reg-propose"))))
        @if is_live {
            (ui::card(Some(&visit.t("reg-stop-title")), html! {
                p { (visit.t("reg-stop-what")) }
                (ui::actions(ui::link_button(Look::Secondary, "/desk/gates", &visit.t("reg-stop-go"))))
            }))
            (ui::card(Some(&visit.t("reg-remove-title")), html! {
                p { (visit.t("reg-remove-what")) }
                @if is_stopped {
                    (ui::form(&format!("{BASE}/{id}/remove"), visit.csrf_field(), html! {
                        (ui::field(&why))
                        (ui::actions(ui::button(Look::Danger, &visit.t("reg-remove-button"))))
                    }))
                }
            }))
        }
    }
}

#[derive(Deserialize)]
struct Why {
    reason: String,
}

async fn ask_remove(
    State(state): State<BankState>,
    visit: Visit,
    Path(id): Path<String>,
    CsrfForm(form): CsrfForm<Why>,
) -> Answer {
    let staff_id = desk::at_desk(&state, &visit).await?;
    let why = reason(&form.reason)?;
    if registry::live::<Partner>(&state.bank.book, &id).await?.is_none() {
        return Err(Problem::not_found());
    }
    match state.bank.ask_remove_partner(&visit.ctx(), staff_id, &id, &why).await {
        Ok(_) => Ok(Redirect::to("/desk/approvals").into_response()),
        Err(kanuki_bank::BankError::NotAvailable) => Err(Problem::conflict("already_asked")),
        Err(error) => Err(problem(error)),
    }
}
