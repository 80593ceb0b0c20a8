//! Addresses that one company may be told to call or to send people to.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

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

/// True for an address that a partner may register to be fetched from or posted to: [`is_safe`], and
/// not inside of somebody's network (SSRF). This very machine is one, for the demo and tests; whether
/// it is called is asked when something is sent ([`may_be_called_by`]).
#[must_use]
pub fn may_be_called(uri: &str) -> bool {
    is_safe(uri) && !is_private(uri)
}

/// The same when something is about to be sent: only a company that is itself on this machine, by its
/// own `issuer`, calls this machine.
#[must_use]
pub fn may_be_called_by(uri: &str, issuer: &str) -> bool {
    may_be_called(uri) && (stays_here(issuer) || !stays_here(uri))
}

/// True for an address that a name of a partner's must not lead to once it is resolved: one inside of
/// somebody's network, or this machine.
#[must_use]
pub fn is_inside(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_loopback() || is_inside_v4(address.octets()),
        IpAddr::V6(address) => address.is_loopback() || is_inside_v6(address),
    }
}

/// True for an address inside of somebody's network: what a partner registers must not make this
/// company call its own machines. This machine itself is another question ([`stays_here`]), and where
/// a name leads is asked of what it resolves to ([`is_inside`]).
#[must_use]
pub fn is_private(uri: &str) -> bool {
    let Ok(url) = Url::parse(uri) else { return true };
    match url.host() {
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            let is_bare = !name.contains('.') && name != "localhost";
            is_bare
                || [".local", ".internal", ".lan", ".home.arpa", ".localdomain"]
                    .iter()
                    .any(|end| name.ends_with(end))
        }
        Some(Host::Ipv4(address)) => is_inside_v4(address.octets()),
        Some(Host::Ipv6(address)) => is_inside_v6(address),
        None => true,
    }
}

fn is_inside_v6(address: Ipv6Addr) -> bool {
    match embedded(address) {
        Some(within) => is_inside_v4(within.octets()) || within.is_loopback(),
        None => {
            address.is_unspecified()
                || address.is_unique_local()
                || address.is_unicast_link_local()
                || address.is_multicast()
                // Site-local, which RFC 3879 ended and machines still have.
                || matches!(address.segments(), [0xfec0..=0xfeff, ..])
        }
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

/// RFC 6890: private, shared, link-local and protocol assignments (where clouds answer about
/// themselves), benchmarks, and nowhere.
const fn is_inside_v4(address: [u8; 4]) -> bool {
    matches!(
        address,
        [0 | 10 | 224..=255, ..]
            | [100, 64..=127, ..]
            | [169, 254, ..]
            | [172, 16..=31, ..]
            | [192, 168, ..]
            | [192, 0, 0, _]
            | [198, 18..=19, ..]
    )
}

/// The origin of an address, as a browser compares it.
#[must_use]
pub fn origin(uri: &str) -> Option<String> {
    Url::parse(uri).ok().map(|url| url.origin().ascii_serialization())
}

#[cfg(test)]
mod tests {
    use super::{is_inside, is_private, is_safe, may_be_called, may_be_called_by};

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
            "https://[fec0::1]/",
            "https://192.0.0.192/opc/v2/instance/",
            "https://198.18.0.1/",
            "https://0x0a000001/",
            "https://167772161/",
            "https://core/",
            "https://core.internal/",
            "https://core.internal./",
            "https://printer.local/",
            "not an address",
        ] {
            assert!(is_private(inside), "{inside}");
            assert!(!may_be_called(inside), "{inside}");
        }
        for outside in
            ["https://wallet.example/ciba/9901", "https://203.0.113.9/", "http://localhost:8080/"]
        {
            assert!(!is_private(outside), "{outside}");
            assert!(may_be_called(outside), "{outside}");
        }
    }

    #[test]
    fn only_a_company_on_this_machine_calls_this_machine() {
        let (here, apart) = ("http://localhost:8080", "https://bank.example");
        for uri in ["http://localhost:9/jwks", "https://127.0.0.1/", "https://[::1]/"] {
            assert!(may_be_called_by(uri, here), "{uri}");
            assert!(!may_be_called_by(uri, apart), "{uri}");
        }
        assert!(may_be_called_by("https://wallet.example/jwks", apart));
        assert!(!may_be_called_by("https://10.0.0.7/jwks", here));
        assert!(!may_be_called_by("http://wallet.example/jwks", here), "never without TLS");
    }

    #[test]
    fn what_a_name_leads_to_is_outside_or_nothing() {
        let inside =
            ["127.0.0.1", "10.0.0.7", "169.254.169.254", "::1", "fd00::7", "::ffff:10.0.0.7"];
        for address in inside {
            assert!(is_inside(address.parse().unwrap()), "{address}");
        }
        for address in ["203.0.113.9", "2001:db8::1"] {
            assert!(!is_inside(address.parse().unwrap()), "{address}");
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
