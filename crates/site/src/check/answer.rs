//! The answer, and the parts that the page's script makes the same answer from.
//!
//! Both are drawn here, by the same functions: the skeleton has every part once, with slots for what
//! differs; the script takes away what does not hold and fills the slots.

use kanuki_domain::Yen;
use kanuki_watch::{
    crime::Crime,
    exposure::{self, Exposed, Exposure, Question, Reach, Step, Way},
};
use maud::{Markup, html};

use super::{
    bank::Bank,
    form::app_name,
    given::{APPS, CONTRADICTIONS, Given, Household},
};
use crate::{
    Visit, show,
    ui::{self, Icon, Tone},
};

/// One account to be drawn; none draws every part.
#[derive(Clone, Copy)]
struct Card<'a> {
    name: &'a str,
    apps: &'a str,
    /// Amounts that could not be read.
    unread: &'a str,
    /// Answers that cannot both be true.
    doubts: &'a [&'static str],
    /// Its bank, as the list knows it.
    bank: Bank<'a>,
    exposed: Option<&'a Exposed>,
}

/// What all accounts come to; none draws every part.
#[derive(Clone, Copy)]
struct Whole<'a> {
    exposure: Option<&'a Exposure>,
    names: &'a [String],
}

pub(super) fn draw(visit: &Visit, household: &Household, exposure: &Exposure) -> Markup {
    let given: Vec<&Given> = household.filled().collect();
    let names: Vec<String> = given.iter().map(|given| name(visit, given)).collect();
    let whole = Whole { exposure: Some(exposure), names: &names };
    html! {
        (total(visit, whole))
        (steps(visit, whole))
        section.section {
            h2 { (visit.t("check-accounts")) }
            div.stack data-cards {
                @for ((given, name), exposed) in given.iter().zip(&names).zip(&exposure.accounts) {
                    @let apps = apps(visit, given);
                    @let unread = given.unread().collect::<Vec<_>>();
                    @let unread = unread.join(&visit.t("check-separator"));
                    @let doubts: Vec<_> = given.contradictions().collect();
                    (card(visit, Card {
                        name, apps: &apps, unread: &unread, doubts: &doubts,
                        bank: Bank::of(&given.bank), exposed: Some(exposed),
                    }))
                }
            }
        }
        (keep(visit))
    }
}

/// Every part, for the script.
pub(super) fn skeleton(visit: &Visit) -> Markup {
    let whole = Whole { exposure: None, names: &[] };
    html! {
        h2.answer-title { (visit.t("check-answer-title")) }
        (total(visit, whole))
        (steps(visit, whole))
        section.section {
            h2 { (visit.t("check-accounts")) }
            div.stack data-cards { (card(visit, Card {
                name: "", apps: "", unread: "", doubts: &CONTRADICTIONS, bank: Bank::Any, exposed: None,
            })) }
        }
        (keep(visit))
    }
}

/// The bank, and whose account it is when it is not one's own: a mother may have the same bank.
fn name(visit: &Visit, given: &Given) -> String {
    let bank = if given.bank.is_empty() { visit.t("check-nameless") } else { given.bank.clone() };
    match given.answers.iter().find(|answer| answer.question() == Question::Whose) {
        Some(whose @ (exposure::Answer::WhoseParent | exposure::Answer::WhoseFamily)) => {
            let whose = visit.t(&format!("check-answer-{}", whose.id()));
            visit.t_args("check-named", &[("bank", bank.into()), ("whose", whose.into())])
        }
        _ => bank,
    }
}

fn apps(visit: &Visit, given: &Given) -> String {
    let ticked = APPS.iter().filter(|(id, _)| given.apps.contains(id));
    let names: Vec<String> = ticked.map(|(id, name)| app_name(visit, id, name)).collect();
    names.join(&visit.t("check-separator"))
}

/// An amount in a slot, or that nobody knows it.
fn known(visit: &Visit, slot: &str, reach: Option<Reach>) -> Markup {
    html! {
        @if reach != Some(Reach::Unknown) {
            span.money data-if={ (slot) "-known" } data-slot=(slot) {
                (reach.map_or(Yen::ZERO, Reach::known))
            }
        }
        @if matches!(reach, None | Some(Reach::Unknown)) {
            span data-if={ (slot) "-unknown" } { (visit.t("check-unknown")) }
        }
    }
}

/// The same, and what to say when it may be more.
fn reach(visit: &Visit, slot: &str, reach: Option<Reach>) -> Markup {
    html! {
        (known(visit, slot, reach))
        @if matches!(reach, None | Some(Reach::AtLeast(_))) {
            small data-if={ (slot) "-at-least" } { " " (visit.t("check-at-least")) }
        }
    }
}

fn total(visit: &Visit, whole: Whole<'_>) -> Markup {
    let total = whole.exposure.map(|exposure| exposure.reach);
    let below = whole.exposure.map(|exposure| exposure.below_zero);
    let apart = whole.exposure.and_then(|exposure| exposure.safer);
    let has_apart = whole.exposure.is_none() || apart.is_some();
    let is_below = below.is_none_or(|below| !below.is_nothing());
    let is_unknown = total.is_none_or(|total| total == Reach::Unknown);
    html! {
        div.card {
            h2.card-title { (visit.t("check-total")) }
            p.reach { (reach(visit, "total", total)) }
            @if is_unknown { p data-if="total-unknown" { (visit.t("check-total.unknown")) } }
            @if is_below {
                p data-if="below" { (visit.t("check-below")) " " (reach(visit, "below", below)) }
            }
            @if has_apart {
                p data-if="apart" { (visit.t("check-apart")) " " (reach(visit, "apart", apart)) }
            }
            p.hint { (visit.t("check-total.hint")) }
            // A printout lies in a drawer for years.
            p.hint { (show::date(visit.lang(), visit.now())) }
            button.button.secondary type="button" data-print { (ui::icon(Icon::Print)) (visit.t("check-print")) }
        }
    }
}

fn steps(visit: &Visit, whole: Whole<'_>) -> Markup {
    let about = |step: Step| -> Option<String> {
        let Some(exposure) = whole.exposure else { return Some(String::new()) };
        let (_, places) = exposure.steps.iter().find(|(advised, _)| *advised == step)?;
        let names = places.iter().filter_map(|place| whole.names.get(*place));
        let names: Vec<&str> = names.map(String::as_str).collect();
        Some(names.join(&visit.t("check-separator")))
    };
    html! {
        section.section {
            h2 { (visit.t("check-first")) }
            div.card { ol.points {
                @for step in Step::ALL {
                    @if let Some(names) = about(step) {
                        @let key = format!("check-step-{}", step.id());
                        li data-step=(step.id()) {
                            strong { (visit.t(&key)) }
                            p { (visit.t(&format!("{key}.body"))) }
                            p.hint { (visit.t("check-step-for")) " " span data-slot="names" { (names) } }
                        }
                    }
                }
            } }
        }
    }
}

fn card(visit: &Visit, card: Card<'_>) -> Markup {
    let is_open = |way: &Way| card.exposed.is_none_or(|exposed| exposed.ways.contains(way));
    let is_safer = card.exposed.is_none_or(|exposed| exposed.is_safer);
    let (now, is_gone) = match card.bank {
        Bank::Gone(now) => (now, true),
        bank => ("", bank == Bank::Any),
    };
    html! {
        div.card data-card {
            h3 { span data-slot="name" { (card.name) } }
            p.reach { (reach(visit, "reach", card.exposed.map(|exposed| exposed.reach))) }
            p {
                (visit.t("check-balance-of")) " "
                (known(visit, "balance", card.exposed.map(|exposed| exposed.balance)))
                br;
                (visit.t("check-room-of")) " "
                (known(visit, "room", card.exposed.map(|exposed| exposed.below_zero)))
            }
            @if card.exposed.is_none() || !card.unread.is_empty() {
                p data-if="unread" {
                    strong { (visit.t("check-unread")) } " " span data-slot="unread" { (card.unread) }
                    br;
                    (visit.t("check-unread.body"))
                }
            }
            @for doubt in card.doubts {
                p data-if=(doubt) { strong { (visit.t(doubt)) } }
            }
            @if is_gone {
                p data-if="gone" { (visit.t("check-gone")) " " strong data-slot="now" { (now) } }
            }
            @if matches!(card.bank, Bank::Any | Bank::Unlisted) {
                p.hint data-if="no-list" { (visit.t("check-no-list")) }
            }
            @if is_safer {
                p data-if="safer" { (ui::badge(Tone::Success, &visit.t("check-safer"))) }
            }
            ul.ways {
                @for way in Way::ALL.iter().filter(|way| is_open(way)) {
                    (open_way(visit, *way, card.exposed.is_none(), card.apps))
                }
            }
        }
    }
}

fn open_way(visit: &Visit, way: Way, is_skeleton: bool, apps: &str) -> Markup {
    let key = format!("check-way-{}", way.id());
    let has_apps = way == Way::OldLink && (is_skeleton || !apps.is_empty());
    html! {
        li data-way=(way.id()) data-needs=(way.needs().id()) {
            strong { (visit.t(&key)) }
            p.hint { (visit.t(&format!("check-needs-{}", way.needs().id()))) }
            p { (visit.t(&format!("{key}.needs"))) }
            @if has_apps {
                p data-if="apps" { (visit.t("check-linked")) " " span data-slot="apps" { (apps) } }
            }
            @if let Some(crime) = Crime::of(way) {
                // In a page of its own: leaving this one forgets the answers.
                p.no-print {
                    a href={ "/check/crimes/" (crime.id()) } target="_blank" rel="noopener" {
                        (visit.t("check-how"))
                    }
                }
            }
        }
    }
}

/// Where what must be safe is best kept: the same for everybody.
fn keep(visit: &Visit) -> Markup {
    html! {
        section.section {
            h2 { (visit.t("check-keep")) }
            div.card { ul.points {
                @for part in ["apart", "small", "overdraft", "proof"] {
                    li { (visit.t(&format!("check-keep-{part}"))) }
                }
            } }
            p.hint { (visit.t("check-limits")) }
        }
    }
}
