//! What every answer of the back channel has in common.

use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::Response,
};
use http::HeaderValue;
use kanuki_site::Problem;
use kanuki_wire::dpop;

use crate::{BankState, refusal::Refused};

/// Hands out the nonce for the next proof (RFC 9449 section 8.2) and counts refusals: a partner's
/// key that fails in series is somebody trying.
pub(super) async fn around(
    State(state): State<BankState>,
    path: MatchedPath,
    request: Request,
    next: Next,
) -> Response {
    let mut response = next.run(request).await;
    let nonce = state.bank.dpop_nonce(state.site.world.now());
    if let Ok(nonce) = HeaderValue::from_str(&nonce) {
        response.headers_mut().insert(dpop::NONCE_HEADER, nonce);
    }
    let extensions = response.extensions();
    let refused = extensions.get::<Refused>().map(|refused| refused.0);
    if let Some(error) = refused.or_else(|| extensions.get::<Problem>().map(Problem::code)) {
        let endpoint = path.as_str().trim_start_matches('/');
        let labels = [("endpoint", endpoint), ("error", error)];
        state.site.metrics.count("oauth_refusals", "Requests of partners refused", &labels);
    }
    response
}
