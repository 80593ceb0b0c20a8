//! Am I exposed, and how do crimes go: the pages that both companies share, for people without a
//! wallet too.

use kanuki_site::{
    Answer, Visit,
    check::{self, Fields},
    csrf::CsrfForm,
};
use maud::Markup;

pub(super) async fn form(visit: Visit) -> Markup {
    check::form(&visit, &[])
}

/// Draws the answer and forgets it.
pub(super) async fn answer(visit: Visit, CsrfForm(fields): CsrfForm<Fields>) -> Answer {
    check::answer(&visit, &[], &fields)
}
