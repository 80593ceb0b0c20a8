//! On a case's page: that a contact of its customer is somebody else's by now, or is theirs after all.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect},
};
use kanuki_desk::{case::Case, outbox::Channel};
use kanuki_site::{
    Answer, Problem, Visit,
    csrf::CsrfForm,
    ui::{self, Look},
};
use kanuki_wallet::{
    WalletError,
    customer::strange::{contact_name, contact_named},
};
use maud::{Markup, html};
use serde::Deserialize;

use super::{at_desk, cases::id_of, reason, reason_field};
use crate::{WalletState, refusal::problem};

/// What may be said; nothing where the case has no customer with two contacts.
pub(super) async fn of_case(
    state: &WalletState,
    visit: &Visit,
    case: &Case,
) -> Result<Markup, Problem> {
    if case.closed_at.is_some() {
        return Ok(html! {});
    }
    let marks = state.wallet.contact_marks(case).await.map_err(problem)?;
    if marks.theirs.is_empty() && marks.strange.is_empty() {
        return Ok(html! {});
    }
    let form = |channel: Channel, act: &str| {
        let name = contact_name(channel);
        let title = visit.t(&format!("desk-contact-{act}-{name}"));
        let why = reason_field(visit).place(format!("{act}-{name}"));
        ui::details(
            &title,
            ui::form(
                &format!("/desk/cases/{}/contact", case.case_id),
                visit.csrf_field(),
                html! {
                    p { (visit.t(&format!("desk-contact-{act}-what"))) }
                    (ui::hidden("contact", name))
                    (ui::hidden("act", act))
                    (ui::field(&why))
                    (ui::actions(ui::button(Look::Secondary, &title)))
                },
            ),
        )
    };
    Ok(ui::card(
        Some(&visit.t("desk-contact-title")),
        html! {
            @for channel in &marks.strange { (form(*channel, "theirs")) }
            @for channel in &marks.theirs { (form(*channel, "strange")) }
        },
    ))
}

#[derive(Deserialize)]
pub(super) struct Marking {
    contact: String,
    act: String,
    reason: String,
}

pub(super) async fn mark(
    State(state): State<WalletState>,
    visit: Visit,
    Path(text): Path<String>,
    CsrfForm(form): CsrfForm<Marking>,
) -> Answer {
    let (staff, id) = (at_desk(&state, &visit).await?, id_of(&text)?);
    let why = reason(&form.reason)?;
    let channel = contact_named(&form.contact).ok_or_else(Problem::not_found)?;
    let (ctx, about) = (visit.ctx(), (id, channel));
    match form.act.as_str() {
        "strange" => {
            let marked = state.wallet.mark_contact_strange(&ctx, staff, about, &why).await;
            marked.map_err(|error| match error {
                WalletError::TooMany => Problem::conflict("contact_marks"),
                other => problem(other),
            })?;
            Ok(Redirect::to(&format!("/desk/cases/{id}")).into_response())
        }
        "theirs" => {
            let asked = state.wallet.ask_contact_theirs(&ctx, staff, about, &why).await;
            asked.map_err(problem)?;
            Ok(Redirect::to("/desk/approvals").into_response())
        }
        _ => Err(Problem::not_found()),
    }
}
