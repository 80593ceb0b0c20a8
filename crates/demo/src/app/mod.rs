//! A bank's own app on the telephones of the demo people, at `/demo/app`.
//!
//! It stands for what a bank writes for its customers: it is opened by a link of the bank's page, asks
//! the bank what is to be signed, shows it, asks for the number of the page, signs with the key of the
//! telephone and opens the way back. It knows of the bank only its two addresses (`/app/errand`,
//! `/app/answer`), as any app would.

mod bank;
mod screen;

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Router,
    routing::{get, post},
};
use kanuki_wire::keys::SigningKey;

use crate::people::{DemoBank, PEOPLE, Person};

/// The telephones of one bank's customers, each with a key of its own.
pub struct Phones {
    bank: &'static DemoBank,
    issuer: String,
    keys: BTreeMap<&'static str, SigningKey>,
}

impl std::fmt::Debug for Phones {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Phones").field("bank", &self.bank.code).finish_non_exhaustive()
    }
}

impl Phones {
    /// Telephones whose app speaks to `bank` at `issuer`, with the key of each customer.
    #[must_use]
    pub fn new(
        bank: &'static DemoBank,
        issuer: String,
        keys: BTreeMap<&'static str, SigningKey>,
    ) -> Self {
        Self { bank, issuer, keys }
    }

    /// Who has an account at `bank`, and so its app.
    pub fn owners(bank: &'static DemoBank) -> impl Iterator<Item = &'static Person> {
        PEOPLE.iter().filter(|person| person.accounts_at(bank.code).next().is_some())
    }
}

/// `/demo/app` and what lies below it, for a bank's server.
pub fn router(phones: Arc<Phones>) -> Router {
    Router::new()
        .route("/demo/app", get(screen::choose))
        .route("/demo/app/open", post(screen::open))
        .route("/demo/app/answer", post(screen::answer))
        .with_state(phones)
}
