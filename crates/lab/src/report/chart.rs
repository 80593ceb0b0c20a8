//! Yen missing over time, drawn so that it can be read without color.

use std::fmt::Write as _;

use kanuki_domain::Yen;
use maud::{Markup, html};

use super::Run;

const WIDTH: u64 = 960;
const HEIGHT: u64 = 364;
const LEFT: u64 = 104;
const RIGHT: u64 = 780;
const TOP: u64 = 40;
const BOTTOM: u64 = 330;
/// Least distance between two labels, in pixels.
const LABEL_GAP: u64 = 18;

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

    /// Where each run's name stands: at the end of its line, moved apart where they meet.
    fn labels(&self, runs: &[&Run]) -> Vec<u64> {
        let end = |run: &&Run| self.y(run.timeline.last().map_or(0, |day| day.missing.amount()));
        let mut order: Vec<(u64, usize)> =
            runs.iter().enumerate().map(|(place, run)| (end(run), place)).collect();
        // From the bottom up, so that nothing is pushed out of the picture.
        order.sort_unstable_by(|a, b| b.cmp(a));
        let mut places = vec![0; runs.len()];
        let mut highest = BOTTOM.saturating_add(LABEL_GAP);
        for (wanted, place) in order {
            let at = wanted.min(highest.saturating_sub(LABEL_GAP));
            if let Some(slot) = places.get_mut(place) {
                *slot = at;
            }
            highest = at;
        }
        places
    }
}

/// The picture of some runs of one playbook.
pub(super) fn chart(runs: &[&Run]) -> Markup {
    let plot = Plot::of(runs);
    let quarter = plot.ceiling >> 2;
    let ticks: Vec<u64> = (0..=4).map(|tick| quarter.saturating_mul(tick)).collect();
    let title = "Yen missing from victims at the end of each day";
    html! {
        figure.chart {
            svg viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img" aria-label=(title) {
                text.title x=(LEFT) y="18" { (title) }
                @for tick in ticks {
                    line.grid x1=(LEFT) x2=(RIGHT) y1=(plot.y(tick)) y2=(plot.y(tick)) {}
                    text x=(LEFT.saturating_sub(10)) y=(plot.y(tick).saturating_add(5))
                        text-anchor="end" { (Yen::new(tick).unwrap_or(Yen::MAX)) }
                }
                (days(&plot))
                (marks(&plot, runs))
                @for (place, (run, at)) in runs.iter().zip(plot.labels(runs)).enumerate() {
                    @let dash = DASHES.get(place % DASHES.len()).copied().unwrap_or("none");
                    path class={ "line line-" (place % DASHES.len()) } d=(plot.path(run))
                        stroke-dasharray=(dash) {}
                    line class={ "line line-" (place % DASHES.len()) } stroke-dasharray=(dash)
                        x1=(RIGHT.saturating_add(8)) x2=(RIGHT.saturating_add(36))
                        y1=(at) y2=(at) {}
                    text.name x=(RIGHT.saturating_add(42)) y=(at.saturating_add(5)) {
                        (run.title())
                    }
                }
            }
        }
    }
}

fn days(plot: &Plot) -> Markup {
    let every = usize::try_from(plot.days.div_ceil(8).max(1)).unwrap_or(1);
    html! {
        @for day in (0..=plot.days).step_by(every) {
            line.tick x1=(plot.x(day)) x2=(plot.x(day)) y1=(BOTTOM) y2=(BOTTOM.saturating_add(5)) {}
            text x=(plot.x(day)) y=(BOTTOM.saturating_add(22)) text-anchor="middle" {
                "day " (day)
            }
        }
    }
}

/// What happened when; the same in every run, so it is drawn once.
fn marks(plot: &Plot, runs: &[&Run]) -> Markup {
    let marks = runs.first().map(|run| run.marks.as_slice()).unwrap_or_default();
    html! {
        @for mark in marks {
            @let x = plot.x(u64::try_from(mark.day).unwrap_or(0));
            line.mark x1=(x) x2=(x) y1=(TOP) y2=(BOTTOM) {}
        }
        @for (row, mark) in (0_u64..).zip(marks) {
            @let x = plot.x(u64::try_from(mark.day).unwrap_or(0));
            text.mark-name x=(x.saturating_add(5))
                y=(TOP.saturating_add(12).saturating_add(row.saturating_mul(16))) { (mark.text) }
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
