//! The bank's own app as a way to sign in and to sign, on the telephone that shows the page.
//!
//! The app keeps a key in the telephone's hardware (ES256). A page sends it on an
//! [errand]: the app is opened with a reference, asks the bank what is to be signed, shows
//! it, asks for its owner and for the number that stands on the page, and answers with a token whose
//! audience is this bank ([`kanuki_wire::bank_app`]). What it signs is the SHA-256 of the text that a
//! passkey would sign, and the evidence goes the same way. What it may do is data
//! ([`Kind::BankApp`]).
//!
//! The answer brings the browser back by an address that only the app was told, and counts only in the
//! browser that set out. There is no way to answer on one device for a page on another: that could be
//! relayed by whoever drew the page (RFC 10027).

mod add;
mod errand;
mod sign;
mod sign_in;

pub use errand::{AppErrand, Asked, Brought, Purpose, Received};

use kanuki_desk::authenticator::Kind;
use kanuki_domain::id::HolderId;

use crate::{Bank, BankError};

impl Bank {
    /// Whether this bank has an app that signs.
    #[must_use]
    pub fn takes_app(&self) -> bool {
        self.config.app_url.is_some()
    }

    /// Whether this holder has an app that they can sign with now.
    pub async fn has_app(&self, holder_id: HolderId) -> Result<bool, BankError> {
        if !self.takes_app() {
            return Ok(false);
        }
        let all = self.authenticators(holder_id).await?;
        Ok(all.iter().any(|a| a.kind() == Kind::BankApp))
    }
}
