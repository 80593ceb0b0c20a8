//! The record of risks that goes with whatever loosens (リスク評価記録): its form, its page, the list, and
//! what the desk's first page says when it is to be looked at again.
//!
//! Drawn here once for both companies; what must be in a record is decided in `domain`, and when one is
//! needed in `desk`.

mod form;
mod loosened;
mod reopen;

use jiff::{Timestamp, civil::Date};
use kanuki_domain::{
    agreement::{Gap, Lack},
    risk_record::{RiskRecord, View},
};
use maud::{Markup, html};

pub use form::{Typed, entered, fields, parse, views};
pub use loosened::{in_a_line, named};
pub use reopen::{Wide, href as reopen_href, reopen_body};

use crate::{
    Visit, show,
    ui::{self, Column, Field, Kind, Look, Table, Tone},
};

/// Where the records are.
pub const BASE: &str = "/desk/risk/records";

/// A partner that has a say.
#[derive(Clone, Debug)]
pub struct Partner {
    /// Its id in the registry.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// A record with the names of who stands for it.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its id.
    pub id: String,
    /// Where it stands: the last part of a key.
    pub standing: &'static str,
    /// What it goes with.
    pub subject: String,
    /// What it says.
    pub record: RiskRecord,
    /// SHA-256 of its canonical form.
    pub sha256: String,
    /// Who wrote it, and when.
    pub written: (String, Timestamp),
    /// Who agreed or declined, and when.
    pub decided: Option<(String, Timestamp)>,
    /// Who agreed that it is over, and when.
    pub ended: Option<(String, Timestamp)>,
    /// When it is looked at again.
    pub review_by: Option<Date>,
    /// Its reviews, oldest first; the one that waits last.
    pub reviews: Vec<Reviewed>,
    /// Whether somebody may look again now.
    pub can_review: bool,
}

/// A look at it.
#[derive(Clone, Debug)]
pub struct Reviewed {
    /// Who looked, and when.
    pub by: (String, Timestamp),
    /// Who agreed.
    pub agreed: Option<String>,
    /// What was found.
    pub found: String,
    /// When it is looked at again; none: what was loosened was taken back.
    pub next: Option<Date>,
    /// What each partner said to it then.
    pub views: Vec<View>,
}

/// What is missing, in words.
#[must_use]
pub fn gap_list(visit: &Visit, gaps: &[Gap], partners: &[Partner]) -> Markup {
    html! {
        ul.points {
            @for gap in gaps {
                li {
                    strong { (gap.requirement) } " " (label(visit, &gap.path, partners)) " – " (lack(visit, gap))
                }
            }
        }
    }
}

/// That something is missing from what was sent, and what; nothing where nothing is.
#[must_use]
pub fn missing(visit: &Visit, gaps: &[Gap], partners: &[Partner]) -> Markup {
    html! {
        @if !gaps.is_empty() {
            (ui::notice(Tone::Error, &visit.t("risk-record-missing"), html! {
                p { (visit.t("risk-record-missing-what")) }
                (gap_list(visit, gaps, partners))
            }))
        }
    }
}

/// Beside something that waits for a second person: where the record is that goes with it.
#[must_use]
pub fn beside(visit: &Visit, id: &str) -> (String, Markup) {
    let href = format!("{BASE}/{id}");
    (visit.t("risk-record-with"), html! { a href=(href) { (visit.t("risk-record-read")) } })
}

fn lack(visit: &Visit, gap: &Gap) -> String {
    match gap.lack {
        Lack::Passed if gap.path.starts_with("record.views.") => visit.t("risk-record-too-old"),
        lack => visit.t(&format!("reg-lack-{}", lack.name())),
    }
}

fn label(visit: &Visit, path: &str, partners: &[Partner]) -> String {
    let path = path.strip_prefix("record.").unwrap_or(path);
    let Some(of) = path.strip_prefix("views.") else {
        return visit.t(&format!("risk-record-{}", path.replace('_', "-")));
    };
    let (id, key) = match of.strip_suffix(".on") {
        Some(id) => (id, "risk-record-view-on"),
        None => (of, "risk-record-view"),
    };
    visit.t_args(key, &[("name", name_of(id, partners).into())])
}

fn name_of<'a>(id: &'a str, partners: &'a [Partner]) -> &'a str {
    partners.iter().find(|partner| partner.id == id).map_or(id, |partner| partner.name.as_str())
}

/// What a record says, for whoever is to agree and whoever reads it later.
#[must_use]
pub fn said(visit: &Visit, record: &RiskRecord, partners: &[Partner]) -> Markup {
    let day =
        |day: Option<Date>| day.map(|day| show::civil_date(visit.lang(), day)).unwrap_or_default();
    let mut facts = vec![
        (
            visit.t("risk-record-loosens"),
            html! {
                ul.points { @for what in &record.loosens { li { (named(visit, what, partners)) } } }
            },
        ),
        (visit.t("risk-record-why"), html! { (record.why) }),
    ];
    for danger in &record.dangers {
        facts.push((visit.t("risk-record-finding"), html! { (danger.finding) }));
        facts.push((visit.t("risk-record-measure"), html! { (danger.measure) }));
    }
    for view in &record.views {
        let args = [("name", name_of(&view.partner, partners).into())];
        facts.push((
            visit.t_args("risk-record-view", &args),
            html! {
                (view.says) br; (view.name) " " (day(view.on))
            },
        ));
    }
    facts.push((visit.t("risk-record-review-by"), html! { (day(record.review_by)) }));
    html! { div.names { (ui::definitions(facts)) } }
}

fn badge(visit: &Visit, entry: &Entry, today: Date) -> Markup {
    let is_past = entry.review_by.is_none_or(|day| day < today);
    let (tone, key) = match entry.standing {
        "in-force" if is_past => (Tone::Error, "overdue"),
        "in-force" => (Tone::Success, "in-force"),
        "waiting" => (Tone::Warning, "waiting"),
        other => (Tone::Neutral, other),
    };
    ui::badge(tone, &visit.t(&format!("risk-record-is-{key}")))
}

fn shown_day(visit: &Visit, day: Option<Date>) -> String {
    day.map(|day| show::civil_date(visit.lang(), day)).unwrap_or_default()
}

/// Every record.
#[must_use]
pub fn list_body(visit: &Visit, (all, partners): (&[Entry], &[Partner]), today: Date) -> Markup {
    let row = |entry: &Entry| {
        let href = format!("{BASE}/{}", entry.id);
        vec![
            html! { a href=(href) { (show::instant(visit.lang(), entry.written.1)) } },
            html! { (in_a_line(visit, &entry.record.loosens, partners)) },
            badge(visit, entry, today),
            html! { (shown_day(visit, entry.review_by)) },
        ]
    };
    let head =
        ["risk-record-written", "risk-record-loosens", "risk-record-state", "risk-record-next"];
    html! {
        (ui::heading(&visit.t("risk-records"), Some(&visit.t("risk-records-lead"))))
        @if all.is_empty() { p { (visit.t("risk-records-none")) } } @else {
            (ui::table(&Table {
                caption: visit.t("risk-records"),
                head: head.map(|key| Column::text(visit.t(key))).into(),
                rows: all.iter().map(row).collect(),
            }))
        }
        p { a href="/desk/risk/policy" { (visit.t("risk-policy")) } }
    }
}

/// What a record goes with: a version, a file, or the switch of a partner by the partner's name.
fn subject<'a>(entry: &'a Entry, partners: &'a [Partner]) -> &'a str {
    let of = entry.subject.as_str();
    of.split_once('|').map_or(of, |(_, id)| name_of(id, partners))
}

/// One record: what it says, who stands for it, its reviews, and the form of the next one.
#[must_use]
pub fn body(
    visit: &Visit,
    (entry, partners): (&Entry, &[Partner]),
    today: Date,
    missing: (&Typed, &[Gap]),
) -> Markup {
    let mut facts = vec![
        (visit.t("risk-record-state"), badge(visit, entry, today)),
        (visit.t("risk-record-of"), html! { code { (subject(entry, partners)) } }),
        (visit.t("risk-record-written"), by_at(visit, &entry.written)),
    ];
    if let Some(decided) = &entry.decided {
        facts.push((visit.t("risk-record-decided"), by_at(visit, decided)));
    }
    if let Some(ended) = &entry.ended {
        facts.push((visit.t("risk-record-ended"), by_at(visit, ended)));
    }
    facts.push((visit.t("risk-record-next"), html! { (shown_day(visit, entry.review_by)) }));
    facts.push(("SHA-256".to_owned(), html! { code { (entry.sha256) } }));
    html! {
        (ui::heading(&visit.t("risk-record"), None))
        (ui::card(None, ui::definitions(facts)))
        (ui::card(Some(&visit.t("risk-record-says")), said(visit, &entry.record, partners)))
        (reviews(visit, entry, partners))
        @if entry.can_review { (review_form(visit, entry, missing, partners)) }
        p { a href=(BASE) { (visit.t("risk-records")) } }
    }
}

fn by_at(visit: &Visit, (by, at): &(String, Timestamp)) -> Markup {
    html! { (by) " " (show::time(visit.lang(), *at)) }
}

fn reviews(visit: &Visit, entry: &Entry, partners: &[Partner]) -> Markup {
    let row = |review: &Reviewed| {
        let next = match review.next {
            Some(day) => show::civil_date(visit.lang(), day),
            None => visit.t("risk-record-taken-back"),
        };
        let agreed = review.agreed.clone().unwrap_or_else(|| visit.t("risk-record-is-waiting"));
        vec![
            by_at(visit, &review.by),
            html! { (agreed) },
            html! {
                (review.found)
                @for view in &review.views {
                    br; (name_of(&view.partner, partners)) ": " (view.says) " – " (view.name) " "
                    (shown_day(visit, view.on))
                }
            },
            html! { (next) },
        ]
    };
    let head =
        ["risk-record-looked", "risk-record-agreed", "risk-record-found", "risk-record-next"];
    html! {
        @if !entry.reviews.is_empty() {
            (ui::table(&Table {
                caption: visit.t("risk-record-reviews"),
                head: head.map(|key| Column::text(visit.t(key))).into(),
                rows: entry.reviews.iter().map(row).collect(),
            }))
        }
    }
}

fn review_form(
    visit: &Visit,
    entry: &Entry,
    (typed, gaps): (&Typed, &[Gap]),
    partners: &[Partner],
) -> Markup {
    let is_day = |gap: &&Gap| gap.path == "record.review_by";
    let words = gaps.iter().find(is_day);
    let words =
        words.map(|gap| format!("{}: {}", label(visit, &gap.path, partners), lack(visit, gap)));
    let found = Field::new("found", visit.t("risk-record-found"))
        .hint(visit.t("risk-record-found-hint"))
        .value(entered(typed, "found"))
        .max_length(500);
    let next = Field::new("next", visit.t("risk-record-next"))
        .hint(visit.t("risk-record-next-hint"))
        .value(entered(typed, "next"))
        .error(words)
        .optional("")
        .kind(Kind::Date);
    let button = |look, key: &str, act| ui::button_named(look, &visit.t(key), "act", act);
    ui::card(
        Some(&visit.t("risk-record-review")),
        ui::form(
            &format!("{BASE}/{}/review", entry.id),
            visit.csrf_field(),
            html! {
                @if !gaps.is_empty() {
                    (ui::notice(Tone::Error, &visit.t("risk-record-missing"), gap_list(visit, gaps, partners)))
                }
                (ui::field(&found))
                (form::view_fields(visit, partners, typed))
                (ui::field(&next))
                (ui::actions(html! {
                    (button(Look::Primary, "risk-record-review-keeps", "keeps"))
                    (button(Look::Secondary, "risk-record-review-back", "back"))
                }))
            },
        ),
    )
}

/// On the desk's first page: of each record whose day has come or comes soon, its id, its day and what
/// it is about.
#[must_use]
pub fn notices(visit: &Visit, due: &[(String, Option<Date>, String)], today: Date) -> Markup {
    let one = |(id, day, what): &(String, Option<Date>, String)| {
        let is_past = day.is_none_or(|day| day < today);
        let (tone, key) = if is_past {
            (Tone::Error, "risk-record-passed")
        } else {
            (Tone::Warning, "risk-record-soon")
        };
        let day = shown_day(visit, *day);
        let words = visit.t_args(key, &[("day", day.into()), ("what", what.as_str().into())]);
        let look = html! { p { a href={ (BASE) "/" (id) } { (visit.t("risk-record-look")) } } };
        ui::notice(tone, &words, look)
    };
    html! { @for due in due { (one(due)) } }
}
