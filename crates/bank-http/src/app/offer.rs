//! Where the bank's app is offered beside a passkey.

use kanuki_domain::id::{CeremonyId, ParId};
use kanuki_site::{
    Visit,
    ui::{self, Look},
};
use maud::{Markup, html};

use crate::{BankState, plain};

/// The button that signs in with the app; nothing at a bank whose app does not sign.
pub(crate) fn sign_in_button(
    state: &BankState,
    visit: &Visit,
    (to, request, back): (&str, Option<ParId>, Option<&str>),
) -> Markup {
    html! {
        @if state.bank.takes_app() {
            form.form method="post" action="/app/sign-in" {
                (visit.csrf_field())
                (ui::hidden("to", to))
                (plain::request_field(request))
                @if let Some(back) = back { (ui::hidden("back", back)) }
                (ui::actions(ui::button(Look::Secondary, &visit.t("bankapp-sign-in"))))
            }
        }
    }
}

/// The form that has a page signed by the app.
pub(crate) fn sign_button(
    visit: &Visit,
    look: Look,
    (ceremony, which, request): (CeremonyId, &str, Option<ParId>),
) -> Markup {
    html! {
        form.form method="post" action="/app/sign" {
            (visit.csrf_field())
            (ui::hidden("ceremony", &ceremony.to_string()))
            (ui::hidden("page", which))
            (plain::request_field(request))
            (ui::actions(ui::button(look, &visit.t("bankapp-sign"))))
            p.hint { (visit.t("bankapp-sign-hint")) }
        }
    }
}
