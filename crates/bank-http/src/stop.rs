//! "It wasn't me": a stop code from a notice, typed by anyone, without login.
//!
//! Code → what will happen → one press → the case number. An unknown code, a used one of somebody
//! else and a mistyped one get the same words.

use axum::{
    Router,
    extract::State,
    response::IntoResponse,
    routing::{get, post},
};
use http::StatusCode;
use kanuki_bank::{BankError, stop::Stoppable};
use kanuki_desk::{case::Case, compensation::in_force};
use kanuki_domain::id::CaseId;
use kanuki_site::{
    Answer, PageMeta, Problem, Visit,
    csrf::CsrfForm,
    report,
    ui::{self, Field, Kind, Look, Tone},
};
use maud::{Markup, html};
use serde::Deserialize;

use crate::{BankState, refusal::problem};

/// Codes that one network may try in an hour. A code has 60 bits; this is for the log's sake.
const TRIES_MAX: u32 = 30;

pub(crate) fn routes() -> Router<BankState> {
    Router::new().route("/stop", get(form).post(preview)).route("/stop/confirm", post(confirm))
}

#[derive(Deserialize)]
struct Typed {
    code: String,
}

async fn form(visit: Visit) -> Markup {
    form_page(&visit, None)
}

fn form_page(visit: &Visit, error: Option<String>) -> Markup {
    let field = Field::new("code", visit.t("stop-code"))
        .kind(Kind::Code)
        .hint(visit.t("stop-code-hint"))
        .autocomplete("off")
        .max_length(40)
        .error(error);
    visit.page(
        &PageMeta::new(visit.t("stop-title")).back("/"),
        html! {
            (ui::heading(&visit.t("stop-title"), Some(&visit.t("stop-lead"))))
            (ui::form("/stop", visit.csrf_field(), html! {
                (ui::field(&field))
                (ui::actions(ui::button(Look::Primary, &visit.t("stop-next"))))
            }))
            p.hint { (visit.t("stop-nothing-yet")) }
            p { a href="/report" { (visit.t("stop-no-code")) } }
        },
    )
}

/// Only codes that are none are counted: whoever holds a right one may always stop.
fn not_found(visit: &Visit) -> Answer {
    if !visit.allow("stop", TRIES_MAX, 3_600) {
        return Err(Problem::too_many());
    }
    visit.site.metrics.count("stop_codes_unknown", "Stop codes that stop nothing", &[]);
    let page = form_page(visit, Some(visit.t("stop-unknown")));
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

async fn preview(
    State(state): State<BankState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Typed>,
) -> Answer {
    let found = match state.bank.preview_stop(&visit.ctx(), &form.code).await {
        Ok(found) => found,
        Err(BankError::NotAvailable) => return not_found(&visit),
        Err(error) => return Err(problem(error)),
    };
    let (what, is_stopped) = match &found {
        Stoppable::Mandate { partner_name, account_mask, is_stopped, .. } => {
            let args = [("partner", partner_name.into()), ("account", account_mask.into())];
            (visit.t_args("stop-mandate", &args), *is_stopped)
        }
        Stoppable::Contracts { collectors, is_stopped } => {
            let who = collectors.join(&visit.t("contract-and"));
            (visit.t_args("stop-contracts", &[("who", who.into())]), *is_stopped)
        }
        Stoppable::Account => (visit.t("stop-account"), false),
        Stoppable::HandedOut { is_stopped } => (visit.t("stop-handed-out"), *is_stopped),
        Stoppable::Delegate { is_stopped } => (visit.t("stop-delegate"), *is_stopped),
        Stoppable::Passkey { is_stopped } => (visit.t("stop-passkey"), *is_stopped),
        Stoppable::Card { is_stopped } => (visit.t("stop-card"), *is_stopped),
        Stoppable::App { is_stopped } => (visit.t("stop-app"), *is_stopped),
    };
    let effects = effects(&found);
    let body = html! {
        (ui::heading(&visit.t("stop-check"), Some(&what)))
        @if is_stopped {
            (ui::notice(Tone::Info, &visit.t("stop-already"), html! {
                p { (visit.t("stop-already-body")) }
            }))
        }
        (ui::card(Some(&visit.t("stop-effects")), html! {
            ul.points {
                @for effect in effects { li { (visit.t(effect)) } }
                li { (visit.t("stop-release")) }
            }
        }))
        (ui::form("/stop/confirm", visit.csrf_field(), html! {
            (ui::hidden("code", &form.code))
            (ui::actions(html! {
                (ui::button(Look::Danger, &visit.t("stop-button")))
                (ui::link_button(Look::Quiet, "/", &visit.t("stop-leave")))
            }))
        }))
    };
    Ok(visit.page(&PageMeta::new(visit.t("stop-check")).back("/stop"), body).into_response())
}

/// What a press does, line by line.
fn effects(found: &Stoppable) -> Vec<&'static str> {
    let mut effects = Vec::from(match found {
        Stoppable::Mandate { links, .. } => [
            if *links > 1 { "stop-mandate-all" } else { "stop-mandate-now" },
            "stop-mandate-wallet",
            "stop-mandate-case",
        ],
        Stoppable::Contracts { .. } => {
            ["stop-contracts-now", "stop-contracts-elsewhere", "stop-contracts-case"]
        }
        Stoppable::Account => ["stop-account-now", "stop-account-links", "stop-mandate-case"],
        Stoppable::HandedOut { .. } => {
            ["stop-handed-out-now", "stop-handed-out-passkey", "stop-mandate-case"]
        }
        Stoppable::Delegate { .. } => {
            ["stop-delegate-now", "stop-delegate-links", "stop-mandate-case"]
        }
        Stoppable::Passkey { .. } => {
            ["stop-passkey-now", "stop-passkey-links", "stop-mandate-case"]
        }
        Stoppable::Card { .. } => ["stop-card-now", "stop-card-links", "stop-mandate-case"],
        Stoppable::App { .. } => ["stop-app-now", "stop-app-links", "stop-mandate-case"],
    });
    match found {
        Stoppable::Mandate { .. } => effects.push("stop-mandate-lock"),
        Stoppable::Passkey { .. } | Stoppable::Card { .. } | Stoppable::App { .. } => {
            effects.push("stop-contacts");
        }
        _ => {}
    }
    effects
}

async fn confirm(
    State(state): State<BankState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Typed>,
) -> Answer {
    let (case_id, is_whole) = match state.bank.stop(&visit.ctx(), &form.code).await {
        Ok(case_id) => (case_id, true),
        Err(BankError::StoppedInPart(case_id)) => (case_id, false),
        Err(BankError::NotAvailable) => return not_found(&visit),
        Err(error) => return Err(problem(error)),
    };
    sign_out_everywhere(&visit, case_id).await?;
    let taken = state.bank.report_by_stop(&visit.ctx(), case_id).await.map_err(problem)?;
    let (policy, _) = in_force(&state.bank.book).await?;
    let body = html! {
        @if is_whole {
            (ui::heading(&visit.t("stopped-title"), Some(&visit.t("stopped-lead"))))
        } @else {
            (ui::heading(&visit.t("stopped-in-part"), Some(&visit.t("stopped-in-part.what"))))
        }
        @if let Some(taken) = &taken {
            (report::handed_out(&visit, (case_id, &taken.code.grouped()), (&taken.clock, taken.shared)))
        } @else {
            (report::handed_out_before(&visit, case_id, &policy))
        }
        (ui::section(&visit.t("stopped-next"), html! {
            ol.points {
                li { (visit.t("stopped-next-call")) }
                li { (visit.t("stopped-next-police")) }
                li { (visit.t("stopped-next-check")) }
                li { (visit.t("stopped-next-claim")) }
            }
        }))
    };
    Ok(visit.page(&PageMeta::new(visit.t("stopped-title")).back("/"), body).into_response())
}

/// Whoever is signed in as this person may be the thief: everybody has to sign in again.
async fn sign_out_everywhere(visit: &Visit, case_id: CaseId) -> Result<(), Problem> {
    let case = visit.site.book.find::<Case>(case_id).await?;
    if let Some(person_id) = case.and_then(|case| case.person_id.clone()) {
        visit.site.sessions.end_all(&person_id).await?;
    }
    Ok(())
}
