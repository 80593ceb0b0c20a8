//! What was promised to people who reported, at the desk: on the case, in the list, and loud when late.

use jiff::{Timestamp, civil::Date};
use kanuki_domain::{case_number::said, id::CaseId};
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
    /// The other company took it, and answers whoever reported.
    pub is_told: bool,
    /// The day of the first answer, and whether it is over without one; none once it was answered.
    pub answer: Option<(Date, bool)>,
    /// The day by which the money is back, and whether it is over; none once a claim counts its days.
    pub refund: Option<(Date, bool)>,
}

/// A page of them.
#[derive(Clone, Debug, Default)]
pub struct Waits {
    /// What is due first comes first.
    pub all: Vec<Promised>,
    /// After which one this page begins; none on the first.
    pub after: Option<CaseId>,
    /// After which one the next page begins, where there is one.
    pub next: Option<CaseId>,
}

impl Waits {
    /// Nothing waits, on any page.
    pub(super) const fn is_none(&self) -> bool {
        self.all.is_empty() && self.after.is_none() && self.next.is_none()
    }
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
pub(super) fn list(visit: &Visit, waits: &Waits) -> Markup {
    if waits.is_none() {
        return html! {};
    }
    let row = |one: &Promised| {
        let cell = |due: Option<(Date, bool)>, done: &str| {
            due.map_or_else(|| html! { (visit.t(done)) }, |due| day(visit, due))
        };
        vec![
            html! { a href={ "/desk/cases/" (one.case_id) } { (said(one.case_id)) } },
            show::time(visit.lang(), one.reported_at),
            cell(
                one.answer,
                if one.is_told { "claim-promise-elsewhere" } else { "claim-promise-answered" },
            ),
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
                rows: waits.all.iter().map(row).collect(),
            }))
            @if let Some(next) = waits.next {
                p { a href={ (LIST) "?after=" (next) } { (visit.t("claim-promises-next")) } }
            }
            @if waits.after.is_some() {
                p { a href=(LIST) { (visit.t("claim-promises-first")) } }
            }
        },
    )
}

/// The reports of those who have their money, and no answer and no end yet; nothing where there is none.
pub(super) fn paid(visit: &Visit, all: &[Promised]) -> Markup {
    if all.is_empty() {
        return html! {};
    }
    let row = |one: &Promised| {
        vec![
            html! { a href={ "/desk/cases/" (one.case_id) } { (said(one.case_id)) } },
            show::time(visit.lang(), one.reported_at),
            one.answer.map_or_else(|| html! { "–" }, |due| day(visit, due)),
        ]
    };
    ui::card(
        Some(&visit.t("claim-paid-open")),
        html! {
            p { (visit.t("claim-paid-open-what")) }
            (ui::table(&Table {
                caption: visit.t("claim-paid-open"),
                head: vec![
                    Column::text(visit.t("claim-number")),
                    Column::text(visit.t("reports-came-in")),
                    Column::text(visit.t("reports-answer-by")),
                ],
                rows: all.iter().map(row).collect(),
            }))
        },
    )
}

/// What the first page of a desk says of them: loud where a day is over. Of more than a page, at least how
/// many there are: those that came first are on it, so what is late is.
#[must_use]
pub fn reminder(visit: &Visit, waits: &Waits) -> Markup {
    let late = waits.all.iter().filter(|one| one.is_late()).count();
    let all = waits.all.len();
    let (tone, key, n) = match (late, waits.next) {
        (0, None) if all == 0 => return html! {},
        (0, None) => (Tone::Info, "claim-promise-count", all),
        (0, Some(_)) => (Tone::Info, "claim-promise-many", all),
        (late, Some(_)) if late == all => (Tone::Error, "claim-promise-late-many", late),
        (late, _) => (Tone::Error, "claim-promise-late-count", late),
    };
    let link = html! { p { a href=(LIST) { (visit.t("claim-list")) } } };
    ui::notice(tone, &visit.t_args(key, &[("n", n.into())]), link)
}

/// The day on the page of a case that the other company told of.
pub(super) fn told_facts(visit: &Visit, due: (Date, bool)) -> Vec<(String, Markup)> {
    vec![(visit.t("reports-refund-by"), day(visit, due))]
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
