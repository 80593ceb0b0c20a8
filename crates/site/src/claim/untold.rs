//! Naming the other company that a report is about, on the page of its case or of one joined with it.

use kanuki_domain::id::CaseId;
use maud::{Markup, html};

use super::{CaseView, form};
use crate::{
    Visit,
    ui::{self, Field, Look},
};

/// What stands for "no other company has to do with it".
pub(super) const NOBODY: &str = "nobody";

/// A report that no other company was told of.
#[derive(Clone, Debug)]
pub struct Untold {
    /// Its number.
    pub number: CaseId,
    /// Staff said that no other company has to do with it.
    pub nobody_else: bool,
    /// Whom it may be about: ids and names.
    pub others: Vec<(String, String)>,
}

pub(super) fn part(visit: &Visit, view: &CaseView) -> Markup {
    let Some(untold) = &view.untold else { return html! {} };
    let mut options = vec![(String::new(), visit.t("claim-other-choose"))];
    options.extend(untold.others.iter().cloned());
    options.push((NOBODY.to_owned(), visit.t("claim-other-nobody")));
    let field = Field::new("company", visit.t("claim-other-company"));
    ui::card(
        Some(&visit.t("claim-other-name")),
        html! {
            p { (visit.t("claim-other-what")) " " code { (untold.number) } }
            @if untold.nobody_else { p { (visit.t("claim-step-nobody-else")) } }
            (form(visit, view.case_id, "name", Look::Secondary, &ui::select(&field, &options)))
        },
    )
}
