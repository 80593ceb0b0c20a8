//! What every use case is told about the moment it runs in.

use jiff::Timestamp;

/// A source of random bytes: the operating system's in `cli`, a seeded one in the lab.
pub trait Entropy: Send + Sync {
    /// Fills `bytes` with randomness that nobody else can predict.
    fn fill(&self, bytes: &mut [u8]);
}

/// The moment, the randomness and the caller of one request.
///
/// Passed to every use case, so that a simulated clock can run the whole system for a year in
/// minutes and so that no rule depends on where it is called from.
#[derive(Clone, Copy)]
pub struct Ctx<'a> {
    /// The instant of the request, read once at the edge.
    pub now: Timestamp,
    /// Randomness for new ids, codes and nonces.
    pub entropy: &'a dyn Entropy,
    /// The network block the request came from (`203.0.113.0/24`), for counting; empty for workers.
    pub address_block: &'a str,
    /// The address itself as far as it tells one line from its neighbours: all of IPv4 (`203.0.113.9`), of
    /// IPv6 the half that its owner does not choose (`2001:db8:1:2::/64`); empty for workers. It is counted
    /// blinded, and kept in no other way.
    pub address: &'a str,
}

impl std::fmt::Debug for Ctx<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ctx").field("now", &self.now).finish_non_exhaustive()
    }
}

impl Ctx<'_> {
    /// `N` random bytes.
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.entropy.fill(&mut bytes);
        bytes
    }
}
