//! Addresses that one company may be told to call or to send people to.

use core::net::{Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// True for an address on this very machine, which leads nobody anywhere else (demo, tests).
#[must_use]
pub fn stays_here(uri: &str) -> bool {
    Url::parse(uri).is_ok_and(|url| is_here(&url))
}

fn is_here(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            name == "localhost" || name.ends_with(".localhost")
        }
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// True for https, and for this very machine; never with a user's name in it.
#[must_use]
pub fn is_safe(uri: &str) -> bool {
    let Ok(url) = Url::parse(uri) else { return false };
    let is_plain =
        url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    is_plain && (url.scheme() == "https" || (url.scheme() == "http" && is_here(&url)))
}

/// True for an address inside of somebody's network: what a partner registers must not make this
/// company call its own machines (SSRF). This machine itself is another question ([`stays_here`]). A
/// name can still lead anywhere; where this company's machines may connect to is for the operator's
/// network to say.
#[must_use]
pub fn is_private(uri: &str) -> bool {
    let Ok(url) = Url::parse(uri) else { return true };
    match url.host() {
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            let is_bare = !name.contains('.') && name != "localhost";
            is_bare
                || [".local", ".internal", ".lan", ".home.arpa"]
                    .iter()
                    .any(|end| name.ends_with(end))
        }
        Some(Host::Ipv4(address)) => is_inside(address.octets()),
        Some(Host::Ipv6(address)) => match embedded(address) {
            Some(within) => is_inside(within.octets()) || within.is_loopback(),
            None => {
                address.is_unspecified()
                    || address.is_unique_local()
                    || address.is_unicast_link_local()
                    || address.is_multicast()
            }
        },
        None => true,
    }
}

/// The IPv4 address that an IPv6 one leads to: mapped or compatible (RFC 4291 section 2.5.5), by NAT64
/// (RFC 6052) or by 6to4 (RFC 3056). A network's own NAT64 prefix (RFC 8215) puts it where that network
/// likes, and Teredo (RFC 4380) hides it: both count as nowhere.
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let last = |high: u16, low: u16| Ipv4Addr::from_bits((u32::from(high) << 16) | u32::from(low));
    match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low]
        | [0x64, 0xff9b, 0, 0, 0, 0, high, low]
        | [0x2002, high, low, ..] => Some(last(high, low)),
        // `::` and `::1` are themselves.
        [0, 0, 0, 0, 0, 0, high, low] if high != 0 || low > 1 => Some(last(high, low)),
        [0x64, 0xff9b, 1, ..] | [0x2001, 0, ..] => Some(Ipv4Addr::UNSPECIFIED),
        _ => None,
    }
}

/// RFC 6890: private, shared, link-local (where clouds answer about themselves), and nowhere.
const fn is_inside(address: [u8; 4]) -> bool {
    matches!(
        address,
        [0 | 10 | 224..=255, ..]
            | [100, 64..=127, ..]
            | [169, 254, ..]
            | [172, 16..=31, ..]
            | [192, 168, ..]
    )
}

/// The origin of an address, as a browser compares it.
#[must_use]
pub fn origin(uri: &str) -> Option<String> {
    Url::parse(uri).ok().map(|url| url.origin().ascii_serialization())
}

#[cfg(test)]
mod tests {
    use super::{is_private, is_safe};

    #[test]
    fn nobody_registers_an_address_inside_our_network() {
        for inside in [
            "https://10.0.0.1/x",
            "https://172.16.3.4/x",
            "https://192.168.1.1/x",
            "https://169.254.169.254/latest",
            "https://100.64.0.1/",
            "https://0.0.0.0/",
            "https://[fd00::1]/",
            "https://[fe80::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[::10.0.0.1]/",
            "https://[::2]/",
            "https://[64:ff9b:1:a00:0:100::]/",
            "https://[2001:0:5ef5:79fb::1]/",
            "https://[64:ff9b::10.0.0.1]/",
            "https://[64:ff9b::7f00:1]/",
            "https://[64:ff9b:1::169.254.169.254]/",
            "https://[2002:a00:1::1]/",
            "https://[2002:c0a8:101::1]/",
            "https://0x0a000001/",
            "https://167772161/",
            "https://core/",
            "https://core.internal/",
            "https://core.internal./",
            "https://printer.local/",
            "not an address",
        ] {
            assert!(is_private(inside), "{inside}");
        }
        for outside in
            ["https://wallet.example/ciba/9901", "https://203.0.113.9/", "http://localhost:8080/"]
        {
            assert!(!is_private(outside), "{outside}");
        }
    }

    #[test]
    fn people_and_calls_go_by_tls_or_stay_on_this_machine() {
        for good in
            ["https://wallet.example/callback/0001", "http://wallet.localhost:8080/callback/9901"]
        {
            assert!(is_safe(good), "{good}");
        }
        for bad in [
            "http://wallet.example/callback",
            "http://localhost.evil.example/",
            "https://user:word@wallet.example/",
            "https://wallet.example/#part",
            "javascript:alert(1)",
            "",
        ] {
            assert!(!is_safe(bad), "{bad}");
        }
    }
}
