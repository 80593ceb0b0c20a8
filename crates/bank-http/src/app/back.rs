//! Coming back from the bank's app.

use axum::{
    extract::{Query, State},
    response::{IntoResponse, Redirect},
};
use http::StatusCode;
use kanuki_bank::{
    BankError,
    holder::{app::Brought, card::Errand},
};
use kanuki_site::{
    Answer, PageMeta, Problem, Visit,
    ui::{self, Look, Tone},
};
use maud::{Markup, html};
use serde::Deserialize;

use super::over;
use crate::{
    BankState,
    card::{self, Resume},
    enrol, plain,
};

#[derive(Deserialize)]
pub(super) struct Back {
    errand: String,
    #[serde(default)]
    handle: String,
}

/// The browser that set out is back: on with what it set out for.
pub(super) async fn finish(
    State(state): State<BankState>,
    visit: Visit,
    Query(back): Query<Back>,
) -> Answer {
    let (ctx, browser) = (visit.ctx(), visit.device_hash());
    let brought = Brought { errand: back.errand, handle: back.handle };
    let back = state.bank.come_back_from_app(&ctx, &browser, &brought).await;
    let (errand, said_no) = back.map_err(over)?;
    let resume = Resume::read(&errand.resume)?;
    if said_no {
        return Ok(declined(&visit, &resume).into_response());
    }
    let words = card::Words { lead: "bankapp-back-lead", title: "bankapp-back-title" };
    let done = match errand.errand {
        Errand::Sign => {
            let page = card::signed(&visit, (&brought.credential(), &words), &resume);
            return Ok(page.unwrap_or_else(|| refused(&visit)).into_response());
        }
        Errand::SignIn => match state.bank.finish_app_sign_in(&ctx, &brought).await {
            Ok(by) => Some(card::signed_in(&state, &visit, &by, resume).await?),
            Err(BankError::App) => None,
            Err(error) => return Err(over(error)),
        },
        Errand::Add { .. } => match state.bank.finish_app_adding(&ctx, &browser, &brought).await {
            Ok(()) => Some(added(&state, &visit, resume).await?.into_response()),
            Err(BankError::App) => None,
            Err(error) => return Err(over(error)),
        },
    };
    Ok(match done {
        Some(answer) => answer,
        None => (StatusCode::FORBIDDEN, refused(&visit)).into_response(),
    })
}

async fn added(state: &BankState, visit: &Visit, resume: Resume) -> Result<Redirect, Problem> {
    let to = match resume {
        Resume::Enrolled { request } => enrol::after(state, visit, request, "app").await,
        Resume::Added => "/holder/security?done=app".to_owned(),
        Resume::Portal { .. }
        | Resume::Link { .. }
        | Resume::Debit { .. }
        | Resume::Page { .. } => return Err(Problem::internal()),
    };
    Ok(Redirect::to(&to))
}

/// The owner said no in the app. Where the page can be refused, its own refusal is one press away, and
/// is kept as the answer to what that page showed.
fn declined(visit: &Visit, resume: &Resume) -> Markup {
    let title = visit.t("bankapp-no");
    let refusal = match resume {
        Resume::Page { page, ceremony, request } => {
            page.refusal().map(|action| (action, *ceremony, *request))
        }
        _ => None,
    };
    let body = html! {
        (ui::heading(&title, None))
        (ui::notice(Tone::Info, &visit.t("bankapp-no.what"), html! {
            p { (visit.t("bankapp-no.money")) }
        }))
        @if let Some((action, ceremony, request)) = refusal {
            (ui::form(action, visit.csrf_field(), html! {
                (ui::hidden("ceremony", &ceremony.to_string()))
                (plain::request_field(request))
                (ui::actions(ui::button(Look::Primary, &visit.t("bankapp-no-finish"))))
            }))
        } @else {
            (ui::actions(ui::link_button(Look::Secondary, "/holder", &visit.t("bankapp-no-back"))))
        }
    };
    visit.page(&PageMeta::new(title).back("/"), body)
}

/// One page for every reason, also for a telephone that nobody let in.
fn refused(visit: &Visit) -> Markup {
    let title = visit.t("bankapp-refused");
    let body = html! {
        (ui::heading(&title, None))
        (ui::notice(Tone::Error, &visit.t("bankapp-refused.what"), html! {
            p { (visit.t("bankapp-refused.money")) }
            p { (visit.t("bankapp-refused.next")) }
        }))
        (ui::actions(html! {
            (ui::link_button(Look::Primary, "/holder/sign-in", &visit.t("sign-in-title")))
            (ui::link_button(Look::Secondary, "/enrol", &visit.t("idcard-refused-enrol")))
        }))
    };
    visit.page(&PageMeta::new(title).back("/"), body)
}
