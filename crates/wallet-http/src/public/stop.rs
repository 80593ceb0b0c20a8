//! "It wasn't me": type the code from the notice, see what it stops, press once.
//!
//! No sign-in: whoever has the notice may stop, and stopping is all that the code can do. Nothing
//! here names the person or the account.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use kanuki_desk::{compensation::in_force, report::Taken};
use kanuki_domain::{compensation::Policy, id::CaseId};
use kanuki_site::{
    Answer, PageMeta, Problem, Visit,
    csrf::CsrfForm,
    report, show,
    ui::{self, Field, Kind, Look, Tone},
};
use kanuki_wallet::{
    WalletError,
    freeze::{End, Preview},
};
use maud::{Markup, html};
use serde::Deserialize;

use crate::{WalletState, refusal::problem};

/// Wrong codes that one network may try in an hour. A right one is never turned away, whoever else
/// shares the network: a code has 60 bits.
const TRIES_MAX: u32 = 30;

pub(super) async fn form(visit: Visit) -> Markup {
    form_page(&visit, None)
}

fn form_page(visit: &Visit, error: Option<String>) -> Markup {
    let title = visit.t("stop-title");
    let code = Field::new("code", visit.t("stop-code"))
        .hint(visit.t("stop-code-hint"))
        .kind(Kind::Code)
        .autocomplete("off")
        .max_length(32)
        .error(error);
    let body = html! {
        (ui::heading(&title, Some(&visit.t("stop-lead"))))
        (ui::form("/stop", visit.csrf_field(), html! {
            (ui::field(&code))
            (ui::actions(ui::button(Look::Primary, &visit.t("stop-look"))))
        }))
        (ui::section(&visit.t("stop-nocode"), html! {
            p { (visit.t("stop-nocode-body")) }
            (ui::actions(html! {
                (ui::link_button(Look::Secondary, "/freeze", &visit.t("stop-signed-in")))
                (ui::link_button(Look::Quiet, "/report", &visit.t("stop-report")))
            }))
        }))
    };
    visit.page(&PageMeta::new(&title).back("/"), body)
}

fn refused(visit: &Visit) -> Response {
    let page = form_page(visit, Some(visit.t("stop-code-wrong")));
    (StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
}

#[derive(Deserialize)]
pub(super) struct Code {
    code: String,
}

/// A wrong code; only these are counted.
fn wrong(visit: &Visit) -> Answer {
    if visit.allow("stop", TRIES_MAX, 3_600) {
        Ok(refused(visit))
    } else {
        Err(Problem::too_many())
    }
}

pub(super) async fn preview(
    State(state): State<WalletState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Code>,
) -> Answer {
    match state.wallet.preview_stop(&visit.ctx(), &form.code).await {
        Ok(preview) => Ok(preview_page(&visit, &form.code, preview).into_response()),
        Err(WalletError::NotAvailable) => wrong(&visit),
        Err(error) => Err(problem(error)),
    }
}

/// What will happen, before it happens.
fn preview_page(visit: &Visit, code: &str, preview: Preview) -> Markup {
    let title = visit.t("stop-preview-title");
    let told = show::instant(visit.lang(), preview.told_at);
    let body = html! {
        (ui::heading(&title, Some(&visit.t_args("stop-preview-lead", &[("at", told.into())]))))
        @if preview.is_frozen {
            (ui::notice(Tone::Info, &visit.t("stop-preview-already"), html! {}))
        }
        (ui::card(Some(&visit.t("stop-preview-what")), if preview.end == End::Closed { html! {
            p { (visit.t("stop-preview-closed")) }
        } } else { html! {
            ul.points {
                li { (visit.t("stop-preview-wallet")) }
                @if preview.end == End::Closing { li { (visit.t("stop-preview-closing")) } }
                @if preview.links > 0 {
                    li { (visit.t_args("stop-preview-links", &[("n", preview.links.into())])) }
                }
                @if preview.has_recovery { li { (visit.t("stop-preview-recovery")) } }
                li { (visit.t("stop-preview-money")) }
                li { (visit.t("stop-preview-back")) }
            }
        } }))
        (ui::form("/stop/press", visit.csrf_field(), html! {
            (ui::hidden("code", code))
            (ui::actions(html! {
                (ui::button(Look::Danger, &visit.t("stop-press")))
                (ui::link_button(Look::Quiet, "/", &visit.t("stop-leave")))
            }))
        }))
    };
    visit.page(&PageMeta::new(&title).back("/stop"), body)
}

pub(super) async fn press(
    State(state): State<WalletState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Code>,
) -> Answer {
    match state.wallet.stop(&visit.ctx(), &form.code).await {
        Ok(case_id) => {
            let taken = state.wallet.report_by_stop(&visit.ctx(), case_id).await;
            let taken = taken.map_err(problem)?;
            let (policy, _) = in_force(&state.wallet.book).await?;
            Ok(done_page(&visit, case_id, (taken.as_ref(), &policy)).into_response())
        }
        Err(WalletError::NotAvailable) => wrong(&visit),
        Err(error) => Err(problem(error)),
    }
}

/// It is done: the number, and what comes next. Pressing again shows the same but the code, which is shown
/// once.
fn done_page(visit: &Visit, case_id: CaseId, (taken, policy): (Option<&Taken>, &Policy)) -> Markup {
    let title = visit.t("stop-done-title");
    let body = html! {
        (ui::heading(&title, None))
        (ui::notice(Tone::Success, &visit.t("stop-done-what"), html! {
            p { (visit.t("stop-done-money")) }
        }))
        @if let Some(taken) = taken {
            (report::handed_out(visit, (case_id, &taken.code.grouped()), (&taken.clock, taken.shared)))
        } @else {
            (report::handed_out_before(visit, case_id, policy))
        }
        (ui::section(&visit.t("stop-done-next"), html! {
            ol.points {
                li { (visit.t("stop-done-next-bank")) }
                li { (visit.t("stop-done-next-us")) }
                li { (visit.t("stop-done-next-police")) }
                li { a href="/compensation" { (visit.t("stop-done-next-loss")) } }
            }
        }))
        (ui::actions(ui::link_button(Look::Secondary, "/", &visit.t("stop-done-home"))))
    };
    visit.page(&PageMeta::new(&title), body)
}
