//! Looking for one account or customer: somebody stands at the counter, and the page of hits is long.

use maud::{Markup, html};

use super::{HitShown, PAGE, hits};
use crate::{
    Visit,
    ui::{self, Field, Look, Tone},
};

/// The longest number, address or id that is typed.
const NUMBER_MAX: u16 = 100;

/// The form. It is sent and not followed: what is looked for stands in no address.
pub(super) fn form(visit: &Visit) -> Markup {
    let number = Field::new("number", visit.t("leak-find-number"))
        .hint(visit.t("leak-find-hint"))
        .autocomplete("off")
        .max_length(NUMBER_MAX);
    ui::form(
        &format!("{PAGE}/find"),
        visit.csrf_field(),
        html! {
            (ui::field(&number))
            (ui::actions(ui::button(Look::Secondary, &visit.t("leak-find-button"))))
        },
    )
}

pub(super) fn drawn(visit: &Visit, found: Option<&[HitShown]>) -> Markup {
    match found {
        None => ui::notice(
            Tone::Error,
            &visit.t("leak-find-unread"),
            html! {
                p { (visit.t("leak-find-hint")) }
            },
        ),
        Some([]) => ui::notice(
            Tone::Success,
            &visit.t("leak-find-none"),
            html! {
                p { (visit.t("leak-find-none.body")) }
            },
        ),
        Some(found) => ui::section(&visit.t("leak-find-found"), hits::drawn(visit, found)),
    }
}
