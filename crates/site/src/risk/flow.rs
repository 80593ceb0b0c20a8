//! How money came together at one and went on: payers on the left, payees on the right, and the ways in
//! between as a table, for those who do not see the picture.

use jiff::Timestamp;
use kanuki_risk::{
    Key, Record,
    flow::{Flow, Move, Party, Side, Way},
};
use maud::{Markup, html};

use super::{
    picture::{COLUMNS, NODE_HEIGHT, NODE_WIDTH, ROW, WIDTH, boxed, height, middle},
    seen::{key_href, short, subject_name},
};
use crate::{
    Visit, show,
    ui::{self, Column, Table},
};

/// How money came together at those whom a case or a page is about. Whoever is in `seen` leads to the
/// attempts in which they are.
#[must_use]
pub fn flow_section(visit: &Visit, flows: &[Flow], seen: &[Record]) -> Markup {
    let mut told = flows.iter().filter(|flow| !flow.is_empty());
    let Some(first) = told.next() else { return html! {} };
    ui::section(
        &visit.t("risk-flow"),
        html! {
            p { (visit.t("risk-flow-what")) }
            (of_one(visit, first, seen))
            @for flow in told {
                (ui::details(&named(visit, &flow.subject), of_one(visit, flow, seen)))
            }
        },
    )
}

fn named(visit: &Visit, key: &Key) -> String {
    format!("{} {}", subject_name(visit, key.subject()), short(key.value()))
}

/// Where everything in which one is involved is shown, if that is anywhere: a payee is the same wallet by
/// another name.
fn href(key: &Key, seen: &[Record]) -> Option<String> {
    let keys = || seen.iter().flat_map(|record| &record.signal.keys);
    let as_payee = Key::Payee(key.value().to_owned());
    let is_payee = matches!(key, Key::Wallet(_));
    let found = keys().find(|one| *one == key);
    found.or_else(|| keys().find(|one| is_payee && **one == as_payee)).map(key_href)
}

fn of_one(visit: &Visit, flow: &Flow, seen: &[Record]) -> Markup {
    html! {
        (ui::definitions(vec![
            (visit.t("risk-flow-subject"), link(visit, &flow.subject, seen)),
            (visit.t("risk-flow-came"), side(visit, &flow.came)),
            (visit.t("risk-flow-went"), side(visit, &flow.went)),
        ]))
        @if flow.is_cut { p.hint { (visit.t("risk-flow-cut")) } }
        (picture(visit, flow, seen))
        (parties(visit, flow, seen))
        (ways(visit, &flow.ways))
    }
}

fn link(visit: &Visit, key: &Key, seen: &[Record]) -> Markup {
    html! {
        (subject_name(visit, key.subject())) " "
        @if let Some(href) = href(key, seen) { a href=(href) { code { (short(key.value())) } } }
        @else { code { (short(key.value())) } }
    }
}

fn side(visit: &Visit, side: &Side) -> Markup {
    let parties = u64::try_from(side.parties.len()).unwrap_or(u64::MAX);
    let count = parties.saturating_add(side.others);
    html! {
        (ui::money(side.yen)) " "
        (visit.t_args("risk-flow-count", &[("n", count.into())]))
        @if let Some((most, at)) = side.most {
            br;
            (visit.t_args("risk-flow-most", &[("n", most.into()), ("at", show::instant(visit.lang(), at).into())]))
        }
    }
}

fn picture(visit: &Visit, flow: &Flow, seen: &[Record]) -> Markup {
    let rows = |side: &Side| side.parties.len().saturating_add(usize::from(side.others > 0));
    let height = height(rows(&flow.came).max(rows(&flow.went)));
    let [left, centre, right] = COLUMNS;
    let hub = (centre, middle(height));
    html! {
        figure.chart {
            figcaption { (visit.t("risk-flow-picture")) }
            div.wide-picture tabindex="0" role="region" aria-label=(visit.t("risk-flow-picture")) {
                svg viewBox={ "0 0 " (WIDTH) " " (height) } role="group" aria-label=(visit.t("risk-flow-picture")) {
                    @for place in 0..rows(&flow.came) { (arrow((left, row(place)), hub)) }
                    @for place in 0..rows(&flow.went) { (arrow(hub, (right, row(place)))) }
                    (boxed(hub, (&subject_name(visit, flow.subject.subject()), &short(flow.subject.value())), true))
                    (column(visit, &flow.came, left, seen))
                    (column(visit, &flow.went, right, seen))
                }
            }
        }
    }
}

fn row(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(0).saturating_mul(ROW).saturating_add(8)
}

/// From the right edge of one box to the left edge of another.
fn arrow((from_x, from_y): (u32, u32), (x, y): (u32, u32)) -> Markup {
    let half = NODE_HEIGHT >> 1;
    let (begin, from_y, y) =
        (from_x.saturating_add(NODE_WIDTH), from_y.saturating_add(half), y.saturating_add(half));
    let (back, above, below) = (x.saturating_sub(9), y.saturating_sub(5), y.saturating_add(5));
    html! {
        line x1=(begin) y1=(from_y) x2=(x) y2=(y) stroke="currentColor" stroke-opacity="0.4" {}
        polygon points={ (x) "," (y) " " (back) "," (above) " " (back) "," (below) } fill="currentColor" {}
    }
}

fn column(visit: &Visit, side: &Side, x: u32, seen: &[Record]) -> Markup {
    let second = |party: &Party| {
        let times = visit.t_args("risk-flow-times", &[("n", party.times.into())]);
        format!("{} {times}", party.yen)
    };
    html! {
        @for (place, party) in side.parties.iter().enumerate() {
            @let drawn = boxed((x, row(place)), (&named(visit, &party.key), &second(party)), false);
            @if let Some(href) = href(&party.key, seen) { a href=(href) { (drawn) } }
            @else { g { (drawn) } }
        }
        @if side.others > 0 {
            @let more = visit.t_args("risk-flow-others", &[("n", side.others.into())]);
            g { (boxed((x, row(side.parties.len())), (&more, ""), false)) }
        }
    }
}

fn parties(visit: &Visit, flow: &Flow, seen: &[Record]) -> Markup {
    let row = |(way, party): (&str, &Party)| {
        vec![
            link(visit, &party.key, seen),
            html! { (visit.t(way)) },
            ui::money(party.yen),
            html! { (party.times) },
            show::time(visit.lang(), party.first_at),
            show::time(visit.lang(), party.last_at),
        ]
    };
    let came = flow.came.parties.iter().map(|party| ("risk-flow-came", party));
    let went = flow.went.parties.iter().map(|party| ("risk-flow-went", party));
    ui::table(&Table {
        caption: visit.t("risk-flow-parties"),
        head: vec![
            Column::text(visit.t("risk-who")),
            Column::text(visit.t("risk-flow-way")),
            Column::number(visit.t("risk-amount")),
            Column::number(visit.t("risk-flow-how-often")),
            Column::text(visit.t("risk-flow-first")),
            Column::text(visit.t("risk-last")),
        ],
        rows: came.chain(went).map(row).collect(),
    })
}

fn ways(visit: &Visit, ways: &[Way]) -> Markup {
    let row = |way: &Way| {
        vec![
            leg(visit, way.came.as_ref(), |one| &one.from),
            leg(visit, way.before.as_ref(), |one| &one.from),
            leg(visit, way.went.as_ref(), |one| &one.to),
            leg(visit, way.after.as_ref(), |one| &one.to),
        ]
    };
    html! {
        (ui::table(&Table {
            caption: visit.t("risk-flow-ways"),
            head: ["payer", "before", "next", "after"]
                .map(|name| Column::text(visit.t(&format!("risk-flow-{name}"))))
                .into(),
            rows: ways.iter().map(row).collect(),
        }))
        p.hint { (visit.t("risk-flow-no-name")) }
    }
}

/// Who, how much and when; of a way a part may not be known.
fn leg(visit: &Visit, moved: Option<&Move>, who: impl Fn(&Move) -> &Key) -> Markup {
    let at = |at: Timestamp| show::time(visit.lang(), at);
    html! {
        @if let Some(one) = moved {
            (named(visit, who(one))) br; (ui::money(one.amount)) br; (at(one.at))
        } @else { "–" }
    }
}
