//! What a company was started with, in words; and a looser file that waits for two people.

use std::collections::BTreeSet;

use jiff::Timestamp;
use kanuki_domain::{
    agreement::Gap,
    settings::{Change, Setting, Settings, place_shown, shown},
};
use maud::{Markup, html};

use crate::{
    Visit,
    risk_record::{Partner, Typed, entered, fields, missing},
    show,
    ui::{self, Column, Field, Look, Table, Tone},
};

/// Where it is.
pub const PATH: &str = "/desk/settings";
/// What begins the name of one line of the table of alarms: `signal:account-disabled:hijacking`.
const SIGNAL: &str = "signal";
/// Measures on an alarm, gravest first; each is done with all that follow.
const MEASURES: [&str; 4] = ["suspend", "hold", "lower_caps", "log"];

/// A start from a looser file that was refused.
#[derive(Clone, Debug)]
pub struct Refused {
    /// Its name.
    pub id: String,
    /// What would be looser.
    pub changes: Vec<Change>,
    /// The same, as a record of risks names it.
    pub loosened: Vec<String>,
    /// When it was refused first.
    pub at: Timestamp,
    /// Two people stand for it: the next start counts.
    pub is_signed: bool,
}

/// The page.
#[derive(Clone, Debug)]
pub struct SettingsPage {
    /// What counts, and since when nothing of it changed; none before the first start.
    pub in_force: Option<(Settings, Timestamp)>,
    /// What was refused.
    pub refused: Vec<Refused>,
    /// The partners that have a say.
    pub partners: Vec<Partner>,
}

/// A setting by name.
#[must_use]
pub fn named(visit: &Visit, name: &str) -> String {
    match name.split(':').collect::<Vec<_>>().as_slice() {
        [SIGNAL, event, "any"] => alarm(visit, &visit.t(&format!("signals-event-{event}"))),
        [SIGNAL, event, level] => {
            let event = visit.t(&format!("signals-event-{event}"));
            let level = visit.t(&format!("signals-level-{level}"));
            alarm(
                visit,
                &visit.t_args(
                    "settings-signal-level",
                    &[("event", (&event).into()), ("level", (&level).into())],
                ),
            )
        }
        _ => visit.t(&format!("setting-{name}")),
    }
}

fn alarm(visit: &Visit, which: &str) -> String {
    visit.t_args("settings-signal", &[("event", which.into())])
}

/// What is done on an alarm: the gravest of its measures stands for all, and whether people are told.
fn done(visit: &Visit, all: &BTreeSet<String>) -> String {
    let measure = MEASURES.into_iter().find(|measure| all.contains(*measure));
    let notify = Some("notify").filter(|word| all.contains(*word));
    let words = measure.into_iter().chain(notify);
    let words = words.map(|word| visit.t(&format!("signals-do-{}", word.replace('_', "-"))));
    words.collect::<Vec<_>>().join(&visit.t("loosened-and"))
}

/// What it is, in words.
fn value(visit: &Visit, setting: Option<&Setting>) -> String {
    match setting {
        None => visit.t("settings-unknown"),
        Some(Setting::UpTo(yen)) => yen.to_string(),
        Some(Setting::Waits(secs)) => show::span(visit.lang(), u64::try_from(*secs).unwrap_or(0)),
        Some(Setting::Opens(true)) => visit.t("settings-open"),
        Some(Setting::Opens(false)) => visit.t("settings-shut"),
        Some(Setting::Believes(None)) => visit.t("settings-nobody"),
        Some(Setting::Noted(what)) if what.is_empty() => visit.t("settings-nobody"),
        Some(Setting::Believes(Some(what))) => shown(what),
        Some(Setting::Noted(what)) => place_shown(what),
        Some(Setting::Trusts(all)) if all.is_empty() => visit.t("settings-nobody"),
        Some(Setting::Trusts(all)) => {
            let all: Vec<&str> = all.iter().map(String::as_str).collect();
            all.join(&visit.t("loosened-and"))
        }
        Some(Setting::Does(all)) => done(visit, all),
        Some(Setting::AtMost(number) | Setting::AtLeast(number)) => number.to_string(),
        Some(Setting::Watches(all)) => visit.t_args("settings-watched", &[("n", all.len().into())]),
    }
}

/// That a start was refused and that nobody has signed what it would loosen.
#[must_use]
pub fn reminder(visit: &Visit, waits: bool) -> Markup {
    html! {
        @if waits {
            (ui::notice(Tone::Warning, &visit.t("settings-refused"), html! {
                p { a href=(PATH) { (visit.t("settings-look")) } }
            }))
        }
    }
}

/// What a request of one person would let count, for whoever is to agree.
#[must_use]
pub fn approval_words(visit: &Visit) -> Markup {
    html! { a href=(PATH) { (visit.t("settings-approve")) } }
}

/// All of it, with what was typed and what is missing from it.
#[must_use]
pub fn body(visit: &Visit, page: &SettingsPage, given: (&Typed, &[Gap])) -> Markup {
    html! {
        (ui::heading(&visit.t("settings-title"), Some(&visit.t("settings-lead"))))
        (missing(visit, given.1, &page.partners))
        @for refused in &page.refused { (waiting(visit, refused, &page.partners, given.0)) }
        @match &page.in_force {
            None => p { (visit.t("settings-none")) },
            Some((settings, since)) => {
                p { (visit.t("settings-since")) " " (show::time(visit.lang(), *since)) }
                (ui::table(&in_force(visit, settings)))
            }
        }
        p { a href=(crate::risk_record::BASE) { (visit.t("risk-records")) } }
    }
}

fn in_force(visit: &Visit, settings: &Settings) -> Table {
    let row = |(name, setting): (&str, &Setting)| {
        vec![html! { (named(visit, name)) }, html! { (value(visit, Some(setting))) }]
    };
    Table {
        caption: visit.t("settings-in-force"),
        head: ["settings-what", "settings-is"].map(|key| Column::text(visit.t(key))).into(),
        rows: settings.iter().map(row).collect(),
    }
}

fn waiting(visit: &Visit, refused: &Refused, partners: &[Partner], typed: &Typed) -> Markup {
    let row = |change: &Change| {
        vec![
            html! { (named(visit, &change.name)) },
            html! { (value(visit, change.before.as_ref())) },
            html! { strong { (value(visit, change.after.as_ref())) } },
        ]
    };
    let head = ["settings-what", "settings-before", "settings-after"];
    let table = Table {
        caption: visit.t("settings-looser"),
        head: head.map(|key| Column::text(visit.t(key))).into(),
        rows: refused.changes.iter().map(row).collect(),
    };
    // What was typed belongs to the one that it was sent for.
    let none = Typed::new();
    let typed = if entered(typed, "coming") == refused.id { typed } else { &none };
    let why = Field::new("reason", visit.t("risk-record-why"))
        .value(entered(typed, "reason"))
        .max_length(300);
    ui::card(
        Some(&visit.t("settings-refused")),
        html! {
            p { (visit.t("settings-refused-at")) " " (show::time(visit.lang(), refused.at)) }
            (ui::table(&table))
            @if refused.is_signed {
                (ui::notice(Tone::Success, &visit.t("settings-signed"), html! {
                    p { (visit.t("settings-signed-what")) }
                }))
            } @else {
                (ui::form(PATH, visit.csrf_field(), html! {
                    (ui::hidden("coming", &refused.id))
                    (ui::field(&why))
                    (fields(visit, &refused.loosened, partners, typed))
                    (ui::actions(ui::button(Look::Primary, &visit.t("settings-ask"))))
                }))
            }
        },
    )
}
