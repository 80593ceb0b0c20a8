//! Bars with their ranges, as a picture that needs nothing from elsewhere.

use maud::{Markup, html};

/// Where bars begin, how long the longest is, and how high a row is.
const LEFT: u64 = 250;
const LONGEST: u64 = 260;
const HIGH: u64 = 26;
const WIDTH: u64 = 720;

/// One bar.
pub(super) struct Bar {
    /// What it is.
    pub(super) name: String,
    /// How it looks: `good` or `bad`.
    pub(super) look: &'static str,
    /// How long it is.
    pub(super) value: u64,
    /// From where to where it may be.
    pub(super) range: Option<(u64, u64)>,
    /// Its value in words.
    pub(super) shown: String,
}

/// Bars to one scale; `title` is what a reader of the screen hears.
pub(super) fn bars(title: &str, bars: &[Bar]) -> Markup {
    let reach = |bar: &Bar| bar.range.map_or(bar.value, |(_, high)| high.max(bar.value));
    let most = bars.iter().map(reach).max().unwrap_or_default();
    let long = |value: u64| {
        let scaled = u128::from(value).saturating_mul(u128::from(LONGEST));
        let long = scaled.checked_div(u128::from(most)).unwrap_or_default();
        u64::try_from(long).unwrap_or(LONGEST)
    };
    let height = u64::try_from(bars.len()).unwrap_or_default().saturating_mul(HIGH);
    html! {
        figure {
            figcaption { (title) }
            svg viewBox=(format!("0 0 {WIDTH} {height}")) role="img" aria-label=(title) {
                @for (row, bar) in (0_u64..).zip(bars) {
                    @let top = row.saturating_mul(HIGH);
                    @let middle = top.saturating_add(HIGH.div_euclid(2));
                    @let end = LEFT.saturating_add(long(reach(bar))).saturating_add(8);
                    text x="0" y=(middle.saturating_add(5)) { (bar.name) }
                    rect class=(bar.look) x=(LEFT) y=(top.saturating_add(5)) rx="2"
                        width=(long(bar.value)) height=(HIGH.saturating_sub(10)) {}
                    @if let Some((low, high)) = bar.range {
                        @let (from, to) = (LEFT.saturating_add(long(low)), LEFT.saturating_add(long(high)));
                        line.range x1=(from) x2=(to) y1=(middle) y2=(middle) {}
                        @for x in [from, to] {
                            line.range x1=(x) x2=(x) y1=(middle.saturating_sub(5))
                                y2=(middle.saturating_add(5)) {}
                        }
                    }
                    text.value x=(end) y=(middle.saturating_add(5)) { (bar.shown) }
                }
            }
        }
    }
}
