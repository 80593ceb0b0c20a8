//! Which channels there are, and what each of them must say.

use std::collections::BTreeMap;

use http::{HeaderMap, header};
use kanuki_bank::channel::Channel;
use kanuki_domain::Masked;
use subtle::ConstantTimeEq as _;

/// The secret of each channel that the bank has.
#[derive(Clone, Debug, Default)]
pub struct ChannelSecrets(BTreeMap<Channel, Masked<String>>);

/// Two channels with one secret would be one channel: whoever runs the letters could call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the channels {} and {} have the same secret", .0.name(), .1.name())]
pub struct SharedSecret(Channel, Channel);

impl ChannelSecrets {
    /// The same with one channel more.
    pub fn with(mut self, channel: Channel, secret: Masked<String>) -> Result<Self, SharedSecret> {
        let same = self.0.iter().find(|(_, known)| known.expose() == secret.expose());
        if let Some((other, _)) = same {
            return Err(SharedSecret(*other, channel));
        }
        self.0.insert(channel, secret);
        Ok(self)
    }

    /// Every channel and its secret.
    pub(super) fn each(&self) -> impl Iterator<Item = (Channel, &Masked<String>)> {
        self.0.iter().map(|(channel, secret)| (*channel, secret))
    }
}

/// What stands behind `Bearer`; nothing unless there is exactly one such header.
pub(super) fn bearer(headers: &HeaderMap) -> &[u8] {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.as_bytes().strip_prefix(b"Bearer ").unwrap_or_default(),
        _ => b"",
    }
}

/// In a time that does not tell how much of it was right.
pub(super) fn is_same(given: &[u8], secret: &Masked<String>) -> bool {
    let secret = secret.expose().as_bytes();
    !secret.is_empty() && bool::from(given.ct_eq(secret))
}
