//! The lists in force: loading one, letting one go on, and withdrawing one by two people.

use maud::{Markup, html};

use super::{Asked, ListShown, PAGE, REASON_MAX};
use crate::{
    Visit, show,
    ui::{self, Field, Look, Tone},
};

pub(super) fn drawn(visit: &Visit, lists: &[ListShown]) -> Markup {
    html! {
        @if lists.is_empty() { p { (visit.t("leak-lists-none")) } }
        (ui::stack(&lists.iter().map(|list| one(visit, list)).collect::<Vec<_>>()))
        (ui::card(Some(&visit.t("leak-load")), load_form(visit)))
    }
}

fn one(visit: &Visit, list: &ListShown) -> Markup {
    let counts = [
        ("seen", list.seen.into()),
        ("entries", list.entries.into()),
        ("held", list.held.into()),
        ("unknown", list.unknown.into()),
    ];
    let key = match (list.done_at, list.paused) {
        (Some(_), _) => "leak-round-done",
        (None, Some(_)) => "leak-round-paused",
        (None, None) => "leak-round-under-way",
    };
    let done_at = list.done_at.map(|at| show::time(visit.lang(), at));
    let round = html! { (visit.t_args(key, &counts)) " " @if let Some(at) = done_at { (at) } };
    let facts = vec![
        (visit.t("screening-dated"), html! { (show::civil_date(visit.lang(), list.dated)) }),
        (visit.t("leak-entries"), html! { (list.entries) }),
        (visit.t("leak-others"), html! { (list.others) }),
        (visit.t("screening-source"), html! { (list.source) }),
        (visit.t("screening-by"), html! { (list.by) " " (show::time(visit.lang(), list.at)) }),
        (visit.t("leak-round"), round),
        (visit.t("screening-version"), html! { code { (list.version) } }),
    ];
    ui::card(
        Some(&list.name),
        html! {
            (ui::definitions(facts))
            @if list.failed > 0 {
                (ui::notice(Tone::Warning,
                    &visit.t_args("leak-failed", &[("n", list.failed.into())]),
                    html! { p { (visit.t("leak-failed.body")) } }))
            }
            @if let Some(is_own) = list.paused { (paused(visit, list, is_own)) }
            @match &list.withdraw {
                Some(asked) => (withdraw_asked(visit, list, asked)),
                None => (ui::details(&visit.t("leak-withdraw"), withdraw_form(visit, list))),
            }
        },
    )
}

fn paused(visit: &Visit, list: &ListShown, is_own: bool) -> Markup {
    ui::notice(
        Tone::Warning,
        &visit.t_args("leak-paused", &[("held", list.held.into())]),
        html! {
            p { (visit.t("leak-paused.body")) }
            @if is_own {
                p { (visit.t("screening-paused-own")) }
            } @else {
                (ui::actions(ui::post_button(visit.csrf_field(), &path(list, "go-on"),
                    Look::Danger, &visit.t("leak-paused-agree"))))
            }
        },
    )
}

fn path(list: &ListShown, act: &str) -> String {
    format!("{PAGE}/lists/{}/{act}", list.version)
}

fn withdraw_form(visit: &Visit, list: &ListShown) -> Markup {
    let why = Field::new("reason", visit.t("screening-reason"));
    html! {
        p { (visit.t("leak-withdraw-what")) }
        (ui::form(&path(list, "withdraw"), visit.csrf_field(), html! {
            (ui::field(&why.place(&list.version).max_length(REASON_MAX)))
            (ui::actions(ui::button(Look::Secondary, &visit.t("leak-withdraw-ask"))))
        }))
    }
}

fn withdraw_asked(visit: &Visit, list: &ListShown, asked: &Asked) -> Markup {
    let who = [("who", asked.by.as_str().into())];
    ui::notice(
        Tone::Info,
        &visit.t_args("leak-withdraw-asked", &who),
        html! {
            p { (asked.reason) }
            p { (show::time(visit.lang(), asked.at)) }
            @if asked.is_own { p { (visit.t("screening-own")) } }
            (ui::actions(html! {
                @if !asked.is_own {
                    (ui::post_button(visit.csrf_field(), &path(list, "agree"), Look::Danger,
                        &visit.t("leak-withdraw-agree")))
                }
                (ui::post_button(visit.csrf_field(), &path(list, "keep"), Look::Secondary,
                    &visit.t("screening-end-keep")))
            }))
        },
    )
}

fn load_form(visit: &Visit) -> Markup {
    html! {
        p { (visit.t("leak-load-what")) }
        form.form method="post" action=(PAGE) enctype="multipart/form-data" {
            (visit.csrf_field())
            div.field {
                label for="f-file" { (visit.t("screening-file")) }
                p.hint #f-file-hint { (visit.t("leak-file-hint")) }
                input.input #f-file type="file" name="file" required accept=".csv,text/csv"
                    aria-describedby="f-file-hint";
            }
            (ui::actions(ui::button(Look::Primary, &visit.t("leak-load-button"))))
        }
    }
}
