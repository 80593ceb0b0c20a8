//! Telling us that something is wrong, for people without a wallet too: a number at once.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use http::StatusCode;
use kanuki_desk::compensation::in_force;
use kanuki_domain::bank_account::BankCode;
use kanuki_formats::text::safe_line;
use kanuki_site::{
    Answer, PageMeta, Problem, Visit,
    csrf::CsrfForm,
    report::{self, CONTACT_MAX, Far, REPORTS_MAX, TEXT_MAX, Typed},
    ui::{self, Field, Look, Tone},
};
use maud::{Markup, html};
use serde::Deserialize;

use crate::{WalletState, refusal::problem};

#[derive(Default, Deserialize)]
pub(super) struct Report {
    contact: String,
    text: String,
    #[serde(default)]
    about: String,
}

/// The banks that somebody may say it is about.
async fn banks(state: &WalletState) -> Result<Vec<(String, String)>, Problem> {
    let banks = state.wallet.partners().await.map_err(problem)?;
    Ok(banks.into_iter().map(|bank| (bank.code.to_string(), bank.name.clone())).collect())
}

pub(super) async fn form(State(state): State<WalletState>, visit: Visit) -> Answer {
    let banks = banks(&state).await?;
    Ok(form_page(&visit, &Report::default(), (&banks, false)).into_response())
}

fn form_page(
    visit: &Visit,
    report: &Report,
    (banks, is_wrong): (&[(String, String)], bool),
) -> Markup {
    let title = visit.t("report-title");
    let missing = |text: &str| {
        let is_empty = text.trim().is_empty();
        (is_wrong && is_empty).then(|| visit.t("report-missing"))
    };
    let contact = Field::new("contact", visit.t("report-contact"))
        .hint(visit.t("report-contact-hint"))
        .max_length(CONTACT_MAX)
        .value(&report.contact)
        .error(missing(&report.contact));
    let text = Field::new("text", visit.t("report-text"))
        .hint(visit.t("report-text-hint"))
        .max_length(TEXT_MAX)
        .value(&report.text)
        .error(missing(&report.text));
    let body = html! {
        (ui::heading(&title, Some(&visit.t("report-lead"))))
        (ui::notice(Tone::Warning, &visit.t("report-hurry"), html! {
            p { a href="/stop" { (visit.t("report-hurry-stop")) } }
        }))
        (ui::form("/report", visit.csrf_field(), html! {
            (ui::field(&contact))
            (ui::text_area(&text))
            (report::about_field(visit, banks, &report.about))
            p.hint { (visit.t("report-never")) }
            (ui::actions(ui::button(Look::Primary, &visit.t("report-send"))))
        }))
        p { a href="/report/look" { (visit.t("reports-look")) } }
        p { a href="/compensation" { (visit.t("report-compensation")) } }
    };
    visit.page(&PageMeta::new(&title).back("/"), body)
}

pub(super) async fn send(
    State(state): State<WalletState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Report>,
) -> Answer {
    if !visit.allow("report", REPORTS_MAX, 3_600) {
        let (policy, _) = in_force(&state.wallet.book).await?;
        return Ok(report::too_many(&visit, &policy));
    }
    let contact = safe_line(&form.contact, usize::from(CONTACT_MAX));
    let text = safe_line(&form.text, usize::from(TEXT_MAX));
    if contact.is_empty() || text.is_empty() {
        let page = form_page(&visit, &form, (&banks(&state).await?, true));
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    // One that is not offered is none: a report must not be lost, nor stay without an answer, for it.
    let offered = banks(&state).await?.into_iter().find(|(code, _)| *code == form.about);
    let about = offered.and_then(|(code, _)| BankCode::parse(&code).ok());
    let (wallet, ctx, what) = (&state.wallet, visit.ctx(), (contact.as_str(), text.as_str()));
    let taken = match about {
        Some(bank) if !report::is_told_now(&visit, &bank.to_string()) => {
            wallet.report_unseen(&ctx, what, bank).await
        }
        about => wallet.report(&ctx, what, about).await,
    };
    let taken = taken.map_err(problem)?;
    let code = taken.code.grouped();
    Ok(done(
        &visit,
        &report::handed_out(&visit, (taken.case_id, &code), (&taken.clock, taken.shared)),
    ))
}

pub(super) async fn look(visit: Visit) -> Markup {
    look_page(&visit, "", false)
}

/// The way back for whoever kept the number: what is in the path is in no way a proof.
pub(super) async fn look_at(visit: Visit, Path(number): Path<String>) -> Markup {
    look_page(&visit, &safe_line(&number, 40), false)
}

fn look_page(visit: &Visit, number: &str, is_wrong: bool) -> Markup {
    let meta = PageMeta::new(visit.t("reports-look")).back("/report");
    visit.page(&meta, report::look_form(visit, number, is_wrong))
}

/// A wrong number and a wrong code are one answer.
pub(super) async fn far(
    State(state): State<WalletState>,
    visit: Visit,
    CsrfForm(typed): CsrfForm<Typed>,
) -> Answer {
    if !report::may_look(&visit) {
        return Err(Problem::too_many());
    }
    shown(&state, &visit, &Typed { number: safe_line(&typed.number, 40), code: typed.code }).await
}

/// Whoever reported asks for a second look by other people, and sees that they did.
pub(super) async fn again(
    State(state): State<WalletState>,
    visit: Visit,
    CsrfForm(typed): CsrfForm<Typed>,
) -> Answer {
    if !report::may_look(&visit) {
        return Err(Problem::too_many());
    }
    let typed = Typed { number: safe_line(&typed.number, 40), code: typed.code };
    let (wallet, ctx) = (&state.wallet, visit.ctx());
    // Wrong ones look as they do when somebody only looks.
    wallet.look_again_by_code(&ctx, &typed.number, &typed.code).await.map_err(problem)?;
    shown(&state, &visit, &typed).await
}

async fn shown(state: &WalletState, visit: &Visit, typed: &Typed) -> Answer {
    let found = state.wallet.report_progress(&typed.number, &typed.code).await.map_err(problem)?;
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

fn done(visit: &Visit, handed_out: &Markup) -> Response {
    let title = visit.t("report-done-title");
    let body = html! {
        (ui::heading(&title, None))
        (handed_out)
        (ui::section(&visit.t("report-done-next"), html! {
            ol.points {
                li { (visit.t("report-done-next-us")) }
                li { (visit.t("report-done-next-bank")) }
                li { (visit.t("report-done-next-police")) }
            }
        }))
        (ui::actions(ui::link_button(Look::Secondary, "/", &visit.t("report-done-home"))))
    };
    (StatusCode::CREATED, visit.page(&PageMeta::new(&title), body)).into_response()
}
