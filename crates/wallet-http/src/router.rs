//! Every route in one place.

use std::sync::Arc;

use axum::Router;

use crate::{WalletState, api, customer, desk, events, exchange, merchant, ping, public};

/// The whole server.
pub fn router(state: WalletState) -> Router {
    router_with(state, Router::new())
}

/// The whole server with routes of the caller's beside its own, such as the demo's.
pub fn router_with(state: WalletState, extra: Router) -> Router {
    let site = Arc::clone(&state.site);
    let own = Router::new()
        .merge(customer::routes())
        .merge(public::routes())
        .merge(merchant::routes())
        .merge(api::routes())
        .merge(events::routes())
        .merge(kanuki_desk_http::signals::routes())
        .merge(exchange::routes())
        .merge(ping::routes())
        .merge(desk::routes(&state))
        .with_state(state);
    site.serve(own.merge(extra))
}
