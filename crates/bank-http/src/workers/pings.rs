//! Pings to wallets that wait for a decision (CIBA Core section 10.2).

use bytes::Bytes;
use http::{Method, Request, header};
use kanuki_bank::{BankError, approval::ping::DuePing};
use kanuki_domain::Ctx;

use crate::BankState;

/// Sends what is due; says how many were heard.
pub(super) async fn send(state: &BankState, ctx: &Ctx<'_>) -> Result<usize, BankError> {
    let mut heard: usize = 0;
    for ping in state.bank.due_pings(ctx).await? {
        let is_heard = call(state, &ping).await;
        if let Err(error) = state.bank.ping_sent(ctx, &ping.name, is_heard).await {
            tracing::warn!(%error, "a ping was not noted; it comes again");
            continue;
        }
        if is_heard {
            heard = heard.saturating_add(1);
        }
    }
    Ok(heard)
}

/// Heard is what was answered with 2xx. A redirect is not followed (section 10.2).
async fn call(state: &BankState, ping: &DuePing) -> bool {
    let request = Request::builder()
        .method(Method::POST)
        .uri(&ping.url)
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::AUTHORIZATION, format!("Bearer {}", ping.token.expose()))
        .body(Bytes::from(ping.body.clone()));
    let Ok(request) = request else {
        tracing::error!("a partner's notification endpoint is wrong");
        return false;
    };
    match state.site.world.transport.call(request).await {
        Ok(answer) if answer.status().is_success() => true,
        Ok(answer) => {
            tracing::warn!(status = answer.status().as_u16(), "a ping was not taken");
            false
        }
        Err(error) => {
            tracing::warn!(%error, "a ping did not arrive");
            false
        }
    }
}
