//! What was promised to people who reported, at the desk: on the case, in the list, and loud when late.

use jiff::{Timestamp, civil::Date};
use kanuki_domain::id::CaseId;
use maud::{Markup, html};

use super::{LIST, Reported};
use crate::{
    Visit, show,
    ui::{self, Column, Table, Tone},
};

/// What was promised to one reporter and is not kept yet.
#[derive(Clone, Debug)]
pub struct Promised {
    /// The number of the report.
    pub case_id: CaseId,
    /// When it came in.
    pub reported_at: Timestamp,
    /// The day of the first answer, and whether it is over without one; none once it was answered.
    pub answer: Option<(Date, bool)>,
    /// The day by which the money is back, and whether it is over; none once a claim counts its days.
    pub refund: Option<(Date, bool)>,
}

impl Promised {
    fn is_late(&self) -> bool {
        [self.answer, self.refund].into_iter().flatten().any(|(_, is_late)| is_late)
    }
}

fn day(visit: &Visit, (day, is_late): (Date, bool)) -> Markup {
    html! {
        (show::civil_date(visit.lang(), day))
        @if is_late { " " (ui::badge(Tone::Error, &visit.t("claim-promise-late"))) }
    }
}

/// The list of reports that wait; nothing where none does.
pub(super) fn list(visit: &Visit, waiting: &[Promised]) -> Markup {
    if waiting.is_empty() {
        return html! {};
    }
    let row = |one: &Promised| {
        let cell = |due: Option<(Date, bool)>, done: &str| {
            due.map_or_else(|| html! { (visit.t(done)) }, |due| day(visit, due))
        };
        vec![
            html! { a href={ "/desk/cases/" (one.case_id) } { (one.case_id) } },
            show::time(visit.lang(), one.reported_at),
            cell(one.answer, "claim-promise-answered"),
            cell(one.refund, "claim-promise-claimed"),
        ]
    };
    ui::card(
        Some(&visit.t("claim-promises")),
        html! {
            p { (visit.t("claim-promises-lead")) }
            (ui::table(&Table {
                caption: visit.t("claim-promises"),
                head: vec![
                    Column::text(visit.t("claim-number")),
                    Column::text(visit.t("reports-came-in")),
                    Column::text(visit.t("reports-answer-by")),
                    Column::text(visit.t("reports-refund-by")),
                ],
                rows: waiting.iter().map(row).collect(),
            }))
        },
    )
}

/// What the first page of a desk says of them: loud where a day is over.
#[must_use]
pub fn reminder(visit: &Visit, waiting: &[Promised]) -> Markup {
    let late = waiting.iter().filter(|one| one.is_late()).count();
    let (tone, key, n) = match (waiting.len(), late) {
        (0, _) => return html! {},
        (all, 0) => (Tone::Info, "claim-promise-count", all),
        (_, late) => (Tone::Error, "claim-promise-late-count", late),
    };
    let link = html! { p { a href=(LIST) { (visit.t("claim-list")) } } };
    ui::notice(tone, &visit.t_args(key, &[("n", n.into())]), link)
}

/// The days on the case's own page: those of its claim stand with the claim.
pub(super) fn facts(visit: &Visit, report: &Reported) -> Vec<(String, Markup)> {
    let mut facts = Vec::new();
    if let Some(due) = report.answer_by {
        facts.push((visit.t("reports-answer-by"), day(visit, due)));
    }
    if let Some(due) = report.refund_by {
        facts.push((visit.t("reports-refund-by"), day(visit, due)));
    }
    if let Some(at) = report.answered_at {
        facts.push((visit.t("reports-answered"), show::time(visit.lang(), at)));
    }
    facts
}
