//! While something is stopped: the page for everybody, the desk's playbook, and drills.
//!
//! Drawn here once for both companies; what is stopped, what may be said and who may do what is
//! decided in each company's use cases.

mod drill;
mod public;
mod told;

use jiff::Timestamp;
use kanuki_domain::compensation::Policy;
use kanuki_formats::text::safe_line;
use maud::{Markup, html};

pub use drill::{Drill, Past, Step, Switch};
pub use told::{Told, why};

use crate::{
    Visit, show,
    ui::{self, Column, Field, Look, Table, Tone},
};

/// Where everybody reads what is stopped.
pub const PUBLIC: &str = "/incident";
/// Where staff say it, and drill.
pub const PAGE: &str = "/desk/incident";

/// One gate that is closed, here or at another company, as everybody may know it.
#[derive(Clone, Debug)]
pub struct Halt {
    /// The other company; none where it is about everything.
    pub with: Option<String>,
    /// The other company stopped it, and not we.
    pub is_theirs: bool,
    /// Since when.
    pub since: Timestamp,
    /// The last parts of the keys of what stands still.
    pub services: Vec<&'static str>,
}

/// What the company says.
#[derive(Clone, Debug)]
pub struct Words {
    /// In Japanese.
    pub ja: String,
    /// In English.
    pub en: String,
    /// Since when it can be read.
    pub since: Option<Timestamp>,
}

/// What everybody is told now.
#[derive(Clone, Debug, Default)]
pub struct Standing {
    /// What stands still.
    pub halts: Vec<Halt>,
    /// What the company says about it.
    pub words: Option<Words>,
}

/// The body of the page for everybody; `call` says whom to call.
#[must_use]
pub fn public(visit: &Visit, standing: &Standing, call: (&str, &Policy)) -> Markup {
    public::body(visit, standing, call)
}

/// The most characters of one language that are read.
const WORDS_CHARS: usize = 1_000;

/// What was typed to be said to everybody, line by line, without what hides or reorders.
#[must_use]
pub fn typed(text: &str) -> String {
    // One more than may be said, so that what is too long is refused and not cut.
    let lines = text.lines().map(|line| safe_line(line, WORDS_CHARS.saturating_add(1)));
    lines.collect::<Vec<_>>().join("\n").trim().to_owned()
}

/// On a first page: that something is stopped, and where to read on. Nothing where nothing is.
#[must_use]
pub fn banner(visit: &Visit, halts: &[Halt]) -> Markup {
    html! {
        @if !halts.is_empty() {
            (ui::notice(Tone::Warning, &visit.t("incident-banner"), html! {
                p { a href=(PUBLIC) { (visit.t("incident-banner.more")) } }
            }))
        }
    }
}

/// What staff see.
#[derive(Clone, Debug, Default)]
pub struct Desk {
    /// What everybody is told now.
    pub standing: Standing,
    /// The kinds of switches of this desk: the last parts of their keys.
    pub kinds: &'static [&'static str],
    /// Where the switches are.
    pub switches_path: &'static str,
    /// What was typed and could not be taken, and the last part of the key that says why.
    pub refused: Option<(Words, &'static str)>,
    /// The switches that a drill can be about.
    pub switches: Vec<Switch>,
    /// The drill that runs.
    pub drill: Option<Drill>,
    /// A switch was just pressed in a drill that was not the right one.
    pub has_missed: bool,
    /// Drills that are over, newest first.
    pub past: Vec<Past>,
    /// What other companies say that they stopped.
    pub told: Vec<Told>,
}

/// The body of the desk's page.
#[must_use]
pub fn desk(visit: &Visit, desk: &Desk) -> Markup {
    html! {
        (ui::heading(&visit.t("incident-desk"), Some(&visit.t("incident-desk.lead"))))
        @if desk.has_missed {
            (ui::notice(Tone::Warning, &visit.t("drill-missed"), html! {
                p { (visit.t("drill-missed.what")) }
            }))
        }
        @if let Some(drill) = &desk.drill { (drill::running(visit, drill, &desk.switches)) }
        (now(visit, desk))
        (ui::section(&visit.t("told-stops"), told::cards(visit, &desk.told)))
        (ui::section(&visit.t("incident-book"), playbook(visit, desk)))
        (ui::section(&visit.t("incident-words"), words(visit, desk)))
        (ui::section(&visit.t("drill-title"), html! {
            @if desk.drill.is_none() { (drill::form(visit, &desk.switches)) }
            (drill::past(visit, &desk.past))
        }))
    }
}

/// On the page of the switches: that a drill runs, so that nobody presses a real one for it.
#[must_use]
pub fn drill_banner(visit: &Visit, is_running: bool) -> Markup {
    html! {
        @if is_running {
            (ui::notice(Tone::Info, &visit.t("drill-runs"), html! {
                p { (visit.t("drill-runs.what")) }
                p { a href=(PAGE) { (visit.t("drill-runs.more")) } }
            }))
        }
    }
}

/// What somebody asks to be said, for whoever is to agree.
#[must_use]
pub fn proposed(visit: &Visit, words: &Words) -> Markup {
    html! {
        @if words.ja.is_empty() { p { (visit.t("incident-words-down")) } }
        @else { (paragraphs("ja", &words.ja)) (paragraphs("en", &words.en)) }
    }
}

fn paragraphs(lang: &str, text: &str) -> Markup {
    html! {
        div lang=(lang) {
            @for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
                p { (line) }
            }
        }
    }
}

/// What stands still, and what everybody reads.
fn now(visit: &Visit, desk: &Desk) -> Markup {
    let halts = &desk.standing.halts;
    html! {
        @if halts.is_empty() && desk.standing.words.is_some() {
            (ui::notice(Tone::Warning, &visit.t("incident-stale"), html! {
                p { (visit.t("incident-stale.what")) }
            }))
        }
        (ui::card(Some(&visit.t("incident-now")), html! {
            @if halts.is_empty() { p { (visit.t("incident-none")) } }
            ul.points {
                @for halt in halts {
                    li { (public::title(visit, halt)) " " (public::since(visit, halt)) }
                }
            }
            (ui::actions(html! {
                (ui::link_button(Look::Secondary, PUBLIC, &visit.t("incident-see")))
                (ui::link_button(Look::Secondary, desk.switches_path, &visit.t("incident-switches")))
            }))
        }))
    }
}

/// What each switch stops, what people are told, who lets it go on.
fn playbook(visit: &Visit, desk: &Desk) -> Markup {
    let rows = desk.kinds.iter().map(|kind| {
        let part = |part: &str| html! { (visit.t(&format!("incident-book-{kind}{part}"))) };
        vec![part(""), part(".stops"), part(".told"), part(".reopen")]
    });
    let table = Table {
        caption: visit.t("incident-book-what"),
        head: ["incident-book-switch", "incident-book-stops", "incident-book-told"]
            .into_iter()
            .chain(["incident-book-reopen"])
            .map(|key| Column::text(visit.t(key)))
            .collect(),
        rows: rows.collect(),
    };
    html! {
        ol.points {
            li { (visit.t("incident-do-stop")) }
            li { (visit.t("incident-do-partner")) }
            li { (visit.t("incident-do-say")) }
            li { (visit.t("incident-do-report")) }
        }
        (ui::table(&table))
    }
}

/// What is said, and the forms to ask for other words.
fn words(visit: &Visit, desk: &Desk) -> Markup {
    let typed = desk.refused.as_ref();
    let of = |pick: fn(&Words) -> &String| {
        typed.map(|(words, _)| pick(words).clone()).unwrap_or_default()
    };
    let why = typed.map(|(_, why)| visit.t(&format!("incident-fault-{why}")));
    let text =
        |name: &str, label: &str| Field::new(name, visit.t(label)).max_length(1_000).place("say");
    let ja = text("ja", "incident-words-ja").hint(visit.t("incident-words-hint"));
    let ja = ja.value(of(|words| &words.ja)).error(why);
    let en = text("en", "incident-words-en").value(of(|words| &words.en));
    let reason = |place: &str| {
        let field = Field::new("reason", visit.t("incident-reason")).max_length(500);
        ui::field(&field.place(place))
    };
    let action = format!("{PAGE}/words");
    html! {
        @if let Some(words) = &desk.standing.words {
            (ui::card(Some(&visit.t("incident-words-live")), html! {
                @if let Some(since) = words.since { p { (show::time(visit.lang(), since)) } }
                (proposed(visit, words))
                (ui::details(&visit.t("incident-words-end"), ui::form(&action, visit.csrf_field(), html! {
                    (ui::hidden("ja", "")) (ui::hidden("en", ""))
                    (reason("end"))
                    (ui::actions(ui::button(Look::Secondary, &visit.t("incident-words-ask-end"))))
                })))
            }))
        }
        (ui::form(&action, visit.csrf_field(), html! {
            (ui::text_area(&ja))
            (ui::text_area(&en))
            (reason("say"))
            (ui::actions(ui::button(Look::Primary, &visit.t("incident-words-ask"))))
        }))
    }
}
