//! What lists lock, each with the way to let it go by two people.

use maud::{Markup, html};

use super::{Asked, HitShown, PAGE, REASON_MAX};
use crate::{
    Visit, show,
    ui::{self, Column, Field, Icon, Look, Table, Tone},
};

pub(super) fn drawn(visit: &Visit, hits: &[HitShown]) -> Markup {
    if hits.is_empty() {
        let (none, body) = (visit.t("leak-hits-none"), visit.t("leak-hits-none.body"));
        return ui::empty(Icon::Check, &none, &body, None);
    }
    ui::table(&Table {
        caption: visit.t("leak-hits"),
        head: vec![
            Column::text(visit.t("leak-about")),
            Column::text(visit.t("screening-state")),
            Column::text(visit.t("leak-named-by")),
            Column::text(visit.t("leak-seen-on")),
            Column::text(visit.t("leak-since")),
            Column::text(visit.t("leak-let-go")),
        ],
        rows: hits.iter().map(|hit| row(visit, hit)).collect(),
    })
}

fn row(visit: &Visit, hit: &HitShown) -> Vec<Markup> {
    let tone = match hit.state {
        "asked" | "proving" => Tone::Info,
        "over" => Tone::Success,
        _ => Tone::Warning,
    };
    vec![
        html! {
            @if let Some(href) = &hit.href { a href=(href) { code { (hit.about) } } }
            @else { code { (hit.about) } }
        },
        html! {
            (ui::badge(tone, &visit.t(&format!("leak-state-{}", hit.state))))
            @if let Some(until) = hit.until { " " (show::time(visit.lang(), until)) }
        },
        html! { (hit.lists.join("、")) },
        html! { (show::civil_date(visit.lang(), hit.seen_on)) },
        show::time(visit.lang(), hit.found_at),
        match &hit.asked {
            Some(asked) => asked_for(visit, hit, asked),
            None if hit.state == "standing" => {
                ui::details(&visit.t("leak-let-go"), ask_form(visit, hit))
            }
            None => html! {},
        },
    ]
}

fn path(hit: &HitShown, act: &str) -> String {
    format!("{PAGE}/hits/{}/{act}", hit.about)
}

fn ask_form(visit: &Visit, hit: &HitShown) -> Markup {
    let why = Field::new("reason", visit.t("screening-reason")).hint(visit.t("leak-let-go-hint"));
    ui::form(
        &path(hit, "ask"),
        visit.csrf_field(),
        html! {
            (ui::field(&why.place(&hit.about).max_length(REASON_MAX)))
            (ui::actions(ui::button(Look::Secondary, &visit.t("leak-let-go-ask"))))
        },
    )
}

fn asked_for(visit: &Visit, hit: &HitShown, asked: &Asked) -> Markup {
    html! {
        p { (visit.t_args("leak-let-go-asked", &[("who", asked.by.as_str().into())])) }
        p { (asked.reason) " " (show::time(visit.lang(), asked.at)) }
        @if asked.is_own { p { (visit.t("screening-own")) } }
        (ui::actions(html! {
            @if !asked.is_own {
                (ui::post_button(visit.csrf_field(), &path(hit, "agree"), Look::Danger,
                    &visit.t("leak-let-go-agree")))
            }
            (ui::post_button(visit.csrf_field(), &path(hit, "keep"), Look::Secondary,
                &visit.t("leak-let-go-keep")))
        }))
    }
}
