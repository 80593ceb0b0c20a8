//! Where the bank's own channels report: the telephone exchange, the machines, the branches'
//! terminals, the letter house.
//!
//! A listener of its own inside the bank, never part of the public router. Each channel has its own
//! secret and can say only what it alone can know; a channel without a secret does not exist.

mod reports;
mod secrets;

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse as _, Response},
    routing::post,
};
use http::{HeaderValue, StatusCode, header};
use kanuki_bank::channel::Channel;
use kanuki_domain::Masked;
use kanuki_site::Problem;

use crate::BankState;
pub use secrets::{ChannelSecrets, SharedSecret};

/// A report is an id, a number or two and a name.
const REPORT_BYTES_MAX: usize = 2 * 1024;

/// One channel's door.
#[derive(Clone)]
struct Door {
    channel: Channel,
    secret: Masked<String>,
    state: BankState,
}

/// The channels' router, for a listener that nobody outside the bank can reach.
pub fn channel_router(state: &BankState, secrets: &ChannelSecrets) -> Router {
    let mut router = Router::new();
    for (channel, secret) in secrets.each() {
        let door = Door { channel, secret: secret.clone(), state: state.clone() };
        let inside = match channel {
            Channel::Telephone => Router::new().route("/channels/calls", post(reports::call)),
            Channel::Atm => Router::new().route("/channels/atm/codes", post(reports::card)),
            Channel::Branch => {
                Router::new().route("/channels/branch/activations", post(reports::visit))
            }
            Channel::Letters => Router::new().route("/channels/letters", post(reports::letter)),
        };
        router = router.merge(inside.layer(from_fn_with_state(door, enter)));
    }
    router
        .fallback(async || Problem::not_found())
        .method_not_allowed_fallback(async || {
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed")
        })
        .layer(DefaultBodyLimit::max(REPORT_BYTES_MAX))
        .with_state(state.clone())
}

/// Lets a report in with its channel's secret, counts it, and keeps its answer out of caches.
async fn enter(State(door): State<Door>, request: Request, next: Next) -> Response {
    let given = secrets::bearer(request.headers());
    let mut response = if secrets::is_same(given, &door.secret) {
        next.run(request).await
    } else {
        tracing::warn!(channel = door.channel.name(), "a report without its channel's secret");
        let challenge = HeaderValue::from_static("Bearer");
        Problem::new(StatusCode::UNAUTHORIZED, "unauthorized")
            .header(header::WWW_AUTHENTICATE, challenge)
            .into_response()
    };
    let status = response.status().as_u16().to_string();
    let labels = [("channel", door.channel.name()), ("status", status.as_str())];
    door.state.site.metrics.count("channel_reports", "Reports of the bank's channels", &labels);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
