//! Figures over time, drawn simply, with the same figures as a table for whoever prefers them.

use std::fmt::Write as _;

use kanuki_domain::Yen;
use maud::{Markup, PreEscaped, html};

use crate::ui::table::{Column, Table, table};

/// How values are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChartKind {
    /// Side by side.
    Bars,
    /// One after the other.
    Line,
}

/// What values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Money.
    Yen,
    /// Things.
    Count,
    /// Hundredths of a percent.
    Share,
    /// Thousandths of one.
    Thousandths,
}

impl Unit {
    pub(crate) fn show(self, value: u64) -> String {
        match self {
            Self::Yen => Yen::new(value).unwrap_or(Yen::MAX).to_string(),
            Self::Count => Yen::new(value).unwrap_or(Yen::MAX).to_string().replacen('¥', "", 1),
            Self::Share => {
                format!("{}.{}%", value.div_euclid(100), value.rem_euclid(100).div_euclid(10))
            }
            Self::Thousandths => {
                format!("{}.{:03}", value.div_euclid(1_000), value.rem_euclid(1_000))
            }
        }
    }
}

/// Values that belong together.
#[derive(Clone, Debug)]
pub struct Series {
    /// What they are.
    pub name: String,
    /// One per label; missing ones count as 0.
    pub values: Vec<u64>,
}

impl Series {
    fn at(&self, place: usize) -> u64 {
        self.values.get(place).copied().unwrap_or(0)
    }
}

/// A chart.
#[derive(Clone, Debug)]
pub struct Chart {
    /// What it shows, in a sentence: also what a screen reader says.
    pub title: String,
    /// How.
    pub kind: ChartKind,
    /// Of what.
    pub unit: Unit,
    /// Along the bottom.
    pub labels: Vec<String>,
    /// At most four, in order of importance.
    pub series: Vec<Series>,
    /// What opens the table.
    pub table_summary: String,
}

const WIDTH: u64 = 480;
const LEFT: u64 = 84;
const RIGHT: u64 = 472;
const TOP: u64 = 14;
const BOTTOM: u64 = 196;
const SERIES_MAX: usize = 4;

/// `value * part / whole`, rounded down, without overflow.
fn share(value: u64, part: u64, whole: u64) -> u64 {
    let product = u128::from(value).saturating_mul(u128::from(part));
    let quotient = product.checked_div(u128::from(whole)).unwrap_or(0);
    u64::try_from(quotient).unwrap_or(u64::MAX)
}

/// The smallest of 1, 2, 5, 10, 20, 50, … that holds `max`.
fn ceiling(max: u64) -> u64 {
    let mut unit = 1_u64;
    loop {
        for step in [1, 2, 5] {
            let candidate = unit.saturating_mul(step);
            if candidate >= max || candidate == u64::MAX {
                return candidate;
            }
        }
        unit = unit.saturating_mul(10);
    }
}

struct Plot<'a> {
    chart: &'a Chart,
    ceiling: u64,
}

impl Plot<'_> {
    fn count(&self) -> u64 {
        u64::try_from(self.chart.labels.len()).unwrap_or(u64::MAX).max(1)
    }

    /// Where the slot of a label starts.
    fn x(&self, place: usize) -> u64 {
        let place = u64::try_from(place).unwrap_or(u64::MAX);
        LEFT.saturating_add(share(RIGHT.saturating_sub(LEFT), place, self.count()))
    }

    fn slot(&self) -> u64 {
        share(RIGHT.saturating_sub(LEFT), 1, self.count())
    }

    fn y(&self, value: u64) -> u64 {
        BOTTOM.saturating_sub(share(BOTTOM.saturating_sub(TOP), value, self.ceiling))
    }

    fn bars(&self, number: usize, series: &Series) -> String {
        let shown = u64::try_from(self.chart.series.len().min(SERIES_MAX)).unwrap_or(1).max(1);
        let number_wide = u64::try_from(number).unwrap_or(0);
        let group = share(self.slot(), 7, 10).max(1);
        let width = share(group, 1, shown).max(1);
        let margin = share(self.slot(), 3, 20);
        let mut svg = String::new();
        for place in 0..self.chart.labels.len() {
            let y = self.y(series.at(place));
            let x = self.x(place).saturating_add(margin);
            let x = x.saturating_add(width.saturating_mul(number_wide));
            let height = BOTTOM.saturating_sub(y);
            let _infallible = write!(
                svg,
                "<rect class=\"series-{number}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" \
                 height=\"{height}\" rx=\"2\"/>"
            );
        }
        svg
    }

    fn line(&self, number: usize, series: &Series) -> String {
        let half = self.slot() >> 1;
        let points = (0..self.chart.labels.len()).fold(String::new(), |mut points, place| {
            let x = self.x(place).saturating_add(half);
            let _infallible = write!(points, "{x},{} ", self.y(series.at(place)));
            points
        });
        format!("<polyline class=\"line-{number}\" points=\"{}\"/>", points.trim_end())
    }
}

/// A chart and its table.
#[must_use]
pub fn chart(chart: &Chart) -> Markup {
    let values = chart.series.iter().flat_map(|series| &series.values);
    let plot = Plot { chart, ceiling: ceiling(values.copied().max().unwrap_or(0).max(1)) };
    let drawn = chart.series.iter().take(SERIES_MAX).enumerate();
    let marks: String = drawn
        .map(|(number, series)| match chart.kind {
            ChartKind::Bars => plot.bars(number, series),
            ChartKind::Line => plot.line(number, series),
        })
        .collect();
    html! {
        figure.chart {
            figcaption { (chart.title) }
            @if chart.series.len() > 1 { (legend(chart)) }
            svg viewBox={ "0 0 " (WIDTH) " 224" } role="img" aria-label=(chart.title) {
                (axes(&plot))
                (PreEscaped(marks))
            }
            details.details { summary { (chart.table_summary) } div { (figures(chart)) } }
        }
    }
}

fn legend(chart: &Chart) -> Markup {
    html! {
        ul.legend {
            @for (number, series) in chart.series.iter().take(SERIES_MAX).enumerate() {
                li { span class={ "swatch swatch-" (number) } {} (series.name) }
            }
        }
    }
}

fn axes(plot: &Plot<'_>) -> Markup {
    let half = plot.ceiling >> 1;
    let ticks = if plot.ceiling > 1 { vec![0, half, plot.ceiling] } else { vec![0, 1] };
    // Seven labels fit; the rest are in the table.
    let every = plot.chart.labels.len().div_ceil(7).max(1);
    let shown = plot.chart.labels.iter().enumerate().step_by(every);
    let middle = plot.slot() >> 1;
    html! {
        @for tick in ticks {
            line.grid x1=(LEFT) x2=(RIGHT) y1=(plot.y(tick)) y2=(plot.y(tick)) {}
            text x=(LEFT.saturating_sub(8)) y=(plot.y(tick).saturating_add(4)) text-anchor="end" {
                (plot.chart.unit.show(tick))
            }
        }
        @for (place, label) in shown {
            text x=(plot.x(place).saturating_add(middle)) y="216" text-anchor="middle" { (label) }
        }
    }
}

fn figures(chart: &Chart) -> Markup {
    // A column without a name says nothing to whoever hears it.
    let mut head = vec![Column::text(chart.title.clone())];
    head.extend(chart.series.iter().map(|series| Column::number(series.name.clone())));
    let row = |(place, label): (usize, &String)| {
        let values = chart.series.iter().map(|series| series.at(place));
        let cells = values.map(|value| html! { (chart.unit.show(value)) });
        std::iter::once(html! { (label) }).chain(cells).collect()
    };
    let rows = chart.labels.iter().enumerate().map(row).collect();
    table(&Table { caption: chart.title.clone(), head, rows })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scale_ends_at_a_round_number() {
        let ceilings: Vec<u64> = [1, 3, 7, 10, 11, 49_001].map(ceiling).to_vec();
        assert_eq!(ceilings, [1, 5, 10, 10, 20, 50_000]);
    }

    #[test]
    fn largest_value_reaches_the_top_and_nothing_leaves_the_frame() {
        let series = Series { name: "lost".into(), values: vec![0, 50, 100] };
        let chart = Chart {
            title: "yen".into(),
            kind: ChartKind::Line,
            unit: Unit::Yen,
            labels: vec!["1".into(), "2".into(), "3".into()],
            series: vec![series],
            table_summary: "table".into(),
        };

        let shown = super::chart(&chart).into_string();

        assert!(shown.contains("points=\"148,196 277,105 406,14\""), "{shown}");
        assert!(shown.contains("¥100"));
    }
}
