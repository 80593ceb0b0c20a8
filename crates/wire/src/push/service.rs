//! Which addresses are push services': a browser names its own, and whoever drives a browser may say anything.

use url::Url;

use crate::place;

/// Those of the browsers that people have. A leading dot stands for every name below.
const KNOWN: [&str; 4] = [
    "fcm.googleapis.com",
    "updates.push.services.mozilla.com",
    ".push.apple.com",
    ".notify.windows.com",
];

/// The push services that messages may be handed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Services {
    more: Vec<String>,
    issuer: String,
}

impl Services {
    /// Those of the usual browsers and `more`, for the company that is `issuer`.
    #[must_use]
    pub fn with(more: &[String], issuer: &str) -> Self {
        Self { more: more.to_vec(), issuer: issuer.to_owned() }
    }

    /// Whether `endpoint` is at one of them: the name by itself, at its usual port, never an address by number
    /// and never inside of a network.
    #[must_use]
    pub fn have(&self, endpoint: &str) -> bool {
        let Ok(url) = Url::parse(endpoint) else { return false };
        let Some(host) = url.domain() else { return false };
        // Whose own pages are on this machine (the demo) may have a service there, at whatever port.
        let is_usual = url.port().is_none() || place::stays_here(endpoint);
        let named = |name: &str| match name.strip_prefix('.') {
            Some(_) => host.ends_with(name),
            None => host == name,
        };
        let is_known = KNOWN.iter().any(|name| named(name)) || self.more.iter().any(|n| named(n));
        is_usual && is_known && place::may_be_called_by(endpoint, &self.issuer)
    }
}
