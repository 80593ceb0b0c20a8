//! Contacts that somebody disowned and that are the holder's all the same: two people end the doubt.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect},
};
use kanuki_bank::{
    BankError,
    holder::believed::{kind_named, read_subject, subject},
};
use kanuki_desk::{approval::Approval, case::Case};
use kanuki_domain::id::HolderId;
use kanuki_site::{
    Answer, Problem, Visit,
    csrf::CsrfForm,
    ui::{self, Field, Look, Tone},
};
use kanuki_wire::transaction::ContactKind;
use maud::{Markup, html};
use serde::Deserialize;

use super::cases::{parse, reason};
use crate::{BankState, desk, refusal::problem};

fn label(visit: &Visit, kind: ContactKind) -> String {
    visit.t(&format!("doubt-{}", kind.name()))
}

/// What is in doubt of the holder of this case; nothing where nothing is. While the core is silent nobody
/// can say what is on file.
pub(super) async fn section(
    state: &BankState,
    visit: &Visit,
    (case, waiting): (&Case, &[String]),
) -> Result<Markup, Problem> {
    if case.closed_at.is_some() {
        return Ok(html! {});
    }
    let in_doubt = match state.bank.contacts_in_doubt(case).await {
        Ok(in_doubt) => in_doubt,
        Err(BankError::Core(_) | BankError::NotAvailable) => Vec::new(),
        Err(error) => return Err(problem(error)),
    };
    if in_doubt.is_empty() {
        return Ok(html! {});
    }
    let cards: Vec<Markup> =
        in_doubt.iter().map(|one| card(visit, (case, waiting), *one)).collect();
    Ok(ui::section(
        &visit.t("doubt-title"),
        html! {
            p { (visit.t("doubt-lead")) }
            (ui::stack(&cards))
        },
    ))
}

fn card(
    visit: &Visit,
    (case, waiting): (&Case, &[String]),
    (holder_id, kind): (HolderId, ContactKind),
) -> Markup {
    let why = Field::new("reason", visit.t("doubt-reason"))
        .place(kind.name())
        .hint(visit.t("doubt-reason-hint"))
        .max_length(500);
    let action = format!("/desk/cases/{}/believe", case.case_id);
    ui::card(
        Some(&label(visit, kind)),
        html! {
            @if waiting.contains(&subject(holder_id, kind)) {
                p { a href="/desk/approvals" { (ui::badge(Tone::Info, &visit.t("desk-waits"))) } }
            } @else {
                (ui::form(&action, visit.csrf_field(), html! {
                    (ui::hidden("contact", kind.name()))
                    (ui::field(&why))
                    (ui::actions(ui::button(Look::Secondary, &visit.t("doubt-ask"))))
                }))
            }
        },
    )
}

/// What a second person is asked to agree to.
pub(super) fn asked(visit: &Visit, approval: &Approval) -> Markup {
    html! {
        (visit.t("doubt-approval")) " "
        @match read_subject(&approval.subject) {
            Some((holder_id, kind)) => { strong { (label(visit, kind)) } " " code { (holder_id) } }
            None => { code { (approval.subject) } }
        }
    }
}

#[derive(Deserialize)]
pub(super) struct Asking {
    contact: String,
    reason: String,
}

pub(super) async fn ask(
    State(state): State<BankState>,
    visit: Visit,
    Path(id): Path<String>,
    CsrfForm(form): CsrfForm<Asking>,
) -> Answer {
    let by = desk::at_desk(&state, &visit).await?;
    let case_id = parse(&id)?;
    let kind = kind_named(&form.contact).ok_or_else(|| problem(BankError::NotAvailable))?;
    let why = reason(&form.reason)?;
    match state.bank.ask_believe_contact(&visit.ctx(), by, (case_id, kind), &why).await {
        Ok(_) => Ok(Redirect::to("/desk/approvals").into_response()),
        // Somebody asked for the same before: it waits there. What is in no doubt looks the same.
        Err(BankError::NotAvailable) => Err(Problem::conflict("already_asked")),
        Err(error) => Err(problem(error)),
    }
}
