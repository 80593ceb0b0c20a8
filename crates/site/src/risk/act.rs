//! What can be done about a rule's case: who sees to it, whom it is about, and what of that was noted.

use jiff::Timestamp;
use kanuki_domain::Yen;
use kanuki_risk::{Key, Outcome};
use maud::{Markup, html};

use super::{
    outcome_badge,
    seen::{key_href, subject_name},
};
use crate::{
    Visit, show,
    ui::{self, Column, Field, Look, Table},
};

/// Notes of Kanuki's own that both companies make about a rule's case.
const STEPS: [&str; 8] = [
    "case_taken",
    "case_handed",
    "stopped_for_case",
    "written_to",
    "held_release_asked",
    "held_released",
    "held_kept",
    "held_given_back",
];

/// Somebody whom the rule of a case held for.
#[derive(Clone, Debug)]
pub struct Whom {
    /// Who.
    pub key: Key,
    /// When it held for them last.
    pub at: Timestamp,
    /// What was decided then.
    pub outcome: Outcome,
    /// About how much.
    pub amount: Yen,
    /// Where something can be done about them.
    pub act: String,
}

/// A line of a case's history that Kanuki wrote about what was done in a rule's case; nothing for another
/// one.
#[must_use]
pub fn step_words(visit: &Visit, text: &str) -> Option<String> {
    let (code, more) = text.strip_prefix('=')?.split_once('|')?;
    let is_ours = STEPS.contains(&code);
    is_ours.then(|| {
        let words = visit.t(&format!("risk-step-{}", code.replace('_', "-")));
        format!("{words} {more}").trim_end().to_owned()
    })
}

/// Whom the rule of a case held for, each with the way to what can be done about them; nothing where nothing
/// can.
#[must_use]
pub fn whom_section(visit: &Visit, whom: &[Whom]) -> Markup {
    if whom.is_empty() {
        return html! {};
    }
    let row = |one: &Whom| {
        vec![
            html! { (subject_name(visit, one.key.subject())) " " code { (one.key.value()) } },
            show::time(visit.lang(), one.at),
            outcome_badge(visit, one.outcome),
            ui::money(one.amount),
            html! {
                a href=(one.act) { (visit.t("risk-whom-act")) } br;
                a href=(key_href(&one.key)) { (visit.t("risk-whom-seen")) }
            },
        ]
    };
    let table = Table {
        caption: visit.t("risk-whom"),
        head: vec![
            Column::text(visit.t("risk-who")),
            Column::text(visit.t("risk-last")),
            Column::text(visit.t("risk-outcome")),
            Column::number(visit.t("risk-amount")),
            Column::text(visit.t("risk-whom-do")),
        ],
        rows: whom.iter().map(row).collect(),
    };
    ui::section(
        &visit.t("risk-whom"),
        html! {
            p { (visit.t("risk-whom.body")) }
            (ui::table(&table))
        },
    )
}

/// The way to a draft of a report of a suspicious transaction, for the page of somebody who may know of such
/// drafts.
#[must_use]
pub fn suspicion_card(visit: &Visit, case_id: &str) -> Markup {
    ui::card(
        Some(&visit.t("risk-suspicion")),
        html! {
            p { (visit.t("risk-suspicion.body")) }
            (ui::form(crate::suspicion::PAGE, visit.csrf_field(), html! {
                (ui::hidden("from", case_id))
                (ui::actions(ui::button(Look::Secondary, &visit.t("risk-suspicion-button"))))
            }))
        },
    )
}

/// Who sees to a case, and the ways to take it and to hand it over to one of `others`, by id and name.
#[must_use]
pub fn owner_card(
    visit: &Visit,
    case_id: &str,
    (owner, is_own): (Option<&str>, bool),
    others: &[(String, String)],
) -> Markup {
    let path = format!("/desk/cases/{case_id}/owner");
    let to = Field::new("to", visit.t("risk-owner-to"));
    ui::card(
        Some(&visit.t("risk-owner")),
        html! {
            p {
                @if is_own { (visit.t("risk-owner-own")) }
                @else if let Some(owner) = owner { (owner) }
                @else { (visit.t("risk-owner-nobody")) }
            }
            @if !is_own {
                (ui::post_button(visit.csrf_field(), &path, Look::Primary, &visit.t("risk-owner-take")))
            }
            @if !others.is_empty() {
                (ui::details(&visit.t("risk-owner-hand"), ui::form(&path, visit.csrf_field(), html! {
                    (ui::select(&to, others))
                    (ui::actions(ui::button(Look::Secondary, &visit.t("risk-owner-hand"))))
                })))
            }
        },
    )
}
