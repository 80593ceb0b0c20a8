//! The draft of what the authority is told of a fraud (不正取引発生報告書, FT-30, BK-12), from a case: the
//! same at both companies.
//!
//! It holds what the records know: when, through whom, how much, what was done and what became of the
//! victim's claim. It names no person, and what people must add has its place. The authority's own form
//! is filled in from it by staff.

use jiff::Timestamp;
use kanuki_domain::{Yen, claim::ClaimState};
use maud::{Markup, html};

use crate::{
    Visit, show,
    ui::{self, Column, Table, Tone},
};

/// What the records know.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The case, the same number at both companies.
    pub case_id: String,
    /// When the company knew of it.
    pub known_at: Timestamp,
    /// When each movement was asked for, and how much it was.
    pub taken: Vec<(Timestamp, Yen)>,
    /// The text key of what the other companies are here.
    pub others_key: &'static str,
    /// The other companies, by name, each once.
    pub others: Vec<String>,
    /// Where the victim's claim stands.
    pub claim: Option<ClaimState>,
    /// What Kanuki itself noted, in words: what people wrote may name somebody.
    pub done: Vec<(Timestamp, String)>,
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
        (visit.t("authority-number"), html! { code { (draft.case_id) } }),
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
        (ui::notice(Tone::Info, &visit.t("authority-draft"), html! { p { (visit.t("authority-add")) } }))
        (ui::card(None, ui::definitions(facts)))
        (ui::section(&visit.t("authority-done"), measures(visit, &draft.done)))
        p { a href={ "/desk/cases/" (draft.case_id) } { (visit.t("authority-back")) } }
    }
}

/// On a case's page: the way to its draft.
#[must_use]
pub fn link(visit: &Visit, case_id: &str) -> Markup {
    html! { p { a href={ "/desk/cases/" (case_id) "/authority" } { (visit.t("authority-title")) } } }
}

/// What Kanuki noted in a line of a case, without what stands behind the bar: that is typed, or an id.
#[must_use]
pub fn own_note(text: &str) -> Option<&str> {
    let known = text.split_once('|').map_or(text, |(code, _)| code);
    known.starts_with('=').then_some(known)
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
    let row =
        |(at, words): &(Timestamp, String)| vec![show::time(visit.lang(), *at), html! { (words) }];
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
    fn what_people_typed_is_no_note_of_ours_and_what_they_chose_stays_behind_the_bar() {
        assert_eq!(own_note("=frozen_for|cas_x"), Some("=frozen_for"));
        assert_eq!(own_note("田中さんに電話した"), None);
        assert_eq!(own_note("sealed:abc"), None);
    }
}
