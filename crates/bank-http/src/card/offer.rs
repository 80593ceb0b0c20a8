//! Where a card, and the bank's app, are offered beside a passkey.

use kanuki_domain::{
    assurance::Acr,
    id::{HolderId, ParId},
};
use kanuki_site::{
    Problem, Visit,
    ui::{self, Look, PasskeyForm, Tone},
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
    let wanted = Wanted::of(state, visit, (page, request)).await?;
    let has_app = state.bank.has_app(holder_id).await.map_err(problem)? && wanted.is_app_enough;
    let has_passkey = !form.options.is_empty() && wanted.is_passkey_enough;
    let look = if has_passkey { Look::Secondary } else { Look::Primary };
    let which = serde_json::to_string(&page).map_err(|_| Problem::internal())?;
    Ok(html! {
        @if has_passkey { (ui::passkey_form(&visit.words(), &form)) } @else { (form.body) }
        @if !wanted.is_passkey_enough && !has_card {
            (ui::notice(Tone::Warning, &visit.t("idcard-wanted"), html! {
                p { (visit.t("idcard-wanted-body")) }
            }))
            @if let Some((href, label)) = &form.alternative {
                (ui::actions(ui::link_button(Look::Quiet, href, label)))
            }
        }
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

/// Which signatures are of the class that a wallet asked for (RFC 9470).
#[derive(Clone, Copy, Debug)]
struct Wanted {
    is_app_enough: bool,
    is_passkey_enough: bool,
}

impl Wanted {
    async fn of(
        state: &BankState,
        visit: &Visit,
        (page, request): (SignedPage, Option<ParId>),
    ) -> Result<Self, Problem> {
        let any = Self { is_app_enough: true, is_passkey_enough: true };
        let (ctx, browser) = (visit.ctx(), visit.device_hash());
        let Some(request) = request else { return Ok(any) };
        Ok(match page {
            SignedPage::Consent => {
                let pushed = state.bank.visiting(&ctx, request, &browser).await.map_err(problem)?;
                Self::by(|acr| pushed.is_met_by(acr))
            }
            SignedPage::Debit => {
                let pushed = state.bank.visiting_debit(&ctx, request, &browser).await;
                let pushed = pushed.map_err(problem)?;
                Self::by(|acr| pushed.is_met_by(acr))
            }
            SignedPage::Approval
            | SignedPage::Raise { .. }
            | SignedPage::Lock
            | SignedPage::Delegate => any,
        })
    }

    fn by(is_met_by: impl Fn(Acr) -> bool) -> Self {
        Self {
            is_app_enough: is_met_by(Acr::BankApp),
            is_passkey_enough: is_met_by(Acr::PasskeyUvDynamic),
        }
    }
}
