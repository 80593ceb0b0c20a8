//! What is done here on what a partner tells, and the links that go on with care because of it.

use jiff::Timestamp;
use maud::{Markup, html};

use crate::{
    Visit, show,
    ui::{self, Column, Field, Look, Table, Tone},
};

/// Where it is, at both desks.
pub const SIGNALS: &str = "/desk/signals/policy";
/// Where one person asks that a link goes on as before.
const EASE: &str = "/desk/signals/ease";
/// Where one person puts a partner's stream back.
const RESTORE: &str = "/desk/signals/restore";
/// The longest reason, in characters.
const REASON_MAX: u16 = 300;

/// One line of the table, in the words of the text keys.
#[derive(Clone, Copy, Debug)]
pub struct ActionShown {
    /// Which event.
    pub event: &'static str,
    /// At which level.
    pub level: &'static str,
    /// What is done to the link.
    pub measure: &'static str,
    /// Whether people get a case.
    pub notifies: bool,
    /// No table of a company says less.
    pub is_least: bool,
}

/// One link that goes on with care.
#[derive(Clone, Debug)]
pub struct CareShown {
    /// Its mandate.
    pub link: String,
    /// Who told.
    pub partner: String,
    /// What, as part of a text key.
    pub event: String,
    /// When it was heard.
    pub heard_at: Timestamp,
    /// Until when caps are halved.
    pub lowered_until: Timestamp,
    /// Until when no money is pulled.
    pub held_until: Option<Timestamp>,
}

/// One partner that asked to hear less from us.
#[derive(Clone, Debug)]
pub struct LessShown {
    /// Its name in forms.
    pub receiver: String,
    /// Its name.
    pub partner: String,
    /// `paused` or `disabled`, if it is.
    pub status: Option<&'static str>,
    /// It fetches by itself.
    pub is_fetched: bool,
    /// Kinds of events that it did not ask for.
    pub unwanted: usize,
    /// Names that it muted.
    pub muted: usize,
    /// Its own words.
    pub reason: Option<String>,
}

/// The page, and after which link there are more with care.
#[must_use]
pub fn signals_body(
    visit: &Visit,
    (rows, is_shipped): (&[ActionShown], bool),
    (cautions, more): (&[CareShown], Option<&str>),
    less: &[LessShown],
) -> Markup {
    let whose = if is_shipped { "signals-shipped" } else { "signals-own" };
    html! {
        (ui::heading(&visit.t("signals-title"), Some(&visit.t("signals-lead"))))
        p { (visit.t(whose)) }
        (table(visit, rows))
        (ui::section(&visit.t("signals-words"), html! {
            (ui::definitions(["log", "lower_caps", "hold", "suspend", "notify"].into_iter().map(|word| {
                let key = word.replace('_', "-");
                (visit.t(&format!("signals-do-{key}")), html! {
                    (visit.t(&format!("signals-means-{key}"))) " " code { (word) }
                })
            }).collect()))
        }))
        (ui::section(&visit.t("signals-fixed"), html! {
            ul {
                @for fixed in ["revoked", "released", "case", "word"] {
                    li { (visit.t(&format!("signals-fixed-{fixed}"))) }
                }
            }
        }))
        (ui::section(&visit.t("signals-care"), html! {
            p { (visit.t("signals-care-lead")) }
            @if cautions.is_empty() { p { (visit.t("signals-care-none")) } }
            @for caution in cautions { (care(visit, caution)) }
            @if let Some(after) = more {
                p { a href=(format!("{SIGNALS}?after={after}")) { (visit.t("signals-care-more")) } }
            }
        }))
        (ui::section(&visit.t("signals-less"), html! {
            p { (visit.t("signals-less-lead")) }
            @if less.is_empty() { p { (visit.t("signals-less-none")) } }
            @for one in less { (hears_less(visit, one)) }
        }))
    }
}

fn table(visit: &Visit, rows: &[ActionShown]) -> Markup {
    let row = |row: &ActionShown| {
        let measure = row.measure.replace('_', "-");
        let tone = match row.measure {
            "suspend" => Tone::Error,
            "hold" | "lower_caps" => Tone::Warning,
            _ => Tone::Neutral,
        };
        let is_alone = row.level == "any";
        vec![
            html! { (visit.t(&format!("signals-event-{}", row.event))) },
            html! {
                @if is_alone { "–" } @else { (visit.t(&format!("signals-level-{}", row.level))) }
            },
            html! {
                (ui::badge(tone, &visit.t(&format!("signals-do-{measure}"))))
                @if row.notifies { " " (ui::badge(Tone::Info, &visit.t("signals-do-notify"))) }
            },
            html! { @if row.is_least { (visit.t("signals-least-yes")) } @else { "–" } },
        ]
    };
    let head = ["signals-event", "signals-level", "signals-do", "signals-least"];
    ui::table(&Table {
        caption: visit.t("signals-title"),
        head: head.map(|key| Column::text(visit.t(key))).into(),
        rows: rows.iter().map(row).collect(),
    })
}

fn care(visit: &Visit, caution: &CareShown) -> Markup {
    let why = Field::new("reason", visit.t("signals-ease-why"))
        .place(&caution.link)
        .max_length(REASON_MAX);
    let mut facts = vec![
        (visit.t("signals-care-by"), html! { (caution.partner) }),
        (
            visit.t("signals-event"),
            html! {
                (visit.t(&format!("signals-event-{}", caution.event)))
            },
        ),
        (visit.t("signals-care-at"), show::time(visit.lang(), caution.heard_at)),
        (
            visit.t("signals-do-lower-caps"),
            html! {
                (visit.t("signals-care-until")) " " (show::time(visit.lang(), caution.lowered_until))
            },
        ),
    ];
    if let Some(until) = caution.held_until {
        facts.push((
            visit.t("signals-do-hold"),
            html! {
                (visit.t("signals-care-until")) " " (show::time(visit.lang(), until))
            },
        ));
    }
    ui::card(
        Some(&caution.link),
        html! {
            (ui::definitions(facts))
            (ui::details(&visit.t("signals-ease"), ui::form(EASE, visit.csrf_field(), html! {
                (ui::hidden("link", &caution.link))
                (ui::field(&why))
                (ui::actions(ui::button(Look::Secondary, &visit.t("signals-ease-ask"))))
            })))
        },
    )
}

fn hears_less(visit: &Visit, less: &LessShown) -> Markup {
    let counted = |key: &str, count: usize| visit.t_args(key, &[("count", count.into())]);
    let mut what = Vec::new();
    if let Some(status) = less.status {
        what.push(visit.t(&format!("signals-less-status-{status}")));
    }
    if less.is_fetched {
        what.push(visit.t("signals-less-poll"));
    }
    if less.unwanted > 0 {
        what.push(counted("signals-less-unwanted", less.unwanted));
    }
    if less.muted > 0 {
        what.push(counted("signals-less-muted", less.muted));
    }
    let mut facts = vec![(
        visit.t("signals-less-what"),
        html! {
            ul { @for one in &what { li { (one) } } }
        },
    )];
    if let Some(reason) = &less.reason {
        facts.push((visit.t("signals-less-reason"), html! { (reason) }));
    }
    let why = Field::new("reason", visit.t("signals-restore-why"))
        .place(&less.receiver)
        .max_length(REASON_MAX);
    ui::card(
        Some(&less.partner),
        html! {
            (ui::definitions(facts))
            (ui::details(&visit.t("signals-restore"), ui::form(RESTORE, visit.csrf_field(), html! {
                (ui::hidden("receiver", &less.receiver))
                (ui::field(&why))
                (ui::actions(ui::button(Look::Secondary, &visit.t("signals-restore-press"))))
            })))
        },
    )
}
