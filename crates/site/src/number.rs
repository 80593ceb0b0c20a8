//! A case's number where people are given it: the short one to say and type, the long one below it.

use kanuki_domain::{case_number::said, id::CaseId};
use maud::{Markup, html};

use crate::{Words, ui};

/// The number in large digits with a button that copies it, and the long one; what is `beside` it is copied
/// with it.
#[must_use]
pub fn given(words: &Words<'_>, id: CaseId, beside: Option<&str>) -> Markup {
    let number = said(id);
    let copied = beside.map_or_else(|| number.clone(), |beside| format!("{number} {beside}"));
    html! {
        div.said { (ui::copy_more(words, &number, &copied)) }
        p.hint { (words.t("number-long")) " " code { (id) } }
    }
}

/// The way to the desk's page of a case, by both numbers.
#[must_use]
pub fn link(id: CaseId) -> Markup {
    html! { a href={ "/desk/cases/" (id) } { (both(id)) } }
}

/// Both numbers where a text is a case's long one; any other number as it is kept.
#[must_use]
pub fn of(text: &str) -> Markup {
    text.parse().map_or_else(|_| html! { code { (text) } }, both)
}

/// The same where there is no room, or nobody is to copy it.
#[must_use]
pub fn both(id: CaseId) -> Markup {
    html! { strong.said-short { (said(id)) } " " code { (id) } }
}
