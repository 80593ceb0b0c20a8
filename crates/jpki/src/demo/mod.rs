//! A demo authority and demo cards, for `kanuki up`, for tests and for the attack lab.
//!
//! They have the form of the real ones and the policy number of the JPKI test environment, and a
//! real deployment pins neither this authority nor that policy.

mod authority;
mod card;

pub use authority::{CrlOrder, DemoCa};
pub use card::{CardOrder, DemoCard, DemoCardKey, DemoPerson, Purpose};

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// Where every demo certificate and revocation list says the list is.
pub const DEMO_CRL_URI: &str = "http://demo-jpki.invalid/crl";

/// Why the demo authority could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// A key or a certificate could not be made or read.
    #[error("the demo authority could not make or read a certificate")]
    Certificate(#[from] rcgen::Error),
    /// A stored certificate is not PEM.
    #[error("the stored certificate is not PEM")]
    Pem,
    /// A moment outside what a certificate can express.
    #[error("the moment does not fit a certificate")]
    Moment,
}

/// Time from 1970 to `at`, to be added to `date_time_ymd(1970, 1, 1)`; certificates know no earlier.
fn since_1970(at: Timestamp) -> Result<Duration, DemoError> {
    u64::try_from(at.as_second()).map(Duration::from_secs).map_err(|_| DemoError::Moment)
}

fn later(at: Timestamp, by: SignedDuration) -> Result<Timestamp, DemoError> {
    at.checked_add(by).map_err(|_| DemoError::Moment)
}
