//! The draft of what the authority is told of a fraud (不正取引発生報告書, FT-30, BK-12), from a case: the
//! same at both companies.
//!
//! It holds what the records know: when, through whom, how much, what was done and what became of the
//! victim's claim. It names no person, and what people must add has its place. The authority's own form
//! is filled in from it by staff.

use std::collections::BTreeMap;

use jiff::Timestamp;
use kanuki_domain::{Yen, case_number::said_of, claim::ClaimState};
use maud::{Markup, html};

use crate::{
    Visit, show,
    ui::{self, Column, Look, Table, Tone},
};

/// What the records know.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The case, the same number at both companies.
    pub case_id: String,
    /// When the company knew of it.
    pub known_at: Timestamp,
    /// When each movement that was taken was asked for, and how much of it was claimed or is not back.
    pub taken: Vec<(Timestamp, Yen)>,
    /// Where no claim says what was taken: the movements that staff choose from.
    pub choices: Vec<Choice>,
    /// The text key of what the other companies are here.
    pub others_key: &'static str,
    /// The other companies, by name, each once.
    pub others: Vec<String>,
    /// Where the victim's claim stands.
    pub claim: Option<ClaimState>,
    /// What Kanuki itself noted, in words: what people wrote may name somebody.
    pub done: Vec<(Timestamp, String)>,
}

/// A movement that may have been taken, or may be an honest one.
#[derive(Clone, Debug)]
pub struct Choice {
    /// Its name.
    pub id: String,
    /// The company at the other end.
    pub other: String,
    /// When it was asked for.
    pub at: Timestamp,
    /// What of it is not back.
    pub left: Yen,
    /// Staff chose it, or nobody did yet and the case names it.
    pub is_chosen: bool,
}

/// What staff ticked on the page, as it stands in its address.
pub type Ticked = BTreeMap<String, String>;

/// The name of the field that says that somebody chose, if only nothing.
const CHOSEN: &str = "chosen";

/// Whether a movement counts: what staff ticked, and before they choose, what the case names.
#[must_use]
pub fn is_chosen(ticked: &Ticked, id: &str, is_named: bool) -> bool {
    if ticked.contains_key(CHOSEN) { ticked.values().any(|one| one == id) } else { is_named }
}

/// The body of the page.
#[must_use]
pub fn body(visit: &Visit, draft: &Draft) -> Markup {
    let when = |at: Option<&(Timestamp, Yen)>| {
        at.map_or_else(|| html! { "–" }, |(at, _)| show::time(visit.lang(), *at))
    };
    let sum = draft.taken.iter().try_fold(Yen::ZERO, |sum, (_, amount)| sum.plus(*amount));
    let facts = vec![
        (visit.t("authority-company"), html! { (visit.site.config.company) }),
        (
            visit.t("authority-number"),
            html! { (said_of(&draft.case_id)) " " code { (draft.case_id) } },
        ),
        (visit.t("authority-known"), show::time(visit.lang(), draft.known_at)),
        (visit.t("authority-first"), when(draft.taken.iter().min())),
        (visit.t("authority-last"), when(draft.taken.iter().max())),
        (visit.t(draft.others_key), html! { (draft.others.join("、")) }),
        (visit.t("authority-count"), html! { (draft.taken.len()) }),
        // More than there is money is no sum.
        (visit.t("authority-sum"), sum.map_or_else(|_| html! { "–" }, ui::money)),
        (visit.t("authority-claim"), html! { (standing(visit, draft.claim.as_ref())) }),
    ];
    html! {
        (ui::heading(&visit.t("authority-title"), Some(&visit.t("authority-lead"))))
        (ui::notice(Tone::Info, &visit.t("authority-draft"), html! {
            p { (visit.t("authority-counted")) }
            p { (visit.t("authority-add")) }
        }))
        (ui::card(None, ui::definitions(facts)))
        @if !draft.choices.is_empty() { (choose(visit, draft)) }
        (ui::section(&visit.t("authority-done"), measures(visit, &draft.done)))
        p { a href={ "/desk/cases/" (draft.case_id) } { (visit.t("authority-back")) } }
    }
}

/// Where no claim says what was taken, staff do: nothing else of what the account or the wallet ever
/// did is told to an authority as a crime.
fn choose(visit: &Visit, draft: &Draft) -> Markup {
    let box_of = |(place, choice): (usize, &Choice)| {
        let at = show::instant(visit.lang(), choice.at);
        let label = format!("{} {at} {}", choice.other, choice.left);
        ui::checkbox(&format!("item-{place}"), &choice.id, &label, choice.is_chosen)
    };
    ui::card(
        Some(&visit.t("authority-choose")),
        ui::get_form(
            &format!("/desk/cases/{}/authority", draft.case_id),
            html! {
                (ui::hidden(CHOSEN, "yes"))
                fieldset.field {
                    legend { (visit.t("authority-choices")) }
                    @for one in draft.choices.iter().enumerate().map(box_of) { (one) }
                }
                (ui::actions(ui::button(Look::Secondary, &visit.t("authority-choose-button"))))
            },
        ),
    )
}

/// On a case's page: the way to its draft.
#[must_use]
pub fn link(visit: &Visit, case_id: &str) -> Markup {
    html! { p { a href={ "/desk/cases/" (case_id) "/authority" } { (visit.t("authority-title")) } } }
}

/// Notes whose words have no sense without what they are about, and that is a company, a day, yen or a
/// number of Kanuki's own: never a person, and never typed.
const WITH_ABOUT: [&str; 11] = [
    "=bank_to_call",
    "=end_unknown",
    "=ended_at_bank",
    "=frozen_for",
    "=lookback",
    "=no_answer",
    "=pay_by_hand",
    "=proposed_refund",
    "=recouped",
    "=review_due",
    "=told_by_bank",
];

/// What Kanuki noted in a line of a case, and what it is about where that is no secret: all else that
/// stands behind the bar may be typed, or name somebody.
#[must_use]
pub fn own_note(text: &str) -> Option<(&str, &str)> {
    let (code, about) = text.split_once('|').unwrap_or((text, ""));
    let about = if WITH_ABOUT.contains(&code) { about } else { "" };
    code.starts_with('=').then_some((code, about))
}

/// What was noted in the cases of one matter, in the order of time; what both sides of a joining say is told
/// once.
#[must_use]
pub fn in_order(notes: impl Iterator<Item = (Timestamp, String)>) -> Vec<(Timestamp, String)> {
    let mut all: Vec<_> = notes.collect();
    all.sort();
    all.dedup();
    all
}

/// The words of a note without what announces the part that is left out.
fn whole(words: &str) -> &str {
    let words = words.trim_end_matches([' ', ':', '：']);
    let bracket = words.strip_suffix(['）', ')']).and_then(|open| open.rsplit_once(['（', '(']));
    match bracket {
        Some((before, inside)) if inside.is_empty() || inside.ends_with([' ', ':', '：']) => {
            before.trim_end()
        }
        Some(_) | None => words,
    }
}

fn standing(visit: &Visit, claim: Option<&ClaimState>) -> String {
    let Some(claim) = claim else { return visit.t("authority-no-claim") };
    let word = visit.t(&format!("claim-is-{}", claim.name().replace('_', "-")));
    match claim {
        ClaimState::Paid { at, .. } => format!("{word} {}", show::instant(visit.lang(), *at)),
        ClaimState::Received
        | ClaimState::Investigating
        | ClaimState::Paused { .. }
        | ClaimState::PayProposed { .. }
        | ClaimState::RefusalProposed { .. }
        | ClaimState::Paying { .. }
        | ClaimState::Refused { .. } => word,
    }
}

fn measures(visit: &Visit, done: &[(Timestamp, String)]) -> Markup {
    let row = |(at, words): &(Timestamp, String)| {
        vec![show::time(visit.lang(), *at), html! { (whole(words)) }]
    };
    html! {
        @if done.is_empty() { p { (visit.t("authority-nothing")) } } @else {
            (ui::table(&Table {
                caption: visit.t("authority-done"),
                head: vec![
                    Column::text(visit.t("authority-at")),
                    Column::text(visit.t("authority-what")),
                ],
                rows: done.iter().map(row).collect(),
            }))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_case_names_counts_until_staff_choose_if_only_nothing() {
        let none = Ticked::new();
        assert!(is_chosen(&none, "a", true) && !is_chosen(&none, "a", false));
        let nothing = Ticked::from([(CHOSEN.to_owned(), "yes".to_owned())]);
        assert!(!is_chosen(&nothing, "a", true));
        let mut one = nothing;
        one.insert("item-0".to_owned(), "a".to_owned());
        assert!(is_chosen(&one, "a", false) && !is_chosen(&one, "b", true));
    }

    #[test]
    fn what_people_typed_is_no_note_of_ours_and_what_they_chose_stays_behind_the_bar() {
        assert_eq!(own_note("=claim_paused|田中さんの返事"), Some(("=claim_paused", "")));
        assert_eq!(own_note("田中さんに電話した"), None);
        assert_eq!(own_note("sealed:abc"), None);
    }

    #[test]
    fn a_note_is_a_whole_sentence_with_what_it_is_about_or_without() {
        assert_eq!(own_note("=told_by_bank|9901"), Some(("=told_by_bank", "9901")));
        assert_eq!(own_note("=frozen"), Some(("=frozen", "")));
        assert_eq!(whole("返事を待っています："), "返事を待っています");
        assert_eq!(whole("銀行にもう一度尋ねました（結果：）"), "銀行にもう一度尋ねました");
        assert_eq!(whole("止めました（一時停止）"), "止めました（一時停止）");
    }
}
