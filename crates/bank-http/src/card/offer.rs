//! Where a card is offered beside a passkey.

use kanuki_domain::id::{HolderId, ParId};
use kanuki_site::{
    Problem, Visit,
    ui::{self, Look, PasskeyForm},
};
use maud::{Markup, html};

use super::SignedPage;
use crate::{BankState, plain, refusal::problem};

/// The button that signs in with a card; nothing at a bank that takes none.
pub(crate) fn sign_in_button(
    state: &BankState,
    visit: &Visit,
    (to, request, back): (&str, Option<ParId>, Option<&str>),
) -> Markup {
    html! {
        @if state.bank.takes_cards() {
            form.form method="post" action="/card/sign-in" {
                (visit.csrf_field())
                (ui::hidden("to", to))
                (plain::request_field(request))
                @if let Some(back) = back { (ui::hidden("back", back)) }
                (ui::actions(ui::button(Look::Secondary, &visit.t("idcard-sign-in"))))
                p.hint { (visit.t("idcard-pin")) }
            }
        }
    }
}

/// The form of a page that is signed: a passkey's, a card's, or both, by what the holder has.
pub(crate) async fn sign_form(
    state: &BankState,
    visit: &Visit,
    holder_id: HolderId,
    (form, page, request): (PasskeyForm, SignedPage, Option<ParId>),
) -> Result<Markup, Problem> {
    let has_card = state.bank.has_card(holder_id).await.map_err(problem)?;
    let has_passkey = !form.options.is_empty();
    let look = if has_passkey { Look::Secondary } else { Look::Primary };
    let which = serde_json::to_string(&page).map_err(|_| Problem::internal())?;
    Ok(html! {
        @if has_passkey { (ui::passkey_form(&visit.words(), &form)) } @else { (form.body) }
        @if has_card {
            form.form method="post" action="/card/sign" {
                (visit.csrf_field())
                (ui::hidden("ceremony", &form.ceremony.to_string()))
                (ui::hidden("page", &which))
                (plain::request_field(request))
                (ui::actions(html! {
                    (ui::button(look, &visit.t("idcard-sign")))
                    @if !has_passkey && let Some((href, label)) = &form.alternative {
                        (ui::link_button(Look::Quiet, href, label))
                    }
                }))
                p.hint { (visit.t("idcard-pin")) }
            }
        }
    })
}
