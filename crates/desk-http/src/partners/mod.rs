//! The registry of partners at the desk: the list, one partner, its versions.

mod propose;
mod version;

use std::sync::Arc;

use async_trait::async_trait;
use axum::{
    Router,
    extract::{Path, State},
    response::{IntoResponse, Redirect},
    routing::{get, post},
};
use kanuki_desk::{
    registry::{self, Content, Origin, RegistryError, Signing, Step, Version},
    signal::line::{self, LineWatch},
};
use kanuki_domain::{
    Ctx,
    agreement::{Agreement, today},
    id::{ApprovalId, StaffId},
};
use kanuki_site::{
    Answer, Problem, Visit,
    csrf::CsrfForm,
    registry::{self as pages, Changed, Def, LineShown, Listed, Shown},
    ui::{self, Field, Look, Tone},
};
use maud::{Markup, html};
use serde::Deserialize;

use crate::{Company, at_desk, name};

/// Where the registry is.
const BASE: &str = "/desk/partners";
/// Where a version is proposed.
const PROPOSE: &str = "/desk/propose";

/// What of the registry is the company's own.
#[async_trait]
pub trait Partners: Company + Clone + 'static {
    /// What it keeps about a partner.
    type Agreed: Content;

    /// The name of the ceremony in which a version is signed.
    const SIGNING: &'static str;

    /// How people call a partner.
    fn name(agreed: &Self::Agreed) -> &str;

    /// What is agreed on with it.
    fn agreement(agreed: &Self::Agreed) -> &Agreement;

    /// Every field that is not the agreement's, in the order of the form.
    fn fields() -> Vec<Def>;

    /// The field for why a partner is to be removed.
    fn why_removed(visit: &Visit) -> Field;

    /// A refusal of the registry as a browser gets it.
    fn refusal(error: RegistryError) -> Problem;

    /// What counts with each partner now.
    async fn agreed(&self) -> Result<Vec<Arc<Self::Agreed>>, Problem>;

    /// Whether a partner's switch is pressed.
    async fn is_stopped(&self, ctx: &Ctx<'_>, subject: &str) -> Result<bool, Problem>;

    /// One member of staff proposes a version.
    async fn propose_version(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        agreed: Self::Agreed,
        reason: &str,
    ) -> Result<Version<Self::Agreed>, Problem>;

    /// What a member of staff signs to let a version count.
    async fn start_signing(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        version: &Version<Self::Agreed>,
    ) -> Result<(String, Signing), NotSigned>;

    /// The version counts, if that is what was signed; pages may lead to its partner.
    async fn finish_signing(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        answer: (&str, &Signing),
    ) -> Result<(), NotSigned>;

    /// Anybody takes a waiting version off the table.
    async fn decline_version(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        subject: &str,
        number: u32,
    ) -> Result<(), Problem>;

    /// Asks that a stopped partner be removed.
    async fn ask_removal(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        subject: &str,
        reason: &str,
    ) -> Result<ApprovalId, Problem>;
}

/// Why a version was not signed.
#[derive(Debug)]
pub enum NotSigned {
    /// The registry refused it.
    Registry(RegistryError),
    /// Anything else.
    Other(Problem),
}

impl NotSigned {
    fn problem<S: Partners>(self) -> Problem {
        match self {
            Self::Registry(error) => S::refusal(error),
            Self::Other(problem) => problem,
        }
    }
}

/// The registry's pages, for the router of a company's desk.
pub fn routes<S: Partners>() -> Router<S> {
    Router::new()
        .route("/desk/partners", get(list::<S>))
        .route("/desk/partners/{id}", get(show::<S>))
        .route("/desk/partners/{id}/remove", post(ask_remove::<S>))
        .route("/desk/partners/{id}/{number}", get(version::show::<S>))
        .route("/desk/partners/{id}/{number}/sign", post(version::sign::<S>))
        .route("/desk/partners/{id}/{number}/take", post(version::take_up::<S>))
        .route("/desk/partners/{id}/{number}/decline", post(version::decline::<S>))
        .route("/desk/propose", get(propose::form::<S>).post(propose::propose::<S>))
        .route("/desk/propose/file", post(propose::file::<S>))
}

/// Every field of a partner, in the order of the form.
fn defs<S: Partners>() -> Vec<Def> {
    let mut all = S::fields();
    all.extend(pages::within(pages::defs()));
    all
}

/// Partners whose assessment is to be looked at again, for the first page of the desk too.
pub async fn reviews<S: Partners>(state: &S, visit: &Visit) -> Result<Markup, Problem> {
    let today = today(visit.now());
    let all = state.agreed().await?;
    Ok(html! {
        @for line in lines(state).await? { (pages::line_notice(visit, &line)) }
        @for partner in &all {
            (pages::review_notice(visit, S::name(partner), S::agreement(partner), today))
        }
    })
}

/// What is known of each line to us.
async fn lines<S: Partners>(state: &S) -> Result<Vec<LineShown>, Problem> {
    let mut lines = Vec::new();
    for partner in state.agreed().await? {
        let known = line::all(state.book(), &[partner.subject()]).await?;
        let of_it = |line: LineWatch| LineShown {
            name: S::name(&partner).to_owned(),
            heard_at: line.heard_at,
            silent_since: line.silent_since,
            is_narrowed: line.is_narrowed,
        };
        lines.extend(known.into_iter().map(of_it));
    }
    Ok(lines)
}

async fn list<S: Partners>(State(state): State<S>, visit: Visit) -> Answer {
    at_desk(&state, &visit).await?;
    let today = today(visit.now());
    let versions = registry::everyone::<S::Agreed>(state.book()).await?;
    let mut all: Vec<Listed> = Vec::new();
    for version in &versions {
        let subject = version.subject.clone();
        if all.last().is_none_or(|one| one.subject != subject) {
            let is_stopped = state.is_stopped(&visit.ctx(), &subject).await?;
            let name = S::name(&version.content).to_owned();
            let (live, waiting, review_by) = (None, None, None);
            all.push(Listed { subject, name, live, waiting, is_stopped, review_by });
        }
        let Some(one) = all.last_mut() else { continue };
        match version.step {
            Step::Live => {
                one.live = Some(version.number);
                S::name(&version.content).clone_into(&mut one.name);
                one.review_by = pages::open_until(S::agreement(&version.content));
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
            (ui::actions(html! {
                (ui::link_button(Look::Primary, PROPOSE, &visit.t("reg-propose")))
                (ui::link_button(Look::Secondary, pages::SIGNALS, &visit.t("signals-title")))
            }))
        }
    };
    Ok(visit.desk_page(&state.meta(&visit, &title, BASE), body).into_response())
}

/// A version as it is shown.
async fn shown<S: Partners>(state: &S, visit: &Visit, version: &Version<S::Agreed>) -> Shown {
    let (proposed_by, signers) = match &version.origin {
        Origin::Configuration { signers } => (None, signers.clone()),
        Origin::Staff { by } => (Some(name(state, &by.to_string()).await), Vec::new()),
    };
    let signed = match &version.signature {
        Some(signed) => Some((name(state, &signed.by.to_string()).await, signed.at)),
        None => None,
    };
    let ended = match &version.ended {
        Some((by, at)) => Some((name(state, by).await, *at)),
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
        name: S::name(&version.content).to_owned(),
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
        values: pages::values(&version.content, &defs::<S>()),
        fingerprint: registry::fingerprint(S::agreement(&version.content)),
    }
}

async fn show<S: Partners>(State(state): State<S>, visit: Visit, Path(id): Path<String>) -> Answer {
    at_desk(&state, &visit).await?;
    let history = registry::history::<S::Agreed>(state.book(), &id).await?;
    let newest = history.first().ok_or_else(Problem::not_found)?;
    let name = S::name(&newest.content).to_owned();
    let live = history.iter().find(|version| version.step == Step::Live);
    let is_stopped = state.is_stopped(&visit.ctx(), &id).await?;
    let mut versions = Vec::new();
    for version in &history {
        versions.push(shown(&state, &visit, version).await);
    }
    let notices = html! {
        @if is_stopped { (ui::notice(Tone::Error, &visit.t("reg-stopped"), html! {})) }
        @if let Some(live) = live {
            (pages::review_notice(&visit, &name, S::agreement(&live.content), today(visit.now())))
        }
    };
    let acts = acts(&state, &visit, &id, (live.is_some(), is_stopped));
    let body = pages::page_body(&visit, BASE, (&name, &id), &versions, (notices, acts));
    Ok(visit.desk_page(&state.meta(&visit, &name, BASE), body).into_response())
}

fn acts<S: Partners>(
    state: &S,
    visit: &Visit,
    id: &str,
    (is_live, is_stopped): (bool, bool),
) -> Markup {
    let query = serde_urlencoded::to_string([("subject", id)]).unwrap_or_default();
    html! {
        (ui::actions(ui::link_button(
            Look::Primary, &format!("{PROPOSE}?{query}"), &visit.t("reg-propose"))))
        @if is_live {
            (ui::card(Some(&visit.t("reg-stop-title")), html! {
                p { (visit.t("reg-stop-what")) }
                (ui::actions(ui::link_button(Look::Secondary, state.switches(), &visit.t("reg-stop-go"))))
            }))
            (ui::card(Some(&visit.t("reg-remove-title")), html! {
                p { (visit.t("reg-remove-what")) }
                @if is_stopped {
                    (ui::form(&format!("{BASE}/{id}/remove"), visit.csrf_field(), html! {
                        (ui::field(&S::why_removed(visit)))
                        (ui::actions(ui::button(Look::Danger, &visit.t("reg-remove-button"))))
                    }))
                }
            }))
        }
    }
}

#[derive(Deserialize)]
pub(crate) struct Why {
    reason: String,
}

async fn ask_remove<S: Partners>(
    State(state): State<S>,
    visit: Visit,
    Path(id): Path<String>,
    CsrfForm(form): CsrfForm<Why>,
) -> Answer {
    let staff_id = at_desk(&state, &visit).await?;
    let why = state.reason(&form.reason)?;
    if registry::live::<S::Agreed>(state.book(), &id).await?.is_none() {
        return Err(Problem::not_found());
    }
    state.ask_removal(&visit.ctx(), staff_id, &id, &why).await?;
    Ok(Redirect::to("/desk/approvals").into_response())
}
