//! A report from anyone, customer or not: a case number at once, and with a code how far it is.

use axum::{
    Router,
    extract::{Path, State},
    response::IntoResponse,
    routing::{get, post},
};
use http::StatusCode;
use kanuki_desk::compensation::in_force;
use kanuki_site::{
    Answer, PageMeta, Problem, Visit, compensation,
    csrf::CsrfForm,
    report::{self, CONTACT_MAX, Far, REPORTS_MAX, TEXT_MAX, Typed},
    ui::{self, Field, Look},
};
use maud::{Markup, html};
use serde::Deserialize;

use crate::{BankState, refusal::problem};

pub(crate) fn routes() -> Router<BankState> {
    Router::new()
        .route("/report", get(form).post(take))
        .route("/report/look", get(look).post(far))
        .route("/report/again", post(again))
        .route("/report/{id}", get(look_at))
        .route("/compensation", get(policy))
}

/// The policy in force, readable by everybody (FT-25).
async fn policy(State(state): State<BankState>, visit: Visit) -> Answer {
    let (policy, since) = in_force(&state.bank.book).await?;
    let meta = PageMeta::new(visit.t("compensation-title")).back("/");
    Ok(visit.page(&meta, compensation::page_body(&visit, &policy, since)).into_response())
}

/// The wallets that somebody may say it is about.
async fn wallets(state: &BankState) -> Result<Vec<(String, String)>, Problem> {
    let wallets = state.bank.partners().await.map_err(problem)?;
    Ok(wallets.into_iter().map(|wallet| (wallet.client_id.clone(), wallet.name.clone())).collect())
}

async fn form(State(state): State<BankState>, visit: Visit) -> Answer {
    let wallets = wallets(&state).await?;
    Ok(page(&visit, &Report::default(), (&wallets, None)).into_response())
}

#[derive(Default, Deserialize)]
struct Report {
    contact: String,
    text: String,
    #[serde(default)]
    about: String,
}

fn page(
    visit: &Visit,
    report: &Report,
    (wallets, error): (&[(String, String)], Option<String>),
) -> Markup {
    let contact = Field::new("contact", visit.t("report-contact"))
        .hint(visit.t("report-contact-hint"))
        .max_length(CONTACT_MAX)
        .value(&report.contact);
    let text = Field::new("text", visit.t("report-text"))
        .hint(visit.t("report-text-hint"))
        .max_length(TEXT_MAX)
        .value(&report.text)
        .error(error);
    let body = html! {
        (ui::heading(&visit.t("report-title"), Some(&visit.t("report-lead"))))
        (ui::card(Some(&visit.t("report-code")), html! {
            p { (visit.t("report-code-body")) }
            (ui::actions(ui::link_button(Look::Danger, "/stop", &visit.t("nav-stop"))))
        }))
        (ui::section(&visit.t("report-nocode"), ui::form("/report", visit.csrf_field(), html! {
            (ui::field(&contact))
            (ui::text_area(&text))
            (report::about_field(visit, wallets, &report.about))
            (ui::actions(ui::button(Look::Primary, &visit.t("report-send"))))
        })))
        p { a href="/report/look" { (visit.t("reports-look")) } }
        p { a href="/compensation" { (visit.t("compensation-title")) } }
        (ui::card(Some(&visit.t("report-call")), html! { p { (visit.t("report-call-body")) } }))
    };
    visit.page(&PageMeta::new(visit.t("report-title")).back("/"), body)
}

async fn take(
    State(state): State<BankState>,
    visit: Visit,
    CsrfForm(report): CsrfForm<Report>,
) -> Answer {
    if !visit.allow("report", REPORTS_MAX, 3_600) {
        let (policy, _) = in_force(&state.bank.book).await?;
        return Ok(report::too_many(&visit, &policy));
    }
    let fits = |text: &str, most: u16| {
        !text.trim().is_empty() && text.chars().count() <= usize::from(most)
    };
    if !fits(&report.contact, CONTACT_MAX) || !fits(&report.text, TEXT_MAX) {
        let wallets = wallets(&state).await?;
        let page = page(&visit, &report, (&wallets, Some(visit.t("report-wrong"))));
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    let wallets = wallets(&state).await?;
    let about = wallets.iter().map(|(id, _)| id.as_str()).find(|id| *id == report.about);
    let what = (report.contact.trim(), report.text.trim());
    let (bank, ctx) = (&state.bank, visit.ctx());
    let taken = match about {
        Some(about) if !report::is_told_now(&visit, about) => {
            bank.report_unseen(&ctx, what, about).await
        }
        about => bank.report(&ctx, what, about).await,
    };
    let taken = taken.map_err(problem)?;
    let code = taken.code.grouped();
    let body = html! {
        (ui::heading(&visit.t("reported-title"), Some(&visit.t("reported-lead"))))
        (report::handed_out(&visit, (taken.case_id, &code), (&taken.clock, taken.shared)))
        (ui::section(&visit.t("stopped-next"), html! {
            ol.points {
                li { (visit.t("stopped-next-call")) }
                li { (visit.t("stopped-next-police")) }
            }
        }))
    };
    let page = visit.page(&PageMeta::new(visit.t("reported-title")).back("/"), body);
    Ok((StatusCode::CREATED, page).into_response())
}

async fn look(visit: Visit) -> Markup {
    look_page(&visit, "", false)
}

/// The way back for whoever kept the number: what is in the path is in no way a proof.
async fn look_at(visit: Visit, Path(number): Path<String>) -> Markup {
    look_page(&visit, &short(&number), false)
}

fn look_page(visit: &Visit, number: &str, is_wrong: bool) -> Markup {
    let meta = PageMeta::new(visit.t("reports-look")).back("/report");
    visit.page(&meta, report::look_form(visit, number, is_wrong))
}

/// A wrong number and a wrong code are one answer.
async fn far(
    State(state): State<BankState>,
    visit: Visit,
    CsrfForm(typed): CsrfForm<Typed>,
) -> Answer {
    if !report::may_look(&visit) {
        return Err(Problem::too_many());
    }
    shown(&state, &visit, &Typed { number: short(&typed.number), code: typed.code }).await
}

/// Whoever reported asks for a second look by other people, and sees that they did.
async fn again(
    State(state): State<BankState>,
    visit: Visit,
    CsrfForm(typed): CsrfForm<Typed>,
) -> Answer {
    if !report::may_look(&visit) {
        return Err(Problem::too_many());
    }
    let typed = Typed { number: short(&typed.number), code: typed.code };
    let (bank, ctx) = (&state.bank, visit.ctx());
    // Wrong ones look as they do when somebody only looks.
    bank.look_again_by_code(&ctx, &typed.number, &typed.code).await.map_err(problem)?;
    shown(&state, &visit, &typed).await
}

async fn shown(state: &BankState, visit: &Visit, typed: &Typed) -> Answer {
    let found = state.bank.report_progress(&typed.number, &typed.code).await.map_err(problem)?;
    let Some(found) = found else {
        if !report::may_be_wrong(visit) {
            return Err(Problem::too_many());
        }
        let page = look_page(visit, &typed.number, true);
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    };
    let far = Far {
        case_id: found.case_id,
        reported_at: found.reported_at,
        clock: found.clock,
        answered_at: found.answered_at,
        shared: found.shared,
        ended_at: found.ended_at,
        may_ask_again: found.may_ask_again,
        again_at: found.again_at,
        made_good_at: found.made_good_at,
    };
    let meta = PageMeta::new(visit.t("reports-far")).back("/report");
    Ok(visit.page(&meta, report::progress(visit, typed, &far)).into_response())
}

/// What was typed as a number, as far as it could be one.
fn short(typed: &str) -> String {
    typed.trim().chars().filter(|c| !c.is_control()).take(40).collect()
}
