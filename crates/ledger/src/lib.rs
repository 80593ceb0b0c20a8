//! Double entry with pend, post and void, in TigerBeetle's model and words.
//!
//! ```text
//!   engine (the port) ── memory ─┐
//!        │                       ├── state: one writer, no clock, no I/O
//!        ├── embedded: log ──────┤
//!        ├── postgres: one lease ┘
//!        └── tigerbeetle: a cluster, over its own client
//!   verify: counts the log again by other means     conformance: what every engine promises
//!   oracle: a second, naive ledger that judges them in tests
//! ```
//!
//! A transfer's id is chosen by the caller, so a retry is the same transfer. Money is reserved by a
//! *pending* transfer and then posted, voided, or released by its timeout. *Linked* transfers
//! succeed or fail together. A rolling cap is an account that starts with the cap as credit and
//! is debited by pending transfers that time out; a stop is an account that is closed. See
//! [`engine::LedgerEngine`] for the contract and [`chain::chain`] for how use cases write.
//!
//! **Invariant:** `model`, `result`, `state`, `memory` and `oracle` perform no I/O, and nothing here reads a
//! clock: `now` is always an argument.
#![deny(clippy::arithmetic_side_effects, clippy::wildcard_enum_match_arm)]

// Programs of `tests/it` that are run inside as well name the crate from outside.
#[cfg(test)]
extern crate self as kanuki_ledger;

pub mod chain;
pub mod chapter;
pub mod conformance;
pub mod embedded;
pub mod engine;
pub mod journal;
pub mod memory;
pub mod model;
pub mod oracle;
pub mod postgres;
pub mod result;
pub mod state;
#[cfg(feature = "tigerbeetle")]
pub mod tigerbeetle;
pub mod trial;
pub mod verify;
pub mod whose;
pub mod workload;

pub use chain::{ChainError, chain};
pub use chapter::{Chapter, Moved};
pub use embedded::EmbeddedEngine;
pub use engine::{LedgerEngine, LedgerError};
pub use journal::{Journal, Posting, Stretch};
pub use kanuki_domain::Yen;
pub use memory::MemoryEngine;
pub use model::{
    Account, AccountFlags, AccountId, BalanceRow, Filter, LEDGER_YEN, PendingState, Transfer,
    TransferFlags, TransferId, TransferRecord,
};
pub use oracle::ModelEngine;
pub use postgres::PostgresEngine;
pub use result::{CreateAccountResult, CreateTransferResult};
#[cfg(feature = "tigerbeetle")]
pub use tigerbeetle::TigerBeetleEngine;
pub use trial::TrialBalance;
pub use whose::{Claim, NotOurs, Owner};

#[cfg(doctest)]
#[doc = include_str!("../../../docs/accounting.md")]
struct AnAccountingProduct;
