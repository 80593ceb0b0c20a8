//! The lists in force: loading one, and ending one by two people.

use maud::{Markup, html};

use super::{Asked, ListShown, PAGE, REASON_MAX};
use crate::{
    Visit, show,
    ui::{self, Field, Look, Tone},
};

pub(super) fn section(visit: &Visit, lists: &[ListShown]) -> Markup {
    ui::section(
        &visit.t("screening-lists"),
        html! {
            @if lists.is_empty() {
                (ui::notice(Tone::Warning, &visit.t("screening-lists-none"),
                    html! { p { (visit.t("screening-lists-none.body")) } }))
            }
            (ui::stack(&lists.iter().map(|list| one(visit, list)).collect::<Vec<_>>()))
            (ui::card(Some(&visit.t("screening-load")), load_form(visit)))
        },
    )
}

fn one(visit: &Visit, list: &ListShown) -> Markup {
    let seen = [("seen", list.seen.into()), ("held", list.held.into())];
    let key = match (list.done_at, list.paused) {
        (Some(_), _) => "screening-round-done",
        (None, Some(_)) => "screening-round-paused",
        (None, None) => "screening-round-under-way",
    };
    let done_at = list.done_at.map(|at| show::time(visit.lang(), at));
    let round = html! { (visit.t_args(key, &seen)) " " @if let Some(at) = done_at { (at) } };
    let facts = vec![
        (visit.t("screening-dated"), html! { (show::civil_date(visit.lang(), list.dated)) }),
        (visit.t("screening-entries"), html! { (list.entries) }),
        (visit.t("screening-source"), html! { (list.source) }),
        (visit.t("screening-by"), html! { (list.by) " " (show::time(visit.lang(), list.at)) }),
        (visit.t("screening-round"), round),
        (visit.t("screening-version"), html! { code { (list.version) } }),
    ];
    ui::card(
        Some(&list.name),
        html! {
            (ui::definitions(facts))
            @if list.failed > 0 {
                (ui::notice(Tone::Warning,
                    &visit.t_args("screening-failed", &[("n", list.failed.into())]),
                    html! { p { (visit.t("screening-failed.body")) } }))
            }
            @if let Some(is_own) = list.paused { (paused(visit, list, is_own)) }
            @match &list.end {
                Some(asked) => (end_asked(visit, list, asked)),
                None => (ui::details(&visit.t("screening-end"), end_form(visit, list))),
            }
        },
    )
}

fn paused(visit: &Visit, list: &ListShown, is_own: bool) -> Markup {
    ui::notice(
        Tone::Warning,
        &visit.t_args("screening-paused", &[("held", list.held.into())]),
        html! {
            p { (visit.t("screening-paused.body")) }
            @if is_own {
                p { (visit.t("screening-paused-own")) }
            } @else {
                (ui::actions(ui::post_button(visit.csrf_field(), &path(list, "go-on"),
                    Look::Danger, &visit.t("screening-paused-agree"))))
            }
        },
    )
}

fn path(list: &ListShown, act: &str) -> String {
    format!("{PAGE}/lists/{}/{act}", list.version)
}

fn end_form(visit: &Visit, list: &ListShown) -> Markup {
    let why = Field::new("reason", visit.t("screening-reason"));
    html! {
        p { (visit.t("screening-end-what")) }
        (ui::form(&path(list, "end"), visit.csrf_field(), html! {
            (ui::field(&why.place(&list.version).max_length(REASON_MAX)))
            (ui::actions(ui::button(Look::Secondary, &visit.t("screening-end-ask"))))
        }))
    }
}

fn end_asked(visit: &Visit, list: &ListShown, asked: &Asked) -> Markup {
    let who = [("who", asked.by.as_str().into())];
    ui::notice(
        Tone::Info,
        &visit.t_args("screening-end-asked", &who),
        html! {
            p { (asked.reason) }
            p { (show::time(visit.lang(), asked.at)) }
            @if asked.is_own { p { (visit.t("screening-own")) } }
            (ui::actions(html! {
                @if !asked.is_own {
                    (ui::post_button(visit.csrf_field(), &path(list, "agree"), Look::Danger,
                        &visit.t("screening-end-agree")))
                }
                (ui::post_button(visit.csrf_field(), &path(list, "keep"), Look::Secondary,
                    &visit.t("screening-end-keep")))
            }))
        },
    )
}

fn load_form(visit: &Visit) -> Markup {
    html! {
        p { (visit.t("screening-load-what")) }
        form.form method="post" action=(PAGE) enctype="multipart/form-data" {
            (visit.csrf_field())
            div.field {
                label for="f-file" { (visit.t("screening-file")) }
                p.hint #f-file-hint { (visit.t("screening-file-hint")) }
                input.input #f-file type="file" name="file" required accept=".csv,text/csv"
                    aria-describedby="f-file-hint";
            }
            (ui::actions(ui::button(Look::Primary, &visit.t("screening-load-button"))))
        }
    }
}
