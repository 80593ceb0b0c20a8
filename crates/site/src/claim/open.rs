//! Opening a claim on a case's page, and where another case of the same matter has one already.

use kanuki_domain::{Yen, case_number::said, claim::ClaimState, id::CaseId};
use maud::{Markup, html};

use super::{CaseView, Seen, Sisters, form, state_badge};
use crate::{
    Visit,
    ui::{self, Look, Tone},
};

/// What the cases have that staff joined this one with.
#[derive(Clone, Debug, Default)]
pub struct Elsewhere {
    /// Their claims.
    pub claims: Vec<Seen>,
    /// What the other company told there that it paid, where no claim is opened for it yet.
    pub told: Option<(CaseId, Yen)>,
    /// The other open cases of its person, which nobody joined with it.
    pub sisters: Sisters,
}

impl Elsewhere {
    const fn is_empty(&self) -> bool {
        self.claims.is_empty() && self.told.is_none()
    }
}

/// What was paid under another number was paid for this case too; whoever looks at it waits for nothing.
pub(super) fn elsewhere(visit: &Visit, view: &CaseView) -> Markup {
    let is_report = view.is_open && view.report.is_some();
    let link = |id: CaseId| html! { a href={ "/desk/cases/" (id) } { (said(id)) } };
    html! {
        @for claim in &view.elsewhere.claims {
            @let is_paid = matches!(claim.state, ClaimState::Paid { .. });
            @let tone = if is_paid { Tone::Success } else { Tone::Info };
            (ui::notice(tone, &visit.t("claim-elsewhere"), html! {
                p { (link(claim.case_id)) " " (ui::money(claim.amount)) " " (state_badge(visit, claim)) }
                p { (visit.t("claim-elsewhere-what")) }
                @if is_paid && is_report { p { (visit.t("claim-elsewhere-end")) } }
            }))
        }
        @if let Some((id, amount)) = view.elsewhere.told {
            (ui::notice(Tone::Info, &visit.t_args("claim-told", &[("amount", amount.into())]), html! {
                p { (visit.t("claim-elsewhere-told")) " " (link(id)) }
            }))
        }
    }
}

pub(super) fn part(visit: &Visit, view: &CaseView) -> Markup {
    let box_of = |(place, (movement, label, left)): (usize, &(String, String, Yen))| {
        let label = format!("{label} {left}");
        ui::checkbox(&format!("item-{place}"), movement, &label, false)
    };
    let boxes: Vec<Markup> = view.left.iter().enumerate().map(box_of).collect();
    let can_open = if view.pays_first { !boxes.is_empty() } else { view.told.is_some() };
    if !view.has_person || (!can_open && !view.elsewhere.is_empty()) {
        return html! {};
    }
    let what = if view.pays_first { "claim-open-payer" } else { "claim-open-other" };
    ui::card(
        Some(&visit.t("claim-open")),
        html! {
            p { (visit.t(what)) }
            @if can_open {
                (form(visit, view.case_id, "open", Look::Primary, &html! {
                    @if view.pays_first {
                        fieldset.field {
                            legend { (visit.t("claim-items")) }
                            @for one in &boxes { (one) }
                        }
                    }
                }))
            } @else if view.pays_first { p.hint { (visit.t("claim-nothing-left")) } }
            @else { p.hint { (visit.t("claim-not-told")) } }
        },
    )
}
