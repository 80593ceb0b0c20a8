//! The holder lets their identity card in beside their passkey: signs for it, then reads it.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect},
};
use kanuki_bank::holder::card::CardPermit;
use kanuki_domain::id::CeremonyId;
use kanuki_site::{
    Answer, PageMeta, Visit,
    csrf::CsrfForm,
    ui::{self, PasskeyForm, PasskeyMode, Tone},
};
use maud::html;
use serde::Deserialize;

use crate::{BankState, card::Resume, home, plain, refusal::problem};

const PURPOSE: &str = "card_permit";
const PATH: &str = "/holder/security";

/// Shows what will be signed.
pub(super) async fn show(State(state): State<BankState>, visit: Visit) -> Answer {
    let holder_id = visit.require_holder()?;
    let ctx = visit.ctx();
    let started = state.bank.start_card_permit(&ctx, holder_id).await;
    let (options, mut permit) = started.map_err(problem)?;
    let pairs = vec![(visit.t("idcard-add-title"), html! { (visit.t("idcard-add-what")) })];
    permit.showing(plain::shown(&visit, &pairs));
    let ceremony = visit.site.ceremonies.open(&ctx, PURPOSE, &visit.binding(), &permit).await?;
    let title = visit.t("idcard-add-title");
    // Whoever has a card and no passkey has let one in already.
    let has_passkey = !options.is_empty();
    let form = PasskeyForm {
        mode: PasskeyMode::Get,
        action: "/holder/card".to_owned(),
        options,
        ceremony,
        csrf: visit.csrf_field(),
        label: visit.t("idcard-add-button"),
        body: html! { p { (visit.t("idcard-add-what")) } },
        alternative: Some((PATH.to_owned(), visit.t("idcard-add-leave"))),
    };
    let body = html! {
        (ui::heading(&title, Some(&visit.t("idcard-add-lead"))))
        @if has_passkey {
            (ui::card(None, ui::passkey_form(&visit.words(), &form)))
        } @else {
            (ui::notice(Tone::Info, &visit.t("idcard-add-passkey"), html! {
                p { (visit.t("idcard-add-passkey.next")) }
            }))
        }
        (ui::notice(Tone::Info, &visit.t("idcard-add-then"), html! {
            p { (visit.t("idcard-add-then.what")) }
        }))
    };
    let meta = PageMeta::new(title).nav(home::nav(&visit, PATH)).back(PATH);
    Ok(visit.page(&meta, body).into_response())
}

#[derive(Deserialize)]
pub(super) struct Signed {
    credential: String,
    ceremony: CeremonyId,
}

/// Signed: on to the operator's app.
pub(super) async fn permit(
    State(state): State<BankState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Signed>,
) -> Answer {
    let holder_id = visit.require_holder()?;
    let ctx = visit.ctx();
    let taken = visit.site.ceremonies.take(&ctx, form.ceremony, PURPOSE, &visit.binding()).await?;
    let permit: CardPermit = taken.state()?;
    let device = visit.device_hash();
    let who = (holder_id, taken.binding.as_str(), device.as_str());
    let answer = (form.credential.as_str(), &permit);
    let resume = Resume::Added.kept()?;
    let url = state.bank.finish_card_permit(&ctx, who, answer, resume).await.map_err(problem)?;
    Ok(Redirect::to(&url).into_response())
}
