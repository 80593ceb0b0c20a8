//! Event tokens to partners, pushed until they are acknowledged (RFC 8935).

use bytes::Bytes;
use http::{Method, Request, header};
use kanuki_bank::{BankError, event::Push, partner::Partner};
use kanuki_desk::signal::{
    gravity::Full,
    queue::{Heard, TURN_SECS},
};
use kanuki_wire::set;

use crate::BankState;

/// One partner's turn: pushes what is due to it until it does not answer or its time is over, and no more
/// of what it has no room for; says how many were acknowledged.
pub(super) async fn push(state: &BankState, partner: &Partner) -> Result<usize, BankError> {
    let mut acknowledged: usize = 0;
    let began = state.site.world.moment("");
    let mut full = Full::default();
    for push in state.bank.due_events(&began.ctx(), partner).await? {
        if full.is_for(push.gravity) {
            continue;
        }
        let heard = send(state, &push).await;
        full.note(push.gravity, heard);
        // Each at its own moment: the answer may have been long in coming.
        let moment = state.site.world.moment("");
        let ctx = moment.ctx();
        if let Err(error) = state.bank.event_pushed(&ctx, &push.event_id, heard).await {
            tracing::warn!(event.id = push.event_id, %error, "a push was not noted; it comes again");
        } else if heard == Heard::Taken {
            acknowledged = acknowledged.saturating_add(1);
        }
        let lasted = ctx.now.duration_since(began.ctx().now).as_secs();
        if heard == Heard::Silent || lasted >= TURN_SECS {
            break;
        }
    }
    Ok(acknowledged)
}

async fn send(state: &BankState, push: &Push) -> Heard {
    let request = Request::builder()
        .method(Method::POST)
        .uri(&push.url)
        .header(header::CONTENT_TYPE, set::MEDIA_TYPE)
        .header(header::ACCEPT, "application/json")
        .body(Bytes::from(push.token.clone()));
    let Ok(request) = request else {
        tracing::error!(event.id = push.event_id, "a partner's address is wrong");
        return Heard::Silent;
    };
    let status = match state.site.world.transport.call(request).await {
        Ok(answer) => Some(answer.status().as_u16()),
        Err(error) => {
            tracing::warn!(event.id = push.event_id, %error, "an event did not arrive");
            None
        }
    };
    let heard = Heard::of(status);
    if let (Some(status), Heard::Refused | Heard::Later | Heard::Silent) = (status, heard) {
        tracing::warn!(event.id = push.event_id, status, "an event was not taken");
    }
    heard
}
