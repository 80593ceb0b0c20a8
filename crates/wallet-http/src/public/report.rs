//! Telling us that something is wrong, for people without a wallet too: a number at once.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use kanuki_domain::id::CaseId;
use kanuki_formats::text::safe_line;
use kanuki_site::{
    Answer, PageMeta, Problem, Visit,
    csrf::CsrfForm,
    ui::{self, Field, Look, Tone},
};
use maud::{Markup, html};
use serde::Deserialize;

use crate::{WalletState, refusal::problem};

/// Reports that one network may send in an hour.
const REPORTS_MAX: u32 = 10;
const CONTACT_MAX: u16 = 120;
const TEXT_MAX: u16 = 1_000;

#[derive(Default, Deserialize)]
pub(super) struct Report {
    contact: String,
    text: String,
}

pub(super) async fn form(visit: Visit) -> Markup {
    form_page(&visit, &Report::default(), false)
}

fn form_page(visit: &Visit, report: &Report, is_wrong: bool) -> Markup {
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
            p.hint { (visit.t("report-never")) }
            (ui::actions(ui::button(Look::Primary, &visit.t("report-send"))))
        }))
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
        return Err(Problem::too_many());
    }
    let contact = safe_line(&form.contact, usize::from(CONTACT_MAX));
    let text = safe_line(&form.text, usize::from(TEXT_MAX));
    if contact.is_empty() || text.is_empty() {
        let page = form_page(&visit, &form, true);
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    let case_id = state.wallet.report(&visit.ctx(), &contact, &text).await.map_err(problem)?;
    Ok(done(&visit, case_id))
}

fn done(visit: &Visit, case_id: CaseId) -> Response {
    let title = visit.t("report-done-title");
    let body = html! {
        (ui::heading(&title, None))
        (ui::card(Some(&visit.t("report-done-case")), html! {
            (ui::copy_text(&visit.words(), &case_id.to_string()))
            p.hint { (visit.t("report-done-case-hint")) }
        }))
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
