//! A switch that stops everybody, and the form that asks to open it again with a record of the risks.

use kanuki_domain::agreement::Gap;
use maud::{Markup, html};

use super::{Partner, Typed, entered, fields, missing};
use crate::{
    Visit,
    ui::{self, Field, Look},
};

/// Where one asks.
const PATH: &str = "/desk/reopen";

/// A switch that stops everybody, or everybody who came by one partner.
#[derive(Clone, Debug)]
pub struct Wide {
    /// Its name.
    pub gate: String,
    /// What it stops, in words.
    pub label: String,
    /// Whether it stops anything now.
    pub is_closed: bool,
    /// What its opening loosens.
    pub loosened: Vec<String>,
    /// The partners that have a say in it.
    pub partners: Vec<Partner>,
}

/// The page that asks for the opening of this switch.
#[must_use]
pub fn href(gate: &str) -> String {
    let query = serde_urlencoded::to_string([("gate", gate)]).unwrap_or_default();
    format!("{PATH}?{query}")
}

/// The page, with what was typed and what is missing from it.
#[must_use]
pub fn reopen_body(visit: &Visit, wide: &Wide, (typed, gaps): (&Typed, &[Gap])) -> Markup {
    let why = Field::new("reason", visit.t("risk-record-why"))
        .value(entered(typed, "reason"))
        .max_length(300);
    html! {
        (ui::heading(&visit.t("reopen-title"), Some(&visit.t("reopen-lead"))))
        (missing(visit, gaps, &wide.partners))
        p { strong { (wide.label) } }
        @if wide.is_closed {
            (ui::form(PATH, visit.csrf_field(), html! {
                (ui::hidden("gate", &wide.gate))
                (ui::field(&why))
                (fields(visit, &wide.loosened, &wide.partners, typed))
                (ui::actions(ui::button(Look::Primary, &visit.t("reopen-ask"))))
            }))
        } @else {
            p { (visit.t("reopen-is-open")) }
        }
    }
}
