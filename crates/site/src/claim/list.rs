//! The list of claims and of reports that wait, and what the first page of a desk says of it.

use kanuki_domain::{case_number, claim::ClaimState};
use maud::{Markup, html};

use super::{LIST, Promised, Seen, Waits, pause_word, promised, state_badge};
use crate::{
    Visit, show,
    ui::{self, Column, Table, Tone},
};

/// The page of all claims without an end, of all reports that wait for one or for an answer, and of those that
/// are paid and wait for their answer and end alone.
#[must_use]
pub fn list(visit: &Visit, claims: &[Seen], waiting: &Waits, paid: &[Promised]) -> Markup {
    let now = visit.now();
    let row = |claim: &Seen| {
        let due = show::civil_date(visit.lang(), claim.clock.refund_by(claim.state, now));
        let is_late = claim.clock.is_overdue(claim.state, now);
        vec![
            html! { a href={ "/desk/cases/" (claim.case_id) } { (case_number::said(claim.case_id)) } },
            ui::money(claim.amount),
            html! { (claim.partner) },
            html! {
                (state_badge(visit, claim))
                @if let ClaimState::Paused { reason, since } = claim.state {
                    br; (visit.t(pause_word(reason))) " (" (show::date(visit.lang(), since)) ")"
                }
            },
            html! { (due) @if is_late { " " (ui::badge(Tone::Error, &visit.t("claim-late"))) } },
        ]
    };
    html! {
        (ui::heading(&visit.t("claim-list"), Some(&visit.t("claim-list-lead"))))
        (promised::list(visit, waiting))
        @if claims.is_empty() && waiting.is_none() { p { (visit.t("claim-none")) } }
        (promised::paid(visit, paid))
        @if !claims.is_empty() {
            (ui::table(&Table {
                caption: visit.t("claim-list"),
                head: vec![
                    Column::text(visit.t("claim-number")),
                    Column::number(visit.t("claim-amount")),
                    Column::text(visit.t("claim-partner")),
                    Column::text(visit.t("claim-state")),
                    Column::text(visit.t("reports-refund-by")),
                ],
                rows: claims.iter().map(row).collect(),
            }))
        }
        p { a href="/desk/compensation" { (visit.t("compensation-desk-title")) } }
    }
}

/// What the list of cases says about claims: loud where one is late, nothing where there is none.
#[must_use]
pub fn reminder(visit: &Visit, open: usize, late: usize) -> Markup {
    if open == 0 {
        return html! {};
    }
    let link = html! { p { a href=(LIST) { (visit.t("claim-list")) } } };
    if late > 0 {
        return ui::notice(
            Tone::Error,
            &visit.t_args("claim-late-count", &[("n", late.into())]),
            link,
        );
    }
    ui::notice(Tone::Info, &visit.t_args("claim-open-count", &[("n", open.into())]), link)
}
