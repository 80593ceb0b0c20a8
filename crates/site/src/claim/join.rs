//! Joining a report with a case whose person was proven.

use kanuki_domain::id::CaseId;
use maud::{Markup, html};

use super::form;
use crate::{
    Visit,
    ui::{self, Field, Look},
};

/// The form that asks for the other case's number.
pub(super) fn part(visit: &Visit, case_id: CaseId) -> Markup {
    let other = Field::new("other", visit.t("claim-other"))
        .hint(visit.t("claim-other-hint"))
        .max_length(40);
    ui::card(
        Some(&visit.t("claim-join")),
        html! {
            p { (visit.t("claim-join-what")) }
            (form(visit, case_id, "join", Look::Secondary, &ui::field(&other)))
        },
    )
}
