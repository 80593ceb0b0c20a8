//! Fetching partners' keys from where the registry says.

use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use kanuki_bank::{BankError, partner::Partner};
use kanuki_domain::Ctx;
use kanuki_wire::{Form, client_assertion::Credentials};

use crate::BankState;

/// Looks once whether the sender of `form` has published a new key, if it signed with one that is
/// not known. Whether the form is good is for others to say. Answers with who it says it is from;
/// after a look with nobody, so that what it found is read.
pub(crate) async fn look_for_new(state: &BankState, form: &Form) -> Option<Arc<Partner>> {
    // A store that does not answer says so to whoever asks next.
    let claimed = match form.get("client_id") {
        Some(client_id) => state.bank.claimed(client_id).await.ok()?,
        None => None,
    };
    // Most partners' keys are in the registry: then nothing need be read twice.
    if form.get("client_id").is_some()
        && claimed.as_ref().is_none_or(|partner| partner.profile.jwks_uri.is_none())
    {
        return claimed;
    }
    let Ok(sent) = Credentials::from_form(form) else { return claimed };
    let moment = state.site.world.moment("");
    match fetch(state, &moment.ctx(), &sent.client_id, Some(&sent.assertion)).await {
        Ok(false) => claimed,
        Ok(true) => None,
        Err(error) => {
            tracing::warn!(%error, "a partner's keys could not be looked up");
            None
        }
    }
}

/// Asks for every partner's keys that are old; how many were asked for.
pub(crate) async fn refresh(state: &BankState, ctx: &Ctx<'_>) -> Result<usize, BankError> {
    let mut asked: usize = 0;
    for partner in state.bank.partners().await? {
        if fetch(state, ctx, &partner.client_id, None).await? {
            asked = asked.saturating_add(1);
        }
    }
    Ok(asked)
}

async fn fetch(
    state: &BankState,
    ctx: &Ctx<'_>,
    client_id: &str,
    token: Option<&str>,
) -> Result<bool, BankError> {
    let Some(uri) = state.bank.keys_to_fetch(ctx, client_id, token).await? else {
        return Ok(false);
    };
    let request = Request::builder()
        .method(Method::GET)
        .uri(&uri)
        .header(header::ACCEPT, "application/json")
        .body(Bytes::new());
    let Ok(request) = request else { return Ok(true) };
    match state.site.world.transport.call(request).await {
        Ok(answer) if answer.status() == StatusCode::OK => {
            state.bank.keep_partner_keys(ctx, (client_id, &uri), answer.body()).await?;
        }
        Ok(answer) => {
            tracing::warn!(status = answer.status().as_u16(), "a partner did not serve its keys");
        }
        Err(error) => tracing::warn!(%error, "a partner did not serve its keys"),
    }
    Ok(true)
}
