//! The outside: the clock, randomness and the network, as arguments.

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use jiff::Timestamp;
use kanuki_domain::{Ctx, Entropy};

/// What time it is: the system's in `cli`, a simulated one in the lab.
pub trait Clock: Send + Sync {
    /// The instant of now.
    fn now(&self) -> Timestamp;
}

/// Why no answer came. None of these says that the other side did nothing.
///
/// A request may have arrived and its answer been lost, so every variant is an *unknown* outcome
/// and a money call that meets one keeps its reservation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// No connection, or it broke.
    #[error("the other side could not be reached")]
    Unreachable,
    /// No answer in time.
    #[error("the other side did not answer in time")]
    TimedOut,
    /// The answer is larger than we read.
    #[error("the answer is too large")]
    TooLarge,
}

/// How a request crosses to another company: HTTPS in `cli`, a direct call in the lab.
#[async_trait]
pub trait Transport: Send + Sync {
    /// Sends `request`, whose URI is absolute, and waits for the whole answer.
    async fn call(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError>;
}

/// Everything that is not us.
#[derive(Clone)]
pub struct World {
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// The way to the other companies: to places that they named.
    pub transport: Arc<dyn Transport>,
    /// The way to what this company itself chose: its core, its gateways, an authority's lists. Those
    /// may stand in its own network, and nobody else says where.
    pub own: Arc<dyn Transport>,
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("World")
    }
}

impl World {
    /// Puts the parts together, with one way to everybody.
    #[must_use]
    pub fn new(
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        transport: Arc<dyn Transport>,
    ) -> Self {
        let own = Arc::clone(&transport);
        Self { clock, entropy, transport, own }
    }

    /// The same with another way to what this company chose itself.
    #[must_use]
    pub fn with_own(self, own: Arc<dyn Transport>) -> Self {
        Self { own, ..self }
    }

    /// The instant of now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Reads the clock once, for a request from `address_block` (empty for workers).
    #[must_use]
    pub fn moment(&self, address_block: &str) -> Moment {
        self.moment_at(address_block, "")
    }

    /// The same, where the address in it is known too.
    pub(crate) fn moment_at(&self, address_block: &str, address: &str) -> Moment {
        Moment {
            now: self.now(),
            entropy: Arc::clone(&self.entropy),
            address_block: address_block.into(),
            address: address.into(),
        }
    }
}

/// One request's instant, kept so that everything it does happens at the same time.
#[derive(Clone)]
pub struct Moment {
    now: Timestamp,
    entropy: Arc<dyn Entropy>,
    address_block: Arc<str>,
    address: Arc<str>,
}

impl fmt::Debug for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Moment").field("now", &self.now).finish_non_exhaustive()
    }
}

impl Moment {
    /// What use cases take.
    #[must_use]
    pub fn ctx(&self) -> Ctx<'_> {
        let (address_block, address) = (&self.address_block, &self.address);
        Ctx { now: self.now, entropy: &*self.entropy, address_block, address }
    }
}
