//! Cookies of one browser, kept apart by host.

use std::collections::BTreeMap;

use http::{HeaderMap, header};
use jiff::Timestamp;
use kanuki_domain::mandate::later;

#[derive(Clone, Debug)]
struct Cookie {
    value: String,
    ends_at: Option<Timestamp>,
}

/// Host, then name: `Domain` and `Path` are not used by our servers and not honored here.
///
/// `SameSite=Lax` is taken for granted: the browser decides what brings cookies.
#[derive(Clone, Debug, Default)]
pub(crate) struct Jar {
    hosts: BTreeMap<String, BTreeMap<String, Cookie>>,
}

impl Jar {
    /// Keeps what an answer of `host` sets.
    pub(crate) fn keep(&mut self, host: &str, headers: &HeaderMap, now: Timestamp) {
        let cookies = self.hosts.entry(host.to_owned()).or_default();
        for line in headers.get_all(header::SET_COOKIE) {
            let Ok(line) = line.to_str() else { continue };
            let mut parts = line.split(';').map(str::trim);
            let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else {
                continue;
            };
            let max_age = parts.find_map(|part| part.strip_prefix("Max-Age="));
            let secs: Option<i64> = max_age.and_then(|secs| secs.parse().ok());
            if secs.is_some_and(|secs| secs <= 0) {
                cookies.remove(name);
                continue;
            }
            let ends_at = secs.map(|secs| later(now, secs));
            cookies.insert(name.to_owned(), Cookie { value: value.to_owned(), ends_at });
        }
    }

    /// The `Cookie` header for `host`, if there is anything to send.
    pub(crate) fn header(&self, host: &str, now: Timestamp) -> Option<String> {
        let cookies = self.hosts.get(host)?;
        let live = cookies.iter().filter(|(_, cookie)| cookie.ends_at.is_none_or(|at| now < at));
        let pairs: Vec<String> =
            live.map(|(name, cookie)| format!("{name}={}", cookie.value)).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn cookies_stay_with_their_host_and_end_in_time() {
        let now = Timestamp::UNIX_EPOCH;
        let mut headers = HeaderMap::new();
        for line in ["s=1; Path=/; Max-Age=60; HttpOnly", "d=2; Path=/"] {
            headers.append(header::SET_COOKIE, HeaderValue::from_static(line));
        }
        let mut jar = Jar::default();
        jar.keep("wallet.localhost", &headers, now);

        assert_eq!(jar.header("wallet.localhost", now).unwrap(), "d=2; s=1");
        assert_eq!(jar.header("wallet.localhost", later(now, 60)).unwrap(), "d=2");
        assert!(jar.header("bank-one.localhost", now).is_none());
    }
}
