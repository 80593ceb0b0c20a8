//! A telephone, a teller machine and a counter, for the demo's banks.
//!
//! A holder with only a cash card enrols with something that the bank already held: a call *from*
//! the number on file, or a code from the bank's own machine. Here a newcomer can make that call
//! and stand at that machine, as anybody of the demo.

mod atm;
mod counter;
mod phone;

use std::sync::Arc;

use async_trait::async_trait;
use axum::{
    Router,
    routing::{get, post},
};

use kanuki_site::Visit;

use crate::{
    core::PinPad,
    people::{DemoBank, PEOPLE, Person},
};

/// Wrong PINs in a row after which the machine keeps refusing a card for a day.
const PIN_TRIES_MAX: u32 = 3;

/// How the bank's line took a call. It does not say more: what is wrong with a call is not the
/// caller's to learn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallOutcome {
    /// The call came from the number on file, with a reference that waits for it.
    Accepted,
    /// It would confirm this link: the caller is asked.
    Asks(Whose),
    /// It did not.
    Refused,
    /// The bank takes no more calls from this number today.
    TooMany,
}

/// What the bank does when somebody calls or stands at its machine.
#[async_trait]
pub trait BankHooks: Send + Sync {
    /// A call came in from the telephone number `from_phone` (digits, as the network reports it),
    /// and the caller typed `reference`; they have agreed to the link it confirms.
    async fn call_received(&self, from_phone: &str, reference: &str, agreed: bool) -> CallOutcome;

    /// The holder of the card of this account asked for a code, after their PIN was right, and typed
    /// the `reference` of the page that waits for it. `None` when there is nothing to print.
    async fn atm_code(&self, branch: &str, number: &str, reference: &str) -> Option<HandedOut>;

    /// The holder of this account stands at the counter with their papers and the `reference` of the
    /// page that waits. `None` when there is nothing to hand out.
    async fn at_counter(&self, branch: &str, number: &str, reference: &str) -> Option<HandedOut>;
}

/// Which link is confirmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whose {
    /// Which company's.
    pub partner: String,
    /// How the account is shown.
    pub account: String,
}

impl Whose {
    /// The text `key` about it.
    fn say(&self, visit: &Visit, key: &str) -> String {
        let args = [("partner", (&self.partner).into()), ("account", (&self.account).into())];
        visit.t_args(key, &args)
    }
}

/// What staff at a counter hand out, and what the machine prints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandedOut {
    /// The code.
    pub code: String,
    /// Which link it confirms; none for a passkey.
    pub confirms: Option<Whose>,
}

/// The booth in front of one bank.
pub struct Booth {
    bank: &'static DemoBank,
    hooks: Arc<dyn BankHooks>,
    pins: PinPad,
}

impl std::fmt::Debug for Booth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Booth").field("bank", &self.bank.code).finish_non_exhaustive()
    }
}

impl Booth {
    /// A booth that talks to `bank` through `hooks`.
    #[must_use]
    pub fn new(bank: &'static DemoBank, hooks: Arc<dyn BankHooks>) -> Self {
        Self { bank, hooks, pins: PinPad::new(Some(PIN_TRIES_MAX)) }
    }

    fn customers(&self) -> impl Iterator<Item = &'static Person> + use<> {
        let code = self.bank.code;
        PEOPLE.iter().filter(move |person| person.accounts_at(code).next().is_some())
    }
}

/// `/demo/phone`, `/demo/atm` and `/demo/counter`, for a bank's server.
pub fn router(booth: Arc<Booth>) -> Router {
    Router::new()
        .route("/demo/phone", get(phone::show))
        .route("/demo/phone", post(phone::call))
        .route("/demo/atm", get(atm::show))
        .route("/demo/atm", post(atm::insert))
        .route("/demo/counter", get(counter::show))
        .route("/demo/counter", post(counter::come))
        .with_state(booth)
}
