//! Pings to wallets that wait for a decision (CIBA Core section 10.2).

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{Method, Request, header};
use kanuki_bank::{BankError, approval::ping::DuePing};
use kanuki_desk::signal::queue::{TURN_SECS, side_by_side};
use kanuki_domain::Ctx;

use crate::BankState;

/// Sends what is due, to each partner side by side; says how many were heard.
pub(super) async fn send(state: &BankState, ctx: &Ctx<'_>) -> Result<usize, BankError> {
    let mut due: BTreeMap<String, Vec<DuePing>> = BTreeMap::new();
    for ping in state.bank.due_pings(ctx).await? {
        due.entry(ping.client_id.clone()).or_default().push(ping);
    }
    let turns = due.into_values().map(|pings| send_all(state, pings)).collect();
    Ok(side_by_side(turns).await.into_iter().fold(0, usize::saturating_add))
}

/// One partner's pings, until one is not heard, because the others would fare no better now, or until its
/// turn is over: whoever answers slowly keeps nobody else's alarms waiting.
async fn send_all(state: &BankState, pings: Vec<DuePing>) -> usize {
    let mut heard: usize = 0;
    let began = state.site.world.moment("").ctx().now;
    for ping in pings {
        let is_heard = call(state, &ping).await;
        let moment = state.site.world.moment("");
        if let Err(error) = state.bank.ping_sent(&moment.ctx(), &ping.name, is_heard).await {
            tracing::warn!(%error, "a ping was not noted; it comes again");
            continue;
        }
        if is_heard {
            heard = heard.saturating_add(1);
        }
        let lasted = moment.ctx().now.duration_since(began).as_secs();
        if !is_heard || lasted >= TURN_SECS {
            break;
        }
    }
    heard
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
