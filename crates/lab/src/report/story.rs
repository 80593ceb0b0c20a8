//! One run as it went: what happened when, day by day in a picture, and what reached the victims.

use maud::{Markup, html};

use super::{Day, Run, Seen, rules::minute};

/// The picture is drawn for a telephone, and grows.
const WIDTH: u64 = 420;
const LEFT: u64 = 116;
const RIGHT: u64 = 372;
/// How high one lane is, and where the first begins.
const LANE: u64 = 34;
const TOP: u64 = 8;
/// The highest bar of a lane.
const BAR: u64 = 24;

/// How much of it there was on a day.
type Count = fn(&Day) -> u64;

/// What is counted by day, one lane each.
const LANES: [(&str, Count); 5] = [
    ("attempts", |day| day.attempts),
    ("links", |day| day.links),
    ("debits", |day| day.debits),
    ("notices", |day| day.notices),
    ("honest requests", |day| day.honest),
];

/// `value * part / whole`, rounded up, so that what happened once can be seen.
fn share(value: u64, part: u64, whole: u64) -> u64 {
    let product = u128::from(value).saturating_mul(u128::from(part));
    let whole = u128::from(whole.max(1));
    u64::try_from(product.div_ceil(whole)).unwrap_or(u64::MAX)
}

/// Everything that is told of one run.
pub(super) fn to_html(run: &Run) -> Markup {
    html! {
        @if !run.moments.is_empty() { (moments(run)) }
        (lanes(run))
        @if !run.seen.is_empty() { (seen(&run.seen)) }
    }
}

fn moments(run: &Run) -> Markup {
    html! {
        div.scroll tabindex="0" {
            table {
                caption { "What happened when, in Japan's time" }
                tbody {
                    @for moment in &run.moments {
                        tr { td { (minute(moment.at)) } td.words { (moment.text) } }
                    }
                }
            }
        }
    }
}

fn seen(seen: &[Seen]) -> Markup {
    html! {
        div.scroll tabindex="0" {
            table {
                caption { "What reached those whom the thief was after" }
                thead { tr { th { "First" } th { "By" } th.words { "About" } th { "Times" } } }
                tbody {
                    @for seen in seen {
                        tr {
                            td { (minute(seen.first_at)) }
                            td { (seen.channel) }
                            td.words lang="ja" { (seen.subject) }
                            td { (seen.times) }
                        }
                    }
                }
            }
        }
    }
}

/// A lane for each kind of event, a bar for each day, as high as the day's share of the busiest one.
fn lanes(run: &Run) -> Markup {
    let days = u64::try_from(run.timeline.len()).unwrap_or(1).max(1);
    let wide = RIGHT.saturating_sub(LEFT);
    let x = |day: u64| LEFT.saturating_add(share(wide, day, days));
    let column = wide.checked_div(days).unwrap_or(1).clamp(1, 8);
    let foot = |lane: u64| TOP.saturating_add(lane.saturating_add(1).saturating_mul(LANE));
    let height = foot(4).saturating_add(24);
    let label = format!("{}: attempts, links, debits and notices day by day", run.title());
    html! {
        figure.chart.story {
            svg viewBox=(format!("0 0 {WIDTH} {height}")) role="img" aria-label=(label) {
                @for (lane, (name, count)) in (0_u64..).zip(LANES) {
                    @let most = run.timeline.iter().map(count).max().unwrap_or(0);
                    text x="0" y=(foot(lane).saturating_sub(4)) { (name) }
                    line.grid x1=(LEFT) x2=(RIGHT) y1=(foot(lane)) y2=(foot(lane)) {}
                    text x=(RIGHT.saturating_add(6)) y=(foot(lane).saturating_sub(4)) { (most) }
                    @for (number, day) in (0_u64..).zip(&run.timeline) {
                        @let high = share(BAR, count(day), most);
                        @if high > 0 {
                            rect class=(format!("lane-{lane}")) x=(x(number)) width=(column)
                                y=(foot(lane).saturating_sub(high)) height=(high) {}
                        }
                    }
                }
                text x=(LEFT) y=(height.saturating_sub(4)) { "day 0, " (run.first_day) }
                text x=(RIGHT) y=(height.saturating_sub(4)) text-anchor="end" { "day " (days) }
            }
            figcaption.small { "On the right: the most on one day." }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happened_once_can_be_seen_and_what_did_not_cannot() {
        assert_eq!([share(24, 1, 1_000), share(24, 0, 1_000), share(24, 5, 5)], [1, 0, 24]);
        assert_eq!(share(24, 0, 0), 0);
    }
}
