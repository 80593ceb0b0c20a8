//! Fetching what a partner told us and pushing did not bring (RFC 8936).

use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use kanuki_bank::{
    BankError,
    event::{EventError, Fetching},
};
use kanuki_domain::Ctx;
use kanuki_site::signals;
use kanuki_wire::{
    json,
    set::{PollAnswer, PollRequest, SetRefusal},
};

use crate::BankState;

/// The most answers that one pass takes from one partner; the rest comes with the next pass.
const ROUNDS_MAX: usize = 10;

/// Asks every partner whose events come to us; how many events were taken.
pub(super) async fn fetch(state: &BankState, ctx: &Ctx<'_>) -> Result<usize, BankError> {
    let mut taken: usize = 0;
    for partner in state.bank.partners().await? {
        let mut asked = PollRequest { return_immediately: Some(true), ..PollRequest::default() };
        for _ in 0..ROUNDS_MAX {
            let Some(fetching) = state.bank.fetching(ctx, &partner)? else { break };
            let Some(answer) = exchange(state, &fetching, &asked).await else { break };
            asked.ack.clear();
            asked.set_errs.clear();
            for (jti, token) in &answer.sets {
                judge(state, ctx, jti, token, &mut asked).await;
            }
            if asked.ack.is_empty() && asked.set_errs.is_empty() {
                break;
            }
            taken = taken.saturating_add(asked.ack.len());
        }
    }
    Ok(taken)
}

/// Acts on one token, as if it had been pushed, and notes what its teller is told of it. What cannot
/// be acted on now is told nothing: it comes again.
async fn judge(state: &BankState, ctx: &Ctx<'_>, jti: &str, token: &str, said: &mut PollRequest) {
    let code = match state.bank.receive_event(ctx, token).await {
        Ok(()) => None,
        Err(EventError::Token(error)) => error.delivery_code(),
        Err(EventError::Reused) => {
            signals::count_reused(&state.site);
            Some("invalid_request")
        }
        Err(EventError::Bank(BankError::NotAvailable)) => Some("invalid_request"),
        Err(EventError::Bank(error)) => {
            tracing::warn!(%error, "a fetched event waits");
            return;
        }
    };
    match code {
        None => said.ack.push(jti.to_owned()),
        Some(code) => {
            let help = "Event tokens that were refused";
            state.site.metrics.count("events_refused", help, &[("code", code)]);
            let description = "the token is not good".to_owned();
            let refusal = SetRefusal { err: code.to_owned(), description };
            said.set_errs.insert(jti.to_owned(), refusal);
        }
    }
}

async fn exchange(
    state: &BankState,
    fetching: &Fetching,
    asked: &PollRequest,
) -> Option<PollAnswer> {
    let body = serde_json::to_vec(asked).ok()?;
    let request = Request::builder()
        .method(Method::POST)
        .uri(&fetching.url)
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::ACCEPT, "application/json")
        .header(header::AUTHORIZATION, format!("Bearer {}", fetching.assertion))
        .body(Bytes::from(body))
        .ok()?;
    match state.site.world.transport.call(request).await {
        Ok(answer) if answer.status() == StatusCode::OK => json::read(answer.body()).ok(),
        Ok(answer) => {
            let status = answer.status().as_u16();
            tracing::info!(status, "a partner lets nothing be fetched");
            None
        }
        Err(error) => {
            tracing::warn!(%error, "a partner's events could not be fetched");
            None
        }
    }
}
