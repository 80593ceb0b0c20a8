//! The form that proposes a version, filled in with what counts or with what a file says.

use maud::{Markup, html};

use super::{
    Def, Entered, Values,
    draw::{GROUPS, group, label},
    standard::{is_computed, read_in, standards},
};
use crate::{
    Visit,
    ui::{self, Field, Kind, Look, Tone},
};

/// What the form is for.
#[derive(Clone, Debug)]
pub struct Proposing<'a> {
    /// Where it goes.
    pub action: &'a str,
    /// Where a file goes, which fills it in.
    pub file_action: &'a str,
    /// The company it is about, if it is known.
    pub subject: Option<String>,
    /// Its fields.
    pub defs: &'a [Def],
    /// What stands in them.
    pub values: &'a Values,
    /// What is wrong with it.
    pub error: Option<String>,
}

/// The part that carries what a file has filled in through the next file.
pub const SO_FAR: &str = "so_far";

/// The whole form.
#[must_use]
pub fn form_body(visit: &Visit, proposing: &Proposing<'_>) -> Markup {
    let reason = Field::new("reason", visit.t("reg-reason"))
        .hint(visit.t("reg-reason-hint"))
        .value(proposing.values.get("reason").cloned().unwrap_or_default())
        .max_length(500);
    html! {
        (ui::heading(&visit.t("reg-propose"), Some(&visit.t("reg-propose-lead"))))
        @if let Some(error) = &proposing.error { (ui::notice(Tone::Error, error, html! {})) }
        (ui::card(Some(&visit.t("reg-file")), html! {
            p { (visit.t("reg-file-what")) }
            (read_in(visit, proposing.values))
            form.form method="post" action=(proposing.file_action) enctype="multipart/form-data" {
                (visit.csrf_field())
                @if let Some(subject) = &proposing.subject { (ui::hidden("subject", subject)) }
                (ui::hidden(SO_FAR, &serde_json::to_string(proposing.values).unwrap_or_default()))
                div.field {
                    label for="f-file" { (visit.t("reg-file-choose")) }
                    input id="f-file" class="input" type="file" name="file" required
                        accept=".toml,.json,application/toml,application/json";
                }
                (ui::actions(ui::button(Look::Secondary, &visit.t("reg-file-read"))))
            }
        }))
        (ui::form(proposing.action, visit.csrf_field(), html! {
            @for name in GROUPS {
                (ui::card(Some(&visit.t(&format!("reg-group-{name}"))), html! {
                    div.form {
                        @if name == "standards" { (standards(visit, proposing.values)) }
                        @for def in proposing.defs.iter().filter(|def| group(&def.path) == name) {
                            (input(visit, def, proposing.values))
                        }
                    }
                }))
            }
            (ui::field(&reason))
            (ui::actions(ui::button(Look::Primary, &visit.t("reg-propose-button"))))
        }))
    }
}

fn input(visit: &Visit, def: &Def, values: &Values) -> Markup {
    let typed = values.get(&def.path).cloned().unwrap_or_default();
    if is_computed(&def.path) {
        return html! { @if !typed.is_empty() { (ui::hidden(&def.path, &typed)) } };
    }
    let name = label(visit.words(), &def.path);
    let optional = visit.t("reg-optional");
    // A version may be kept with gaps; what is missing is named when it is looked at.
    let field = Field::new(def.path.clone(), name.clone()).value(typed.clone()).optional("");
    match def.entered {
        Entered::Line => ui::field(&field.max_length(300)),
        Entered::Optional => ui::field(&field.optional(optional).max_length(300)),
        Entered::Text => ui::text_area(&field.max_length(2_000)),
        Entered::Lines => ui::text_area(&field.hint(visit.t("reg-lines")).max_length(4_000)),
        Entered::Keys => ui::text_area(&field.hint(visit.t("reg-keys")).max_length(16_000)),
        Entered::Json => ui::text_area(&field.optional(optional).max_length(16_000)),
        Entered::Date => ui::field(&field.kind(Kind::Date)),
        Entered::Number => ui::field(&field.kind(Kind::Numeric).max_length(9)),
        Entered::File => html! {},
        Entered::Flag | Entered::Member => ui::checkbox(&def.path, "yes", &name, typed == "yes"),
        Entered::Choice(words, key) => {
            let mut options = vec![(String::new(), "–".to_owned())];
            options.extend(words.iter().map(|w| ((*w).to_owned(), visit.t(&format!("{key}-{w}")))));
            ui::select(&field, &options)
        }
    }
}
