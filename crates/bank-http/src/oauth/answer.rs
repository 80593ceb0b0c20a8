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
use http::{HeaderMap, HeaderValue};
use kanuki_bank::BankError;
use kanuki_domain::{
    id::{derive_bits, encode_base32},
    limits::DAY_SECS,
};
use kanuki_site::{Problem, caller::Caller};
use kanuki_wire::{ErrorCode, client_cert, dpop};

use crate::{
    BankState,
    refusal::{Refusal, Refused},
};

/// How often one address may fail to prove that it is a partner in a minute.
const FAILURES_PER_MINUTE: u32 = 600;
/// How often all addresses together that one customer of a network has (IPv6) may: a neighbor there may be
/// a partner that has not proven itself yet.
const NETWORK_FAILURES_PER_MINUTE: u32 = 6_000;
/// The longest beginning of a proof that is looked at.
const SHOWN_BYTES_MAX: usize = 4 * 1024;

/// Around whatever an access token opens.
pub(super) async fn around(
    State(state): State<BankState>,
    path: MatchedPath,
    request: Request,
    next: Next,
) -> Response {
    finished(&state, &path, next.run(request).await)
}

/// Around the forms of the authorization server. Both in one layer: each by itself copies all of what is
/// within it once more for every request.
pub(super) async fn around_form(
    State(state): State<BankState>,
    path: MatchedPath,
    request: Request,
    next: Next,
) -> Response {
    finished(&state, &path, unproven(&state, request, next).await)
}

/// Hands out the nonce for the next proof (RFC 9449 section 8.2) and counts refusals: a partner's
/// key that fails in series is somebody trying.
fn finished(state: &BankState, path: &MatchedPath, mut response: Response) -> Response {
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

/// Of IPv6, what one customer of a network has; else the address itself.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
    }
}

/// A name for the key that a request shows, before anything is proven: of a `DPoP` proof what stands before
/// its claims, or the certificate of the connection. Nobody but its owner and the bank has seen either, so
/// whoever only shares an address with a partner cannot show it.
fn shown(headers: &HeaderMap, network: IpAddr) -> Option<String> {
    let header = headers.get(dpop::HEADER).or_else(|| headers.get(client_cert::HEADER))?;
    let value = header.to_str().ok()?;
    let key = value.split('.').next().unwrap_or(value);
    let is_short = key.len() <= SHOWN_BYTES_MAX;
    let name = || encode_base32(derive_bits(&[&network.to_string(), key]));
    is_short.then(|| format!("proven|{}", name()))
}

/// By what a failure of this request is counted, and how many of each there may be in a minute. Whoever
/// proved a key within the day has a count of its own, which no neighbor fills.
fn counted(address: IpAddr, known: Option<&str>) -> Vec<(String, u32)> {
    if let Some(known) = known {
        return vec![(format!("unproven|{known}"), FAILURES_PER_MINUTE)];
    }
    let mut all = vec![(format!("unproven|{address}"), FAILURES_PER_MINUTE)];
    let network = network(address);
    if network != address {
        all.push((format!("unproven|{network}/64"), NETWORK_FAILURES_PER_MINUTE));
    }
    all
}

/// Looks at no more forms from an address that proved nothing time and again: each costs a signature to
/// check. What partners ask who have proven themselves is counted by who they are, and never by this.
async fn unproven(state: &BankState, request: Request, next: Next) -> Response {
    let (rates, now) = (&state.site.rates, state.site.world.now());
    let Some(address) = request.extensions().get::<Arc<Caller>>().map(|caller| caller.address)
    else {
        return next.run(request).await;
    };
    let shown = shown(request.headers(), network(address));
    let is_known = |name: &&String| rates.closed_for(now, name, 1).is_some();
    let counted = counted(address, shown.as_ref().filter(is_known).map(String::as_str));
    let closed = counted.iter().find_map(|(key, max)| rates.closed_for(now, key, *max));
    if let Some(secs) = closed {
        return Refusal::authorization(BankError::Busy { secs }).into_response();
    }
    let response = next.run(request).await;
    let refused = response.extensions().get::<Refused>().map(|refused| refused.0);
    if refused == Some(ErrorCode::InvalidClient.as_str()) {
        for (key, max) in &counted {
            let _counted = rates.allow(now, key, *max, 60);
        }
    } else if response.status().is_success()
        && let Some(name) = &shown
    {
        let _known = rates.allow(now, name, 1, DAY_SECS);
    }
    response
}
