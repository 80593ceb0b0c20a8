//! What every answer of the back channel has in common.

use std::{
    net::{IpAddr, Ipv6Addr},
    sync::Arc,
};

use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use http::HeaderValue;
use kanuki_bank::BankError;
use kanuki_site::{Problem, caller::Caller};
use kanuki_wire::{ErrorCode, dpop};

use crate::{
    BankState,
    refusal::{Refusal, Refused},
};

/// How often one address may fail to prove that it is a partner in a minute.
const FAILURES_PER_MINUTE: u32 = 600;

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

/// What failures are counted by: one address, and not the network it is in, where a partner may be the
/// neighbour of whoever fails. Of IPv6, what one customer of a network has.
fn source(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
    }
}

/// Looks at no more forms from an address that proved nothing time and again: each costs a signature to
/// check. What partners ask who have proven themselves is counted by who they are, never by this.
pub(super) async fn unproven(
    State(state): State<BankState>,
    request: Request,
    next: Next,
) -> Response {
    let (rates, now) = (&state.site.rates, state.site.world.now());
    let Some(caller) = request.extensions().get::<Arc<Caller>>() else {
        return next.run(request).await;
    };
    let key = format!("unproven|{}", source(caller.address));
    if let Some(secs) = rates.closed_for(now, &key, FAILURES_PER_MINUTE) {
        return Refusal::authorization(BankError::Busy { secs }).into_response();
    }
    let response = next.run(request).await;
    let refused = response.extensions().get::<Refused>().map(|refused| refused.0);
    if refused == Some(ErrorCode::InvalidClient.as_str()) {
        let _counted = rates.allow(now, &key, FAILURES_PER_MINUTE, 60);
    }
    response
}
