//! Choosing one of several things.

use maud::{Markup, html};

use crate::ui::field::Field;

/// One of several possible things.
#[derive(Clone, Debug)]
pub struct Choice {
    /// What the form sends.
    pub value: String,
    /// What it is called.
    pub label: String,
    /// What it means.
    pub detail: Option<String>,
}

/// A list that unfolds: for many short choices.
#[must_use]
pub fn select(field: &Field, options: &[(String, String)]) -> Markup {
    html! {
        div.field {
            label for=(field.id()) { (field.label) (field.mark()) }
            (field.notes())
            select id=(field.id()) name=(field.name) class="input"
                required[field.optional.is_none()]
                aria-describedby=[field.described_by()] aria-invalid=[field.is_wrong()] {
                @for (value, label) in options {
                    option value=(value) selected[*value == field.value] { (label) }
                }
            }
        }
    }
}

/// Cards to choose one of: for few choices that need explaining.
#[must_use]
pub fn choices(field: &Field, choices: &[Choice]) -> Markup {
    html! {
        fieldset.field.choices aria-describedby=[field.described_by()]
            aria-invalid=[field.is_wrong()] {
            legend { (field.label) (field.mark()) }
            (field.notes())
            @for choice in choices {
                label.choice {
                    input type="radio" name=(field.name) value=(choice.value)
                        checked[choice.value == field.value] required[field.optional.is_none()];
                    span {
                        strong { (choice.label) }
                        @if let Some(detail) = &choice.detail { small { (detail) } }
                    }
                }
            }
        }
    }
}

/// Something to agree to or to switch on.
#[must_use]
pub fn checkbox(name: &str, value: &str, label: &str, is_checked: bool) -> Markup {
    html! {
        label.choice.check {
            input type="checkbox" name=(name) value=(value) checked[is_checked];
            span { (label) }
        }
    }
}
