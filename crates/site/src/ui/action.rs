//! What a person can press, and the forms it sends.

use maud::{Markup, html};

use crate::ui::icon::{Icon, icon};

/// How much a button matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// The one thing this page is for.
    Primary,
    /// Another possible thing.
    Secondary,
    /// Ends or stops something.
    Danger,
    /// A way out.
    Quiet,
}

impl Look {
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::Primary => "button primary",
            Self::Secondary => "button secondary",
            Self::Danger => "button danger",
            Self::Quiet => "button quiet",
        }
    }
}

/// A shortcut to one thing a person does.
#[derive(Clone, Debug)]
pub struct Action {
    /// Its picture.
    pub icon: Icon,
    /// Its name.
    pub label: String,
    /// Where it is.
    pub href: String,
}

/// Submits the form it is in.
#[must_use]
pub fn button(look: Look, label: &str) -> Markup {
    html! { button type="submit" class=(look.class()) { (label) } }
}

/// Submits the form and says which button it was.
#[must_use]
pub fn button_named(look: Look, label: &str, name: &str, value: &str) -> Markup {
    html! { button type="submit" class=(look.class()) name=(name) value=(value) { (label) } }
}

/// A link that looks like a button.
#[must_use]
pub fn link_button(look: Look, href: &str, label: &str) -> Markup {
    html! { a class=(look.class()) href=(href) { (label) } }
}

/// The row of buttons that ends a page: full width within reach of the thumb on a phone.
#[must_use]
pub fn actions(body: Markup) -> Markup {
    html! { div.actions { (body) } }
}

/// A form of one button.
#[must_use]
pub fn post_button(csrf_field: Markup, action: &str, look: Look, label: &str) -> Markup {
    html! { form.inline method="post" action=(action) { (csrf_field) (button(look, label)) } }
}

/// A form that changes something; `csrf_field` is `visit.csrf_field()`.
#[must_use]
pub fn form(action: &str, csrf_field: Markup, body: Markup) -> Markup {
    html! { form.form method="post" action=(action) { (csrf_field) (body) } }
}

/// A form that only asks for a page.
#[must_use]
pub fn get_form(action: &str, body: Markup) -> Markup {
    html! { form.form method="get" action=(action) { (body) } }
}

/// A value that goes with a form unseen. The person can change it: never trust it.
#[must_use]
pub fn hidden(name: &str, value: &str) -> Markup {
    html! { input type="hidden" name=(name) value=(value); }
}

/// Shortcuts with pictures, side by side.
#[must_use]
pub fn quick_actions(actions: &[Action]) -> Markup {
    html! {
        ul.quick {
            @for action in actions {
                li { a href=(action.href) { span.quick-icon { (icon(action.icon)) } (action.label) } }
            }
        }
    }
}
