//! Movements whose end the core did not tell: who sees to each, how old it is, and settling one.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect},
};
use kanuki_bank::{
    BankError,
    debit::Found,
    open_item::{Asked, OpenItem, settlement},
};
use kanuki_desk::approval::Approval;
use kanuki_domain::id::CaseId;
use kanuki_site::{
    Answer, Problem, Visit,
    csrf::CsrfForm,
    number, show,
    ui::{self, Column, Field, Look, Table, Tone},
};
use maud::{Markup, html};
use serde::Deserialize;

use crate::{
    BankState,
    desk::{self, cases},
    refusal::problem,
};

const BASE: &str = "/desk/items";

fn path_of(case_id: CaseId) -> String {
    format!("{BASE}/{case_id}")
}

/// How long it has been under way.
fn age(visit: &Visit, item: &OpenItem) -> String {
    let secs = visit.now().duration_since(item.asked_at).as_secs();
    show::span(visit.lang(), u64::try_from(secs).unwrap_or_default())
}

fn kind(visit: &Visit, item: &OpenItem) -> String {
    visit.t(&format!("item-kind-{}", item.kind.name()))
}

async fn owner(state: &BankState, visit: &Visit, item: &OpenItem) -> String {
    match item.owner {
        Some(id) => desk::name(state, &id.to_string()).await,
        None => visit.t("item-nobody"),
    }
}

async fn partner(state: &BankState, item: &OpenItem) -> String {
    let found = state.bank.partner(&item.client_id).await;
    found.map_or_else(|_| item.client_id.clone(), |partner| partner.name)
}

/// What the list of cases says about them; nothing where there is none.
pub(super) async fn reminder(state: &BankState, visit: &Visit) -> Result<Markup, Problem> {
    let items = state.bank.open_items().await.map_err(problem)?;
    if items.is_empty() {
        return Ok(html! {});
    }
    let title = visit.t_args("item-reminder", &[("count", items.len().into())]);
    let link = html! { p { a href=(BASE) { (visit.t("item-title")) } } };
    Ok(ui::notice(Tone::Warning, &title, link))
}

pub(super) async fn list(State(state): State<BankState>, visit: Visit) -> Answer {
    desk::at_desk(&state, &visit).await?;
    let items = state.bank.open_items().await.map_err(problem)?;
    let mut rows = Vec::new();
    for item in &items {
        rows.push(vec![
            html! { a href=(path_of(item.case_id)) { (kind(&visit, item)) } },
            ui::money(item.amount),
            html! { (partner(&state, item).await) },
            html! { (age(&visit, item)) },
            html! { (owner(&state, &visit, item).await) },
        ]);
    }
    let title = visit.t("item-title");
    let table = Table {
        caption: title.clone(),
        head: vec![
            Column::text(visit.t("desk-kind")),
            Column::number(visit.t("item-amount")),
            Column::text(visit.t("desk-partner")),
            Column::text(visit.t("item-age")),
            Column::text(visit.t("item-owner")),
        ],
        rows,
    };
    let body = html! {
        (ui::heading(&title, Some(&visit.t("item-lead"))))
        @if items.is_empty() { p { (visit.t("item-none")) } } @else { (ui::table(&table)) }
    };
    Ok(visit.desk_page(&desk::meta(&visit, &title, "/desk"), body).into_response())
}

pub(super) async fn show(
    State(state): State<BankState>,
    visit: Visit,
    Path(id): Path<String>,
) -> Answer {
    let staff_id = desk::at_desk(&state, &visit).await?;
    let case_id = cases::parse(&id)?;
    let Some(item) = state.bank.open_item(case_id).await.map_err(problem)? else {
        // It has its end: the case says which.
        return Ok(Redirect::to(&format!("/desk/cases/{case_id}")).into_response());
    };
    let waiting = state.bank.approvals().await.map_err(problem)?;
    let is_asked = waiting.iter().filter_map(settlement).any(|(asked, _)| asked == case_id);
    let title = kind(&visit, &item);
    let facts = vec![
        (visit.t("item-amount"), ui::money(item.amount)),
        (visit.t("desk-partner"), html! { (partner(&state, &item).await) }),
        (visit.t("item-id"), html! { code { (item.id) } }),
        (visit.t("item-core-id"), html! { code { (item.core_id) } }),
        (
            visit.t("desk-mandate"),
            desk::switch_link(
                "mandate",
                &item.mandate_id.to_string(),
                &item.mandate_id.to_string(),
            ),
        ),
        (visit.t("item-since"), show::time(visit.lang(), item.asked_at)),
        (visit.t("item-age"), html! { (age(&visit, &item)) }),
        (visit.t("item-owner"), html! { (owner(&state, &visit, &item).await) }),
        (visit.t("desk-case"), number::link(case_id)),
    ];
    let act = |name: &str, look| {
        let path = format!("{}/{name}", path_of(case_id));
        ui::post_button(visit.csrf_field(), &path, look, &visit.t(&format!("item-do-{name}")))
    };
    let body = html! {
        (ui::heading(&title, Some(&visit.t("item-what"))))
        (ui::card(None, ui::definitions(facts)))
        (ui::actions(html! {
            @if item.owner != Some(staff_id) { (act("take", Look::Secondary)) }
            @if item.found.is_none() { (act("ask", Look::Primary)) }
        }))
        @if item.found.is_some() {
            (ui::notice(Tone::Info, &visit.t("item-found-already"), html! {}))
        } @else if is_asked {
            (ui::notice(Tone::Info, &visit.t("item-waits"), html! {
                p { a href="/desk/approvals" { (visit.t("approval-title")) } }
            }))
        } @else {
            (settle_form(&visit, &item))
        }
        p { a href=(BASE) { (visit.t("item-all")) } }
    };
    Ok(visit.desk_page(&desk::meta(&visit, &title, "/desk"), body).into_response())
}

fn settle_form(visit: &Visit, item: &OpenItem) -> Markup {
    let case_id = item.case_id;
    let how = Field::new("how", visit.t("item-how")).hint(visit.t("item-how-hint")).max_length(500);
    let form = ui::form(
        &format!("{}/settle", path_of(case_id)),
        visit.csrf_field(),
        html! {
            (ui::text_area(&how))
            (ui::actions(ui::button(Look::Secondary, &visit.t("item-settle"))))
        },
    );
    ui::section(
        &visit.t("item-by-hand"),
        html! {
            p { (visit.t("item-by-hand-what")) }
            p { (visit.t("item-core-alone")) }
            (form)
        },
    )
}

/// What a second person is asked to agree to.
pub(super) async fn settled(state: &BankState, visit: &Visit, approval: &Approval) -> Markup {
    let Some((case_id, found)) = settlement(approval) else { return html! {} };
    let item = state.bank.open_item(case_id).await.ok().flatten();
    html! {
        a href=(path_of(case_id)) { (visit.t("item-settle-of")) }
        @if let Some(item) = &item {
            " " (kind(visit, item)) " " (ui::money(item.amount)) " " (partner(state, item).await)
        }
        ": " strong { (visit.t(&format!("item-found-{}", found.name()))) }
    }
}

#[derive(Deserialize)]
pub(super) struct Nothing {}

pub(super) async fn take(
    State(state): State<BankState>,
    visit: Visit,
    Path(id): Path<String>,
    CsrfForm(Nothing {}): CsrfForm<Nothing>,
) -> Answer {
    let by = desk::at_desk(&state, &visit).await?;
    let case_id = cases::parse(&id)?;
    state.bank.take_open_item(&visit.ctx(), by, case_id).await.map_err(problem)?;
    Ok(Redirect::to(&path_of(case_id)).into_response())
}

/// The page says what came of it: the item is there still, or its case is closed.
pub(super) async fn ask(
    State(state): State<BankState>,
    visit: Visit,
    Path(id): Path<String>,
    CsrfForm(Nothing {}): CsrfForm<Nothing>,
) -> Answer {
    let by = desk::at_desk(&state, &visit).await?;
    let case_id = cases::parse(&id)?;
    match state.bank.ask_core_about(&visit.ctx(), by, case_id).await {
        Ok(true) => Ok(Redirect::to(&path_of(case_id)).into_response()),
        Ok(false) | Err(BankError::Core(_)) => Err(Problem::conflict("core_silent")),
        Err(error) => Err(problem(error)),
    }
}

#[derive(Deserialize)]
pub(super) struct Settling {
    how: String,
}

pub(super) async fn settle(
    State(state): State<BankState>,
    visit: Visit,
    Path(id): Path<String>,
    CsrfForm(form): CsrfForm<Settling>,
) -> Answer {
    let by = desk::at_desk(&state, &visit).await?;
    let case_id = cases::parse(&id)?;
    let how = cases::reason(&form.how)?;
    let asked = state.bank.ask_settlement(&visit.ctx(), by, case_id, (Found::Moved, &how)).await;
    match asked {
        Ok(Asked::Waits(_)) => Ok(Redirect::to("/desk/approvals").into_response()),
        Ok(Asked::Ended) => Ok(Redirect::to(&path_of(case_id)).into_response()),
        Err(BankError::Core(_)) => Err(Problem::conflict("core_silent")),
        Err(error) => Err(problem(error)),
    }
}
