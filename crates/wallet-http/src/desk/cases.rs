//! Cases: what a person must finish, and what they may do about it.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use kanuki_desk::{
    case::{Case, CaseKind},
    report::closes_by_note,
    rule,
};
use kanuki_desk_http::{
    books, cases as all_cases, claims, drift, flow, history, leak, partners::reviews, records,
    related, score, screening, seen, subject as whom,
};
use kanuki_domain::{case_number::said, id::CaseId};
use kanuki_record::Stored;
use kanuki_site::{
    Answer, Problem, Visit, authority,
    csrf::CsrfForm,
    keys::{find_form, note_part, skip_to_note},
    number, phone_report, risk, show as shown,
    ui::{self, Column, Field, Icon, Look, Table, Tone},
};
use maud::{Markup, html};
use serde::Deserialize;

use super::{
    TEXT_MAX, at_desk, by_hand, contact, pack, page, person, reason, reason_field, recoup, refunds,
};
use crate::{WalletState, refusal::problem};

/// The most cases on one page; older ones are found by number.
const CASES_MAX: usize = 200;

pub(super) async fn open(State(state): State<WalletState>, visit: Visit) -> Answer {
    list(&state, &visit, true).await
}

pub(super) async fn closed(State(state): State<WalletState>, visit: Visit) -> Answer {
    list(&state, &visit, false).await
}

async fn list(state: &WalletState, visit: &Visit, is_open: bool) -> Answer {
    at_desk(state, visit).await?;
    let cases = state.wallet.cases(is_open).await.map_err(problem)?;
    let waiting = state.wallet.waiting_approvals().await.map_err(problem)?.len();
    let (title, current) = if is_open {
        (visit.t("desk-cases-title"), "/desk")
    } else {
        (visit.t("desk-closed-title"), "/desk/closed")
    };
    let body = html! {
        (ui::heading(&title, None))
        @if is_open {
            (reviews(state, visit).await?)
            (drift::reminder(state, visit).await?)
            (records::notices(state, visit).await?)
            (books::reminder(state, visit).await?)
            (claims::reminder(state, visit).await?)
            (screening::reminder(state, visit).await?)
            (leak::reminder(state, visit).await?)
        }
        @if is_open && waiting > 0 {
            (ui::notice(Tone::Info, &visit.t_args("desk-waiting", &[("n", waiting.into())]),
                html! { a href="/desk/approvals" { (visit.t("desk-nav-approvals")) } }))
        }
        @if cases.is_empty() {
            (ui::empty(Icon::Case, &visit.t("desk-cases-none"), &visit.t("desk-cases-none-body"),
                None))
        } @else {
            (case_table(visit, &title, &cases))
        }
        (find_form(visit, "", None))
        @if is_open {
            (phone_report::link(visit))
            p { a href="/desk/books" { (visit.t("books-title")) } }
            p { a href="/desk/claims" { (visit.t("claim-list")) } }
            (all_cases::link(visit))
        }
    };
    Ok(page(visit, &title, current, body).into_response())
}

fn case_table(visit: &Visit, caption: &str, cases: &[Stored<Case>]) -> Markup {
    let row = |case: &Stored<Case>| {
        let id = case.case_id;
        vec![
            html! { a href={ "/desk/cases/" (id) } { (said(id)) } },
            html! { (kind_of(visit, case.kind)) },
            html! { (shown::time(visit.lang(), case.opened_at)) },
            html! { (case.steps.len()) },
        ]
    };
    ui::table(&Table {
        caption: caption.to_owned(),
        head: vec![
            Column::text(visit.t("desk-case-number")),
            Column::text(visit.t("desk-case-kind")),
            Column::text(visit.t("desk-case-opened")),
            Column::number(visit.t("desk-case-steps")),
        ],
        rows: cases.iter().take(CASES_MAX).map(row).collect(),
    })
}

fn kind_of(visit: &Visit, kind: CaseKind) -> String {
    visit.t(&format!("desk-kind-{}", kind.name()))
}

pub(super) fn id_of(text: &str) -> Result<CaseId, Problem> {
    text.parse().map_err(|_| Problem::not_found())
}

pub(super) async fn show(
    State(state): State<WalletState>,
    visit: Visit,
    Path(text): Path<String>,
) -> Answer {
    let staff = at_desk(&state, &visit).await?;
    let id = id_of(&text)?;
    let case = state.wallet.read_case(&visit.ctx(), staff, id).await.map_err(problem)?;
    let title = visit.t_args("desk-case-title", &[("kind", kind_of(&visit, case.kind).into())]);
    let report = state.wallet.report_text(&case).await.map_err(problem)?;
    let may_close = closes_by_note(&state.wallet.book, &case).await?;
    let customer = person::of_case(&state, &visit, &case).await?;
    let about = history::about(&state, &visit, &case).await;
    let held = seen::of_case(&state, &visit, (staff, &case)).await?;
    let steps = steps(&state, &visit, &case).await;
    let by_hand = by_hand::of_case(&state, &visit, &case).await?;
    let can_freeze = customer.as_ref().is_some_and(|(_, is_still)| !is_still);
    let body = html! {
        (skip_to_note(&visit))
        (ui::heading(&title, None))
        (ui::columns(
            html! {
                (summary(&visit, &case, &about))
                @if let Some((contact, text)) = &report {
                    (ui::card(Some(&visit.t("desk-report")), html! {
                        (ui::definitions(vec![
                            (visit.t("desk-report-contact"), html! { (contact) }),
                            (visit.t("desk-report-text"), html! { (text) }),
                        ]))
                    }))
                }
                (whom::of_case(&state, &visit, (&case, &held)).await?)
                (score::of_case(&state, &visit, &case).await?)
                (flow::of_case(&state, &visit, (staff, &case), &held).await?)
                (steps)
                (related::of_case(&state, &visit, &case, &held).await?)
                @if let Some((markup, _)) = &customer { (markup) }
                (refunds::of_case(&state, &visit, &case).await?)
                (recoup::of_case(&state, &visit, &case).await?)
            },
            html! {
                @if let Some(rule) = rule::of_case(&case) { (risk::case_part(&visit, rule)) }
                (whom::cards_of_case(&state, &visit, (staff, &case)).await?)
                @if let Some(payout) = &by_hand { (payout) }
                (acts(&visit, &case, (can_freeze, may_close, by_hand.is_some())))
                (claims::of_case(&state, &visit, (staff, &case)).await?)
                @if case.person_id.is_some() {
                    (authority::link(&visit, &id.to_string()))
                }
                (contact::of_case(&state, &visit, &case).await?)
                (refunds::form(&state, &visit, &case).await?)
                (pack::form(&state, &visit, &case).await?)
            },
        ))
    };
    Ok(page(&visit, &title, "/desk", body).into_response())
}

fn summary(visit: &Visit, case: &Case, about: &Markup) -> Markup {
    let state = match case.closed_at {
        Some(at) => html! {
            (ui::badge(Tone::Neutral, &visit.t("desk-case-closed"))) " "
            (shown::time(visit.lang(), at))
        },
        None => ui::badge(Tone::Warning, &visit.t("desk-case-open")),
    };
    ui::card(
        None,
        ui::definitions(vec![
            (visit.t("desk-case-number"), number::both(case.case_id)),
            (visit.t("desk-case-opened"), shown::time(visit.lang(), case.opened_at)),
            (visit.t("desk-case-state"), state),
            (visit.t("desk-case-about"), html! { (about) }),
        ]),
    )
}

async fn steps(state: &WalletState, visit: &Visit, case: &Case) -> Markup {
    let mut rows = Vec::new();
    // What a reporter wrote is shown above, opened.
    for step in case.steps.iter().filter(|step| !step.text.starts_with("sealed:")) {
        let by = history::who(state, visit, &step.by).await;
        let text = history::spelled(state, visit, &step.text).await;
        let text = super::step_text(visit, &text);
        rows.push(vec![shown::time(visit.lang(), step.at), html! { (by) }, html! { (text) }]);
    }
    ui::table(&Table {
        caption: visit.t("desk-steps"),
        head: vec![
            Column::text(visit.t("desk-step-at")),
            Column::text(visit.t("desk-step-by")),
            Column::text(visit.t("desk-step-text")),
        ],
        rows,
    })
}

/// What may be done about it now.
fn acts(
    visit: &Visit,
    case: &Case,
    (can_freeze, may_close, is_by_hand): (bool, bool, bool),
) -> Markup {
    let at = |act: &str| format!("/desk/cases/{}/{act}", case.case_id);
    let note = Field::new("text", visit.t("desk-note"))
        .hint(visit.t("desk-note-hint"))
        .max_length(TEXT_MAX);
    let close = Field::new("text", visit.t("desk-close"))
        .hint(visit.t("desk-close-hint"))
        .place("close")
        .max_length(TEXT_MAX);
    let is_open = case.closed_at.is_none();
    html! {
        @if can_freeze {
            (ui::card(Some(&visit.t("desk-freeze")), html! {
                p { (visit.t("desk-freeze-what")) }
                (ui::post_button(visit.csrf_field(), &at("freeze"), Look::Danger,
                    &visit.t("desk-freeze-button")))
            }))
        }
        @if is_open && case.kind == CaseKind::OpenItem && !is_by_hand {
            (ui::card(Some(&visit.t("desk-ask-bank")), html! {
                p { (visit.t("desk-ask-bank-what")) }
                (ui::post_button(visit.csrf_field(), &at("ask-bank"), Look::Primary,
                    &visit.t("desk-ask-bank-button")))
            }))
        }
        @if is_open && case.kind == CaseKind::Unfreeze {
            (ui::card(Some(&visit.t("desk-unfreeze")), html! {
                p { (visit.t("desk-unfreeze-what")) }
                (ui::form(&at("unfreeze"), visit.csrf_field(), html! {
                    (ui::field(&reason_field(visit)))
                    (ui::actions(ui::button(Look::Primary, &visit.t("desk-unfreeze-button"))))
                }))
            }))
        }
        (note_part(&ui::card(Some(&visit.t("desk-note-title")), ui::form(
            &at("note"), visit.csrf_field(), html! {
                (ui::text_area(&note))
                (ui::actions(ui::button(Look::Secondary, &visit.t("desk-note-button"))))
            }))))
        (records::of_case(visit, case))
        // Money that people are to pay ends with what came of it, as a report does.
        @if is_open && may_close && !is_by_hand {
            (ui::card(Some(&visit.t("desk-close-title")), ui::form(
                &at("close"), visit.csrf_field(), html! {
                    (ui::text_area(&close))
                    (ui::actions(ui::button(Look::Secondary, &visit.t("desk-close-button"))))
                })))
        }
    }
}

#[derive(Deserialize)]
pub(super) struct Text {
    text: String,
}

#[derive(Deserialize)]
pub(super) struct Why {
    reason: String,
}

#[derive(Deserialize)]
pub(super) struct Nothing {}

fn back_to(id: CaseId) -> Response {
    Redirect::to(&format!("/desk/cases/{id}")).into_response()
}

pub(super) async fn note(
    State(state): State<WalletState>,
    visit: Visit,
    Path(text): Path<String>,
    CsrfForm(form): CsrfForm<Text>,
) -> Answer {
    let (staff, id) = (at_desk(&state, &visit).await?, id_of(&text)?);
    let text = reason(&form.text)?;
    state.wallet.note_case(&visit.ctx(), staff, id, &text).await.map_err(problem)?;
    Ok(back_to(id))
}

pub(super) async fn close(
    State(state): State<WalletState>,
    visit: Visit,
    Path(text): Path<String>,
    CsrfForm(form): CsrfForm<Text>,
) -> Answer {
    let (staff, id) = (at_desk(&state, &visit).await?, id_of(&text)?);
    let text = reason(&form.text)?;
    state.wallet.close_case(&visit.ctx(), staff, id, &text).await.map_err(problem)?;
    Ok(back_to(id))
}

pub(super) async fn freeze(
    State(state): State<WalletState>,
    visit: Visit,
    Path(text): Path<String>,
    CsrfForm(Nothing {}): CsrfForm<Nothing>,
) -> Answer {
    let (staff, id) = (at_desk(&state, &visit).await?, id_of(&text)?);
    let frozen = state.wallet.freeze_for_case(&visit.ctx(), staff, id).await;
    Ok(back_to(frozen.map_err(problem)?))
}

pub(super) async fn ask_bank(
    State(state): State<WalletState>,
    visit: Visit,
    Path(text): Path<String>,
    CsrfForm(Nothing {}): CsrfForm<Nothing>,
) -> Answer {
    let (staff, id) = (at_desk(&state, &visit).await?, id_of(&text)?);
    state.wallet.ask_open_item(&visit.ctx(), staff, id).await.map_err(problem)?;
    Ok(back_to(id))
}

pub(super) async fn propose_unfreeze(
    State(state): State<WalletState>,
    visit: Visit,
    Path(text): Path<String>,
    CsrfForm(form): CsrfForm<Why>,
) -> Answer {
    let (staff, id) = (at_desk(&state, &visit).await?, id_of(&text)?);
    let why = reason(&form.reason)?;
    state.wallet.propose_unfreeze(&visit.ctx(), staff, id, &why).await.map_err(problem)?;
    Ok(Redirect::to("/desk/approvals").into_response())
}
