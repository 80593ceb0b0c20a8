//! Cases: what came in, what it is about, what was done.

use axum::{
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect},
};
use kanuki_bank::{BankError, delegate::number_of, desk::Scope, mandate::Mandate};
use kanuki_desk::{
    case::{Case, CaseKind},
    report, rule,
};
use kanuki_desk_http::{
    books, cases as all_cases, claims, drift, flow, history, leak, partners, records, related,
    score, screening, seen, subject,
};
use kanuki_domain::{
    case_number::said,
    id::{CaseId, DelegationId},
};
use kanuki_site::{
    Answer, Problem, Visit, authority, claim,
    csrf::CsrfForm,
    keys::{find_form, note_part, skip_to_note},
    phone_report, risk, show,
    ui::{self, Column, Field, Look, Table, Tone},
};
use maud::{Markup, html};
use serde::Deserialize;

use crate::{
    BankState,
    desk::{self, items},
    plain,
    refusal::problem,
};

#[derive(Deserialize)]
pub(super) struct Which {
    state: Option<String>,
}

pub(super) async fn list(
    State(state): State<BankState>,
    visit: Visit,
    Query(which): Query<Which>,
) -> Answer {
    desk::at_desk(&state, &visit).await?;
    let is_open = which.state.as_deref() != Some("closed");
    let cases = state.bank.cases(is_open).await.map_err(problem)?;
    let title = visit.t(if is_open { "desk-cases-open" } else { "desk-cases-closed" });
    let other = if is_open { "/desk?state=closed" } else { "/desk" };
    let other_title = visit.t(if is_open { "desk-cases-closed" } else { "desk-cases-open" });
    let mut rows = Vec::new();
    for case in &cases {
        let id = case.case_id.to_string();
        rows.push(vec![
            html! { a href={ "/desk/cases/" (id) } { (said(case.case_id)) } },
            html! { (kind(&visit, case)) },
            history::about(&state, &visit, case).await,
            show::time(visit.lang(), case.opened_at),
        ]);
    }
    let table = Table {
        caption: title.clone(),
        head: ["desk-case", "desk-kind", "desk-about", "desk-opened"]
            .map(|key| Column::text(visit.t(key)))
            .into(),
        rows,
    };
    let body = html! {
        (ui::heading(&title, None))
        (items::reminder(&state, &visit).await?)
        (books::reminder(&state, &visit).await?)
        (claims::reminder(&state, &visit).await?)
        (screening::reminder(&state, &visit).await?)
        (leak::reminder(&state, &visit).await?)
        (partners::reviews(&state, &visit).await?)
        (drift::reminder(&state, &visit).await?)
        (records::notices(&state, &visit).await?)
        @if cases.is_empty() { p { (visit.t("desk-cases-none")) } } @else { (ui::table(&table)) }
        (find_form(&visit, "", None))
        p { a href=(other) { (other_title) } }
        p { a href="/desk/phone" { (visit.t("caller-link")) } }
        (phone_report::link(&visit))
        p { a href="/desk/items" { (visit.t("item-title")) } }
        p { a href="/desk/books" { (visit.t("books-title")) } }
        p { a href="/desk/claims" { (visit.t("claim-list")) } }
        (all_cases::link(&visit))
    };
    Ok(visit.desk_page(&desk::meta(&visit, &title, "/desk"), body).into_response())
}

fn kind(visit: &Visit, case: &Case) -> String {
    visit.t(&format!("desk-kind-{}", case.kind.name()))
}

pub(super) fn parse(id: &str) -> Result<CaseId, Problem> {
    id.parse().map_err(|_| problem(BankError::NotAvailable))
}

pub(super) async fn show(
    State(state): State<BankState>,
    visit: Visit,
    Path(id): Path<String>,
) -> Answer {
    let staff_id = desk::at_desk(&state, &visit).await?;
    let case = state.bank.read_case(&visit.ctx(), staff_id, parse(&id)?).await.map_err(problem)?;
    let mandates = state.bank.mandates_of_case(&case).await.map_err(problem)?;
    let compared = desk::compared::section(&state, &visit, (staff_id, &case)).await?;
    let waiting = state.bank.approvals().await.map_err(problem)?;
    let waiting: Vec<String> = waiting.iter().map(|a| a.subject.clone()).collect();
    let written = state.bank.report_text(case.case_id).await.map_err(problem)?;
    let held = seen::of_case(&state, &visit, (staff_id, &case)).await?;
    let steps = steps(&state, &visit, &case).await;
    let title = visit.t_args("desk-case-title", &[("case", said(case.case_id).into())]);
    let mut facts = vec![
        (visit.t("number-long"), html! { code { (case.case_id) } }),
        (visit.t("desk-kind"), html! { (kind(&visit, &case)) }),
        (visit.t("desk-about"), history::about(&state, &visit, &case).await),
        (visit.t("desk-opened"), show::time(visit.lang(), case.opened_at)),
    ];
    if let Some(person) = &case.person_id {
        // Somebody who reported without an account has a person of the report's own.
        let is_holder = person.parse::<kanuki_domain::id::HolderId>().is_ok();
        let link = if is_holder {
            desk::switch_link("person", person, person)
        } else {
            html! { code { (person) } }
        };
        facts.push((visit.t("desk-person"), link));
    }
    if let Some(at) = case.closed_at {
        facts.push((visit.t("desk-closed"), show::time(visit.lang(), at)));
    }
    let may_close = report::closes_by_note(&state.bank.book, &case).await?;
    let body = html! {
        @if case.closed_at.is_none() { (skip_to_note(&visit)) }
        (ui::heading(&title, None))
        (ui::card(None, ui::definitions(facts)))
        @if let Some(rule) = rule::of_case(&case) { (risk::case_part(&visit, rule)) }
        (subject::all_of_case(&state, &visit, (staff_id, &case), &held).await?)
        (score::of_case(&state, &visit, &case).await?)
        (flow::of_case(&state, &visit, (staff_id, &case), &held).await?)
        @if let Some(written) = &written {
            (ui::card(Some(&visit.t("desk-report")), ui::definitions(vec![
                (visit.t("report-contact"), html! { (written.contact) }),
                (visit.t("report-text"), html! { (written.text) }),
            ])))
        }
        (ui::section(&visit.t("desk-mandates"), mandate_table(&visit, &case, &mandates, &waiting)))
        (desk::held::section(&state, &visit, (&case, &waiting)).await?)
        (desk::doubt::section(&state, &visit, (&case, &waiting)).await?)
        (desk::pack::form(&visit, &case, &mandates))
        @if !mandates.is_empty() { (authority::link(&visit, &case.case_id.to_string())) }
        (claims::of_case(&state, &visit, (staff_id, &case)).await?)
        (desk::phone::section(&state, &visit, (&case, &mandates)).await?)
        @if case.closed_at.is_none() && case.kind == CaseKind::OpenItem {
            p { a href={ "/desk/items/" (case.case_id) } { (visit.t("item-title")) } }
        }
        (compared)
        (related::of_case(&state, &visit, &case, &held).await?)
        (ui::section(&visit.t("desk-steps"), html! {
            @if steps.is_empty() { p { (visit.t("desk-steps-none")) } }
            ol.points {
                @for (at, by, text) in &steps { li { strong { (at) " " (by) } " " (text) } }
            }
        }))
        (records::of_case(&visit, &case))
        @if case.closed_at.is_none() { (note_part(&note_form(&visit, &case, may_close))) }
    };
    Ok(visit.desk_page(&desk::meta(&visit, &title, "/desk"), body).into_response())
}

/// The history: when, who, what.
async fn steps(state: &BankState, visit: &Visit, case: &Case) -> Vec<(String, String, String)> {
    let mut steps = Vec::new();
    for step in &case.steps {
        let by = who(state, visit, &step.by).await;
        let text = history::spelled(state, visit, &step.text).await;
        steps.push((show::instant(visit.lang(), step.at), by, words(visit, &text)));
    }
    steps
}

/// Who wrote a line of the history.
async fn who(state: &BankState, visit: &Visit, by: &str) -> String {
    match by.parse::<DelegationId>() {
        Ok(id) => visit.t_args("desk-by-delegate", &[("number", number_of(id).into())]),
        Err(_) => history::who(state, visit, by).await,
    }
}

/// A line of the history. Those of Kanuki's own begin with `=` and name their words.
pub(super) fn words(visit: &Visit, text: &str) -> String {
    if let Some(words) = claim::step_words(visit, text) {
        return words;
    }
    if let Some(words) = risk::step_words(visit, text) {
        return words;
    }
    let Some(noted) = text.strip_prefix('=') else { return text.to_owned() };
    let (code, more) = noted.split_once('|').unwrap_or((noted, ""));
    let more = if code == "phone_raise_alerts" {
        desk::phone_alerts::wishes(visit, more)
    } else {
        more.to_owned()
    };
    format!("{} {more}", visit.t(&format!("step-{code}"))).trim_end().to_owned()
}

/// What ends otherwise is not closed here: what somebody reported ends with what came of it.
fn note_form(visit: &Visit, case: &Case, may_close: bool) -> Markup {
    let text = Field::new("text", visit.t("desk-note")).hint(visit.t("desk-note-hint"));
    ui::form(
        &format!("/desk/cases/{}/note", case.case_id),
        visit.csrf_field(),
        html! {
            (ui::text_area(&text.max_length(1_000)))
            (ui::actions(html! {
                (ui::button_named(Look::Primary, &visit.t("desk-note-add"), "act", "note"))
                @if may_close {
                    (ui::button_named(Look::Secondary, &visit.t("desk-note-close"), "act", "close"))
                }
            }))
        },
    )
}

fn mandate_table(visit: &Visit, case: &Case, mandates: &[Mandate], waiting: &[String]) -> Markup {
    let rows = mandates.iter().map(|mandate| {
        let standing = plain::state(visit, mandate, visit.now());
        let is_suspended =
            matches!(mandate.state, kanuki_domain::mandate::MandateState::Suspended { .. });
        vec![
            desk::switch_link(
                "mandate",
                &mandate.mandate_id.to_string(),
                &mandate.mandate_id.to_string(),
            ),
            html! { (mandate.partner_name) },
            desk::switch_link("account", &mandate.account_id.to_string(), &mandate.account_mask),
            html! { (ui::badge(standing.tone, &standing.word)) " " (standing.meaning) },
            html! { (kanuki_site::terms::in_a_line(&visit.words(), &mandate.terms)) },
            html! {
                a href={ "/desk/cases/" (case.case_id) "/evidence?mandate=" (mandate.mandate_id) } {
                    (visit.t("evidence-read"))
                }
                @if waiting.contains(&format!("mandate|{}", mandate.mandate_id)) {
                    a href="/desk/approvals" { (ui::badge(Tone::Info, &visit.t("desk-waits"))) }
                } @else if is_suspended { (release_form(visit, case, mandate)) }
            },
        ]
    });
    let head =
        ["desk-mandate", "desk-partner", "desk-account", "desk-state", "desk-caps", "desk-act"];
    let table = Table {
        caption: visit.t("desk-mandates"),
        head: head.map(|key| Column::text(visit.t(key))).into(),
        rows: rows.collect(),
    };
    html! {
        @if mandates.is_empty() { p { (visit.t("desk-mandates-none")) } } @else { (ui::table(&table)) }
    }
}

fn release_form(visit: &Visit, case: &Case, mandate: &Mandate) -> Markup {
    ui::form(
        &format!("/desk/cases/{}/release", case.case_id),
        visit.csrf_field(),
        html! {
            (ui::hidden("mandate", &mandate.mandate_id.to_string()))
            input type="text" name="reason" required maxlength="300" class="input"
                aria-label=(visit.t("desk-reason"));
            (ui::button(Look::Secondary, &visit.t("desk-ask-release")))
        },
    )
}

#[derive(Deserialize)]
pub(super) struct Note {
    text: String,
    act: String,
}

pub(super) async fn note(
    State(state): State<BankState>,
    visit: Visit,
    Path(id): Path<String>,
    CsrfForm(form): CsrfForm<Note>,
) -> Answer {
    let staff_id = desk::at_desk(&state, &visit).await?;
    let case_id = parse(&id)?;
    let text = reason(&form.text)?;
    let closes = form.act == "close";
    let noted = state.bank.note_case(&visit.ctx(), staff_id, case_id, (&text, closes)).await;
    noted.map_err(problem)?;
    Ok(Redirect::to(&format!("/desk/cases/{case_id}")).into_response())
}

/// What staff write must say something, and not everything.
pub(super) fn reason(text: &str) -> Result<String, Problem> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > 1_000 {
        return Err(Problem::unprocessable("reason"));
    }
    // No line of theirs looks like one of Kanuki's own.
    Ok(text.trim_start_matches(['=', ' ']).to_owned())
}

#[derive(Deserialize)]
pub(super) struct Release {
    mandate: String,
    reason: String,
}

/// Asks that a suspended mandate of this case may debit again; a second person decides.
pub(super) async fn ask_release(
    State(state): State<BankState>,
    visit: Visit,
    Path(id): Path<String>,
    CsrfForm(form): CsrfForm<Release>,
) -> Answer {
    let staff_id = desk::at_desk(&state, &visit).await?;
    let ctx = visit.ctx();
    let case = state.bank.read_case(&ctx, staff_id, parse(&id)?).await.map_err(problem)?;
    let mandates = state.bank.mandates_of_case(&case).await.map_err(problem)?;
    let mandate = mandates.iter().find(|m| m.mandate_id.to_string() == form.mandate);
    let mandate = mandate.ok_or_else(|| problem(BankError::NotAvailable))?;
    let scope = Scope::Mandate(mandate.mandate_id.to_string());
    let why = reason(&form.reason)?;
    match state.bank.ask_open_gate(&ctx, staff_id, &scope, (&why, None)).await {
        Ok(_) => Ok(Redirect::to("/desk/approvals").into_response()),
        Err(refused) => Err(kanuki_desk_http::reopen::refusal(refused)),
    }
}
