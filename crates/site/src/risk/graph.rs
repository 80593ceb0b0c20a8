//! Whom attempts have in common, as a picture without a script: who is in most of them in the middle,
//! the others around, a line for each pair that was seen together.

use std::collections::BTreeMap;

use kanuki_risk::{Key, Record, Subject};
use maud::{Markup, html};

use super::{
    picture::{COLUMNS, NODE_HEIGHT, NODE_WIDTH, ROW, WIDTH, boxed, height, middle},
    seen::{Which, key_href, short, subject_name},
};
use crate::Visit;

/// How many others are drawn on each side.
const SIDE_MAX: usize = 6;

/// Where the stem goes down, and the others begin, on a telephone.
const STEM: u32 = 14;
const BRANCH: u32 = 32;

/// One who is drawn.
struct Node<'a> {
    key: &'a Key,
    times: u64,
    x: u32,
    y: u32,
}

fn counted<'a>(records: &[&'a Record]) -> BTreeMap<&'a Key, u64> {
    let mut times: BTreeMap<&Key, u64> = BTreeMap::new();
    for record in records {
        for key in &record.signal.keys {
            if key.subject() != Subject::Everyone && !key.value().is_empty() {
                let count = times.entry(key).or_default();
                *count = count.saturating_add(1);
            }
        }
    }
    times
}

/// The picture, with the same as a list for whoever prefers that.
pub(super) fn draw(visit: &Visit, which: &Which, records: &[&Record]) -> Markup {
    let times = counted(records);
    let mut most: Vec<(&Key, u64)> = times.into_iter().collect();
    most.sort_by_key(|(key, times)| {
        (which.key.as_ref() != Some(*key), std::cmp::Reverse(*times), *key)
    });
    let mut most = most.into_iter();
    let Some((hub, hub_times)) = most.next() else { return html! {} };
    let with_hub: Vec<&Record> =
        records.iter().copied().filter(|record| record.signal.keys.contains(hub)).collect();
    let together = counted(&with_hub);
    let others: Vec<(&Key, u64)> = most
        .filter_map(|(key, _)| together.get(key).map(|times| (key, *times)))
        .take(SIDE_MAX.saturating_mul(2))
        .collect();
    let beneath = narrow(visit, (hub, hub_times), &others);
    let height = height(others.len().div_ceil(2));
    let [left, centre, right] = COLUMNS;
    let hub = Node { key: hub, times: hub_times, x: centre, y: middle(height) };
    let mut nodes = Vec::new();
    for (place, (key, times)) in others.into_iter().enumerate() {
        let x = if place.is_multiple_of(2) { left } else { right };
        let y = u32::try_from(place >> 1).unwrap_or(0).saturating_mul(ROW).saturating_add(8);
        nodes.push(Node { key, times, x, y });
    }
    html! {
        figure.chart {
            figcaption { (visit.t("risk-graph-what")) }
            div.wide-picture.is-wide tabindex="0" role="region" aria-label=(visit.t("risk-graph")) {
                svg viewBox={ "0 0 " (WIDTH) " " (height) } role="group" aria-label=(visit.t("risk-graph-what")) {
                    @for node in &nodes { (line(&hub, node)) }
                    (drawn(visit, &hub, true))
                    @for node in &nodes { (drawn(visit, node, false)) }
                }
            }
            (beneath)
        }
    }
}

/// The same for a telephone, where three columns do not fit: the others one below another, each at a branch.
fn narrow(visit: &Visit, (hub, times): (&Key, u64), others: &[(&Key, u64)]) -> Markup {
    let half = NODE_HEIGHT >> 1;
    let y = |place: usize| u32::try_from(place).unwrap_or(0).saturating_mul(ROW).saturating_add(8);
    let hub = Node { key: hub, times, x: 2, y: y(0) };
    let mut nodes: Vec<(u32, &Key, u64)> = Vec::new();
    for (place, (key, times)) in others.iter().enumerate() {
        nodes.push((y(place.saturating_add(1)), key, *times));
    }
    let width = BRANCH.saturating_add(NODE_WIDTH).saturating_add(2);
    let last = nodes.last().map_or(hub.y, |(y, ..)| y.saturating_add(half));
    html! {
        div.narrow-picture {
            svg viewBox={ "0 0 " (width) " " (y(others.len().saturating_add(1))) } role="group"
                aria-label=(visit.t("risk-graph-what")) {
                line x1=(STEM) y1=(hub.y.saturating_add(NODE_HEIGHT)) x2=(STEM) y2=(last)
                    stroke="currentColor" stroke-opacity="0.4" {}
                @for (y, _, times) in &nodes {
                    line x1=(STEM) y1=(y.saturating_add(half)) x2=(BRANCH) y2=(y.saturating_add(half))
                        stroke="currentColor" stroke-opacity="0.4" stroke-width=((*times).clamp(1, 6)) {}
                }
                (drawn(visit, &hub, true))
                @for (y, key, times) in &nodes {
                    (drawn(visit, &Node { key, times: *times, x: BRANCH, y: *y }, false))
                }
            }
        }
    }
}

fn line(hub: &Node<'_>, node: &Node<'_>) -> Markup {
    let half = NODE_HEIGHT >> 1;
    let is_left = node.x < hub.x;
    let from = if is_left { node.x.saturating_add(NODE_WIDTH) } else { node.x };
    let to = if is_left { hub.x } else { hub.x.saturating_add(NODE_WIDTH) };
    let width = node.times.clamp(1, 6);
    html! {
        line x1=(from) y1=(node.y.saturating_add(half)) x2=(to) y2=(hub.y.saturating_add(half))
            stroke="currentColor" stroke-opacity="0.4" stroke-width=(width) {}
    }
}

fn drawn(visit: &Visit, node: &Node<'_>, is_hub: bool) -> Markup {
    let name = format!("{} ×{}", subject_name(visit, node.key.subject()), node.times);
    html! {
        a href=(key_href(node.key)) {
            (boxed((node.x, node.y), (&name, &short(node.key.value())), is_hub))
        }
    }
}
