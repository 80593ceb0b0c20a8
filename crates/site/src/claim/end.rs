//! How a report ends, on its case's page.

use kanuki_domain::claim::Outcome;
use maud::{Markup, html};

use super::{CaseView, form, one_of, reason};
use crate::{
    Visit,
    ui::{self, Look, Tone},
};

pub(super) fn part(visit: &Visit, view: &CaseView) -> Markup {
    // Money is back under another number of this person: that none had left is refused.
    let is_lost = view.elsewhere.sisters.paid.is_some();
    let may_be =
        |one: &&Outcome| !is_lost || !matches!(one, Outcome::NothingLost | Outcome::TakenBack);
    let outcomes: Vec<&'static str> =
        view.outcomes.iter().filter(may_be).map(|one| one.name()).collect();
    if outcomes.is_empty() {
        return html! {};
    }
    let own = view.report.as_ref().and_then(|report| report.ending.as_ref());
    let told = view.from_other.as_ref().and_then(|told| told.ending.as_ref());
    ui::card(
        Some(&visit.t("claim-end")),
        html! {
            p { (visit.t("claim-end-what")) }
            @if view.is_paid_there() {
                p { (visit.t("claim-end-paid-there")) }
            } @else if view.outcomes.contains(&Outcome::NothingLost) {
                p { (visit.t(if view.from_other.is_some() { "claim-end-told" } else { "claim-end-two" })) }
            }
            @if let Some((by, ending)) = own.or(told) {
                @let title = visit.t_args("claim-end-asked", &[("name", by.into())]);
                (ui::notice(Tone::Warning, &title, html! {
                    p {
                        (visit.t("claim-end-asked-what")) " "
                        (visit.t(&format!("claim-outcome-{}", ending.name().replace('_', "-"))))
                    }
                }))
            }
            (form(visit, view.case_id, "end", Look::Secondary, &html! {
                (one_of(visit, "outcome", &outcomes)) (reason(visit, "end"))
            }))
        },
    )
}
