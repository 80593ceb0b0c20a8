//! Addresses that one company may be told to call or to send people to.

use url::{Host, Url};

/// True for an address on this very machine, which leads nobody anywhere else (demo, tests).
#[must_use]
pub fn stays_here(uri: &str) -> bool {
    Url::parse(uri).is_ok_and(|url| is_here(&url))
}

fn is_here(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
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

/// The origin of an address, as a browser compares it.
#[must_use]
pub fn origin(uri: &str) -> Option<String> {
    Url::parse(uri).ok().map(|url| url.origin().ascii_serialization())
}

#[cfg(test)]
mod tests {
    use super::is_safe;

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
