//! One thing to fill in: label, hint, error, and what keyboard it wants.

use kanuki_domain::Yen;
use maud::{Markup, html};

/// What is typed, for the keyboard and the browser's help.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// Anything.
    #[default]
    Text,
    /// Digits that are not a quantity.
    Numeric,
    /// A telephone number.
    Tel,
    /// An e-mail address.
    Email,
    /// A day.
    Date,
    /// Something to look for.
    Search,
    /// A code from a letter, a notice or an ATM.
    Code,
    /// A name in katakana.
    Kana,
}

/// One thing to fill in.
#[derive(Clone, Debug, Default)]
pub struct Field {
    pub(crate) name: String,
    pub(crate) label: String,
    pub(crate) hint: Option<String>,
    pub(crate) error: Option<String>,
    pub(crate) value: String,
    pub(crate) optional: Option<String>,
    kind: Kind,
    place: String,
    autocomplete: Option<String>,
    max_length: Option<u16>,
}

impl Field {
    /// A required line of text.
    #[must_use]
    pub fn new(name: impl Into<String>, label: impl Into<String>) -> Self {
        Self { name: name.into(), label: label.into(), ..Self::default() }
    }

    /// Tells this field from others of the same name on a page with several forms.
    #[must_use]
    pub fn place(mut self, place: impl std::fmt::Display) -> Self {
        self.place = format!("-{place}");
        self
    }

    /// Says what to write; stays visible while writing.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Says what is wrong and how to put it right.
    #[must_use]
    pub fn error(mut self, error: Option<String>) -> Self {
        self.error = error;
        self
    }

    /// What is there already.
    #[must_use]
    pub fn value(mut self, value: impl Into<String>) -> Self {
        self.value = value.into();
        self
    }

    /// What is typed.
    #[must_use]
    pub const fn kind(mut self, kind: Kind) -> Self {
        self.kind = kind;
        self
    }

    /// The HTML autofill token (`name`, `bday`, `one-time-code`).
    #[must_use]
    pub fn autocomplete(mut self, token: impl Into<String>) -> Self {
        self.autocomplete = Some(token.into());
        self
    }

    /// May stay empty; `mark` says so (`field-optional` in the catalog).
    #[must_use]
    pub fn optional(mut self, mark: impl Into<String>) -> Self {
        self.optional = Some(mark.into());
        self
    }

    /// The most characters.
    #[must_use]
    pub const fn max_length(mut self, count: u16) -> Self {
        self.max_length = Some(count);
        self
    }

    pub(crate) fn id(&self) -> String {
        format!("f-{}{}", self.name, self.place)
    }

    pub(crate) fn described_by(&self) -> Option<String> {
        let id = self.id();
        let hint = self.hint.as_ref().map(|_| format!("{id}-hint"));
        let error = self.error.as_ref().map(|_| format!("{id}-error"));
        let ids: Vec<String> = hint.into_iter().chain(error).collect();
        (!ids.is_empty()).then(|| ids.join(" "))
    }

    pub(crate) fn is_wrong(&self) -> Option<&'static str> {
        self.error.as_ref().map(|_| "true")
    }

    /// What stands below the label: hint, then error.
    pub(crate) fn notes(&self) -> Markup {
        let id = self.id();
        html! {
            @if let Some(hint) = &self.hint { p.hint id={ (id) "-hint" } { (hint) } }
            @if let Some(error) = &self.error { p.error id={ (id) "-error" } { (error) } }
        }
    }

    pub(crate) fn mark(&self) -> Markup {
        html! { @if let Some(mark) = self.optional.as_ref().filter(|mark| !mark.is_empty()) {
            span.mark { (mark) }
        } }
    }
}

/// `type`, `inputmode`, `class` of an input.
const fn manner(kind: Kind) -> (&'static str, Option<&'static str>, &'static str) {
    match kind {
        Kind::Text | Kind::Kana => ("text", None, "input"),
        Kind::Numeric => ("text", Some("numeric"), "input digits"),
        Kind::Tel => ("tel", Some("tel"), "input digits"),
        Kind::Email => ("email", Some("email"), "input"),
        Kind::Date => ("date", None, "input"),
        Kind::Search => ("search", Some("search"), "input"),
        Kind::Code => ("text", None, "input code"),
    }
}

/// A line to fill in.
#[must_use]
pub fn field(field: &Field) -> Markup {
    let (kind, mode, class) = manner(field.kind);
    let is_code = matches!(field.kind, Kind::Code | Kind::Numeric);
    html! {
        div.field {
            label for=(field.id()) { (field.label) (field.mark()) }
            (field.notes())
            input id=(field.id()) name=(field.name) type=(kind) class=(class) value=(field.value)
                inputmode=[mode] autocomplete=[field.autocomplete.as_deref()]
                maxlength=[field.max_length] required[field.optional.is_none()]
                autocapitalize=[is_code.then_some("characters")]
                spellcheck=[is_code.then_some("false")]
                aria-describedby=[field.described_by()] aria-invalid=[field.is_wrong()];
        }
    }
}

/// Several lines to fill in.
#[must_use]
pub fn text_area(field: &Field) -> Markup {
    html! {
        div.field {
            label for=(field.id()) { (field.label) (field.mark()) }
            (field.notes())
            textarea id=(field.id()) name=(field.name) class="input" rows="4"
                maxlength=[field.max_length] required[field.optional.is_none()]
                aria-describedby=[field.described_by()] aria-invalid=[field.is_wrong()] {
                (field.value)
            }
        }
    }
}

/// An amount of yen to fill in; read it with `Yen::parse_input`.
#[derive(Clone, Debug, Default)]
pub struct AmountField {
    /// The form's field.
    pub name: String,
    /// What the amount is for.
    pub label: String,
    /// What is possible.
    pub hint: Option<String>,
    /// What is wrong.
    pub error: Option<String>,
    /// What was typed before.
    pub value: String,
    /// Amounts to choose with one tap.
    pub quick: Vec<Yen>,
}

/// An amount of yen: large digits, and buttons for common amounts where scripts run.
#[must_use]
pub fn amount_field(amount: &AmountField) -> Markup {
    let field = Field::new(amount.name.clone(), amount.label.clone());
    let field = Field { hint: amount.hint.clone(), error: amount.error.clone(), ..field };
    html! {
        div.field.amount {
            label for=(field.id()) { (field.label) }
            (field.notes())
            div.amount-box {
                span.amount-yen aria-hidden="true" { "¥" }
                input id=(field.id()) name=(field.name) type="text" inputmode="numeric"
                    autocomplete="off" maxlength="13" required value=(amount.value)
                    aria-describedby=[field.described_by()] aria-invalid=[field.is_wrong()];
            }
            @if !amount.quick.is_empty() {
                div.amount-quick {
                    @for quick in &amount.quick {
                        button type="button" data-amount=(quick.amount()) data-for=(field.id()) {
                            (quick)
                        }
                    }
                }
            }
        }
    }
}

/// Amounts that send the form with one tap, with or without scripts; `label` says what they are.
#[must_use]
pub fn amount_buttons(name: &str, label: &str, amounts: &[Yen]) -> Markup {
    html! {
        div.amounts role="group" aria-label=(label) {
            @for amount in amounts {
                button type="submit" name=(name) value=(amount.amount()) { (amount) }
            }
        }
    }
}
