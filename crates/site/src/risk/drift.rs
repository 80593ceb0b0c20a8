//! Whether attempts still look like those that the model in force was grown from: how far the score and
//! each number moved, in a picture and as figures; and whether the score means what it says.

use jiff::civil::Date;
use kanuki_risk::{
    Named, Seen, Unit as Kind,
    model::{Bin, Level, Origin},
};
use maud::{Markup, html};

use super::{BASE, number, score::short};
use crate::{
    Visit, show,
    ui::{self, Chart, ChartKind, Column, Series, Table, Tone, Unit},
};

/// Where it is.
pub const PAGE: &str = "/desk/risk/drift";
/// Days of which a line can be drawn.
const LINE_MIN: usize = 2;

/// How far one number is from its training.
#[derive(Clone, Copy, Debug)]
pub struct MovedShown<'a> {
    /// Which, as the policy has it; nothing for the score.
    pub what: Option<&'a str>,
    /// The population stability index, in thousandths.
    pub index: Option<u32>,
    /// What that says.
    pub level: Level,
    /// Its bins, that of the unknown last.
    pub bins: &'a [Bin],
}

/// One day.
#[derive(Clone, Copy, Debug)]
pub struct DayShown {
    /// Which.
    pub day: Date,
    /// Attempts.
    pub rows: u64,
    /// The score's index, in thousandths.
    pub score: Option<u32>,
    /// That of the number that moved most.
    pub most: Option<u32>,
}

/// Cases of one tenth of the score.
#[derive(Clone, Copy, Debug)]
pub struct TenthShown {
    /// Its least score.
    pub from: u16,
    /// Frauds, honest ones, and those that nobody judged.
    pub found: [u64; 3],
    /// What the model said of those that somebody judged, in thousandths.
    pub said: Option<u64>,
    /// What was so.
    pub was: Option<u64>,
}

/// The model in force beside its training.
#[derive(Debug)]
pub struct DriftPage<'a> {
    /// Which.
    pub model: &'a str,
    /// Where it comes from.
    pub origin: &'a Origin,
    /// Attempts that were counted, and how many are needed at least.
    pub rows: (u64, u64),
    /// Over how many days.
    pub span_days: u64,
    /// The worst of all.
    pub level: Level,
    /// Its score.
    pub score: MovedShown<'a>,
    /// What it looks at.
    pub features: Vec<MovedShown<'a>>,
    /// Day by day, the oldest first.
    pub days: Vec<DayShown>,
    /// Cases by score.
    pub tenths: Vec<TenthShown>,
}

/// What there is to show.
#[derive(Debug)]
pub enum Shown<'a> {
    /// No model is in force.
    NoModel,
    /// It does not say how it was trained.
    NoReference(&'a str),
    /// It is compared.
    Compared(Box<DriftPage<'a>>),
}

/// The page's body.
#[must_use]
pub fn body(visit: &Visit, shown: &Shown<'_>) -> Markup {
    html! {
        (ui::heading(&visit.t("drift-title"), Some(&visit.t("drift-lead"))))
        p { a href=(BASE) { (visit.t("risk-title")) } }
        @match shown {
            Shown::NoModel => p { (visit.t("drift-no-model")) },
            Shown::NoReference(model) => {
                p { (visit.t("drift-no-reference")) }
                p.hint { (visit.t("risk-score-model")) " " code { (short(model)) } }
            }
            Shown::Compared(page) => (compared(visit, page)),
        }
    }
}

/// At the desk's head: attempts look unlike those of the training.
#[must_use]
pub fn reminder(visit: &Visit, model: &str) -> Markup {
    ui::notice(
        Tone::Error,
        &visit.t("drift-apart"),
        html! {
            p { (visit.t("drift-apart.body")) }
            p.hint { (visit.t("risk-score-model")) " " code { (short(model)) } }
            p { a href=(PAGE) { (visit.t("drift-title")) } }
        },
    )
}

fn compared(visit: &Visit, page: &DriftPage<'_>) -> Markup {
    html! {
        (verdict(visit, page))
        (ui::section(&visit.t("drift-score"), picture(visit, page)))
        (ui::section(&visit.t("drift-numbers"), numbers(visit, page)))
        (ui::section(&visit.t("drift-days"), days(visit, page)))
        (ui::section(&visit.t("calibration-title"), calibration(visit, &page.tenths)))
        (ui::section(&visit.t("risk-score-model"), model(visit, page)))
    }
}

fn verdict(visit: &Visit, page: &DriftPage<'_>) -> Markup {
    let (rows, least) = page.rows;
    let (tone, key) = match page.level {
        Level::TooFew => (Tone::Info, "drift-few"),
        Level::Steady => (Tone::Success, "drift-steady"),
        Level::Moved => (Tone::Warning, "drift-moved"),
        Level::Apart => (Tone::Error, "drift-apart"),
    };
    let args = [("n", rows.into()), ("least", least.into()), ("days", page.span_days.into())];
    ui::notice(
        tone,
        &visit.t(key),
        html! {
            p { (visit.t(&format!("{key}.body"))) }
            p { (visit.t_args("drift-counted", &args)) }
        },
    )
}

/// Thousandths as a person writes an index.
fn index(of: Option<u32>) -> String {
    of.map_or_else(
        || "–".to_owned(),
        |of| format!("{}.{:03}", of.div_euclid(1_000), of.rem_euclid(1_000)),
    )
}

/// Hundredths of a percent.
fn share(of: u32) -> String {
    Unit::Share.show(of.into())
}

fn badge(visit: &Visit, level: Level) -> Markup {
    let (tone, key) = match level {
        Level::TooFew => (Tone::Neutral, "drift-level-few"),
        Level::Steady => (Tone::Success, "drift-level-steady"),
        Level::Moved => (Tone::Warning, "drift-level-moved"),
        Level::Apart => (Tone::Error, "drift-level-apart"),
    };
    ui::badge(tone, &visit.t(key))
}

fn picture(visit: &Visit, page: &DriftPage<'_>) -> Markup {
    // A score is always known.
    let known = page.score.bins.split_last().map_or(page.score.bins, |(_, known)| known);
    let series = |key: &str, of: fn(&Bin) -> u32| Series {
        name: visit.t(key),
        values: known.iter().map(|bin| of(bin).into()).collect(),
    };
    html! {
        p { (visit.t("drift-score-what")) }
        (ui::chart(&Chart {
            title: visit.t("drift-picture"),
            kind: ChartKind::Bars,
            unit: Unit::Share,
            labels: known.iter().map(|bin| bin.from.unwrap_or(0).to_string()).collect(),
            series: vec![series("drift-then", |bin| bin.then), series("drift-now", |bin| bin.now)],
            table_summary: visit.t("quality-figures"),
        }))
    }
}

/// A bin in words, in the unit of its number.
fn bin(visit: &Visit, what: Option<&str>, bin: &Bin) -> String {
    let what = what.unwrap_or_default();
    let value = |value: i64| number::value(visit, &Seen { what: what.into(), value: Some(value) });
    let is_flag = Named::read(what).unit() == Some(Kind::Flag);
    match (bin.from, bin.below) {
        (None, None) => visit.t("risk-number-unknown"),
        (from, Some(below)) if is_flag || below == from.unwrap_or(0).saturating_add(1) => {
            value(from.unwrap_or(0))
        }
        (Some(from), None) if is_flag => value(from),
        (None, Some(below)) => visit.t_args("drift-below", &[("below", value(below).into())]),
        (Some(from), None) => visit.t_args("drift-from", &[("from", value(from).into())]),
        (Some(from), Some(below)) => visit.t_args(
            "drift-between",
            &[("from", value(from).into()), ("below", value(below).into())],
        ),
    }
}

fn numbers(visit: &Visit, page: &DriftPage<'_>) -> Markup {
    let row = |one: &MovedShown<'_>| {
        let most = one.bins.iter().max_by_key(|bin| bin.now.abs_diff(bin.then));
        let most = most.filter(|bin| one.index.is_some() && bin.now != bin.then);
        let name = one.what.map_or_else(
            || html! { strong { (visit.t("risk-score")) } },
            |what| number::name(visit, what),
        );
        vec![
            name,
            html! { (index(one.index)) },
            badge(visit, one.level),
            html! { (most.map_or_else(|| "–".to_owned(), |most| bin(visit, one.what, most))) },
            html! { (most.map_or_else(|| "–".to_owned(), |most| share(most.then))) },
            html! { (most.map_or_else(|| "–".to_owned(), |most| share(most.now))) },
        ]
    };
    html! {
        p { (visit.t("drift-numbers-what")) }
        (ui::table(&Table {
            caption: visit.t("drift-numbers"),
            head: vec![
                Column::text(visit.t("risk-score-number")),
                Column::number(visit.t("drift-index")),
                Column::text(visit.t("drift-level")),
                Column::text(visit.t("drift-where")),
                Column::number(visit.t("drift-then")),
                Column::number(visit.t("drift-now")),
            ],
            rows: std::iter::once(&page.score).chain(&page.features).map(row).collect(),
        }))
    }
}

fn days(visit: &Visit, page: &DriftPage<'_>) -> Markup {
    let drawn: Vec<&DayShown> = page.days.iter().filter(|day| day.score.is_some()).collect();
    let series = |key: &str, of: fn(&DayShown) -> u32| Series {
        name: visit.t(key),
        values: drawn.iter().map(|day| of(day).into()).collect(),
    };
    let label = |day: &&DayShown| format!("{}/{}", day.day.month(), day.day.day());
    let row = |day: &DayShown| {
        vec![
            html! { (show::civil_date(visit.lang(), day.day)) },
            html! { (Unit::Count.show(day.rows)) },
            html! { (index(day.score)) },
            html! { (index(day.most)) },
        ]
    };
    html! {
        p { (visit.t_args("drift-days-what", &[("least", page.rows.1.into())])) }
        @if drawn.len() >= LINE_MIN {
            (ui::chart(&Chart {
                title: visit.t("drift-days-picture"),
                kind: ChartKind::Line,
                unit: Unit::Thousandths,
                labels: drawn.iter().map(label).collect(),
                series: vec![
                    series("drift-days-score", |day| day.score.unwrap_or_default()),
                    series("drift-days-most", |day| day.most.unwrap_or_default()),
                    series("drift-days-alarm", |_| Level::APART),
                ],
                table_summary: visit.t("quality-figures"),
            }))
        }
        @if page.days.is_empty() { p { (visit.t("drift-days-none")) } }
        @else {
            (ui::table(&Table {
                caption: visit.t("drift-days"),
                head: vec![
                    Column::text(visit.t("drift-day")),
                    Column::number(visit.t("drift-attempts")),
                    Column::number(visit.t("drift-days-score")),
                    Column::number(visit.t("drift-days-most")),
                ],
                rows: page.days.iter().rev().map(row).collect(),
            }))
        }
    }
}

fn calibration(visit: &Visit, tenths: &[TenthShown]) -> Markup {
    let percent = |of: Option<u64>| {
        let one = |of: u64| format!("{}.{}%", of.div_euclid(10), of.rem_euclid(10));
        html! { (of.map_or_else(|| "–".to_owned(), one)) }
    };
    let row = |one: &TenthShown| {
        let [fraud, honest, unlabelled] = one.found;
        let last = if one.from == 900 { 1_000 } else { one.from.saturating_add(99) };
        vec![
            html! { (one.from) "–" (last) },
            percent(one.said),
            percent(one.was),
            html! { (fraud) },
            html! { (honest) },
            html! { (unlabelled) },
        ]
    };
    let [judged, unlabelled] = tenths.iter().fold([0_u64; 2], |[judged, not], one| {
        let [fraud, honest, unlabelled] = one.found;
        [judged.saturating_add(fraud).saturating_add(honest), not.saturating_add(unlabelled)]
    });
    let args = [("judged", judged.into()), ("unlabelled", unlabelled.into())];
    html! {
        p { (visit.t("calibration-what")) }
        @if tenths.is_empty() { p { (visit.t("calibration-none")) } }
        @else {
            p { (visit.t_args("calibration-counted", &args)) " "
                a href=(super::quality::PAGE) { (visit.t("quality-cases")) } }
            (ui::table(&Table {
                caption: visit.t("calibration-title"),
                head: vec![
                    Column::text(visit.t("calibration-score")),
                    Column::number(visit.t("calibration-said")),
                    Column::number(visit.t("calibration-was")),
                    Column::number(visit.t("quality-found-fraud")),
                    Column::number(visit.t("quality-found-honest")),
                    Column::number(visit.t("calibration-unlabelled")),
                ],
                rows: tenths.iter().map(row).collect(),
            }))
        }
    }
}

fn model(visit: &Visit, page: &DriftPage<'_>) -> Markup {
    let origin = page.origin;
    let days = show::span(visit.lang(), u64::from(origin.days).saturating_mul(86_400));
    let count = |of: usize| Unit::Count.show(u64::try_from(of).unwrap_or(u64::MAX));
    let told = |of: String| if of.is_empty() { "–".to_owned() } else { of };
    let when =
        if origin.from.is_empty() { String::new() } else { format!("{} ({days})", origin.from) };
    ui::definitions(vec![
        (visit.t("drift-name"), html! { code { (short(page.model)) } }),
        (visit.t("drift-from-what"), html! { (told(origin.name.clone())) }),
        (visit.t("drift-from-when"), html! { (told(when)) }),
        (visit.t("drift-trained-rows"), html! { (count(origin.rows)) }),
        (visit.t("drift-trained-frauds"), html! { (count(origin.frauds)) }),
    ])
}
