//! What a company's own records say of its duties, beside a claim (SG-05).

use kanuki_domain::{
    compensation::Cause,
    duty::{Found, Judged},
};
use maud::{Markup, html};

use crate::{
    Visit,
    ui::{self, Column, Table, Tone},
};

/// Advice for the two who decide about the cause; it decides nothing.
pub(super) fn part(visit: &Visit, (judged, advice): &(Vec<Judged>, Option<Cause>)) -> Markup {
    let row = |one: &Judged| {
        let tone = match one.found {
            Found::Kept => Tone::Success,
            Found::Breached => Tone::Error,
            Found::Reported => Tone::Warning,
            Found::Unknown => Tone::Neutral,
        };
        let duty = visit.t(&format!("claim-duty-of-{}", one.duty.name()));
        let word = visit.t(&format!("claim-duty-{}", one.found.name()));
        vec![html! { (duty) }, ui::badge(tone, &word)]
    };
    ui::card(
        Some(&visit.t("claim-duties")),
        html! {
            p { (visit.t("claim-duties-what")) }
            (ui::table(&Table {
                caption: visit.t("claim-duties"),
                head: vec![
                    Column::text(visit.t("claim-duty")),
                    Column::text(visit.t("claim-duty-found")),
                ],
                rows: judged.iter().map(row).collect(),
            }))
            @if let Some(cause) = advice {
                p {
                    strong { (visit.t("claim-duty-advice")) } " "
                    (visit.t(&format!("claim-cause-{}", cause.name())))
                }
            }
        },
    )
}
