//! `/demo`: who exists, what to try, which codes were posted.

mod codes;
mod page;
mod story;
mod who;

use std::sync::Arc;

use axum::{Router, routing::get};

/// Where one bank's pages are.
#[derive(Clone, Debug)]
pub struct BankPlace {
    /// The bank's code, 9901 to 9903.
    pub code: &'static str,
    /// Where its pages live, without a path: `http://bank-one.localhost:8081`.
    pub origin: String,
}

/// A code that lets a member of staff enrol their first passkey.
#[derive(Clone)]
pub struct StaffCode {
    /// The `key` of a member of [`crate::people::STAFF`].
    pub staff: &'static str,
    /// The code.
    pub code: String,
}

impl std::fmt::Debug for StaffCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StaffCode").field("staff", &self.staff).finish_non_exhaustive()
    }
}

/// Everything that the guide tells beyond the constant people.
#[derive(Clone, Debug)]
pub struct Guide {
    /// Where the wallet's pages live, without a path: `http://wallet.localhost:8080`.
    pub wallet_origin: String,
    /// Where the banks' pages live.
    pub banks: Vec<BankPlace>,
    /// Where staff enrol with their code, as a path: `/desk/activate`.
    pub staff_path: String,
    /// Codes for the staff.
    pub staff_codes: Vec<StaffCode>,
}

impl Guide {
    /// Where the pages of the bank with `code` live; an empty text for an unknown one, so that a
    /// link leads to the same server.
    fn bank_origin(&self, code: &str) -> &str {
        let bank = self.banks.iter().find(|bank| bank.code == code);
        bank.map_or("", |bank| bank.origin.as_str())
    }
}

/// `/demo`, for every server of the demo.
pub fn router(guide: Arc<Guide>) -> Router {
    Router::new().route("/demo", get(page::show)).with_state(guide)
}
