//! The identity card: to the platform operator's app and back.

use axum::{
    Form,
    extract::{Query, State},
    response::{IntoResponse, Redirect},
};
use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use http::StatusCode;
use kanuki_bank::BankError;
use kanuki_domain::{bank_account::AccountNumber, id::ParId};
use kanuki_jpki::SignatureResponse;
use kanuki_site::{
    Answer, PageMeta, Problem, Visit,
    ui::{self, Look, Tone},
};
use maud::{Markup, html};
use serde::Deserialize;

use super::{at, over};
use crate::{BankState, refusal::problem};

/// Answers that one network may bring in an hour.
const ANSWERS_MAX: u32 = 60;

/// Sends the browser to the operator's app.
pub(super) async fn set_out(
    state: &BankState,
    visit: &Visit,
    account: &AccountNumber,
    request: Option<ParId>,
) -> Answer {
    let browser = visit.device_hash();
    let url = state.bank.start_card(&visit.ctx(), account, &browser, request).await;
    Ok(Redirect::to(&url.map_err(problem)?).into_response())
}

/// What the operator's app posts, from its own page.
#[derive(Deserialize)]
pub(super) struct Posted {
    state: String,
    certificate: String,
    signature: String,
}

/// Either alphabet, with padding or without: the operator's choice.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    let config =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let plain = text.replace('-', "+").replace('_', "/");
    GeneralPurpose::new(&alphabet::STANDARD, config).decode(plain.trim()).ok()
}

/// Comes from another site and so without our cookies and token; `state` is what binds it. It is
/// only kept here; the browser's own next request is what looks at it.
pub(super) async fn receive(
    State(state): State<BankState>,
    visit: Visit,
    Form(form): Form<Posted>,
) -> Answer {
    if !visit.allow("card-answer", ANSWERS_MAX, 3_600) {
        return Err(Problem::too_many());
    }
    let bad = || Problem::bad_request("bad_form");
    let answer = SignatureResponse {
        certificate: decode(&form.certificate).ok_or_else(bad)?,
        signature: decode(&form.signature).ok_or_else(bad)?,
    };
    let received = state.bank.receive_card(&visit.ctx(), &form.state, &answer).await;
    let handle = received.map_err(over)?;
    let pairs = [("state", &form.state), ("handle", &handle)];
    let query = serde_urlencoded::to_string(pairs).unwrap_or_default();
    Ok(Redirect::to(&format!("/enrol/card?{query}")).into_response())
}

#[derive(Deserialize)]
pub(super) struct Back {
    state: String,
    #[serde(default)]
    handle: String,
}

pub(super) async fn finish(
    State(state): State<BankState>,
    visit: Visit,
    Query(back): Query<Back>,
) -> Answer {
    let (ctx, browser) = (visit.ctx(), visit.device_hash());
    let came_with = (back.state.as_str(), back.handle.as_str());
    match state.bank.finish_card(&ctx, &browser, came_with).await {
        Ok((id, request)) => Ok(Redirect::to(&at("/enrol/passkey", id, request)).into_response()),
        Err(BankError::NotTheSamePerson) => {
            Ok((StatusCode::FORBIDDEN, refused(&visit)).into_response())
        }
        Err(error) => Err(over(error)),
    }
}

/// One page for every reason: what is on file is nobody's to learn here.
fn refused(visit: &Visit) -> Markup {
    let title = visit.t("enrol-card-refused");
    let body = html! {
        (ui::heading(&title, None))
        (ui::notice(Tone::Error, &visit.t("enrol-card-refused.what"), html! {
            p { (visit.t("enrol-card-refused.next")) }
        }))
        (ui::actions(ui::link_button(Look::Primary, "/enrol", &visit.t("enrol-other-way"))))
    };
    visit.page(&PageMeta::new(title), body)
}
