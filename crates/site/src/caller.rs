//! Who calls, as far as the connection tells: address, language, device.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
};

use axum::extract::ConnectInfo;
use http::{Extensions, HeaderMap, request::Parts};
use kanuki_domain::Masked;

use crate::{Lang, cookie, site::Site};

/// The peer's address, put on a request by whoever accepted the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer(pub IpAddr);

/// One request's origin. The user agent is ignored: it is whatever the caller says it is.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The peer, or what our own proxy says when it is trusted.
    pub address: IpAddr,
    /// The network the address is in, for counting: `/24` for IPv4, `/48` for IPv6.
    pub address_block: String,
    /// The address as it is counted: see [`address_line`]; empty for nobody in particular.
    pub(crate) line: String,
    /// The language of pages.
    pub lang: Lang,
    /// A random name that this browser keeps in a cookie.
    pub device: Masked<String>,
    /// True when the browser did not bring that cookie.
    pub is_new_device: bool,
    /// Path and query, for the language switch and the way back after sign-in.
    pub path: String,
    /// A random name of this request, in the log and on error pages.
    pub request_id: String,
}

impl Caller {
    /// Reads what the request says about its origin.
    pub(crate) fn of(site: &Site, parts: &Parts) -> Self {
        let address = address(&parts.extensions, &parts.headers, site.config.trusts_forwarded_for);
        let block = address_block(address);
        let moment = site.world.moment(&block);
        let brought = cookie::read(&parts.headers, &site.device_cookie_name())
            .filter(|value| cookie::is_token(value));
        let path = parts.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
        let is_new_device = brought.is_none();
        let device = brought.map_or_else(|| cookie::random_token(&moment.ctx()), str::to_owned);
        let request_id = request_id(moment.ctx().random());
        Self {
            address,
            address_block: block,
            line: address_line(address),
            lang: Lang::of(&parts.headers),
            device: Masked::new(device),
            is_new_device,
            path: path.to_owned(),
            request_id,
        }
    }
}

impl Caller {
    /// Who was read from the request before.
    pub(crate) fn known(parts: &Parts) -> Arc<Self> {
        let known = parts.extensions.get::<Arc<Self>>().map(Arc::clone);
        known.unwrap_or_else(|| {
            // Only in a router that was not wrapped by `Site::serve`: nobody in particular.
            Arc::new(Self {
                address: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
                address_block: String::new(),
                line: String::new(),
                lang: Lang::of(&parts.headers),
                device: Masked::default(),
                is_new_device: true,
                path: parts.uri.path().to_owned(),
                request_id: String::new(),
            })
        })
    }
}

fn address(extensions: &Extensions, headers: &HeaderMap, trusts_forwarded_for: bool) -> IpAddr {
    let forwarded = || {
        // The last entry is the one our own proxy added; earlier ones are the caller's word.
        let line = headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
        line.rsplit(',').next()?.trim().parse().ok()
    };
    let peer = || {
        let connection = extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        extensions.get::<Peer>().map(|peer| peer.0).or(connection)
    };
    let address = if trusts_forwarded_for { forwarded().or_else(peer) } else { peer() };
    address.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |address| address.to_canonical())
}

/// The network that `address` is counted with.
#[must_use]
pub fn address_block(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        IpAddr::V6(v6) => {
            let [a, b, c, ..] = v6.segments();
            format!("{}/48", Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0))
        }
    }
}

/// The name that `address` is counted by: as much of it as its owner cannot choose. Who has a line of IPv6 has
/// all addresses of a /64, and a browser takes another one of them every day.
#[must_use]
pub fn address_line(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

fn request_id(random: [u8; 8]) -> String {
    let bits = u128::from(u64::from_be_bytes(random));
    kanuki_domain::id::encode_base32(bits).chars().skip(14).collect()
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn neighbors_are_counted_together() {
        let block = |text: &str| address_block(text.parse().unwrap());

        assert_eq!(block("203.0.113.9"), "203.0.113.0/24");
        assert_eq!(block("::ffff:203.0.113.77"), "203.0.113.0/24");
        assert_eq!(block("2001:db8:1:2::3"), "2001:db8:1::/48");
    }

    #[test]
    fn an_address_is_counted_by_what_its_owner_cannot_choose() {
        let line = |text: &str| address_line(text.parse().unwrap());

        assert_eq!(line("203.0.113.9"), "203.0.113.9");
        assert_eq!(line("::ffff:203.0.113.9"), "203.0.113.9");
        assert_eq!(line("2001:db8:1:2::3"), "2001:db8:1:2::/64");
        assert_eq!(line("2001:db8:1:2:ffff::3"), line("2001:db8:1:2::3"), "tomorrow's");
        assert_ne!(line("2001:db8:1:3::3"), line("2001:db8:1:2::3"), "a neighbour");
    }

    #[test]
    fn forwarded_address_counts_only_behind_our_proxy() {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", HeaderValue::from_static("10.9.9.9, 198.51.100.4"));
        let mut extensions = Extensions::new();
        extensions.insert(Peer("192.0.2.1".parse().unwrap()));

        let direct = address(&extensions, &headers, false);
        let proxied = address(&extensions, &headers, true);

        assert_eq!(direct.to_string(), "192.0.2.1");
        assert_eq!(proxied.to_string(), "198.51.100.4");
    }
}
