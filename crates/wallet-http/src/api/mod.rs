//! `/api/v1`: the wallet for scripts of its own pages, with the session's cookie.
//!
//! Whatever changes something needs the `x-csrf-token` that `GET /api/v1/wallet` hands out, and
//! whatever moves money an `Idempotency-Key`: the same key is the same movement for ever. Amounts
//! are strings of digits in yen; refusals are problem+json with stable codes.

mod money;
mod openapi;
mod request;
pub(crate) mod schema;
mod wallet;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{get, post},
};

use crate::WalletState;

/// A request is an id or a code, and an amount.
const JSON_BYTES_MAX: usize = 8 * 1024;

pub(crate) fn routes() -> Router<WalletState> {
    Router::new()
        .route("/api/v1/wallet", get(wallet::show))
        .route("/api/v1/links", get(wallet::links))
        .route("/api/v1/statement", get(wallet::statement))
        .route("/api/v1/freeze", post(wallet::freeze))
        .route("/api/v1/topups", post(money::top_up))
        .route("/api/v1/topups/{id}", get(money::find_topup))
        .route("/api/v1/payments", post(money::pay))
        .route("/api/v1/payments/{id}", get(money::find_payment))
        .layer(DefaultBodyLimit::max(JSON_BYTES_MAX))
        .merge(openapi::routes())
}
