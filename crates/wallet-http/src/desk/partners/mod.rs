//! The registry of banks at the desk: the list, one bank, its versions.

mod propose;
mod version;

use axum::{
    Router,
    extract::{Path, State},
    response::{IntoResponse, Redirect},
    routing::{get, post},
};
use kanuki_desk::{
    registry::{self, Origin, Step, Version},
    signal::line::{self, LineWatch},
};
use kanuki_domain::{agreement::today, bank_account::BankCode};
use kanuki_site::{
    Answer, Problem, Visit,
    csrf::CsrfForm,
    registry::{self as pages, Changed, Def, Entered, LineShown, Listed, Shown},
    ui::{self, Look, Tone},
};
use kanuki_wallet::{PartnerBank, desk::Switch};
use maud::{Markup, html};
use serde::Deserialize;

use super::{at_desk, name_of, page, reason, reason_field};
use crate::{WalletState, refusal::problem};

/// Where the registry is.
const BASE: &str = "/desk/partners";
/// Where a version is proposed.
const PROPOSE: &str = "/desk/propose";

pub(super) fn routes() -> Router<WalletState> {
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

/// How a bank may prove its customer; the words are those of the connectors' page.
const PROOFS: Entered = Entered::Choice(
    &["passkey", "app", "one_time_code", "pin_and_facts", "pin"],
    "desk-banks-proof",
);

/// What a bank speaks.
const PROTOCOLS: Entered = Entered::Choice(&["fapi", "oauth"], "desk-banks-protocol");

/// Every field of a bank, in the order of the form.
fn defs() -> Vec<Def> {
    let mut all: Vec<Def> = [
        ("code", Entered::Line),
        ("name", Entered::Line),
        ("issuer", Entered::Line),
        ("authorize_url", Entered::Line),
        ("client_id", Entered::Line),
        ("protocol", PROTOCOLS),
        ("event_keys", Entered::Keys),
        ("message_signing", Entered::Flag),
        ("decoupled", Entered::Flag),
        ("pings", Entered::Flag),
        ("rotate_keys_after_days", Entered::Number),
        ("assurance.proof", PROOFS),
        ("assurance.matches_facts", Entered::Flag),
        ("assurance.tells_customer", Entered::Flag),
        ("assurance.is_revocable", Entered::Flag),
        ("assurance.reports_stops", Entered::Flag),
        ("assurance.bearer_tokens", Entered::Flag),
    ]
    .into_iter()
    .map(|(path, entered)| Def::new(path, entered))
    .collect();
    all.extend(pages::within(pages::defs()));
    all
}

/// Banks whose assessment is to be looked at again, for the first page of the desk too.
pub(super) async fn reviews(state: &WalletState, visit: &Visit) -> Result<Markup, Problem> {
    let today = today(visit.now());
    let all = state.wallet.partners().await.map_err(problem)?;
    Ok(html! {
        @for line in lines(state).await? { (pages::line_notice(visit, &line)) }
        @for bank in &all {
            (pages::review_notice(visit, &bank.name, &bank.agreement, today))
        }
    })
}

/// What is known of each line to us.
async fn lines(state: &WalletState) -> Result<Vec<LineShown>, Problem> {
    let mut lines = Vec::new();
    for bank in state.wallet.partners().await.map_err(problem)? {
        let known = line::all(&state.wallet.book, &[bank.code.to_string()]).await?;
        let of_it = |line: LineWatch| LineShown {
            name: bank.name.clone(),
            heard_at: line.heard_at,
            silent_since: line.silent_since,
        };
        lines.extend(known.into_iter().map(of_it));
    }
    Ok(lines)
}

async fn list(State(state): State<WalletState>, visit: Visit) -> Answer {
    at_desk(&state, &visit).await?;
    let today = today(visit.now());
    let versions = registry::everyone::<PartnerBank>(&state.wallet.book).await?;
    let mut all: Vec<Listed> = Vec::new();
    for version in &versions {
        let subject = version.subject.clone();
        if all.last().is_none_or(|one| one.subject != subject) {
            let is_stopped = is_stopped(&state, &visit, &subject).await?;
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
    Ok(page(&visit, &title, BASE, body).into_response())
}

fn code_of(text: &str) -> Result<BankCode, Problem> {
    BankCode::parse(text).map_err(|_| Problem::not_found())
}

async fn is_stopped(state: &WalletState, visit: &Visit, id: &str) -> Result<bool, Problem> {
    let switch = Switch::Bank(code_of(id)?);
    state.wallet.is_stopped(&visit.ctx(), switch).await.map_err(problem)
}

/// A version as it is shown.
async fn shown(state: &WalletState, visit: &Visit, version: &Version<PartnerBank>) -> Shown {
    let (proposed_by, signers) = match &version.origin {
        Origin::Configuration { signers } => (None, signers.clone()),
        Origin::Staff { by } => (Some(name_of(state, &by.to_string()).await), Vec::new()),
    };
    let signed = match &version.signature {
        Some(signed) => Some((name_of(state, &signed.by.to_string()).await, signed.at)),
        None => None,
    };
    let ended = match &version.ended {
        Some((by, at)) => Some((name_of(state, by).await, *at)),
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

async fn show(State(state): State<WalletState>, visit: Visit, Path(id): Path<String>) -> Answer {
    at_desk(&state, &visit).await?;
    let history = registry::history::<PartnerBank>(&state.wallet.book, &id).await?;
    let newest = history.first().ok_or_else(Problem::not_found)?;
    let name = newest.content.name.clone();
    let live = history.iter().find(|version| version.step == Step::Live);
    let is_stopped = is_stopped(&state, &visit, &id).await?;
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
    Ok(page(&visit, &name, BASE, body).into_response())
}

fn acts(visit: &Visit, id: &str, is_live: bool, is_stopped: bool) -> Markup {
    let query = serde_urlencoded::to_string([("subject", id)]).unwrap_or_default();
    html! {
        (ui::actions(ui::link_button(
            Look::Primary, &format!("{PROPOSE}?{query}"), &visit.t("reg-propose"))))
        @if is_live {
            (ui::card(Some(&visit.t("reg-stop-title")), html! {
                p { (visit.t("reg-stop-what")) }
                (ui::actions(ui::link_button(Look::Secondary, "/desk/switches", &visit.t("reg-stop-go"))))
            }))
            (ui::card(Some(&visit.t("reg-remove-title")), html! {
                p { (visit.t("reg-remove-what")) }
                @if is_stopped {
                    (ui::form(&format!("{BASE}/{id}/remove"), visit.csrf_field(), html! {
                        (ui::field(&reason_field(visit)))
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
    State(state): State<WalletState>,
    visit: Visit,
    Path(id): Path<String>,
    CsrfForm(form): CsrfForm<Why>,
) -> Answer {
    let staff_id = at_desk(&state, &visit).await?;
    let why = reason(&form.reason)?;
    let code = code_of(&id)?;
    if registry::live::<PartnerBank>(&state.wallet.book, &id).await?.is_none() {
        return Err(Problem::not_found());
    }
    match state.wallet.ask_remove_bank(&visit.ctx(), staff_id, code, &why).await {
        Ok(_) => Ok(Redirect::to("/desk/approvals").into_response()),
        Err(kanuki_wallet::WalletError::NotAvailable) => Err(Problem::conflict("already_asked")),
        Err(error) => Err(problem(error)),
    }
}
