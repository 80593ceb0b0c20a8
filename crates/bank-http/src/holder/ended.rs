//! Ending what one signs in with: a telephone that is not used any more, or one that was lost.
//!
//! What was lost only tightens, so that somebody who looks can stop it too: the lost telephone may have
//! been the one thing that they signed in with. Taking one away quietly is for whoever signed in with one:
//! a borrowed telephone must not take its owner's strongest proof and leave everything else as it was.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect},
};
use kanuki_bank::BankError;
use kanuki_desk::authenticator::Kind;
use kanuki_domain::id::AuthenticatorId;
use kanuki_site::{
    Answer, PageMeta, Visit,
    csrf::CsrfForm,
    number,
    ui::{self, Look, Tone},
};
use maud::html;
use serde::Deserialize;

use crate::{BankState, home, refusal::problem};

const BACK: &str = "/holder/security";

fn id_of(text: &str) -> Result<AuthenticatorId, BankError> {
    text.parse().map_err(|_| BankError::NotAvailable)
}

/// Says what each of the two presses does.
pub(super) async fn show(
    State(state): State<BankState>,
    visit: Visit,
    Path(id): Path<String>,
) -> Answer {
    let holder_id = visit.require_looker()?;
    let id = id_of(&id).map_err(problem)?;
    let all = state.bank.authenticators(holder_id).await.map_err(problem)?;
    let ended = state.bank.ended_authenticators(holder_id).await.map_err(problem)?;
    let found = all.iter().chain(&ended).find(|one| one.authenticator_id == id);
    let found = found.ok_or(BankError::NotAvailable).map_err(problem)?;
    let is_live = found.revoked_at.is_none();
    let what = visit.t(match found.kind() {
        Kind::Passkey => "security-passkey",
        Kind::IdentityCard => "idcard-name",
        Kind::BankApp => "bankapp-name",
    });
    let (path, is_last) = (format!("{BACK}/{id}/end"), is_live && all.len() == 1);
    let title = visit.t_args("ended-title", &[("what", what.into())]);
    let press = |why: &str, look, label: &str| {
        ui::form(
            &path,
            visit.csrf_field(),
            html! {
                (ui::hidden("why", why))
                (ui::actions(ui::button(look, &visit.t(label))))
            },
        )
    };
    let body = html! {
        (ui::heading(&title, Some(&visit.t(if is_live { "ended-lead" } else { "ended-lead-late" }))))
        @if is_last {
            (ui::notice(Tone::Warning, &visit.t("ended-last"), html! {
                p { (visit.t("ended-last.next")) }
            }))
        }
        (ui::card(Some(&visit.t("ended-lost")), html! {
            p { (visit.t("ended-lost.what")) }
            (press("lost", Look::Danger, "ended-lost-button"))
        }))
        @if is_live {
            (ui::card(Some(&visit.t("ended-unused")), html! {
                p { (visit.t("ended-unused.what")) }
                @if visit.is_looking() {
                    p { (visit.t("ended-unused-later")) }
                } @else {
                    (press("unused", Look::Secondary, "ended-unused-button"))
                }
            }))
        }
        (ui::actions(ui::link_button(Look::Quiet, BACK, &visit.t("end-keep"))))
    };
    let meta = PageMeta::new(title).nav(home::nav(&visit, BACK)).back(BACK);
    Ok(visit.page(&meta, body).into_response())
}

#[derive(Deserialize)]
pub(super) struct Press {
    why: String,
}

/// Ends it, and signs out every other browser: one of them may be signed in with it. Whoever is signed
/// in with a lost one has to sign in again.
pub(super) async fn finish(
    State(state): State<BankState>,
    visit: Visit,
    Path(id): Path<String>,
    CsrfForm(form): CsrfForm<Press>,
) -> Answer {
    let holder_id = visit.require_looker()?;
    let (ctx, id) = (visit.ctx(), id_of(&id).map_err(problem)?);
    if form.why != "lost" {
        visit.require_holder()?;
        state.bank.end_authenticator(&ctx, holder_id, id).await.map_err(problem)?;
        if let Some(session) = &visit.session {
            visit.site.sessions.end_others(session).await?;
        }
        return Ok(Redirect::to(&format!("{BACK}?done=ended")).into_response());
    }
    let (case_id, is_whole) = match state.bank.lose_authenticator(&ctx, holder_id, id).await {
        Ok(case_id) => (case_id, true),
        Err(BankError::StoppedInPart(case_id)) => (case_id, false),
        Err(error) => return Err(problem(error)),
    };
    visit.site.sessions.end_all(&holder_id.to_string()).await?;
    let title = visit.t("ended-done");
    let body = html! {
        (ui::heading(&title, Some(&visit.t("ended-done.what"))))
        @if !is_whole {
            (ui::notice(Tone::Warning, &visit.t("ended-in-part"), html! {
                p { (visit.t("ended-in-part.what")) }
            }))
        }
        (ui::card(None, html! {
            p { (visit.t("stopped-case")) }
            (number::given(&visit.words(), case_id, None))
        }))
        (ui::notice(Tone::Info, &visit.t("ended-done.money"), html! {
            p { (visit.t("ended-done.next")) }
        }))
        (ui::actions(ui::link_button(Look::Primary, "/enrol", &visit.t("idcard-refused-enrol"))))
    };
    Ok(visit.page(&PageMeta::new(title).back("/"), body).into_response())
}
