//! The authorization server and what its tokens open (facts: linking 1.1 to 1.6).

mod answer;
pub(crate) mod credits;
pub(crate) mod debits;
pub(crate) mod endpoints;
pub(crate) mod grants;
pub(crate) mod metadata;
pub(crate) mod partner_keys;
pub(crate) mod request;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware::from_fn_with_state,
    routing::{get, post},
};

use crate::BankState;

/// Debits and payouts are an id and an amount.
const JSON_BYTES_MAX: usize = 4 * 1024;

pub(crate) fn routes(state: &BankState) -> Router<BankState> {
    let forms = Router::new()
        .route("/par", post(endpoints::par))
        .route("/token", post(endpoints::token))
        .route("/bc-authorize", post(endpoints::ask_decoupled))
        .route("/revoke", post(endpoints::revoke))
        .route("/introspect", post(endpoints::introspect))
        .layer((
            from_fn_with_state(state.clone(), answer::around_form),
            DefaultBodyLimit::max(kanuki_wire::form::MAX_BYTES),
        ));
    let resources = Router::new()
        .route("/debits", post(debits::pull))
        .route("/debits/{id}", get(debits::find))
        .route("/credits", post(credits::pay))
        .route("/credits/{id}", get(credits::find))
        .route("/grants/{id}", get(grants::read).delete(grants::revoke))
        .layer((
            from_fn_with_state(state.clone(), answer::around),
            DefaultBodyLimit::max(JSON_BYTES_MAX),
        ));
    Router::new()
        .route(kanuki_wire::metadata::PATH, get(metadata::server))
        .route("/jwks", get(metadata::keys))
        .route("/.well-known/jwks.json", get(metadata::keys))
        .route("/ssf/jwks", get(metadata::event_keys))
        .route("/.well-known/ssf-configuration", get(metadata::transmitter))
        .merge(forms)
        .merge(resources)
}
