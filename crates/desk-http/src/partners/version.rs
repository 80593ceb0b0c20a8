//! One version: looked at, signed by a second person, or declined.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect},
};
use kanuki_desk::registry::{self, RegistryError, Signing, Step, Version};
use kanuki_domain::id::{CeremonyId, StaffId};
use kanuki_site::{
    Answer, Problem, Visit,
    csrf::CsrfForm,
    registry as pages,
    ui::{self, Field, Look, PasskeyForm, PasskeyMode, Tone},
};
use maud::{Markup, html};
use serde::Deserialize;

use super::{BASE, NotSigned, Partners, Why, defs, shown};
use crate::at_desk;

/// The longest reason, in characters.
const REASON_MAX: u16 = 300;

fn number(text: &str) -> Result<u32, Problem> {
    text.parse().map_err(|_| Problem::not_found())
}

async fn load<S: Partners>(state: &S, id: &str, text: &str) -> Result<Version<S::Agreed>, Problem> {
    let found = registry::version::<S::Agreed>(state.book(), id, number(text)?).await;
    Ok(found.map_err(S::refusal)?.into_inner())
}

pub(super) async fn show<S: Partners>(
    State(state): State<S>,
    visit: Visit,
    Path((id, text)): Path<(String, String)>,
) -> Answer {
    let staff_id = at_desk(&state, &visit).await?;
    let version = load(&state, &id, &text).await?;
    page(&state, &visit, staff_id, &version, None).await
}

async fn page<S: Partners>(
    state: &S,
    visit: &Visit,
    staff_id: StaffId,
    version: &Version<S::Agreed>,
    refused: Option<String>,
) -> Answer {
    let view = shown(state, visit, version).await;
    let acts = if version.step == Step::Waiting {
        waiting(state, visit, staff_id, version).await?
    } else {
        html! {}
    };
    let acts = html! {
        @if let Some(refused) = &refused { (ui::notice(Tone::Error, refused, html! {})) }
        (acts)
    };
    let body = pages::version_body(visit, &view, &defs::<S>(), acts);
    Ok(visit.desk_page(&state.meta(visit, &view.name, BASE), body).into_response())
}

/// Signing, or why not; and declining, which anybody can.
async fn waiting<S: Partners>(
    state: &S,
    visit: &Visit,
    staff_id: StaffId,
    version: &Version<S::Agreed>,
) -> Result<Markup, Problem> {
    let ctx = visit.ctx();
    let path = format!("{BASE}/{}/{}", version.subject, version.number);
    let sign = match state.start_signing(&ctx, staff_id, version).await {
        Ok((options, signing)) => {
            let ceremonies = &visit.site.ceremonies;
            let ceremony = ceremonies.open(&ctx, S::SIGNING, &visit.binding(), &signing).await?;
            let form = PasskeyForm {
                mode: PasskeyMode::Get,
                action: format!("{path}/sign"),
                options,
                ceremony,
                csrf: visit.csrf_field(),
                label: visit.t("reg-sign"),
                body: html! { p { (visit.t("reg-sign-what")) } },
                alternative: None,
            };
            ui::card(Some(&visit.t("reg-sign")), ui::passkey_form(&visit.words(), &form))
        }
        Err(NotSigned::Registry(RegistryError::SamePerson)) => {
            ui::notice(Tone::Info, &visit.t("reg-sign-own"), html! {})
        }
        Err(NotSigned::Registry(RegistryError::Stale)) => {
            ui::notice(Tone::Warning, &visit.t("reg-sign-stale"), html! {})
        }
        Err(NotSigned::Registry(RegistryError::ProposerLeft)) => {
            ui::notice(Tone::Warning, &visit.t("reg-sign-left"), html! {})
        }
        Err(NotSigned::Registry(RegistryError::NobodyProposes)) => {
            let why = Field::new("reason", visit.t("reg-reason")).max_length(REASON_MAX);
            ui::card(
                Some(&visit.t("reg-take")),
                html! {
                    p { (visit.t("reg-take-what")) }
                    (ui::form(&format!("{path}/take"), visit.csrf_field(), html! {
                        (ui::field(&why))
                        (ui::actions(ui::button(Look::Primary, &visit.t("reg-take"))))
                    }))
                },
            )
        }
        // The page names them.
        Err(NotSigned::Registry(RegistryError::Gaps(_))) => html! {},
        Err(refused) => return Err(refused.problem::<S>()),
    };
    let decline = format!("{path}/decline");
    Ok(html! {
        (sign)
        (ui::actions(ui::post_button(
            visit.csrf_field(), &decline, Look::Secondary, &visit.t("reg-decline"))))
    })
}

#[derive(Deserialize)]
pub(super) struct Signed {
    credential: String,
    ceremony: CeremonyId,
}

pub(super) async fn sign<S: Partners>(
    State(state): State<S>,
    visit: Visit,
    Path((id, text)): Path<(String, String)>,
    CsrfForm(form): CsrfForm<Signed>,
) -> Answer {
    let staff_id = at_desk(&state, &visit).await?;
    let version = load(&state, &id, &text).await?;
    let ctx = visit.ctx();
    let taken =
        visit.site.ceremonies.take(&ctx, form.ceremony, S::SIGNING, &visit.binding()).await?;
    let signing: Signing = taken.state()?;
    if signing.subject != id || signing.number != version.number {
        return Err(Problem::not_found());
    }
    let answer = (form.credential.as_str(), &signing);
    match state.finish_signing(&ctx, staff_id, answer).await {
        Ok(()) => Ok(Redirect::to(&format!("{BASE}/{id}")).into_response()),
        Err(NotSigned::Registry(RegistryError::Passkey(reason))) => {
            tracing::info!(%reason, "a version was not signed");
            let refused = Some(visit.t("reg-sign-refused"));
            page(&state, &visit, staff_id, &version, refused).await
        }
        Err(refused) => Err(refused.problem::<S>()),
    }
}

/// One person takes up what a file brought.
pub(super) async fn take_up<S: Partners>(
    State(state): State<S>,
    visit: Visit,
    Path((id, text)): Path<(String, String)>,
    CsrfForm(form): CsrfForm<Why>,
) -> Answer {
    let staff_id = at_desk(&state, &visit).await?;
    let about = (id.as_str(), number(&text)?);
    let why = state.reason(&form.reason)?;
    let by = (staff_id, visit.now());
    let taken = registry::take_up::<S::Agreed>(state.book(), by, about, &why).await;
    taken.map_err(S::refusal)?;
    Ok(Redirect::to(&format!("{BASE}/{id}/{text}")).into_response())
}

#[derive(Deserialize)]
pub(super) struct Nothing {}

pub(super) async fn decline<S: Partners>(
    State(state): State<S>,
    visit: Visit,
    Path((id, text)): Path<(String, String)>,
    CsrfForm(Nothing {}): CsrfForm<Nothing>,
) -> Answer {
    let staff_id = at_desk(&state, &visit).await?;
    let number = number(&text)?;
    state.decline_version(&visit.ctx(), staff_id, &id, number).await?;
    Ok(Redirect::to(&format!("{BASE}/{id}")).into_response())
}
