//! A report from anyone, customer or not: a case number at once.

use axum::{Router, extract::State, response::IntoResponse, routing::get};
use http::StatusCode;
use kanuki_site::{
    Answer, PageMeta, Problem, Visit,
    csrf::CsrfForm,
    ui::{self, Field, Look},
};
use maud::{Markup, html};
use serde::Deserialize;

use crate::{BankState, refusal::problem};

/// Reports that one network may make in an hour.
const REPORTS_MAX: u32 = 10;
const CONTACT_CHARS: u16 = 200;
const TEXT_CHARS: u16 = 4_000;

pub(crate) fn routes() -> Router<BankState> {
    Router::new().route("/report", get(form).post(take))
}

async fn form(visit: Visit) -> Markup {
    page(&visit, &Report::default(), None)
}

#[derive(Default, Deserialize)]
struct Report {
    contact: String,
    text: String,
}

fn page(visit: &Visit, report: &Report, error: Option<String>) -> Markup {
    let contact = Field::new("contact", visit.t("report-contact"))
        .hint(visit.t("report-contact-hint"))
        .max_length(CONTACT_CHARS)
        .value(&report.contact);
    let text = Field::new("text", visit.t("report-text"))
        .hint(visit.t("report-text-hint"))
        .max_length(TEXT_CHARS)
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
            (ui::actions(ui::button(Look::Primary, &visit.t("report-send"))))
        })))
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
        return Err(Problem::too_many());
    }
    let fits = |text: &str, most: u16| {
        !text.trim().is_empty() && text.chars().count() <= usize::from(most)
    };
    if !fits(&report.contact, CONTACT_CHARS) || !fits(&report.text, TEXT_CHARS) {
        let page = page(&visit, &report, Some(visit.t("report-wrong")));
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    let taken = state.bank.report(&visit.ctx(), report.contact.trim(), report.text.trim()).await;
    let case_id = taken.map_err(problem)?;
    let body = html! {
        (ui::heading(&visit.t("reported-title"), Some(&visit.t("reported-lead"))))
        (ui::card(None, html! {
            p { (visit.t("stopped-case")) }
            (ui::copy_text(&visit.words(), &case_id.to_string()))
        }))
        (ui::section(&visit.t("stopped-next"), html! {
            ol.points {
                li { (visit.t("stopped-next-call")) }
                li { (visit.t("stopped-next-police")) }
            }
        }))
    };
    Ok(visit.page(&PageMeta::new(visit.t("reported-title")).back("/"), body).into_response())
}
