//! Event tokens to partners, pushed until they are acknowledged (RFC 8935).

use bytes::Bytes;
use http::{Method, Request, header};
use kanuki_bank::BankError;
use kanuki_domain::Ctx;
use kanuki_wire::set;

use crate::BankState;

/// Pushes what is due; says how many were acknowledged.
pub(super) async fn push(state: &BankState, ctx: &Ctx<'_>) -> Result<usize, BankError> {
    let mut acknowledged: usize = 0;
    for push in state.bank.due_events(ctx).await? {
        let request = Request::builder()
            .method(Method::POST)
            .uri(&push.url)
            .header(header::CONTENT_TYPE, set::MEDIA_TYPE)
            .header(header::ACCEPT, "application/json")
            .body(Bytes::from(push.token));
        let is_taken = match request {
            Ok(request) => match state.site.world.transport.call(request).await {
                Ok(answer) if answer.status().is_success() => true,
                Ok(answer) => {
                    let status = answer.status().as_u16();
                    tracing::warn!(event.id = push.event_id, status, "an event was not taken");
                    false
                }
                Err(error) => {
                    tracing::warn!(event.id = push.event_id, %error, "an event did not arrive");
                    false
                }
            },
            Err(error) => {
                tracing::error!(event.id = push.event_id, %error, "a partner's address is wrong");
                false
            }
        };
        if let Err(error) = state.bank.event_pushed(ctx, &push.event_id, is_taken).await {
            tracing::warn!(event.id = push.event_id, %error, "a push was not noted; it comes again");
            continue;
        }
        if is_taken {
            acknowledged = acknowledged.saturating_add(1);
        }
    }
    Ok(acknowledged)
}
