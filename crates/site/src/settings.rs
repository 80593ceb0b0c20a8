//! What a company was started with, in words; and a looser file that waits for two people.

use jiff::Timestamp;
use kanuki_domain::{
    agreement::Gap,
    settings::{Change, Setting, Settings},
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
/// So much of a hash is shown.
const HASH_SHOWN: usize = 16;

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
    visit.t(&format!("setting-{name}"))
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
        Some(Setting::Believes(Some(what)) | Setting::Noted(what)) => {
            if what.is_empty() {
                visit.t("settings-nobody")
            } else {
                short(what)
            }
        }
        Some(Setting::Watches(all)) => visit.t_args("settings-watched", &[("n", all.len().into())]),
    }
}

/// A hash by its beginning; anything else as it is.
fn short(what: &str) -> String {
    let is_hash = what.len() > HASH_SHOWN && what.bytes().all(|b| b.is_ascii_hexdigit());
    if is_hash { what.chars().take(HASH_SHOWN).chain(['…']).collect() } else { what.to_owned() }
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
