//! Joining a report with a case whose person was proven, or two cases of one person.

use jiff::Timestamp;
use kanuki_domain::{Yen, case_number::said, id::CaseId};
use maud::{Markup, html};

use super::{CaseView, form};
use crate::{
    Visit, show,
    ui::{self, Field, Look, Tone},
};

/// The other open cases of a case's person, which nobody joined with it.
#[derive(Clone, Debug, Default)]
pub struct Sisters {
    /// Which, and since when.
    pub all: Vec<(CaseId, Timestamp)>,
    /// Under which the other company says that it paid, where nothing is claimed yet, and how much.
    pub paid: Option<(CaseId, Yen)>,
}

/// The form that asks for the other case; nothing where there is none to choose.
pub(super) fn part(visit: &Visit, view: &CaseView) -> Markup {
    if view.has_person {
        return same_person(visit, view);
    }
    let other = Field::new("other", visit.t("claim-other"))
        .hint(visit.t("claim-other-hint"))
        .max_length(40);
    ui::card(
        Some(&visit.t("claim-join")),
        html! {
            p { (visit.t("claim-join-what")) }
            (form(visit, view.case_id, "join", Look::Secondary, &ui::field(&other)))
        },
    )
}

fn same_person(visit: &Visit, view: &CaseView) -> Markup {
    let Sisters { all, paid } = &view.elsewhere.sisters;
    if all.is_empty() {
        return html! {};
    }
    let option = |(id, since): &(CaseId, Timestamp)| {
        (id.to_string(), format!("{} {}", said(*id), show::instant(visit.lang(), *since)))
    };
    let options: Vec<_> = all.iter().map(option).collect();
    html! {
        @if let Some((id, amount)) = paid {
            (ui::notice(Tone::Warning, &visit.t_args("claim-told", &[("amount", (*amount).into())]), html! {
                p {
                    (visit.t("claim-told-sister")) " "
                    a href={ "/desk/cases/" (id) } { (said(*id)) }
                }
            }))
        }
        (ui::card(Some(&visit.t("claim-join")), html! {
            p { (visit.t("claim-join-own")) }
            (form(visit, view.case_id, "join", Look::Secondary, &html! {
                (ui::select(&Field::new("other", visit.t("claim-other")), &options))
            }))
        }))
    }
}
