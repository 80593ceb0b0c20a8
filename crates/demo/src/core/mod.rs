//! The demo core banking system (勘定系): what stands behind a demo bank, and in the lab.
//!
//! A bank's deposits live in its core, not in Kanuki, so the demo has one too: a small separate
//! service with its own ledger, reached over HTTP with a secret. It reserves, confirms and cancels by
//! the caller's id, and answers the same for the same id for ever, refusals included: each answer
//! is itself a transfer of zero yen in its ledger (a *mark*), made in one chain with the money.

mod chart;
mod contact;
mod contract;
mod credit;
mod customer;
mod faults;
mod http;
mod order;
mod passbook;
mod pin;
mod reserve;
mod seed;
mod settle;
mod standing;
mod statement;
mod teller;

use std::{
    collections::BTreeMap,
    sync::{Arc, atomic::AtomicU64},
};

use kanuki_domain::{Masked, bank_account::AccountNumber};
use kanuki_ledger::{ChainError, LedgerEngine, LedgerError};
use kanuki_site::Clock;

pub use contract::{ContractOrder, ContractOrderAnswer, ContractVerb};
pub use credit::{Credit, CreditAnswer};
pub use customer::{CoreAccount, CoreCustomer};
pub use faults::CoreFaults;
pub use http::router;
pub use order::{OrderId, Refusal};
pub use pin::PinPad;
pub use reserve::{Reserve, ReserveAnswer};
pub use settle::EntryState;
pub use standing::{SignedYen, Standing};
pub use statement::{Direction, StatementLine};
pub use teller::{Teller, TellerAnswer};

/// Why the core gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum CoreError {
    /// The ledger gave none, so the outcome is unknown: ask again with the same id.
    #[error("the core's ledger gave no answer")]
    Ledger(#[from] LedgerError),
    /// The ledger refused what it must accept: its books were made by other people or rules.
    #[error("the core's ledger does not fit its customers")]
    Books(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// An order's id is 1 to 80 visible ASCII characters.
    #[error("not an order id")]
    NotAnId,
    /// An order for nothing.
    #[error("an order must move money")]
    NoAmount,
    /// Not a branch and a number.
    #[error("not an account number")]
    NotAnAccount,
}

impl From<ChainError> for CoreError {
    fn from(error: ChainError) -> Self {
        match error {
            ChainError::Ledger(error) => Self::Ledger(error),
            ChainError::Refused { .. } | ChainError::Torn { .. } => Self::Books(Box::new(error)),
        }
    }
}

/// What one core is told at its start.
#[derive(Clone, Debug)]
pub struct CoreConfig {
    /// What callers send as `authorization: Bearer …`.
    pub secret: Masked<String>,
    /// Everyone it knows.
    pub customers: Vec<CoreCustomer>,
    /// What stands beside a direct debit in the passbook: the partner's short name.
    pub partner_text: String,
    /// Wrong PINs in a row after which a card is locked for a day; `None`: never, as some front
    /// doors had it in 2020.
    pub pin_tries_max: Option<u32>,
}

/// A running core.
pub struct Core {
    secret: Masked<String>,
    partner_text: String,
    customers: BTreeMap<String, CoreCustomer>,
    /// Contacts that were changed since it started; the demo forgets them when it stops.
    contacts: contact::Contacts,
    /// Whose each account is.
    owners: BTreeMap<AccountNumber, String>,
    ledger: Arc<dyn LedgerEngine>,
    clock: Arc<dyn Clock>,
    faults: Arc<CoreFaults>,
    pins: PinPad,
    /// Held while deposit and loan of one account are read and then written, so that two orders
    /// never plan with the same room. Accounts without overdraft need none: the ledger refuses.
    overdraft_turn: tokio::sync::Mutex<()>,
    /// Tells counter orders of one instant apart.
    counter_orders: AtomicU64,
}

impl std::fmt::Debug for Core {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Core").field("customers", &self.customers.len()).finish_non_exhaustive()
    }
}

impl Core {
    /// Starts a core on `ledger`. Opening balances are booked once, however often it is started.
    pub async fn open(
        config: CoreConfig,
        ledger: Arc<dyn LedgerEngine>,
        clock: Arc<dyn Clock>,
        faults: Arc<CoreFaults>,
    ) -> Result<Arc<Self>, CoreError> {
        let CoreConfig { secret, customers, partner_text, pin_tries_max } = config;
        seed::open_books(&*ledger, &customers, clock.now()).await?;
        let owners = customers
            .iter()
            .flat_map(|c| c.accounts.iter().map(|a| (a.number.clone(), c.customer_no.clone())))
            .collect();
        Ok(Arc::new(Self {
            secret,
            partner_text,
            customers: customers.into_iter().map(|c| (c.customer_no.clone(), c)).collect(),
            contacts: contact::Contacts::default(),
            owners,
            ledger,
            clock,
            faults,
            pins: PinPad::new(pin_tries_max),
            overdraft_turn: tokio::sync::Mutex::new(()),
            counter_orders: AtomicU64::new(0),
        }))
    }

    /// The customer with this number.
    #[must_use]
    pub fn customer(&self, customer_no: &str) -> Option<&CoreCustomer> {
        self.customers.get(customer_no)
    }

    /// The account at this place, and whose it is.
    #[must_use]
    pub fn account(&self, at: &AccountNumber) -> Option<(&CoreCustomer, &CoreAccount)> {
        let customer = self.customers.get(self.owners.get(at)?)?;
        let account = customer.accounts.iter().find(|account| account.number == *at)?;
        Some((customer, account))
    }
}
