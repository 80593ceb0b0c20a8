//! The customer that a case is about: as much as is needed to decide, and no name, no contact.

use kanuki_desk::case::Case;
use kanuki_domain::{assurance::Identity, id::CustomerId};
use kanuki_site::{
    Problem, Visit, number, show,
    ui::{self, Column, Direction, Table, Tone},
};
use kanuki_wallet::{
    WalletError,
    close::Closure,
    customer::Overview,
    link::{Link, LinkState},
    statement::Line,
};
use maud::{Markup, html};

use super::{closing, subject};
use crate::{WalletState, refusal::problem};

/// Lines of the statement that a case shows.
const LINES: u32 = 30;

/// The customer of a case, and whether nothing of their wallet is left to freeze; none when nobody is known.
pub(super) async fn of_case(
    state: &WalletState,
    visit: &Visit,
    case: &Case,
) -> Result<Option<(Markup, bool)>, Problem> {
    let person = case.person_id.as_deref().and_then(|id| id.parse::<CustomerId>().ok());
    let Some(id) = person else { return Ok(None) };
    let Some((seen, is_over)) = of_customer(state, visit, id).await? else { return Ok(None) };
    let customer = state.wallet.customer(id).await.map_err(problem)?;
    let path = subject::path(case.case_id, customer.wallet_id);
    let markup = html! {
        (seen)
        @if case.closed_at.is_none() {
            p { a href=(path) { (visit.t("desk-subject-link")) } }
        }
    };
    Ok(Some((markup, is_over)))
}

/// The same of a customer that is known.
pub(super) async fn of_customer(
    state: &WalletState,
    visit: &Visit,
    id: CustomerId,
) -> Result<Option<(Markup, bool)>, Problem> {
    let ctx = visit.ctx();
    let overview = match state.wallet.overview(&ctx, id).await {
        Ok(overview) => overview,
        Err(WalletError::NotAvailable) => return Ok(None),
        Err(error) => return Err(problem(error)),
    };
    let links = state.wallet.links(id).await.map_err(problem)?;
    let names = state.wallet.bank_names().await.map_err(problem)?;
    let moved = state.wallet.statement(&ctx, id, None, LINES).await.map_err(problem)?;
    let markup = html! {
        (ui::section(&visit.t("desk-person"), html! {
            (wallet(visit, &overview))
            (closing::of(state, visit, &overview).await?)
            @if !links.is_empty() {
                (ui::table(&Table {
                    caption: visit.t("desk-links"),
                    head: vec![
                        Column::text(visit.t("desk-link")),
                        Column::text(visit.t("desk-link-bank")),
                        Column::text(visit.t("desk-link-account")),
                        Column::text(visit.t("desk-link-state")),
                        Column::text(visit.t("desk-link-since")),
                    ],
                    rows: links.iter().map(|link| {
                        link_row(visit, link, &names.of(link.bank))
                    }).collect(),
                }))
            }
            (statement(visit, &moved))
        }))
    };
    let customer = &overview.customer;
    let is_over = customer.closure.closed_at().is_some();
    Ok(Some((markup, customer.frozen.is_some() || is_over)))
}

fn wallet(visit: &Visit, overview: &Overview) -> Markup {
    let customer = &overview.customer;
    let identity = match customer.identity {
        Identity::Unproven => ui::badge(Tone::Warning, &visit.t("desk-identity-unproven")),
        Identity::Jpki => ui::badge(Tone::Success, &visit.t("desk-identity-jpki")),
    };
    let frozen = match &customer.frozen {
        Some(frozen) => html! {
            (ui::badge(Tone::Error, &visit.t("desk-frozen"))) " "
            (show::time(visit.lang(), frozen.at)) " "
            (number::link(frozen.case_id))
        },
        None => match customer.closure {
            Closure::Open => ui::badge(Tone::Success, &visit.t("desk-not-frozen")),
            Closure::Closing(_) | Closure::Ending(_) => {
                ui::badge(Tone::Warning, &visit.t("desk-closing"))
            }
            Closure::Closed(_) => ui::badge(Tone::Neutral, &visit.t("desk-closed")),
        },
    };
    ui::card(
        None,
        ui::definitions(vec![
            (visit.t("desk-wallet"), html! { code { (customer.wallet_id) } }),
            (visit.t("desk-wallet-state"), frozen),
            (visit.t("desk-wallet-since"), show::time(visit.lang(), customer.opened_at)),
            (visit.t("desk-identity"), identity),
            (visit.t("desk-available"), ui::money(overview.available)),
            (visit.t("desk-reserved"), ui::money(overview.reserved)),
        ]),
    )
}

fn link_row(visit: &Visit, link: &Link, bank: &str) -> Vec<Markup> {
    let state = match link.state {
        LinkState::Active => ui::badge(Tone::Success, &visit.t("desk-link-active")),
        LinkState::Suspended { .. } => ui::badge(Tone::Warning, &visit.t("desk-link-suspended")),
        LinkState::Ended { .. } => ui::badge(Tone::Neutral, &visit.t("desk-link-ended")),
    };
    vec![
        html! { code { (link.link_id) } },
        html! { (bank) },
        html! { (link.account_mask) },
        state,
        show::time(visit.lang(), link.connected_at),
    ]
}

fn statement(visit: &Visit, lines: &[Line]) -> Markup {
    let row = |line: &Line| {
        let direction = if line.is_in { Direction::In } else { Direction::Out };
        vec![
            show::time(visit.lang(), line.at),
            html! { (visit.t(&format!("desk-line-{}", line.kind.name()))) },
            html! { (line.counterparty) },
            ui::money_signed(direction, line.amount),
            ui::money(line.balance),
        ]
    };
    ui::table(&Table {
        caption: visit.t("desk-lines"),
        head: vec![
            Column::text(visit.t("desk-line-at")),
            Column::text(visit.t("desk-line-what")),
            Column::text(visit.t("desk-line-with")),
            Column::number(visit.t("desk-line-amount")),
            Column::number(visit.t("desk-line-balance")),
        ],
        rows: lines.iter().map(row).collect(),
    })
}
