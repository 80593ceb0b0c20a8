//! What the model said of an attempt, and what moved it: for staff alone, and no decision.

use kanuki_risk::{
    Seen,
    model::{Moved, Said},
};
use maud::{Markup, html};

use super::number;
use crate::{
    Visit,
    ui::{self, Column, Table, Tone},
};

/// What one number did to a score, beside all that are told: a share in hundredths.
fn share(one: &Moved, all: u64) -> Option<u64> {
    let rounded = one.by.unsigned_abs().checked_mul(100)?.checked_add(all.checked_div(2)?)?;
    rounded.checked_div(all)
}

/// On the page of a case: the score of the attempt that opened it.
#[must_use]
pub fn case_score(visit: &Visit, said: &Said, seen: &[Seen]) -> Markup {
    ui::card(
        Some(&visit.t("risk-score")),
        html! {
            p { (visit.t("risk-score-of-case")) }
            (told(visit, said, seen))
        },
    )
}

/// The score with its reasons.
pub(super) fn told(visit: &Visit, said: &Said, seen: &[Seen]) -> Markup {
    let all: u64 = said.reasons.iter().map(|one| one.by.unsigned_abs()).sum();
    let row = |one: &Moved| {
        let value = seen.iter().find(|seen| seen.what == one.what);
        let (tone, key) = if one.by > 0 {
            (Tone::Warning, "risk-score-up")
        } else {
            (Tone::Success, "risk-score-down")
        };
        vec![
            number::name(visit, &one.what),
            html! { (value.map_or_else(|| "–".to_owned(), |seen| number::value(visit, seen))) },
            ui::badge(tone, &visit.t(key)),
            html! { (share(one, all).map_or_else(|| "–".to_owned(), |share| format!("{share}%"))) },
        ]
    };
    html! {
        p { strong { (visit.t_args("risk-score-is", &[("n", u64::from(said.score).into())])) } }
        p.hint { (visit.t("risk-score-what")) }
        @if said.reasons.is_empty() { p { (visit.t("risk-score-none")) } }
        @else {
            (ui::table(&Table {
                caption: visit.t("risk-score-reasons"),
                head: vec![
                    Column::text(visit.t("risk-score-number")),
                    Column::number(visit.t("risk-score-seen")),
                    Column::text(visit.t("risk-score-way")),
                    Column::number(visit.t("risk-score-share")),
                ],
                rows: said.reasons.iter().map(row).collect(),
            }))
        }
        p.hint { (visit.t("risk-score-model")) " " code { (short(&said.model)) } }
    }
}

/// A model as policies name it: the version of its file and the first digits of its digest.
pub(super) fn short(model: &str) -> String {
    let Some((format, digest)) = model.split_once('+') else { return model.to_owned() };
    format!("{format}+{}", digest.chars().take(12).collect::<String>())
}
