//! Where a card, and the bank's app, are offered beside a passkey.

use kanuki_domain::{
    assurance::Acr,
    id::{HolderId, ParId},
};
use kanuki_site::{
    Problem, Visit,
    ui::{self, Look, PasskeyForm},
};
use maud::{Markup, html};

use super::SignedPage;
use crate::{BankState, app, plain, refusal::problem};

/// The buttons that sign in with the bank's app and with a card, where the bank takes them.
pub(crate) fn sign_in_buttons(
    state: &BankState,
    visit: &Visit,
    (to, request, back): (&str, Option<ParId>, Option<&str>),
) -> Markup {
    html! {
        (app::sign_in_button(state, visit, (to, request, back)))
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

/// The form of a page that is signed: a passkey's, the app's, a card's, or several, by what the holder
/// has and the wallet asked for.
pub(crate) async fn sign_form(
    state: &BankState,
    visit: &Visit,
    holder_id: HolderId,
    (form, page, request): (PasskeyForm, SignedPage, Option<ParId>),
) -> Result<Markup, Problem> {
    let has_card = state.bank.has_card(holder_id).await.map_err(problem)?;
    let has_app = state.bank.has_app(holder_id).await.map_err(problem)?
        && is_app_enough(state, visit, (page, request)).await?;
    let has_passkey = !form.options.is_empty();
    let look = if has_passkey { Look::Secondary } else { Look::Primary };
    let which = serde_json::to_string(&page).map_err(|_| Problem::internal())?;
    Ok(html! {
        @if has_passkey { (ui::passkey_form(&visit.words(), &form)) } @else { (form.body) }
        @if has_app { (app::sign_button(visit, look, (form.ceremony, &which, request))) }
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

/// A wallet may have asked for a stronger class of signature than the app's (RFC 9470).
async fn is_app_enough(
    state: &BankState,
    visit: &Visit,
    (page, request): (SignedPage, Option<ParId>),
) -> Result<bool, Problem> {
    let (ctx, browser) = (visit.ctx(), visit.device_hash());
    let Some(request) = request else { return Ok(true) };
    Ok(match page {
        SignedPage::Consent => {
            let pushed = state.bank.visiting(&ctx, request, &browser).await.map_err(problem)?;
            pushed.is_met_by(Acr::BankApp)
        }
        SignedPage::Debit => {
            let pushed = state.bank.visiting_debit(&ctx, request, &browser).await;
            pushed.map_err(problem)?.is_met_by(Acr::BankApp)
        }
        SignedPage::Approval
        | SignedPage::Raise { .. }
        | SignedPage::Lock
        | SignedPage::Delegate => true,
    })
}
