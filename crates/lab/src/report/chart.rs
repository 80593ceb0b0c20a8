//! Yen missing over time, drawn so that it can be read without color.

use std::fmt::Write as _;

use kanuki_domain::Yen;
use maud::{Markup, html};

use super::{ATTACK_ENDS, HALTED, MONTH_EDGE, Mark, Run};

const WIDTH: u64 = 800;
const HEIGHT: u64 = 364;
const LEFT: u64 = 104;
const RIGHT: u64 = 780;
const TOP: u64 = 40;
const BOTTOM: u64 = 330;
/// Dashes that tell lines apart without color.
const DASHES: &[&str] = &["none", "9 4", "3 3", "12 4 3 4"];

/// `value * part / whole`, rounded down.
fn share(value: u64, part: u64, whole: u64) -> u64 {
    let product = u128::from(value).saturating_mul(u128::from(part));
    u64::try_from(product.checked_div(u128::from(whole)).unwrap_or(0)).unwrap_or(u64::MAX)
}

/// The smallest of 1, 2, 5, 10, 20, … that holds `max`.
fn ceiling(max: u64) -> u64 {
    let mut unit = 1_u64;
    while unit < u64::MAX {
        for step in [1, 2, 4, 5] {
            let candidate = unit.saturating_mul(step);
            if candidate >= max {
                return candidate;
            }
        }
        unit = unit.saturating_mul(10);
    }
    unit
}

struct Plot {
    days: u64,
    ceiling: u64,
}

impl Plot {
    fn of(runs: &[&Run]) -> Self {
        let days = runs.iter().map(|run| run.timeline.len()).max().unwrap_or(1).max(1);
        let missing = runs.iter().flat_map(|run| &run.timeline).map(|day| day.missing.amount());
        let most = missing.max().unwrap_or(0).max(4);
        Self { days: u64::try_from(days).unwrap_or(1), ceiling: ceiling(most) }
    }

    fn x(&self, day: u64) -> u64 {
        LEFT.saturating_add(share(RIGHT.saturating_sub(LEFT), day.min(self.days), self.days))
    }

    fn y(&self, value: u64) -> u64 {
        BOTTOM.saturating_sub(share(BOTTOM.saturating_sub(TOP), value, self.ceiling))
    }

    /// A line of steps: what is missing at the end of a day holds through the next.
    fn path(&self, run: &Run) -> String {
        let mut path = format!("M{} {}", self.x(0), self.y(0));
        for (day, state) in (1_u64..).zip(&run.timeline) {
            let (x, y) = (self.x(day), self.y(state.missing.amount()));
            let _infallible = write!(path, " H{x} V{y}");
        }
        path
    }
}

/// In which language a picture speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Words {
    English,
    Japanese,
}

impl Words {
    const fn title(self) -> &'static str {
        match self {
            Self::English => "Yen missing from victims at the end of each day",
            Self::Japanese => "その日の終わりに、被害者から出たままの金額",
        }
    }

    const fn nothing(self) -> &'static str {
        match self {
            Self::English => "No yen was missing from anybody at the end of any day.",
            Self::Japanese => "どの日の終わりにも、だれからも1円も出ていません。",
        }
    }

    fn day(self, day: u64) -> String {
        match self {
            Self::English => format!("day {day}"),
            Self::Japanese => format!("{day}日目"),
        }
    }

    fn mark(self, mark: &Mark) -> &str {
        match (self, mark.text.as_str()) {
            (Self::Japanese, MONTH_EDGE) => "月が変わる",
            (Self::Japanese, HALTED) => "新しい連携を止めた日",
            (Self::Japanese, ATTACK_ENDS) => "攻撃が終わる",
            (_, text) => text,
        }
    }
}

/// A picture of some runs of one playbook, each with what it is called, and below it which line is whose.
pub(super) fn chart(runs: &[(String, &Run)], words: Words) -> Markup {
    let only: Vec<&Run> = runs.iter().map(|(_, run)| *run).collect();
    let missing = |run: &&Run| run.timeline.iter().any(|day| !day.missing.is_zero());
    if !only.iter().any(missing) {
        return html! { p { (words.nothing()) } };
    }
    let plot = Plot::of(&only);
    let quarter = plot.ceiling >> 2;
    let ticks: Vec<u64> = (0..=4).map(|tick| quarter.saturating_mul(tick)).collect();
    let title = words.title();
    html! {
        figure.chart {
            div.scroll tabindex="0" {
                svg viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img" aria-label=(title) {
                    text.title x=(LEFT) y="18" { (title) }
                    @for tick in ticks {
                        line.grid x1=(LEFT) x2=(RIGHT) y1=(plot.y(tick)) y2=(plot.y(tick)) {}
                        text x=(LEFT.saturating_sub(10)) y=(plot.y(tick).saturating_add(5))
                            text-anchor="end" { (Yen::new(tick).unwrap_or(Yen::MAX)) }
                    }
                    (days(&plot, words))
                    (marks(&plot, &only, words))
                    @for (place, run) in only.iter().enumerate() {
                        path class={ "line line-" (place % DASHES.len()) } d=(plot.path(run))
                            stroke-dasharray=(dash(place)) {}
                    }
                }
            }
            ul.key {
                @for (place, (name, _)) in runs.iter().enumerate() {
                    li {
                        svg.swatch viewBox="0 0 36 10" aria-hidden="true" {
                            line class={ "line line-" (place % DASHES.len()) } x1="0" x2="36"
                                y1="5" y2="5" stroke-dasharray=(dash(place)) {}
                        }
                        (name)
                    }
                }
            }
        }
    }
}

fn dash(place: usize) -> &'static str {
    DASHES.get(place % DASHES.len()).copied().unwrap_or("none")
}

fn days(plot: &Plot, words: Words) -> Markup {
    let every = usize::try_from(plot.days.div_ceil(8).max(1)).unwrap_or(1);
    html! {
        @for day in (0..=plot.days).step_by(every) {
            line.tick x1=(plot.x(day)) x2=(plot.x(day)) y1=(BOTTOM) y2=(BOTTOM.saturating_add(5)) {}
            text x=(plot.x(day)) y=(BOTTOM.saturating_add(22)) text-anchor="middle" {
                (words.day(day))
            }
        }
    }
}

/// What happened when; the same in every run, so it is drawn once.
fn marks(plot: &Plot, runs: &[&Run], words: Words) -> Markup {
    let marks = runs.first().map(|run| run.marks.as_slice()).unwrap_or_default();
    html! {
        @for mark in marks {
            @let x = plot.x(u64::try_from(mark.day).unwrap_or(0));
            line.mark x1=(x) x2=(x) y1=(TOP) y2=(BOTTOM) {}
        }
        @for (row, mark) in (0_u64..).zip(marks) {
            @let x = plot.x(u64::try_from(mark.day).unwrap_or(0));
            text.mark-name x=(x.saturating_add(5))
                y=(TOP.saturating_add(12).saturating_add(row.saturating_mul(16))) {
                (words.mark(mark))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scale_ends_at_a_number_with_whole_quarters() {
        let ceilings: Vec<u64> = [4, 9, 4_100_000, 8_100_000].map(ceiling).to_vec();
        assert_eq!(ceilings, [4, 10, 5_000_000, 10_000_000]);
    }
}
