//! What is kept how long, what was forgotten when, and what waits for what.

use jiff::Timestamp;
use maud::{Markup, html};

use crate::{
    Lang, Visit, show,
    ui::{self, Column, Table},
};

/// Where it is.
pub const PAGE: &str = "/desk/retention";
/// The most months on the page.
const MONTHS_MAX: usize = 24;

/// A kind of record that years run over.
#[derive(Clone, Debug)]
pub struct KindShown {
    /// Its name, as part of a text key.
    pub kind: &'static str,
    /// How many years.
    pub years: i16,
    /// Why so many, as part of a text key.
    pub source: &'static str,
    /// Kinds that go with it.
    pub with: Vec<&'static str>,
    /// When it was last gone through to its end.
    pub looked_at: Option<Timestamp>,
    /// How many rows went in all.
    pub forgotten: u64,
    /// When the last one went.
    pub forgotten_at: Option<Timestamp>,
    /// Rows whose years are over: what they wait for, as part of a text key, and how many.
    pub waits: Vec<(&'static str, u64)>,
}

/// Kinds that no years run over.
#[derive(Clone, Debug)]
pub struct Others {
    /// How long they are kept, as part of a text key.
    pub kept: &'static str,
    /// Which.
    pub kinds: Vec<&'static str>,
}

/// The page.
#[derive(Clone, Debug)]
pub struct RetentionPage {
    /// Kinds with years.
    pub kinds: Vec<KindShown>,
    /// The rest.
    pub others: Vec<Others>,
    /// What went in which month, the newest first: month, kind, rows.
    pub months: Vec<(String, &'static str, u64)>,
}

/// The page's body.
#[must_use]
pub fn body(visit: &Visit, page: &RetentionPage) -> Markup {
    html! {
        (ui::heading(&visit.t("retention-title"), Some(&visit.t("retention-lead"))))
        (ui::section(&visit.t("retention-kinds"), html! {
            p { (visit.t("retention-kinds-what")) }
            (kinds(visit, page))
        }))
        (ui::section(&visit.t("retention-months"), html! {
            @if page.months.is_empty() { p { (visit.t("retention-months-none")) } }
            @else { (months(visit, page)) }
        }))
        (ui::section(&visit.t("retention-others"), html! {
            p { (visit.t("retention-others-what")) }
            (ui::definitions(page.others.iter().map(|of| others(visit, of)).collect()))
        }))
    }
}

fn kind_name(visit: &Visit, kind: &str) -> String {
    visit.t(&format!("retention-kind-{kind}"))
}

/// What kinds without years of their own are called.
fn names(visit: &Visit, kinds: &[&str]) -> Vec<String> {
    kinds.iter().map(|kind| visit.t(&format!("retention-table-{kind}"))).collect()
}

fn in_a_line(visit: &Visit, kinds: &[&str]) -> String {
    let between = match visit.lang() {
        Lang::Ja => "、",
        Lang::En => ", ",
    };
    names(visit, kinds).join(between)
}

fn kinds(visit: &Visit, page: &RetentionPage) -> Markup {
    let time =
        |at: Option<Timestamp>| at.map_or_else(|| html! { "–" }, |at| show::time(visit.lang(), at));
    let row = |of: &KindShown| {
        vec![
            html! {
                (kind_name(visit, of.kind))
                @if !of.with.is_empty() {
                    p.hint { (visit.t("retention-goes-with")) " " (in_a_line(visit, &of.with)) }
                }
            },
            html! { (visit.t_args("retention-years", &[("n", i64::from(of.years).into())])) },
            html! { (visit.t(&format!("retention-source-{}", of.source))) },
            time(of.looked_at),
            html! { (of.forgotten) },
            time(of.forgotten_at),
            waits(visit, of),
        ]
    };
    ui::table(&Table {
        caption: visit.t("retention-kinds"),
        head: vec![
            Column::text(visit.t("retention-kind")),
            Column::number(visit.t("retention-kept")),
            Column::text(visit.t("retention-source")),
            Column::text(visit.t("retention-looked")),
            Column::number(visit.t("retention-forgotten")),
            Column::text(visit.t("retention-forgotten-at")),
            Column::text(visit.t("retention-waits")),
        ],
        rows: page.kinds.iter().map(row).collect(),
    })
}

fn waits(visit: &Visit, of: &KindShown) -> Markup {
    html! {
        @if of.waits.is_empty() { (visit.t("retention-waits-none")) }
        @for (place, (need, count)) in of.waits.iter().enumerate() {
            @if place > 0 { br; }
            (visit.t(&format!("retention-need-{need}"))) ": " (count)
        }
    }
}

fn months(visit: &Visit, page: &RetentionPage) -> Markup {
    let row = |(month, kind, rows): &(String, &str, u64)| {
        vec![
            html! { (show::month(visit.lang(), month)) },
            html! { (kind_name(visit, kind)) },
            html! { (rows) },
        ]
    };
    ui::table(&Table {
        caption: visit.t("retention-months"),
        head: vec![
            Column::text(visit.t("retention-month")),
            Column::text(visit.t("retention-kind")),
            Column::number(visit.t("retention-forgotten")),
        ],
        rows: page.months.iter().take(MONTHS_MAX).map(row).collect(),
    })
}

fn others(visit: &Visit, of: &Others) -> (String, Markup) {
    let list = html! { ul.points { @for name in names(visit, &of.kinds) { li { (name) } } } };
    (visit.t(&format!("retention-kept-{}", of.kept)), list)
}
