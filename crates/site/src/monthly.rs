//! The report to management: what happened in a month, with a picture, to be read and printed (FT-02).

use kanuki_domain::Yen;
use maud::{Markup, html};

use crate::{
    Visit, show,
    ui::{self, Chart, ChartKind, Column, Look, Series, Table, Tone, Unit},
};

/// Where it is.
pub const PAGE: &str = "/desk/monthly";

/// A line of the report.
#[derive(Clone, Debug)]
pub struct Line {
    /// What it counts, as part of a text key.
    pub name: &'static str,
    /// How often it happened.
    pub times: u64,
    /// How much money that was.
    pub yen: Yen,
    /// How often it happened in the month before.
    pub before: u64,
}

/// What was loosened, and by whom.
#[derive(Clone, Debug)]
pub struct Loosened {
    /// The record's id.
    pub id: String,
    /// What it loosens.
    pub what: Vec<String>,
    /// Why.
    pub why: String,
    /// Who wrote it, and who agreed where that is known.
    pub by: Vec<String>,
}

/// A review whose day has passed.
#[derive(Clone, Debug)]
pub struct Overdue {
    /// The record's id.
    pub id: String,
    /// What it is about.
    pub what: Vec<String>,
    /// The day, as it is written.
    pub day: String,
}

/// A drill.
#[derive(Clone, Debug)]
pub struct Drilled {
    /// The switch that was right.
    pub scope: String,
    /// Seconds until it was pressed; none where nobody did.
    pub secs: Option<i64>,
    /// How often another one was pressed before.
    pub misses: u32,
}

/// The report.
#[derive(Clone, Debug)]
pub struct Report {
    /// The month: `2026-11`.
    pub month: String,
    /// Whether it is over: until then the figures grow.
    pub is_over: bool,
    /// Whether entries are left that nobody counted yet, so that figures are too small.
    pub is_counting: bool,
    /// The month before, and the one after unless that has not begun.
    pub beside: (String, Option<String>),
    /// The partners, for what was loosened for one of them.
    pub partners: Vec<crate::risk_record::Partner>,
    /// Its lines.
    pub lines: Vec<Line>,
    /// What cost people money, by month, the oldest first: month, cases, claims, refused debits.
    pub months: Vec<(String, [u64; 3])>,
    /// What was loosened in it.
    pub loosened: Vec<Loosened>,
    /// Reviews whose day has passed by now.
    pub overdue: Vec<Overdue>,
    /// Drills that began in it.
    pub drills: Vec<Drilled>,
    /// The last entry of the audit log that was counted: its number and its hash.
    pub last: Option<(i64, String)>,
}

/// The way to the report of a month.
#[must_use]
pub fn href(month: &str) -> String {
    format!("{PAGE}?month={month}")
}

/// The page.
#[must_use]
pub fn body(visit: &Visit, report: &Report) -> Markup {
    let company = visit.site.config.company.as_str();
    let month = show::month(visit.lang(), &report.month);
    let args = [("company", company.into()), ("month", month.into())];
    html! {
        (ui::heading(&visit.t_args("monthly-title", &args), Some(&visit.t("monthly-lead"))))
        @if !report.is_over {
            (ui::notice(Tone::Info, &visit.t("monthly-running"), html! {}))
        }
        @if report.is_counting {
            (ui::notice(Tone::Warning, &visit.t("monthly-counting"), html! {
                p { (visit.t("monthly-counting.body")) }
            }))
        }
        (picture(visit, report))
        (ui::section(&visit.t("monthly-figures"), figures(visit, report)))
        (ui::section(&visit.t("monthly-loosened"), loosened(visit, report)))
        (ui::section(&visit.t("monthly-overdue"), overdue(visit, report)))
        (ui::section(&visit.t("monthly-drills"), drills(visit, report)))
        @if let Some((number, hash)) = &report.last {
            p.hint {
                (visit.t_args("monthly-counted", &[("number", (*number).into())])) " " code { (hash) }
            }
        }
        (ui::actions(html! {
            (ui::link_button(Look::Secondary, &href(&report.beside.0), &visit.t("monthly-before")))
            @if let Some(next) = &report.beside.1 {
                (ui::link_button(Look::Secondary, &href(next), &visit.t("monthly-after")))
            }
            (ui::link_button(Look::Secondary, &format!("{PAGE}/json?month={}", report.month),
                &visit.t("monthly-json")))
        }))
        p.hint.no-print { (visit.t("monthly-print")) }
    }
}

fn picture(visit: &Visit, report: &Report) -> Markup {
    let series = |place: usize, key: &str| Series {
        name: visit.t(key),
        values: report.months.iter().filter_map(|(_, all)| all.get(place).copied()).collect(),
    };
    ui::chart(&Chart {
        title: visit.t("monthly-picture"),
        kind: ChartKind::Bars,
        unit: Unit::Count,
        labels: report
            .months
            .iter()
            .map(|(month, _)| show::short_month(visit.lang(), month))
            .collect(),
        series: vec![
            series(0, "monthly-of-cases"),
            series(1, "monthly-of-claims"),
            series(2, "monthly-of-debits-refused"),
        ],
        table_summary: visit.t("monthly-as-table"),
    })
}

fn figures(visit: &Visit, report: &Report) -> Markup {
    let row = |line: &Line| {
        vec![
            html! { (visit.t(&format!("monthly-of-{}", line.name))) },
            html! { (line.times) },
            if line.yen.is_zero() {
                html! { "–" }
            } else {
                ui::money(line.yen)
            },
            html! { (line.before) },
        ]
    };
    ui::table(&Table {
        caption: visit.t("monthly-figures"),
        head: vec![
            Column::text(visit.t("monthly-what")),
            Column::number(visit.t("monthly-times")),
            Column::number(visit.t("monthly-yen")),
            Column::number(visit.t("monthly-times-before")),
        ],
        rows: report.lines.iter().map(row).collect(),
    })
}

/// The records' names, each leading to the record.
fn named(visit: &Visit, report: &Report, (id, what): (&str, &[String])) -> Markup {
    let href = format!("{}/{id}", crate::risk_record::BASE);
    html! { a href=(href) { (crate::risk_record::in_a_line(visit, what, &report.partners)) } }
}

fn loosened(visit: &Visit, report: &Report) -> Markup {
    let row = |one: &Loosened| {
        vec![
            named(visit, report, (&one.id, &one.what)),
            html! { (one.why) },
            html! { (one.by.join("、")) },
        ]
    };
    html! {
        @if report.loosened.is_empty() { p { (visit.t("monthly-loosened-none")) } } @else {
            (ui::table(&Table {
                caption: visit.t("monthly-loosened"),
                head: vec![
                    Column::text(visit.t("risk-record-loosens")),
                    Column::text(visit.t("risk-record-why")),
                    Column::text(visit.t("monthly-by")),
                ],
                rows: report.loosened.iter().map(row).collect(),
            }))
        }
    }
}

fn overdue(visit: &Visit, report: &Report) -> Markup {
    html! {
        @if report.overdue.is_empty() { p { (visit.t("monthly-overdue-none")) } } @else {
            ul.points { @for one in &report.overdue { li { (one.day) " " (named(visit, report, (&one.id, &one.what))) } } }
        }
    }
}

fn drills(visit: &Visit, report: &Report) -> Markup {
    let row = |one: &Drilled| {
        let secs = match one.secs {
            Some(secs) => visit.t_args("monthly-secs", &[("n", secs.into())]),
            None => visit.t("monthly-nobody"),
        };
        vec![html! { code { (one.scope) } }, html! { (secs) }, html! { (one.misses) }]
    };
    html! {
        @if report.drills.is_empty() { p { (visit.t("monthly-drills-none")) } } @else {
            (ui::table(&Table {
                caption: visit.t("monthly-drills"),
                head: vec![
                    Column::text(visit.t("monthly-scope")),
                    Column::text(visit.t("monthly-until")),
                    Column::number(visit.t("monthly-misses")),
                ],
                rows: report.drills.iter().map(row).collect(),
            }))
        }
    }
}
