//! Lists of leaked credentials at the desk: which are in force, and what they lock.

mod find;
mod hits;
mod lists;

use jiff::{Timestamp, civil::Date};
use maud::{Markup, html};

use crate::{
    Visit,
    ui::{self, Tone},
};

/// Where it is.
pub const PAGE: &str = "/desk/leaks";
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
    /// How many of its entries are looked for.
    pub entries: u64,
    /// How many are of no kind that this company can look for.
    pub others: u64,
    /// Who loaded it.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// How many were looked for.
    pub seen: u64,
    /// How many of these are nobody's here.
    pub unknown: u64,
    /// How many are locked because of it.
    pub held: u64,
    /// When all had been looked for.
    pub done_at: Option<Timestamp>,
    /// How many could not be looked for and are tried again.
    pub failed: u64,
    /// That it waits for a second person's agreement; whether whoever looks may not give it.
    pub paused: Option<IsOwn>,
    /// That its withdrawal was asked for.
    pub withdraw: Option<Asked>,
}

/// What a list locks.
#[derive(Clone, Debug)]
pub struct HitShown {
    /// Which account or customer.
    pub about: String,
    /// Where staff see it as a whole, where there is such a page.
    pub href: Option<String>,
    /// The lists that name it.
    pub lists: Vec<String>,
    /// The last day on which its credentials were seen.
    pub seen_on: Date,
    /// Since when it is locked.
    pub found_at: Timestamp,
    /// Where it stands, as part of a text key.
    pub state: &'static str,
    /// When it ends by itself, where that is known; when it ended, where it did.
    pub until: Option<Timestamp>,
    /// That one person asks to let it go.
    pub asked: Option<Asked>,
}

/// The page's body; `said` is what to say first, `is_bank` what is locked.
#[must_use]
pub fn overview_body(
    visit: &Visit,
    lists: &[ListShown],
    hits: &[HitShown],
    said: &Markup,
) -> Markup {
    html! {
        (ui::heading(&visit.t("leak-title"), Some(&visit.t("leak-lead"))))
        (said)
        (ui::notice(Tone::Info, &visit.t("leak-does"), html! {
            p { (visit.t("leak-does.body")) }
            p { (visit.t("leak-does.secret")) }
        }))
        (ui::section(&visit.t("leak-lists"), lists::drawn(visit, lists)))
        (ui::section(&visit.t("leak-find"), find::form(visit)))
        (ui::section(&visit.t("leak-hits"), hits::drawn(visit, hits)))
        p { a href=(crate::risk::BASE) { (visit.t("risk-title")) } }
    }
}

/// What the desk's first page says: how many lists wait for a second person, and never who is on them.
#[must_use]
pub fn reminder(visit: &Visit, paused: u64, failed: u64) -> Markup {
    let line = |n: u64, key: &str| (n > 0).then(|| visit.t_args(key, &[("n", n.into())]));
    let (paused, failed) =
        (line(paused, "leak-waiting-paused"), line(failed, "leak-waiting-failed"));
    let Some(title) = paused.clone().or_else(|| failed.clone()) else { return html! {} };
    ui::notice(
        Tone::Warning,
        &title,
        html! {
            @if let (Some(_), Some(failed)) = (&paused, &failed) { p { (failed) } }
            p { a href=(PAGE) { (visit.t("leak-title")) } }
        },
    )
}

/// What is said about a file that was taken.
#[must_use]
pub fn loaded(visit: &Visit, entries: u64, others: u64) -> Markup {
    let title = visit.t_args("leak-loaded", &[("n", entries.into())]);
    ui::notice(
        Tone::Success,
        &title,
        html! {
            @if others > 0 { p { (visit.t_args("leak-loaded-others", &[("n", others.into())])) } }
            p { (visit.t("leak-loaded-next")) }
        },
    )
}

/// What is said about a look-up: the hits, or that there is none; none where the number was not read.
#[must_use]
pub fn found(visit: &Visit, hits: Option<&[HitShown]>) -> Markup {
    find::drawn(visit, hits)
}

/// What is said about a file that was not: `why` has a line's number, never its text.
#[must_use]
pub fn refused(visit: &Visit, why: &str) -> Markup {
    ui::notice(
        Tone::Error,
        &visit.t("leak-refused"),
        html! {
            p { (why) }
            p { (visit.t("leak-refused-next")) }
        },
    )
}
