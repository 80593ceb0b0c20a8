//! The page for everybody: readable without an account, on a telephone, by somebody in a hurry. It
//! tells what a thief sees anyway, and nothing else: no reason, no number of cases, no names.

use kanuki_domain::compensation::Policy;
use maud::{Markup, html};

use super::{Halt, Standing, paragraphs};
use crate::{
    Lang, Visit, compensation, show,
    ui::{self, Look, Tone},
};

pub(super) fn body(visit: &Visit, standing: &Standing, call: (&str, &Policy)) -> Markup {
    let company = &visit.site.config.company;
    let now = show::instant(visit.lang(), visit.now());
    let is_only = standing.halts.len() == 1;
    let cards: Vec<Markup> = standing.halts.iter().map(|halt| card(visit, halt, is_only)).collect();
    html! {
        (ui::heading(&visit.t("incident-title"),
            Some(&visit.t_args("incident-lead", &[("company", company.into())]))))
        @if standing.halts.is_empty() {
            (ui::notice(Tone::Success, &visit.t("incident-none"), html! {
                p { (visit.t_args("incident-none.at", &[("at", now.into())])) }
            }))
        } @else {
            (ui::notice(Tone::Warning, &visit.t("incident-some"), html! {
                p { (visit.t("incident-some.money")) }
            }))
            (ui::stack(&cards))
        }
        @if let Some(words) = &standing.words {
            (ui::section(&visit.t("incident-says"), ui::card(None, html! {
                @match visit.lang() {
                    Lang::Ja => (paragraphs("ja", &words.ja)),
                    Lang::En => (paragraphs("en", &words.en)),
                }
                @if let Some(since) = words.since {
                    p.hint { (show::time(visit.lang(), since)) }
                }
            })))
        }
        (ui::section(&visit.t("incident-who"), ui::card(None, html! {
            ul.points {
                li { (visit.t("incident-who-all")) }
                li { (visit.t("incident-who-stranger")) }
            }
        })))
        (help(visit, call))
        (ui::section(&visit.t("incident-publish"), html! {
            p { (visit.t("incident-publish-when")) }
            p { (visit.t("incident-publish-what")) }
        }))
    }
}

/// Whom to turn to, and what nobody will ask for: whoever reads of a stop is called next by a thief.
fn help(visit: &Visit, (call, policy): (&str, &Policy)) -> Markup {
    ui::section(
        &visit.t("incident-help"),
        html! {
            p { (call) }
            (ui::card(None, ui::definitions(compensation::desk(visit, policy))))
            ul.points {
                li { (visit.t("incident-help-report")) }
                li { (visit.t("incident-help-police")) }
            }
            (ui::actions(html! {
                (ui::link_button(Look::Danger, "/stop", &visit.t("foot-stop")))
                (ui::link_button(Look::Secondary, "/report", &visit.t("foot-report")))
            }))
            (ui::notice(Tone::Info, &visit.t("incident-never"), html! {
                p { (visit.t("incident-never.what")) }
            }))
        },
    )
}

/// What a halt is about.
pub(super) fn title(visit: &Visit, halt: &Halt) -> String {
    match &halt.with {
        Some(name) if halt.is_theirs => visit.t_args("incident-theirs", &[("name", name.into())]),
        Some(name) => visit.t_args("incident-with", &[("name", name.into())]),
        None => visit.t("incident-everything"),
    }
}

pub(super) fn since(visit: &Visit, halt: &Halt) -> String {
    let key = if halt.is_theirs { "incident-theirs-since" } else { "incident-since" };
    visit.t_args(key, &[("at", show::instant(visit.lang(), halt.since).into())])
}

/// One halt: what stands still, since when, what that means for whoever reads it. That everything else goes
/// on is said only where it is the only one.
pub(super) fn card(visit: &Visit, halt: &Halt, is_only: bool) -> Markup {
    let services: Vec<(String, Markup)> = halt
        .services
        .iter()
        .map(|service| {
            let name = visit.t(&format!("incident-service-{service}"));
            (name, html! { strong { (visit.t("incident-stopped")) } })
        })
        .collect();
    ui::card(
        Some(&title(visit, halt)),
        html! {
            p { (since(visit, halt)) }
            (ui::definitions(services))
            p { (visit.t(match halt.with {
                Some(_) if halt.is_theirs && is_only => "incident-affects-theirs",
                Some(_) if halt.is_theirs => "incident-affects-theirs-too",
                Some(_) if is_only => "incident-affects-some",
                Some(_) => "incident-affects-too",
                None => "incident-affects-all",
            })) }
        },
    )
}
