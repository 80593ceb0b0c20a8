//! Something to sign in with beside the passkey, by a signature of it: an identity card, or the bank's
//! app on this telephone.

use axum::response::{IntoResponse, Redirect};
use kanuki_bank::holder::let_in::{Newcomer, Permit};
use kanuki_domain::id::CeremonyId;
use kanuki_site::{
    Answer, PageMeta, Visit,
    ui::{self, PasskeyForm, PasskeyMode, Tone},
};
use maud::html;
use serde::Deserialize;

use crate::{BankState, app, card::Resume, home, plain, refusal::problem};

const BACK: &str = "/holder/security";

/// What its pages say, and where they are.
struct Words {
    purpose: &'static str,
    path: &'static str,
    title: &'static str,
    lead: &'static str,
    what: &'static str,
    button: &'static str,
    passkey: &'static str,
    passkey_next: &'static str,
    then: &'static str,
    then_what: &'static str,
}

const CARD: Words = Words {
    purpose: "card_permit",
    path: "/holder/card",
    title: "idcard-add-title",
    lead: "idcard-add-lead",
    what: "idcard-add-what",
    button: "idcard-add-button",
    passkey: "idcard-add-passkey",
    passkey_next: "idcard-add-passkey.next",
    then: "idcard-add-then",
    then_what: "idcard-add-then.what",
};

const APP: Words = Words {
    purpose: "app_permit",
    path: "/holder/app",
    title: "bankapp-add-title",
    lead: "bankapp-add-lead",
    what: "bankapp-add-what",
    button: "bankapp-add-button",
    passkey: "bankapp-add-passkey",
    passkey_next: "bankapp-add-passkey.next",
    then: "bankapp-add-then",
    then_what: "bankapp-add-then.what",
};

const fn words(newcomer: Newcomer) -> &'static Words {
    match newcomer {
        Newcomer::Card => &CARD,
        Newcomer::App => &APP,
    }
}

/// Shows what will be signed.
pub(super) async fn page(state: &BankState, visit: &Visit, newcomer: Newcomer) -> Answer {
    let holder_id = visit.require_holder()?;
    let (ctx, words) = (visit.ctx(), words(newcomer));
    let started = state.bank.start_permit(&ctx, holder_id, newcomer).await;
    let (options, mut permit) = started.map_err(problem)?;
    let pairs = vec![(visit.t(words.title), html! { (visit.t(words.what)) })];
    permit.showing(plain::shown(visit, &pairs));
    let ceremonies = &visit.site.ceremonies;
    let ceremony = ceremonies.open(&ctx, words.purpose, &visit.binding(), &permit).await?;
    let title = visit.t(words.title);
    // Whoever has no passkey has let in something else already.
    let has_passkey = !options.is_empty();
    let form = PasskeyForm {
        mode: PasskeyMode::Get,
        action: words.path.to_owned(),
        options,
        ceremony,
        csrf: visit.csrf_field(),
        label: visit.t(words.button),
        body: html! { p { (visit.t(words.what)) } },
        alternative: Some((BACK.to_owned(), visit.t("idcard-add-leave"))),
    };
    let body = html! {
        (ui::heading(&title, Some(&visit.t(words.lead))))
        @if has_passkey {
            (ui::card(None, ui::passkey_form(&visit.words(), &form)))
        } @else {
            (ui::notice(Tone::Info, &visit.t(words.passkey), html! {
                p { (visit.t(words.passkey_next)) }
            }))
        }
        (ui::notice(Tone::Info, &visit.t(words.then), html! {
            p { (visit.t(words.then_what)) }
        }))
    };
    let meta = PageMeta::new(title).nav(home::nav(visit, BACK)).back(BACK);
    Ok(visit.page(&meta, body).into_response())
}

/// What the passkey answered.
#[derive(Deserialize)]
pub(super) struct Signed {
    credential: String,
    ceremony: CeremonyId,
}

/// Signed: on to the operator's app for the card, or to the bank's.
pub(super) async fn signed(
    state: &BankState,
    visit: &Visit,
    newcomer: Newcomer,
    form: Signed,
) -> Answer {
    let holder_id = visit.require_holder()?;
    let (ctx, purpose) = (visit.ctx(), words(newcomer).purpose);
    let taken = visit.site.ceremonies.take(&ctx, form.ceremony, purpose, &visit.binding()).await?;
    let permit: Permit = taken.state()?;
    let device = visit.device_hash();
    let who = (holder_id, taken.binding.as_str(), device.as_str());
    let answer = (form.credential.as_str(), &permit);
    let resume = Resume::Added.kept()?;
    let bank = &state.bank;
    match newcomer {
        Newcomer::Card => {
            let url = bank.finish_card_permit(&ctx, who, answer, resume).await;
            Ok(Redirect::to(&url.map_err(problem)?).into_response())
        }
        Newcomer::App => {
            let reference = bank.finish_app_permit(&ctx, who, answer, resume).await;
            Ok(app::to_app(&reference.map_err(problem)?).into_response())
        }
    }
}
