//! The nonces that `DPoP` proofs carry (RFC 9449 sections 8 and 9).
//!
//! Nothing is kept: a nonce follows from the master key and the time, so that every node hands out
//! and takes the same ones, and a restart forgets none.

use jiff::Timestamp;

use crate::Bank;

/// How long one nonce is handed out, in seconds. It is taken for as long again.
const WINDOW_SECS: i64 = 120;

impl Bank {
    /// The nonce to hand out now.
    #[must_use]
    pub fn dpop_nonce(&self, now: Timestamp) -> String {
        self.nonce_of(now.as_second().div_euclid(WINDOW_SECS))
    }

    /// The nonces to take now: this one, and the one before.
    pub(super) fn good_nonces(&self, now: Timestamp) -> [String; 2] {
        let window = now.as_second().div_euclid(WINDOW_SECS);
        [self.nonce_of(window), self.nonce_of(window.saturating_sub(1))]
    }

    fn nonce_of(&self, window: i64) -> String {
        self.vault.blind("dpop-nonce", &window.to_be_bytes())
    }
}
