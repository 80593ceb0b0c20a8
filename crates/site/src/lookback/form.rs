//! Asking for a look-back: one form for each kind of pattern, and what was wrong with it.

use maud::{Markup, html};
use serde::Deserialize;

use super::{PAGE, REASON_MAX, subject_name};
use crate::{
    Visit,
    ui::{self, Field, Kind, Look, Tone},
};

/// A form as it was typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    /// Which kind of pattern.
    pub pattern: String,
    /// A rule.
    pub rule: String,
    /// What a list holds.
    pub subject: String,
    /// A list.
    pub keys: String,
    /// A list of leaks, by its version.
    pub list: String,
    /// How many days back.
    pub days: String,
    /// Why.
    pub reason: String,
}

/// What the forms are made of.
#[derive(Clone, Debug)]
pub struct FormShown<'a> {
    /// What was typed before.
    pub typed: &'a Typed,
    /// What was wrong with it, as part of a text key, and the words of the checker.
    pub wrong: Option<(&'static str, String)>,
    /// What a list can hold.
    pub subjects: &'a [&'static str],
    /// The lists of leaks in force: version and name.
    pub leaks: &'a [(String, String)],
    /// How many days there are unless somebody says otherwise, and at most.
    pub days: [u32; 2],
}

/// What is said first of a form that was not taken.
pub(super) fn refused(visit: &Visit, form: &FormShown<'_>) -> Markup {
    let Some((why, words)) = &form.wrong else { return html! {} };
    ui::notice(
        Tone::Error,
        &visit.t("lookback-refused"),
        html! {
            p { (visit.t_args(&format!("lookback-wrong-{why}"), &[("most", form.days[1].into())])) }
            // The words of the checker of rules, with its lines.
            @if !words.is_empty() { pre { (words) } }
            p { (visit.t("lookback-refused.body")) }
        },
    )
}

pub(super) fn section(visit: &Visit, form: &FormShown<'_>) -> Markup {
    let of = |pattern: &str, fields: Markup| {
        ui::card(
            Some(&visit.t(&format!("lookback-form-{pattern}"))),
            html! {
                p { (visit.t(&format!("lookback-form-{pattern}.body"))) }
                (ui::form(PAGE, visit.csrf_field(), html! {
                    (ui::hidden("pattern", pattern))
                    (fields)
                    (both(visit, form, pattern))
                    (ui::actions(ui::button(Look::Primary, &visit.t("lookback-begin"))))
                }))
            },
        )
    };
    ui::section(
        &visit.t("lookback-new"),
        html! {
            p { (visit.t("lookback-new.body")) }
            (of("rule", rule(visit, form)))
            (of("keys", keys(visit, form)))
            @if !form.leaks.is_empty() { (of("leaked", leaked(visit, form))) }
        },
    )
}

/// What all of them ask for.
fn both(visit: &Visit, form: &FormShown<'_>, pattern: &str) -> Markup {
    let is_typed = form.typed.pattern == pattern;
    let [default, most] = form.days;
    let days = if is_typed { form.typed.days.clone() } else { default.to_string() };
    let why = if is_typed { form.typed.reason.clone() } else { String::new() };
    let hint = visit.t_args("lookback-days.hint", &[("most", most.into())]);
    html! {
        (ui::field(&Field::new("days", visit.t("lookback-days")).hint(hint).place(pattern)
            .kind(Kind::Numeric).value(days).max_length(3)))
        (ui::field(&Field::new("reason", visit.t("lookback-reason")).place(pattern).value(why)
            .max_length(REASON_MAX)))
    }
}

fn rule(visit: &Visit, form: &FormShown<'_>) -> Markup {
    let rule = Field::new("rule", visit.t("lookback-rule")).hint(visit.t("lookback-rule.hint"));
    ui::text_area(&rule.value(form.typed.rule.clone()).max_length(4_096))
}

fn keys(visit: &Visit, form: &FormShown<'_>) -> Markup {
    let option = |subject: &&str| ((*subject).to_owned(), subject_name(visit, subject));
    let options: Vec<(String, String)> = form.subjects.iter().map(option).collect();
    let subject = Field::new("subject", visit.t("lookback-subject"));
    let keys = Field::new("keys", visit.t("lookback-keys")).hint(visit.t("lookback-keys.hint"));
    html! {
        (ui::select(&subject.value(form.typed.subject.clone()), &options))
        (ui::text_area(&keys.value(form.typed.keys.clone())))
    }
}

fn leaked(visit: &Visit, form: &FormShown<'_>) -> Markup {
    let list = Field::new("list", visit.t("lookback-list")).value(form.typed.list.clone());
    ui::select(&list, form.leaks)
}
