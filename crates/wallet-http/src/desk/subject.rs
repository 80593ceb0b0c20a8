//! One wallet that a rule's case is about: what of it is seen, and what staff may do, each noted in the case.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect},
};
use kanuki_desk::{approval::Approval, watch::lists_for};
use kanuki_desk_http::subject as whom;
use kanuki_domain::id::{CaseId, WalletId};
use kanuki_risk::Key;
use kanuki_site::{
    Answer, Problem, Visit,
    csrf::CsrfForm,
    number, risk, show,
    ui::{self, Column, Look, Table, Tone},
};
use kanuki_wallet::{
    Customer,
    desk::{HELD_RELEASE, HeldMoney, HeldWay, Switch},
};
use maud::{Markup, html};
use serde::Deserialize;

use super::{at_desk, cases::id_of, page, person, reason, reason_field};
use crate::{WalletState, refusal::problem};

/// Where it is.
pub(super) fn path(case_id: CaseId, wallet_id: impl std::fmt::Display) -> String {
    format!("/desk/cases/{case_id}/wallets/{wallet_id}")
}

fn wallet_named(text: &str) -> Result<WalletId, Problem> {
    text.parse().map_err(|_| Problem::not_found())
}

pub(super) async fn look(
    State(state): State<WalletState>,
    visit: Visit,
    Path((number, wallet)): Path<(String, String)>,
) -> Answer {
    let staff = at_desk(&state, &visit).await?;
    let (case_id, wallet_id) = (id_of(&number)?, wallet_named(&wallet)?);
    let ctx = visit.ctx();
    let read = state.wallet.read_subject(&ctx, staff, (case_id, wallet_id)).await;
    let (case, customer) = read.map_err(problem)?;
    let id = customer.customer_id;
    let (seen, _) =
        person::of_customer(&state, &visit, id).await?.ok_or_else(Problem::not_found)?;
    let held = state.wallet.held_money(&ctx, id).await.map_err(problem)?;
    let key = Key::Wallet(wallet_id.to_string());
    let lists = lists_for(&state.wallet.risk, &key).join("、");
    let title = visit.t("desk-subject-title");
    let body = html! {
        (ui::heading(&title, Some(&visit.t("desk-subject-lead"))))
        p { a href={ "/desk/cases/" (case_id) } { (visit.t("desk-subject-back")) " " (number::both(case_id)) } }
        (ui::columns(
            html! {
                (ui::section(&visit.t("desk-held-title"), held_part(&visit, case_id, &held)))
                (seen)
            },
            html! {
                (switches(&state, &visit, (case_id, &customer)).await?)
                (write_card(&visit, case_id, wallet_id))
                @if !lists.is_empty() { (risk::watch_card(&visit, &key, &lists)) }
                (whom::suspicion_of_case(&state, &visit, (staff, &case)).await?)
            },
        ))
    };
    Ok(page(&visit, &title, "/desk", body).into_response())
}

/// The switches of the wallet and of its connections: stopped by one, let go by two.
async fn switches(
    state: &WalletState,
    visit: &Visit,
    (case_id, customer): (CaseId, &Customer),
) -> Result<Markup, Problem> {
    let mut all = vec![(Switch::Wallet(customer.wallet_id), "wallet", String::new())];
    let links = state.wallet.links(customer.customer_id).await.map_err(problem)?;
    let names = state.wallet.bank_names().await.map_err(problem)?;
    for link in links.iter().filter(|link| link.is_alive()) {
        let label = format!("{} {}", names.of(link.bank), link.account_mask);
        all.push((Switch::Link(link.link_id), "link", label));
    }
    let mut cards = Vec::new();
    for (switch, kind, label) in all {
        let is_stopped = state.wallet.is_stopped(&visit.ctx(), switch).await.map_err(problem)?;
        let is_frozen = kind == "wallet" && customer.frozen.is_some();
        let act = if is_stopped { "release" } else { "stop" };
        let number = switch.number();
        let form = ui::form(
            &format!("/desk/switches/{act}"),
            visit.csrf_field(),
            html! {
                (ui::hidden("kind", kind))
                (ui::hidden("id", &number))
                (ui::hidden("case", &case_id.to_string()))
                (ui::field(&reason_field(visit).place(&number)))
                @if is_stopped {
                    (ui::actions(ui::button(Look::Secondary, &visit.t("desk-switch-ask"))))
                } @else {
                    (ui::actions(ui::button(Look::Danger, &visit.t("desk-switch-stop"))))
                }
            },
        );
        cards.push(ui::card(
            Some(&visit.t(&format!("desk-subject-stop-{kind}"))),
            html! {
                p { (label) " " code { (number) } }
                @if is_stopped {
                    p { (ui::badge(Tone::Error, &visit.t("desk-switch-stopped"))) " "
                        (visit.t("desk-subject-stopped")) }
                } @else { p { (visit.t("desk-subject-stop-what")) } }
                @if is_stopped && is_frozen { p { (visit.t("desk-subject-frozen")) } }
                @else { (form) }
            },
        ));
    }
    Ok(ui::stack(&cards))
}

/// What is held, and the two ways on.
fn held_part(visit: &Visit, case_id: CaseId, held: &[HeldMoney]) -> Markup {
    if held.is_empty() {
        return html! { p { (visit.t("desk-held-none")) } };
    }
    let form = |one: &HeldMoney, act: &str| {
        let title = visit.t(&format!("desk-held-{act}"));
        ui::details(
            &title,
            ui::form(
                &format!("/desk/cases/{case_id}/held"),
                visit.csrf_field(),
                html! {
                    p { (visit.t(&format!("desk-held-{act}-what"))) }
                    (ui::hidden("held", &one.id))
                    (ui::hidden("act", act))
                    (ui::field(&reason_field(visit).place(format!("{act}-{}", one.id))))
                    (ui::actions(ui::button(Look::Secondary, &title)))
                },
            ),
        )
    };
    let row = |one: &HeldMoney| {
        vec![
            html! { code { (one.id) } },
            way(visit, one),
            ui::money(one.amount),
            until(visit, one),
            html! {
                @if one.is_asked {
                    a href="/desk/approvals" { (visit.t("desk-held-asked")) }
                } @else { (form(one, "release")) }
                (form(one, "back"))
            },
        ]
    };
    ui::table(&Table {
        caption: visit.t("desk-held-title"),
        head: vec![
            Column::text(visit.t("desk-switch-id")),
            Column::text(visit.t("desk-held-way")),
            Column::number(visit.t("desk-line-amount")),
            Column::text(visit.t("desk-held-until")),
            Column::text(visit.t("desk-held-do")),
        ],
        rows: held.iter().map(row).collect(),
    })
}

/// When its time is over, and what keeps it after that.
fn until(visit: &Visit, held: &HeldMoney) -> Markup {
    let is_over = held.until <= visit.ctx().now;
    html! {
        (show::time(visit.lang(), held.until))
        @if !held.lists.is_empty() {
            p {
                (visit.t(if is_over { "desk-held-kept" } else { "desk-held-will-be-kept" })) " "
                a href="/desk/risk/lists" { code { (held.lists.join(", ")) } }
            }
        } @else if is_over {
            p { (visit.t("desk-held-over")) }
        }
    }
}

fn way(visit: &Visit, held: &HeldMoney) -> Markup {
    match held.way {
        HeldWay::Wallet(to) => html! { code { (to) } },
        HeldWay::Link => html! { (visit.t("desk-held-to-link")) },
        HeldWay::Payout => html! { (visit.t("desk-held-to-payout")) },
    }
}

fn write_card(visit: &Visit, case_id: CaseId, wallet_id: WalletId) -> Markup {
    let to = format!("{}/write", path(case_id, wallet_id));
    ui::card(
        Some(&visit.t("desk-write-title")),
        html! {
            p { (visit.t("desk-write-what")) }
            (ui::post_button(visit.csrf_field(), &to, Look::Secondary, &visit.t("desk-write-button")))
        },
    )
}

#[derive(Deserialize)]
pub(super) struct Nothing {}

pub(super) async fn write(
    State(state): State<WalletState>,
    visit: Visit,
    Path((case, wallet)): Path<(String, String)>,
    CsrfForm(Nothing {}): CsrfForm<Nothing>,
) -> Answer {
    let staff = at_desk(&state, &visit).await?;
    let about = (id_of(&case)?, wallet_named(&wallet)?);
    state.wallet.write_to_subject(&visit.ctx(), staff, about).await.map_err(problem)?;
    Ok(Redirect::to(&format!("/desk/cases/{}", about.0)).into_response())
}

#[derive(Deserialize)]
pub(super) struct Held {
    held: String,
    act: String,
    reason: String,
}

pub(super) async fn held(
    State(state): State<WalletState>,
    visit: Visit,
    Path(case): Path<String>,
    CsrfForm(form): CsrfForm<Held>,
) -> Answer {
    let (staff, case_id) = (at_desk(&state, &visit).await?, id_of(&case)?);
    let (why, ctx, about) = (reason(&form.reason)?, visit.ctx(), (case_id, &*form.held));
    match form.act.as_str() {
        "release" => {
            state.wallet.ask_held_release(&ctx, staff, about, &why).await.map_err(problem)?;
            Ok(Redirect::to("/desk/approvals").into_response())
        }
        "back" => {
            state.wallet.give_back_held(&ctx, staff, about, &why).await.map_err(problem)?;
            Ok(Redirect::to(&format!("/desk/cases/{case_id}")).into_response())
        }
        _ => Err(Problem::unprocessable("bad_form")),
    }
}

/// What an approval asks to let go; nothing where it is about something else.
pub(super) async fn asked_for(
    state: &WalletState,
    visit: &Visit,
    approval: &Approval,
) -> Result<Vec<(String, Markup)>, Problem> {
    if approval.act != HELD_RELEASE {
        return Ok(Vec::new());
    }
    let case = approval.subject.split_once('|').map_or("", |(_, case)| case);
    let case = html! { a href={ "/desk/cases/" (case) } { (case) } };
    let mut lines = vec![(visit.t("desk-case-number"), case)];
    match state.wallet.held_for(&visit.ctx(), approval).await.map_err(problem)? {
        Some(held) => {
            lines.push((visit.t("desk-line-amount"), ui::money(held.amount)));
            lines.push((visit.t("desk-held-way"), way(visit, &held)));
            lines.push((visit.t("desk-held-until"), until(visit, &held)));
        }
        None => lines.push((visit.t("desk-held-title"), html! { (visit.t("desk-held-gone")) })),
    }
    Ok(lines)
}
