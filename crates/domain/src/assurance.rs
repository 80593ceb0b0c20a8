//! How sure we are who is there: authentication at sign-in, identity behind the wallet.

use serde::{Deserialize, Serialize};

/// How a request was authenticated, weakest first (facts: linking 1.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignIn {
    /// The alternative for people who cannot use a passkey: printed key and one-time code (FT-32).
    /// Phishable, hence the lower caps.
    Alternative,
    /// A passkey with user verification.
    Passkey,
}

/// What a wallet knows about its customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Identity {
    /// Nothing yet: no bank link, no top-up.
    Unproven,
    /// Proven by a JPKI signature certificate. The only way: image-based methods do not exist here.
    Jpki,
}
