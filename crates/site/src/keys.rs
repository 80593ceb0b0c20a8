//! Working at the desk by keyboard: what the page's script listens to, and what serves without it.

use maud::{Markup, html};

use crate::{
    Visit, Words,
    ui::{self, Field, Kind, Look},
};

/// Where a case is found by its number.
const FIND: &str = "/desk/find";

/// Each key with the key of its words.
const KEYS: [(&[&str], &str); 9] = [
    (&["j"], "next"),
    (&["k"], "previous"),
    (&["o", "Enter"], "open"),
    (&["n"], "note"),
    (&["/"], "find"),
    (&["g", "q"], "queue"),
    (&["g", "r"], "risk"),
    (&["g", "a"], "approvals"),
    (&["?"], "help"),
];

/// The button and the dialog that list the keys, and switch them off; both stay hidden without the script.
pub(crate) fn help(words: &Words<'_>) -> Markup {
    let say = |name: &str| words.t(&format!("keys-{name}"));
    html! {
        div.desk-keys data-keys hidden {
            button.button.secondary type="button" data-keys-open aria-haspopup="dialog" { (say("title")) }
            dialog aria-labelledby="keys-title" {
                h2 id="keys-title" { (say("title")) }
                p { (say("what")) }
                dl {
                    @for (keys, name) in KEYS {
                        div {
                            dt {
                                @for (place, key) in keys.iter().enumerate() {
                                    @if place > 0 { " " }
                                    kbd { (key) }
                                }
                            }
                            dd { (say(name)) }
                        }
                    }
                }
                p role="status" data-keys-state data-on=(say("is-on")) data-off=(say("is-off")) {}
                div.actions {
                    button.button.secondary type="button" data-keys-toggle data-on=(say("on")) data-off=(say("off")) {}
                    button.button.primary type="button" data-keys-close autofocus { (say("close")) }
                }
            }
        }
    }
}

/// The first link of a case's page, seen once it has the focus: past everything to the note.
#[must_use]
pub fn skip_to_note(visit: &Visit) -> Markup {
    html! { a.skip href="#note" { (visit.t("keys-skip-to-note")) } }
}

/// Where the note of a case is written.
#[must_use]
pub fn note_part(body: &Markup) -> Markup {
    html! { div #note tabindex="-1" { (body) } }
}

/// Opens a case by its number.
#[must_use]
pub fn find_form(visit: &Visit, number: &str, error: Option<String>) -> Markup {
    let field = Field::new("number", visit.t("keys-find"))
        .kind(Kind::Search)
        .hint(visit.t("keys-find-hint"))
        .value(number)
        .error(error)
        .max_length(64);
    html! {
        div #find {
            (ui::get_form(FIND, html! {
                (ui::field(&field))
                (ui::actions(ui::button(Look::Secondary, &visit.t("keys-find-button"))))
            }))
        }
    }
}
