//! Sanctions and watch lists at the desk: which are in force, and who may be on one.
//!
//! Nothing of this area is linked from a case, a customer or a holder, and nothing of it leaves the
//! desk: whoever is held must not learn why (no tipping-off).

mod hit;
mod lists;

use jiff::{Timestamp, civil::Date};
use maud::{Markup, html};

pub use hit::{HitPage, Said, hit_body};

use crate::{
    Visit, show,
    ui::{self, Column, Icon, Table, Tone},
};

/// Where it is.
pub const PAGE: &str = "/desk/screening";
/// The longest reason, in characters.
const REASON_MAX: u16 = 500;

/// That somebody asked for what another must agree to.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
    /// Whether it was whoever looks at the page.
    pub is_own: bool,
}

/// Whether it was whoever looks at the page.
pub type IsOwn = bool;

/// A list in force.
#[derive(Clone, Debug)]
pub struct ListShown {
    /// Its file, by the first digits of its digest.
    pub version: String,
    /// Whose list it is.
    pub name: String,
    /// Where the file was taken from.
    pub source: String,
    /// Of which day it is.
    pub dated: Date,
    /// How many are on it.
    pub entries: u64,
    /// Who put it in force.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// How many people were screened again because of it, and how many of them are held.
    pub seen: u64,
    /// Of these, how many were held.
    pub held: u64,
    /// When everybody had been.
    pub done_at: Option<Timestamp>,
    /// How many people could not be compared and are tried again.
    pub failed: u64,
    /// That the round waits for a second person's agreement; whether whoever looks may not give it.
    pub paused: Option<IsOwn>,
    /// That its end was asked for.
    pub end: Option<Asked>,
}

/// What waits, without saying who.
#[derive(Clone, Copy, Debug)]
pub struct WaitingShown {
    /// Hits.
    pub hits: u64,
    /// Since when the oldest waits.
    pub since: Option<Timestamp>,
    /// Rounds that wait for a second person.
    pub paused: u64,
    /// People who could not be compared.
    pub failed: u64,
}

/// A hit in the queue.
#[derive(Clone, Debug)]
pub struct HitShown {
    /// Its number.
    pub id: String,
    /// Whose list.
    pub list: String,
    /// Of 1000.
    pub score: u32,
    /// When it was found, as part of a text key.
    pub occasion: &'static str,
    /// When.
    pub found_at: Timestamp,
    /// Where it stands, as part of a text key.
    pub state: &'static str,
}

/// The page's body; `said` is what to say first.
#[must_use]
pub fn overview_body(
    visit: &Visit,
    lists: &[ListShown],
    hits: &[HitShown],
    said: &Markup,
) -> Markup {
    html! {
        (ui::heading(&visit.t("screening-title"), Some(&visit.t("screening-lead"))))
        (said)
        (ui::notice(Tone::Warning, &visit.t("screening-secret"),
            html! { p { (visit.t("screening-secret.body")) } }))
        (ui::section(&visit.t("screening-hits"), queue(visit, hits)))
        (lists::section(visit, lists))
        p { a href=(crate::suspicion::PAGE) { (visit.t("suspicion-title")) } }
    }
}

/// What the desk's first page says of screening to whoever may know of it: the way in, and how many wait
/// since when.
#[must_use]
pub fn reminder(visit: &Visit, waiting: &WaitingShown) -> Markup {
    let line = |n: u64, key: &str| (n > 0).then(|| visit.t_args(key, &[("n", n.into())]));
    let Some(title) = line(waiting.hits, "screening-waiting")
        .or_else(|| line(waiting.paused, "screening-waiting-paused"))
        .or_else(|| line(waiting.failed, "screening-waiting-failed"))
    else {
        return html! { p { a href=(PAGE) { (visit.t("screening-title")) } } };
    };
    let others = [
        line(waiting.paused, "screening-waiting-paused"),
        line(waiting.failed, "screening-waiting-failed"),
    ];
    let others: Vec<String> =
        others.into_iter().flatten().filter(|other| *other != title).collect();
    ui::notice(
        Tone::Warning,
        &title,
        html! {
            @if let Some(since) = waiting.since {
                p { (visit.t("screening-waiting-since")) " " (show::time(visit.lang(), since)) }
            }
            @for other in others { p { (other) } }
            p { a href=(PAGE) { (visit.t("screening-title")) } }
        },
    )
}

fn queue(visit: &Visit, hits: &[HitShown]) -> Markup {
    if hits.is_empty() {
        let (none, body) = (visit.t("screening-hits-none"), visit.t("screening-hits-none.body"));
        return ui::empty(Icon::Check, &none, &body, None);
    }
    let row = |hit: &HitShown| {
        vec![
            html! { a href=(hit_href(&hit.id)) { (hit.list) } },
            html! { (hit.score) },
            state(visit, hit.state),
            html! { (visit.t(&format!("screening-when-{}", hit.occasion))) },
            show::time(visit.lang(), hit.found_at),
        ]
    };
    ui::table(&Table {
        caption: visit.t("screening-hits"),
        head: vec![
            Column::text(visit.t("screening-list")),
            Column::number(visit.t("screening-score")),
            Column::text(visit.t("screening-state")),
            Column::text(visit.t("screening-when")),
            Column::text(visit.t("screening-found")),
        ],
        rows: hits.iter().map(row).collect(),
    })
}

/// Where a hit is.
#[must_use]
pub fn hit_href(id: &str) -> String {
    format!("{PAGE}/hits/{id}")
}

fn state(visit: &Visit, state: &str) -> Markup {
    let tone = match state {
        "asked" => Tone::Info,
        "cleared" => Tone::Success,
        "confirmed" => Tone::Error,
        _ => Tone::Warning,
    };
    ui::badge(tone, &visit.t(&format!("screening-state-{state}")))
}

/// What is said about a file that was taken.
#[must_use]
pub fn loaded(visit: &Visit, entries: u64) -> Markup {
    let title = visit.t_args("screening-loaded", &[("n", entries.into())]);
    ui::notice(Tone::Success, &title, html! { p { (visit.t("screening-loaded-next")) } })
}

/// What is said about a file that was not: `why` has a line's number, never its text.
#[must_use]
pub fn refused(visit: &Visit, why: &str) -> Markup {
    ui::notice(
        Tone::Error,
        &visit.t("screening-refused"),
        html! {
            p { (why) }
            p { (visit.t("screening-refused-next")) }
        },
    )
}
