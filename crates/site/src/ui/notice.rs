//! Saying how things are: notices, states, steps, and what exactly is about to happen.

use maud::{Markup, html};

use crate::ui::icon::{Icon, icon};

/// How good or bad news is. Always said in words and by an icon too, never by color alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Neither.
    Neutral,
    /// Good to know.
    Info,
    /// Done.
    Success,
    /// Careful.
    Warning,
    /// Failed or stopped.
    Error,
}

impl Tone {
    const fn class(self) -> &'static str {
        match self {
            Self::Neutral => "neutral",
            Self::Info => "info",
            Self::Success => "success",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }

    const fn icon(self) -> Icon {
        match self {
            Self::Neutral | Self::Info => Icon::Info,
            Self::Success => Icon::Check,
            Self::Warning => Icon::Warning,
            Self::Error => Icon::Error,
        }
    }
}

/// A message that must be seen.
#[must_use]
pub fn notice(tone: Tone, heading: &str, body: Markup) -> Markup {
    let role = if tone == Tone::Error { "alert" } else { "status" };
    html! {
        div class={ "notice " (tone.class()) } role=(role) {
            (icon(tone.icon()))
            div { p.notice-title { (heading) } div.notice-body { (body) } }
        }
    }
}

/// A state in a word.
#[must_use]
pub fn badge(tone: Tone, text: &str) -> Markup {
    html! { span class={ "badge " (tone.class()) } { (text) } }
}

/// What to show when there is nothing yet, and how to begin.
#[must_use]
pub fn empty(picture: Icon, title: &str, body: &str, action: Option<Markup>) -> Markup {
    html! {
        div.empty {
            span.empty-icon { (icon(picture)) }
            p.empty-title { (title) }
            p { (body) }
            @if let Some(action) = action { div.empty-action { (action) } }
        }
    }
}

/// Where one is in a ceremony of several steps; `current` counts from 0.
#[must_use]
pub fn steps(label: &str, names: &[String], current: usize) -> Markup {
    html! {
        nav.steps aria-label=(label) {
            ol {
                @for (place, name) in names.iter().enumerate() {
                    li.done[place < current] aria-current=[(place == current).then_some("step")] {
                        span.dot aria-hidden="true" {
                            @if place < current { (icon(Icon::Check)) }
                            @else { (place.saturating_add(1)) }
                        }
                        span { (name) }
                    }
                }
            }
        }
    }
}

/// Names and values: who, how much, how often, until when. For what a person is about to confirm.
#[must_use]
pub fn definitions(pairs: Vec<(String, Markup)>) -> Markup {
    html! {
        dl.definitions {
            @for (name, value) in pairs { div { dt { (name) } dd { (value) } } }
        }
    }
}
